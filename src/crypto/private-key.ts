import { type RsaPrivateParts, runtime } from '#runtime'
import { requireText } from '../arguments.js'
import { checkSize } from '../asn1/der-reader.js'
import { pemTextIn, readPem } from '../asn1/pem.js'
import { concatBytes, copyBytes, utf8Bytes } from '../bytes/bytes.js'
import { fail, isMdmProtocolError } from '../errors.js'
import type { Bytes, Context, RawRsaKey, RemoteSigner } from '../types.js'
import { callContext, type CallContext } from './context.js'
import { digest } from './digest.js'
import { ecPointOf } from './ec-point.js'
import { failImport, keySigner } from './key-signer.js'
import {
  type EcPrivateKey,
  encodeEcPkcs8,
  encodeEcSpki,
  encodeRsaSpki,
  readPkcs8,
  type RsaPrivateKey,
} from './pkcs8.js'
import { pkcs8OfPem, PRIVATE_KEY_LABELS } from './private-key-pem.js'
import { bytesOf, isNotSupported, type SubtleAlgorithm, subtleOf } from './provider.js'
import { readPublicKey } from './public-key.js'
import { randomBytes } from './random.js'
import { setRejectionSecret } from './rejection-secret.js'
import { checkRsaParts } from './rsa-key-check.js'
import { verifySignature } from './verify.js'

/** The kinds of keys that are made here. `RSA-…`: bits of the modulus. */
export type KeyType = 'RSA-2048' | 'RSA-3072' | 'RSA-4096' | 'P-256' | 'P-384'

/** PKCS#8 DER private key with its SubjectPublicKeyInfo. */
export interface GeneratedKey {
  readonly privateKey: Bytes
  readonly publicKey: Bytes
}

const rsa = (modulusLength: number): SubtleAlgorithm => ({
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength,
  publicExponent: Uint8Array.of(1, 0, 1),
  hash: 'SHA-256',
})
const KEY_TYPES: { readonly [T in KeyType]: () => SubtleAlgorithm } = {
  'RSA-2048': () => rsa(2048),
  'RSA-3072': () => rsa(3072),
  'RSA-4096': () => rsa(4096),
  'P-256': () => ({ name: 'ECDSA', namedCurve: 'P-256' }),
  'P-384': () => ({ name: 'ECDSA', namedCurve: 'P-384' }),
}

/**
 * Makes a key pair: the private key as PKCS#8 DER, the public one as SubjectPublicKeyInfo (RFC 5958, RFC 5280 §4.1).
 *
 * The bytes are the key: nothing protects them but the place where the caller keeps them. A key that must not leave an
 * HSM or KMS is made there, and used through `RemoteSigner` and `KeyUnwrapper`. SCEP and encrypted profiles need RSA;
 * EC keys sign. The key is drawn inside WebCrypto, so a fixed `context.crypto` does not make it reproducible.
 *
 * Throws `ERR_INVALID_ARGUMENT` for another type, `ERR_CRYPTO_UNAVAILABLE` where there is no WebCrypto or it lacks this one.
 *
 * @example
 * ```ts
 * const { privateKey, publicKey } = await generateKey('RSA-2048')
 * console.log(privateKey.length, publicKey.length)
 * ```
 */
export async function generateKey(type: KeyType, context?: Context): Promise<GeneratedKey> {
  if (!Object.hasOwn(KEY_TYPES, type)) fail('ERR_INVALID_ARGUMENT', 'type: the name of a key type is expected')
  const subtle = subtleOf(callContext(context))
  try {
    const pair = await subtle.generateKey(KEY_TYPES[type](), true, ['sign', 'verify'])
    const [privateKey, publicKey] = await Promise.all([
      subtle.exportKey('pkcs8', pair.privateKey),
      subtle.exportKey('spki', pair.publicKey),
    ])
    return { privateKey: bytesOf(privateKey), publicKey: bytesOf(publicKey) }
  } catch (error) {
    if (isNotSupported(error)) return fail('ERR_CRYPTO_UNAVAILABLE', `the WebCrypto provider makes no ${type} keys`)
    throw error
  }
}

