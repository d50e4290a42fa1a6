import { requireList, requireObject, requireText } from '../arguments.js'
import {
  atEnd,
  type DerCursor,
  derFault,
  type DerFormat,
  type DerValue,
  encodingOf,
  enter,
  enterNext,
  finish,
  nextAny,
  readDer,
  TAG,
} from '../asn1/der-reader.js'
import { nextOid } from '../asn1/der-values.js'
import {
  encodeDirectoryString,
  encodeIa5String,
  encodeOid,
  encodePrintableString,
  encodeSequence,
  encodeSequenceOf,
  encodeSetOf,
  encodeUtf8String,
  isPrintableString,
} from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { equalBytes } from '../bytes/bytes.js'
import { decodeHex, encodeHex } from '../bytes/hex.js'
import { fail } from '../errors.js'
import type { Bytes, DistinguishedName, NameAttribute } from '../types.js'
import { stringOf } from './directory-string.js'
import { foldedName } from './name-match.js'
import { escapeNameValue } from './name-text.js'
import { nameTypeByOid, nameTypeOid } from './name-types.js'

// RFC 5280 appendix A.1 allows 64 characters for most types; real names are longer, so the bound is ub-name's.
const MAX_VALUE_LENGTH = 32_768

/** Reads a Name. A value that is no string is given as `#` and the hex of its DER (RFC 4514 §2.4). */
export function readName(value: DerValue, format: DerFormat, field = 'name'): DistinguishedName {
  const rdns = enter(value, TAG.SEQUENCE, format, field)
  const name: (readonly NameAttribute[])[] = []
  while (!atEnd(rdns)) {
    const set = enterNext(rdns, TAG.SET, field)
    // Nearly always the only one, and a list that something is pushed to has room for seventeen.
    const rdn = [readNameAttribute(set, format, field)]
    while (!atEnd(set)) rdn.push(readNameAttribute(set, format, field))
    name.push(rdn)
  }
  return name.slice()
}

function readNameAttribute(set: DerCursor, format: DerFormat, field: string): NameAttribute {
  const attribute = enterNext(set, TAG.SEQUENCE, field)
  const oid = nextOid(attribute, field)
  const raw = nextAny(attribute, field)
  finish(attribute, field)
  const text = stringOf(raw, format, field)
  return { type: nameTypeByOid(oid)?.short ?? oid, value: text ?? `#${encodeHex(encodingOf(raw))}` }
}

/** A list of lists of attributes, with their types and values. */
export function requireName(name: unknown, field = 'name'): void {
  if (!Array.isArray(name)) fail('ERR_INVALID_ARGUMENT', `${field}: a list of relative names is expected`)
  for (const rdn of name as readonly unknown[]) {
    requireList(rdn, `${field}: a relative name`)
    for (const attribute of rdn) {
      requireObject(attribute, `${field}: an attribute`)
      const { type, value } = attribute as Partial<NameAttribute>
      requireText(type, `${field}: a type`)
      requireText(value, `${field}: a value`)
    }
  }
}

/** DER of a name: RDN sets sorted, string types as the attribute table says. `ERR_INVALID_ARGUMENT` for a type nobody knows. */
export function encodeName(name: DistinguishedName): Bytes {
  requireName(name)
  return encodeSequenceOf(
    name.map((rdn) => {
      if (rdn.length === 0) fail('ERR_INVALID_ARGUMENT', 'name: a relative name without attributes')
      return encodeSetOf(rdn.map(encodeNameAttribute))
    }),
  )
}

function encodeNameAttribute(attribute: NameAttribute): Bytes {
  const oid = knownOid(attribute.type)
  return encodeSequence(encodeOid(oid), encodeValue(oid, attribute.value))
}

function knownOid(type: string): string {
  requireText(type, 'name: a type')
  return nameTypeOid(type) ?? fail('ERR_INVALID_ARGUMENT', 'name: an attribute type is neither known nor a dotted OID')
}

function encodeValue(oid: string, text: string): Bytes {
  if (text.length > MAX_VALUE_LENGTH) fail('ERR_INVALID_ARGUMENT', 'name: a value is longer than 32768 characters')
  const type = nameTypeByOid(oid)
  if (type === undefined) return derOfHexForm(text) ?? encodeDirectoryString(text)
  // Read back from real certificates, countries and mail addresses hold any character: then UTF8String, as for the rest.
  if (type.syntax === 'printable' && isPrintableString(text)) return encodePrintableString(text)
  if (type.syntax === 'ia5' && isAscii(text)) return encodeIa5String(text)
  return type.syntax === 'ia5' ? encodeUtf8String(text) : encodeDirectoryString(text)
}

