import type { Bytes } from '../types.js'
import type { CallContext } from './context.js'
import { nativeOf, providerOf } from './provider.js'

/** `getRandomValues` refuses more at once (Web Cryptography API). */
const QUOTA = 65536

/** Random bytes from the call's provider. The only way by which chance enters the package. */
export function randomBytes(length: number, ctx: CallContext): Bytes {
  const native = nativeOf(ctx)
  if (native !== null) return native.randomBytes(length)
  const provider = providerOf(ctx)
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += QUOTA) provider.getRandomValues(bytes.subarray(at, at + QUOTA))
  return bytes
}
