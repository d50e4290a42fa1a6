// What synthetic keys are derived from: a secret that stays with a key, so that one ciphertext always gives one result.

import { concatBytes } from '../bytes/bytes.js'
import type { Bytes, RawRsaKey } from '../types.js'
import type { CallContext } from './context.js'
import { hmac } from './digest.js'
import { randomBytes } from './random.js'

const secrets = /* @__PURE__ */ new WeakMap<RawRsaKey, Uint8Array>()

/** For a key whose private parts are in hand: the secret comes from them, and is the same in every process. */
export function setRejectionSecret(key: RawRsaKey, secret: Uint8Array): void {
  secrets.set(key, secret)
}

/**
 * A key for a ciphertext that holds none: as long as asked for, different for each ciphertext, always the same for one. A
 * value and not a promise on the native path, up to the 32 octets of the longest cipher.
 *
 * Of a key in an HSM nothing secret is known here, so its secret is drawn once for the caller's object. It would take
 * an operation more to have one that survives the process (c^d of a fixed block), and it would gain nothing: with either
 * key the message fails at the same place, with the same error.
 */
export function syntheticKey(
  key: RawRsaKey,
  ciphertext: Uint8Array,
  length: number,
  ctx: CallContext,
): Bytes | Promise<Bytes> {
  const secret = secretOf(key, ctx)
  const part = (counter: number): Bytes | Promise<Bytes> =>
    hmac('SHA-256', secret, concatBytes([Uint8Array.of(counter), ciphertext]), ctx)
  const first = part(0)
  return first instanceof Uint8Array && length <= first.length ? first.subarray(0, length) : joined(first, part, length)
}

function secretOf(key: RawRsaKey, ctx: CallContext): Uint8Array {
  const known = secrets.get(key)
  if (known !== undefined) return known
  const drawn = randomBytes(32, ctx)
  secrets.set(key, drawn)
  return drawn
}

async function joined(
  first: Bytes | Promise<Bytes>,
  part: (counter: number) => Bytes | Promise<Bytes>,
  length: number,
): Promise<Bytes> {
  const parts = [await first]
  while (parts.length * 32 < length) parts.push(await part(parts.length))
  return concatBytes(parts).subarray(0, length)
}
