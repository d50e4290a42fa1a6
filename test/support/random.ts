import type { Bytes } from '../../src/types.js'

/** A reproducible source for property tests: the seed stands in the test, so a failure repeats. */
export interface Draw {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number
  bytes(length: number): Bytes
  pick<T>(values: readonly T[]): T
}

/** mulberry32: small, and good enough to choose test values. */
export function draw(seed: number): Draw {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (limit: number): number => next() % limit
  return {
    below,
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
    pick: (values) => values[below(values.length)]!,
  }
}
