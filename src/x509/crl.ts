import { encodingOf } from '../asn1/der-reader.js'
import { OID } from '../asn1/oid.js'
import { copyBytes } from '../bytes/bytes.js'
import { acceptedByDefault, acceptList, type AcceptList, requireAccepted } from '../crypto/accept.js'
import { signatureAlgorithmOf } from '../crypto/algorithms.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { type VerifyInput, verifySignature } from '../crypto/verify.js'
import { fail } from '../errors.js'
import type { AcceptedAlgorithms, Certificate, Context, DistinguishedName } from '../types.js'
import { type CertificateParts, certificateParts } from './certificate.js'
import { CRL_FORMAT, crlNumberOf, type ReadCrl, readCrl, type RevokedCertificate } from './crl-reader.js'
import { extensionValue, readAuthorityKeyIdentifier, readKeyUsage } from './extension-values.js'
import { namesEqual, readName } from './name.js'
import { derInput } from './pem.js'

/** What a CRL says of its issuer's certificates. Nothing of it is verified by reading it. */
export interface Crl {
  readonly issuer: DistinguishedName
  readonly thisUpdate: Date
  readonly nextUpdate: Date | null
  /** Lower-case hex. */
  readonly number: string | null
  /** Lower-case hex. */
  readonly authorityKeyIdentifier: string | null
  readonly revoked: readonly RevokedCertificate[]
}

const LABELS = ['X509 CRL', 'CRL']

/**
 * Reads a certificate revocation list from DER or from one PEM block, as text or as bytes.
 *
 * Checked: strict DER, the structure of RFC 5280 §5.1 (version 1 and 2), reasons that exist. Not checked: signature,
 * dates, whose list it is: `verifyCrl` does that, and `Trust.crls` on a path. Of an indirect CRL the entries of other
 * issuers are left out, as their serial numbers are another's.
 *
 * Throws `ERR_ENCODING`, `ERR_CRL_INVALID`, `ERR_LIMIT`, `ERR_INVALID_ARGUMENT`.
 *
 * RFC 5280 §5.
 *
 * @example
 * ```ts
 * for (const { serialNumber, at, reason } of parseCrl(crl).revoked) console.log(serialNumber, at.toISOString(), reason)
 * ```
 */
export function parseCrl(input: Uint8Array | string): Crl {
  const crl = readCrl(copyBytes(derInput(input, LABELS, 'CRL')))
  const { thisUpdate, nextUpdate, revoked, extensions } = crl
  return {
    issuer: readName(crl.issuer, CRL_FORMAT, 'issuer'),
    thisUpdate,
    nextUpdate,
    number: crlNumberOf(extensions),
    authorityKeyIdentifier: extensionValue(extensions, OID.authorityKeyIdentifier, readAuthorityKeyIdentifier, null),
    revoked,
  }
}

/**
 * Verifies a CRL against its issuer, and that it is of today.
 *
 * Checked: that the names are equal, that the issuer's key usage allows to sign CRLs, the signature against `accept`
 * (default `acceptedByDefault.modern`), that no critical extension is there which is not understood, that it is no
 * delta CRL, that `now` lies between thisUpdate and nextUpdate; a list without nextUpdate does not go out of
 * date. Not checked: the issuer itself, which is `verifyCertificatePath`'s; whether a newer list exists.
 *
 * Throws `ERR_CRL_INVALID` (not this issuer's, or not usable), `ERR_CRL_TIME` (stale, or of the future),
 * `ERR_ALGORITHM_NOT_ACCEPTED`, `ERR_ALGORITHM_UNKNOWN`, `ERR_ENCODING`, `ERR_LIMIT`, `ERR_INVALID_ARGUMENT`.
 *
 * RFC 5280 §6.3.3.
 *
 * @param crl - DER.
 * @example
 * ```ts
 * await verifyCrl(crl, ca.certificate)
 * const isRevoked = parseCrl(crl).revoked.some(({ serialNumber }) => serialNumber === certificate.serialNumber)
 * ```
 */
