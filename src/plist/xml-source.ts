import { forbiddenCharacterAt } from './xml-characters.js'
import { failPlist } from './failure.js'
import { failLimit } from './limits.js'
import { utf16Text } from './utf16.js'

/** The text of a document, and how to tell where in the caller's input a place of it stands. */
export interface XmlSource {
  readonly text: string
  /** How the text was stored, for the encoding declaration to agree with. Text that came as a string: `null`. */
  readonly storedAs: 'UTF-8' | 'UTF-16' | null
  /** Offset in the input: octets, or UTF-16 units when the input is a string. */
  offsetOf(index: number): number
}

const utf8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true })

function utf8Length(text: string, end: number): number {
  let length = 0
  for (let i = 0; i < end; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) length++
    else if (unit < 0x800) length += 2
    // Each half of a pair counts two of its four octets.
    else length += unit >= 0xd800 && unit < 0xe000 ? 2 : 3
  }
  return length
}

function fromUtf8(bytes: Uint8Array): XmlSource {
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    failPlist('the octets are not UTF-8', null, [])
  }
  return { text, storedAs: 'UTF-8', offsetOf: (index) => mark + utf8Length(text, index) }
}

function fromUtf16(bytes: Uint8Array, littleEndian: boolean): XmlSource {
  if (bytes.length % 2 !== 0) failPlist('UTF-16 text ends in the middle of a character', bytes.length - 1, [])
  const text = utf16Text(bytes, 2, bytes.length / 2 - 1, littleEndian)
  return { text, storedAs: 'UTF-16', offsetOf: (index) => 2 + 2 * index }
}

function fromString(text: string): XmlSource {
  const mark = text.charCodeAt(0) === 0xfeff ? 1 : 0
  return { text: mark === 1 ? text.slice(1) : text, storedAs: null, offsetOf: (index) => mark + index }
}

function decode(input: Uint8Array | string): XmlSource {
  if (typeof input === 'string') return fromString(input)
  if (input[0] === 0xff && input[1] === 0xfe) return fromUtf16(input, true)
  if (input[0] === 0xfe && input[1] === 0xff) return fromUtf16(input, false)
  return fromUtf8(input)
}

/** UTF-8, or UTF-16 with its byte order mark (XML 1.0 §4.3.3). Every character is one that XML allows. */
export function xmlSource(input: Uint8Array | string, maxBytes: number): XmlSource {
  // The caller has compared the length; only a text whose octets could be more is measured.
  if (typeof input === 'string' && input.length * 3 > maxBytes && utf8Length(input, input.length) > maxBytes) {
    failLimit('maxBytes')
  }
  const source = decode(input)
  const forbidden = forbiddenCharacterAt(source.text)
  if (forbidden >= 0) failPlist('a character that XML does not allow', source.offsetOf(forbidden), [])
  return source
}
