import { requireObject } from '../arguments.js'
import { isMdmProtocolError } from '../errors.js'
import type { Certificate, Finding } from '../types.js'
import { textMember } from './dictionary.js'
import { checkServerTrust, unreadableCertificates } from './certificate-check.js'
import { finding } from '../finding.js'
import { checkIdentityPayloads } from './identity-check.js'
import { checkMdmPayload } from './mdm-check.js'
import { isEncrypted, payloadsOf, profileOf, type Payload, type Profile } from './profile.js'

export interface EnrollmentCheckOptions {
  /** Its topic must be the one in the MDM payload. */
  readonly pushCertificate?: Certificate
  /** The TLS certificate of the management server: does the profile carry what makes it trusted? */
  readonly serverCertificate?: Certificate
}

/**
 * Would a device enrol with this profile?
 *
 * Judges the MDM payload (identity, topic, URLs, access rights), the identity payloads (subject nesting, key), that what
 * refers to another payload finds it, and, where given, the push certificate's topic and the trust in the server's TLS
 * certificate. Empty means that nothing is known against it; 'error' that a device will refuse it or lose the channel.
 * Does not check signatures, dates, or that any URL answers. Never throws: a value that is no profile is a finding too.
 * An encrypted profile is judged after `decryptProfile`.
 *
 * Apple, Device Management, TopLevel, MDM, SCEP, ACMECertificate.
 *
 * @returns the kinds are listed in docs/profiles.md; new ones may come.
 * @example
 * ```ts
 * const profile = buildProfile({ identifier: 'com.example.enrollment', uuid: 'C1', payloads: [] })
 * for (const { level, kind, message } of checkEnrollmentProfile(profile)) console.log(level, kind, message)
 * ```
 */
export function checkEnrollmentProfile(profile: Profile, options: EnrollmentCheckOptions = {}): readonly Finding[] {
  requireObject(options, 'options')
  try {
    return findingsOf(profileOf(profile), options)
  } catch (error) {
    if (!isMdmProtocolError(error)) throw error
    return [finding('profile-invalid', 'error', `The value is no profile: ${error.message}.`)]
  }
}

function findingsOf(profile: Profile, options: EnrollmentCheckOptions): readonly Finding[] {
  if (profile.PayloadType !== 'Configuration') {
    const message = 'A Profile Service starts an over-the-air enrolment; it does not enrol by itself.'
    return [finding('profile-type', 'error', message, { path: ['PayloadType'] })]
  }
  const payloads = payloadsOf(profile)
  if (payloads.length === 0 && isEncrypted(profile)) {
    const message = 'The content is encrypted: decryptProfile it to have it judged.'
    return [finding('content-encrypted', 'warning', message, { path: ['EncryptedPayloadContent'] })]
  }
  return [
    ...checkEnvelope(profile),
    ...checkPayloads(payloads),
    ...checkMdmPayload(payloads, options.pushCertificate ?? null),
    ...checkIdentityPayloads(payloads),
    ...unreadableCertificates(payloads),
    ...checkServerTrust(payloads, options.serverCertificate ?? null),
  ]
}

function checkEnvelope(profile: Profile): readonly Finding[] {
  const findings: Finding[] = []
  if (profile.PayloadVersion !== 1) findings.push(wrongVersion([]))
  if (textMember(profile, 'PayloadScope') === 'User') {
    const message = 'PayloadScope is User: on macOS an MDM profile is installed for the system.'
    findings.push(finding('scope-user', 'warning', message, { path: ['PayloadScope'] }))
  }
  return findings
}

function checkPayloads(payloads: readonly Payload[]): readonly Finding[] {
  const findings: Finding[] = []
  const seen = new Set<string>()
  payloads.forEach((payload, index) => {
    const path = ['PayloadContent', index]
    if (payload.PayloadVersion !== 1) findings.push(wrongVersion(path))
    if (seen.has(payload.PayloadUUID)) {
      const message = 'Two payloads have the same PayloadUUID: what refers to it is ambiguous.'
      findings.push(finding('payload-uuid-duplicate', 'error', message, { path: [...path, 'PayloadUUID'] }))
    }
    seen.add(payload.PayloadUUID)
    if (!UUID.test(payload.PayloadUUID)) {
      const message = 'PayloadUUID has not the form of a UUID.'
      findings.push(finding('payload-uuid-form', 'warning', message, { path: [...path, 'PayloadUUID'] }))
    }
  })
  return findings
}

// The form that Apple's page gives for IdentityCertificateUUID, wider than hex.
const UUID = /^[0-9A-Za-z]{8}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{12}$/

function wrongVersion(path: readonly (string | number)[]): Finding {
  return finding('payload-version', 'error', 'PayloadVersion is not 1.', { path: [...path, 'PayloadVersion'] })
}
