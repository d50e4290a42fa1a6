import { fail } from '../errors.js'

export const SECOND = 1000
export const DAY = 86_400_000

/** Throws `ERR_INVALID_ARGUMENT` for what is no date, in JavaScript's sense or in any. */
export function requireDate(date: unknown, field: string): asserts date is Date {
  if (!(date instanceof Date) || Number.isNaN(date.getTime()))
    fail('ERR_INVALID_ARGUMENT', `${field}: a valid Date is expected`)
}
