import { requireObject } from '../../arguments.js'
import { fail } from '../../errors.js'
import type { Certificate } from '../../types.js'
import { certificateParts } from '../certificate.js'
import { DAY, requireDays } from '../dates.js'

/** Days before the end, unless said otherwise. */
export interface RenewalPolicy {
  /** From when on to remind. Default 30. */
  readonly noticeDays?: number
  /** How often. Default every day. */
  readonly noticeEveryDays?: number
  /** When the reserve certificate is issued. Default 60. */
  readonly reserveDays?: number
  /** How long after that the server switches over. Default: at the end of the current certificate. */
  readonly switchAfterDays?: number
}

/** What to do when, for one certificate. */
export interface RenewalPlan {
  readonly noticeFrom: Date
  /** `noticeFrom` and each reminder after it, all before `expiresAt`. */
  readonly notices: readonly Date[]
  readonly reserveAt: Date
  /** Never after `expiresAt`. */
  readonly switchAt: Date
  readonly expiresAt: Date
}

/** Enough for a reminder an hour over a year. */
const MAX_NOTICES = 10_000

/**
 * When to remind of a certificate, when to issue its reserve and when to switch over: dates alone, from the certificate
 * alone. A day is 24 hours, so that summer time and leap years shift nothing.
 *
 * Not judged: whether a date has passed; a scheduler compares them with its own clock. Of a certificate that lives for less
 * than `noticeDays`, `noticeFrom` lies before it was issued.
 *
 * Throws `ERR_INVALID_ARGUMENT` for a number that is negative, above 36,525 (a century) or none, for `noticeEveryDays` 0, and for
 * more than 10,000 notices.
 *
 * @example
 * ```ts
 * const { notices, reserveAt, switchAt } = planRenewal(certificate, { reserveDays: 60, switchAfterDays: 14 })
 * console.log(notices.length, reserveAt, switchAt)
 * ```
 */
export function planRenewal(certificate: Certificate, policy: RenewalPolicy = {}): RenewalPlan {
  requireObject(policy, 'policy')
  const { noticeDays = 30, noticeEveryDays = 1, reserveDays = 60, switchAfterDays } = policy
  for (const [field, days] of Object.entries({ noticeDays, noticeEveryDays, reserveDays, switchAfterDays }))
    if (days !== undefined) requireDays(days, field)
  if (noticeEveryDays === 0 || noticeDays / noticeEveryDays > MAX_NOTICES)
    fail('ERR_INVALID_ARGUMENT', 'noticeEveryDays: too small')
  const end = certificateParts(certificate).notAfter.getTime()
  const notices: Date[] = []
  for (let count = 0; ; count++) {
    const at = end - noticeDays * DAY + count * noticeEveryDays * DAY
    if (at >= end) break
    notices.push(new Date(at))
  }
  const reserveAt = end - reserveDays * DAY
  const switchAt = switchAfterDays === undefined ? end : Math.min(end, reserveAt + switchAfterDays * DAY)
  return {
    noticeFrom: new Date(end - noticeDays * DAY),
    notices,
    reserveAt: new Date(reserveAt),
    switchAt: new Date(switchAt),
    expiresAt: new Date(end),
  }
}
