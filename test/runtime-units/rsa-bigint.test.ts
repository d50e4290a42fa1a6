import * as crypto from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { readPkcs8, type RsaPrivateKey } from '../../src/crypto/pkcs8.js'
import { inverseOf, rawRsaBigInt, rsaPublicBigInt } from '../../src/runtime/rsa-bigint.js'
import type { Bytes } from '../../src/types.js'
import { rsaPair } from '../crypto/support.js'
import { expectRefusal, expectRejection } from '../support/hostile.js'
import { draw } from '../support/random.js'

const pair = rsaPair()
const random = (length: number): Bytes => crypto.randomFillSync(new Uint8Array(length))

function partsOf(pkcs8: Uint8Array): RsaPrivateKey {
  const key = readPkcs8(pkcs8)
  if (key.kind !== 'RSA') throw new Error('not RSA')
  return key
}
const parts = partsOf(pair.pkcs8)

function openssl(block: Uint8Array, key: crypto.KeyObject): Bytes {
  return new Uint8Array(crypto.privateDecrypt({ key, padding: crypto.constants.RSA_NO_PADDING }, block))
}

describe('the private operation', () => {
  test.each([512, 1024, 2048, 3072])('agrees with OpenSSL for %i bits', async (bits) => {
    const { privateKey, pkcs8 } = rsaPair(bits)
    const raw = rawRsaBigInt(partsOf(pkcs8), random)
    const source = draw(bits)
    for (let i = 0; i < 4; i++) {
      const block = source.bytes(bits / 8)
      block[0] = 0
      expect(await raw.rawDecrypt(block)).toEqual(openssl(block, privateKey))
    }
    const one = new Uint8Array(bits / 8).fill(1, bits / 8 - 1)
    expect(await raw.rawDecrypt(one)).toEqual(one)
  })

  test('agrees for exponent 3 and for results with leading zeros', async () => {
    const small = rsaPair(1024, 3)
    const raw = rawRsaBigInt(partsOf(small.pkcs8), random)
    const cube = new Uint8Array(128)
    cube[127] = 27
    expect(await raw.rawDecrypt(cube)).toEqual(new Uint8Array(128).fill(3, 127))
  })

  test('is blinded: what it computes with differs each time, the result does not', async () => {
    const drawn: Bytes[] = []
    const raw = rawRsaBigInt(parts, (length) => {
      drawn.push(random(length))
      return drawn.at(-1)!
    })
    const block = new Uint8Array(256).fill(1)
    block[0] = 0
    expect(await raw.rawDecrypt(block)).toEqual(await raw.rawDecrypt(block))
    // Base, exponent modulo p, exponent modulo q: twice.
    expect(drawn.map(({ length }) => length)).toEqual([264, 8, 8, 264, 8, 8])
  })

  test.each(['exponent1', 'exponent2', 'coefficient', 'prime1'] as const)(
    'a fault in %s gives no result',
    async (field) => {
      const damaged = parts[field].slice()
      damaged[damaged.length - 1]! ^= 2
      const raw = rawRsaBigInt({ ...parts, [field]: damaged }, random)
      const block = new Uint8Array(256).fill(1)
      block[0] = 0
      await expectRejection(raw.rawDecrypt(block), 'ERR_CRYPTO_UNAVAILABLE', /wrong result/)
    },
  )

  test('random bytes that cannot blind give no result', async () => {
    for (const bytes of [(length: number) => new Uint8Array(length), multipleOf(parts.prime1)]) {
      const raw = rawRsaBigInt(parts, bytes)
      const block = new Uint8Array(256).fill(1, 1)
      await expectRejection(raw.rawDecrypt(block), 'ERR_CRYPTO_UNAVAILABLE', /random/)
    }
  })

  test.each([
    ['zero', new Uint8Array(256)],
    ['the modulus', new Uint8Array(parts.modulus)],
    ['more than the modulus', new Uint8Array(256).fill(0xff)],
    ['an octet too few', new Uint8Array(255).fill(1)],
    ['an octet too many', new Uint8Array(257).fill(1)],
    ['nothing', new Uint8Array(0)],
  ])('refuses %s', async (_, block) => {
    await expectRejection(rawRsaBigInt(parts, random).rawDecrypt(block), 'ERR_INVALID_ARGUMENT', /modulus/)
    expectRefusal(() => rsaPublicBigInt(pair.publicKey, block), 'ERR_INVALID_ARGUMENT', /modulus/)
  })

  test('takes 15 ms for 2048 bits on a quiet machine', async () => {
    const raw = rawRsaBigInt(parts, random)
    const block = new Uint8Array(256).fill(1, 1)
    const times: number[] = []
    for (let i = 0; i < 12; i++) {
      const start = performance.now()
      await raw.rawDecrypt(block)
      times.push(performance.now() - start)
    }
    // The best of a dozen, with room for a machine that others use.
    expect(Math.min(...times)).toBeLessThan(45)
  })
})

/** Random bytes that are always a multiple of this number, below the modulus. */
function multipleOf(prime: Uint8Array): (length: number) => Bytes {
  return (length) => {
    const out = new Uint8Array(length)
    out.set(prime, length - prime.length)
    return out
  }
}

describe('the public operation', () => {
  test.each([3, 17, 65537])('agrees with OpenSSL for the exponent %i', (exponent) => {
    const { publicKey, privateKey } = rsaPair(1024, exponent)
    const block = draw(exponent).bytes(128)
    block[0] = 0
    const key = crypto.createPublicKey(privateKey)
    const expected = crypto.publicEncrypt({ key, padding: crypto.constants.RSA_NO_PADDING }, block)
    expect(rsaPublicBigInt(publicKey, block)).toEqual(new Uint8Array(expected))
  })
})

describe('inverseOf', () => {
  test('is the inverse, where there is one', () => {
    for (let value = 1n; value < 101n; value++) expect((inverseOf(value, 101n)! * value) % 101n).toBe(1n)
    expect(inverseOf(7n, 100n)).toBe(43n)
    for (const value of [2n, 5n, 10n, 50n]) expect(inverseOf(value, 100n)).toBeNull()
  })

  test.each([0n, -1n, -100n, 100n, 101n, 200n, 10n ** 40n])('of %s there is none, and that takes no time', (value) => {
    expect(inverseOf(value, 100n)).toBeNull()
  })
})
