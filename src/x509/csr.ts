import { requireList, requireObject, requireText } from '../arguments.js'
import { encodingOf } from '../asn1/der-reader.js'
import {
  encodeAttribute,
  encodeContextConstructed,
  encodeDirectoryString,
  encodeInteger,
  encodeSequence,
  sortEncodings,
} from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { acceptedByDefault, type AcceptList, acceptList, requireAccepted } from '../crypto/accept.js'
import { signatureAlgorithmOf } from '../crypto/algorithms.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { type PublicKey, readPublicKey } from '../crypto/public-key.js'
import { verifySignature } from '../crypto/verify.js'
import { copyBytes, equalBytes } from '../bytes/bytes.js'
import { fail } from '../errors.js'
import type {
  AcceptedAlgorithms,
  Bytes,
  CertificateExtension,
  CertificateRequest,
  Context,
  DigestName,
  DistinguishedName,
} from '../types.js'
import { readRequest, type ReadRequest } from './csr-reader.js'
import { extensionListTree } from './extension-list.js'
import { keyFromSource, type KeySource } from './key-source.js'
import { encodeName } from './name.js'
import { derInput } from './pem.js'
import { signStructure } from './signed-structure.js'

/** What goes into a request, and the key that asks. */
export type CreateCsrInput = KeySource & {
  readonly subject: DistinguishedName
  /** `null`, which is how a request without one is read, counts as none. */
  readonly challengePassword?: string | null
  readonly extensions?: readonly CertificateExtension[]
  /** Default SHA-256; SHA-384 for P-384. */
  readonly digest?: DigestName
}

// PKCS#9 says 255; dynamic challenges of MDM servers are longer.
const MAX_CHALLENGE_LENGTH = 65_536

/**
 * Makes a certificate request (PKCS#10), signed by the key that it asks for.
 *
 * The challenge password is a PrintableString where its characters allow, else UTF8String, as Apple's client writes it;
 * `extensions` (see `buildExtensions`) go into an extensionRequest. Nothing says that the CA will follow them. A request
 * is not secret and not authenticated but by its key: the challenge in it is readable for everybody who sees it, which
 * is why SCEP encrypts it.
 *
 * `digest`: a key that cannot sign with it uses its first one. With `key` and `publicKey` given apart, the signature is
 * held against the public key before it is handed out.
 *
 * Throws `ERR_INVALID_ARGUMENT`, `ERR_KEY_MISMATCH` (the public key is not that of the key), `ERR_ENCODING` or
 * `ERR_ALGORITHM_UNKNOWN` (the private key); what a `RemoteSigner` rejects with passes through unchanged.
 *
 * RFC 2986, RFC 2985 §5.4.
 *
 * @example
 * ```ts
 * const { privateKey } = await generateKey('RSA-2048')
 * const csr = await createCsr({
 *   privateKey,
 *   subject: distinguishedName([['CN', 'device-1']]),
 *   challengePassword: 'once',
 * })
 * console.log(toPem('CERTIFICATE REQUEST', csr.der))
 * ```
 */
export async function createCsr(input: CreateCsrInput, context?: Context): Promise<CertificateRequest> {
  const call = callContext(context)
  requireObject(input, 'input')
  const subject = encodeName(input.subject)
  const attributes = encodeContextConstructed(0, ...sortEncodings(requestAttributes(input)))
  const source = await keyFromSource(input, call)
  const info = (): Bytes => encodeSequence(encodeInteger(0), subject, source.publicKey.spki, attributes)
  const { der, check } = await signStructure(source, input.digest, info, call)
  if (source.unproven) await check()
  return readKeptDer(der).csr
}

function requestAttributes({ challengePassword, extensions }: CreateCsrInput): readonly Bytes[] {
  const attributes: Bytes[] = []
  if (challengePassword !== undefined && challengePassword !== null) {
    requireText(challengePassword, 'challengePassword')
    if (challengePassword === '' || challengePassword.length > MAX_CHALLENGE_LENGTH)
      fail('ERR_INVALID_ARGUMENT', 'challengePassword: 1 to 65536 characters; leave it out where there is none')
    attributes.push(encodeAttribute(OID.challengePassword, encodeDirectoryString(challengePassword)))
  }
  if (extensions !== undefined) requireList(extensions, 'extensions')
  if (extensions !== undefined && extensions.length > 0)
    attributes.push(encodeAttribute(OID.extensionRequest, extensionListTree(extensions)))
  return attributes
}

const LABELS = ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST']
const NAME = 'certificate request'

