import { fail } from '../errors.js'
import { latin1Bytes, utf8Bytes } from '../bytes/bytes.js'
import { decodeHex } from '../bytes/hex.js'
import type { Bytes } from '../types.js'
import { contextConstructed, contextTag, DER_LIMITS, TAG } from './der-reader.js'
import { OID } from './oid.js'

/**
 * A value that is yet to be written. What is nested as such goes out in one pass: an array for each level would cost more
 * than its octets, as those above 64 lie outside V8's heap.
 */
export interface DerTree {
  readonly tag: number
  readonly parts: readonly DerPart[]
  readonly contentLength: number
  /** Of the whole encoding, so that it can be asked of octets and trees alike. */
  readonly length: number
}
export type DerPart = Uint8Array | DerTree

function lengthOctets(length: number): number {
  return length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4
}

export function derTree(tag: number, ...parts: readonly DerPart[]): DerTree {
  return treeOf(tag, parts)
}

/** The list as it is: each rest parameter on the way down would copy it, and takes some hundred thousand at most. */
export function treeOf(tag: number, parts: readonly DerPart[]): DerTree {
  let contentLength = 0
  for (const part of parts) contentLength += part.length
  return { tag, parts, contentLength, length: 2 + lengthOctets(contentLength) + contentLength }
}

/** One encoding: identifier, minimal length, content. */
export function encodeTlv(tag: number, ...parts: readonly DerPart[]): Bytes {
  return encodeTree(treeOf(tag, parts))
}

export function encodeTree(tree: DerTree): Bytes {
  const out = new Uint8Array(tree.length)
  writeTree(tree, out, 0)
  return out
}

/** Answers with where the value ends. */
function writeTree({ tag, parts, contentLength }: DerTree, out: Bytes, start: number): number {
  out[start] = tag
  let at = start + 2
  const count = lengthOctets(contentLength)
  if (count === 0) out[start + 1] = contentLength
  else {
    out[start + 1] = 0x80 | count
    for (let shift = 8 * (count - 1); shift >= 0; shift -= 8) out[at++] = contentLength >>> shift
  }
  for (const part of parts) at = part instanceof Uint8Array ? writeOctets(part, out, at) : writeTree(part, out, at)
  return at
}

/** Up to here a loop takes less time than `set`. */
const FEW = 12

function writeOctets(octets: Uint8Array, out: Bytes, at: number): number {
  const { length } = octets
  if (length > FEW) out.set(octets, at)
  else for (let i = 0; i < length; i++) out[at + i] = octets[i] as number
  return at + length
}

export function encodeSequence(...parts: readonly DerPart[]): Bytes {
  return encodeTree(treeOf(TAG.SEQUENCE, parts))
}

export function sequenceTree(...parts: readonly DerPart[]): DerTree {
  return treeOf(TAG.SEQUENCE, parts)
}

/** SEQUENCE OF: a list may have more members than a call takes arguments. */
export function sequenceOfTree(members: readonly DerPart[]): DerTree {
  return treeOf(TAG.SEQUENCE, members)
}
export function encodeSequenceOf(members: readonly DerPart[]): Bytes {
  return encodeTree(treeOf(TAG.SEQUENCE, members))
}

/** SET OF: the encodings in ascending order (X.690 §11.6). */
export function encodeSetOf(parts: readonly Uint8Array[]): Bytes {
  return encodeTree(treeOf(TAG.SET, sortEncodings(parts)))
}

/** SET OF trees. One member is in order as it is, and need not be written apart. */
export function setOfTree(members: readonly DerTree[]): DerTree {
  return treeOf(TAG.SET, members.length < 2 ? members : sortEncodings(members.map(encodeTree)))
}

export function sortEncodings(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  return parts.length < 2 ? parts : [...parts].sort(compareEncodings)
}

