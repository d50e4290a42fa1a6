import type { Bytes } from '../types.js'
import { latin1Text, utf8Bytes } from './bytes.js'

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
  const lenient = options?.lenient === true
  const table = lenient ? LENIENT : STANDARD
  // From octets: a character of a text takes V8 several times as long to read.
  const digits = utf8Bytes(text)
  const out = new Uint8Array(mostOctets(digits))
  let length = 0
  let bits = 0
  let sextets = 0
  let padding = 0
  for (let i = 0; i < digits.length; i++) {
    // Four at a time while there is nothing but digits: what is decoded is long, and on the way of every signed request.
    if ((sextets & 3) === 0 && padding === 0) {
      const run = decodeQuads(digits, i, table, out, length)
      i += run
      sextets += run
      length += (run >> 2) * 3
      if (i === digits.length) break
    }
    const value = table[digits[i] as number] as number
    if (value < PAD) {
      if (padding > 0) return null
      bits = (bits << 6) | value
      if ((++sextets & 3) === 0) {
        out[length++] = bits >> 16
        out[length++] = bits >> 8
        out[length++] = bits
        bits = 0
      }
    } else if (value === PAD) padding++
    else if (value === WRONG) return null
  }
  return finishBase64(out, length, bits, sextets & 3, padding, lenient)
}

/** As many as there are where no white space stands between the digits. */
function mostOctets(digits: Uint8Array): number {
  let { length } = digits
  while (length > 0 && digits[length - 1] === PADDING) length--
  return Math.floor((length * 3) / 4)
}

/** Decodes from `start` on while whole groups of four are digits; answers with how many these were. */
function decodeQuads(digits: Uint8Array, start: number, table: Uint8Array, out: Bytes, length: number): number {
  let i = start
  for (const last = digits.length - 4; i <= last; i += 4) {
    const a = table[digits[i] as number] as number
    const b = table[digits[i + 1] as number] as number
    const c = table[digits[i + 2] as number] as number
    const d = table[digits[i + 3] as number] as number
    if ((a | b | c | d) >= PAD) break
    const bits = (a << 18) | (b << 12) | (c << 6) | d
    out[length++] = bits >> 16
    out[length++] = bits >> 8
    out[length++] = bits
  }
  return i - start
}

function finishBase64(
  out: Bytes,
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
    out[length++] = bits >> 4
  } else if (rest === 3) {
    if (!lenient && (bits & 0x03) !== 0) return null
    out[length++] = bits >> 10
    out[length++] = bits >> 2
  }
  return length === out.length ? out : out.slice(0, length)
}
