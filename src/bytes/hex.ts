import type { Bytes } from '../types.js'
import { charactersOf } from './bytes.js'

function digit(value: number): number {
  return value < 10 ? 0x30 + value : 0x57 + value
}

/** As many as go over the stack at once. */
const AT_ONCE = 4000

/** Lower-case hex, two digits an octet. */
export function encodeHex(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let text = ''
  for (let at = start; at < end; at += AT_ONCE) text += hexOf(bytes, at, Math.min(at + AT_ONCE, end))
  return text
}

function hexOf(bytes: Uint8Array, start: number, end: number): string {
  const codes = new Array<number>(2 * (end - start))
  for (let i = start, at = 0; i < end; i++) {
    const octet = bytes[i] as number
    codes[at++] = digit(octet >> 4)
    codes[at++] = digit(octet & 15)
  }
  return charactersOf(codes)
}

function nibble(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** Hex in either case, nothing between the digits; `null` when the text is anything else. */
export function decodeHex(text: string): Bytes | null {
  if (text.length % 2 !== 0) return null
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) {
    const high = nibble(text.charCodeAt(2 * i))
    const low = nibble(text.charCodeAt(2 * i + 1))
    if (high < 0 || low < 0) return null
    bytes[i] = (high << 4) | low
  }
  return bytes
}
