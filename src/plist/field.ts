import { requireObject } from '../arguments.js'
import { fail } from '../errors.js'
import { failPlist } from './failure.js'
import type { PlistDict, PlistFieldTypes, PlistValue } from './values.js'

const TESTS: { readonly [T in keyof PlistFieldTypes]: (value: PlistValue) => boolean } = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  data: (value) => value instanceof Uint8Array,
  date: (value) => value instanceof Date,
  array: (value) => Array.isArray(value),
  dict: (value) =>
    typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array) && !(value instanceof Date),
}

function isOfType<T extends keyof PlistFieldTypes>(
  value: PlistValue | PlistFieldTypes[T],
  type: T,
): value is PlistFieldTypes[T] {
  return TESTS[type](value)
}

/**
 * The member `key` of a dictionary when it is there and of that type, `null` when it is absent.
 *
 * Only own members count, so `constructor` of a literal is absent. `number` means a JavaScript number: an integer beyond
 * ±2^53, which decodes to a bigint, is another type; read it from the dictionary itself. Nothing is converted.
 *
 * Throws `ERR_PLIST_INVALID` with `[key]` as the path in its details when the member is of another type.
 *
 * @example
 * ```ts
 * const message = { Status: 'Idle', UDID: '00008101-000000000000001E' }
 * console.log(plistField(message, 'Status', 'string'), plistField(message, 'CommandUUID', 'string'))
 * ```
 */
export function plistField<T extends keyof PlistFieldTypes>(
  dict: PlistDict,
  key: string,
  type: T,
): PlistFieldTypes[T] | null {
  requireObject(dict, 'dict')
  if (!Object.hasOwn(TESTS, type)) fail('ERR_INVALID_ARGUMENT', 'type: not one of PlistFieldTypes')
  const value = Object.hasOwn(dict, key) ? dict[key] : undefined
  if (value === undefined) return null
  if (!isOfType(value, type)) failPlist(`a member that is not of the type ${type}`, null, [key])
  return value
}
