// Encryption with a password: PKCS#12's own schemes (RFC 7292 appendix C) and PBES2 (RFC 8018).
import { contentOf, enter, finish, next, schemaFault, TAG } from '../asn1/der-reader.js'
import { smallInteger } from '../asn1/der-values.js'
import { ENCODED_NULL, encodeInteger, encodeOctetString, encodeOid, encodeSequence } from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { type AlgorithmIdentifier, CIPHERS, cipherAlgorithmTree } from '../crypto/algorithms.js'
import { decryptContent, encryptContent } from '../crypto/cipher.js'
import type { CallContext } from '../crypto/context.js'
import { decryptPbes2, pbkdf2, readPbes2Parameters } from '../crypto/pbes2.js'
import { randomBytes } from '../crypto/random.js'
import { fail } from '../errors.js'
import type { Bytes } from '../types.js'
import { pkcs12Key, PURPOSE } from './kdf.js'
import { boundedSalt, type IterationBudget, PKCS12, spendIterations } from './limits.js'
import type { Pkcs12Password } from './mac.js'
import { decryptRc2Cbc } from './rc2.js'

interface Scheme {
  readonly keyLength: number
  readonly decrypt: (key: Uint8Array, iv: Uint8Array, data: Uint8Array, ctx: CallContext) => Bytes | Promise<Bytes>
}

const TRIPLE_DES = CIPHERS['DES-EDE3-CBC']
const SCHEMES: ReadonlyMap<string, Scheme> = /* @__PURE__ */ new Map([
  [
    OID.pbeWithShaAnd3KeyTripleDesCbc,
    { keyLength: 24, decrypt: (key, iv, data, ctx) => decryptContent(TRIPLE_DES, key, iv, data, ctx) },
  ],
  [OID.pbeWithShaAnd128BitRc2Cbc, { keyLength: 16, decrypt: (key, iv, data) => decryptRc2Cbc(key, 128, iv, data) }],
  [OID.pbeWithShaAnd40BitRc2Cbc, { keyLength: 5, decrypt: (key, iv, data) => decryptRc2Cbc(key, 40, iv, data) }],
] satisfies [string, Scheme][])

/** Recognised, so that the error can name them. */
const REFUSED: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  [OID.pbeWithShaAnd128BitRc4, 'RC4'],
  [OID.pbeWithShaAnd40BitRc4, 'RC4'],
  [OID.pbeWithShaAnd2KeyTripleDesCbc, '3DES with two keys'],
])

/** Throws `ERR_DECRYPTION_FAILED`, `ERR_ALGORITHM_UNKNOWN`, `ERR_LIMIT`, `ERR_PKCS12_INVALID`. */
export async function decryptPbe(
  algorithm: AlgorithmIdentifier,
  password: Pkcs12Password,
  data: Uint8Array,
  budget: IterationBudget,
  ctx: CallContext,
): Promise<Bytes> {
  if (algorithm.oid === OID.pbes2) {
    const parameters = readPbes2Parameters(algorithm.parameters, PKCS12)
    spendIterations(budget, parameters.iterations)
    return decryptPbes2(parameters, password.utf8, data, budget.perKey, ctx)
  }
  const scheme = SCHEMES.get(algorithm.oid)
  if (scheme === undefined) {
    const name = REFUSED.get(algorithm.oid) ?? 'an unknown scheme'
    return fail('ERR_ALGORITHM_UNKNOWN', `PKCS#12: encryption with ${name} is not supported`)
  }
  const { salt, iterations } = readPbeParameters(algorithm)
  spendIterations(budget, iterations)
  const { key, iv } = await deriveKeyAndIv(password, salt, iterations, scheme.keyLength, ctx)
  return scheme.decrypt(key, iv, data, ctx)
}

function readPbeParameters({ parameters }: AlgorithmIdentifier): { salt: Uint8Array; iterations: number } {
  if (parameters === null) return schemaFault(PKCS12, 'pkcs-12PbeParams')
  const cursor = enter(parameters, TAG.SEQUENCE, PKCS12, 'pkcs-12PbeParams')
  const salt = boundedSalt(contentOf(next(cursor, TAG.OCTET_STRING, 'salt')))
  const iterations = smallInteger(next(cursor, TAG.INTEGER, 'iterations'), PKCS12, 'iterations')
  finish(cursor, 'pkcs-12PbeParams')
  return { salt, iterations }
}

async function deriveKeyAndIv(
  password: Pkcs12Password,
  salt: Uint8Array,
  iterations: number,
  keyLength: number,
  ctx: CallContext,
): Promise<{ readonly key: Bytes; readonly iv: Bytes }> {
  const common = { digest: 'SHA-1', password: password.bmp, salt, iterations } as const
  return {
    key: await pkcs12Key({ ...common, purpose: PURPOSE.key, length: keyLength }, ctx),
    iv: await pkcs12Key({ ...common, purpose: PURPOSE.iv, length: 8 }, ctx),
  }
}

/** `algorithm`: DER of the AlgorithmIdentifier. */
export interface PbeCiphertext {
  readonly algorithm: Bytes
  readonly data: Bytes
}

/** pbeWithSHAAnd3-KeyTripleDES-CBC: what every importer has known since the nineties. */
export async function encryptTripleDes(
  plaintext: Uint8Array,
  password: Pkcs12Password,
  iterations: number,
  ctx: CallContext,
): Promise<PbeCiphertext> {
  const salt = randomBytes(8, ctx)
  const { key, iv } = await deriveKeyAndIv(password, salt, iterations, TRIPLE_DES.keyLength, ctx)
  const { ciphertext } = await encryptContent(TRIPLE_DES, key, iv, plaintext, ctx)
  const parameters = encodeSequence(encodeOctetString(salt), encodeInteger(iterations))
  return { algorithm: encodeSequence(encodeOid(OID.pbeWithShaAnd3KeyTripleDesCbc), parameters), data: ciphertext }
}

/** PBES2 with PBKDF2, HMAC-SHA-256 and AES-256-CBC: the one PBES2 that Apple's importer computes, whatever a file names. */
export async function encryptAes256(
  plaintext: Uint8Array,
  password: Pkcs12Password,
  iterations: number,
  ctx: CallContext,
): Promise<PbeCiphertext> {
  const cipher = CIPHERS['AES-256-CBC']
  const salt = randomBytes(16, ctx)
  const iv = randomBytes(cipher.ivLength, ctx)
  const key = await pbkdf2('SHA-256', password.utf8, salt, iterations, cipher.keyLength, ctx)
  const { ciphertext } = await encryptContent(cipher, key, iv, plaintext, ctx)
  const prf = encodeSequence(encodeOid(OID.hmacWithSha256), ENCODED_NULL)
  const derivation = encodeSequence(encodeOctetString(salt), encodeInteger(iterations), prf)
  const parameters = encodeSequence(encodeSequence(encodeOid(OID.pbkdf2), derivation), cipherAlgorithmTree(cipher, iv))
  return { algorithm: encodeSequence(encodeOid(OID.pbes2), parameters), data: ciphertext }
}
