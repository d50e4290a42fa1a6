// An enrolled device checks in, polls, gets a command and reports; then the server wakes it by push.
import { buildMdmPush, buildMdmSignature, decodePlist, encodePlist, parsePushResponse } from 'mdm-protocol'
import { createMdmServer } from './mdm-server.mjs'
import { bytes, heading, step } from './print.mjs'

const topic = 'com.apple.mgmt.External.6e8f5c52-2d5b-4f43-9d1c-8f6d0a1b2c3d'
const udid = '00008101-000A1B2C3D4E5F60'

export async function deviceChannel(identity, now) {
  const server = createMdmServer(new Map([[udid, identity.certificate]]), now)
  const post = async (handler, message, style) => {
    const body = encodePlist({ UDID: udid, ...message })
    const header = await buildMdmSignature(body, identity, { style, now })
    return { ...(await handler({ header, body })), sent: body, header }
  }

  heading('The device channel: every body signed with Mdm-Signature')
  await step('The device announces itself (Authenticate), signed as iOS does it', async (note) => {
    const answer = await post(
      server.checkin,
      { MessageType: 'Authenticate', Topic: topic, SerialNumber: 'C02XG0FDJGH5' },
      'ios',
    )
    note(`→ ${bytes(answer.sent)}, header of ${String(answer.header.length)} characters; ← ${String(answer.status)}`)
  })
  await step('… and hands over its push token (TokenUpdate), signed as macOS does it', async (note) => {
    const token = Uint8Array.from({ length: 32 }, (_, index) => index)
    const message = {
      MessageType: 'TokenUpdate',
      Topic: topic,
      Token: token,
      PushMagic: '7C5D-"quoted"',
      AwaitingConfiguration: false,
    }
    const answer = await post(server.checkin, message, 'macos')
    note(`→ ${bytes(answer.sent)}, header of ${String(answer.header.length)} characters; ← ${String(answer.status)}`)
  })
  await step('The server queues a command and builds the push that wakes the device', async (note) => {
    server.enqueue('DeviceInformation', { Queries: ['OSVersion', 'SerialNumber'] }, 'command-1')
    const { token, pushMagic } = server.enrollments.get(udid)
    const push = buildMdmPush({ token, pushMagic, topic })
    note(`${push.method} ${push.url.slice(0, 52)}…`)
    note(new TextDecoder().decode(push.body))
    note(
      `Apple's answer 410 retires the token: ${parsePushResponse({ status: 410, headers: {}, body: '{"reason":"Unregistered"}' }).outcome}`,
    )
  })
  await step('The device polls (Idle) and gets the command', async (note) => {
    const answer = await post(server.command, { Status: 'Idle' }, 'ios')
    const { Command } = decodePlist(answer.body)
    note(`← ${Command.RequestType} ${Command.Queries.join(', ')}`)
  })
  await step('… does it and reports', async (note) => {
    const result = { Status: 'Acknowledged', CommandUUID: 'command-1', QueryResponses: { OSVersion: '26.1' } }
    const answer = await post(server.command, result, 'ios')
    const { status, commandUuid } = server.enrollments.get(udid).lastReport
    note(`${status} for ${commandUuid}; ← ${String(answer.status)}, nothing more to do`)
  })
  await step('A body that was changed on the way is refused', async (note) => {
    const body = encodePlist({ UDID: udid, Status: 'Idle' })
    const header = await buildMdmSignature(body, identity, { now })
    const answer = await server.command({ header, body: Uint8Array.of(...body, 0x0a) })
    note(`one line end more: ${String(answer.status)} ${answer.code}`)
  })
}
