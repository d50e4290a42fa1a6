import { fail } from '../errors.js'
import { looksBinary } from './binary-layout.js'
import { readBinaryPlist } from './binary-reader.js'
import { failLimit, plistLimits } from './limits.js'
import type { PlistLimits, PlistValue } from './values.js'
import { readXmlPlist } from './xml-reader.js'
import { xmlSource } from './xml-source.js'

/**
 * Reads a property list, XML or binary as its first octets say. The old ASCII form of NeXTSTEP is neither.
 *
 * Integers keep all their digits: from -2^63 to 2^64-1, in decimal or hex, as numbers up to ±2^53 and as bigints beyond.
 * Dates are Apple's form alone, data is `Bytes`, a UID of a binary list is `{ CF$UID: n }`. Dictionaries have no prototype,
 * so `__proto__` is a key like any other. Objects that a binary list shares are shared in the result: treat it as
 * read-only, as its type says.
 *
 * XML is UTF-8, or UTF-16 with its byte order mark, and well formed: comments, CDATA, the five entities and character
 * references are read, a document type may name Apple's DTD (it is never fetched), an internal subset is refused.
 *
 * What is checked is the form: duplicate keys, a key without a value, text where none belongs, a second root, an integer
 * with letters behind it, objects that contain themselves, counts and offsets beyond the data are errors, before any
 * work is done for them. What the keys mean is not checked: see `parseCheckin`, `parseProfile`.
 *
 * Throws `ERR_PLIST_INVALID`, with `offset` (octets, or UTF-16 units of a string; `null` where there is none) and `path`
 * (keys and indices from the root) in its details; `ERR_LIMIT` above `limits`; `ERR_INVALID_ARGUMENT`. Texts never repeat
 * the input.
 *
 * Written in: Apple's PropertyList-1.0.dtd, plist(5), CFPropertyList.c, CFBinaryPList.c; XML 1.0.
 *
 * @example
 * ```ts
 * const value = decodePlist('<plist version="1.0"><dict><key>Status</key><string>Idle</string></dict></plist>')
 * console.log(value)
 * ```
 */
export function decodePlist(input: Uint8Array | string, limits?: PlistLimits): PlistValue {
  if (typeof input !== 'string' && !(input instanceof Uint8Array)) {
    fail('ERR_INVALID_ARGUMENT', 'a property list is given as bytes or as a string')
  }
  const resolved = plistLimits(limits)
  // Before anything is looked at: a body that is too large costs nothing.
  if (input.length > resolved.maxBytes) failLimit('maxBytes')
  if (typeof input !== 'string' && looksBinary(input)) return readBinaryPlist(input, resolved)
  return readXmlPlist(xmlSource(input, resolved.maxBytes), resolved)
}
