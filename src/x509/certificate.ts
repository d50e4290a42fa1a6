import { encodingOf, TAG } from '../asn1/der-reader.js'
import { type DerTree, derTree, sequenceTree } from '../asn1/der-writer.js'
import { pemBlocks } from '../asn1/pem.js'
import { copyBytes } from '../bytes/bytes.js'
import { encodeHex } from '../bytes/hex.js'
import type { AlgorithmIdentifier } from '../crypto/algorithms.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { digest as computeDigest } from '../crypto/digest.js'
import { isDigestName } from '../crypto/digest-table.js'
import { equalLongBytes } from '../crypto/long-bytes.js'
import { type PublicKey, readKeptPublicKey } from '../crypto/public-key.js'
import { fail } from '../errors.js'
import type { Bytes, Certificate, CertificateExtension, Context, DigestName } from '../types.js'
import { certificateMemory } from './certificate-memory.js'
import {
  type CertificateLayout,
  certificateOf,
  extensionsOf,
  foldedNameAt,
  readCertificateLayout,
  readSignatureAlgorithm,
  serialOctets,
  validityOf,
} from './certificate-layout.js'
import { derInput } from './pem.js'

/** What the package works with: views into a private copy of the bytes, so that no caller can change what was checked. */
export interface CertificateParts {
  /** Parsed from the bytes; not the object that the caller gave. */
  readonly certificate: Certificate
  readonly der: Bytes
  /** Whole encoding of the TBSCertificate: what is signed. */
  readonly tbs: Uint8Array
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
  readonly issuerDer: Uint8Array
  readonly subjectDer: Uint8Array
  /** Content octets of the INTEGER. */
  readonly serialDer: Uint8Array
  /** Throws where the key itself is malformed. */
  readonly key: PublicKey
  readonly extensions: readonly CertificateExtension[]
  /** SubjectPublicKeyInfo as it stands in the certificate. */
  readonly spki: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  /** Names in the one spelling that all equal names share (`foldedName`). */
  readonly foldedIssuer: string
  readonly foldedSubject: string
}

const CERTIFICATE_LABELS = ['CERTIFICATE', 'X509 CERTIFICATE']

const memory = /* @__PURE__ */ certificateMemory<CertificateParts>()

/**
 * The parts of a certificate, from `der` alone: the other fields of the object are for the caller to read.
 *
 * Cached by object, and compared with the kept bytes each time: a `der` that was changed is read anew.
 */
export function certificateParts(certificate: Certificate): CertificateParts {
  const der: unknown = (certificate as Certificate | null | undefined)?.der
  if (!(der instanceof Uint8Array)) return fail('ERR_INVALID_ARGUMENT', 'certificate: an object with der is expected')
  let known = memory.find(certificate)
  if (known === undefined || !equalLongBytes(known.der, der)) {
    const kept = copyBytes(der)
    known = { der: kept, layout: readCertificateLayout(kept), parts: null }
    // Made by hand, changed, or one of a file: its fields have to be readable before anything is made of them.
    certificateOf(known.layout, kept)
    memory.keep(certificate, known)
  }
  return (known.parts ??= partsOf(known.der, known.layout))
}

type PartOnDemand =
  | 'certificate'
  | 'tbs'
  | 'spki'
  | 'signatureAlgorithm'
  | 'key'
  | 'extensions'
  | 'notBefore'
  | 'notAfter'
  | 'foldedIssuer'
  | 'foldedSubject'
/** All its own, so that nothing is taken from a prototype that somebody wrote to. */
type Made = { -readonly [K in PartOnDemand]: CertificateParts[K] | undefined }
interface PartSource {
  readonly der: Bytes
  readonly layout: CertificateLayout
  readonly made: Made
}

/** Read at the first use. On one prototype: accessors of an object's own take V8 longer than the parts take to read. */
const onDemand: Pick<CertificateParts, PartOnDemand> & ThisType<PartSource> = {
  get certificate() {
    return (this.made.certificate ??= certificateOf(this.layout, copyBytes(this.der)))
  },
  get tbs() {
    return (this.made.tbs ??= encodingOf(this.layout.tbs))
  },
  get spki() {
    return (this.made.spki ??= encodingOf(this.layout.publicKey))
  },
  get signatureAlgorithm() {
    return (this.made.signatureAlgorithm ??= readSignatureAlgorithm(this.layout))
  },
  get key() {
    return (this.made.key ??= readKeptPublicKey(encodingOf(this.layout.publicKey)))
  },
  get extensions() {
    return (this.made.extensions ??= extensionsOf(this.layout, this.der))
  },
  get notBefore() {
    return (this.made.notBefore ??= validityOf(this.layout).notBefore)
  },
  get notAfter() {
    return (this.made.notAfter ??= validityOf(this.layout).notAfter)
  },
  get foldedIssuer() {
    return (this.made.foldedIssuer ??= foldedNameAt(this.layout.issuer))
  },
  get foldedSubject() {
    return (this.made.foldedSubject ??= foldedNameAt(this.layout.subject))
  },
}

function partsOf(der: Bytes, layout: CertificateLayout): CertificateParts {
  const made: Made = {
    certificate: undefined,
    tbs: undefined,
    spki: undefined,
    signatureAlgorithm: undefined,
    key: undefined,
    extensions: undefined,
    notBefore: undefined,
    notAfter: undefined,
    foldedIssuer: undefined,
    foldedSubject: undefined,
  }
  const source: PartSource = { der, layout, made }
  return Object.assign(Object.create(onDemand) as Pick<CertificateParts, PartOnDemand>, source, {
    signature: layout.signature,
    issuerDer: encodingOf(layout.issuer),
    subjectDer: encodingOf(layout.subject),
    serialDer: serialOctets(layout),
  })
}

