// Where a BER value ends, told from its outermost headers alone: of what is cut short or has something behind it.
import { isIllegalUniversalTag } from '../asn1/der-reader.js'
import { encodeTlv } from '../asn1/der-writer.js'
import type { Bytes } from '../types.js'

interface Header {
  readonly tag: number
  readonly body: number
  /** As stated, also past the end of the bytes; `null`: of indefinite length. */
  readonly end: number | null
}

/** `null`: the bytes end inside it, or it is none. Tags above 30 are left out: nothing here begins with one. */
function headerAt(bytes: Uint8Array, start: number): Header | null {
  const tag = bytes[start] ?? 0
  const first = bytes[start + 1]
  if (first === undefined || (tag & 0x1f) === 0x1f || isIllegalUniversalTag(tag)) return null
  if (first === 0x80) return (tag & 0x20) === 0 ? null : { tag, body: start + 2, end: null }
  const count = first > 0x80 ? first & 0x7f : 0
  const body = start + 2 + count
  if (count > 4 || body > bytes.length) return null
  let length = count === 0 ? first : 0
  for (let at = start + 2; at < body; at++) length = length * 256 + (bytes[at] as number)
  return { tag, body, end: body + length }
}

function isEndOfContents(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0 && bytes[at + 1] === 0
}

/** Where the value at `start` ends, also past the end of the bytes; `null` where they do not say. */
export function endOfValue(bytes: Uint8Array, start: number): number | null {
  let position = start
  let open = 0
  do {
    if (open > 0 && isEndOfContents(bytes, position)) {
      position += 2
      open--
      continue
    }
    const header = headerAt(bytes, position)
    if (header === null) return null
    if (header.end === null) open++
    position = header.end ?? header.body
  } while (open > 0)
  return position
}

const MAX_DEPTH = 32

/** The value at the begin without what was cut: the members that are whole, in what is around them. `null`: none is, or it is no value. */
export function wholeMembers(bytes: Uint8Array, start = 0, depth = 0): Bytes | null {
  const header = headerAt(bytes, start)
  if (header === null || (header.tag & 0x20) === 0 || depth === MAX_DEPTH) return null
  const members: Uint8Array[] = []
  let at = header.body
  while (at < bytes.length && !isEndOfContents(bytes, at)) {
    const end = endOfValue(bytes, at)
    if (end !== null && header.end !== null && end > header.end) return null
    if (end === null || end > bytes.length) {
      const begun = wholeMembers(bytes, at, depth + 1)
      if (begun !== null) members.push(begun)
      break
    }
    members.push(bytes.subarray(at, end))
    at = end
  }
  return members.length === 0 ? null : encodeTlv(header.tag, ...members)
}
