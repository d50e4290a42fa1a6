import { sameOctets } from '../bytes/bytes.js'
import { fail, type PlainErrorCode } from '../errors.js'
import type { Bytes } from '../types.js'

/** Which format is being read: the name that error texts use, and the code when well-formed DER is not one of these. */
export interface DerFormat {
  readonly name: string
  readonly code: PlainErrorCode
}

/** Where one encoding lies in its bytes. Offsets only: nothing is copied until somebody asks. */
export interface DerValue {
  readonly bytes: Uint8Array
  /** The identifier octet; for tag numbers above 30 the number times 256, plus that octet. */
  readonly tag: number
  readonly start: number
  readonly body: number
  readonly end: number
}

/** Steps through the encodings side by side in one value. */
export interface DerCursor {
  readonly bytes: Uint8Array
  readonly format: DerFormat
  position: number
  readonly end: number
}

export const TAG = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OID: 0x06,
  ENUMERATED: 0x0a,
  UTF8_STRING: 0x0c,
  NUMERIC_STRING: 0x12,
  PRINTABLE_STRING: 0x13,
  T61_STRING: 0x14,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  VISIBLE_STRING: 0x1a,
  UNIVERSAL_STRING: 0x1c,
  BMP_STRING: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const

/** `[number]`, primitive. */
export function contextTag(number: number): number {
  return 0x80 | number
}
/** `[number]`, constructed. */
export function contextConstructed(number: number): number {
  return 0xa0 | number
}

export const DER_LIMITS: {
  readonly maxBytes: number
  readonly maxDepth: number
  readonly maxNodes: number
  /** Content of an OBJECT IDENTIFIER: its text costs far more than its octets. The longest in use have some 40. */
  readonly maxOidBytes: number
} = {
  maxBytes: 32 * 1024 * 1024,
  maxDepth: 32,
  maxNodes: 2_000_000,
  maxOidBytes: 128,
}

export function checkSize(length: number, name: string): void {
  if (length > DER_LIMITS.maxBytes) fail('ERR_LIMIT', `${name}: more than ${String(DER_LIMITS.maxBytes)} bytes`)
}

/** Header of the encoding at `start`: what `headerAt` leaves behind. Module scope is never used: each call owns one. */
export interface Header {
  tag: number
  body: number
  end: number
}

/** Why a header is not DER. `''`: it is. */
export type HeaderFault = '' | 'is cut short' | 'has a length that is not minimal' | 'has a tag that is not minimal'

/** Reads the header at `start` into `header`. `end` is where the enclosing value stops. */
export function readHeader(bytes: Uint8Array, start: number, limit: number, header: Header): HeaderFault {
  if (start + 2 > limit) return 'is cut short'
  let tag = bytes[start] as number
  let at = start + 1
  if ((tag & 0x1f) === 0x1f) {
    let number = 0
    let octet: number
    do {
      if (at >= limit) return 'is cut short'
      octet = bytes[at++] as number
      if ((number === 0 && octet === 0x80) || number > 0x3fff) return 'has a tag that is not minimal'
      number = (number << 7) | (octet & 0x7f)
    } while (octet >= 0x80)
    if (number < 0x1f) return 'has a tag that is not minimal'
    tag |= number << 8
    if (at >= limit) return 'is cut short'
  }
  let length = bytes[at++] as number
  if (length >= 0x80) {
    const count = length & 0x7f
    if (count === 0 || count > 4) return 'has a length that is not minimal'
    if (at + count > limit) return 'is cut short'
    if (bytes[at] === 0) return 'has a length that is not minimal'
    length = 0
    for (let i = 0; i < count; i++) length = length * 256 + (bytes[at++] as number)
    if (length < 0x80) return 'has a length that is not minimal'
  }
  if (length > limit - at) return 'is cut short'
  header.tag = tag
  header.body = at
  header.end = at + length
  return ''
}

/** Universal class: strings must be primitive, SEQUENCE and SET constructed, and end-of-contents has no place (X.690 §10.2). */
export function isIllegalUniversalTag(tag: number): boolean {
  if ((tag & 0xc0) !== 0) return false
  const number = tag & 0x1f
  const mayBeConstructed = number === 0x10 || number === 0x11 || number === 0x08 || number === 0x0b
  return number === 0 || mayBeConstructed !== ((tag & 0x20) !== 0)
}

/** No encoding rules have it. A server in the field makes it, by retagging, so it is a wrong message and not broken bytes. */
const PRIMITIVE_STRUCTURE = 'has a primitive SEQUENCE or SET'

/**
 * One walk over all nested encodings. Answers with what is wrong, or `''`. Bounded in depth and count, so that nothing
 * that follows needs to be.
 */
