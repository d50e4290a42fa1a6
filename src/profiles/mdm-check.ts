import { attempt } from '../errors.js'
import type { Certificate, Finding } from '../types.js'
import { parseCertificateDer } from '../x509/certificate.js'
import { nameAttribute } from '../x509/name.js'
import { CERTIFICATE_TYPES } from './certificate-check.js'
import { isArray, member, textMember } from './dictionary.js'
import { finding } from '../finding.js'
import type { Payload } from './profile.js'
import { isHttpsUrl } from './url.js'

export const MDM_TYPE = 'com.apple.mdm'

const IDENTITY_TYPES = [
  'com.apple.security.scep',
  'com.apple.security.acme',
  'com.apple.security.pkcs12',
  'com.apple.ADCertificate.managed',
]

type Path = readonly (string | number)[]

/** The MDM payload: there, once, and all that it says and refers to. */
export function checkMdmPayload(payloads: readonly Payload[], pushCertificate: Certificate | null): readonly Finding[] {
  const places = payloads.flatMap((payload, index) => (payload.PayloadType === MDM_TYPE ? [index] : []))
  const [first, second] = places
  if (first === undefined) {
    const message = 'There is no com.apple.mdm payload.'
    return [finding('mdm-payload-missing', 'error', message, { path: ['PayloadContent'] })]
  }
  const path = ['PayloadContent', first]
  const mdm = payloads[first] as Payload
  return [
    ...(second === undefined ? [] : [duplicate(['PayloadContent', second])]),
    ...checkIdentityReference(mdm, payloads, path),
    ...checkTopic(mdm, pushCertificate, path),
    ...checkUrls(mdm, path),
    ...checkSignMessage(mdm, path),
    ...checkAccessRights(mdm, path),
    ...checkAccountKeys(mdm, path),
    ...checkPinnedCertificates(mdm, payloads, path),
  ]
}

function duplicate(path: Path): Finding {
  return finding('mdm-payload-duplicate', 'error', 'A profile holds one com.apple.mdm payload at most.', { path })
}

function checkIdentityReference(mdm: Payload, payloads: readonly Payload[], path: Path): readonly Finding[] {
  const place = { path: [...path, 'IdentityCertificateUUID'] }
  const uuid = textMember(mdm, 'IdentityCertificateUUID')
  if (uuid === null) return [finding('identity-missing', 'error', 'IdentityCertificateUUID is missing.', place)]
  const named = payloads.filter((payload) => payload.PayloadUUID === uuid)
  if (named.length === 0) {
    const other = payloads.some((payload) => payload.PayloadUUID.toLowerCase() === uuid.toLowerCase())
    const message = other
      ? 'IdentityCertificateUUID names a payload in another case: devices compare the texts.'
      : 'IdentityCertificateUUID names no payload of this profile.'
    return [finding('identity-missing', 'error', message, place)]
  }
  if (named.some((payload) => IDENTITY_TYPES.includes(payload.PayloadType))) return []
  const message = 'IdentityCertificateUUID names a payload that brings no identity: SCEP, ACME or PKCS#12 is needed.'
  return [finding('identity-not-an-identity', 'error', message, place)]
}

function checkTopic(mdm: Payload, pushCertificate: Certificate | null, path: Path): readonly Finding[] {
  const place = { path: [...path, 'Topic'] }
  const topic = textMember(mdm, 'Topic')
  if (topic === null) return [finding('topic-missing', 'error', 'Topic is missing.', place)]
  if (!/^com\.apple\.mgmt\.[^\s]+$/.test(topic))
    return [finding('topic-malformed', 'error', 'Topic does not begin with com.apple.mgmt.', place)]
  if (pushCertificate === null) return []
  const read = attempt(() => parseCertificateDer(pushCertificate.der).subject)
  if ('fault' in read) {
    const message = 'The push certificate is not readable: whether Topic is its UID cannot be told.'
    return [finding('certificate-unreadable', 'error', message, { certificate: pushCertificate })]
  }
  if (nameAttribute(read.value, 'UID') === topic) return []
  const message = 'Topic is not the UID of the push certificate: pushes will never reach the device.'
  return [finding('topic-mismatch', 'error', message, { ...place, certificate: pushCertificate })]
}

