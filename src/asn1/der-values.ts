import { fail } from '../errors.js'
import { latin1Text, sameOctets } from '../bytes/bytes.js'
import { encodeHex } from '../bytes/hex.js'
import { encodeOid } from './der-writer.js'
import { OID } from './oid.js'
import { DER_LIMITS, type DerCursor, type DerFormat, type DerValue, next, schemaFault, TAG } from './der-reader.js'
import { plainTimeOf } from './plain-time.js'

/** An INTEGER, and minimal (X.690 §8.3.2). */
function requireInteger(value: DerValue, format: DerFormat, field: string): void {
  const { bytes, body, end } = value
  if (value.tag !== TAG.INTEGER) schemaFault(format, field)
  if (body === end) fail('ERR_ENCODING', `${format.name}: ${field} is an empty INTEGER`)
  const first = bytes[body] as number
  if (end - body > 1 && (first === 0 || first === 0xff) && ((bytes[body + 1] as number) & 0x80) === (first & 0x80))
    fail('ERR_ENCODING', `${format.name}: ${field} is an INTEGER that is not minimal`)
}

/** Content octets of an INTEGER. */
export function integerOctets(value: DerValue, format: DerFormat, field: string): Uint8Array {
  requireInteger(value, format, field)
  return value.bytes.subarray(value.body, value.end)
}

/** Lower-case hex without leading zero octet; a negative number, which RFC 5280 forbids and CAs have issued, as `-` and its size. */
export function integerHex(value: DerValue, format: DerFormat, field: string): string {
  requireInteger(value, format, field)
  return hexOfInteger(value.bytes, value.body, value.end)
}

/** The same of content octets that were checked. */
export function hexOfInteger(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  if ((bytes[start] as number) >= 0x80) return `-${encodeHex(negated(bytes.subarray(start, end)))}`
  return encodeHex(bytes, end - start > 1 && bytes[start] === 0 ? start + 1 : start, end)
}

function negated(octets: Uint8Array): Uint8Array {
  const out = new Uint8Array(octets.length)
  let carry = 1
  for (let i = octets.length - 1; i >= 0; i--) {
    const sum = ((octets[i] as number) ^ 0xff) + carry
    out[i] = sum
    carry = sum >> 8
  }
  return out
}

/** An INTEGER from 0 to 2^31-1. */
export function smallInteger(value: DerValue, format: DerFormat, field: string): number {
  requireInteger(value, format, field)
  const { bytes, body, end } = value
  if (end - body > 4 || (bytes[body] as number) >= 0x80) fail(format.code, `${format.name}: ${field} is out of range`)
  let number = 0
  for (let at = body; at < end; at++) number = number * 256 + (bytes[at] as number)
  return number
}

/** DER has two booleans (X.690 §11.1). */
export function booleanOf(value: DerValue, format: DerFormat, field: string): boolean {
  if (value.tag !== TAG.BOOLEAN) schemaFault(format, field)
  const octet = value.bytes[value.body]
  if (value.end - value.body !== 1 || (octet !== 0 && octet !== 0xff))
    fail('ERR_ENCODING', `${format.name}: ${field} is a BOOLEAN that is not DER`)
  return octet === 0xff
}

/**
 * Dotted text of an OBJECT IDENTIFIER. Arcs above 2^53 are `ERR_ENCODING`: no OID in use has one, and truncating one is an
 * attack. More octets than any OID in use has are `ERR_LIMIT`.
 */
export function oidOf(value: DerValue, format: DerFormat, field: string): string {
  const { bytes, body, end } = value
  if (value.tag !== TAG.OID) schemaFault(format, field)
  if (body === end || (bytes[end - 1] as number) >= 0x80)
    fail('ERR_ENCODING', `${format.name}: ${field} is an OID that is cut short`)
  if (end - body > DER_LIMITS.maxOidBytes)
    fail('ERR_LIMIT', `${format.name}: ${field} is an OID of more than ${String(DER_LIMITS.maxOidBytes)} octets`)
  const known = KNOWN_OIDS.get(hashOf(bytes, body, end))
  if (known !== undefined && isAt(bytes, body, end, known.octets)) return known.dotted
  return dottedOf(value, format, field)
}

interface KnownOid {
  readonly octets: Uint8Array
  readonly dotted: string
}
/** The OIDs of the package by a hash of their octets: most that come are among them, and need not be spelled out. */
const KNOWN_OIDS: ReadonlyMap<number, KnownOid> = /* @__PURE__ */ knownOids()

function knownOids(): ReadonlyMap<number, KnownOid> {
  return new Map(
    Object.values(OID).map((dotted) => {
      const octets = encodeOid(dotted).subarray(2)
      return [hashOf(octets, 0, octets.length), { octets, dotted }]
    }),
  )
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0
  return hash
}

function isAt(bytes: Uint8Array, start: number, end: number, octets: Uint8Array): boolean {
  return end - start === octets.length && sameOctets(bytes, start, octets, 0, octets.length)
}

