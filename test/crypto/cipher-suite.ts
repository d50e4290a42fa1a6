import * as crypto from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { equalBytes } from '../../src/bytes/bytes.js'
import { CIPHERS } from '../../src/crypto/algorithms.js'
import { decryptContent, encryptContent } from '../../src/crypto/cipher.js'
import type { CallContext } from '../../src/crypto/context.js'
import type { Bytes, CipherName } from '../../src/types.js'
import { expectRejection, rejectionOf } from '../support/hostile.js'
import { draw } from '../support/random.js'

const OPENSSL: { readonly [N in CipherName]: string } = {
  'AES-128-CBC': 'aes-128-cbc',
  'AES-192-CBC': 'aes-192-cbc',
  'AES-256-CBC': 'aes-256-cbc',
  'AES-128-GCM': 'aes-128-gcm',
  'AES-256-GCM': 'aes-256-gcm',
  'DES-EDE3-CBC': 'des-ede3-cbc',
  'DES-CBC': 'des-ede3-cbc',
}
const NAMES = Object.keys(OPENSSL) as CipherName[]
const CBC = NAMES.filter((name) => CIPHERS[name].mode === 'CBC')
const GCM = NAMES.filter((name) => CIPHERS[name].mode === 'GCM')

/** OpenSSL’s ciphertext, with PKCS#7 padding unless told otherwise. */
function openssl(name: CipherName, key: Uint8Array, iv: Uint8Array, data: Uint8Array, padding = true): Bytes {
  // OpenSSL 3 has no single DES by default, which is EDE with one key thrice.
  const fullKey = name === 'DES-CBC' ? Buffer.concat([key, key, key]) : key
  const cipher = crypto.createCipheriv(OPENSSL[name], fullKey, iv).setAutoPadding(padding)
  return new Uint8Array(Buffer.concat([cipher.update(data), cipher.final()]))
}

function material(name: CipherName, seed: number): { readonly key: Bytes; readonly iv: Bytes } {
  const source = draw(seed)
  return { key: source.bytes(CIPHERS[name].keyLength), iv: source.bytes(CIPHERS[name].ivLength) }
}

