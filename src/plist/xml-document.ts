import type { Bytes } from '../types.js'
import { encodeBase64Into } from './xml-base64.js'

/** Data, to be written in lines behind so many tabs. */
interface DataPart {
  readonly data: Uint8Array
  readonly tabs: number
}
/** Data stand apart from the text around them: they are large, and their base64 is octets from the start. */
export type DocumentPart = string | Bytes | DataPart

function isData(part: DocumentPart): part is DataPart {
  // Not by its class: a runtime's encoder may be of another realm.
  return typeof part === 'object' && 'data' in part
}

/** Apple's lines have 76 columns, a tab counting for eight up to the eighth. */
function octetsInLine(tabs: number): number {
  return ((76 - 8 * Math.min(tabs, 8)) / 4) * 3
}

function linesLength({ data, tabs }: DataPart): number {
  return Math.ceil(data.length / 3) * 4 + Math.ceil(data.length / octetsInLine(tabs)) * (tabs + 1)
}

/** Answers with where the lines end in `out`. */
function writeLines({ data, tabs }: DataPart, out: Uint8Array, at: number): number {
  // Also of an array whose buffer was transferred: no view of it can be had.
  if (data.length === 0) return at
  const inLine = octetsInLine(tabs)
  const from = new DataView(data.buffer, data.byteOffset, data.length)
  const to = new DataView(out.buffer, out.byteOffset, out.length)
  for (let start = 0; start < data.length; start += inLine) {
    for (let i = 0; i < tabs; i++) out[at++] = 0x09
    at = encodeBase64Into(from, start, Math.min(start + inLine, data.length), to, at)
    out[at++] = 0x0a
  }
  return at
}

const encoder = /* @__PURE__ */ new TextEncoder()

export function joinParts(parts: readonly DocumentPart[]): Bytes {
  return joinAscii(parts) ?? joinUtf8(parts)
}

/** Each text is encoded before it is joined. */
export function joinUtf8(parts: readonly DocumentPart[]): Bytes {
  const encoded = parts.map((part) => (typeof part === 'string' ? encoder.encode(part) : part))
  // Octets are not asked whether they are ASCII.
  return joinAscii(encoded) as Bytes
}

/** The document in as many octets as it has characters, as most are ASCII; `null` where it is not. */
export function joinAscii(parts: readonly DocumentPart[]): Bytes | null {
  let length = 0
  for (const part of parts) length += isData(part) ? linesLength(part) : part.length
  const joined = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    if (typeof part === 'string') {
      if (encoder.encodeInto(part, joined.subarray(at, at + part.length)).read !== part.length) return null
      at += part.length
    } else if (isData(part)) at = writeLines(part, joined, at)
    else {
      joined.set(part, at)
      at += part.length
    }
  }
  return joined
}
