// BER to DER, once at the door: real Mdm-Signature headers, Apple's and BouncyCastle's messages come with indefinite lengths
// and strings in segments (X.690 §8.1.3.6, §8.7.3). What is DER already keeps its octets, so signed parts stay as they were.
import { fail } from '../errors.js'
import type { Bytes } from '../types.js'
import { checkSize, DER_LIMITS, type DerFormat, derFault, type DerValue, readDer, valueAt } from './der-reader.js'

/**
 * The values of one message in the order of their headers: a row of eight cells each, in one array that grows. Plain
 * numbers side by side, since a message of a hundred values is read in a few microseconds and objects would cost more.
 */
interface Table {
  cells: Int32Array
  rows: number
}

const WIDTH = 8
const START = 0
/** Where the identifier ends. */
const IDENTIFIER_END = 1
const BODY = 2
/** Where a primitive value's content ends; -1: constructed. */
const BODY_END = 3
const PARENT = 4
const ROLE = 5
/** Octets of the content in DER. */
const LENGTH = 6

/** As it is. */
const PLAIN = 0
/** A string in segments, to be joined. */
const JOINED = 1
const SEGMENT = 2

function cell(table: Table, row: number, column: number): number {
  return table.cells[row * WIDTH + column] as number
}

/**
 * The one door for messages that devices send: DER is taken as it is, BER is converted in one pass.
 *
 * Throws `ERR_LIMIT` or `ERR_ENCODING`.
 */
export function readBer(bytes: Uint8Array, format: DerFormat): DerValue {
  checkSize(bytes.length, format.name)
  if (derFault(bytes, format.name) === '') return valueAt(bytes, 0)
  return readDer(berToDer(bytes, format.name), format)
}

/** DER of one BER value. Bounded in bytes, depth and values; two passes over the rows, none over the octets but the copy. */
export function berToDer(bytes: Uint8Array, name: string): Bytes {
  checkSize(bytes.length, name)
  const table = scan(bytes, name)
  const { cells } = table
  for (let row = table.rows - 1; row > 0; row--) {
    const whole = cell(table, row, ROLE) === SEGMENT ? segmentLength(bytes, table, row) : encodedLength(table, row)
    const parent = cell(table, row, PARENT) * WIDTH + LENGTH
    cells[parent] = (cells[parent] as number) + whole
  }
  return write(bytes, table, name)
}

function isBitString(bytes: Uint8Array, table: Table, row: number): boolean {
  return ((bytes[cell(table, row, START)] as number) & 0x1f) === 3
}

/** What a segment adds to the joined string: a BIT STRING's first octet counts its unused bits and is not content. */
function segmentLength(bytes: Uint8Array, table: Table, row: number): number {
  const length = cell(table, row, LENGTH)
  return cell(table, row, BODY_END) !== -1 && isBitString(bytes, table, row) ? length - 1 : length
}

function encodedLength(table: Table, row: number): number {
  const length = cell(table, row, LENGTH)
  return cell(table, row, IDENTIFIER_END) - cell(table, row, START) + lengthOctets(length) + length
}

function lengthOctets(length: number): number {
  return length < 0x80 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : length < 0x1000000 ? 4 : 5
}

/** An open constructed value: its row, the octet it cannot pass, and whether end-of-contents octets end it. */
interface Level {
  readonly row: number
  readonly limit: number
  readonly indefinite: boolean
}

/** Walks the headers. Ends of indefinite values are found on the way, so every octet is looked at once. */
function scan(bytes: Uint8Array, name: string): Table {
  const table: Table = { cells: new Int32Array(128 * WIDTH), rows: 0 }
  const levels: Level[] = [{ row: -1, limit: bytes.length, indefinite: false }]
  let position = 0
  do {
    const level = levels[levels.length - 1] as Level
    if (level.indefinite && bytes[position] === 0 && bytes[position + 1] === 0 && position + 2 <= level.limit) {
      position += 2
      levels.pop()
    } else {
      const opened = scanHeader(bytes, table, position, level, name)
      position = cell(table, table.rows - 1, opened === null ? BODY_END : BODY)
      if (opened !== null && levels.push(opened) > DER_LIMITS.maxDepth + 1)
        fail('ERR_LIMIT', `${name}: nested deeper than ${String(DER_LIMITS.maxDepth)}`)
    }
    while (levels.length > 1 && isFull(levels[levels.length - 1] as Level, position)) levels.pop()
  } while (levels.length > 1)
  if (position !== bytes.length) fail('ERR_ENCODING', `${name}: the BER is followed by other bytes`)
  return table
}

function isFull(level: Level, position: number): boolean {
  return !level.indefinite && position === level.limit
}

function broken(name: string): never {
  return fail('ERR_ENCODING', `${name}: the BER is cut short or malformed`)
}