/** DER only. */
export function parseCertificateDer(der: Uint8Array): Certificate {
  return parseKeptCertificate(copyBytes(der))
}

/** The same of octets that nobody outside can reach. */
export function parseKeptCertificate(kept: Bytes): Certificate {
  const layout = readCertificateLayout(kept)
  const certificate = certificateOf(layout, copyBytes(kept))
  memory.stamp(certificate, { der: kept, layout, parts: null })
  return certificate
}

/**
 * Reads an X.509 certificate from DER or from one PEM block, as text or as bytes.
 *
 * Checked: strict DER, the fields of RFC 5280 §4.1 in their types and order, the two signature algorithms against each
 * other, no extension twice. Read although RFC 5280 forbids it, since real ones do it: serial numbers that are negative
 * (hex behind `-`) or longer than 20 octets, empty subjects and country names, times with an offset. Not checked:
 * signature, dates, names, the meaning of extensions; nothing is trusted. Malformed key material shows where the key is
 * used.
 *
 * Misuse: deciding anything on the fields of a certificate that no path or pin was verified for. The functions of this
 * package believe `der` alone, so an object that was put together by hand must hold the right `der`.
 *
 * Throws `ERR_ENCODING` (not DER, not PEM, or not exactly one block), `ERR_CERTIFICATE_INVALID` (DER of something
 * else), `ERR_LIMIT`, `ERR_INVALID_ARGUMENT` (neither bytes nor text).
 *
 * RFC 5280 §4.1, RFC 7468 §5.
 *
 * @example
 * ```ts
 * const { privateKey } = await generateKey('P-256')
 * const root = await issueSelfSigned({
 *   privateKey,
 *   subject: distinguishedName([['CN', 'Example CA']]),
 *   serialNumber: randomSerialNumber(),
 *   notBefore: new Date('2026-01-01'),
 *   notAfter: new Date('2036-01-01'),
 *   purpose: 'ca',
 * })
 * const certificate = parseCertificate(toPem('CERTIFICATE', root.der))
 * console.log(formatName(certificate.subject), certificate.serialNumber)
 * ```
 */
export function parseCertificate(input: Uint8Array | string): Certificate {
  return parseCertificateDer(derInput(input, CERTIFICATE_LABELS, 'certificate'))
}

/**
 * Reads all certificates of a PEM text, in its order. Other blocks (keys, requests) are passed over.
 *
 * An empty text is an empty list; a text that holds something else than certificates alone is an error, so that a wrong
 * file does not become an empty list of anchors. Nothing is trusted, and the order is the file's.
 *
 * Throws `ERR_ENCODING`, `ERR_CERTIFICATE_INVALID`, `ERR_LIMIT`, `ERR_INVALID_ARGUMENT`.
 *
 * RFC 7468.
 *
 * @example
 * ```ts
 * const chain = parseCertificates(pemFile)
 * for (const certificate of chain) console.log(formatName(certificate.subject))
 * ```
 */
export function parseCertificates(pem: string): readonly Certificate[] {
  if (typeof pem !== 'string') return fail('ERR_INVALID_ARGUMENT', 'certificates: PEM text is expected')
  const certificates: Certificate[] = []
  // Each as it is read: blocks that wait for the last one would be moved by every collection.
  for (const { label, der } of pemBlocks(pem))
    if (CERTIFICATE_LABELS.includes(label)) certificates.push(parseOneOfMany(der))
  if (certificates.length === 0 && pem.trim() !== '')
    fail('ERR_ENCODING', 'certificates: the text holds no PEM block "CERTIFICATE"')
  return certificates
}

/** Nothing is kept of it beside what the caller sees: a file holds thousands, and few of them are ever used. `der`: its own. */
export function parseOneOfMany(der: Bytes): Certificate {
  const certificate = certificateOf(readCertificateLayout(der), der)
  memory.stamp(certificate, null)
  return certificate
}

/**
 * Fingerprint of a certificate: the digest over its DER, in lower-case hex without separators.
 *
 * This is what SCEP's `CAFingerprint` and browsers mean by the word (not a digest of the TBSCertificate, not of the
 * key). MD5 and SHA-1 are for comparing with old displays; a pin uses SHA-256 or better.
 *
 * Throws `ERR_INVALID_ARGUMENT`, `ERR_CRYPTO_UNAVAILABLE`.
 *
 * @example
 * ```ts
 * console.log(await certificateFingerprint(parseCertificate(pem), 'SHA-256'))
 * ```
 */
export async function certificateFingerprint(
  certificate: Certificate,
  digest: DigestName,
  context?: Context,
): Promise<string> {
  if (!isDigestName(digest)) fail('ERR_INVALID_ARGUMENT', 'digest: the name of a digest is expected')
  return fingerprintOf(certificate, digest, callContext(context))
}

export async function fingerprintOf(certificate: Certificate, digest: DigestName, call: CallContext): Promise<string> {
  return encodeHex(await computeDigest(digest, certificateParts(certificate).der, call))
}

/** IssuerAndSerialNumber (RFC 5652 §10.2.4), from the bytes of the certificate. */
export function issuerAndSerialTree(parts: CertificateParts): DerTree {
  return sequenceTree(parts.issuerDer, derTree(TAG.INTEGER, parts.serialDer))
}
