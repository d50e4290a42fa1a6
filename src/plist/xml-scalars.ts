import { decodeBase64 } from '../bytes/base64.js'
import { parsePlistDate } from './dates.js'
import { fitsPlist, plistInteger } from './integers.js'
import { isXmlSpace, trimXmlSpace } from './xml-characters.js'
import type { XmlElement } from './xml-tags.js'

const INTEGER = /^([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)$/
const REAL = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/

/** Digits beyond this say nothing in 64 bits but leading zeros, and would make the conversion slow. */
const MOST_DIGITS = 64

/** Decimal or hex, from -2^63 to 2^64-1; `null` when the text is anything else. */
function parseInteger(text: string): number | bigint | null {
  const match = text.length <= MOST_DIGITS ? INTEGER.exec(text) : null
  if (match === null) return null
  const digits = match[2] as string
  const negative = match[1] === '-'
  if (digits.length < 16 && digits.charCodeAt(1) !== 0x78 && digits.charCodeAt(1) !== 0x58) {
    const value = Number(digits)
    return negative && value !== 0 ? -value : value
  }
  const value = negative ? -BigInt(digits) : BigInt(digits)
  return fitsPlist(value) ? plistInteger(value) : null
}

function parseReal(text: string): number | null {
  const value = REAL.test(text) ? Number(text) : NaN
  return Number.isFinite(value) ? value : null
}

/** Padding may be longer than it need be, as Apple's reader and Python's take it; anything else is strict base64. */
function parseData(text: string): Uint8Array | null {
  const data = decodeBase64(text)
  const padding = text.indexOf('=')
  if (data !== null || padding < 0) return data
  for (let i = padding; i < text.length; i++) {
    if (text.charCodeAt(i) !== 0x3d && !isXmlSpace(text.charCodeAt(i))) return null
  }
  const unpadded = decodeBase64(text.slice(0, padding))
  return unpadded === null || unpadded.length === 0 ? null : unpadded
}

/** Elements whose text is a value, with the rule that it must keep. */
export const XML_SCALARS: {
  readonly [E in XmlElement]?: {
    readonly rule: string
    readonly parse: (text: string) => string | number | bigint | Uint8Array | Date | null
  }
} = {
  string: { rule: 'a string', parse: (text) => text },
  data: { rule: 'data that is not base64', parse: parseData },
  integer: {
    rule: 'an integer that is not digits, or does not fit 64 bits',
    parse: (text) => parseInteger(trimXmlSpace(text)),
  },
  real: { rule: 'a real that is not a finite decimal number', parse: (text) => parseReal(trimXmlSpace(text)) },
  date: {
    rule: 'a date that is not YYYY-MM-DDThh:mm:ssZ of the calendar',
    parse: (text) => parsePlistDate(trimXmlSpace(text)),
  },
}
