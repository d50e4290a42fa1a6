import type { PlistDict, PlistValue } from '../plist/values.js'

/** Whether a value is a dictionary, which of an object is what is left when it is nothing else. */
export function isDictionary(value: unknown): value is PlistDict {
  if (typeof value !== 'object' || value === null) return false
  return !Array.isArray(value) && !(value instanceof Date) && !(value instanceof Uint8Array)
}

/** `Array.isArray` alone does not narrow a readonly array. */
export function isArray(value: PlistValue | undefined): value is readonly PlistValue[] {
  return Array.isArray(value)
}

/** A member by its own key, never one of a prototype. */
export function member(dictionary: PlistDict, key: string): PlistValue | undefined {
  return Object.hasOwn(dictionary, key) ? dictionary[key] : undefined
}

/** The member when it is a text, else `null`: for judgements, which do not throw. */
export function textMember(dictionary: PlistDict, key: string): string | null {
  const value = member(dictionary, key)
  return typeof value === 'string' ? value : null
}

/** Members without the absent ones, in the order given. */
export function present(members: Readonly<Record<string, PlistValue | undefined>>): PlistDict {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

/** A copy without some members. */
export function without(dictionary: PlistDict, keys: readonly string[]): PlistDict {
  return Object.fromEntries(Object.entries(dictionary).filter(([key]) => !keys.includes(key)))
}
