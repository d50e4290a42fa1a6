// What callers in JavaScript get wrong, and those who take something from a database or a form: one check for each kind of
// argument, for the public doors. Each throws `ERR_INVALID_ARGUMENT`; the text names the field and never what was given.
import { isBytes } from './bytes/bytes.js'
import { fail } from './errors.js'

/** Options, or anything else with members. A list is none: its members would all be missing. */
export function requireObject(value: unknown, field: string): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    fail('ERR_INVALID_ARGUMENT', `${field}: an object is expected`)
}

export function requireText(value: unknown, field: string): asserts value is string {
  if (typeof value !== 'string') fail('ERR_INVALID_ARGUMENT', `${field}: a text is expected`)
}

/** Not an empty one. */
export function requireFilled(value: unknown, field: string): string {
  if (typeof value !== 'string' || value === '') return fail('ERR_INVALID_ARGUMENT', `${field}: a text is expected`)
  return value
}

export function requireBytes(value: unknown, field: string): asserts value is Uint8Array {
  if (!isBytes(value)) fail('ERR_INVALID_ARGUMENT', `${field}: a Uint8Array is expected`)
}

/** What is in it is for whoever uses it. */
export function requireList(value: unknown, field: string): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) fail('ERR_INVALID_ARGUMENT', `${field}: a list is expected`)
}

/** Not what is no date in JavaScript's sense either. */
export function requireDate(value: unknown, field: string): asserts value is Date {
  if (!isDate(value)) fail('ERR_INVALID_ARGUMENT', `${field}: a valid Date is expected`)
}

/** By its class name and not by `instanceof`: test runners have dates of several realms. */
function isDate(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object Date]' && !Number.isNaN((value as Date).getTime())
}