/**
 * PKCS#8 DER of a private key: of PKCS#8 DER itself, or of the one private key in a PEM text, which may come as bytes
 * (PKCS#8, PKCS#1, SEC 1; encrypted as PBES2 or in OpenSSL's old way). A password for a key that is not encrypted is not looked at.
 *
 * Throws `ERR_ENCODING`, `ERR_ALGORITHM_UNKNOWN`, `ERR_LIMIT`; `ERR_INVALID_ARGUMENT` for another type and where the password is missing, and
 * `ERR_DECRYPTION_FAILED` where it is wrong.
 */
export async function readPrivateKey(
  input: Uint8Array | string,
  password: string | undefined,
  ctx: CallContext,
): Promise<Bytes> {
  if (typeof input !== 'string') {
    if (!(input instanceof Uint8Array)) fail('ERR_INVALID_ARGUMENT', 'private key: bytes or PEM text are expected')
    checkSize(input.length, 'private key')
    const text = pemTextIn(input)
    return text === null ? copyBytes(input) : readPrivateKey(text, password, ctx)
  }
  if (password !== undefined) requireText(password, 'password')
  const block = readPem(input, PRIVATE_KEY_LABELS, 'private key')
  return pkcs8OfPem(block, password === undefined ? null : utf8Bytes(password), ctx)
}

/** A private key ready for use. `rawRsa`: of RSA keys, else `null`. */
export interface PrivateKeyHandle {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Bytes
  readonly signer: RemoteSigner
  readonly rawRsa: RawRsaKey | null
}

/**
 * Makes a PKCS#8 key ready for use. It signs through the provider that is given here, whatever later calls are given.
 *
 * Throws `ERR_ENCODING` for what is malformed or does not belong together, `ERR_ALGORITHM_UNKNOWN` for other kinds of
 * keys, `ERR_LIMIT` for moduli above 16384 bits.
 */
export async function importPrivateKey(pkcs8: Uint8Array, ctx: CallContext): Promise<PrivateKeyHandle> {
  const key = readPkcs8(pkcs8)
  try {
    return await (key.kind === 'RSA' ? importRsa(key, pkcs8, ctx) : importEc(key, ctx))
  } catch (error) {
    if (isMdmProtocolError(error)) throw error
    return failImport(error)
  }
}

async function importRsa(key: RsaPrivateKey, pkcs8: Uint8Array, ctx: CallContext): Promise<PrivateKeyHandle> {
  checkRsaParts(key)
  const publicKey = encodeRsaSpki(key.modulus, key.publicExponent)
  const rawRsa = runtime.rawRsaPrivate(key, (length) => randomBytes(length, ctx))
  setRejectionSecret(rawRsa, await rejectionSecret(key, ctx))
  return { publicKey, signer: keySigner(key, copyBytes(pkcs8), ctx), rawRsa }
}

function rejectionSecret(key: RsaPrivateParts, ctx: CallContext): Bytes | Promise<Bytes> {
  return digest('SHA-256', concatBytes([utf8Bytes('mdm-protocol implicit rejection'), key.privateExponent]), ctx)
}

async function importEc(key: EcPrivateKey, ctx: CallContext): Promise<PrivateKeyHandle> {
  const point = key.point ?? (await ecPointOf(key, ctx))
  const publicKey = encodeEcSpki(key.curve, point)
  const signer = keySigner(key, encodeEcPkcs8(key.curve, key.scalar, point), ctx)
  // The point in the file may be another key's: then nothing that is signed will verify.
  const data = utf8Bytes('mdm-protocol')
  const signature = await signer.sign(data, 'SHA-256')
  const algorithm = { signature: 'ECDSA', digest: 'SHA-256', saltLength: null } as const
  if (!(await verifySignature({ key: readPublicKey(publicKey), algorithm, data, signature }, ctx)))
    fail('ERR_ENCODING', 'private key: the public point is not its own')
  return { publicKey, signer, rawRsa: null }
}
