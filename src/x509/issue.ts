import { requireDate, requireList, requireObject } from '../arguments.js'
import { OID } from '../asn1/oid.js'
import { encodeHex } from '../bytes/hex.js'
import { callContext } from '../crypto/context.js'
import { type PublicKey, readPublicKey } from '../crypto/public-key.js'
import { randomBytes } from '../crypto/random.js'
import { fail } from '../errors.js'
import type { Bytes, Certificate, CertificateExtension, Context, DistinguishedName, SigningIdentity } from '../types.js'
import { type CertificateFields, checkAgainstIssuer, issuerOf, writeCertificate } from './certificate-writer.js'
import { buildExtensions } from './extensions.js'
import type { GeneralName } from './general-name.js'
import { issuerKeyIdentifier, keyIdentifier } from './key-identifier.js'
import { keyFromSource, type KeySource } from './key-source.js'
import { encodeName } from './name.js'
import { type CertificatePurpose, purposeExtensions } from './purpose.js'

/** What a certificate will say. */
export interface IssueCertificateInput {
  /** Always stated, also when it equals the CSR's: nothing is copied from a CSR unasked. */
  readonly subject: DistinguishedName
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array
  /** Hex; positive, 20 octets at most. */
  readonly serialNumber: string
  readonly notBefore: Date
  /** Later than the issuer's own end is `ERR_INVALID_ARGUMENT`. */
  readonly notAfter: Date
  /** Sets basicConstraints, keyUsage, extendedKeyUsage, SKI and AKI; 'custom' sets SKI and AKI alone. */
  readonly purpose: CertificatePurpose
  readonly subjectAltNames?: readonly GeneralName[]
  /** Added; an OID that the purpose sets already is `ERR_INVALID_ARGUMENT`. */
  readonly extensions?: readonly CertificateExtension[]
}

/**
 * Issues a certificate: X.509 version 3, signed by `issuer`.
 *
 * Nothing is copied from a request: subject, key, names and extensions are what the caller states. `purpose` decides
 * basicConstraints, keyUsage and extendedKeyUsage (`CertificatePurpose` has the list); key identifiers are set in any
 * case; a subjectAltName becomes critical beside an empty subject. Dates are written in whole seconds, as UTCTime up to
 * 2049. The digest is SHA-256, with a P-384 issuer SHA-384; a key that cannot have it uses its first one.
 *
 * Checked: that the issuer is a CA and may sign, that its own end is not exceeded, serial number and dates, that no
 * extension comes twice. Not checked: whether the subject has the private key (`verifyCsr` does that) or may have the
 * name; that the serial number is fresh, which is the caller's ledger; that `issuer.key` is that of `issuer.certificate`
 * (`importIdentity` does that).
 *
 * Throws `ERR_INVALID_ARGUMENT`, `ERR_CERTIFICATE_INVALID` or `ERR_ENCODING` (a malformed public key),
 * `ERR_KEY_MISMATCH` (the issuer's key is of another kind than its certificate's); what a `RemoteSigner` rejects with
 * passes through unchanged.
 *
 * RFC 5280 §4.1, §4.2.
 *
 * @example
 * ```ts
 * await verifyCsr(csr)
 * const certificate = await issueCertificate(
 *   {
 *     subject: distinguishedName([['CN', 'device-1']]),
 *     publicKey: csr.publicKey,
 *     serialNumber: randomSerialNumber(),
 *     notBefore: new Date('2026-01-01'),
 *     notAfter: new Date('2027-01-01'),
 *     purpose: 'device-identity',
 *   },
 *   ca,
 * )
 * ```
 */
export async function issueCertificate(
  input: IssueCertificateInput,
  issuer: SigningIdentity,
  context?: Context,
): Promise<Certificate> {
  const call = callContext(context)
  requireObject(input, 'input')
  const by = issuerOf(issuer)
  const publicKey = publicKeyOf(input.publicKey)
  const stated = statedOf(input)
  const subjectDer = encodeName(input.subject)
  const authority = issuerKeyIdentifier(by.parts, call)
  const authorityKeyIdentifier = typeof authority === 'string' ? authority : await authority
  const own = keyIdentifier(publicKey, call)
  const subjectKeyIdentifier = typeof own === 'string' ? own : await own
  const extensions = extensionsFor(stated, publicKey, { subjectKeyIdentifier, authorityKeyIdentifier })
  const fields = fieldsOf(stated, subjectDer, by.parts.subjectDer, publicKey, extensions)
  checkAgainstIssuer(fields, by.parts)
  // Awaited: a promise that an async function returns is waited for twice.
  return await writeCertificate(fields, by, false, call)
}

