import { webcrypto } from 'node:crypto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { callContext } from '../../src/crypto/context.js'
import { randomBytes } from '../../src/crypto/random.js'
import type { Context, CryptoProvider } from '../../src/types.js'
import { expectRefusal } from '../support/hostile.js'
import { countingProvider } from './support.js'

afterEach(() => {
  vi.useRealTimers()
})

describe('callContext', () => {
  test('reads the clock once, and only where nothing is given', () => {
    vi.useFakeTimers({ now: 1_000_000 })
    const ctx = callContext(undefined)
    const first = ctx.now
    vi.setSystemTime(2_000_000)
    expect(ctx.now).toBe(first)
    expect(first.getTime()).toBe(1_000_000)
    expect(callContext({ now: new Date(5) }).now.getTime()).toBe(5)
    expect(ctx.provider).toBeNull()
  })

  test('a given moment does not change under the call', () => {
    const now = new Date(5)
    const ctx = callContext({ now })
    now.setTime(6)
    expect(ctx.now.getTime()).toBe(5)
  })

  test('keeps the provider as given', () => {
    expect(callContext({ crypto: webcrypto }).provider).toBe(webcrypto)
  })

  test.each([
    ['an invalid date', { now: new Date(Number.NaN) }],
    ['a number', { now: 5 as unknown as Date }],
    ['a provider without subtle', { crypto: { getRandomValues: () => new Uint8Array() } as unknown as CryptoProvider }],
    [
      'a provider whose subtle is null',
      { crypto: { ...webcrypto, getRandomValues: () => new Uint8Array(), subtle: null } as unknown as CryptoProvider },
    ],
    ['a provider without chance', { crypto: { subtle: webcrypto.subtle } as unknown as CryptoProvider }],
    ['a string for a provider', { crypto: 'webcrypto' as unknown as CryptoProvider }],
  ] as [string, Context][])('refuses %s', (_, context) => {
    expectRefusal(() => callContext(context), 'ERR_INVALID_ARGUMENT', /context\.(now|crypto)/)
  })
})

describe('randomBytes', () => {
  test('comes from the given provider, in portions that WebCrypto allows', () => {
    const { provider, calls } = countingProvider()
    const bytes = randomBytes(200_000, callContext({ crypto: provider }))
    expect(calls).toEqual(Array.from({ length: 4 }, () => 'getRandomValues'))
    expect(bytes.subarray(-32).some((octet) => octet !== 0)).toBe(true)
  })

  test('is a plain Uint8Array of the wanted length', () => {
    const bytes = randomBytes(20, callContext(undefined))
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
    expect(bytes).toHaveLength(20)
    expect(randomBytes(20, callContext(undefined))).not.toEqual(bytes)
  })

  test('never gives out what it gave out before, nor what a polluted prototype holds ready', () => {
    const ctx = callContext(undefined)
    const given = Array.from({ length: 100 }, (_, i) => randomBytes(8 + 5 * i, ctx))
    expect(new Set(given.map((bytes) => bytes.subarray(0, 8).join())).size).toBe(given.length)
    expect(given.every((bytes) => bytes.length === bytes.buffer.byteLength)).toBe(true)
    const prototype = Object.prototype as { stock?: Uint8Array }
    prototype.stock = new Uint8Array(1000)
    try {
      expect(randomBytes(32, callContext(undefined))).not.toEqual(new Uint8Array(32))
    } finally {
      delete prototype.stock
    }
  })
})
