/** The numbers that a double counts without a gap: up to ±2^53. */
export const EXACT = 9007199254740992
const EXACT_BIG = /* @__PURE__ */ BigInt(EXACT)
const LOWEST = -(2n ** 63n)
const HIGHEST = 2n ** 64n - 1n

/** Whether a property list can hold it: 64 bits, with or without sign. */
export function fitsPlist(value: bigint): boolean {
  return value >= LOWEST && value <= HIGHEST
}

/** A number up to ±2^53, a bigint beyond. */
export function plistInteger(value: bigint): number | bigint {
  return value > EXACT_BIG || value < -EXACT_BIG ? value : Number(value)
}

/** Whether a JavaScript number is written as an integer. -0 is not: an integer has no negative zero. */
export function isPlistInteger(value: number): boolean {
  return Number.isInteger(value) && value >= -EXACT && value <= EXACT && !Object.is(value, -0)
}
