import { requireDate } from '../arguments.js'
import { fail } from '../errors.js'
import type { Certificate, Finding } from '../types.js'
import { certificateFields } from './certificate-fields.js'

export type PushCertificateFinding = 'expired' | 'not-yet-valid' | 'renewal-due' | 'topic-missing' | 'topic-changed'

type PushFinding = Finding<PushCertificateFinding>

const PREFIX = 'com.apple.mgmt.'

/**
 * The topic of an MDM push certificate: the UID of its subject, `com.apple.mgmt.External.` and a UUID.
 *
 * It stands in the MDM payload of every enrolled device and in the `apns-topic` header of every push. Checked: that there
 * is a UID and that it begins with com.apple.mgmt. Not checked: that Apple issued the certificate (`verifyCertificatePath`),
 * and its dates (`checkPushCertificate`).
 *
 * Misuse: to take the topic from a certificate for app notifications; theirs is a bundle identifier and is refused here.
 *
 * Throws `ERR_PUSH_INVALID`, and what a malformed certificate gives: `ERR_ENCODING`, `ERR_CERTIFICATE_INVALID`, `ERR_LIMIT`.
 *
 * Apple: "Setting up push notifications for your MDM customers", "MDM" (payload).
 *
 * @example
 * ```ts
 * const topic = pushTopicOf(parseCertificate(pushCertificatePem))
 * console.log(topic)
 * ```
 */
export function pushTopicOf(certificate: Certificate): string {
  return topicOf(certificate) ?? fail('ERR_PUSH_INVALID', 'push certificate: the subject has no UID of com.apple.mgmt')
}

function topicOf(certificate: Certificate): string | null {
  const { userId } = certificateFields(certificate)
  return userId?.startsWith(PREFIX) === true && userId.length > PREFIX.length ? userId : null
}

/**
 * Whether a push certificate can go on: its dates, its topic, and whether a renewed one keeps the topic of the `previous`.
 *
 * A certificate with another topic reaches no device that is enrolled: `topic-changed` means that it was made anew
 * instead of renewed, usually under another Apple account, and that every device would have to enrol again. Find it out
 * before the new certificate goes into use.
 *
 * Never throws on a certificate that `parseCertificate` took. `ERR_INVALID_ARGUMENT` for an invalid date or negative days.
 * Not checked: issuer and revocation. A `previous` that is no push certificate is a warning of the kind `topic-missing`.
 *
 * Misuse: to wait for `expired`: pushes stop at that moment and devices check in only by themselves.
 *
 * Apple: "Setting up push notifications for your MDM customers".
 *
 * @param at - the moment to judge
 * @param options.renewWithinDays - days before the end from which on `renewal-due` is found; default 30
 *
 * @example
 * ```ts
 * const findings = checkPushCertificate(renewed, new Date(), { previous: inUse })
 * if (findings.some(({ level }) => level === 'error')) throw new Error(findings.map(({ message }) => message).join(' '))
 * ```
 */
export function checkPushCertificate(
  certificate: Certificate,
  at: Date,
  options?: { readonly previous?: Certificate; readonly renewWithinDays?: number },
): readonly Finding<PushCertificateFinding>[] {
  const days = options?.renewWithinDays ?? 30
  requireDate(at, 'at')
  if (!(days >= 0 && days <= MAX_DAYS))
    fail('ERR_INVALID_ARGUMENT', `renewWithinDays: a number of days from 0 to ${String(MAX_DAYS)} is expected`)
  const { previous } = options ?? {}
  return [...dateFindings(certificate, at, days), ...topicFindings(certificate, previous)]
}

const DAY = 86_400_000
/** A century. Far more than that leads to dates that do not exist. */
const MAX_DAYS = 36_525

/** The end itself still counts as valid (RFC 5280 §4.1.2.5). */
function dateFindings(certificate: Certificate, at: Date, days: number): readonly PushFinding[] {
  const { notBefore, notAfter } = certificateFields(certificate)
  const due = new Date(notAfter.getTime() - days * DAY)
  const findings: PushFinding[] = []
  const found = (
    kind: PushCertificateFinding,
    level: 'error' | 'warning',
    message: string,
    since: Date | null,
  ): void => {
    findings.push({ kind, level, message, since, certificate, path: [] })
  }
  if (at < notBefore) found('not-yet-valid', 'error', 'The push certificate is not valid yet.', null)
  if (at > notAfter)
    found('expired', 'error', 'The push certificate has expired: Apple takes no push with it.', notAfter)
  else if (at >= due)
    found('renewal-due', 'warning', 'The push certificate ends soon: renew it under the same Apple account.', due)
  return findings
}

function topicFindings(certificate: Certificate, previous: Certificate | undefined): readonly PushFinding[] {
  const topic = topicOf(certificate)
  const before = previous === undefined ? null : topicOf(previous)
  const findings: PushFinding[] = []
  const found = (
    kind: PushCertificateFinding,
    level: 'error' | 'warning',
    message: string,
    about: Certificate,
  ): void => {
    findings.push({ kind, level, message, since: null, certificate: about, path: ['subject', 'UID'] })
  }
  if (topic === null)
    found('topic-missing', 'error', 'This is no MDM push certificate: its subject has no topic.', certificate)
  if (previous !== undefined && before === null)
    found('topic-missing', 'warning', 'The previous one is no MDM push certificate: nothing continues.', previous)
  if (topic !== null && before !== null && topic !== before)
    found('topic-changed', 'error', 'The topic is another one: enrolled devices would not be reached.', certificate)
  return findings
}
