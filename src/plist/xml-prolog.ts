import { failXml, skipAside, skipSpace, type XmlCursor } from './xml-cursor.js'

const DECLARATION =
  /<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.[0-9]+"|'1\.[0-9]+')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"([A-Za-z][-A-Za-z0-9._]*)"|'([A-Za-z][-A-Za-z0-9._]*)'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/y

const DOCTYPE =
  /<!DOCTYPE[ \t\r\n]+plist(?:[ \t\r\n]+(?:SYSTEM|PUBLIC[ \t\r\n]+(?:"[-\w \r\n'()+,./:=?;!*#@$%]*"|'[-\w \r\n()+,./:=?;!*#@$%]*'))[ \t\r\n]+(?:"[^"]*"|'[^']*'))?[ \t\r\n]*(>|\[)/y

/** XML 1.0 §4.3.3: a declaration that names another encoding than the one in use is an error. */
const READ_AS: { readonly [encoding: string]: 'UTF-8' | 'UTF-16' } = {
  'UTF-8': 'UTF-8',
  'US-ASCII': 'UTF-8',
  'UTF-16': 'UTF-16',
}

function readDeclaration(cursor: XmlCursor): void {
  DECLARATION.lastIndex = 0
  const match = DECLARATION.exec(cursor.text)
  if (match === null) failXml(cursor, 'a malformed XML declaration', 0)
  const encoding = match[1] ?? match[2]
  const { storedAs } = cursor.source
  if (encoding !== undefined && storedAs !== null && READ_AS[encoding.toUpperCase()] !== storedAs) {
    failXml(cursor, 'the XML declaration names another encoding than UTF-8, or UTF-16 with its mark', 0)
  }
  cursor.at = match[0].length
}

/** The external subset that it may name is never fetched; an internal one could define entities, so none is read. */
function readDoctype(cursor: XmlCursor): void {
  DOCTYPE.lastIndex = cursor.at
  const match = DOCTYPE.exec(cursor.text)
  if (match === null) failXml(cursor, 'a malformed document type declaration', cursor.at)
  if (match[1] === '[') failXml(cursor, 'a document type declaration with an internal subset', cursor.at)
  cursor.at += match[0].length
}

/** Steps over what comes before the root element. Declaration and document type are optional, in this order. */
export function readProlog(cursor: XmlCursor): void {
  if (/^<\?xml[ \t\r\n?]/.test(cursor.text)) readDeclaration(cursor)
  skipAsides(cursor)
  if (!cursor.text.startsWith('<!DOCTYPE', cursor.at)) return
  readDoctype(cursor)
  skipAsides(cursor)
}

/** Steps over white space, comments and processing instructions outside of the root element. */
export function skipAsides(cursor: XmlCursor): void {
  do skipSpace(cursor)
  while (skipAside(cursor))
}
