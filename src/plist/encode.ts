import type { Bytes } from '../types.js'
import { formatPlistDate, isPlistDate } from './dates.js'
import { walkPlist, type PlistScalar } from './encode-walk.js'
import { failPlist, type PlistPath } from './failure.js'
import type { PlistValue } from './values.js'
import { forbiddenCharacterAt } from './xml-characters.js'
import { type DocumentPart, joinAscii, joinParts, joinUtf8 } from './xml-document.js'
import { type Markup, markups } from './xml-markup.js'

const PROLOG =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n' +
  '<plist version="1.0">\n'

/** Anything that is not written as it is. */
const SPECIAL = /[^\t\n\x20-\x25\x27-\x3b\x3d\x3f-\ud7ff]/

/** The same below U+0080, one by one. */
const SPECIAL_ASCII: readonly string[] = /* @__PURE__ */ specialAscii()

function specialAscii(): readonly string[] {
  return Array.from({ length: 128 }, (_, unit) => String.fromCharCode(unit)).filter((character) =>
    SPECIAL.test(character),
  )
}

/** From so many characters on, looking for each by itself takes less time than one look with a pattern. */
const LONG_TEXTS = 1000

/** Whether ASCII texts can be written as they are. Of others `true` says nothing. */
function isPlainAscii(texts: string): boolean {
  if (texts.length < LONG_TEXTS) return !SPECIAL.test(texts)
  return !SPECIAL_ASCII.some((character) => texts.includes(character))
}

/** How character data is written. */
type TextWriter = (text: string, path: () => PlistPath) => string

function escapeText(text: string, path: () => PlistPath): string {
  if (!SPECIAL.test(text)) return text
  if (forbiddenCharacterAt(text) >= 0) failPlist('a character that XML does not allow', null, path())
  // A carriage return would be read back as a line feed (XML 1.0 §2.11).
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\r/g, '&#13;')
}

function realText(value: number, path: () => PlistPath): string {
  if (!Number.isFinite(value)) failPlist('a real that is not finite', null, path())
  return Object.is(value, -0) ? '-0.0' : String(value)
}

function dateText(value: Date, path: () => PlistPath): string {
  // Of a plain date: what a subclass makes of `toISOString` would be written as it is.
  const moment = new Date(value.getTime())
  if (!isPlistDate(moment.getTime())) failPlist('a date outside of the years 0000 to 9999', null, path())
  return formatPlistDate(moment)
}

function scalarText(
  item: Exclude<PlistScalar, { kind: 'string' | 'data' }>,
  markup: Markup,
  path: () => PlistPath,
): string {
  switch (item.kind) {
    case 'boolean':
      return item.value ? markup.true : markup.false
    case 'integer':
      return `${markup.integer}${String(item.value)}</integer>\n`
    case 'real':
      return `${markup.real}${realText(item.value, path)}</real>\n`
    case 'date':
      return `${markup.date}${dateText(item.value, path)}</date>\n`
  }
}

/** Each piece that is added to a text costs more than its characters: what stands between two values is one piece. */
function documentParts(value: PlistValue, textOf: TextWriter): readonly DocumentPart[] {
  const parts: DocumentPart[] = []
  let text = PROLOG
  let afterKey = false
  const markupAt = markups()
  const markupNow = (depth: number): Markup => {
    const markup = markupAt(depth, afterKey)
    afterKey = false
    return markup
  }
  walkPlist(value, {
    scalar: (item, depth, path) => {
      const markup = markupNow(depth)
      if (item.kind === 'string') {
        text += markup.string
        text += textOf(item.value, path)
        text += '</string>\n'
      } else if (item.kind === 'data') {
        parts.push(text + markup.data, { data: item.value, tabs: depth })
        text = markup.dataEnd
      } else text += scalarText(item, markup, path)
    },
    key: (key, depth, path) => {
      text += markupNow(depth).key
      text += textOf(key, path)
      afterKey = true
    },
    open: ({ keys, count }, depth) => {
      const markup = markupNow(depth)
      if (count === 0) text += keys === null ? markup.noArray : markup.noDict
      else text += keys === null ? markup.array : markup.dict
    },
    close: ({ keys, count }, depth) => {
      if (count === 0) return
      const markup = markupNow(depth)
      text += keys === null ? markup.arrayEnd : markup.dictEnd
    },
  })
  parts.push(`${text}</plist>\n`)
  return parts
}

/**
 * Writes an XML property list, UTF-8, laid out as Apple's tools do: tabs, keys sorted by UTF-16 units, data in lines of
 * base64. Equal values give equal bytes in every runtime, whatever the order of their members.
 *
 * Members that are `undefined` are left out. Whole numbers up to ±2^53 and bigints become integers, other numbers reals.
 * Fractions of a second are dropped. What `decodePlist` read from XML comes back the same.
 *
 * Throws `ERR_PLIST_INVALID` with the `path` in its details for what XML cannot hold or a property list does not have:
 * control characters, lone surrogates, NaN, infinities, bigints beyond 64 bits, years outside of 0000 to 9999, null,
 * `undefined` in an array, values of other types, and a value that contains itself. It does not judge what keys mean.
 *
 * Written in: Apple's PropertyList-1.0.dtd and plist(5).
 *
 * @example
 * ```ts
 * const body = encodePlist({ MessageType: 'CheckOut', UDID: '00008101-000000000000001E' })
 * console.log(new TextDecoder().decode(body))
 * ```
 */
export function encodePlist(value: PlistValue): Bytes {
  // Most lists are ASCII and hold nothing that has to be escaped. A look at all of their texts together says so, and costs a
  // tenth of a look at each; where there is something after all, the list is written again.
  let texts = ''
  const plain = documentParts(value, (text) => {
    texts += text
    return text
  })
  const ascii = isPlainAscii(texts) ? joinAscii(plain) : null
  if (ascii !== null) return ascii
  return SPECIAL.test(texts) ? joinParts(documentParts(value, escapeText)) : joinUtf8(plain)
}
