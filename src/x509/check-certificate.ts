import { requireDate } from '../arguments.js'
import { finding } from '../finding.js'
import type { Certificate, Finding } from '../types.js'
import { certificateParts } from './certificate.js'
import { DAY, requireDays } from './dates.js'

export type CertificateFinding = 'expired' | 'not-yet-valid' | 'renewal-due'

/**
 * Judges the dates of a certificate at a moment: `expired`, `not-yet-valid` (errors), `renewal-due` (a warning, from
 * `renewWithinDays` days before the end, default 30).
 *
 * Pure and never about trust: a certificate without findings may be anybody's. Pinned signers are not judged by date
 * elsewhere, so this is the place to do it. `since` is the moment from which a finding holds; a certificate that is not
 * valid yet has been so for ever, so there it is `null`. The end itself still counts as valid (RFC 5280 §4.1.2.5).
 *
 * Throws `ERR_INVALID_ARGUMENT` for an invalid date and for a number of days that is negative or above 36,525 (a century).
 *
 * @example
 * ```ts
 * for (const finding of checkCertificate(certificate, new Date(), { renewWithinDays: 60 })) console.log(finding.message)
 * ```
 */
export function checkCertificate(
  certificate: Certificate,
  at: Date,
  options?: { readonly renewWithinDays?: number },
): readonly Finding<CertificateFinding>[] {
  const days = options?.renewWithinDays ?? 30
  requireDate(at, 'at')
  requireDays(days, 'renewWithinDays')
  const { notBefore, notAfter } = certificateParts(certificate)
  const findings: Finding<CertificateFinding>[] = []
  if (at < notBefore) {
    const message = `The certificate is not valid before ${textOf(notBefore)}.`
    findings.push(finding('not-yet-valid', 'error', message, { certificate }))
  }
  const dueAt = new Date(notAfter.getTime() - days * DAY)
  if (at > notAfter) {
    const since = new Date(notAfter.getTime())
    findings.push(
      finding('expired', 'error', `The certificate expired at ${textOf(notAfter)}.`, { certificate, since }),
    )
  } else if (at >= dueAt) {
    const message = `The certificate ends at ${textOf(notAfter)} and is due for renewal.`
    findings.push(finding('renewal-due', 'warning', message, { certificate, since: dueAt }))
  }
  return findings
}

function textOf(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z')
}
