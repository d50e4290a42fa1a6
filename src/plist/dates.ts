const EARLIEST = -62167219200000
const LATEST = 253402300799999

/** Years 0000 to 9999: what Apple's date form can write. */
export function isPlistDate(milliseconds: number): boolean {
  return milliseconds >= EARLIEST && milliseconds <= LATEST
}

/** `2026-01-31T23:59:59Z`. Fractions of a second are dropped. */
export function formatPlistDate(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

/** Apple's one form, of a moment that the calendar has; `null` otherwise. */
export function parsePlistDate(text: string): Date | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return null
  const date = new Date(text)
  // Engines roll 30 February over and take 24:00.
  return Number.isNaN(date.getTime()) || formatPlistDate(date) !== text ? null : date
}
