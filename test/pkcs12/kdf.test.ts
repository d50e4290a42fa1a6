import { expect, test } from 'vitest'
import { encodeHex } from '../../src/bytes/hex.js'
import { callContext } from '../../src/crypto/context.js'
import { bmpPassword, pkcs12Key, PURPOSE } from '../../src/pkcs12/kdf.js'
import type { DigestName } from '../../src/types.js'
import { describeWithTools, runOk } from '../support/openssl.js'

test('a password is UTF-16 with two zero octets at the end', () => {
  expect(encodeHex(bmpPassword('Beavis'))).toBe('0042006500610076006900730000')
  expect(encodeHex(bmpPassword('ß€😀'))).toBe('00df20acd83dde000000')
  expect(encodeHex(bmpPassword(''))).toBe('0000')
})

describeWithTools('the KDF of PKCS#12 against OpenSSL', ['openssl'], () => {
  const opensslName = { 'SHA-1': 'SHA1', 'SHA-256': 'SHA256', 'SHA-384': 'SHA384', 'SHA-512': 'SHA512' } as const
  test.each<[keyof typeof opensslName & DigestName, keyof typeof PURPOSE, number, number, number, string]>([
    ['SHA-1', 'key', 24, 8, 2048, 'smeg'],
    ['SHA-1', 'iv', 8, 8, 1, 'smeg'],
    ['SHA-1', 'mac', 20, 20, 1000, 'ß€😀'],
    ['SHA-1', 'key', 100, 65, 3, 'a password that fills more than one block of sixty-four octets'],
    ['SHA-256', 'mac', 32, 8, 2048, 'queeg'],
    ['SHA-256', 'key', 33, 1, 2, ''],
    ['SHA-384', 'mac', 48, 129, 7, 'queeg'],
    ['SHA-512', 'mac', 64, 8, 2048, 'queeg'],
    ['SHA-512', 'key', 200, 20, 2, 'queeg'],
  ])('%s %s of %i octets, salt of %i, %i iterations', async (digest, purpose, length, saltLength, iterations, text) => {
    const salt = Uint8Array.from({ length: saltLength }, (_, at) => 255 - at)
    const password = bmpPassword(text)
    const options = [
      `digest:${opensslName[digest]}`,
      `hexpass:${encodeHex(password)}`,
      `hexsalt:${encodeHex(salt)}`,
      `iter:${String(iterations)}`,
      `id:${String(PURPOSE[purpose])}`,
    ]
    const args = ['kdf', '-binary', '-keylen', String(length), ...options.flatMap((option) => ['-kdfopt', option])]
    const { stdout } = runOk('openssl', [...args, 'PKCS12KDF'])
    const request = { digest, password, salt, iterations, purpose: PURPOSE[purpose], length }
    expect(encodeHex(await pkcs12Key(request, callContext(undefined)))).toBe(encodeHex(stdout))
    const provider = callContext({ crypto: globalThis.crypto })
    if (iterations < 100) expect(encodeHex(await pkcs12Key(request, provider))).toBe(encodeHex(stdout))
  })
})
