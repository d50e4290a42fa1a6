import { requireDate, requireObject } from '../../arguments.js'
import { OID } from '../../asn1/oid.js'
import { copyBytes } from '../../bytes/bytes.js'
import { callContext } from '../../crypto/context.js'
import { readPublicKey } from '../../crypto/public-key.js'
import { fail } from '../../errors.js'
import type { Certificate, CertificateExtension, Context, SigningIdentity } from '../../types.js'
import { certificateParts } from '../certificate.js'
import { checkAgainstIssuer, issuerOf, writeCertificate } from '../certificate-writer.js'
import { buildExtensions } from '../extensions.js'
import { issuerKeyIdentifier, keyIdentifier } from '../key-identifier.js'

/** What is new in a renewed certificate. */
export interface RenewCertificateInput {
  /** Hex; another one than before. */
  readonly serialNumber: string
  readonly notBefore: Date
  /** Later than the issuer's own end is `ERR_INVALID_ARGUMENT`. */
  readonly notAfter: Date
  /** SubjectPublicKeyInfo, DER, of a new key; without it the old key goes on. */
  readonly publicKey?: Uint8Array
}

/**
 * Issues a certificate anew: the same subject and the same extensions, octet for octet, with a new serial number and new
 * dates; with the old key (renewal, RFC 3647 §4.6) or another one (re-key, §4.7). The key identifiers are those of the key
 * and of the issuer at hand.
 *
 * Checked: the issuer is a CA that may sign, its end is not exceeded, the serial number is another one. Not checked: that
 * `old` is genuine or still valid, and that whoever asks has the key: `verifyCsr` and the caller's policy do that. What the
 * certificate allows, its names and purposes, is what the old one allowed.
 *
 * Throws `ERR_INVALID_ARGUMENT`, `ERR_CERTIFICATE_INVALID`, `ERR_ENCODING`; what a `RemoteSigner` rejects with passes through.
 *
 * @example
 * ```ts
 * const renewed = await renewCertificate(
 *   certificate,
 *   { serialNumber: randomSerialNumber(), notBefore: new Date('2027-01-01'), notAfter: new Date('2028-01-01') },
 *   ca,
 * )
 * console.log(renewed.notAfter)
 * ```
 */
export async function renewCertificate(
  old: Certificate,
  input: RenewCertificateInput,
  issuer: SigningIdentity,
  context?: Context,
): Promise<Certificate> {
  const call = callContext(context)
  const parts = certificateParts(old)
  requireObject(input, 'input')
  requireDate(input.notBefore, 'notBefore')
  requireDate(input.notAfter, 'notAfter')
  const by = issuerOf(issuer)
  const publicKey = input.publicKey === undefined ? parts.key : readPublicKey(copyBytes(input.publicKey))
  const identifiers = buildExtensions({
    subjectKeyIdentifier: await keyIdentifier(publicKey, call),
    authorityKeyIdentifier: await issuerKeyIdentifier(by.parts, call),
  })
  const { serialNumber, notBefore, notAfter } = input
  const fields = {
    serialNumber,
    notBefore,
    notAfter,
    issuerDer: by.parts.subjectDer,
    subjectDer: parts.subjectDer,
    publicKey,
    extensions: withIdentifiers(parts.extensions, identifiers),
  }
  checkAgainstIssuer(fields, by.parts)
  const renewed = await writeCertificate(fields, by, false, call)
  if (renewed.serialNumber === parts.certificate.serialNumber)
    fail('ERR_INVALID_ARGUMENT', 'serialNumber: another one than that of the old certificate is expected')
  return renewed
}

/** In their old places, where the certificate had them. */
function withIdentifiers(
  extensions: readonly CertificateExtension[],
  identifiers: readonly CertificateExtension[],
): readonly CertificateExtension[] {
  const isIdentifier = (oid: string): boolean => oid === OID.subjectKeyIdentifier || oid === OID.authorityKeyIdentifier
  const kept = extensions.map((one) => identifiers.find(({ oid }) => isIdentifier(oid) && oid === one.oid) ?? one)
  return [...kept, ...identifiers.filter(({ oid }) => !kept.some((one) => one.oid === oid))]
}
