// The profiles that enrol a device, and the over-the-air phases.
import {
  buildOtaFinal,
  buildOtaRequest,
  buildProfile,
  certificatePayload,
  certificateFingerprint,
  distinguishedName,
  issueScepChallenge,
  mdmPayload,
  openOtaResponse,
  openScepChallenge,
  scepPayload,
  signProfile,
} from 'mdm-protocol'

const HOUR = 3_600_000
const uuid = () => globalThis.crypto.randomUUID().toUpperCase()

/** The name of a device that has told its UDID: what it gets a certificate as, and what it may announce itself as later. */
export const deviceWithUdid = (udid) => `udid-${udid}`

/** A challenge for one enrolment, good for an hour and one request. */
function challengeFor(device, { secrets }) {
  return issueScepChallenge({ purpose: 'enroll', device, expiresAt: new Date(Date.now() + HOUR) }, secrets[0])
}

async function scepFor(device, identityUuid, context) {
  const print = await certificateFingerprint(context.ca.certificate, 'SHA-256')
  return scepPayload({
    identifier: `${context.options.identifier}.scep`,
    uuid: identityUuid,
    url: `${context.options.url}/scep`,
    subject: distinguishedName([['CN', device]]),
    challenge: await challengeFor(device, context),
    keyUsage: 5,
    // The device holds GetCACert against it, so plain HTTP would do.
    caFingerprint: Uint8Array.from(print.match(/../g), (digits) => Number.parseInt(digits, 16)),
  })
}

async function mdmProfile(device, context) {
  const { identifier, url, topic } = context.options
  const identityUuid = uuid()
  return buildProfile({
    identifier,
    uuid: uuid(),
    displayName: 'Device management',
    payloads: [
      certificatePayload({
        identifier: `${identifier}.ca`,
        uuid: uuid(),
        certificate: context.ca.certificate,
        kind: 'root',
      }),
      await scepFor(device, identityUuid, context),
      mdmPayload({
        identifier: `${identifier}.mdm`,
        uuid: uuid(),
        serverUrl: `${url}/mdm`,
        checkInUrl: `${url}/checkin`,
        topic,
        identityUuid,
        accessRights: 8191,
        signMessage: true,
        checkOutWhenRemoved: true,
      }),
    ],
  })
}

/** GET /enroll: everything in one profile, signed. Each download is a device of its own. */
export async function enrollmentProfile(context) {
  return signProfile(await mdmProfile(`device-${uuid()}`, context), context.signer)
}

/** GET /ota, phase 1. */
export async function otaRequest(context) {
  const challenge = await challengeFor('ota', context)
  const { identifier, url } = context.options
  const attributes = ['UDID', 'PRODUCT', 'VERSION', 'SERIAL']
  const profile = buildOtaRequest({
    identifier: `${identifier}.ota`,
    uuid: uuid(),
    url: `${url}/ota`,
    attributes,
    challenge,
  })
  return signProfile(profile, context.signer)
}

/** POST /ota, phases 2 and 3: told apart by who signed. */
export async function handleOta(body, context) {
  const { ca, oldCas, options, signer } = context
  const identityTrust = { anchors: [ca, ...oldCas].map(({ certificate }) => certificate) }
  const response = await openOtaResponse(body, {
    // Apple's device CA ended in 2014; everything but its dates is checked. Without one, phase 2 has nobody to trust.
    deviceTrust: options.deviceCa === undefined ? identityTrust : { anchors: [options.deviceCa], validity: 'ignore' },
    identityTrust,
  })
  // An answer that was recorded once is no enrolment: the challenge is ours, recent, and came back.
  await openScepChallenge(response.challenge, context.secrets, { purpose: 'enroll', device: 'ota' })
  const { UDID } = response.attributes
  const device = typeof UDID === 'string' ? deviceWithUdid(UDID) : `device-${uuid()}`
  if (response.phase === 'enrolled') return buildOtaFinal(await mdmProfile(device, context), response, signer)
  const identity = await scepFor(device, uuid(), context)
  const profile = buildProfile({ identifier: `${options.identifier}.identity`, uuid: uuid(), payloads: [identity] })
  return signProfile(profile, signer)
}
