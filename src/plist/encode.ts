import type { Bytes } from '../types.js'
import { formatPlistDate, isPlistDate } from './dates.js'
import { walkPlist } from './encode-walk.js'
import { failPlist, type PlistPath } from './failure.js'
import type { PlistValue } from './values.js'
import { forbiddenCharacterAt } from './xml-characters.js'
import { type DocumentData, joinAscii, joinDocument, joinUtf8, type XmlDocument } from './xml-document.js'
import { type Markup, markupLevels } from './xml-markup.js'

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

/** Each piece that is added to a text costs more than its characters: what stands between two values is one piece. */
function documentOf(value: PlistValue, textOf: TextWriter): XmlDocument {
  const data: DocumentData[] = []
  const levelAt = markupLevels()
  let text = PROLOG
  let depth = 0
  let level = levelAt(0)
  let next = level.nothing
  const enter = (inner: number): void => {
    depth = inner
    level = levelAt(inner)
    next = level.nothing
  }
  const put = (before: string, content: string, then: Markup): void => {
    text += before
    text += content
    next = then
  }
  walkPlist(value, {
    string: (item, path) => {
      put(next.string, textOf(item, path), level.string)
    },
    integer: (item) => {
      put(next.integer, String(item), level.integer)
    },
    real: (item, path) => {
      put(next.real, `${realText(item, path)}</real>\n`, level.nothing)
    },
    boolean: (item) => {
      if (next === level.key) next = item ? level.yes : level.no
      else put(item ? next.true : next.false, '', level.nothing)
    },
    date: (item, path) => {
      put(next.date, `${dateText(item, path)}</date>\n`, level.nothing)
    },
    data: (item) => {
      put(next.data, '', level.data)
      data.push({ at: text.length, data: item, tabs: depth })
    },
    key: (key, path) => {
      put(next.key, textOf(key, path), level.key)
    },
    open: (keys, count) => {
      if (count === 0) {
        put(keys === null ? next.noArray : next.noDict, '', level.nothing)
      } else {
        text += keys === null ? next.array : next.dict
        enter(depth + 1)
      }
    },
    close: (keys, count) => {
      if (count === 0) return
      text += keys === null ? next.arrayEnd : next.dictEnd
      enter(depth - 1)
    },
  })
  return { text: `${text}${next.owed}</plist>\n`, data }
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
  const plain = documentOf(value, (text) => {
    texts += text
    return text
  })
  const ascii = isPlainAscii(texts) ? joinAscii(plain) : null
  if (ascii !== null) return ascii
  return SPECIAL.test(texts) ? joinDocument(documentOf(value, escapeText)) : joinUtf8(plain)
}