function dottedOf({ bytes, body, end }: DerValue, format: DerFormat, field: string): string {
  const arcs: number[] = []
  let arc = 0
  let fresh = true
  for (let i = body; i < end; i++) {
    const octet = bytes[i] as number
    if (fresh && octet === 0x80) fail('ERR_ENCODING', `${format.name}: ${field} is an OID that is not minimal`)
    arc = arc * 128 + (octet & 0x7f)
    fresh = octet < 0x80
    if (arc > Number.MAX_SAFE_INTEGER) fail('ERR_ENCODING', `${format.name}: ${field} is an OID with an arc too large`)
    if (!fresh) continue
    if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(arc / 40)))
    // The first two arcs travel as one number.
    arcs.push(arcs.length === 1 ? arc - 40 * (arcs[0] as number) : arc)
    arc = 0
  }
  return arcs.join('.')
}

export function nextOid(cursor: DerCursor, field: string): string {
  return oidOf(next(cursor, TAG.OID, field), cursor.format, field)
}

/** Octets of a BIT STRING that has no unused bits. */
export function bitStringOctets(value: DerValue, format: DerFormat, field: string): Uint8Array {
  if (value.tag !== TAG.BIT_STRING || value.body === value.end) schemaFault(format, field)
  if (value.bytes[value.body] !== 0) fail(format.code, `${format.name}: ${field} has unused bits`)
  return value.bytes.subarray(value.body + 1, value.end)
}

/** Positions of the set bits of a named bit list, and how long it is allowed to be. */
export function namedBits(value: DerValue, format: DerFormat, field: string): readonly number[] {
  const { bytes, body, end } = value
  if (value.tag !== TAG.BIT_STRING || body === end) schemaFault(format, field)
  const unused = bytes[body] as number
  if (unused > 7 || (unused > 0 && end - body === 1) || end - body > 9)
    fail('ERR_ENCODING', `${format.name}: ${field} is a BIT STRING that is not DER`)
  const bits: number[] = []
  for (let i = 0; i < (end - body - 1) * 8 - unused; i++)
    if (((bytes[body + 1 + (i >> 3)] as number) & (0x80 >> (i & 7))) !== 0) bits.push(i)
  return bits
}

// Two patterns: in one with a choice of two or four digits for the year, "240102030405Z" reads as year 2401 without seconds.
const ZONE = String.raw`(?<zone>Z|[+-](?:[01]\d|2[0-3])[0-5]\d)`
const TO_MINUTES = String.raw`(?<month>\d\d)(?<day>\d\d)(?<hour>\d\d)(?<minute>\d\d)`
const UTC_TIME = new RegExp(String.raw`^(?<year>\d\d)${TO_MINUTES}(?<second>\d\d)?${ZONE}$`)
const GENERALIZED_TIME = new RegExp(
  String.raw`^(?<year>\d{4})${TO_MINUTES}(?:(?<second>\d\d)(?:[.,](?<fraction>\d+))?)?${ZONE}$`,
)

/**
 * UTCTime or GeneralizedTime. Takes what real signers send beside DER's `…SSZ`: an offset, no seconds, a fraction, and
 * a leap second (RFC 5280 §4.1.2.5 has the strict form; recorded CMS messages carry the others).
 */
export function timeOf(value: DerValue, format: DerFormat, field: string): Date {
  const plain = plainTimeOf(value)
  if (plain !== null) return plain
  const { bytes, tag, body, end } = value
  if (tag !== TAG.UTC_TIME && tag !== TAG.GENERALIZED_TIME) schemaFault(format, field)
  const pattern = tag === TAG.UTC_TIME ? UTC_TIME : GENERALIZED_TIME
  const parts = end - body <= 40 ? pattern.exec(latin1Text(bytes.subarray(body, end)))?.groups : undefined
  if (parts === undefined) return fail('ERR_ENCODING', `${format.name}: ${field} is not a time`)
  const number = (part: string): number => Number(parts[part] ?? 0)
  const year = tag === TAG.UTC_TIME ? fullYear(number('year')) : number('year')
  const month = number('month') - 1
  const at = new Date(0)
  at.setUTCFullYear(year, month, number('day'))
  const isDay = at.getUTCFullYear() === year && at.getUTCMonth() === month && at.getUTCDate() === number('day')
  if (!isDay || number('hour') > 23 || number('minute') > 59 || number('second') > 60)
    fail('ERR_ENCODING', `${format.name}: ${field} is a time that does not exist`)
  const milliseconds = Math.floor(Number(`0.${parts['fraction'] ?? '0'}`) * 1000)
  at.setUTCHours(
    number('hour'),
    number('minute') - offsetMinutes(parts['zone'] as string),
    number('second'),
    milliseconds,
  )
  return at
}

/** RFC 5280 §4.1.2.5.1: two digits from 50 on are 19xx. */
function fullYear(twoDigits: number): number {
  return twoDigits >= 50 ? 1900 + twoDigits : 2000 + twoDigits
}

/** How far the local time of the text is ahead of UTC. */
function offsetMinutes(zone: string): number {
  if (zone === 'Z') return 0
  const size = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3))
  return zone.startsWith('-') ? -size : size
}
