import { failXml, skipSpace, type XmlCursor } from './xml-cursor.js'
import { isXmlSpace } from './xml-characters.js'

export type XmlElement =
  'plist' | 'dict' | 'key' | 'array' | 'string' | 'data' | 'date' | 'integer' | 'real' | 'true' | 'false'

/** By first letter, the commonest first. */
const ELEMENTS: { readonly [unit: number]: readonly XmlElement[] } = {
  0x6b: ['key'],
  0x73: ['string'],
  0x69: ['integer'],
  0x64: ['dict', 'data', 'date'],
  0x61: ['array'],
  0x74: ['true'],
  0x66: ['false'],
  0x72: ['real'],
  0x70: ['plist'],
}
const NONE: readonly XmlElement[] = []

const ATTRIBUTE = /([A-Za-z_:\u0080-\uffff][-A-Za-z0-9_:.\u0080-\uffff]*)[ \t\r\n]*=[ \t\r\n]*(?:"[^<"&]*"|'[^<'&]*')/y

/** Attributes say nothing in a property list (`version` of the root aside, which is always 1.0): well formed, then dropped. */
function skipAttributes(cursor: XmlCursor): void {
  const seen: string[] = []
  for (;;) {
    const before = cursor.at
    skipSpace(cursor)
    const unit = cursor.text.charCodeAt(cursor.at)
    if (unit === 0x3e || unit === 0x2f) return
    ATTRIBUTE.lastIndex = cursor.at
    const match = ATTRIBUTE.exec(cursor.text)
    const name = match?.[1]
    if (match === null || name === undefined || cursor.at === before) failXml(cursor, 'a malformed tag', cursor.at)
    if (seen.includes(name)) failXml(cursor, 'an attribute that is there twice', cursor.at)
    // XML sets no bound; a plain one keeps the search above linear.
    if (seen.push(name) > 16) failXml(cursor, 'more than sixteen attributes', cursor.at)
    cursor.at += match[0].length
  }
}

/** Reads the opening tag at the cursor. `empty`: it closes itself. */
export function readOpenTag(cursor: XmlCursor): { readonly element: XmlElement; readonly empty: boolean } {
  const start = cursor.at
  const { text } = cursor
  for (const element of ELEMENTS[text.charCodeAt(start + 1)] ?? NONE) {
    if (!text.startsWith(element, start + 1)) continue
    cursor.at = start + 1 + element.length
    const unit = text.charCodeAt(cursor.at)
    if (unit === 0x3e) {
      cursor.at++
      return { element, empty: false }
    }
    if (isXmlSpace(unit)) skipAttributes(cursor)
    else if (unit !== 0x2f) break
    return { element, empty: endOpenTag(cursor) }
  }
  failXml(cursor, 'an element that property lists do not have', start)
}

function endOpenTag(cursor: XmlCursor): boolean {
  const empty = cursor.text.charCodeAt(cursor.at) === 0x2f
  if (empty) cursor.at++
  if (cursor.text.charCodeAt(cursor.at) !== 0x3e) failXml(cursor, 'a malformed tag', cursor.at)
  cursor.at++
  return empty
}

/** Reads the closing tag at the cursor, which must be this element's. */
export function readCloseTag(cursor: XmlCursor, element: XmlElement): void {
  const start = cursor.at
  if (!cursor.text.startsWith(element, start + 2)) failXml(cursor, 'a closing tag of another element', start)
  cursor.at = start + 2 + element.length
  skipSpace(cursor)
  if (cursor.text.charCodeAt(cursor.at) !== 0x3e) failXml(cursor, 'a closing tag of another element', start)
  cursor.at++
}
