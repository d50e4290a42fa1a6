import { requireList, requireObject } from '../../arguments.js'
import { equalBytes } from '../../bytes/bytes.js'
import { acceptedByDefault } from '../../crypto/accept.js'
import { callContext, type CallContext } from '../../crypto/context.js'
import { isMdmProtocolError } from '../../errors.js'
import { finding } from '../../finding.js'
import type { Certificate, Context, Finding, SigningIdentity } from '../../types.js'
import { certificateParts } from '../certificate.js'
import { buildPath } from '../path.js'
import { renewCertificate } from './renew-certificate.js'

export type CaRolloverFinding =
  'same-key' | 'new-key' | 'subject-differs' | 'still-valid' | 'must-reissue' | 'outlives-ca'

/** Everything that a CA may have signed with: whether a certificate is strong is another question than whose it is. */
const ANY = {
  ...acceptedByDefault.device,
  digests: [...acceptedByDefault.device.digests, 'MD5'] as const,
  minRsaBits: 512,
}

/**
 * What becomes of the certificates that `current` issued once `next` takes over (RFC 4210 §4.4, RFC 3647 §4.6, §4.7).
 *
 * About the CA: `same-key` or `new-key` (info), `subject-differs` (a warning: nothing that was issued chains to another
 * name). About each issued certificate: `still-valid` (info) where it verifies under `next` as it is, `must-reissue` (a
 * warning, since the end of `current`) where it does not, `outlives-ca` (a warning) where it verifies and ends after
 * `next` does. Found by verifying, not by comparing names alone. Dates of the certificates are not judged otherwise.
 *
 * @returns Findings in the order of `issued`, those about the CA first. `certificate` says which one is meant.
 * @throws `ERR_CERTIFICATE_INVALID`, `ERR_ENCODING` for something that is no certificate.
 * @example
 * ```ts
 * const findings = await checkCaRollover(ca, nextCa, certificates)
 * console.log(findings.filter(({ kind }) => kind === 'must-reissue').length)
 * ```
 */
export async function checkCaRollover(
  current: Certificate,
  next: Certificate,
  issued: readonly Certificate[],
  context?: Context,
): Promise<readonly Finding<CaRolloverFinding>[]> {
  const call = callContext(context)
  requireList(issued, 'issued')
  const [from, to] = [certificateParts(current), certificateParts(next)]
  const findings: Finding<CaRolloverFinding>[] = [
    equalBytes(from.key.keyBits, to.key.keyBits)
      ? finding('same-key', 'info', 'The CA goes on with its key: what it issued verifies as before.', {
          certificate: next,
        })
      : finding('new-key', 'info', 'The CA changes its key: link certificates carry the time in between.', {
          certificate: next,
        }),
  ]
  if (from.foldedSubject !== to.foldedSubject)
    findings.push(
      finding(
        'subject-differs',
        'warning',
        'The CA changes its name: no certificate issued so far chains to the new one.',
        {
          certificate: next,
        },
      ),
    )
  for (const certificate of issued) findings.push(...(await judge(certificate, next, from.notAfter, to.notAfter, call)))
  return findings
}

async function judge(
  certificate: Certificate,
  next: Certificate,
  currentEnd: Date,
  nextEnd: Date,
  call: CallContext,
): Promise<readonly Finding<CaRolloverFinding>[]> {
  if (!(await verifiesUnder(certificate, next, call)))
    return [
      finding(
        'must-reissue',
        'warning',
        'It does not verify under the next CA: issue it anew before the current CA ends.',
        {
          certificate,
          since: currentEnd,
        },
      ),
    ]
  const valid: Finding<CaRolloverFinding> = finding('still-valid', 'info', 'It verifies under the next CA as it is.', {
    certificate,
  })
  if (certificateParts(certificate).notAfter.getTime() <= nextEnd.getTime()) return [valid]
  const message = 'It ends after the next CA does, and cannot be verified from then on.'
  return [valid, finding('outlives-ca', 'warning', message, { certificate, since: nextEnd })]
}

async function verifiesUnder(certificate: Certificate, ca: Certificate, call: CallContext): Promise<boolean> {
  try {
    const trust = { anchors: [ca], validity: 'ignore' } as const
    const path = await buildPath(certificate, { trust, candidates: [], accept: ANY }, call)
    return path.length === 2
  } catch (error) {
    if (isMdmProtocolError(error)) return false
    throw error
  }
}

/**
 * The two cross-certificates of a CA that changes its key (RFC 4210 §4.4): with `newWithOld`, who trusts the old key
 * follows to the new one; with `oldWithNew`, who knows the new key alone still verifies what the old one signed.
 *
 * Each carries the subject, key and extensions of the CA that it is about, and lives while both do: from the later
 * beginning to the earlier end. Send them with GetCACert (`buildCaCertResponse`'s `links`) during the overlap.
 *
 * Not checked: that the two are the same organisation, which is what a link says.
 *
 * @param serialNumbers - Hex, one in the ledger of `current`, one in that of `next`.
 * @throws `ERR_INVALID_ARGUMENT` for CAs that do not overlap in time, or are no CAs; `ERR_CERTIFICATE_INVALID`.
 * @example
 * ```ts
 * const { newWithOld } = await issueCaLinks(ca, nextCa, [randomSerialNumber(), randomSerialNumber()])
 * const path = await verifyCertificatePath(newWithOld, { anchors: [ca.certificate] })
 * console.log(path.length)
 * ```
 */
export async function issueCaLinks(
  current: SigningIdentity,
  next: SigningIdentity,
  serialNumbers: readonly [newWithOld: string, oldWithNew: string],
  context?: Context,
): Promise<{ readonly newWithOld: Certificate; readonly oldWithNew: Certificate }> {
  requireObject(current, 'current')
  requireObject(next, 'next')
  requireList(serialNumbers, 'serialNumbers')
  const [a, b] = [certificateParts(current.certificate), certificateParts(next.certificate)]
  const notBefore = new Date(Math.max(a.notBefore.getTime(), b.notBefore.getTime()))
  const notAfter = new Date(Math.min(a.notAfter.getTime(), b.notAfter.getTime()))
  const link = (about: SigningIdentity, by: SigningIdentity, serialNumber: string): Promise<Certificate> =>
    renewCertificate(about.certificate, { serialNumber, notBefore, notAfter }, by, context)
  return {
    newWithOld: await link(next, current, serialNumbers[0]),
    oldWithNew: await link(current, next, serialNumbers[1]),
  }
}
