import { failPlist, type PlistPath } from './failure.js'
import { fitsPlist, isPlistInteger } from './integers.js'
import type { PlistDict, PlistValue } from './values.js'

/** A value together with the kind that it is written as. */
export type PlistItem =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'integer'; readonly value: number | bigint }
  | { readonly kind: 'real'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'date'; readonly value: Date }
  | { readonly kind: 'data'; readonly value: Uint8Array }
  | { readonly kind: 'array'; readonly value: readonly PlistValue[] }
  | { readonly kind: 'dict'; readonly value: PlistDict }

/** A literal or one without prototype, of any realm. Maps, sets and instances of classes are not. */
function isDict(value: object): value is PlistDict {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function isArray(value: object): value is readonly PlistValue[] {
  return Array.isArray(value)
}

function objectItem(value: object): PlistItem | null {
  if (value instanceof Uint8Array) return { kind: 'data', value }
  if (isArray(value)) return { kind: 'array', value }
  if (value instanceof Date) return { kind: 'date', value }
  return isDict(value) ? { kind: 'dict', value } : null
}

/** How a value is written; `null` when it is not one that a property list has. */
function itemOf(value: unknown): PlistItem | null {
  switch (typeof value) {
    case 'string':
      return { kind: 'string', value }
    case 'boolean':
      return { kind: 'boolean', value }
    case 'number':
      return { kind: isPlistInteger(value) ? 'integer' : 'real', value }
    case 'bigint':
      return fitsPlist(value) ? { kind: 'integer', value } : null
    case 'object':
      return value === null ? null : objectItem(value)
    default:
      return null
  }
}

/** As `itemOf`, for a value that somebody wants to encode. Throws `ERR_PLIST_INVALID`. */
export function encodableItem(value: unknown, path: () => PlistPath): PlistItem {
  const item = itemOf(value)
  if (item !== null) return item
  failPlist(
    typeof value === 'bigint' ? 'an integer that does not fit 64 bits' : 'a value that is of no property-list type',
    null,
    path(),
  )
}

/** The members of a dictionary side by side. */
export interface Members {
  readonly keys: readonly string[]
  readonly values: readonly unknown[]
}

/** Up to here sorting by insertion is several times faster than the built-in sort. */
const FEW = 64

/**
 * The members that are there, keys in the order of their UTF-16 units: the same in every runtime. Values come along, as
 * looking one up by its key takes as long as writing it.
 */
export function sortedMembers(dict: PlistDict): Members {
  const keys = Object.keys(dict)
  if (keys.length > FEW) return sortMany(dict)
  const values = new Array<unknown>(keys.length)
  let count = 0
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string
    const value = dict[key]
    if (value === undefined) continue
    let at = count++
    for (; at > 0 && (keys[at - 1] as string) > key; at--) {
      keys[at] = keys[at - 1] as string
      values[at] = values[at - 1]
    }
    keys[at] = key
    values[at] = value
  }
  keys.length = count
  values.length = count
  return { keys, values }
}

function sortMany(dict: PlistDict): Members {
  const members = Object.entries(dict).filter(([, value]) => value !== undefined)
  members.sort(([a], [b]) => (a < b ? -1 : 1))
  return { keys: members.map(([key]) => key), values: members.map(([, value]) => value) }
}
