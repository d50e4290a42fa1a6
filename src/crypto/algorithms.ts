// The algorithm table: names, identifiers, sizes; how each is read from a message and written into one.

import {
  atEnd,
  contentOf,
  type DerFormat,
  type DerValue,
  enter,
  finish,
  next,
  nextAny,
  nextIf,
  TAG,
} from '../asn1/der-reader.js'
import { nextOid, smallInteger } from '../asn1/der-values.js'
import {
  type DerTree,
  derTree,
  ENCODED_NULL,
  encodeInteger,
  encodeOid,
  encodeSequence,
  sequenceTree,
} from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { fail } from '../errors.js'
import type { Bytes, CipherName, DigestName, KeyTransportName, SignatureName } from '../types.js'
import { digestLength, digestOfOid } from './digest-table.js'
import { encodeOaepParameters, encodePssParameters, readOaepParameters, readPssParameters } from './rsa-parameters.js'

export { digestLength, encodeDigestAlgorithm } from './digest-table.js'

/** RFC 5280 §4.1.1.2. `encoding`: the whole of it, to compare two of them. */
export interface AlgorithmIdentifier {
  readonly oid: string
  readonly parameters: DerValue | null
  readonly encoding: DerValue
}

/** Well-formed DER that is no AlgorithmIdentifier throws the format's own code. */
export function readAlgorithmIdentifier(value: DerValue, format: DerFormat, field: string): AlgorithmIdentifier {
  const cursor = enter(value, TAG.SEQUENCE, format, field)
  const oid = nextOid(cursor, field)
  const parameters = atEnd(cursor) ? null : nextAny(cursor, field)
  finish(cursor, field)
  return { oid, parameters, encoding: value }
}

/** Absent and NULL: no parameters, in the two ways of writing it. */
function requireNoParameters(id: AlgorithmIdentifier, what: string): void {
  if (id.parameters !== null && id.parameters.tag !== TAG.NULL)
    fail('ERR_ALGORITHM_UNKNOWN', `${what}: parameters where there are none`)
}

/** Throws `ERR_ALGORITHM_UNKNOWN`. */
export function digestOf(id: AlgorithmIdentifier): DigestName {
  const name = digestOfOid(id.oid)
  requireNoParameters(id, 'digest algorithm')
  return name
}

/** `digest` is `null` for rsaEncryption, which leaves it to the SignerInfo. `saltLength`: of RSA-PSS. */
export interface SignatureAlgorithm {
  readonly signature: SignatureName
  readonly digest: DigestName | null
  readonly saltLength: number | null
}

const RSA = 'RSASSA-PKCS1-v1_5'
const SIGNATURES: ReadonlyMap<string, readonly [SignatureName, DigestName | null]> = /* @__PURE__ */ new Map([
  [OID.rsaEncryption, [RSA, null]],
  [OID.sha256WithRSAEncryption, [RSA, 'SHA-256']],
  [OID.sha384WithRSAEncryption, [RSA, 'SHA-384']],
  [OID.sha512WithRSAEncryption, [RSA, 'SHA-512']],
  [OID.sha1WithRSAEncryption, [RSA, 'SHA-1']],
  [OID.sha1WithRSAOiw, [RSA, 'SHA-1']],
  [OID.md5WithRSAEncryption, [RSA, 'MD5']],
  [OID.ecdsaWithSha256, ['ECDSA', 'SHA-256']],
  [OID.ecdsaWithSha384, ['ECDSA', 'SHA-384']],
  [OID.ecdsaWithSha512, ['ECDSA', 'SHA-512']],
  [OID.ecdsaWithSha1, ['ECDSA', 'SHA-1']],
] as const)

/** Recognised, so that the error can name them; never computed. */
const REFUSED: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  [OID.md2WithRSAEncryption, 'RSA with MD2'],
  [OID.ed25519, 'Ed25519'],
  [OID.rc4, 'RC4'],
  [OID.rc2Cbc, 'RC2'],
])

function failUnknown(oid: string, kind: string): never {
  const name = REFUSED.get(oid)
  fail('ERR_ALGORITHM_UNKNOWN', name === undefined ? `unknown ${kind} algorithm` : `${name} is not supported`)
}

