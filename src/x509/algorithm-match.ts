import { type DerValue, TAG } from '../asn1/der-reader.js'

/**
 * Whether the algorithm that is signed is the one that stands outside (RFC 5280 §4.1.1.2, §5.1.1.2). Absent parameters and
 * NULL count as one: "MDM SCEP SIGNER" of macOS has one inside, the other outside.
 */
export function sameAlgorithm(inner: DerValue, outer: DerValue): boolean {
  const length = endWithoutNull(inner) - inner.body
  if (endWithoutNull(outer) - outer.body !== length) return false
  for (let i = 0; i < length; i++) if (inner.bytes[inner.body + i] !== outer.bytes[outer.body + i]) return false
  return true
}

function endWithoutNull({ bytes, body, end }: DerValue): number {
  const oidEnd = body + 2 + (end - body > 1 ? (bytes[body + 1] as number) : 0)
  return end === oidEnd + 2 && bytes[oidEnd] === TAG.NULL && bytes[oidEnd + 1] === 0 ? oidEnd : end
}
