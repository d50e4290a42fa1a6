// EMSA-PKCS1-v1_5 (RFC 8017 §9.2), to compare with and not to parse: parsing is how signatures get forged.

import { encodeOctetString, encodeOid, ENCODED_NULL, encodeSequence } from '../asn1/der-writer.js'
import { equalBytes } from '../bytes/bytes.js'
import type { Bytes, DigestName } from '../types.js'
import { digestOid } from './digest-table.js'

/**
 * Whether `block` is this digest's encoded message, either with NULL parameters or with none (RFC 8017 A.2.4 asks
 * verifiers to take both).
 */
export function isEncodedDigest(block: Uint8Array, name: DigestName, digest: Uint8Array): boolean {
  const withNull = encodeDigest(block.length, name, digest, ENCODED_NULL)
  const without = encodeDigest(block.length, name, digest, new Uint8Array(0))
  return (withNull !== null && equalBytes(block, withNull)) || (without !== null && equalBytes(block, without))
}

function encodeDigest(length: number, name: DigestName, digest: Uint8Array, parameters: Uint8Array): Bytes | null {
  const info = encodeSequence(encodeSequence(encodeOid(digestOid(name)), parameters), encodeOctetString(digest))
  if (length < info.length + 11) return null
  const block = new Uint8Array(length).fill(0xff)
  block[0] = 0
  block[1] = 1
  block[length - info.length - 1] = 0
  block.set(info, length - info.length)
  return block
}
