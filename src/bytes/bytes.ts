import { fail } from '../errors.js'
import type { Bytes } from '../types.js'

/** Up to here a plain loop is faster than what has to be set up first: a call of the encoder costs what 150 characters do. */
const SHORT = 100

/** Joins the parts into one new array. */
export function concatBytes(parts: readonly Uint8Array[]): Bytes {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/**
 * A copy that no caller can change from outside; also narrows away a SharedArrayBuffer. Of anything but octets the constructor would
 * make zeros, or nothing: that is refused with `ERR_INVALID_ARGUMENT`.
 */
export function copyBytes(bytes: Uint8Array): Bytes {
  if (!isBytes(bytes)) fail('ERR_INVALID_ARGUMENT', 'bytes: a Uint8Array is expected')
  return new Uint8Array(bytes)
}

/** Of another realm, too. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || Object.prototype.toString.call(value) === '[object Uint8Array]'
}

/** Plain comparison, for public values. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  const { length } = a
  if (length !== b.length) return false
  for (let i = length > SHORT ? equalWords(a, b, length) : 0; i < length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Sixteen at a time, as far as they are equal: a certificate is compared each time it is used. */
function equalWords(a: Uint8Array, b: Uint8Array, length: number): number {
  const one = new DataView(a.buffer, a.byteOffset, length)
  const other = new DataView(b.buffer, b.byteOffset, length)
  const difference = (at: number): number => one.getInt32(at, true) ^ other.getInt32(at, true)
  let at = 0
  while (at + 16 <= length && (difference(at) | difference(at + 4) | difference(at + 8) | difference(at + 12)) === 0)
    at += 16
  return at
}

/** Whether so many octets stand in both, from these places on. */
export function sameOctets(a: Uint8Array, inA: number, b: Uint8Array, inB: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[inA + i] !== b[inB + i]) return false
  return true
}

/** Comparison whose time depends on the lengths alone, for secret values. */
export function equalBytesConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}

const encoder = /* @__PURE__ */ new TextEncoder()

/** Most texts here are ASCII, and have as many octets as characters. */
export function utf8Bytes(text: string): Bytes {
  const bytes = new Uint8Array(text.length)
  return writeAscii(text, bytes) ? bytes : encoder.encode(text)
}

/** Whether the text is ASCII: then its octets stand in `bytes`, from the first on. There is room for as many as it has characters. */
export function writeAscii(text: string, bytes: Uint8Array): boolean {
  const { length } = text
  if (length > SHORT) {
    const { read, written } = encoder.encodeInto(text, bytes)
    return read === length && written === length
  }
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return false
    bytes[i] = unit
  }
  return true
}

/** One octet for each character below U+0100. The caller knows that there is no other. */
export function latin1Bytes(text: string): Bytes {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/**
 * Joined at once: V8 would keep the pieces of a text that grew character by character, ten times its size. `apply` takes
 * any array-like; spreading one steps through its iterator. A few thousand at most: they go over the stack.
 */
export function charactersOf(bytes: ArrayLike<number>): string {
  return String.fromCharCode.apply(null, bytes as number[])
}

/** ASCII of at most 48 octets; `null` for all else, where a decoder is faster. */
export function shortAscii(bytes: Uint8Array, start: number, end: number): string | null {
  if (end - start > 48) return null
  const codes = new Array<number>(end - start)
  let all = 0
  for (let i = start; i < end; i++) all |= codes[i - start] = bytes[i] as number
  return all < 0x80 ? charactersOf(codes) : null
}

/** Each octet as the character of that number: total, and the inverse of `latin1Bytes`. */
export function latin1Text(bytes: Uint8Array): string {
  let text = ''
  // In slices: `fromCharCode` takes its characters from the stack.
  for (let at = 0; at < bytes.length; at += 8192) text += charactersOf(bytes.subarray(at, at + 8192))
  return text
}