/** Adds the row of the header at `position`; answers with the level that it opens, `null` when it is primitive. */
function scanHeader(bytes: Uint8Array, table: Table, position: number, level: Level, name: string): Level | null {
  if (position + 2 > level.limit) broken(name)
  const identifierEnd = endOfIdentifier(bytes, position, level.limit, name)
  const first = bytes[identifierEnd] as number
  const tag = bytes[position] as number
  const constructed = (tag & 0x20) !== 0
  const indefinite = first === 0x80
  if (tag === 0 || (indefinite && !constructed)) broken(name)
  const count = first > 0x80 ? first & 0x7f : 0
  const body = identifierEnd + 1 + count
  // Leading zero octets of a length are BER; more than eight octets are nobody's.
  if (count > 8 || body > level.limit) broken(name)
  let length = first
  if (count > 0) {
    length = 0
    for (let i = 0; i < count; i++) length = length * 256 + (bytes[identifierEnd + 1 + i] as number)
  }
  if (!indefinite && length > level.limit - body) broken(name)
  const row = newRow(table, name)
  const { cells } = table
  cells[row + START] = position
  cells[row + IDENTIFIER_END] = identifierEnd
  cells[row + BODY] = body
  cells[row + BODY_END] = constructed ? -1 : body + length
  cells[row + PARENT] = level.row
  finishRow(bytes, table, row, name)
  if (!constructed) return null
  return { row: table.rows - 1, limit: indefinite ? level.limit : body + length, indefinite }
}

function endOfIdentifier(bytes: Uint8Array, position: number, limit: number, name: string): number {
  let at = position + 1
  if (((bytes[position] as number) & 0x1f) === 0x1f) {
    while (at < limit && (bytes[at] as number) >= 0x80) at++
    at++
  }
  if (at >= limit || at - position > 5) broken(name)
  return at
}

/** Index of the first cell of a new row. */
function newRow(table: Table, name: string): number {
  if (table.rows >= DER_LIMITS.maxNodes) fail('ERR_LIMIT', `${name}: more than ${String(DER_LIMITS.maxNodes)} values`)
  const row = table.rows++ * WIDTH
  if (row === table.cells.length) {
    const cells = new Int32Array(2 * row)
    cells.set(table.cells)
    table.cells = cells
  }
  return row
}

function finishRow(bytes: Uint8Array, table: Table, row: number, name: string): void {
  const { cells } = table
  const tag = bytes[cells[row + START] as number] as number
  const contentLength = (cells[row + BODY_END] as number) - (cells[row + BODY] as number)
  const role = roleOf(bytes, table, tag, cells[row + PARENT] as number, name)
  const bits = (tag & 0xdf) === 0x03
  if (bits && contentLength === 0) broken(name)
  cells[row + ROLE] = role
  // Of a joined BIT STRING one octet, the count of unused bits, is written before the segments' bits.
  cells[row + LENGTH] = (tag & 0x20) === 0 ? contentLength : bits && role === JOINED ? 1 : 0
}

function roleOf(bytes: Uint8Array, table: Table, tag: number, parent: number, name: string): number {
  const number = tag & 0x1f
  if (parent >= 0 && cell(table, parent, ROLE) !== PLAIN) {
    // Segments have the string's own type; of a restricted character string they may be octet strings (X.690 §8.23.6).
    const string = (bytes[cell(table, parent, START)] as number) & 0x1f
    if ((tag & 0xc0) !== 0 || (number !== string && !(number === 4 && string !== 3))) broken(name)
    return SEGMENT
  }
  if ((tag & 0xe0) !== 0x20) return PLAIN
  // Constructed: SEQUENCE, SET, EXTERNAL, EMBEDDED PDV. Of the rest only strings and times may come in segments.
  if (number === 0x10 || number === 0x11 || number === 0x08 || number === 0x0b) return PLAIN
  if (number === 3 || number === 4 || number === 0x0c || (number >= 0x12 && number <= 0x1e)) return JOINED
  return broken(name)
}

function write(bytes: Uint8Array, table: Table, name: string): Bytes {
  const out = new Uint8Array(encodedLength(table, 0))
  let at = 0
  // Where the count of unused bits of the BIT STRING being joined stands.
  let unusedAt = -1
  for (let row = 0; row < table.rows; row++) {
    const role = cell(table, row, ROLE)
    if (role !== SEGMENT) at = writeHeader(bytes, table, row, out, at)
    const body = cell(table, row, BODY)
    const bodyEnd = cell(table, row, BODY_END)
    const bits = role !== PLAIN && isBitString(bytes, table, row)
    if (bits && role === JOINED) unusedAt = at++
    if (bodyEnd < 0) continue
    if (bits) {
      // Only the last segment may have unused bits (X.690 §8.6.4): a gap in the middle is a choice of readings.
      if (out[unusedAt] !== 0) broken(name)
      out[unusedAt] = bytes[body] as number
    }
    at = copyOctets(bytes, bits ? body + 1 : body, bodyEnd, out, at)
  }
  return out
}

/** `out.set` pays for a view each time; most contents are a few octets. Answers with where the copy ends. */
function copyOctets(bytes: Uint8Array, from: number, to: number, out: Uint8Array, at: number): number {
  if (to - from > 64) {
    out.set(bytes.subarray(from, to), at)
    return at + to - from
  }
  let end = at
  for (let i = from; i < to; i++) out[end++] = bytes[i] as number
  return end
}

function writeHeader(bytes: Uint8Array, table: Table, row: number, out: Uint8Array, position: number): number {
  let at = copyOctets(bytes, cell(table, row, START), cell(table, row, IDENTIFIER_END), out, position)
  if (cell(table, row, ROLE) === JOINED) out[position] = (out[position] as number) & 0xdf
  const length = cell(table, row, LENGTH)
  const octets = lengthOctets(length)
  if (octets === 1) out[at++] = length
  else {
    out[at++] = 0x80 | (octets - 1)
    for (let shift = octets - 2; shift >= 0; shift--) out[at++] = length / 2 ** (8 * shift)
  }
  return at
}
