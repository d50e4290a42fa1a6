import { copyBytes, equalBytes } from '../bytes/bytes.js'
import type { AcceptList } from '../crypto/accept.js'
import type { CallContext } from '../crypto/context.js'
import { type ErrorCode, fail, isMdmProtocolError, type MdmProtocolError } from '../errors.js'
import type { CertificateParts } from './certificate.js'
import { type CrlAlgorithm, crlSign, isNamedBy, requireFresh, usableAlgorithm } from './crl.js'
import { type ReadCrl, readCrl } from './crl-reader.js'
import { ALL_REASONS, coveredReasons } from './crl-scope.js'
import type { PathEntry } from './path-rules.js'

interface KnownCrl {
  readonly der: Uint8Array
  readonly crl: ReadCrl
  readonly serialNumbers: ReadonlySet<string>
}

/** By the array that the caller holds: a list of a megabyte comes along with every request. Held against a copy each time. */
const cache: WeakMap<Uint8Array, KnownCrl> = /* @__PURE__ */ new WeakMap()

function knownCrl(given: Uint8Array): KnownCrl {
  const known = cache.get(given)
  if (known !== undefined && equalBytes(known.der, given)) return known
  const der = copyBytes(given)
  const crl = readCrl(der)
  const made = { der, crl, serialNumbers: new Set(crl.revoked.map(({ serialNumber }) => serialNumber)) }
  cache.set(given, made)
  return made
}

export interface RevocationRules {
  readonly accept: AcceptList
  readonly skewMilliseconds: number
  readonly signers: CrlSigners
}

/** A CA may sign its lists with another key than its certificates: after a re-key, or always (RFC 5280 §6.3.3 f). */
export interface CrlSigners {
  /** Certificates at hand that have the name of the issuer of this list, the likeliest first. */
  named(issuer: CertificateParts, crl: ReadCrl): readonly PathEntry[]
  hasSigned(certificate: CertificateParts, crl: ReadCrl, algorithm: CrlAlgorithm): Promise<boolean>
  /** Why it does not hold beside the path, of which `above` is what begins with the issuer of the list, or `null`. */
  distrustOf(signer: PathEntry, above: readonly PathEntry[]): Promise<MdmProtocolError | null>
  /** The signer that the path begins with, where one is judged: what its key signed cannot vouch for it. */
  readonly judged: PathEntry | null
}

/**
 * Holds every certificate of a path, leaf first, against the CRLs of its issuer; where a signer of lists is judged, that
 * one alone, as all above it has been before: paths are gone through from their anchor. The anchor is not judged, nor is a
 * certificate for whose issuer there is none. Where there are some, they have to speak of the certificate, for every
 * reason: lists may be split by distribution point, kind of certificate or reason, and the caller may have fetched the
 * wrong part. Revoked is revoked, whatever date the list gives: the date of a signature
 * is the signer's own claim. For the same reason a list has to be of today (`now`), not of the date of a signature.
 *
 * Throws `ERR_CERTIFICATE_REVOKED`, `ERR_CRL_TIME`, `ERR_LIMIT`, `ERR_CRYPTO_UNAVAILABLE`, and `ERR_CRL_INVALID` for all
 * else, with its cause: bytes that are no list, an algorithm that is not accepted.
 */
export async function requireNotRevoked(
  path: readonly PathEntry[],
  crls: readonly Uint8Array[],
  rules: RevocationRules,
  call: CallContext,
): Promise<void> {
  try {
    await requireOnNoList(path, crls.map(knownCrl), rules, call)
  } catch (error) {
    // By the code a caller tells "revoked, or not known whether" from "not ours".
    if (!isMdmProtocolError(error) || OWN_CODES.has(error.code)) throw error
    fail('ERR_CRL_INVALID', error.message, error)
  }
}

const OWN_CODES: ReadonlySet<ErrorCode> = /* @__PURE__ */ new Set<ErrorCode>([
  'ERR_CERTIFICATE_REVOKED',
  'ERR_CRL_INVALID',
  'ERR_CRL_TIME',
  'ERR_LIMIT',
  'ERR_CRYPTO_UNAVAILABLE',
])

async function requireOnNoList(
  path: readonly PathEntry[],
  known: readonly KnownCrl[],
  rules: RevocationRules,
  call: CallContext,
): Promise<void> {
  const top = path.length - 2
  for (let i = rules.signers.judged === null ? top : Math.min(0, top); i >= 0; i--) {
    const certificate = (path[i] as PathEntry).parts
    const above = path.slice(i + 1)
    const lists = known.filter(({ crl }) => isNamedBy(crl, (above[0] as PathEntry).parts))
    let reasons = lists.length === 0 ? ALL_REASONS : 0
    for (const { crl, serialNumbers } of lists) {
      const covered = coveredReasons(crl, certificate)
      if (covered === 0) continue
      reasons |= covered
      if (!(await isVouchedFor(crl, above, rules))) continue
      requireFresh(crl, call.now, rules.skewMilliseconds)
      if (serialNumbers.has(certificate.certificate.serialNumber))
        fail('ERR_CERTIFICATE_REVOKED', 'certificate path: a certificate is revoked by its issuer')
    }
    if (reasons !== ALL_REASONS)
      fail('ERR_CRL_INVALID', 'CRL: of the lists of an issuer none speaks of its certificate on the path')
  }
}

/** Signed by the issuer on the path, or by a trusted certificate of its name. Throws where neither did. */
async function isVouchedFor(
  crl: ReadCrl,
  above: readonly PathEntry[],
  { accept, signers }: RevocationRules,
): Promise<boolean> {
  const issuer = (above[0] as PathEntry).parts
  const algorithm = usableAlgorithm(crl, accept)
  if (await signers.hasSigned(issuer, crl, algorithm)) return true
  let distrust: MdmProtocolError | null = null
  for (const signer of signers.named(issuer, crl)) {
    // It has to say so: somebody whom the CA gave its own name by mistake is no signer of its lists.
    if (crlSign(signer.parts) !== true || !(await signers.hasSigned(signer.parts, crl, algorithm))) continue
    if (signers.judged !== null && equalBytes(signer.parts.spki, signers.judged.parts.spki)) return false
    const reason = await signers.distrustOf(signer, above)
    if (reason === null) return true
    distrust ??= reason
  }
  if (distrust?.code === 'ERR_CRL_TIME') throw distrust
  return fail('ERR_CRL_INVALID', 'CRL: the signature is not that of its issuer', distrust ?? undefined)
}
