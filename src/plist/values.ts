import type { Bytes } from '../types.js'

/**
 * A property-list value as plain data.
 *
 * Decoded: integers up to ±2^53 are numbers and those beyond are bigints, data is `Bytes`, a UID of a binary list is
 * the dictionary `{ CF$UID: n }`. A property list has no null.
 */
export type PlistValue = string | number | bigint | boolean | Date | Uint8Array | readonly PlistValue[] | PlistDict

/**
 * A dictionary. Decoded ones have no prototype, so `__proto__` and `constructor` are keys like any other; look members
 * up with `plistField`. Encoding leaves members out whose value is `undefined`.
 */
export interface PlistDict {
  readonly [key: string]: PlistValue | undefined
}

/**
 * How much a property list may hold, checked before the work is done. Above: `ERR_LIMIT`.
 *
 * - `maxBytes`: octets of the input (of text: its UTF-8 octets), and of the texts and data that a binary list expands
 *   to where its objects are shared. Default 32 MiB.
 * - `maxDepth`: dictionaries and arrays inside one another. Default 64.
 * - `maxNodes`: values and keys together, shared objects of a binary list counted each time. Default 2,000,000.
 */
export interface PlistLimits {
  readonly maxBytes?: number
  readonly maxDepth?: number
  readonly maxNodes?: number
}

/** The names of the types that `plistField` asks for. */
export interface PlistFieldTypes {
  readonly string: string
  readonly number: number
  readonly boolean: boolean
  readonly data: Bytes
  readonly date: Date
  readonly dict: PlistDict
  readonly array: readonly PlistValue[]
}
