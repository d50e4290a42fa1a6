import { type DerValue, TAG } from '../asn1/der-reader.js'
import { sameOctets } from '../bytes/bytes.js'

/**
 * Whether the algorithm that is signed is the one that stands outside (RFC 5280 §4.1.1.2, §5.1.1.2). Absent parameters and
 * NULL count as one: "MDM SCEP SIGNER" of macOS has one inside, the other outside.
 */
export function sameAlgorithm(inner: DerValue, outer: DerValue): boolean {
  const length = endWithoutNull(inner) - inner.body
  if (endWithoutNull(outer) - outer.body !== length) return false
  return sameOctets(inner.bytes, inner.body, outer.bytes, outer.body, length)
}

function endWithoutNull({ bytes, body, end }: DerValue): number {
  const oidEnd = body + 2 + (end - body > 1 ? (bytes[body + 1] as number) : 0)
  return end === oidEnd + 2 && bytes[oidEnd] === TAG.NULL && bytes[oidEnd + 1] === 0 ? oidEnd : end
}