export async function verifyCrl(
  crl: Uint8Array,
  issuer: Certificate,
  options?: Context & { readonly accept?: AcceptedAlgorithms },
): Promise<void> {
  const call = callContext(options)
  const accept = acceptList(options?.accept, acceptedByDefault.modern)
  if (!(crl instanceof Uint8Array)) fail('ERR_INVALID_ARGUMENT', 'CRL: DER is expected')
  const parts = certificateParts(issuer)
  const read = readCrl(copyBytes(crl))
  if (!isNamedBy(read, parts)) fail('ERR_CRL_INVALID', 'CRL: its issuer is another one')
  await requireVerified(read, parts, accept, call)
  requireFresh(read, call.now, 0)
}

export function isNamedBy(crl: ReadCrl, issuer: CertificateParts): boolean {
  return namesEqual(encodingOf(crl.issuer), issuer.subjectDer)
}

/** All but names and dates. Throws. */
async function requireVerified(
  crl: ReadCrl,
  issuer: CertificateParts,
  accept: AcceptList,
  call: CallContext,
): Promise<void> {
  const algorithm = usableAlgorithm(crl, accept)
  const { key } = issuer
  if (key.kind === 'RSA') requireAccepted(accept, 'minRsaBits', String(key.bits))
  if (!maySignCrls(issuer)) fail('ERR_CRL_INVALID', 'CRL: the key usage of its issuer does not allow to sign CRLs')
  if (!(await isCrlSignedBy(crl, algorithm, issuer, call)))
    fail('ERR_CRL_INVALID', 'CRL: the signature is not that of its issuer')
}

export type CrlAlgorithm = VerifyInput['algorithm']

/** Of a list that says what it seems to say, in algorithms that are accepted. Throws. */
export function usableAlgorithm(crl: ReadCrl, accept: AcceptList): CrlAlgorithm {
  // Not by its being critical alone: else a part would be taken for the whole.
  if (crl.extensions.some(({ oid }) => oid === OID.deltaCrlIndicator))
    fail('ERR_CRL_INVALID', 'CRL: a delta list says only what has changed')
  if (crl.unknownEntryExtension || crl.extensions.some(({ oid, critical }) => critical && !UNDERSTOOD.includes(oid)))
    fail('ERR_CRL_INVALID', 'CRL: a critical extension is not understood')
  const { signature, digest, saltLength } = signatureAlgorithmOf(crl.signatureAlgorithm)
  if (digest === null) return fail('ERR_CRL_INVALID', 'CRL: the signature names no digest')
  requireAccepted(accept, 'digests', digest)
  requireAccepted(accept, 'signatures', signature)
  return { signature, digest, saltLength }
}

function maySignCrls(issuer: CertificateParts): boolean {
  return crlSign(issuer) !== false
}

/** What the key usage says of signing CRLs; `null`: there is none. */
export function crlSign(certificate: CertificateParts): boolean | null {
  return extensionValue(certificate.extensions, OID.keyUsage, readKeyUsage, null)?.includes('cRLSign') ?? null
}

/** Whether this certificate may sign lists, and signed this one. */
export async function isCrlSignedBy(
  crl: ReadCrl,
  algorithm: CrlAlgorithm,
  issuer: CertificateParts,
  call: CallContext,
): Promise<boolean> {
  if (!maySignCrls(issuer)) return false
  return verifySignature({ key: issuer.key, algorithm, data: crl.tbs, signature: crl.signature }, call)
}

const UNDERSTOOD: readonly string[] = [OID.authorityKeyIdentifier, OID.crlNumber, OID.issuingDistributionPoint]

export function requireFresh({ thisUpdate, nextUpdate }: ReadCrl, now: Date, skewMilliseconds: number): void {
  if (now.getTime() < thisUpdate.getTime() - skewMilliseconds) fail('ERR_CRL_TIME', 'CRL: thisUpdate is in the future')
  if (nextUpdate !== null && now.getTime() > nextUpdate.getTime() + skewMilliseconds)
    fail('ERR_CRL_TIME', 'CRL: it is out of date, nextUpdate has passed')
}