/**
 * Issues a certificate that is signed by its own key: a root CA (`purpose: 'ca'`), or the throw-away signer of a first
 * SCEP request (`'device-identity'`).
 *
 * As `issueCertificate`, with the subject as issuer. The key comes as PKCS#8 DER or as a signing key with its public
 * key; in the second case the signature is held against the public key before anything is handed out. A self-signed
 * certificate proves that somebody has the key, and nothing else.
 *
 * Throws `ERR_INVALID_ARGUMENT`, `ERR_KEY_MISMATCH`, `ERR_ENCODING`, `ERR_ALGORITHM_UNKNOWN`, `ERR_CERTIFICATE_INVALID`.
 *
 * RFC 5280 §4.1, RFC 8894 §2.3.
 *
 * @example
 * ```ts
 * const { privateKey } = await generateKey('RSA-2048')
 * const root = await issueSelfSigned({
 *   privateKey,
 *   subject: distinguishedName([['O', 'Example Inc'], ['CN', 'Example Device CA']]),
 *   serialNumber: randomSerialNumber(),
 *   notBefore: new Date('2026-01-01'),
 *   notAfter: new Date('2036-01-01'),
 *   purpose: 'ca',
 * })
 * const ca = await importIdentity({ certificate: root, privateKey })
 * ```
 */
export async function issueSelfSigned(
  input: Omit<IssueCertificateInput, 'publicKey'> & KeySource,
  context?: Context,
): Promise<Certificate> {
  const call = callContext(context)
  requireObject(input, 'input')
  const subjectDer = encodeName(input.subject)
  const stated = statedOf(input)
  const source = await keyFromSource(input, call)
  const { publicKey } = source
  const own = await keyIdentifier(publicKey, call)
  const extensions = extensionsFor(stated, publicKey, { subjectKeyIdentifier: own, authorityKeyIdentifier: own })
  const fields = fieldsOf(stated, subjectDer, subjectDer, publicKey, extensions)
  return writeCertificate(fields, source, source.unproven, call)
}

type StatedInput = Omit<IssueCertificateInput, 'publicKey'>

/** As it is now: the caller may change his objects while a key is made ready. */
function statedOf(input: StatedInput): StatedInput {
  requireDate(input.notBefore, 'notBefore')
  requireDate(input.notAfter, 'notAfter')
  const dates = { notBefore: new Date(input.notBefore.getTime()), notAfter: new Date(input.notAfter.getTime()) }
  const stated: { -readonly [K in keyof StatedInput]: StatedInput[K] } = Object.assign({}, input, dates)
  if (input.subjectAltNames !== undefined) {
    requireList(input.subjectAltNames, 'subjectAltNames')
    stated.subjectAltNames = [...input.subjectAltNames]
  }
  if (input.extensions !== undefined) {
    requireList(input.extensions, 'extensions')
    stated.extensions = [...input.extensions]
  }
  return stated
}

function fieldsOf(
  { serialNumber, notBefore, notAfter, purpose }: StatedInput,
  subjectDer: Bytes,
  issuerDer: Uint8Array,
  publicKey: PublicKey,
  extensions: readonly CertificateExtension[],
): CertificateFields {
  // RFC 5280 §4.1.2.6: below a CA without a name no certificate could name its issuer.
  if (purpose === 'ca' && subjectDer.length === 2) fail('ERR_INVALID_ARGUMENT', 'subject: a CA needs a name')
  return { serialNumber, issuerDer, notBefore, notAfter, subjectDer, publicKey, extensions }
}

function publicKeyOf(spki: Uint8Array): PublicKey {
  if (!(spki instanceof Uint8Array))
    return fail('ERR_INVALID_ARGUMENT', 'publicKey: DER of a SubjectPublicKeyInfo is expected')
  return readPublicKey(spki)
}

function extensionsFor(
  input: StatedInput,
  publicKey: PublicKey,
  identifiers: { readonly subjectKeyIdentifier: string; readonly authorityKeyIdentifier: string },
): readonly CertificateExtension[] {
  const names = input.subjectAltNames === undefined ? null : { subjectAltNames: input.subjectAltNames }
  const purpose = purposeExtensions(input.purpose, publicKey)
  const made = buildExtensions(Object.assign({}, identifiers, purpose, names))
  const added = input.extensions ?? []
  if (added.some(({ oid }) => made.some((extension) => extension.oid === oid)))
    fail('ERR_INVALID_ARGUMENT', 'extensions: one is set by the purpose or the names already')
  // RFC 5280 §4.1.2.6: then the alternative names are all that names the subject.
  const nameless = input.subject.length === 0
  return [...made, ...added].map((extension) =>
    nameless && extension.oid === OID.subjectAltName ? { ...extension, critical: true } : extension,
  )
}

/**
 * A serial number for a new certificate: 16 octets in lower-case hex, positive, 126 bits of them random.
 *
 * Two such numbers do not meet by chance, so a CA needs no counter. From `context.crypto` where it is given.
 *
 * Throws `ERR_CRYPTO_UNAVAILABLE`.
 *
 * RFC 5280 §4.1.2.2; CA/Browser Forum Baseline Requirements §7.1 (64 bits at least).
 *
 * @example
 * ```ts
 * console.log(randomSerialNumber().length) // 32
 * ```
 */
export function randomSerialNumber(context?: Context): string {
  const octets = randomBytes(16, callContext(context))
  // Neither negative nor shorter than it looks.
  octets[0] = ((octets[0] as number) & 0x3f) | 0x40
  return encodeHex(octets)
}