function compareEncodings(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Attribute of one value (X.501): in requests, and signed in messages. */
export function encodeAttribute(type: string, value: DerPart): Bytes {
  return encodeSequence(encodeOid(type), derTree(TAG.SET, value))
}

/** `[number] EXPLICIT` around encodings, or `[number] IMPLICIT` around the members of a constructed value. */
export function encodeContextConstructed(number: number, ...parts: readonly DerPart[]): Bytes {
  return encodeTree(treeOf(contextConstructed(number), parts))
}
export function encodeContextPrimitive(number: number, content: Uint8Array): Bytes {
  return encodeTlv(contextTag(number), content)
}

/** A whole number from 0 to 2^53. */
export function encodeInteger(value: number): Bytes {
  if (value < 0x80) return Uint8Array.of(TAG.INTEGER, 1, value)
  const octets: number[] = []
  let rest = value
  do {
    octets.unshift(rest % 256)
    rest = Math.floor(rest / 256)
  } while (rest > 0)
  return encodeIntegerOctets(new Uint8Array(octets))
}

/** The unsigned number of these octets, most significant first. */
export function encodeIntegerOctets(octets: Uint8Array): Bytes {
  let skip = 0
  while (skip < octets.length - 1 && octets[skip] === 0) skip++
  const digits = octets.subarray(skip)
  if (digits.length === 0) return encodeTlv(TAG.INTEGER, new Uint8Array(1))
  return encodeTlv(TAG.INTEGER, ...((digits[0] as number) >= 0x80 ? [new Uint8Array(1), digits] : [digits]))
}

/** The inverse of `integerHex`: hex in any case, `-` for a negative number. `ERR_INVALID_ARGUMENT` when it is not. */
export function encodeIntegerHex(text: string, field: string): Bytes {
  const negative = text.startsWith('-')
  const digits = negative ? text.slice(1) : text
  const octets = decodeHex(digits.length % 2 === 0 ? digits : `0${digits}`)
  if (octets === null || octets.length === 0)
    return fail('ERR_INVALID_ARGUMENT', `${field}: hexadecimal digits are expected`)
  return negative ? encodeNegative(octets) : encodeIntegerOctets(octets)
}

function encodeNegative(size: Uint8Array): Bytes {
  const value = size.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n)
  let length = 1
  while (value > 1n << BigInt(8 * length - 1)) length++
  let rest = (1n << BigInt(8 * length)) - value
  const content = new Uint8Array(length)
  for (let i = length - 1; i >= 0; i--) {
    content[i] = Number(rest & 255n)
    rest >>= 8n
  }
  return encodeTlv(TAG.INTEGER, content)
}

export function encodeBoolean(value: boolean): Bytes {
  return Uint8Array.of(TAG.BOOLEAN, 1, value ? 0xff : 0)
}

/** Not to be written to, like the object identifiers below. */
export const ENCODED_NULL: Bytes = /* @__PURE__ */ Uint8Array.of(TAG.NULL, 0)

export function encodeOctetString(content: Uint8Array): Bytes {
  return encodeTlv(TAG.OCTET_STRING, content)
}

/** Whole octets, no unused bits. */
export function encodeBitString(content: Uint8Array): Bytes {
  return encodeTlv(TAG.BIT_STRING, new Uint8Array(1), content)
}

/** A named bit list: trailing zero bits are not sent (X.690 §11.2.2). */
export function encodeNamedBits(positions: readonly number[]): Bytes {
  if (positions.length === 0) return encodeTlv(TAG.BIT_STRING, new Uint8Array(1))
  const highest = Math.max(...positions)
  const content = new Uint8Array(2 + (highest >> 3))
  content[0] = 7 - (highest & 7)
  for (const position of positions) {
    const at = 1 + (position >> 3)
    content[at] = (content[at] as number) | (0x80 >> (position & 7))
  }
  return encodeTlv(TAG.BIT_STRING, content)
}

/** Those of the package, ready made. */
const KNOWN_OIDS: ReadonlyMap<string, Bytes> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Object.values(OID).map((dotted) => [dotted, spellOid(dotted)]),
)

/** Dotted text to OBJECT IDENTIFIER. `ERR_INVALID_ARGUMENT` when it is not one. Not to be written to: calls share it. */
export function encodeOid(dotted: string): Bytes {
  return KNOWN_OIDS.get(dotted) ?? spellOid(dotted)
}

function spellOid(dotted: string): Bytes {
  const octets: number[] = []
  let root = -1
  let arcs = 0
  for (let at = 0; at <= dotted.length; arcs++) {
    const end = endOfArc(dotted, at)
    const arc = arcAt(dotted, at, end)
    at = end + 1
    if (arcs === 0) root = arc
    else pushArc(octets, arcs === 1 ? firstArcs(root, arc) : arc)
    // What the reader would refuse is not written.
    if (octets.length > DER_LIMITS.maxOidBytes)
      fail(
        'ERR_INVALID_ARGUMENT',
        `an object identifier of ${String(DER_LIMITS.maxOidBytes)} octets at most is expected`,
      )
  }
  return arcs < 2 ? failOid() : encodeTlv(TAG.OID, new Uint8Array(octets))
}