/** Throws `ERR_ALGORITHM_UNKNOWN`. */
export function signatureAlgorithmOf(id: AlgorithmIdentifier): SignatureAlgorithm {
  if (id.oid === OID.rsassaPss) return pssAlgorithm(id.parameters)
  const known = SIGNATURES.get(id.oid)
  if (known === undefined) return failUnknown(id.oid, 'signature')
  requireNoParameters(id, 'signature algorithm')
  const [signature, digest] = known
  return { signature, digest, saltLength: null }
}

function pssAlgorithm(parameters: DerValue | null): SignatureAlgorithm {
  // RFC 4055 §3.1: the parameters of a signature must be there.
  if (parameters === null) return fail('ERR_ALGORITHM_UNKNOWN', 'RSA-PSS without its parameters')
  const { digest, mgfDigest, saltLength } = readPssParameters(parameters)
  // WebCrypto has one digest for both, and so has everything that signs for devices.
  if (digest !== mgfDigest) fail('ERR_ALGORITHM_UNKNOWN', 'RSA-PSS with another digest in its mask is not supported')
  if (digest === 'MD5') fail('ERR_ALGORITHM_UNKNOWN', 'RSA-PSS with MD5 is not supported')
  return { signature: 'RSA-PSS', digest, saltLength }
}

export interface CipherInfo {
  readonly name: CipherName
  readonly oid: string
  readonly keyLength: number
  readonly ivLength: number
  readonly blockLength: number
  readonly mode: 'CBC' | 'GCM'
}

function cbc(name: CipherName, oid: string, keyLength: number, blockLength: number): CipherInfo {
  return { name, oid, keyLength, ivLength: blockLength, blockLength, mode: 'CBC' }
}
function gcm(name: CipherName, oid: string, keyLength: number): CipherInfo {
  return { name, oid, keyLength, ivLength: 12, blockLength: 16, mode: 'GCM' }
}

export const CIPHERS: { readonly [N in CipherName]: CipherInfo } = {
  'AES-128-CBC': /* @__PURE__ */ cbc('AES-128-CBC', OID.aes128Cbc, 16, 16),
  'AES-192-CBC': /* @__PURE__ */ cbc('AES-192-CBC', OID.aes192Cbc, 24, 16),
  'AES-256-CBC': /* @__PURE__ */ cbc('AES-256-CBC', OID.aes256Cbc, 32, 16),
  'AES-128-GCM': /* @__PURE__ */ gcm('AES-128-GCM', OID.aes128Gcm, 16),
  'AES-256-GCM': /* @__PURE__ */ gcm('AES-256-GCM', OID.aes256Gcm, 32),
  'DES-EDE3-CBC': /* @__PURE__ */ cbc('DES-EDE3-CBC', OID.desEde3Cbc, 24, 8),
  'DES-CBC': /* @__PURE__ */ cbc('DES-CBC', OID.desCbc, 8, 8),
}
/** JavaScript callers may name anything. */
export function cipherNamed(name: unknown): CipherInfo | undefined {
  return typeof name === 'string' && Object.hasOwn(CIPHERS, name) ? CIPHERS[name as CipherName] : undefined
}

const CIPHERS_BY_OID: ReadonlyMap<string, CipherInfo> = /* @__PURE__ */ ciphersByOid()

function ciphersByOid(): ReadonlyMap<string, CipherInfo> {
  return new Map(Object.values(CIPHERS).map((cipher) => [cipher.oid, cipher]))
}

const PARAMETERS: DerFormat = { name: 'cipher parameters', code: 'ERR_CMS_INVALID' }

/** `iv`: of a block in CBC, the 12-octet nonce in GCM. `tagLength`: of GCM. */
export interface CipherUse {
  readonly cipher: CipherInfo
  readonly iv: Uint8Array
  readonly tagLength: number | null
}

/** Throws `ERR_ALGORITHM_UNKNOWN`, or the format's own code for parameters that are not the cipher's. */
export function cipherOf(id: AlgorithmIdentifier, format: DerFormat = PARAMETERS): CipherUse {
  const cipher = CIPHERS_BY_OID.get(id.oid)
  if (cipher === undefined) return failUnknown(id.oid, 'content encryption')
  if (cipher.mode === 'GCM') return readGcm(cipher, id.parameters, format)
  // A Java client of old sends DES without an IV, and means zeros.
  if (id.parameters === null && cipher.name === 'DES-CBC') return { cipher, iv: new Uint8Array(8), tagLength: null }
  if (id.parameters?.tag !== TAG.OCTET_STRING || contentOf(id.parameters).length !== cipher.ivLength)
    return fail(format.code, `${format.name}: an IV of ${cipher.ivLength} octets is expected`)
  return { cipher, iv: contentOf(id.parameters), tagLength: null }
}

