import { describe, expect, test } from 'vitest'
import { unwrapKey, wrapKey } from '../../src/crypto/key-transport.js'
import { importPrivateKey } from '../../src/crypto/private-key.js'
import { unpadPkcs1 } from '../../src/crypto/rsa-padding.js'
import type { Bytes, CryptoProvider, KeyUnwrapRequest } from '../../src/types.js'
import { expectRejection } from '../support/hostile.js'
import {
  encryptBlock,
  oaep,
  pkcs1Block,
  transportPair as rsa,
  unwrapping,
  V15,
  wrapLater,
} from './key-transport-suite.js'
import { countingProvider, fixedProvider, plainContext, providerContext } from './support.js'

unwrapping('node:crypto', plainContext)
unwrapping('a given provider', providerContext)

describe('a caller’s KeyUnwrapper', () => {
  const encrypted = new Uint8Array(256).fill(5)
  const through = (answer: unknown, transport = V15): Promise<Bytes> =>
    unwrapKey(
      { unwrapKey: () => Promise.resolve(answer as Uint8Array) },
      rsa.publicKey,
      transport,
      encrypted,
      16,
      plainContext,
    )

  test('is told the algorithm, and gets a copy', async () => {
    const asked: KeyUnwrapRequest[] = []
    const own = encrypted.slice()
    const holder = {
      unwrapKey: (request: KeyUnwrapRequest) => {
        asked.push({ ...request, encryptedKey: request.encryptedKey.slice() })
        request.encryptedKey.fill(0)
        return Promise.resolve(Buffer.alloc(16, 7))
      },
    }
    const key = await unwrapKey(holder, rsa.publicKey, oaep('SHA-1'), own, 16, plainContext)
    expect(key).toEqual(new Uint8Array(16).fill(7))
    expect(Object.getPrototypeOf(key)).toBe(Uint8Array.prototype)
    expect(own).toEqual(encrypted)
    expect(asked).toEqual([{ algorithm: 'RSA-OAEP', encryptedKey: encrypted, keyLength: 16, oaepDigest: 'SHA-1' }])
  })

  test.each([
    ['null', null],
    ['a shorter key', new Uint8Array(15)],
    ['a longer key', new Uint8Array(17)],
    ['no octets', new Uint8Array(0)],
  ])('%s means a random key, another each time', async (_, answer) => {
    const [first, second] = [await through(answer), await through(answer)]
    expect([first.length, second.length]).toEqual([16, 16])
    expect(first).not.toEqual(second)
    expect(first.some((octet) => octet !== 0)).toBe(true)
  })

  test.each([
    ['undefined', undefined],
    ['text', 'k'.repeat(16)],
    ['an array', Array.from({ length: 16 }, () => 1)],
    ['an ArrayBuffer', new ArrayBuffer(16)],
  ])('%s is its fault, not the message’s', async (_, answer) => {
    await expectRejection(through(answer), 'ERR_INVALID_ARGUMENT', /unwrapKey/)
  })

  test('what it rejects with passes through unchanged', async () => {
    const outage = new Error('KMS is gone')
    const holder = { unwrapKey: () => Promise.reject(outage) }
    await expect(unwrapKey(holder, rsa.publicKey, V15, encrypted, 16, plainContext)).rejects.toBe(outage)
  })
})

test('a provider that does not take the RSA key is said to be it', async () => {
  const given = fixedProvider()
  const refusing = new Proxy(given.subtle, {
    get: (target, name) =>
      name === 'importKey'
        ? () => Promise.reject(new DOMException('no', 'DataError'))
        : (Reflect.get(target, name) as unknown),
  })
  const ctx = { ...plainContext, provider: { ...given, subtle: refusing } }
  const promise = wrapLater('RSA-OAEP', rsa.publicKey, new Uint8Array(16), ctx)
  await expectRejection(promise, 'ERR_CRYPTO_UNAVAILABLE', /RSA key/)
})

