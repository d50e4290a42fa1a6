import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { runtime as portable } from '../../src/runtime/portable.js'
import { digest, hmac } from '../../src/crypto/digest.js'
import type { DigestName } from '../../src/types.js'
import { draw } from '../support/random.js'
import { countingProvider, plainContext } from './support.js'

const NAMES: readonly (readonly [DigestName, string])[] = [
  ['MD5', 'md5'],
  ['SHA-1', 'sha1'],
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
]

describe.each(NAMES)('%s', (name, opensslName) => {
  const source = draw(11)
  const data = source.bytes(1000)
  const expected = new Uint8Array(createHash(opensslName).update(data).digest())

  test('of the default way, at once and as a plain Uint8Array', () => {
    const value = digest(name, data, plainContext)
    expect(value).toEqual(expected)
    expect(Object.getPrototypeOf(value)).toBe(Uint8Array.prototype)
  })

  test('of a given provider, through its subtle', async () => {
    const { provider, calls } = countingProvider()
    expect(await digest(name, data, { ...plainContext, provider })).toEqual(expected)
    expect(calls).toEqual(name === 'MD5' ? [] : ['digest'])
  })

  test.each([0, 1, 20, 64, 65, 200])('HMAC with a key of %i octets, both ways', async (length) => {
    const key = source.bytes(length)
    const mac = new Uint8Array(createHmac(opensslName, key).update(data).digest())
    expect(await hmac(name, key, data, plainContext)).toEqual(mac)
    const { provider, calls } = countingProvider()
    expect(await hmac(name, key, data, { ...plainContext, provider })).toEqual(mac)
    expect(calls).toEqual(name === 'MD5' ? [] : ['importKey', 'sign'])
  })
})

test('more than a megabyte does not hold up the event loop', async () => {
  const data = new Uint8Array(1024 * 1024 + 1)
  const value = digest('SHA-256', data, plainContext)
  expect(value).toBeInstanceOf(Promise)
  expect(await value).toEqual(new Uint8Array(createHash('sha256').update(data).digest()))
  const mac = hmac('SHA-256', data, data, plainContext)
  expect(mac).toBeInstanceOf(Promise)
  expect(await mac).toHaveLength(32)
})

test('MD5 where the runtime has none', async () => {
  const data = draw(12).bytes(3000)
  expect(await portable.md5(data)).toEqual(new Uint8Array(createHash('md5').update(data).digest()))
})

test('the portable provider is looked up at the call', () => {
  vi.stubGlobal('crypto', undefined)
  expect(portable.provider()).toBeNull()
  vi.stubGlobal('crypto', { getRandomValues: () => new Uint8Array() })
  expect(portable.provider()).toBeNull()
  vi.unstubAllGlobals()
  expect(portable.provider()).not.toBeNull()
})
