import { encodeBase64Into } from '../bytes/base64.js'
import { joinUtf8 } from '../bytes/bytes.js'
import type { Bytes } from '../types.js'
import { formatPlistDate, isPlistDate } from './dates.js'
import { walkPlist, type PlistScalar } from './encode-walk.js'
import { failPlist, type PlistPath } from './failure.js'
import type { PlistValue } from './values.js'
import { forbiddenCharacterAt } from './xml-characters.js'

const PROLOG =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n' +
  '<plist version="1.0">\n'

/** Anything that is not written as it is. */
const SPECIAL = /[^\t\n\x20-\x25\x27-\x3b\x3d\x3f-\ud7ff]/

/** How character data is written. */
type TextWriter = (text: string, path: () => PlistPath) => string

function escapeText(text: string, path: () => PlistPath): string {
  if (!SPECIAL.test(text)) return text
  if (forbiddenCharacterAt(text) >= 0) failPlist('a character that XML does not allow', null, path())
  // A carriage return would be read back as a line feed (XML 1.0 §2.11).
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\r/g, '&#13;')
}

/** Lines of 76 columns, a tab counting for eight up to the eighth, as Apple breaks them. */
function dataLines(data: Uint8Array, tabs: number): Bytes {
  const inLine = ((76 - 8 * Math.min(tabs, 8)) / 4) * 3
  const around = Math.ceil(data.length / inLine) * (tabs + 1)
  const lines = new Uint8Array(Math.ceil(data.length / 3) * 4 + around)
  let at = 0
  for (let start = 0; start < data.length; start += inLine) {
    for (let i = 0; i < tabs; i++) lines[at++] = 0x09
    at = encodeBase64Into(data, start, Math.min(start + inLine, data.length), lines, at)
    lines[at++] = 0x0a
  }
  return lines
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

function scalarText(item: Exclude<PlistScalar, { kind: 'string' | 'data' }>, path: () => PlistPath): string {
  switch (item.kind) {
    case 'integer':
      return `<integer>${String(item.value)}</integer>\n`
    case 'real':
      return `<real>${realText(item.value, path)}</real>\n`
    case 'boolean':
      return item.value ? '<true/>\n' : '<false/>\n'
    case 'date':
      return `<date>${dateText(item.value, path)}</date>\n`
  }
}

/**
 * The document, data apart from the text around it: lists hold large data, and their base64 is octets from the start. Each
 * piece that is added to a text costs more than its characters: so the line of a key ends with its value's indent.
 */
function documentParts(value: PlistValue, textOf: TextWriter): readonly (string | Uint8Array)[] {
  const parts: (string | Uint8Array)[] = []
  let text = PROLOG
  const indents: string[] = ['']
  const tabs = (depth: number): string => (indents[depth] ??= '\t'.repeat(depth))
  const lines = keyLines(tabs, textOf)
  let afterKey = true
  const indent = (depth: number): void => {
    if (!afterKey) text += tabs(depth)
    afterKey = false
  }
  walkPlist(value, {
    scalar: (item, depth, path) => {
      indent(depth)
      if (item.kind === 'string') {
        text += '<string>'
        text += textOf(item.value, path)
        text += '</string>\n'
      } else if (item.kind === 'data') {
        parts.push(`${text}<data>\n`, dataLines(item.value, depth))
        text = `${tabs(depth)}</data>\n`
      } else text += scalarText(item, path)
    },
    key: (key, depth, path) => {
      text += lines(key, depth, path)
      afterKey = true
    },
    open: ({ keys, count }, depth) => {
      indent(depth)
      if (count === 0) text += keys === null ? '<array/>\n' : '<dict/>\n'
      else text += keys === null ? '<array>\n' : '<dict>\n'
    },
    close: ({ keys, count }, depth) => {
      if (count === 0) return
      text += tabs(depth)
      text += keys === null ? '</array>\n' : '</dict>\n'
    },
  })
  parts.push(`${text}</plist>\n`)
  return parts
}

/** Keys repeat in every dictionary of a list: one line for all of them that stand at a depth. */
function keyLines(
  tabs: (depth: number) => string,
  textOf: TextWriter,
): (key: string, depth: number, path: () => PlistPath) => string {
  const known: Map<string, string>[] = []
  return (key, depth, path) => {
    const lines = (known[depth] ??= new Map<string, string>())
    let line = lines.get(key)
    if (line === undefined) lines.set(key, (line = `${tabs(depth)}<key>${textOf(key, path)}</key>\n${tabs(depth)}`))
    return line
  }
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
  // Most lists hold nothing that has to be escaped. One look at all of their texts says so, and costs a tenth of a look at
  // each; where there is something after all, the list is written again.
  let texts = ''
  const plain = documentParts(value, (text) => {
    texts += text
    return text
  })
  return joinUtf8(SPECIAL.test(texts) ? documentParts(value, escapeText) : plain)
}
