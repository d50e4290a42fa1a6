import { fail } from '../errors.js'
import { decodeBase64In, encodeBase64 } from '../bytes/base64.js'
import { latin1Text, sameOctets, utf8Bytes } from '../bytes/bytes.js'
import type { Bytes } from '../types.js'
import { checkSize } from './der-reader.js'

/** One block of a PEM text. `headers`: the lines of RFC 1421 that OpenSSL's old private keys carry. */
export interface PemBlock {
  readonly label: string
  readonly headers: readonly string[]
  readonly der: Bytes
}

const BEGIN = /^-----BEGIN ([A-Z0-9][A-Z0-9 ]{0,63})-----$/
const LINE_END = /\r\n|\n|\r/
/** At the begin of a body, which is behind a line end. */
const HEADER = /^(?:\r\n|\n|\r)[^\S\r\n]*[A-Za-z][A-Za-z0-9-]*:/

/** All blocks of a PEM text at once. */
export function readPemBlocks(text: string): readonly PemBlock[] {
  return [...pemBlocks(text)]
}

/**
 * The blocks of a PEM text one by one, explanatory text around them allowed (RFC 7468 §2), lines ended by LF, CR LF or CR.
 *
 * Throws `ERR_ENCODING` when a block has no end, an end of another label, or something else than base64 inside.
 */
export function* pemBlocks(text: string): Generator<PemBlock, void> {
  checkSize(text.length, 'PEM')
  // One place to decode in: an array for each block would be as much to collect as the blocks are.
  let place = new Uint8Array(0)
  // From boundary to boundary: a list of all lines would live as long as the reading.
  for (let begin = nextBoundary(text, 0); begin >= 0;) {
    const body = endOfLine(text, begin)
    const label = BEGIN.exec(text.slice(begin, body).trim())?.[1]
    begin = nextBoundary(text, body)
    if (label === undefined) continue
    const after = endOfLine(text, begin)
    if (begin < 0 || text.slice(begin, after).trim() !== `-----END ${label}-----`)
      fail('ERR_ENCODING', 'PEM: a block is not ended by the label that began it')
    const inside = text.slice(body, startOfLine(text, begin))
    if (place.length < inside.length) place = new Uint8Array(Math.max(inside.length, 4096))
    yield readBlock(label, inside, place)
    begin = nextBoundary(text, after)
  }
}

/** Where the next line of dashes begins, its blanks left out; -1 where there is none. `from`: not inside a line. */
function nextBoundary(text: string, from: number): number {
  let dashes = text.indexOf('-----', from)
  while (dashes >= 0) {
    if (text.slice(startOfLine(text, dashes), dashes).trim() === '') return dashes
    from = endOfLine(text, dashes)
    dashes = text.indexOf('-----', from)
  }
  return -1
}

function isLineEnd(character: number): boolean {
  return character === 0x0a || character === 0x0d
}

function startOfLine(text: string, from: number): number {
  let start = from
  while (start > 0 && !isLineEnd(text.charCodeAt(start - 1))) start--
  return start
}

function endOfLine(text: string, from: number): number {
  let end = from
  while (end < text.length && !isLineEnd(text.charCodeAt(end))) end++
  return end
}

function readBlock(label: string, body: string, place: Bytes): PemBlock {
  const { headers, base64 } = HEADER.test(body) ? splitHeaders(body) : { headers: [], base64: body }
  const der = decodeBase64In(place, base64)
  if (der === null) return fail('ERR_ENCODING', 'PEM: a block holds something else than base64')
  return { label, headers, der }
}

/** Up to a blank line; without one there are none. */
function splitHeaders(body: string): { readonly headers: readonly string[]; readonly base64: string } {
  // Without what is left of the lines around.
  const lines = body.split(LINE_END).slice(1, -1)
  const blank = lines.findIndex((line) => line.trim() === '')
  const headers = lines.slice(0, Math.max(0, blank)).map((line) => line.trim())
  return { headers, base64: lines.slice(blank + 1).join('\n') }
}

/** DER of the one block with one of these labels. Other labels around it (a key beside its certificate) are passed over. */
export function readPem(text: string, labels: readonly string[], name: string): PemBlock {
  const fitting = readPemBlocks(text).filter((block) => labels.includes(block.label))
  const [block] = fitting
  if (block === undefined || fitting.length > 1)
    return fail('ERR_ENCODING', `${name}: exactly one PEM block "${labels[0] ?? ''}" is expected`)
  return block
}

/** 64 characters a line, LF, with a line end at the end (RFC 7468 §3). */
export function writePem(label: string, der: Uint8Array): string {
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/**
 * The text of a PEM file that was read as bytes; `null` where there is no block in them. All DER that is read here begins with
 * SEQUENCE: a PEM text that begins with the digit 0 is to be given as a string.
 */
export function pemTextIn(bytes: Uint8Array): string | null {
  return bytes[0] !== 0x30 && hasPemBlock(bytes) ? latin1Text(bytes) : null
}

const OPENING = /* @__PURE__ */ utf8Bytes('-----BEGIN ')

/** Anywhere. */
function hasPemBlock(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(0x2d); at >= 0; at = bytes.indexOf(0x2d, at + 1))
    if (sameOctets(bytes, at, OPENING, 0, OPENING.length)) return true
  return false
}
