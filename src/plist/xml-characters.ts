/**
 * Index of the first UTF-16 unit that no XML document may hold (XML 1.0 §2.2), or -1: control characters other than
 * tab, line feed and carriage return, U+FFFE, U+FFFF, and surrogates without their other half.
 */
export function forbiddenCharacterAt(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x20 && unit < 0xd800) continue
    if (unit < 0x20) {
      if (unit !== 0x09 && unit !== 0x0a && unit !== 0x0d) return i
    } else if (unit < 0xe000) {
      const next = unit < 0xdc00 ? text.charCodeAt(i + 1) : 0
      if (next < 0xdc00 || next > 0xdfff || Number.isNaN(next)) return i
      i++
    } else if (unit >= 0xfffe) return i
  }
  return -1
}

/** Whether a character reference may name this code point. */
export function isXmlCharacter(codePoint: number): boolean {
  if (codePoint < 0x20) return codePoint === 0x09 || codePoint === 0x0a || codePoint === 0x0d
  return (
    codePoint < 0xd800 || (codePoint > 0xdfff && codePoint < 0xfffe) || (codePoint > 0xffff && codePoint < 0x110000)
  )
}

/** Space, tab, line feed, carriage return (XML 1.0 §2.3). */
export function isXmlSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x09 || unit === 0x0d
}

/** Without the white space at both ends. */
export function trimXmlSpace(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isXmlSpace(text.charCodeAt(start))) start++
  while (end > start && isXmlSpace(text.charCodeAt(end - 1))) end--
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

/** Whether half of a surrogate pair stands alone: no Unicode text. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text)
}
