import { runtime } from '#runtime'
import { concatBytes } from '../bytes/bytes.js'
import type { Bytes, DigestName } from '../types.js'
import type { CallContext } from './context.js'
import { bytesOf, nativeOf, subtleOf } from './provider.js'

/** Above this the work goes to WebCrypto, which does not hold up the event loop. */
const SYNC_LIMIT = 1024 * 1024

/** A value and not a promise on the native path, so that hot code does not pay for `await`. */
export function digest(name: DigestName, data: Uint8Array, ctx: CallContext): Bytes | Promise<Bytes> {
  if (name === 'MD5') return runtime.md5(data)
  const native = nativeOf(ctx)
  if (native !== null && data.length <= SYNC_LIMIT) return native.digest(name, data)
  return subtleOf(ctx).digest(name, data).then(bytesOf)
}

/** HMAC (RFC 2104). A value and not a promise on the native path. */
export function hmac(name: DigestName, key: Uint8Array, data: Uint8Array, ctx: CallContext): Bytes | Promise<Bytes> {
  if (name === 'MD5') return hmacMd5(key, data)
  const native = nativeOf(ctx)
  if (native !== null && data.length <= SYNC_LIMIT) return native.hmac(name, key, data)
  return subtleHmac(name, key, data, ctx)
}

async function subtleHmac(name: DigestName, key: Uint8Array, data: Uint8Array, ctx: CallContext): Promise<Bytes> {
  const subtle = subtleOf(ctx)
  // An empty key is refused by importKey, and equals one zero octet: RFC 2104 §2 fills keys up with zeros.
  const octets = key.length === 0 ? new Uint8Array(1) : key
  const imported = await subtle.importKey('raw', octets, { name: 'HMAC', hash: name }, false, ['sign'])
  return bytesOf(await subtle.sign({ name: 'HMAC' }, imported, data))
}

async function hmacMd5(key: Uint8Array, data: Uint8Array): Promise<Bytes> {
  const block = new Uint8Array(64)
  block.set(key.length > 64 ? await runtime.md5(key) : key)
  const inner = await runtime.md5(concatBytes([block.map((octet) => octet ^ 0x36), data]))
  return runtime.md5(concatBytes([block.map((octet) => octet ^ 0x5c), inner]))
}
