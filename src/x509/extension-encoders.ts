import { requireList, requireObject } from '../arguments.js'
import { TAG } from '../asn1/der-reader.js'
import {
  encodeBoolean,
  encodeContextConstructed,
  encodeContextPrimitive,
  encodeInteger,
  encodeNamedBits,
  encodeOid,
  encodeSequence,
  encodeSequenceOf,
  encodeTlv,
} from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { decodeHex } from '../bytes/hex.js'
import { fail } from '../errors.js'
import type { Bytes } from '../types.js'
import { type BasicConstraints, KEY_USAGE_NAMES, type KeyUsageName } from './extension-values.js'
import { encodeGeneralName, type GeneralName } from './general-name.js'

/** How the values of certificate extensions are written (RFC 5280 §4.2.1, §4.2.2). */

export function encodeKeyUsage(usages: readonly KeyUsageName[]): Bytes {
  requireList(usages, 'extensions: keyUsage')
  const bits = usages.map((usage) => KEY_USAGE_NAMES.indexOf(usage))
  if (bits.length === 0 || bits.includes(-1))
    fail('ERR_INVALID_ARGUMENT', 'extensions: keyUsage needs at least one name, all of them known')
  return encodeNamedBits(bits)
}

export function encodeExtendedKeyUsage(purposes: readonly string[]): Bytes {
  requireList(purposes, 'extensions: extendedKeyUsage')
  if (purposes.length === 0) fail('ERR_INVALID_ARGUMENT', 'extensions: extendedKeyUsage needs at least one purpose')
  return encodeSequenceOf(purposes.map(encodeOid))
}

export function encodeBasicConstraints(constraints: BasicConstraints): Bytes {
  requireObject(constraints, 'extensions: basicConstraints')
  const { ca, pathLength } = constraints
  // A text that says 'false' is none: it would make a CA.
  if (typeof ca !== 'boolean') fail('ERR_INVALID_ARGUMENT', 'extensions: ca is true or false')
  if (pathLength === null) return encodeSequence(...(ca ? [encodeBoolean(true)] : []))
  if (!ca || !Number.isInteger(pathLength) || pathLength < 0 || pathLength > 0x7fffffff)
    fail('ERR_INVALID_ARGUMENT', 'extensions: a path length is a whole number, and of a CA')
  return encodeSequence(encodeBoolean(true), encodeInteger(pathLength))
}

export function encodeSubjectAltNames(names: readonly GeneralName[]): Bytes {
  return encodeSequenceOf(names.map(encodeGeneralName))
}

function identifierOctets(hex: string): Bytes {
  const octets = decodeHex(hex)
  if (octets === null || octets.length === 0)
    return fail('ERR_INVALID_ARGUMENT', 'extensions: a key identifier is hexadecimal digits')
  return octets
}

export function encodeSubjectKeyIdentifier(hex: string): Bytes {
  return encodeTlv(TAG.OCTET_STRING, identifierOctets(hex))
}

export function encodeAuthorityKeyIdentifier(hex: string): Bytes {
  return encodeSequence(encodeContextPrimitive(0, identifierOctets(hex)))
}

/** One distribution point for each URL: a client takes the first that answers. */
export function encodeCrlUrls(urls: readonly string[]): Bytes {
  return encodeSequence(
    ...urls.map((url) =>
      encodeSequence(
        encodeContextConstructed(0, encodeContextConstructed(0, encodeGeneralName({ type: 'uri', value: url }))),
      ),
    ),
  )
}

export function encodeOcspUrls(urls: readonly string[]): Bytes {
  return encodeSequence(
    ...urls.map((url) => encodeSequence(encodeOid(OID.ocsp), encodeGeneralName({ type: 'uri', value: url }))),
  )
}
