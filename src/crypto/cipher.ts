import { type Direction, runtime } from '#runtime'
import { concatBytes } from '../bytes/bytes.js'
import { fail, failDecryption, isMdmProtocolError } from '../errors.js'
import type { Bytes } from '../types.js'
import type { CipherInfo } from './algorithms.js'
import type { CallContext } from './context.js'
import { bytesOf, nativeOf, subtleOf } from './provider.js'

/** Above this the work goes to WebCrypto, which does not hold up the event loop. */
const SYNC_LIMIT = 1024 * 1024
/** Octets of the tags that this package makes. */
const TAG_LENGTH = 16

/** `tag`: of GCM, `null` in CBC. */
export interface EncryptedContent {
  readonly ciphertext: Bytes
  readonly tag: Bytes | null
}
/** The ciphertext in pieces, one behind the other: whoever writes them into a message joins them there. */
export interface EncryptedPieces {
  readonly pieces: readonly Bytes[]
  readonly tag: Bytes | null
}
/** What GCM needs beside the ciphertext (RFC 5083). */
export interface Authentication {
  readonly tag: Uint8Array
  readonly aad?: Uint8Array | null
}

/** CBC with PKCS#7 padding (RFC 5652 §6.3), or GCM with a tag of 16 octets. Key and IV have the cipher's lengths. */
export async function encryptInPieces(
  cipher: CipherInfo,
  key: Uint8Array,
  iv: Uint8Array,
  data: Uint8Array,
  ctx: CallContext,
  aad: Uint8Array | null = null,
): Promise<EncryptedPieces> {
  if (isDes(cipher)) return { pieces: [await runtime.desCbc('encrypt', key, iv, data)], tag: null }
  const made = aes({ direction: 'encrypt', cipher, key, iv, data, tagLength: TAG_LENGTH, aad }, ctx)
  const pieces = isList(made) ? made : await made
  if (cipher.mode === 'CBC') return { pieces, tag: null }
  const output = joined(pieces)
  const end = output.length - TAG_LENGTH
  return { pieces: [output.subarray(0, end)], tag: output.slice(end) }
}

/** The same in one piece. */
export async function encryptContent(...input: Parameters<typeof encryptInPieces>): Promise<EncryptedContent> {
  const { pieces, tag } = await encryptInPieces(...input)
  return { ciphertext: joined(pieces), tag }
}

function joined(pieces: readonly Bytes[]): Bytes {
  return pieces.length === 1 ? (pieces[0] as Bytes) : concatBytes(pieces)
}

/** The inverse. Whatever is wrong with key, ciphertext, padding or tag is the one `ERR_DECRYPTION_FAILED`. */
export async function decryptContent(
  cipher: CipherInfo,
  key: Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
  ctx: CallContext,
  authentication: Authentication | null = null,
): Promise<Bytes> {
  const { mode, blockLength } = cipher
  if (key.length !== cipher.keyLength || iv.length !== cipher.ivLength) failDecryption()
  if (mode === 'CBC' && (ciphertext.length === 0 || ciphertext.length % blockLength !== 0)) failDecryption()
  try {
    if (isDes(cipher)) return await runtime.desCbc('decrypt', key, iv, ciphertext)
    if (mode === 'CBC') {
      const made = aes({ direction: 'decrypt', cipher, key, iv, data: ciphertext, tagLength: 0, aad: null }, ctx)
      return joined(isList(made) ? made : await made)
    }
    if (authentication === null || authentication.tag.length < 12 || authentication.tag.length > 16) failDecryption()
    const { tag, aad } = authentication
    const sealed = concatBytes([ciphertext, tag])
    const work = { cipher, key, iv, data: sealed, tagLength: tag.length, aad: aad ?? null }
    return joined(await aes({ direction: 'decrypt', ...work }, ctx))
  } catch (error) {
    // Which ciphers a runtime has is no secret, and no fault of the message.
    if (isMdmProtocolError(error, 'ERR_CRYPTO_UNAVAILABLE')) throw error
    return failDecryption()
  }
}

function isDes({ name }: CipherInfo): boolean {
  return name === 'DES-CBC' || name === 'DES-EDE3-CBC'
}

interface AesWork {
  readonly direction: Direction
  readonly cipher: CipherInfo
  readonly key: Uint8Array
  readonly iv: Uint8Array
  readonly data: Uint8Array
  readonly tagLength: number
  readonly aad: Uint8Array | null
}

/** A value and not a promise on the native path. */
function aes(work: AesWork, ctx: CallContext): readonly Bytes[] | Promise<readonly Bytes[]> {
  const { direction, cipher, key, iv, data, tagLength, aad } = work
  const native = nativeOf(ctx)
  const done =
    native !== null && data.length <= SYNC_LIMIT
      ? native.aes(direction, cipher.mode, key, iv, data, tagLength, aad)
      : null
  return done ?? subtleAes(work, ctx)
}

function isList(made: readonly Bytes[] | Promise<readonly Bytes[]>): made is readonly Bytes[] {
  return Array.isArray(made)
}

async function subtleAes(
  { direction, cipher: { mode, name }, key, iv, data, tagLength, aad }: AesWork,
  ctx: CallContext,
): Promise<readonly Bytes[]> {
  const subtle = subtleOf(ctx)
  const algorithm =
    mode === 'CBC'
      ? { name: 'AES-CBC', iv }
      : { name: 'AES-GCM', iv, tagLength: tagLength * 8, ...(aad === null ? {} : { additionalData: aad }) }
  const imported = await subtle
    .importKey('raw', key, { name: algorithm.name }, false, [direction])
    // The key has the cipher's length, so it is the length that this WebCrypto lacks: Chromium has no AES-192.
    .catch(() => fail('ERR_CRYPTO_UNAVAILABLE', `the WebCrypto provider does not have ${name}`))
  return [bytesOf(await subtle[direction](algorithm, imported, data))]
}
