import { describe, expect, test } from 'vitest'
import { signCms } from '../../src/cms.js'
import { decodePlist, encodePlist, type PlistDict } from '../../src/plist.js'
import { issueScepChallenge, openNextCaCert, type ScepReply } from '../../src/scep.js'
import type { Identity } from '../../src/types.js'
import { formatName, importIdentity, nameAttribute } from '../../src/x509.js'
import { rsaKey } from '../support/rsa-keys.js'
import {
  ADMIN_TOKEN,
  ask,
  bytesOf,
  certificateOf,
  checkIn,
  csrOf,
  enrolChallenge,
  enrolled,
  issuedBy,
  makeCa,
  otaChallenge,
  post,
  profileIn,
  scepChallengeIn,
  scepMessage,
  SECRET,
  send,
  type Server,
  start,
  throwAway,
} from './in-process.js'

// What the example server refuses, and what it remembers.

const [deviceKey, otherKey] = [rsaKey(2), rsaKey(3)]
const TOPIC = 'com.apple.mgmt.External.1'
const refusal = (reply: ScepReply) => (reply.status === 'FAILURE' ? reply.failInfo : reply.status)

describe('a one-time challenge', () => {
  test('is good for one request, which may come again', async () => {
    const server = await start()
    const challenge = await enrolChallenge(server)
    const csr = await csrOf(deviceKey, challenge)
    const sent = await scepMessage({ type: 'PKCSReq', csr }, await throwAway(deviceKey), server.ca)
    const { serialNumber } = certificateOf(await post(server, sent))
    expect(certificateOf(await post(server, sent)).serialNumber).toBe(serialNumber)
    // With a nonce of its own.
    expect(certificateOf(await ask(server, { type: 'PKCSReq', csr }, deviceKey)).serialNumber).toBe(serialNumber)
    const other = await csrOf(otherKey, challenge)
    expect(refusal(await ask(server, { type: 'PKCSReq', csr: other }, otherKey))).toBe('badRequest')
    expect(server.log.at(-1)).toMatch(/^POST \/scep 200 /)
  })

  test('a transactionID is no claim to the certificate of another request', async () => {
    const server = await start()
    const askAs = async (key: typeof deviceKey) => {
      const csr = await csrOf(key, await enrolChallenge(server))
      return certificateOf(await ask(server, { type: 'PKCSReq', csr, transactionId: 'T' }, key))
    }
    const [one, two] = [await askAs(deviceKey), await askAs(otherKey)]
    expect(two.serialNumber).not.toBe(one.serialNumber)
    expect(two.publicKey).toEqual(otherKey.spki)
  })

  test('the certificate begins before now: the clocks of devices are behind', async () => {
    const before = Date.now()
    const { certificate } = await enrolled(await start(), deviceKey)
    expect(certificate.notBefore.getTime()).toBeLessThanOrEqual(before - 60_000)
  })
})

test('who has the static challenge does not become a device by naming it', async () => {
  const server = await start({ options: { challenge: 'for all' } })
  const device = await enrolled(server, deviceKey)
  const name = nameAttribute(device.certificate.subject, 'CN')!
  expect(name).toMatch(/^device-/)
  await checkIn(server, device, { MessageType: 'Authenticate', Topic: TOPIC, UDID: 'A' })
  const csr = await csrOf(otherKey, 'for all', name)
  const certificate = certificateOf(await ask(server, { type: 'PKCSReq', csr }, otherKey))
  expect(nameAttribute(certificate.subject, 'CN')).toBe(`named-${name}`)
  const impostor = await importIdentity({ certificate, privateKey: otherKey.pkcs8 })
  expect((await checkIn(server, impostor, { MessageType: 'GetBootstrapToken', UDID: 'A' })).status).toBe(400)
  expect((await checkIn(server, device, { MessageType: 'GetBootstrapToken', UDID: 'A' })).status).toBe(200)
})

