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
 * A key for a ciphertext that holds none: as long as asked for, different for each ciphertext, always the same for one.
 *
 * Of a key in an HSM nothing secret is known here, so its secret is drawn once for the caller's object. It would take
 * an operation more to have one that survives the process (c^d of a fixed block), and it would gain nothing: with either
 * key the message fails at the same place, with the same error.
 */
export async function syntheticKey(
  key: RawRsaKey,
  ciphertext: Uint8Array,
  length: number,
  ctx: CallContext,
): Promise<Bytes> {
  let secret = secrets.get(key)
  if (secret === undefined) secrets.set(key, (secret = randomBytes(32, ctx)))
  const out = new Uint8Array(length)
  for (let at = 0, counter = 0; at < length; at += 32, counter++) {
    const part = await hmac('SHA-256', secret, concatBytes([Uint8Array.of(counter), ciphertext]), ctx)
    out.set(part.subarray(0, length - at), at)
  }
  return out
}
