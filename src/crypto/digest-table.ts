// The digests: names, identifiers, sizes.

import { ENCODED_NULL, encodeOid, encodeSequence } from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { fail } from '../errors.js'
import type { Bytes, DigestName } from '../types.js'

const DIGESTS: { readonly [N in DigestName]: { readonly oid: string; readonly length: number } } = {
  MD5: { oid: OID.md5, length: 16 },
  'SHA-1': { oid: OID.sha1, length: 20 },
  'SHA-256': { oid: OID.sha256, length: 32 },
  'SHA-384': { oid: OID.sha384, length: 48 },
  'SHA-512': { oid: OID.sha512, length: 64 },
}

const NAMES: ReadonlyMap<string, DigestName> = /* @__PURE__ */ new Map([
  [OID.md5, 'MD5'],
  [OID.sha1, 'SHA-1'],
  [OID.sha256, 'SHA-256'],
  [OID.sha384, 'SHA-384'],
  [OID.sha512, 'SHA-512'],
] as const)

/** Octets of the digest. */
export function digestLength(name: DigestName): number {
  return DIGESTS[name].length
}

export function digestOid(name: DigestName): string {
  return DIGESTS[name].oid
}

export function isDigestName(name: unknown): name is DigestName {
  return typeof name === 'string' && Object.hasOwn(DIGESTS, name)
}

/** Throws `ERR_ALGORITHM_UNKNOWN`, by name where the digest is recognised. */
export function digestOfOid(oid: string): DigestName {
  const name = NAMES.get(oid)
  if (name !== undefined) return name
  const known = oid === OID.md2 ? 'MD2' : oid === OID.sha224 ? 'SHA-224' : 'of an unknown kind'
  return fail('ERR_ALGORITHM_UNKNOWN', `a digest ${known} is not supported`)
}

/** With NULL parameters: RFC 5754 §2 would leave them out, old clients insist on them, and everybody takes both. */
export function encodeDigestAlgorithm(name: DigestName): Bytes {
  return encodeSequence(encodeOid(DIGESTS[name].oid), ENCODED_NULL)
}