function failOid(): never {
  return fail('ERR_INVALID_ARGUMENT', 'an object identifier in dotted form is expected')
}

function endOfArc(dotted: string, start: number): number {
  const dot = dotted.indexOf('.', start)
  return dot < 0 ? dotted.length : dot
}

/** Decimal digits without a leading zero, up to a number that is exact. */
function arcAt(dotted: string, start: number, end: number): number {
  if (end === start || (end > start + 1 && dotted.charCodeAt(start) === 0x30)) failOid()
  let arc = 0
  for (let at = start; at < end; at++) {
    const digit = dotted.charCodeAt(at) - 0x30
    if (!(digit >= 0 && digit <= 9)) failOid()
    arc = arc * 10 + digit
    // 80: the first two arcs travel as one number.
    if (arc > Number.MAX_SAFE_INTEGER - 80) failOid()
  }
  return arc
}

function firstArcs(root: number, second: number): number {
  if (root > 2 || (root < 2 && second > 39)) failOid()
  return root * 40 + second
}

/** Base 128, most significant digit first. */
function pushArc(octets: number[], arc: number): void {
  if (arc >= 128) pushHigherDigits(octets, Math.floor(arc / 128))
  octets.push(arc % 128)
}

function pushHigherDigits(octets: number[], rest: number): void {
  if (rest >= 128) pushHigherDigits(octets, Math.floor(rest / 128))
  octets.push(0x80 | (rest % 128))
}

export function encodeUtf8String(text: string): Bytes {
  // The encoder would write another character in its place.
  if (/\p{Surrogate}/u.test(text)) fail('ERR_INVALID_ARGUMENT', 'text: half of a surrogate pair')
  return encodeTlv(TAG.UTF8_STRING, utf8Bytes(text))
}

const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]*$/

export function isPrintableString(text: string): boolean {
  return PRINTABLE.test(text)
}

/** The caller has checked the characters, or knows them. */
export function encodePrintableString(text: string): Bytes {
  return encodeTlv(TAG.PRINTABLE_STRING, latin1Bytes(text))
}
export function encodeIa5String(text: string): Bytes {
  return encodeTlv(TAG.IA5_STRING, latin1Bytes(text))
}

/** PrintableString where the characters allow it, else UTF8String (RFC 5280 §4.1.2.4). */
export function encodeDirectoryString(text: string): Bytes {
  return isPrintableString(text) ? encodePrintableString(text) : encodeUtf8String(text)
}

/** UTCTime to 2049, GeneralizedTime from 2050 on; whole seconds (RFC 5280 §4.1.2.5). */
export function encodeTime(at: Date, field: string): Bytes {
  const year = at.getUTCFullYear()
  if (!(year >= 0 && year <= 9999))
    return fail('ERR_INVALID_ARGUMENT', `${field}: a date from year 0 to 9999 is expected`)
  const isUtcTime = year >= 1950 && year < 2050
  const out = new Uint8Array(isUtcTime ? 15 : 17)
  out[0] = isUtcTime ? TAG.UTC_TIME : TAG.GENERALIZED_TIME
  out[1] = out.length - 2
  // [YY]YYMMDDHHMMSSZ, from its end.
  const end = out.length
  out[end - 1] = 0x5a
  writePair(at.getUTCSeconds(), out, end - 3)
  writePair(at.getUTCMinutes(), out, end - 5)
  writePair(at.getUTCHours(), out, end - 7)
  writePair(at.getUTCDate(), out, end - 9)
  writePair(at.getUTCMonth() + 1, out, end - 11)
  writePair(year % 100, out, end - 13)
  if (!isUtcTime) writePair(Math.floor(year / 100), out, end - 15)
  return out
}

/** Two decimal digits. */
function writePair(number: number, out: Bytes, at: number): void {
  out[at] = 0x30 + Math.floor(number / 10)
  out[at + 1] = 0x30 + (number % 10)
}
