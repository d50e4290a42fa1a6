// What check-ins and reports have in common: a dictionary with members of known types.
import { fail } from '../errors.js'
import { decodePlist } from '../plist/decode.js'
import { plistField } from '../plist/field.js'
import type { PlistDict, PlistFieldTypes, PlistLimits, PlistValue } from '../plist/values.js'

export function isDict(value: PlistValue): value is PlistDict {
  return (
    typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array) && !(value instanceof Date)
  )
}

/** The dictionary that a device sent. Throws `ERR_PLIST_INVALID`, `ERR_LIMIT`, and `ERR_MDM_INVALID` for another root. */
export function readMessage(body: Uint8Array, limits: PlistLimits | undefined): PlistDict {
  const value = decodePlist(body, limits)
  return isDict(value) ? value : fail('ERR_MDM_INVALID', 'device message: the root is not a dictionary')
}

/** A member that may be absent. Throws `ERR_MDM_INVALID` when it is of another type. */
export function optional<T extends keyof PlistFieldTypes>(
  message: PlistDict,
  key: string,
  type: T,
): PlistFieldTypes[T] | null {
  try {
    return plistField(message, key, type)
  } catch (error) {
    return fail('ERR_MDM_INVALID', `device message: ${key} is not of the type ${type}`, error)
  }
}

/** A text that has to be there and is not empty. Throws `ERR_MDM_INVALID`. */
export function requiredText(message: PlistDict, key: string): string {
  const text = optional(message, key, 'string')
  return text === null || text === '' ? fail('ERR_MDM_INVALID', `device message: ${key} is missing or empty`) : text
}

/** As `requiredText` where it is there at all. An empty identifier would make different devices one. */
export function optionalText(message: PlistDict, key: string): string | null {
  return optional(message, key, 'string') === null ? null : requiredText(message, key)
}
