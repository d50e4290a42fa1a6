import type { Bytes } from '../types.js'
import type { CallContext } from './context.js'
import { type NativeCrypto, nativeOf, providerOf } from './provider.js'

/** `getRandomValues` refuses more at once (Web Cryptography API). */
const QUOTA = 65536

/** Octets that one message takes: nonce, content key, IV and padding of an RSA-2048 block, drawn anew where it holds a zero. */
const DRAW = 384

/** One draw for a call: with each of its own, `node:crypto` takes longer to set up than to draw. */
function fromStock(length: number, native: NativeCrypto, ctx: CallContext): Bytes {
  const stock = ctx.stock !== undefined && ctx.stock.length >= length ? ctx.stock : native.randomBytes(DRAW)
  const bytes = stock.slice(0, length)
  // Whoever finds the rest in memory does not find what was given out.
  stock.fill(0, 0, length)
  ctx.stock = stock.subarray(length)
  return bytes
}

/** Random bytes from the call's provider. The only way by which chance enters the package. */
export function randomBytes(length: number, ctx: CallContext): Bytes {
  const native = nativeOf(ctx)
  if (native !== null) return length > DRAW ? native.randomBytes(length) : fromStock(length, native, ctx)
  const provider = providerOf(ctx)
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += QUOTA) provider.getRandomValues(bytes.subarray(at, at + QUOTA))
  return bytes
}
