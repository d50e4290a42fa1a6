import type { Bytes } from '../types.js'
import { latin1Text, writeAscii } from './bytes.js'

/** Standard alphabet with padding, on one line (RFC 4648 §4). */
export function encodeBase64(bytes: Uint8Array): string {
  return btoa(latin1Text(bytes))
}

/** The standard digits (RFC 4648 §4). */
export const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
export const PADDING = 0x3d

const PAD = 64
const SPACE = 65
const WRONG = 255

/** One entry a character: its six bits, or what else it is. URL-safe and standard alphabet side by side. */
const STANDARD = /* @__PURE__ */ tableOf(ALPHABET)
const LENIENT = /* @__PURE__ */ lenientTable()

function tableOf(alphabet: string): Uint8Array {
  const table = new Uint8Array(256).fill(WRONG)
  for (let i = 0; i < alphabet.length; i++) table[alphabet.charCodeAt(i)] = i
  for (const space of ' \t\r\n\f') table[space.charCodeAt(0)] = SPACE
  table[PADDING] = PAD
  return table
}

function lenientTable(): Uint8Array {
  const table = STANDARD.slice()
  table[0x2d] = 62
  table[0x5f] = 63
  return table
}

export interface Base64Options {
  /** Also the URL-safe alphabet, and padding that is missing. */
  readonly lenient?: boolean
}

/**
 * White space anywhere, padding only at the end. `null` when the text is anything else.
 *
 * Strict (the default): standard alphabet, padding complete, and the bits that no octet uses are zero, so that one
 * value has one spelling up to white space (RFC 4648 §3.5).
 */
export function decodeBase64(text: string, options?: Base64Options): Bytes | null {
  return decodeBase64In(new Uint8Array(text.length), text, options)
}

/** The same for who decodes many, with a place to work in: at least as many octets as the text has characters. */
export function decodeBase64In(place: Bytes, text: string, options?: Base64Options): Bytes | null {
  const lenient = options?.lenient === true
  const table = lenient ? LENIENT : STANDARD
  // From octets: a character of a text takes V8 several times as long to read.
  if (!writeAscii(text, place)) return null
  const end = text.length
  let length = 0
  let bits = 0
  let sextets = 0
  let padding = 0
  for (let i = 0; i < end; i++) {
    // Four at a time while there is nothing but digits: what is decoded is long, and on the way of every signed request.
    if ((sextets & 3) === 0 && padding === 0) {
      const run = decodeQuads(place, i, end, table, length)
      i += run
      sextets += run
      length += (run >> 2) * 3
      if (i === end) break
    }
    const value = table[place[i] as number] as number
    if (value < PAD) {
      if (padding > 0) return null
      bits = (bits << 6) | value
      if ((++sextets & 3) === 0) {
        place[length++] = bits >> 16
        place[length++] = bits >> 8
        place[length++] = bits
        bits = 0
      }
    } else if (value === PAD) padding++
    else if (value === WRONG) return null
  }
  return finishBase64(place, length, bits, sextets & 3, padding, lenient)
}

/**
 * Decodes from `start` on while whole groups of four are digits; answers with how many these were. What is decoded takes
 * less room than its digits, which are read already.
 */
function decodeQuads(place: Bytes, start: number, end: number, table: Uint8Array, length: number): number {
  let i = start
  for (const last = end - 4; i <= last; i += 4) {
    const a = table[place[i] as number] as number
    const b = table[place[i + 1] as number] as number
    const c = table[place[i + 2] as number] as number
    const d = table[place[i + 3] as number] as number
    if ((a | b | c | d) >= PAD) break
    const bits = (a << 18) | (b << 12) | (c << 6) | d
    place[length++] = bits >> 16
    place[length++] = bits >> 8
    place[length++] = bits
  }
  return i - start
}

function finishBase64(
  place: Bytes,
  length: number,
  bits: number,
  rest: number,
  padding: number,
  lenient: boolean,
): Bytes | null {
  if (rest === 1) return null
  const wanted = rest === 0 ? 0 : 4 - rest
  if (padding !== wanted && !(lenient && padding === 0)) return null
  if (rest === 2) {
    if (!lenient && (bits & 0x0f) !== 0) return null
    place[length++] = bits >> 4
  } else if (rest === 3) {
    if (!lenient && (bits & 0x03) !== 0) return null
    place[length++] = bits >> 10
    place[length++] = bits >> 2
  }
  return place.slice(0, length)
}
