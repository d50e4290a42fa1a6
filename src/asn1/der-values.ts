import { fail } from '../errors.js'
import { latin1Text } from '../bytes/bytes.js'
import { encodeHex } from '../bytes/hex.js'
import { type DerCursor, type DerFormat, type DerValue, next, schemaFault, TAG } from './der-reader.js'

/** Content octets of an INTEGER, checked to be minimal (X.690 §8.3.2). */
export function integerOctets(value: DerValue, format: DerFormat, field: string): Uint8Array {
  const { bytes, body, end } = value
  if (value.tag !== TAG.INTEGER) schemaFault(format, field)
  if (body === end) fail('ERR_ENCODING', `${format.name}: ${field} is an empty INTEGER`)
  const first = bytes[body] as number
  if (end - body > 1 && (first === 0 || first === 0xff) && ((bytes[body + 1] as number) & 0x80) === (first & 0x80))
    fail('ERR_ENCODING', `${format.name}: ${field} is an INTEGER that is not minimal`)
  return bytes.subarray(body, end)
}

/** Lower-case hex without leading zero octet; a negative number, which RFC 5280 forbids and CAs have issued, as `-` and its size. */
export function integerHex(value: DerValue, format: DerFormat, field: string): string {
  const octets = integerOctets(value, format, field)
  if ((octets[0] as number) >= 0x80) return `-${encodeHex(negated(octets))}`
  return encodeHex(octets.length > 1 && octets[0] === 0 ? octets.subarray(1) : octets)
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
  const octets = integerOctets(value, format, field)
  if (octets.length > 4 || (octets[0] as number) >= 0x80) fail(format.code, `${format.name}: ${field} is out of range`)
  let number = 0
  for (const octet of octets) number = number * 256 + octet
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

/** Dotted text of an OBJECT IDENTIFIER. Arcs above 2^53 are `ERR_ENCODING`: no OID in use has one, and truncating one is an attack. */
export function oidOf(value: DerValue, format: DerFormat, field: string): string {
  const { bytes, body, end } = value
  if (value.tag !== TAG.OID) schemaFault(format, field)
  if (body === end || (bytes[end - 1] as number) >= 0x80)
    fail('ERR_ENCODING', `${format.name}: ${field} is an OID that is cut short`)
  let text = ''
  let arc = 0
  let fresh = true
  for (let i = body; i < end; i++) {
    const octet = bytes[i] as number
    if (fresh && octet === 0x80) fail('ERR_ENCODING', `${format.name}: ${field} is an OID that is not minimal`)
    arc = arc * 128 + (octet & 0x7f)
    fresh = octet < 0x80
    if (arc > Number.MAX_SAFE_INTEGER) fail('ERR_ENCODING', `${format.name}: ${field} is an OID with an arc too large`)
    if (!fresh) continue
    if (text === '') text = arc < 40 ? `0.${String(arc)}` : arc < 80 ? `1.${String(arc - 40)}` : `2.${String(arc - 80)}`
    else text += `.${String(arc)}`
    arc = 0
  }
  return text
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

const TIME = /^(\d\d\d\d|\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:[.,](\d+))?(Z|[+-]\d\d\d\d)$/

/**
 * UTCTime or GeneralizedTime. Takes what real signers send beside DER's `…SSZ`: an offset, no seconds, a fraction, and
 * a leap second (RFC 5280 §4.1.2.5 has the strict form; recorded CMS messages carry the others).
 */
export function timeOf(value: DerValue, format: DerFormat, field: string): Date {
  const digits = value.tag === TAG.UTC_TIME ? 2 : value.tag === TAG.GENERALIZED_TIME ? 4 : schemaFault(format, field)
  const match = value.end - value.body <= 40 ? TIME.exec(latin1Text(value.bytes.subarray(value.body, value.end))) : null
  if (match?.[1]?.length !== digits) return fail('ERR_ENCODING', `${format.name}: ${field} is not a time`)
  const year = Number(match[1])
  // RFC 5280 §4.1.2.5.1: two digits from 50 on are 19xx.
  const fullYear = digits === 4 ? year : year >= 50 ? 1900 + year : 2000 + year
  const [month, day, hour, minute, second] = fieldsOf(match)
  const zone = match[8] as string
  const offset = zone === 'Z' ? 0 : (zone[0] === '-' ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3)))
  const at = new Date(0)
  at.setUTCFullYear(fullYear, month - 1, day)
  const isDay = at.getUTCFullYear() === fullYear && at.getUTCMonth() === month - 1 && at.getUTCDate() === day
  if (!isDay || hour > 23 || minute > 59 || second > 60)
    fail('ERR_ENCODING', `${format.name}: ${field} is a time that does not exist`)
  const fraction = match[7] === undefined ? 0 : Math.floor(Number(`0.${match[7]}`) * 1000)
  at.setUTCHours(hour, minute - offset, second, fraction)
  return at
}

function fieldsOf(match: RegExpExecArray): readonly [number, number, number, number, number] {
  return [Number(match[2]), Number(match[3]), Number(match[4]), Number(match[5]), Number(match[6] ?? 0)]
}
