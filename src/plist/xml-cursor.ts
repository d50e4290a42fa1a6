import { failPlist, type PlistPath } from './failure.js'
import { isXmlSpace } from './xml-characters.js'
import type { XmlSource } from './xml-source.js'

/** A place in a document that moves forward only. */
export interface XmlCursor {
  readonly source: XmlSource
  readonly text: string
  at: number
  /** The next `&`, for text that is not searched again for each element. */
  nextAmpersand: number
  readonly hasCarriageReturns: boolean
  readonly hasSectionEnds: boolean
  /** Keys and indices down to where the cursor stands, for errors. */
  readonly path: () => PlistPath
}

export function xmlCursor(source: XmlSource, path: () => PlistPath): XmlCursor {
  const { text } = source
  const cursor: XmlCursor = {
    source,
    text,
    at: 0,
    nextAmpersand: 0,
    hasCarriageReturns: text.includes('\r'),
    hasSectionEnds: text.includes(']]>'),
    path,
  }
  findAmpersand(cursor, 0)
  return cursor
}

/** Moves `nextAmpersand` to the first one at `from` or later. */
export function findAmpersand(cursor: XmlCursor, from: number): void {
  const found = cursor.text.indexOf('&', from)
  cursor.nextAmpersand = found < 0 ? cursor.text.length : found
}

export function failXml(cursor: XmlCursor, rule: string, at: number): never {
  failPlist(rule, cursor.source.offsetOf(at), cursor.path())
}

export function skipSpace(cursor: XmlCursor): void {
  while (isXmlSpace(cursor.text.charCodeAt(cursor.at))) cursor.at++
}

/** Steps over `<!-- … -->`, where the cursor stands. XML 1.0 §2.5: `--` does not occur inside. */
function skipComment(cursor: XmlCursor): void {
  const dashes = cursor.text.indexOf('--', cursor.at + 4)
  if (dashes < 0) failXml(cursor, 'a comment without an end', cursor.at)
  if (cursor.text.charAt(dashes + 2) !== '>') failXml(cursor, 'two hyphens inside a comment', dashes)
  cursor.at = dashes + 3
}

const TARGET = /<\?([A-Za-z_:\u0080-\uffff][-A-Za-z0-9_:.\u0080-\uffff]*)(?=[ \t\r\n]|\?>)/y

/** Steps over `<?target … ?>`, where the cursor stands. XML 1.0 §2.6: the target is not `xml` in any case. */
function skipInstruction(cursor: XmlCursor): void {
  TARGET.lastIndex = cursor.at
  const target = TARGET.exec(cursor.text)?.[1]
  if (target === undefined) failXml(cursor, 'a processing instruction without a target', cursor.at)
  if (target.toLowerCase() === 'xml') failXml(cursor, 'an XML declaration that does not begin the document', cursor.at)
  const end = cursor.text.indexOf('?>', cursor.at + 2)
  if (end < 0) failXml(cursor, 'a processing instruction without an end', cursor.at)
  cursor.at = end + 2
}

/** Steps over one comment or processing instruction; whether there was one. */
export function skipAside(cursor: XmlCursor): boolean {
  if (cursor.text.startsWith('<!--', cursor.at)) skipComment(cursor)
  else if (cursor.text.startsWith('<?', cursor.at)) skipInstruction(cursor)
  else return false
  return true
}

/** Steps over white space, comments and processing instructions, up to a tag. Anything else does not belong there. */
export function skipToTag(cursor: XmlCursor): void {
  for (;;) {
    skipSpace(cursor)
    if (cursor.text.charCodeAt(cursor.at) !== 0x3c) {
      if (cursor.at >= cursor.text.length) failXml(cursor, 'the document ends inside the property list', cursor.at)
      failXml(cursor, 'text where none belongs', cursor.at)
    }
    const next = cursor.text.charCodeAt(cursor.at + 1)
    if (next !== 0x21 && next !== 0x3f) return
    if (!skipAside(cursor)) failXml(cursor, 'text where none belongs', cursor.at)
  }
}