export function derFault(bytes: Uint8Array, name: string): string {
  const header: Header = { tag: 0, body: 0, end: 0 }
  // Not a typed array: from 64 octets on those lie outside the heap, and most values that are read here are shorter.
  const ends = [bytes.length]
  let depth = 0
  let position = 0
  let nodes = 0
  do {
    const fault = readHeader(bytes, position, ends[depth] as number, header)
    if (fault !== '') return fault
    if (header.tag === 0x10 || header.tag === 0x11) return PRIMITIVE_STRUCTURE
    if (isIllegalUniversalTag(header.tag)) return 'has a form that DER does not allow'
    if (++nodes > DER_LIMITS.maxNodes) fail('ERR_LIMIT', `${name}: more than ${String(DER_LIMITS.maxNodes)} values`)
    if ((header.tag & 0x20) !== 0) {
      if (++depth > DER_LIMITS.maxDepth) fail('ERR_LIMIT', `${name}: nested deeper than ${String(DER_LIMITS.maxDepth)}`)
      ends[depth] = header.end
      position = header.body
    } else position = header.end
    while (depth > 0 && position === ends[depth]) depth--
  } while (depth > 0)
  return position === bytes.length ? '' : 'is followed by other bytes'
}

/**
 * The one door for DER: limits, minimal lengths, nothing behind the value.
 *
 * Throws `ERR_LIMIT` or `ERR_ENCODING`; the format's own code for a SEQUENCE or SET that is primitive.
 */
export function readDer(bytes: Uint8Array, format: DerFormat): DerValue {
  checkSize(bytes.length, format.name)
  const fault = derFault(bytes, format.name)
  if (fault !== '')
    fail(fault === PRIMITIVE_STRUCTURE ? format.code : 'ERR_ENCODING', `${format.name}: the DER ${fault}`)
  return valueAt(bytes, 0)
}

/** The value at `start` of bytes that went through `readDer`. */
export function valueAt(bytes: Uint8Array, start: number): DerValue {
  const header: Header = { tag: 0, body: 0, end: 0 }
  readHeader(bytes, start, bytes.length, header)
  return { bytes, tag: header.tag, start, body: header.body, end: header.end }
}

/** Steps into a constructed value. */
export function enter(value: DerValue, tag: number, format: DerFormat, field: string): DerCursor {
  if (value.tag !== tag) schemaFault(format, field)
  return { bytes: value.bytes, format, position: value.body, end: value.end }
}

/** Steps into the next value. */
export function enterNext(cursor: DerCursor, tag: number, field: string): DerCursor {
  return enter(next(cursor, tag, field), tag, cursor.format, field)
}

/** Tag of the next value, or -1 at the end. */
export function peekTag(cursor: DerCursor): number {
  if (cursor.position >= cursor.end) return -1
  const first = cursor.bytes[cursor.position] as number
  return (first & 0x1f) === 0x1f ? valueAt(cursor.bytes, cursor.position).tag : first
}

/** The next value, whatever it is. */
export function nextAny(cursor: DerCursor, field: string): DerValue {
  if (cursor.position >= cursor.end) schemaFault(cursor.format, field)
  const value = valueAt(cursor.bytes, cursor.position)
  cursor.position = value.end
  return value
}

/** The next value, which must have this tag. */
export function next(cursor: DerCursor, tag: number, field: string): DerValue {
  const value = nextAny(cursor, field)
  if (value.tag !== tag) schemaFault(cursor.format, field)
  return value
}

/** The next value if it has this tag, else `null` and the cursor stays. */
export function nextIf(cursor: DerCursor, tag: number): DerValue | null {
  return peekTag(cursor) === tag ? nextAny(cursor, '') : null
}

export function atEnd(cursor: DerCursor): boolean {
  return cursor.position >= cursor.end
}

/** Nothing may follow. */
export function finish(cursor: DerCursor, field: string): void {
  if (cursor.position < cursor.end) fail(cursor.format.code, `${cursor.format.name}: ${field} has too many fields`)
}

/** Well-formed DER, but not this format. */
export function schemaFault(format: DerFormat, field: string): never {
  fail(format.code, `${format.name}: ${field} is missing or has the wrong type`)
}

/** The content octets, as a view. */
export function contentOf(value: DerValue): Uint8Array {
  return value.bytes.subarray(value.body, value.end)
}
/** The whole encoding, as a view. */
export function encodingOf(value: DerValue): Uint8Array {
  return value.bytes.subarray(value.start, value.end)
}

/** An encoding says its own length: what begins as one ends where it ends. */
export function sameEncoding(a: DerValue, b: DerValue): boolean {
  return sameOctets(a.bytes, a.start, b.bytes, b.start, a.end - a.start)
}

/** The whole encoding, as a copy to hand out. */
export function copyEncoding(value: DerValue): Bytes {
  return new Uint8Array(encodingOf(value))
}
/** The content octets, as a copy to hand out. */
export function copyContent(value: DerValue): Bytes {
  return new Uint8Array(contentOf(value))
}
