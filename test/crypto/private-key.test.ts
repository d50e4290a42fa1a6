import { webcrypto } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { encodeEcPkcs8 } from '../../src/crypto/pkcs8.js'
import { generateKey, importPrivateKey, type KeyType } from '../../src/crypto/private-key.js'
import { verifySignature } from '../../src/crypto/verify.js'
import type { CryptoProvider } from '../../src/types.js'
import { expectRejection } from '../support/hostile.js'
import { generating, importing, reading, refusing } from './private-key-suite.js'
import { countingProvider, ecPair, plainContext, providerContext, rsaPair } from './support.js'

const rsa = rsaPair()

importing('node:crypto', plainContext)
importing('a given provider', providerContext)
refusing(plainContext)
reading(plainContext)
generating(undefined)

test.each(['RSA-1024', 'P-521', 'toString', ''])('generateKey refuses %s', async (type) => {
  await expectRejection(generateKey(type as KeyType), 'ERR_INVALID_ARGUMENT', /type/)
})

test('the larger RSA keys are asked for by their size', async () => {
  const asked: unknown[] = []
  const generate = (...parameters: readonly unknown[]): Promise<unknown> => {
    asked.push(...parameters)
    return Promise.reject(new DOMException('no', 'NotSupportedError'))
  }
  const subtle = new Proxy(webcrypto.subtle, {
    get: (target, name) => (name === 'generateKey' ? generate : (Reflect.get(target, name) as unknown)),
  })
  const crypto: CryptoProvider = { subtle, getRandomValues: (array) => webcrypto.getRandomValues(array) }
  for (const bits of [3072, 4096] as const) {
    await expectRejection(generateKey(`RSA-${bits}`, { crypto }), 'ERR_CRYPTO_UNAVAILABLE', new RegExp(String(bits)))
    expect(asked.splice(0)).toEqual([
      expect.objectContaining({ modulusLength: bits, publicExponent: Uint8Array.of(1, 0, 1) }),
      true,
      ['sign', 'verify'],
    ])
  }
})

test('with a given provider signing goes through its subtle, one import for each digest', async () => {
  const { provider, calls } = countingProvider()
  const { signer } = await importPrivateKey(rsa.pkcs8, { ...plainContext, provider })
  calls.splice(0)
  for (const digest of ['SHA-256', 'SHA-256', 'SHA-1'] as const) await signer.sign(Uint8Array.of(1), digest)
  expect(calls).toEqual(['importKey', 'sign', 'sign', 'importKey', 'sign'])
})

describe('a provider that has not all of EC', () => {
  const importing = async (name: string, answer: () => Promise<unknown>, pkcs8: Uint8Array): Promise<unknown> => {
    const subtle = new Proxy(webcrypto.subtle, {
      get: (target, method) => (method === name ? answer : (Reflect.get(target, method) as unknown)),
    })
    const provider: CryptoProvider = { subtle, getRandomValues: (array) => webcrypto.getRandomValues(array) }
    return importPrivateKey(pkcs8, { ...plainContext, provider })
  }
  const { d = '' } = ecPair('P-256').privateKey.export({ format: 'jwk' })
  const bare = encodeEcPkcs8('P-256', Buffer.from(d, 'base64url'), null)

  test('lacks the curve', async () => {
    const answer = (): Promise<unknown> => Promise.reject(new DOMException('no', 'NotSupportedError'))
    const promise = importing('importKey', answer, ecPair('P-256').pkcs8)
    await expectRejection(promise, 'ERR_CRYPTO_UNAVAILABLE', /none of this kind/)
  })

  test('does not find the public point', async () => {
    const whole = Buffer.alloc(32, 1).toString('base64url')
    for (const jwk of [{}, { x: 'AQ', y: whole }, { x: whole, y: 'AQ' }, { x: whole }, { x: whole, y: '!' }]) {
      const promise = importing('exportKey', () => Promise.resolve(jwk), bare)
      await expectRejection(promise, 'ERR_CRYPTO_UNAVAILABLE', /public point/)
    }
  })
})

test('the caller may wipe the bytes of the key', async () => {
  for (const ctx of [plainContext, providerContext]) {
    const pkcs8 = rsa.pkcs8.slice()
    const { signer, rawRsa } = await importPrivateKey(pkcs8, ctx)
    pkcs8.fill(0)
    const data = Uint8Array.of(1)
    const signature = await signer.sign(data, 'SHA-512')
    const algorithm = { signature: 'RSASSA-PKCS1-v1_5', digest: 'SHA-512', saltLength: null } as const
    expect(await verifySignature({ key: rsa.publicKey, algorithm, data, signature }, ctx)).toBe(true)
    expect(await rawRsa!.rawDecrypt(new Uint8Array(256).fill(1, 1))).toHaveLength(256)
  }
})

/** Which of these are done before the event loop has had a turn. */
async function doneAtOnce(work: readonly Promise<unknown>[]): Promise<number> {
  let done = 0
  for (const promise of work)
    void promise.then(() => {
      done++
    })
  for (let i = 0; i < 20; i++) await Promise.resolve()
  const atOnce = done
  await Promise.all(work)
  return atOnce
}

test('one signature is computed at once, of many all but the first three go to the thread pool', async () => {
  const { signer } = await importPrivateKey(rsa.pkcs8, plainContext)
  const sign = (): Promise<unknown> => signer.sign(Uint8Array.of(1), 'SHA-256')
  const nextTurn = (): Promise<void> => new Promise((resume) => setImmediate(resume))
  await nextTurn()
  expect(await doneAtOnce([sign()])).toBe(1)
  await nextTurn()
  expect(await doneAtOnce(Array.from({ length: 10 }, sign))).toBe(3)
  const large = await importPrivateKey(rsaPair(3072).pkcs8, plainContext)
  await nextTurn()
  expect(await doneAtOnce([large.signer.sign(Uint8Array.of(1), 'SHA-256')])).toBe(0)
})

test.each([
  ['node:crypto', plainContext],
  ['a given provider', providerContext],
])('what is signed through %s is what was handed over, whatever is written there meanwhile', async (_, ctx) => {
  const { signer } = await importPrivateKey(rsa.pkcs8, ctx)
  const algorithm = { signature: 'RSASSA-PKCS1-v1_5', digest: 'SHA-256', saltLength: null } as const
  const data = new Uint8Array(32)
  const contents = Array.from({ length: 20 }, (__, i) => new Uint8Array(32).fill(i))
  const signatures = await Promise.all(
    contents.map((content) => {
      data.set(content)
      return signer.sign(data, 'SHA-256')
    }),
  )
  for (const [i, content] of contents.entries()) {
    const signature = signatures[i]!
    expect(await verifySignature({ key: rsa.publicKey, algorithm, data: content, signature }, ctx)).toBe(true)
  }
})

test('many raw operations at once leave the event loop its turns', async () => {
  const { rawRsa } = await importPrivateKey(rsa.pkcs8, plainContext)
  const block = new Uint8Array(256).fill(1, 1)
  let turns = 0
  let running = true
  const count = (): void => {
    turns++
    if (running) setImmediate(count)
  }
  setImmediate(count)
  const results = await Promise.all(Array.from({ length: 16 }, () => rawRsa!.rawDecrypt(block)))
  running = false
  expect(turns).toBeGreaterThan(7)
  expect(new Set(results.map((bytes) => Buffer.from(bytes).toString('hex'))).size).toBe(1)
})
