import { type DerValue, TAG } from './der-reader.js'

/**
 * A UTCTime or GeneralizedTime in DER's own form, `…YYMMDDHHMMSSZ`, without going through text: every certificate has
 * two of them. `null` for every other form, and for a moment that does not exist: `timeOf` has the last word.
 */
export function plainTimeOf({ bytes, tag, body, end }: DerValue): Date | null {
  const length = end - body
  if (bytes[end - 1] !== 0x5a || length !== (tag === TAG.UTC_TIME ? 13 : tag === TAG.GENERALIZED_TIME ? 15 : -1))
    return null
  for (let i = body; i < end - 1; i++) if ((bytes[i] as number) < 0x30 || (bytes[i] as number) > 0x39) return null
  const two = (fromEnd: number): number => {
    const at = end - fromEnd
    return ((bytes[at] as number) - 0x30) * 10 + (bytes[at + 1] as number) - 0x30
  }
  const [month, day, hour, minute, second] = [two(11), two(9), two(7), two(5), two(3)]
  const yearInCentury = two(13)
  // RFC 5280 §4.1.2.5.1: two digits from 50 on are 19xx.
  const century = length === 15 ? two(15) : yearInCentury >= 50 ? 19 : 20
  const year = century * 100 + yearInCentury
  // Date.UTC takes years below 100 for 19xx.
  if (year < 100 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null
  if (hour > 23 || minute > 59 || second > 59) return null
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second))
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function daysIn(year: number, month: number): number {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && isLeapYear ? 29 : (DAYS[month - 1] as number)
}
