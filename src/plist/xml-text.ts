import { failXml, findAmpersand, skipAside, type XmlCursor } from './xml-cursor.js'
import { isXmlCharacter } from './xml-characters.js'
import { readCloseTag, type XmlElement } from './xml-tags.js'

const CLOSING: { readonly [E in XmlElement]: string } = {
  plist: '</plist>',
  dict: '</dict>',
  key: '</key>',
  array: '</array>',
  string: '</string>',
  data: '</data>',
  date: '</date>',
  integer: '</integer>',
  real: '</real>',
  true: '</true>',
  false: '</false>',
}

const ENTITIES: { readonly [name: string]: string } = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const REFERENCE = /&(?:(lt|gt|amp|quot|apos)|#([0-9]{1,10})|#x([0-9A-Fa-f]{1,8}));/y

/** The character that the reference at `at` stands for. Only XML's five entities are known. */
function readReference(cursor: XmlCursor, at: number): { readonly character: string; readonly length: number } {
  REFERENCE.lastIndex = at
  const match = REFERENCE.exec(cursor.text)
  if (match === null) failXml(cursor, 'a reference that is neither to a character nor one of the five entities', at)
  const length = match[0].length
  if (match[1] !== undefined) return { character: ENTITIES[match[1]] as string, length }
  const codePoint = match[2] === undefined ? parseInt(match[3] as string, 16) : parseInt(match[2], 10)
  if (!isXmlCharacter(codePoint)) failXml(cursor, 'a reference to a character that XML does not allow', at)
  return { character: String.fromCodePoint(codePoint), length }
}

/** Line ends as XML reads them (XML 1.0 §2.11). */
function withLineFeeds(cursor: XmlCursor, text: string): string {
  return cursor.hasCarriageReturns ? text.replace(/\r\n?/g, '\n') : text
}

/** Character data without markup from `start` to `end`, references resolved. */
function characterData(cursor: XmlCursor, start: number, end: number): string {
  if (cursor.hasSectionEnds) {
    const found = cursor.text.slice(start, end).indexOf(']]>')
    if (found >= 0) failXml(cursor, 'the end of a CDATA section that has no beginning', start + found)
  }
  let at = start
  let text = ''
  if (cursor.nextAmpersand < start) findAmpersand(cursor, start)
  while (cursor.nextAmpersand < end) {
    const ampersand = cursor.nextAmpersand
    const { character, length } = readReference(cursor, ampersand)
    text += withLineFeeds(cursor, cursor.text.slice(at, ampersand)) + character
    at = ampersand + length
    findAmpersand(cursor, at)
  }
  return text + withLineFeeds(cursor, cursor.text.slice(at, end))
}

function readSection(cursor: XmlCursor): string {
  const start = cursor.at + '<![CDATA['.length
  const end = cursor.text.indexOf(']]>', start)
  if (end < 0) failXml(cursor, 'a CDATA section without an end', cursor.at)
  cursor.at = end + 3
  return withLineFeeds(cursor, cursor.text.slice(start, end))
}

/** Text that comments, processing instructions or CDATA sections interrupt, up to its closing tag. */
function readInterruptedText(cursor: XmlCursor, element: XmlElement, start: number): string {
  let text = ''
  cursor.at = start
  for (;;) {
    const end = cursor.text.indexOf('<', cursor.at)
    if (end < 0) failXml(cursor, 'an element without an end', start)
    text += characterData(cursor, cursor.at, end)
    cursor.at = end
    if (cursor.text.startsWith('<![CDATA[', end)) text += readSection(cursor)
    else if (cursor.text.charCodeAt(end + 1) === 0x2f) {
      readCloseTag(cursor, element)
      return text
    } else if (!skipAside(cursor)) failXml(cursor, 'an element inside of text', end)
  }
}

/** Reads the text of the element whose opening tag ends at the cursor, and its closing tag. White space is kept. */
export function readText(cursor: XmlCursor, element: XmlElement): string {
  const start = cursor.at
  const end = cursor.text.indexOf('<', start)
  const closing = CLOSING[element]
  if (end < 0 || !cursor.text.startsWith(closing, end)) return readInterruptedText(cursor, element, start)
  cursor.at = end + closing.length
  if (cursor.nextAmpersand < start) findAmpersand(cursor, start)
  const plain = cursor.nextAmpersand >= end && !cursor.hasCarriageReturns && !cursor.hasSectionEnds
  return plain ? cursor.text.slice(start, end) : characterData(cursor, start, end)
}
