// The device channel: check-ins and commands, each over the exact body.
import {
  buildBootstrapTokenReply,
  buildMdmPush,
  parseCheckin,
  parseCommandReport,
  peekMdmSignature,
  verifyMdmSignature,
} from 'mdm-protocol'
import { udidOf } from './enroll.mjs'
import { Refused } from './refused.mjs'

/** Whose key signed exactly these octets: the signature names a certificate that we issued, and that very one is pinned. */
async function signerOf(body, header, { store }) {
  const { signer } = peekMdmSignature(header ?? '')
  const known = await store.certificate(signer.serialNumber ?? '')
  if (known === null) throw new Refused('NOT_OURS')
  await verifyMdmSignature(header, body, { trust: { pinned: [known.certificate] } })
  return known.device
}

/** Users speak with the identity of their device, and a network user has one UserID on every Mac. */
const keyOf = ({ id, parentId }) => (parentId === null ? id : `${parentId}:${id}`)

/**
 * The enrollment in the body is the one that announced itself with this device's certificate, or one that it renewed.
 *
 * A device that comes with another certificate is not let in under a UDID that is taken: any device could name it. It is free
 * after CheckOut, or when an operator has forgotten it.
 */
async function requireOwn({ id, parentId }, device, isFirst, { store }) {
  const udid = parentId ?? id
  const owner = await store.deviceOf(udid)
  // Enrolled over the air it has told its UDID before, and is not let in under another one.
  const told = udidOf(device)
  const isAnother = told !== null && told !== udid
  if (isAnother || (owner !== device && !(owner === null && isFirst))) throw new Refused('ANOTHER_DEVICE')
}

export async function handleCheckin(body, header, context) {
  const device = await signerOf(body, header, context)
  const message = parseCheckin(body)
  if (message.messageType === 'unknown') {
    // A new operating system says more than this server knows: no reason to fail.
    context.log(`check-in of an unknown kind: ${message.name}`)
    return null
  }
  await requireOwn(message.enrollment, device, message.messageType === 'Authenticate', context)
  const { store } = context
  const id = keyOf(message.enrollment)
  switch (message.messageType) {
    case 'Authenticate':
      // A device that enrols anew has forgotten what it told before: tokens and commands of old must not outlive it.
      await store.enroll(id, device)
      await store.update(id, { topic: message.topic })
      return null
    case 'TokenUpdate': {
      const { topic, token, pushMagic, unlockToken } = message
      // An update without UnlockToken says nothing about the one that is stored.
      await store.update(id, { topic, token, pushMagic, ...(unlockToken === null ? {} : { unlockToken }) })
      return null
    }
    case 'SetBootstrapToken':
      await store.update(id, { bootstrapToken: message.bootstrapToken })
      return null
    case 'GetBootstrapToken':
      return buildBootstrapTokenReply((await store.enrollment(id)).bootstrapToken ?? null)
    case 'CheckOut':
      await store.forget(id)
      return null
    case 'UserAuthenticate':
      // Declined: the user logs in without a channel of its own.
      throw new Refused('USERS_NOT_MANAGED', 410)
    default:
      // Sent only to servers that have asked for it.
      throw new Refused(`NO_ANSWER_TO_${message.messageType}`)
  }
}

export async function handleCommand(body, header, context) {
  const device = await signerOf(body, header, context)
  const report = parseCommandReport(body)
  await requireOwn(report.enrollment, device, false, context)
  const { store } = context
  const id = keyOf(report.enrollment)
  if (report.commandUuid !== null) await store.report(id, report.commandUuid, report.status)
  // NotNow: the device asks again when it can; giving it the next command would only get the same answer.
  return report.status === 'NotNow' ? null : store.nextCommand(id)
}

/** The push that wakes a device. This example prints it; see ../push for one that is sent. */
export async function pushTo(id, { store, log }) {
  const { token, pushMagic, topic } = await store.enrollment(id)
  if (token === null || token === undefined) return false
  const { method, url, headers, body } = buildMdmPush({ token, pushMagic, topic })
  // All of it but the token, which the URL ends with.
  log(`push ${method} ${url.slice(0, 40)}… ${JSON.stringify(headers)} ${new TextDecoder().decode(body)}`)
  return true
}
