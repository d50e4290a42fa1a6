import { runtime } from '#runtime'
import { copyBytes, isBytes } from '../bytes/bytes.js'
import { fail } from '../errors.js'
import type { Bytes, KeyTransportName, KeyUnwrapper, RawRsaKey } from '../types.js'
import { type KeyTransport, type OaepDigest, USUAL_OAEP_DIGEST } from './algorithms.js'
import type { CallContext } from './context.js'
import { bytesOf, nativeOf, subtleOf } from './provider.js'
import { isRsaBlock, type PublicKey, type RsaPublicKey } from './public-key.js'
import { randomBytes } from './random.js'
import { syntheticKey } from './rejection-secret.js'
import { fitsOaep, fitsPkcs1, padPkcs1, unpadOaep, unpadPkcs1 } from './rsa-padding.js'
import { importPublicKey } from './subtle-key.js'

/**
 * Encrypts a content key for the holder of an RSA key (RFC 8017 §7). The padding of v1.5 is drawn from the call's
 * provider, so that a fixed one gives a fixed message; OAEP draws its seed inside WebCrypto. `oaepDigest`: for its hash and
 * its mask.
 *
 * A value and not a promise with v1.5. Throws `ERR_INVALID_ARGUMENT` for a key that is not RSA or too small.
 */
export function wrapKey(
  name: KeyTransportName,
  key: PublicKey,
  contentKey: Uint8Array,
  ctx: CallContext,
  oaepDigest: OaepDigest = USUAL_OAEP_DIGEST,
): Bytes | Promise<Bytes> {
  if (key.kind !== 'RSA')
    return fail('ERR_INVALID_ARGUMENT', 'recipient: only to RSA keys can be encrypted, and this one is another')
  const { length } = key.modulus
  const oaep = name === 'RSA-OAEP'
  if (!(oaep ? fitsOaep(length, oaepDigest, contentKey.length) : fitsPkcs1(length, contentKey.length)))
    fail('ERR_INVALID_ARGUMENT', 'recipient: the RSA key is too small for the content key')
  return oaep
    ? encryptOaep(key, oaepDigest, contentKey, ctx)
    : runtime.rsaPublic(key, padPkcs1(contentKey, length, ctx))
}

async function encryptOaep(
  key: RsaPublicKey,
  digest: OaepDigest,
  contentKey: Uint8Array,
  ctx: CallContext,
): Promise<Bytes> {
  const native = nativeOf(ctx)
  if (native !== null) return native.oaepEncrypt(key, digest, contentKey)
  const subtle = subtleOf(ctx)
  const imported = await importPublicKey(subtle, key, { name: 'RSA-OAEP', hash: digest }, 'encrypt')
  if (imported === null) return fail('ERR_CRYPTO_UNAVAILABLE', 'the WebCrypto provider does not take this RSA key')
  return bytesOf(await subtle.encrypt({ name: 'RSA-OAEP' }, imported, contentKey))
}

/** The decrypting half of a `DecryptionIdentity`. */
export interface KeyHolder {
  readonly rawRsa?: RawRsaKey
  readonly unwrapKey?: KeyUnwrapper
}

/**
 * Recovers a content key of `keyLength` octets. Never fails for what the sender chose: where padding, length or number
 * is wrong the answer is a key that opens nothing, and the message fails later like one whose content is damaged.
 *
 * What `rawDecrypt` or the caller's `unwrapKey` rejects with passes through unchanged. A result of theirs that has not
 * the promised type is `ERR_INVALID_ARGUMENT`.
 */
export function unwrapKey(
  identity: KeyHolder,
  publicKey: PublicKey,
  transport: KeyTransport,
  encryptedKey: Uint8Array,
  keyLength: number,
  ctx: CallContext,
): Promise<Bytes> {
  return identity.rawRsa === undefined
    ? unwrapByCaller(identity, transport, encryptedKey, keyLength, ctx)
    : unwrapRaw(identity.rawRsa, publicKey, transport, encryptedKey, keyLength, ctx)
}

async function unwrapByCaller(
  identity: KeyHolder,
  transport: KeyTransport,
  encryptedKey: Uint8Array,
  keyLength: number,
  ctx: CallContext,
): Promise<Bytes> {
  if (typeof identity.unwrapKey !== 'function')
    return fail('ERR_INVALID_ARGUMENT', 'recipient: rawRsa or unwrapKey is expected')
  // Drawn in any case, so that the work is the same.
  const random = randomBytes(keyLength, ctx)
  const result: unknown = await identity.unwrapKey({
    algorithm: transport.name,
    encryptedKey: copyBytes(encryptedKey),
    keyLength,
    oaepDigest: transport.oaepDigest,
  })
  if (result === null) return random
  const key = requireBytes(result, 'recipient.unwrapKey: a Uint8Array or null is expected')
  return key.length === keyLength ? copyBytes(key) : random
}

async function unwrapRaw(
  key: RawRsaKey,
  publicKey: PublicKey,
  { oaepDigest, mgfDigest, label }: KeyTransport,
  encryptedKey: Uint8Array,
  keyLength: number,
  ctx: CallContext,
): Promise<Bytes> {
  if (publicKey.kind !== 'RSA') return fail('ERR_INVALID_ARGUMENT', 'recipient: the certificate has no RSA key')
  if (typeof (key as Partial<RawRsaKey> | null)?.rawDecrypt !== 'function')
    return fail('ERR_INVALID_ARGUMENT', 'recipient.rawRsa: an object with rawDecrypt is expected')
  const { length } = publicKey.modulus
  const made = syntheticKey(key, encryptedKey, keyLength, ctx)
  const synthetic = made instanceof Uint8Array ? made : await made
  const fits = oaepDigest === null ? fitsPkcs1(length, keyLength) : fitsOaep(length, oaepDigest, keyLength)
  // No secret in these: the sender knows what he sent, and to whom.
  if (!fits || !isRsaBlock(publicKey, encryptedKey)) return synthetic
  const result: unknown = await key.rawDecrypt(copyBytes(encryptedKey))
  const block = requireBytes(result, 'recipient.rawRsa: a Uint8Array as long as the modulus is expected')
  if (block.length !== length)
    fail('ERR_INVALID_ARGUMENT', 'recipient.rawRsa: a Uint8Array as long as the modulus is expected')
  if (oaepDigest === null) return unpadPkcs1(block, synthetic)
  return unpadOaep(block, { digest: oaepDigest, mgfDigest: mgfDigest ?? oaepDigest, label }, synthetic, ctx)
}

function requireBytes(value: unknown, message: string): Uint8Array {
  return isBytes(value) ? value : fail('ERR_INVALID_ARGUMENT', message)
}
