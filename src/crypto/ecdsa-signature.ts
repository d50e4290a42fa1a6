// The two spellings of an ECDSA signature: DER in certificates and CMS (RFC 3279 §2.2.3), r ‖ s in WebCrypto (IEEE P1363).

import { encodeIntegerOctets, encodeSequence } from '../asn1/der-writer.js'
import type { Bytes } from '../types.js'

/**
 * r ‖ s of `size` octets each; `null` when the octets are not a DER signature for that size: wrong tags or lengths,
 * numbers that are negative, zero, not minimal or too long, or anything behind them.
 */
export function ecdsaFromDer(der: Uint8Array, size: number): Bytes | null {
  // The longest one, for P-521, has two length octets in front: 0x30 0x81 n.
  const long = der[1] === 0x81
  const body = long ? 3 : 2
  const length = der[body - 1] as number
  if (der[0] !== 0x30 || length !== der.length - body) return null
  if (long ? length < 0x80 : length >= 0x80) return null
  const out = new Uint8Array(2 * size)
  const second = readNumber(der, body, out, size)
  if (second < 0) return null
  return readNumber(der, second, out, 2 * size) === der.length ? out : null
}

/** Copies the INTEGER at `at` so that it ends at `end` of `out`. Answers where the next encoding starts, or -1. */
function readNumber(der: Uint8Array, at: number, out: Bytes, end: number): number {
  const length = der[at + 1] as number
  // Long forms say 0x80 and more here, and no curve has numbers of that size.
  if (der[at] !== 0x02 || length === 0) return -1
  let start = at + 2
  const stop = start + length
  if (stop > der.length) return -1
  const first = der[start] as number
  if (first >= 0x80) return -1
  if (first === 0) {
    // A leading zero keeps a number positive; where it does not, the number is zero or not minimal.
    if (length === 1 || (der[start + 1] as number) < 0x80) return -1
    start++
  }
  const size = out.length / 2
  if (stop - start > size) return -1
  out.set(der.subarray(start, stop), end - (stop - start))
  return stop
}

/** The inverse. `signature` has an even number of octets. */
export function ecdsaToDer(signature: Uint8Array): Bytes {
  const size = signature.length / 2
  return encodeSequence(encodeIntegerOctets(signature.subarray(0, size)), encodeIntegerOctets(signature.subarray(size)))
}

/** Whether these octets could be an ECDSA signature in DER on one of the curves. */
export function isEcdsaDer(signature: Uint8Array): boolean {
  return ecdsaFromDer(signature, 66) !== null
}