describe('randomness', () => {
  test('v1.5 with a fixed provider gives fixed bytes', async () => {
    const wrap = (): Promise<Bytes> =>
      wrapLater('RSAES-PKCS1-v1_5', rsa.publicKey, new Uint8Array(16), { ...plainContext, provider: fixedProvider() })
    expect(await wrap()).toEqual(await wrap())
  })

  test('a source of nothing but zeros is said to be one', async () => {
    const provider: CryptoProvider = { subtle: fixedProvider().subtle, getRandomValues: (array) => array.fill(0) }
    const ctx = { ...plainContext, provider }
    const promise = wrapLater('RSAES-PKCS1-v1_5', rsa.publicKey, new Uint8Array(16), ctx)
    await expectRejection(promise, 'ERR_CRYPTO_UNAVAILABLE', /random/)
  })
})

describe('good and bad paddings are not told apart', () => {
  const good = encryptBlock(rsa, pkcs1Block(new Uint8Array(16).fill(9)))
  const badBlock = pkcs1Block(new Uint8Array(16).fill(9))
  badBlock[1] = 1
  const bad = encryptBlock(rsa, badBlock)

  test('by what is computed', async () => {
    const work = async (encrypted: Uint8Array, transport = V15): Promise<readonly string[]> => {
      const { provider, calls } = countingProvider()
      const ctx = { ...plainContext, provider }
      const { rawRsa } = await importPrivateKey(rsa.pkcs8, ctx)
      calls.splice(0)
      const rawDecrypt = (block: Bytes): Promise<Uint8Array> => {
        calls.push('rawDecrypt')
        return rawRsa!.rawDecrypt(block)
      }
      await unwrapKey({ rawRsa: { rawDecrypt } }, rsa.publicKey, transport, encrypted, 16, ctx)
      return calls
    }
    expect(await work(good)).toEqual(await work(bad))
    expect(await work(good)).toEqual(['getRandomValues', 'importKey', 'sign', 'rawDecrypt'])
    const modern = await wrapKey('RSA-OAEP', rsa.publicKey, new Uint8Array(16), plainContext)
    expect(await work(modern, oaep('SHA-256'))).toEqual(await work(good, oaep('SHA-256')))
  })

  test('by the octets that are looked at', () => {
    // A proxy sees each access: the same places in the same order, whatever stands there.
    const looked = (block: Uint8Array): readonly string[] => {
      const places: string[] = []
      const watch = (target: Uint8Array, from: number): Uint8Array =>
        new Proxy(target, {
          get: (bytes, place) => {
            if (place === 'subarray') return (start: number) => watch(bytes.subarray(start), from + start)
            if (typeof place === 'string' && /^\d+$/.test(place)) places.push(String(from + Number(place)))
            return Reflect.get(bytes, place) as unknown
          },
        })
      unpadPkcs1(watch(block, 0), new Uint8Array(16))
      return places
    }
    const expected = looked(pkcs1Block(new Uint8Array(16).fill(9)))
    expect(expected).toHaveLength(256)
    for (const block of [badBlock, new Uint8Array(256), new Uint8Array(256).fill(0xff)])
      expect(looked(block)).toEqual(expected)
  })

  test('by the time that it takes, as far as a busy machine shows', () => {
    const synthetic = new Uint8Array(16)
    const goodBlock = pkcs1Block(new Uint8Array(16).fill(9))
    const early = goodBlock.slice().fill(0, 0, 3)
    const time = (block: Uint8Array): number => {
      const start = performance.now()
      for (let i = 0; i < 300; i++) unpadPkcs1(block, synthetic)
      return performance.now() - start
    }
    const times: [number[], number[]] = [[], []]
    for (let round = 0; round < 60; round++) {
      times[0].push(time(goodBlock))
      times[1].push(time(early))
    }
    const [a, b] = times.map((list) => list.sort((x, y) => x - y)[20]!)
    expect(Math.max(a!, b!) / Math.min(a!, b!)).toBeLessThan(1.5)
  })
})