/** RFC 5084 §3.2: the tag has 12 octets unless told otherwise. */
function readGcm(cipher: CipherInfo, parameters: DerValue | null, format: DerFormat): CipherUse {
  if (parameters === null) return fail(format.code, `${format.name}: a nonce is expected`)
  const cursor = enter(parameters, TAG.SEQUENCE, format, 'GCMParameters')
  const iv = contentOf(next(cursor, TAG.OCTET_STRING, 'aes-nonce'))
  const tag = nextIf(cursor, TAG.INTEGER)
  const tagLength = tag === null ? 12 : smallInteger(tag, format, 'aes-ICVlen')
  finish(cursor, 'GCMParameters')
  if (iv.length !== cipher.ivLength || tagLength < 12 || tagLength > 16)
    fail(format.code, `${format.name}: a nonce of 12 octets and a tag of 12 to 16 are expected`)
  return { cipher, iv, tagLength }
}

/** The digests and the label are those of RSA-OAEP, `null` and empty for v1.5. */
export interface KeyTransport {
  readonly name: KeyTransportName
  readonly oaepDigest: DigestName | null
  readonly mgfDigest: DigestName | null
  readonly label: Uint8Array
}

/** Throws `ERR_ALGORITHM_UNKNOWN`. Parameters of rsaEncryption are passed over: old clients leave NULL out or write others. */
export function keyTransportOf(id: AlgorithmIdentifier): KeyTransport {
  if (id.oid === OID.rsaEncryption)
    return { name: 'RSAES-PKCS1-v1_5', oaepDigest: null, mgfDigest: null, label: new Uint8Array(0) }
  if (id.oid !== OID.rsaesOaep) return failUnknown(id.oid, 'key transport')
  const { digest, mgfDigest, label } = readOaepParameters(id.parameters)
  return { name: 'RSA-OAEP', oaepDigest: digest, mgfDigest, label }
}

/** For certificates, requests, CRLs and SignerInfos: RSA with NULL, ECDSA without parameters, PSS with all of them. */
export function encodeSignatureAlgorithm(signature: SignatureName, digest: DigestName): Bytes {
  if (signature === 'RSA-PSS')
    return encodeSequence(encodeOid(OID.rsassaPss), encodePssParameters(digest, digestLength(digest)))
  for (const [oid, [name, of]] of SIGNATURES)
    if (name === signature && of === digest)
      return encodeSequence(encodeOid(oid), ...(signature === RSA ? [ENCODED_NULL] : []))
  return fail('ERR_INVALID_ARGUMENT', `${signature} with ${digest} is not supported`)
}

/** rsaEncryption with NULL, as signature or key algorithm: what Apple's SCEP client expects of a signature. Not to be written to. */
export const RSA_ENCRYPTION_ALGORITHM: Bytes = /* @__PURE__ */ encodeSequence(
  /* @__PURE__ */ encodeOid(OID.rsaEncryption),
  ENCODED_NULL,
)

/** GCM: a tag of 16 octets (RFC 5084 §3.2). */
export function cipherAlgorithmTree({ oid, mode }: CipherInfo, iv: Uint8Array): DerTree {
  const nonce = derTree(TAG.OCTET_STRING, iv)
  return sequenceTree(encodeOid(oid), mode === 'GCM' ? sequenceTree(nonce, encodeInteger(16)) : nonce)
}

/** What OAEP of ours uses for digest and mask, unless it answers somebody who used another. */
export type OaepDigest = Exclude<DigestName, 'MD5'>
export const USUAL_OAEP_DIGEST = 'SHA-256'

/** OAEP: one digest for hash and mask, no label. */
export function encodeKeyTransportAlgorithm(name: KeyTransportName, digest: OaepDigest = USUAL_OAEP_DIGEST): Bytes {
  if (name === 'RSAES-PKCS1-v1_5') return RSA_ENCRYPTION_ALGORITHM
  return encodeSequence(encodeOid(OID.rsaesOaep), encodeOaepParameters(digest))
}