/** What `readName` made of a value that is no string, in a type of which only the OID is known. */
function derOfHexForm(text: string): Bytes | null {
  const der = text.startsWith('#') ? decodeHex(text.slice(1)) : null
  return der !== null && der.length > 0 && derFault(der, 'name') === '' ? der : null
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

const NAME: DerFormat = { name: 'name', code: 'ERR_CERTIFICATE_INVALID' }

/** RFC 5280 §7.1: equal bytes, or equal once case, white space and string type are folded away. Both are DER of a Name. */
export function namesEqual(derA: Uint8Array, derB: Uint8Array): boolean {
  return nameMatcher(derA)(derB)
}

/** `namesEqual` of one name that is held against many: it is folded once, and only if it has to be. */
export function nameMatcher(der: Uint8Array): (other: Uint8Array, foldedOther?: () => string) => boolean {
  let folded: string | null = null
  return (other, foldedOther = () => foldedName(nameOf(other))) =>
    equalBytes(der, other) || (folded ??= foldedName(nameOf(der))) === foldedOther()
}

function nameOf(der: Uint8Array): DistinguishedName {
  return readName(readDer(der, NAME), NAME, 'name')
}

/**
 * Makes a name from type and value pairs, one RDN each, in the order of the certificate (country first, by custom).
 *
 * Types: the short form (`CN`), the full form (`commonName`) or a dotted OID, any case; the result has the short form
 * where there is one. Note that `SN` is the surname (RFC 4519), not the serial number. Checked: that the type is known,
 * that the value is not empty, that a country has two letters. Not checked: whether the name is anybody's.
 *
 * Throws `ERR_INVALID_ARGUMENT`.
 *
 * RFC 5280 §4.1.2.4, RFC 4519.
 *
 * @example
 * ```ts
 * const subject = distinguishedName([['O', 'Example Inc'], ['CN', 'Example Device CA']])
 * console.log(formatName(subject)) // CN=Example Device CA,O=Example Inc
 * ```
 */
export function distinguishedName(attributes: readonly (readonly [type: string, value: string])[]): DistinguishedName {
  requireList(attributes, 'name')
  return attributes.map((pair) => {
    requireList(pair, 'name: type and value')
    const [type, value] = pair
    const oid = knownOid(type)
    if (typeof value !== 'string' || value === '') fail('ERR_INVALID_ARGUMENT', 'name: a value is empty')
    if (oid === OID.countryName && !/^[A-Za-z]{2}$/.test(value))
      fail('ERR_INVALID_ARGUMENT', 'name: a country is two letters (ISO 3166)')
    encodeValue(oid, value)
    return [{ type: nameTypeByOid(oid)?.short ?? oid, value }]
  })
}

/**
 * A name as RFC 4514 writes it: last RDN first, special characters escaped, types without a short name as OID and hex.
 *
 * For people and logs. Not a key to compare by: two texts may differ where the names are equal, and
 * `nameAttribute` is the way to one value.
 *
 * Throws `ERR_INVALID_ARGUMENT` when a type is neither known nor a dotted OID.
 *
 * @example
 * ```ts
 * console.log(formatName(distinguishedName([['C', 'DE'], ['CN', 'Doe, Jane']]))) // CN=Doe\, Jane,C=DE
 * ```
 */
export function formatName(name: DistinguishedName): string {
  requireName(name)
  return [...name]
    .reverse()
    .map((rdn) => rdn.map(formatAttribute).join('+'))
    .join(',')
}

function formatAttribute({ type, value }: NameAttribute): string {
  const oid = knownOid(type)
  const known = nameTypeByOid(oid)
  return known === undefined
    ? `${oid}=#${encodeHex(encodeValue(oid, value))}`
    : `${known.short}=${escapeNameValue(value)}`
}

/**
 * Value of the first attribute of this type, `null` when there is none.
 *
 * `type` in any form: `CN`, `commonName`, `2.5.4.3`, any case. A name may hold a type twice: where that matters, walk
 * the name. A value that is no string comes as `#` and the hex of its DER. A common name proves nothing by itself.
 *
 * Throws `ERR_INVALID_ARGUMENT` when the type is neither known nor a dotted OID.
 *
 * @example
 * ```ts
 * const subject = distinguishedName([['O', 'Example Inc'], ['CN', 'Jane']])
 * console.log(nameAttribute(subject, 'commonName')) // Jane
 * ```
 */
export function nameAttribute(name: DistinguishedName, type: string): string | null {
  requireName(name)
  const oid = knownOid(type)
  for (const rdn of name) for (const attribute of rdn) if (nameTypeOid(attribute.type) === oid) return attribute.value
  return null
}
