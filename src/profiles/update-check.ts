import { requireList, requireObject } from '../arguments.js'
import { equalBytes } from '../bytes/bytes.js'
import { isMdmProtocolError } from '../errors.js'
import type { PlistValue } from '../plist/values.js'
import type { Certificate, Finding } from '../types.js'
import { certificateParts, parseCertificateDer } from '../x509/certificate.js'
import { namesEqual } from '../x509/name.js'
import { isArray, member } from './dictionary.js'
import { finding } from '../finding.js'
import { isUserEnrollment, MDM_TYPE } from './mdm-check.js'
import type { OpenedProfile } from './open.js'
import { isEncrypted, payloadsOf, profileOf, type Payload, type Profile } from './profile.js'
import { samePlistValue } from './same-value.js'

/**
 * Would a device take `next` as an update of the installed `current`?
 *
 * Judges that both have the same identifier and type, that the signer continues (same certificate or key; same name from
 * the same issuer is a renewal with another key), that the members of the MDM payload which Apple calls immutable are
 * the same, and that access rights do not grow. Give it what `openProfile` returned, so that the signers are verified
 * ones. Does not judge `next` by itself: `checkEnrollmentProfile` does. Never throws.
 *
 * Apple, Device Management, MDM, "When updating the payload …"; MDM Protocol Reference, "Updating Expired Profiles".
 *
 * @returns the kinds are listed in docs/profiles.md; new ones may come. 'error': the device refuses the update.
 * @example
 * ```ts
 * const profile = buildProfile({ identifier: 'com.example.wifi', uuid: 'A1', payloads: [] })
 * const current = { profile, signers: [], encrypted: false }
 * const next = { ...current, profile: { ...profile, PayloadIdentifier: 'com.example.other' } }
 * console.log(checkProfileUpdate(current, next).map(({ kind }) => kind))
 * ```
 */
export function checkProfileUpdate(current: OpenedProfile, next: OpenedProfile): readonly Finding[] {
  requireOpened(current, 'current')
  requireOpened(next, 'next')
  try {
    const before = profileOf(current.profile)
    const after = profileOf(next.profile)
    return [...checkEnvelope(before, after), ...checkSigner(current, next), ...checkContent(before, after)]
  } catch (error) {
    if (!isMdmProtocolError(error)) throw error
    return [finding('profile-invalid', 'error', `The value is no profile: ${error.message}.`)]
  }
}

function requireOpened(opened: OpenedProfile, field: string): void {
  requireObject(opened, field)
  requireList(opened.signers, `${field}.signers`)
}

function checkEnvelope(before: Profile, after: Profile): readonly Finding[] {
  const findings: Finding[] = []
  if (before.PayloadIdentifier !== after.PayloadIdentifier) {
    const message = 'PayloadIdentifier differs: the device installs a second profile and keeps the first.'
    findings.push(finding('identifier-changed', 'error', message, { path: ['PayloadIdentifier'] }))
  }
  if (before.PayloadType !== after.PayloadType)
    findings.push(finding('type-changed', 'error', 'PayloadType differs.', { path: ['PayloadType'] }))
  if ((before['PayloadScope'] ?? 'User') !== (after['PayloadScope'] ?? 'User')) {
    const message = 'PayloadScope differs: on macOS the profile lives elsewhere and is not replaced.'
    findings.push(finding('scope-changed', 'warning', message, { path: ['PayloadScope'] }))
  }
  return findings
}

function checkSigner(current: OpenedProfile, next: OpenedProfile): readonly Finding[] {
  const before = current.signers.map((signer) => parseCertificateDer(signer.certificate.der))
  const after = next.signers.map((signer) => parseCertificateDer(signer.certificate.der))
  const [old] = before
  const [renewed] = after
  if (old === undefined) return []
  if (renewed === undefined)
    return [finding('signature-missing', 'error', 'The installed profile is signed and the update is not.')]
  if (after.some((one) => before.some((other) => equalBytes(one.publicKey, other.publicKey)))) return []
  return [continuity(old, renewed)]
}

function continuity(old: Certificate, renewed: Certificate): Finding {
  const [a, b] = [certificateParts(old), certificateParts(renewed)]
  const about = { certificate: renewed }
  if (!namesEqual(a.subjectDer, b.subjectDer)) {
    const message = 'The update is signed by somebody else than the installed profile.'
    return finding('signer-changed', 'error', message, about)
  }
  if (!namesEqual(a.issuerDer, b.issuerDer)) {
    const message = 'The signer of the update has the same name, but another issuer and another key.'
    return finding('signer-issuer-changed', 'warning', message, about)
  }
  const message = 'The signer was renewed with another key: keep the key where profiles are updated by hand.'
  return finding('signer-key-changed', 'warning', message, about)
}

function checkContent(before: Profile, after: Profile): readonly Finding[] {
  const hidden = [before, after].some((profile) => isEncrypted(profile) && payloadsOf(profile).length === 0)
  if (hidden) {
    const message = 'The content is encrypted: decryptProfile both to have it judged.'
    return [finding('content-encrypted', 'warning', message, { path: ['EncryptedPayloadContent'] })]
  }
  const [old] = payloadsOf(before).filter(isMdm)
  const index = payloadsOf(after).findIndex(isMdm)
  const renewed = payloadsOf(after)[index]
  if (old === undefined) return []
  if (renewed === undefined) {
    const message = 'The MDM payload is gone: devices do not leave management by an update.'
    return [finding('mdm-payload-removed', 'error', message, { path: ['PayloadContent'] })]
  }
  return checkMdm(old, renewed, ['PayloadContent', index])
}

function isMdm(payload: Payload): boolean {
  return payload.PayloadType === MDM_TYPE
}

// Apple's page: "When updating the payload, the value of this key must not change."
const IMMUTABLE = [
  'Topic',
  'ServerURL',
  'CheckInURL',
  'AssignedManagedAppleID',
  'EnrollmentMode',
  'RequiredAppIDForMDM',
]
const PER_USER_CONNECTIONS = 'com.apple.mdm.per-user-connections'

function checkMdm(old: Payload, renewed: Payload, path: readonly (string | number)[]): readonly Finding[] {
  const findings: Finding[] = IMMUTABLE.filter((key) => !samePlistValue(member(old, key), member(renewed, key))).map(
    (key) => finding('mdm-key-changed', 'error', `${key} must not change in an update.`, { path: [...path, key] }),
  )
  const grown = isUserEnrollment(renewed) ? 0 : rightsOf(renewed) & ~rightsOf(old)
  if (grown !== 0) {
    const message = `AccessRights grow by the bits ${grown}: an update may only take rights away.`
    findings.push(finding('access-rights-grown', 'error', message, { path: [...path, 'AccessRights'] }))
  }
  if (capable(old) !== capable(renewed)) {
    const message = `ServerCapabilities: ${PER_USER_CONNECTIONS} can neither come nor go in an update.`
    const place = { path: [...path, 'ServerCapabilities'] }
    findings.push(finding('per-user-connections-changed', 'error', message, place))
  }
  return findings
}

function rightsOf(mdm: Payload): number {
  const rights: PlistValue | undefined = member(mdm, 'AccessRights')
  return typeof rights === 'number' ? rights : 0
}

function capable(mdm: Payload): boolean {
  const capabilities = member(mdm, 'ServerCapabilities')
  return isArray(capabilities) && capabilities.includes(PER_USER_CONNECTIONS)
}
