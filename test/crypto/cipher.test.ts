import { expect, test } from 'vitest'
import { CIPHERS } from '../../src/crypto/algorithms.js'
import { decryptContent, encryptContent, encryptInPieces } from '../../src/crypto/cipher.js'
import { expectRejection } from '../support/hostile.js'
import { ciphers } from './cipher-suite.js'
import { countingProvider, plainContext, providerContext } from './support.js'

ciphers('node:crypto', plainContext)
ciphers('a given provider', providerContext)

test('AES goes through a given provider, DES never', async () => {
  const { provider, calls } = countingProvider()
  const ctx = { ...plainContext, provider }
  const [key, iv] = [new Uint8Array(16), new Uint8Array(16)]
  const { ciphertext } = await encryptContent(CIPHERS['AES-128-CBC'], key, iv, new Uint8Array(5), ctx)
  await decryptContent(CIPHERS['AES-128-CBC'], key, iv, ciphertext, ctx)
  expect(calls.splice(0)).toEqual(['importKey', 'encrypt', 'importKey', 'decrypt'])
  await encryptContent(CIPHERS['DES-EDE3-CBC'], new Uint8Array(24), new Uint8Array(8), new Uint8Array(5), ctx)
  expect(calls).toEqual([])
})

test('the pieces are plain arrays, no Buffers', async () => {
  for (const name of ['AES-128-CBC', 'AES-256-GCM', 'DES-EDE3-CBC'] as const) {
    const { keyLength, ivLength } = CIPHERS[name]
    const [key, iv] = [new Uint8Array(keyLength), new Uint8Array(ivLength)]
    const { pieces } = await encryptInPieces(CIPHERS[name], key, iv, new Uint8Array(40), plainContext)
    expect(pieces.map((piece) => Object.getPrototypeOf(piece) === Uint8Array.prototype)).not.toContain(false)
  }
})

test('more than a megabyte does not hold up the event loop', async () => {
  const [key, iv, data] = [new Uint8Array(16), new Uint8Array(16), new Uint8Array(1024 * 1024 + 1)]
  const { ciphertext } = await encryptContent(CIPHERS['AES-128-CBC'], key, iv, data, plainContext)
  expect(await decryptContent(CIPHERS['AES-128-CBC'], key, iv, ciphertext, plainContext)).toHaveLength(data.length)
})

test('a provider without the cipher is an outage, not a bad message', async () => {
  const given = countingProvider().provider
  const subtle = new Proxy(given.subtle, {
    get: (target, name) =>
      name === 'importKey'
        ? () => Promise.reject(new DOMException('no AES-192', 'OperationError'))
        : (Reflect.get(target, name) as unknown),
  })
  const ctx = { ...plainContext, provider: { ...given, subtle } }
  const [cipher, key, iv, data] = [CIPHERS['AES-192-CBC'], new Uint8Array(24), new Uint8Array(16), new Uint8Array(16)]
  await expectRejection(encryptContent(cipher, key, iv, data, ctx), 'ERR_CRYPTO_UNAVAILABLE', /AES-192-CBC/)
  await expectRejection(decryptContent(cipher, key, iv, data, ctx), 'ERR_CRYPTO_UNAVAILABLE', /AES-192-CBC/)
})
