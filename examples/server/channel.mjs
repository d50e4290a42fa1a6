// The device channel: check-ins and commands, each over the exact body.
import {
  buildBootstrapTokenReply,
  buildMdmPush,
  parseCheckin,
  parseCommandReport,
  peekMdmSignature,
  verifyMdmSignature,
} from 'mdm-protocol'
import { Refused } from './refused.mjs'

/** Whose key signed exactly these octets: the signature names a certificate that we issued, and that very one is pinned. */
async function signerOf(body, header, { store }) {
  const { signer } = peekMdmSignature(header ?? '')
  const known = await store.certificate(signer.serialNumber ?? '')
  if (known === null) throw new Refused('NOT_OURS')
  await verifyMdmSignature(header, body, { trust: { pinned: [known.certificate] } })
  return known.device
}

/** The enrollment in the body is the one that announced itself with this device's certificate, or one that it renewed. */
async function requireOwn(enrollment, device, isFirst, { store }) {
  const owner = await store.deviceOf(enrollment.id)
  if (owner === null && isFirst) await store.enroll(enrollment.id, device)
  else if (owner !== device) throw new Refused('ANOTHER_DEVICE')
}

export async function handleCheckin(body, header, context) {
  const device = await signerOf(body, header, context)
  const message = parseCheckin(body)
  await requireOwn(message.enrollment, device, message.messageType === 'Authenticate', context)
  const { store } = context
  const { id } = message.enrollment
  switch (message.messageType) {
    case 'Authenticate':
      // A device that enrols anew has forgotten what it told before: tokens of old must not outlive it.
      await store.update(id, {
        topic: message.topic,
        token: null,
        pushMagic: null,
        unlockToken: null,
        bootstrapToken: null,
      })
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
      await store.update(id, { token: null, pushMagic: null })
      return null
    default:
      // What this server does not do is a 400 of its own, and no reason to fail.
      throw new Refused(`NO_ANSWER_TO_${message.messageType}`)
  }
}

export async function handleCommand(body, header, context) {
  const device = await signerOf(body, header, context)
  const report = parseCommandReport(body)
  await requireOwn(report.enrollment, device, false, context)
  const { store } = context
  const { id } = report.enrollment
  if (report.commandUuid !== null) await store.report(id, report.commandUuid, report.status)
  // NotNow: the device asks again when it can; giving it the next command would only get the same answer.
  return report.status === 'NotNow' ? null : store.nextCommand(id)
}

/** The push that wakes a device. This example prints it; see ../push for one that is sent. */
export async function pushTo(id, { store, log }) {
  const { token, pushMagic, topic } = await store.enrollment(id)
  if (token === null || token === undefined) return false
  const push = buildMdmPush({ token, pushMagic, topic })
  log(`push ${push.method} ${push.url.slice(0, 40)}… topic ${push.headers['apns-topic']}`)
  return true
}
