import { equalBytes } from '../bytes/bytes.js'
import type { PlistDict, PlistValue } from '../plist/values.js'
import { isArray, isDictionary, member } from './dictionary.js'

/** Equal as property lists: 1 and 1n are the same integer, the order of a dictionary does not count. */
export function samePlistValue(a: PlistValue | undefined, b: PlistValue | undefined): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined) return false
  if (isNumeric(a) && isNumeric(b)) return String(a) === String(b)
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime()
  if (a instanceof Uint8Array && b instanceof Uint8Array) return equalBytes(a, b)
  if (isArray(a) && isArray(b))
    return a.length === b.length && a.every((value, index) => samePlistValue(value, b[index]))
  return isDictionary(a) && isDictionary(b) && sameDictionary(a, b)
}

function isNumeric(value: PlistValue): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function sameDictionary(a: PlistDict, b: PlistDict): boolean {
  const [mine, theirs] = [keysOf(a), keysOf(b)]
  return mine.length === theirs.length && mine.every((key) => samePlistValue(member(a, key), member(b, key)))
}

function keysOf(dictionary: PlistDict): readonly string[] {
  return Object.keys(dictionary).filter((key) => dictionary[key] !== undefined)
}
