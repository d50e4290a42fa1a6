import { concatBytes, utf8Bytes, writeAscii } from '../bytes/bytes.js'
import type { Bytes } from '../types.js'
import { encodeBase64Into } from './xml-base64.js'

/** Data, to be written in lines behind so many tabs, before the character `at` of the text. */
export interface DocumentData {
  readonly at: number
  readonly data: Uint8Array
  readonly tabs: number
}

/** Data stand apart from the text around them: they are large, and their base64 is octets from the start. */
export interface XmlDocument {
  readonly text: string
  readonly data: readonly DocumentData[]
}

/** Apple's lines have 76 columns, a tab counting for eight up to the eighth. */
function octetsInLine(tabs: number): number {
  return ((76 - 8 * Math.min(tabs, 8)) / 4) * 3
}

function linesLength({ data, tabs }: DocumentData): number {
  return Math.ceil(data.length / 3) * 4 + Math.ceil(data.length / octetsInLine(tabs)) * (tabs + 1)
}

/** Answers with where the lines end in `out`. */
function writeLines({ data, tabs }: DocumentData, out: Uint8Array, at: number): number {
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

export function joinDocument(document: XmlDocument): Bytes {
  return joinAscii(document) ?? joinUtf8(document)
}

/** Each piece of text is encoded before they are joined. */
export function joinUtf8({ text, data }: XmlDocument): Bytes {
  const parts: Bytes[] = []
  let written = 0
  for (const part of data) {
    const lines = new Uint8Array(linesLength(part))
    writeLines(part, lines, 0)
    parts.push(utf8Bytes(text.slice(written, part.at)), lines)
    written = part.at
  }
  return concatBytes([...parts, utf8Bytes(text.slice(written))])
}

/** The document in as many octets as it has characters, as most are ASCII; `null` where it is not. */
export function joinAscii({ text, data }: XmlDocument): Bytes | null {
  let { length } = text
  for (const part of data) length += linesLength(part)
  const joined = new Uint8Array(length)
  // The whole text at the end, as each call of the encoder takes a microsecond; then what stands before data moves to its place.
  const lead = length - text.length
  if (!writeAscii(text, joined.subarray(lead))) return null
  let at = 0
  let written = 0
  for (const part of data) {
    joined.copyWithin(at, lead + written, lead + part.at)
    at = writeLines(part, joined, at + part.at - written)
    written = part.at
  }
  return joined
}