/**
 * Reads a certificate request (PKCS#10) from DER or from one PEM block, as text or as bytes.
 *
 * Checked: strict DER, the structure of RFC 2986, and that challenge password and extension request come once, with one
 * value. Read although it is illegal, since real clients send it: version 1 and 2 (macOS 10.11), attributes not in DER
 * order (strongSwan), none at all. Attributes of other kinds (Microsoft's) are passed over. Not checked: the signature,
 * which is `verifyCsr`'s; whether the caller may have what it asks for. Nothing in a request is true because it is there.
 *
 * Throws `ERR_ENCODING`, `ERR_CSR_INVALID`, `ERR_LIMIT`, `ERR_INVALID_ARGUMENT`.
 *
 * RFC 2986, RFC 2985 §5.4.
 *
 * @example
 * ```ts
 * const csr = parseCsr(pem)
 * await verifyCsr(csr)
 * console.log(formatName(csr.subject), readExtensions(csr.requestedExtensions).subjectAltNames)
 * ```
 */
export function parseCsr(input: Uint8Array | string): CertificateRequest {
  return parseCsrDer(derInput(input, LABELS, NAME))
}

/** DER only. */
export function parseCsrDer(der: Uint8Array): CertificateRequest {
  return readKeptDer(copyBytes(der)).csr
}

/** What was read is the object's own bytes: to be proved before the object is handed out, and not afterwards. */
export interface ReadCsr {
  readonly csr: CertificateRequest
  readonly request: ReadRequest
}

/** `parseCsr` of octets that nobody outside can reach. */
export function readKeptCsr(input: Bytes): ReadCsr {
  return readKeptDer(derInput(input, LABELS, NAME))
}

function readKeptDer(der: Bytes): ReadCsr {
  const request = readRequest(der)
  const { subject, publicKey, challengePassword, requestedExtensions } = request
  return { csr: { der, subject, publicKey, challengePassword, requestedExtensions }, request }
}

/**
 * Proof of possession: the request is signed by the key that it asks for.
 *
 * Of `csr` only `der` is believed. Checked: the signature over the bytes received, its algorithms and the size of an RSA
 * key against `accept` (default `acceptedByDefault.modern`). Not checked: who asks. A request that was copied verifies
 * as well as the first time.
 *
 * Throws `ERR_SIGNATURE_INVALID`, `ERR_ALGORITHM_NOT_ACCEPTED` (details: kind, name), `ERR_ALGORITHM_UNKNOWN`,
 * `ERR_CSR_INVALID`, `ERR_CERTIFICATE_INVALID` (a malformed key), `ERR_ENCODING`.
 *
 * RFC 2986 §4.2.
 *
 * @example
 * ```ts
 * await verifyCsr(csr, { accept: { digests: ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'], minRsaBits: 1024 } })
 * ```
 */
export async function verifyCsr(
  csr: CertificateRequest,
  options?: Context & { readonly accept?: AcceptedAlgorithms },
): Promise<void> {
  const call = callContext(options)
  const accept = acceptList(options?.accept, acceptedByDefault.modern)
  if (!((csr as CertificateRequest | null | undefined)?.der instanceof Uint8Array))
    fail('ERR_INVALID_ARGUMENT', 'certificate request: an object with der is expected')
  await provePossession(readRequest(copyBytes(csr.der)), accept, call, null)
}

/**
 * `verifyCsr` of a request whose bytes nobody else can reach, and the key that is proved. `known`: a key that may well be
 * this one, and has been read and made ready already; a SCEP request is signed by the key that it asks for.
 */
export async function provePossession(
  request: ReadRequest,
  accept: AcceptList,
  call: CallContext,
  known: PublicKey | null,
): Promise<PublicKey> {
  const { signature: scheme, digest, saltLength } = signatureAlgorithmOf(request.signatureAlgorithm)
  if (digest === null) return fail('ERR_ALGORITHM_UNKNOWN', 'certificate request: the signature names no digest')
  requireAccepted(accept, 'digests', digest)
  requireAccepted(accept, 'signatures', scheme)
  const isKnown = known !== null && equalBytes(known.spki, request.publicKey)
  const key = isKnown ? known : readPublicKey(request.publicKey)
  if (key.kind === 'RSA') requireAccepted(accept, 'minRsaBits', String(key.bits))
  const algorithm = { signature: scheme, digest, saltLength }
  const data = encodingOf(request.info)
  const judged = verifySignature({ key, algorithm, data, signature: request.signature }, call)
  if (judged !== true && !(await judged))
    fail('ERR_SIGNATURE_INVALID', 'certificate request: the signature is not that of the key in it')
  return key
}
