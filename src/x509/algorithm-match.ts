import { TAG } from '../asn1/der-reader.js'
import { equalBytes } from '../bytes/bytes.js'

/**
 * Whether the algorithm that is signed is the one that stands outside (RFC 5280 §4.1.1.2, §5.1.1.2), by their contents.
 * Absent parameters and NULL count as one: "MDM SCEP SIGNER" of macOS has one inside, the other
 * outside.
 */
export function sameAlgorithm(inner: Uint8Array, outer: Uint8Array): boolean {
  return equalBytes(withoutNull(inner), withoutNull(outer))
}

function withoutNull(algorithm: Uint8Array): Uint8Array {
  const oidEnd = 2 + (algorithm[1] ?? 0)
  const isNull = algorithm.length === oidEnd + 2 && algorithm[oidEnd] === TAG.NULL && algorithm[oidEnd + 1] === 0
  return isNull ? algorithm.subarray(0, oidEnd) : algorithm
}