export function ciphers(way: string, ctx: CallContext): void {
  describe(`ciphers, ${way}`, () => {
    test.each(CBC)('%s agrees with OpenSSL for every length', async (name) => {
      const { key, iv } = material(name, 1)
      for (const length of [0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 1000, 70_000]) {
        const data = draw(length).bytes(length)
        const { ciphertext, tag } = await encryptContent(CIPHERS[name], key, iv, data, ctx)
        expect(tag).toBeNull()
        expect(equalBytes(ciphertext, openssl(name, key, iv, data))).toBe(true)
        expect(equalBytes(await decryptContent(CIPHERS[name], key, iv, ciphertext, ctx), data)).toBe(true)
        expect(Object.getPrototypeOf(ciphertext)).toBe(Uint8Array.prototype)
      }
    })

    test.each(CBC)('%s: every last octet but a right padding is the one failure', async (name) => {
      const { key, iv } = material(name, 2)
      const block = CIPHERS[name].blockLength
      const texts = new Set<string>()
      for (let last = 0; last < 256; last++) {
        // All octets of the block are alike, so that a padding is right exactly when its length is.
        const data = new Uint8Array(2 * block).fill(last, block)
        const open = decryptContent(CIPHERS[name], key, iv, openssl(name, key, iv, data, false), ctx)
        if (last >= 1 && last <= block) expect(await open).toEqual(data.subarray(0, 2 * block - last))
        else texts.add((await rejectionOf(open)).message)
      }
      const wrong = new Uint8Array(block).fill(5)
      wrong[block - 4] = 4
      texts.add(
        (await rejectionOf(decryptContent(CIPHERS[name], key, iv, openssl(name, key, iv, wrong, false), ctx))).message,
      )
      expect(texts.size).toBe(1)
    })

    test.each(CBC)('%s: no ciphertext, or no whole block, is the one failure', async (name) => {
      const { key, iv } = material(name, 3)
      for (const length of [0, 1, 7, 9, 15, 17])
        await expectRejection(
          decryptContent(CIPHERS[name], key, iv, new Uint8Array(length), ctx),
          'ERR_DECRYPTION_FAILED',
        )
    })

    test.each(GCM)('%s agrees with OpenSSL, with and without further data', async (name) => {
      const { key, iv } = material(name, 4)
      for (const aad of [null, Uint8Array.of(1, 2, 3)]) {
        const data = draw(5).bytes(100)
        const { ciphertext, tag } = await encryptContent(CIPHERS[name], key, iv, data, ctx, aad)
        const cipher = crypto.createCipheriv(OPENSSL[name] as 'aes-128-gcm', key, iv)
        if (aad !== null) cipher.setAAD(aad)
        expect(ciphertext).toEqual(new Uint8Array(Buffer.concat([cipher.update(data), cipher.final()])))
        expect(tag).toEqual(new Uint8Array(cipher.getAuthTag()))
        for (const tagLength of [12, 13, 14, 15, 16]) {
          const authentication = { tag: tag!.subarray(0, tagLength), aad }
          expect(await decryptContent(CIPHERS[name], key, iv, ciphertext, ctx, authentication)).toEqual(data)
        }
      }
    })

    test.each(GCM)(
      '%s: a nonce of another length than 12 is the one failure, also where it is the right one',
      async (name) => {
        const { key } = material(name, 8)
        const nonce = new Uint8Array(16).fill(1)
        const cipher = crypto.createCipheriv(OPENSSL[name] as 'aes-128-gcm', key, nonce)
        const ciphertext = Buffer.concat([cipher.update('text'), cipher.final()])
        const open = decryptContent(CIPHERS[name], key, nonce, ciphertext, ctx, { tag: cipher.getAuthTag() })
        await expectRejection(open, 'ERR_DECRYPTION_FAILED')
      },
    )

    test.each(GCM)('%s: whatever is changed is the one failure', async (name) => {
      const { key, iv } = material(name, 6)
      const aad = Uint8Array.of(1)
      const sealed = await encryptContent(CIPHERS[name], key, iv, Uint8Array.of(1, 2, 3), ctx, aad)
      const tag = sealed.tag!
      const flipped = (bytes: Uint8Array): Bytes => bytes.map((octet, i) => (i === 0 ? octet ^ 1 : octet))
      const { ciphertext } = sealed
      const attempts = [
        () => decryptContent(CIPHERS[name], key, iv, flipped(ciphertext), ctx, { tag, aad }),
        () => decryptContent(CIPHERS[name], key, iv, ciphertext, ctx, { tag: flipped(tag), aad }),
        () => decryptContent(CIPHERS[name], key, iv, ciphertext, ctx, { tag, aad: Uint8Array.of(2) }),
        () => decryptContent(CIPHERS[name], key, iv, ciphertext, ctx, { tag }),
        () => decryptContent(CIPHERS[name], flipped(key), iv, ciphertext, ctx, { tag, aad }),
        () => decryptContent(CIPHERS[name], key, flipped(iv), ciphertext, ctx, { tag, aad }),
        () => decryptContent(CIPHERS[name], key, iv, ciphertext, ctx, { tag: tag.subarray(0, 11), aad }),
        () => decryptContent(CIPHERS[name], key, iv, ciphertext, ctx, { tag: tag.subarray(0, 4), aad }),
        () => decryptContent(CIPHERS[name], key, iv, ciphertext, ctx, { tag: Uint8Array.of(...tag, 0), aad }),
        () => decryptContent(CIPHERS[name], key, iv, ciphertext, ctx),
      ]
      for (const attempt of attempts) {
        const error = await rejectionOf(attempt())
        expect([error.code, error.cause]).toEqual(['ERR_DECRYPTION_FAILED', undefined])
      }
    })

    test.each(NAMES)('%s: a key or IV of another length is the one failure', async (name) => {
      const { key, iv } = material(name, 7)
      const body = new Uint8Array(32)
      const authentication = { tag: new Uint8Array(16) }
      for (const open of [
        () => decryptContent(CIPHERS[name], key.subarray(1), iv, body, ctx, authentication),
        () => decryptContent(CIPHERS[name], key, iv.subarray(1), body, ctx, authentication),
        () => decryptContent(CIPHERS[name], new Uint8Array(0), iv, body, ctx, authentication),
      ])
        await expectRejection(open(), 'ERR_DECRYPTION_FAILED')
    })
  })
}