test('tokens are kept until the device enrols anew', async () => {
  const server = await start()
  const device = await enrolled(server, deviceKey)
  const say = (MessageType: string, more: PlistDict = {}) =>
    checkIn(server, device, { MessageType, UDID: 'A', Topic: TOPIC, ...more })
  const push = { Token: new Uint8Array(32).fill(7), PushMagic: 'magic' }
  const [unlock, bootstrap] = [new Uint8Array([1, 2]), new Uint8Array([3, 4])]
  await say('Authenticate')
  await say('TokenUpdate', { ...push, UnlockToken: unlock })
  await say('SetBootstrapToken', { BootstrapToken: bootstrap })
  await say('TokenUpdate', { ...push, PushMagic: 'more magic' })
  expect(await server.store.enrollment('A')).toMatchObject({ unlockToken: unlock, pushMagic: 'more magic' })
  const answer = decodePlist(await bytesOf(await say('GetBootstrapToken')))
  expect(answer).toEqual({ BootstrapToken: bootstrap })
  await say('Authenticate')
  expect(await bytesOf(await say('GetBootstrapToken'))).toEqual(new Uint8Array(0))
  expect(Object.keys(await server.store.enrollment('A')).sort()).toEqual(['device', 'topic'])
})

describe('over the air', () => {
  const apple = makeCa('Stand-in for the device CA', rsaKey(5))
  const startWithDeviceCa = async () => start({ options: { deviceCa: (await apple).certificate } })
  const factory = apple.then((ca) => issuedBy(ca, 'factory key', rsaKey(6)))

  async function answerTo(server: Server, attributes: PlistDict, signer?: Identity): Promise<Response> {
    const body = await signCms(encodePlist(attributes), signer ?? (await factory))
    return send(server, '/ota', { method: 'POST', body })
  }
  const tell = async (...told: Parameters<typeof answerTo>) => (await answerTo(...told)).status

  test('a challenge that is missing, of somebody else, over or of /enroll', async () => {
    const server = await startWithDeviceCa()
    const issue = (seconds: number, secret = SECRET) => {
      const claims = { purpose: 'enroll', device: 'ota', expiresAt: new Date(Date.now() + seconds * 1000) } as const
      return issueScepChallenge(claims, secret)
    }
    expect(await tell(server, { UDID: 'A', CHALLENGE: await issue(60) })).toBe(200)
    expect(await tell(server, { UDID: 'A' })).toBe(400)
    expect(await tell(server, { UDID: 'A', CHALLENGE: await issue(60, new Uint8Array(32)) })).toBe(400)
    expect(await tell(server, { UDID: 'A', CHALLENGE: await issue(-1) })).toBe(400)
    expect(await tell(server, { UDID: 'A', CHALLENGE: await enrolChallenge(server) })).toBe(400)
    expect(server.log.at(-1)).toMatch(/ERR_CHALLENGE_INVALID$/)
  })

  test('a challenge is of the first device that comes with it', async () => {
    const server = await startWithDeviceCa()
    const CHALLENGE = await otaChallenge(server)
    expect(await tell(server, { CHALLENGE })).toBe(400)
    expect(await tell(server, { UDID: 'A', CHALLENGE })).toBe(200)
    expect(await tell(server, { UDID: 'B', CHALLENGE })).toBe(400)
    expect(server.log.at(-1)).toMatch(/CHALLENGE_USED$/)
    expect(await tell(server, { UDID: 'A', CHALLENGE })).toBe(200)
  })

  test('a challenge of phase 1 is good for no certificate', async () => {
    const server = await startWithDeviceCa()
    const challenge = await otaChallenge(server)
    const csr = await csrOf(deviceKey, challenge)
    expect(refusal(await ask(server, { type: 'PKCSReq', csr }, deviceKey))).toBe('badRequest')
    expect(await tell(server, { UDID: 'A', CHALLENGE: challenge })).toBe(200)
  })

  test('phase 3 is of the device that phase 2 was about', async () => {
    const server = await startWithDeviceCa()
    const ours = await enrolled(server, deviceKey)
    const CHALLENGE = await otaChallenge(server)
    expect(await tell(server, { UDID: 'A', CHALLENGE }, ours)).toBe(400)
    expect(server.log.at(-1)).toMatch(/ANOTHER_DEVICE$/)
  })

  test('a device announces itself with the UDID that it has told, and as no device that is there', async () => {
    const server = await startWithDeviceCa()
    const enrolledAsA = async (key: typeof deviceKey) => {
      const phase2 = await answerTo(server, { UDID: 'A', CHALLENGE: await otaChallenge(server) })
      return enrolled(server, key, scepChallengeIn(await profileIn(server, phase2)))
    }
    const announce = async (device: Identity, UDID: string) =>
      (await checkIn(server, device, { MessageType: 'Authenticate', UDID, Topic: TOPIC })).status
    const device = await enrolledAsA(deviceKey)
    expect(await announce(device, 'B')).toBe(400)
    expect(await announce(device, 'A')).toBe(200)
    expect(await announce(await enrolledAsA(otherKey), 'A')).toBe(400)
    expect(await announce(device, 'A')).toBe(200)
  })

  test('without a CA of devices there is none', async () => {
    const server = await start()
    expect((await send(server, '/ota')).status).toBe(404)
    expect(await tell(server, {})).toBe(404)
  })
})

