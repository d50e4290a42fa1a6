// The only ways by which chance enters the package: octets from the call's provider, or from this runtime's own source.
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

/** Out of one draw for the whole call, where that saves something. */
export function randomBytes(length: number, ctx: CallContext): Bytes {
  const native = nativeOf(ctx)
  return native !== null && length <= DRAW ? fromStock(length, native, ctx) : drawBytes(length, ctx)
}

/** In a draw of their own: many of them, or all that a call needs. */
export function drawBytes(length: number, ctx: CallContext): Bytes {
  const native = nativeOf(ctx)
  if (native !== null) return native.randomBytes(length)
  const provider = providerOf(ctx)
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += QUOTA) provider.getRandomValues(bytes.subarray(at, at + QUOTA))
  return bytes
}
