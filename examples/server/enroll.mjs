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
import { Refused } from './refused.mjs'

const HOUR = 3_600_000
const uuid = () => globalThis.crypto.randomUUID().toUpperCase()

/** What a challenge of phase 1 is made for: no device, so it is good for no certificate. */
export const OTA = 'ota'

/**
 * The name of a device that has told its UDID; a new one in each enrolment, as a UDID is only a claim: who tells that of
 * another device does not become that device. A common name has room for 64 characters, and a UDID up to 40.
 */
const deviceWithUdid = (udid, enrolment) => `udid-${enrolment.slice(0, 16)}-${udid}`

/** The UDID that a device has told; `null` where it was not asked. */
export const udidOf = (device) => /^udid-[0-9a-f]+-(.*)$/s.exec(device)?.[1] ?? null

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
  const challenge = await challengeFor(OTA, context)
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
  const { ca, oldCas, options, secrets, signer, store } = context
  const response = await openOtaResponse(body, {
    // Apple's device CA ended in 2014; everything but its dates is checked.
    deviceTrust: { anchors: [options.deviceCa], validity: 'ignore' },
    identityTrust: { anchors: [ca, ...oldCas].map(({ certificate }) => certificate) },
  })
  // An answer that was recorded once is no enrolment: the challenge is ours, recent, and came back.
  const { id } = await openScepChallenge(response.challenge, secrets, { purpose: 'enroll', device: OTA })
  const { UDID } = response.attributes
  if (typeof UDID !== 'string') throw new Refused('NO_UDID')
  // Both phases have the one challenge, and each may come twice; another device needs one of its own.
  if (!(await store.useChallenge(id, new TextEncoder().encode(UDID)))) throw new Refused('CHALLENGE_USED')
  const device = deviceWithUdid(UDID, id)
  if (response.phase === 'enrolled') {
    // Any of our devices could sign this: it has to be the one that phase 2 was about.
    const known = await store.certificate(response.signer.certificate.serialNumber)
    if (known?.device !== device) throw new Refused('ANOTHER_DEVICE')
    return buildOtaFinal(await mdmProfile(device, context), response, signer)
  }
  const identity = await scepFor(device, uuid(), context)
  const profile = buildProfile({ identifier: `${options.identifier}.identity`, uuid: uuid(), payloads: [identity] })
  return signProfile(profile, signer)
}
