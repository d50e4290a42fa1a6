import { encodeHex } from '../bytes/hex.js'
import { callContext } from '../crypto/context.js'
import { digest } from '../crypto/digest.js'
import { readPublicKey } from '../crypto/public-key.js'
import type { Context } from '../types.js'

/**
 * The transactionID that Apple's clients use: upper-case hex of SHA-1 over the public key bits, 40 characters
 * (RFC 8894 §3.2.1.1 leaves it to the client). The same key gives the same id, also at the next attempt.
 *
 * Others derive theirs in other ways; a server treats what it receives as opaque.
 *
 * @param publicKey - SubjectPublicKeyInfo, DER.
 * @throws `ERR_ENCODING`, `ERR_CERTIFICATE_INVALID` when that is none.
 * @example
 * ```ts
 * console.log(await scepTransactionId(csr.publicKey))
 * ```
 */
export async function scepTransactionId(publicKey: Uint8Array, context?: Context): Promise<string> {
  const call = callContext(context)
  return encodeHex(await digest('SHA-1', readPublicKey(publicKey).keyBits, call)).toUpperCase()
}