function checkUrls(mdm: Payload, path: Path): readonly Finding[] {
  const findings: Finding[] = []
  const server = textMember(mdm, 'ServerURL')
  if (server === null) {
    const place = { path: [...path, 'ServerURL'] }
    findings.push(finding('server-url-missing', 'error', 'ServerURL is missing.', place))
  } else if (!isHttpsUrl(server)) {
    findings.push(notHttps('server-url', 'ServerURL', path))
  }
  if (member(mdm, 'CheckInURL') === undefined) {
    const message = 'CheckInURL is missing: the device checks in at ServerURL.'
    findings.push(finding('check-in-url-missing', 'info', message, { path: [...path, 'CheckInURL'] }))
  } else if (!isHttpsUrl(textMember(mdm, 'CheckInURL') ?? '')) {
    findings.push(notHttps('check-in-url', 'CheckInURL', path))
  }
  return findings
}

function notHttps(kind: string, key: string, path: Path): Finding {
  return finding(`${kind}-not-https`, 'error', `${key} is not a URL with https://.`, { path: [...path, key] })
}

function checkSignMessage(mdm: Payload, path: Path): readonly Finding[] {
  if (member(mdm, 'SignMessage') === true) return []
  const message = 'SignMessage is off: without Mdm-Signature only the TLS layer says which device is speaking.'
  return [finding('sign-message-off', 'warning', message, { path: [...path, 'SignMessage'] })]
}

const ALL_RIGHTS = 8191

function checkAccessRights(mdm: Payload, path: Path): readonly Finding[] {
  // Apple ignores the bits where a user enrols.
  if (isUserEnrollment(mdm)) return []
  const place = { path: [...path, 'AccessRights'] }
  const rights = member(mdm, 'AccessRights')
  if (rights === undefined) {
    const message = 'AccessRights is missing: older systems refuse the payload.'
    return [finding('access-rights-missing', 'warning', message, place)]
  }
  if (typeof rights !== 'number' || !Number.isInteger(rights) || rights < 1 || rights > ALL_RIGHTS)
    return [finding('access-rights-range', 'error', 'AccessRights is not an integer from 1 to 8191.', place)]
  const incomplete = [1, 64].filter((bit) => (rights & (2 * bit)) !== 0 && (rights & bit) === 0)
  return incomplete.map((bit) => {
    const message = `AccessRights has the bit ${2 * bit} without the bit ${bit} that it needs.`
    return finding('access-rights-incomplete', 'error', message, place)
  })
}

/** Whether the access rights are not the payload's to state. */
export function isUserEnrollment(mdm: Payload): boolean {
  return member(mdm, 'ManagedAppleID') !== undefined || member(mdm, 'EnrollmentMode') === 'BYOD'
}

function checkAccountKeys(mdm: Payload, path: Path): readonly Finding[] {
  const findings: Finding[] = []
  const mode = member(mdm, 'EnrollmentMode')
  if (mode !== undefined && mode !== 'BYOD' && mode !== 'ADDE') {
    const place = { path: [...path, 'EnrollmentMode'] }
    findings.push(finding('enrollment-mode', 'error', 'EnrollmentMode is neither BYOD nor ADDE.', place))
  }
  if (mode !== undefined && textMember(mdm, 'AssignedManagedAppleID') === null) {
    const message = 'AssignedManagedAppleID is missing: account-driven enrolment needs it beside EnrollmentMode.'
    const place = { path: [...path, 'AssignedManagedAppleID'] }
    findings.push(finding('assigned-account-missing', 'error', message, place))
  }
  if (member(mdm, 'ManagedAppleID') !== undefined) {
    const message = 'ManagedAppleID is gone since iOS 18 and macOS 15: enrol by the account instead.'
    const place = { path: [...path, 'ManagedAppleID'] }
    findings.push(finding('managed-apple-id-removed', 'warning', message, place))
  }
  return findings
}

function checkPinnedCertificates(mdm: Payload, payloads: readonly Payload[], path: Path): readonly Finding[] {
  const uuids = payloads.filter((payload) => CERTIFICATE_TYPES.includes(payload.PayloadType)).map(uuidOf)
  return ['ServerURLPinningCertificateUUIDs', 'CheckInURLPinningCertificateUUIDs'].flatMap((key) => {
    const pins = member(mdm, key)
    if (!isArray(pins)) return []
    return pins.flatMap((pin, index) => {
      if (typeof pin === 'string' && uuids.includes(pin)) return []
      const message = `${key} names no certificate payload of this profile.`
      return [finding('pinned-certificate-missing', 'error', message, { path: [...path, key, index] })]
    })
  })
}

function uuidOf(payload: Payload): string {
  return payload.PayloadUUID
}
