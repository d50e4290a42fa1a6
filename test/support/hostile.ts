import { expect } from 'vitest'
import { type ErrorCode, isMdmProtocolError, type MdmProtocolError } from '../../src/errors.js'
import type { Bytes } from '../../src/types.js'

/** What `call` throws, which must be an error of this package. */
export function errorOf(call: () => unknown): MdmProtocolError {
  try {
    call()
  } catch (error) {
    if (isMdmProtocolError(error)) return error
    throw error
  }
  throw new Error('expected a refusal, got a value')
}

/** What the promise rejects with, which must be an error of this package. */
export async function rejectionOf(promise: Promise<unknown>): Promise<MdmProtocolError> {
  try {
    await promise
  } catch (error) {
    if (isMdmProtocolError(error)) return error
    throw error
  }
  throw new Error('expected a refusal, got a value')
}

/** The call is refused with this code, for this reason. */
export function expectRefusal(call: () => unknown, code: ErrorCode, reason: RegExp = /./): void {
  const error = errorOf(call)
  expect(error.code).toBe(code)
  expect(error.message).toMatch(reason)
}

/** The promise is refused with this code, for this reason. */
export async function expectRejection(promise: Promise<unknown>, code: ErrorCode, reason: RegExp = /./): Promise<void> {
  const error = await rejectionOf(promise)
  expect(error.code).toBe(code)
  expect(error.message).toMatch(reason)
}

/** How many of these cases a test takes: all in the long run (vitest.long.config.ts), a third in the unit suite. */
export function drawn(cases: number): number {
  return process.env['MDM_PROTOCOL_TEST_CASES'] === 'all' ? cases : Math.ceil(cases / 3)
}

/** The bytes without their end, for each length from none to all but one; of at most `most`, `drawn`, spread evenly. */
export function truncations(bytes: Uint8Array, most = Infinity): readonly Bytes[] {
  return spread(bytes.length, most).map((length) => bytes.slice(0, length))
}

/** The bytes with one bit turned over, for each bit; of at most `most`, `drawn`, spread evenly. */
export function flips(bytes: Uint8Array, most = Infinity): readonly Bytes[] {
  return spread(bytes.length * 8, most).map((bit) => {
    const flipped = bytes.slice()
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    return flipped
  })
}

function spread(count: number, most: number): readonly number[] {
  const taken = Math.min(count, most === Infinity ? most : drawn(most))
  return Array.from({ length: taken }, (_, index) => Math.floor((index * count) / taken))
}

/** Every call gives a value or an error of this package: answers with how many of each. */
export function outcomes<T>(inputs: readonly T[], read: (input: T) => unknown): { values: number; refusals: number } {
  let values = 0
  for (const input of inputs) {
    try {
      read(input)
      values++
    } catch (error) {
      if (!isMdmProtocolError(error)) throw error
    }
  }
  return { values, refusals: inputs.length - values }
}

/** Like `outcomes`, for functions that answer with a promise. */
export async function asyncOutcomes<T>(
  inputs: readonly T[],
  read: (input: T) => Promise<unknown>,
): Promise<{ values: number; refusals: number }> {
  let values = 0
  for (const input of inputs) {
    try {
      await read(input)
      values++
    } catch (error) {
      if (!isMdmProtocolError(error)) throw error
    }
  }
  return { values, refusals: inputs.length - values }
}

/**
 * How much longer the work on the double input takes: about 2 when it is linear, about 4 when it is quadratic;
 * `expect(…).toBeLessThan(3)` tells them apart. In processor time, the best of several interleaved runs, and the best
 * of several such measurements: on a busy machine noise only ever makes it look worse. Three runs are enough where they
 * look linear. Where the larger of two inputs is the first that does not fit a cache, or the first during which garbage
 * is collected, linear work looks quadratic in every run: the last measurements take the double and its double, where
 * what is quadratic still quadruples.
 */
export function growth(run: (size: number) => () => unknown, size: number, rounds = 5): number {
  const factor = bestFactor(run, size, rounds, 4)
  return looksLinear(factor) ? factor : Math.min(factor, bestFactor(run, 2 * size, rounds, 2))
}

function looksLinear(factor: number): boolean {
  return factor <= 2.5
}

function bestFactor(run: (size: number) => () => unknown, size: number, rounds: number, attempts: number): number {
  const once = run(size)
  const twice = run(2 * size)
  once()
  twice()
  let best = Infinity
  for (let attempt = 0; attempt < attempts && !looksLinear(best); attempt++) {
    let [small, large] = [Infinity, Infinity]
    for (let round = 0; round < rounds && (round < 3 || large > 2.3 * small); round++) {
      small = Math.min(small, timed(once))
      large = Math.min(large, timed(twice))
    }
    best = Math.min(best, large / small)
  }
  return best
}

function timed(work: () => unknown): number {
  const began = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(began)
  return user + system
}