test('what waits for approval belongs to the key that came with it first', async () => {
  const server = await start({ options: { approval: true } })
  const first = await csrOf(deviceKey, await enrolChallenge(server))
  const second = await csrOf(otherKey, await enrolChallenge(server))
  const askAs = (csr: typeof first, key: typeof deviceKey) =>
    ask(server, { type: 'PKCSReq', csr, transactionId: 'T' }, key)
  const poll = (key: typeof deviceKey) => {
    const { subject } = server.ca.certificate
    return ask(server, { type: 'CertPoll', issuer: subject, subject: first.subject, transactionId: 'T' }, key)
  }
  expect(refusal(await askAs(first, deviceKey))).toBe('PENDING')
  expect(refusal(await askAs(second, otherKey))).toBe('badRequest')
  expect((await server.store.pending('T'))?.csr).toEqual(first.der)
  expect(refusal(await askAs(first, deviceKey))).toBe('PENDING')
  expect(refusal(await poll(otherKey))).toBe('badMessageCheck')
  expect(refusal(await poll(deviceKey))).toBe('PENDING')
})

describe('rollover', () => {
  const text = async (server: Server, operation: string) => (await send(server, `/scep?operation=${operation}`)).text()

  test('the next CA is announced by the current one', async () => {
    const next = await makeCa('Example Device CA 2', rsaKey(7))
    const server = await start({ nextCa: next.certificate })
    expect((await text(server, 'GetCACaps')).split('\n')).toContain('GetNextCACert')
    const answer = await bytesOf(await send(server, '/scep?operation=GetNextCACert'))
    const announced = await openNextCaCert(answer, { pinned: [server.ca.certificate] })
    expect(announced.map(({ der }) => der)).toEqual([next.certificate.der])
    const without = await start()
    expect(await text(without, 'GetCACaps')).not.toContain('GetNextCACert')
    expect((await send(without, '/scep?operation=GetNextCACert')).status).toBe(404)
  })

  test('who holds the old CA is answered by it, and renews', async () => {
    const before = await start()
    const identity = await enrolled(before, deviceKey)
    const ca = await makeCa('Example Device CA 2', rsaKey(7))
    const csr = await csrOf(otherKey)
    const sent = await scepMessage({ type: 'RenewalReq', csr }, identity, before.ca)
    const after = await start({ ca, oldCa: before.ca, store: before.store })
    const certificate = certificateOf(await post(after, sent))
    expect(formatName(certificate.issuer)).toBe('CN=Example Device CA 2,O=Example')
    expect(certificate.subject).toEqual(identity.certificate.subject)
    // A server that has forgotten the old CA cannot read it.
    const forgetful = await start({ ca, store: before.store })
    await expect(post(forgetful, sent)).rejects.toThrow()
  })
})

test('the log has the push that would be sent, with the device token cut', async () => {
  const server = await start()
  const device = await enrolled(server, deviceKey)
  const token = new Uint8Array(32).fill(0xab)
  await checkIn(server, device, { MessageType: 'Authenticate', UDID: 'A', Topic: TOPIC })
  await checkIn(server, device, {
    MessageType: 'TokenUpdate',
    UDID: 'A',
    Topic: TOPIC,
    Token: token,
    PushMagic: 'magic',
  })
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
  const body = JSON.stringify({ requestType: 'DeviceLock' })
  await send(server, '/admin/commands/A', { method: 'POST', headers, body })
  expect(server.log.find((line) => line.startsWith('push '))).toBe(
    'push POST https://api.push.apple.com/3/device/abab… ' +
      `{"apns-push-type":"mdm","apns-topic":"${TOPIC}","apns-priority":"10"} {"mdm":"magic"}`,
  )
})
