import type { DistinguishedName, NameAttribute } from '../types.js'

/**
 * One text for all spellings of a name that RFC 5280 §7.1 calls equal: string types and case do not count, white space
 * is trimmed and collapsed, compatible characters are one (RFC 4518 §2), and an RDN is a set.
 */
export function foldedName(name: DistinguishedName): string {
  return JSON.stringify(name.map(foldedRdn))
}

function foldedRdn(rdn: readonly NameAttribute[]): readonly string[] {
  return rdn.map(({ type, value }) => `${type}=${foldedText(value)}`).sort()
}

/** Also for one RDN against another, as name constraints need it. */
export function foldedRdns(name: DistinguishedName): readonly string[] {
  return name.map((rdn) => JSON.stringify(foldedRdn(rdn)))
}

/**
 * Above any value of a real name. Normalising takes time with the square of the length where marks are out of order, and anybody may send a
 * name; what is longer has its characters compared as they are.
 */
const MAX_NORMALIZED = 256

function foldedText(text: string): string {
  const normal = text.length > MAX_NORMALIZED ? text : text.normalize('NFKC')
  return normal.toLowerCase().replace(/\s+/gu, ' ').trim()
}

/** Issuer and subject are one name: key rollover certificates, and everything self-signed. */
export function isSelfIssued(parts: { readonly foldedIssuer: string; readonly foldedSubject: string }): boolean {
  return parts.foldedIssuer === parts.foldedSubject
}
