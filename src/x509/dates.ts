import { fail } from '../errors.js'

export const SECOND = 1000
export const DAY = 86_400_000

/** A century. Far more than that leads to dates that do not exist. */
const MAX_DAYS = 36_525

/** Throws `ERR_INVALID_ARGUMENT`. */
export function requireDays(days: number, field: string): void {
  if (!(Number.isFinite(days) && days >= 0 && days <= MAX_DAYS))
    fail('ERR_INVALID_ARGUMENT', `${field}: a number of days from 0 to ${String(MAX_DAYS)} is expected`)
}
