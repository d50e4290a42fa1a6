import { createCipheriv } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { decodeHex, encodeHex } from '../../src/bytes/hex.js'
import { runtime as node } from '../../src/runtime/node.js'
import { runtime as portable } from '../../src/runtime/portable.js'
import { draw } from '../support/random.js'

describe.each([
  ['node.ts', node],
  ['portable.ts', portable],
] as const)('DES in %s', (_, runtime) => {
  test('single DES: the worked example of FIPS 81, appendix C', async () => {
    // "Now is the time for all " in CBC; padding adds a fourth block.
    const key = decodeHex('0123456789abcdef')!
    const iv = decodeHex('1234567890abcdef')!
    const data = new TextEncoder().encode('Now is the time for all ')
    const ciphertext = await runtime.desCbc('encrypt', key, iv, data)
    expect(encodeHex(ciphertext.subarray(0, 24))).toBe('e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6')
    expect(await runtime.desCbc('decrypt', key, iv, ciphertext)).toEqual(data)
  })

  test('DES-EDE3 agrees with OpenSSL, slices and all', async () => {
    const source = draw(3)
    for (const length of [0, 8, 100, 64 * 1024 - 8, 64 * 1024, 64 * 1024 + 5]) {
      const [key, iv, data] = [source.bytes(24), source.bytes(8), source.bytes(length)]
      const ciphertext = await runtime.desCbc('encrypt', key, iv, data)
      const cipher = createCipheriv('des-ede3-cbc', key, iv)
      expect(Buffer.compare(ciphertext, Buffer.concat([cipher.update(data), cipher.final()]))).toBe(0)
      const plain = await runtime.desCbc('decrypt', key, iv, ciphertext)
      expect(Buffer.compare(plain, data)).toBe(0)
      expect(Object.getPrototypeOf(plain)).toBe(Uint8Array.prototype)
    }
  })

  test('the input is not changed', async () => {
    const [key, iv, data] = [new Uint8Array(24).fill(1), new Uint8Array(8).fill(2), new Uint8Array(20).fill(3)]
    const ciphertext = await runtime.desCbc('encrypt', key, iv, data)
    const copy = ciphertext.slice()
    await runtime.desCbc('decrypt', key, iv, ciphertext)
    expect([key[0], iv[0], data[0], key.length]).toEqual([1, 2, 3, 24])
    expect(ciphertext).toEqual(copy)
  })

  test('a wrong padding rejects, as with OpenSSL', async () => {
    const [key, iv] = [draw(4).bytes(24), new Uint8Array(8)]
    for (let last = 0; last < 20; last++) {
      const raw = createCipheriv('des-ede3-cbc', key, iv).setAutoPadding(false)
      const ciphertext = new Uint8Array(raw.update(Uint8Array.of(1, 1, 2, 2, 3, 3, 3, last)))
      const open = runtime.desCbc('decrypt', key, iv, ciphertext)
      if (last === 1) expect(await open).toEqual(Uint8Array.of(1, 1, 2, 2, 3, 3, 3))
      else if (last === 3) expect(await open).toEqual(Uint8Array.of(1, 1, 2, 2, 3))
      else await expect(open).rejects.toThrow()
    }
  })
})
