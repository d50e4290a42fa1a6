import * as crypto from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { KeyTransport } from '../../src/crypto/algorithms.js'
import type { CallContext } from '../../src/crypto/context.js'
import { unwrapKey, wrapKey } from '../../src/crypto/key-transport.js'
import { importPrivateKey } from '../../src/crypto/private-key.js'
import type { PublicKey } from '../../src/crypto/public-key.js'
import type { Bytes, DigestName, RawRsaKey } from '../../src/types.js'
import { expectRejection } from '../support/hostile.js'
import { draw } from '../support/random.js'
import { ecPair, type KeyPair, rsaPair } from './support.js'

const rsa = rsaPair()

/** With v1.5 the key is wrapped at once: what it throws becomes a rejection. */
export async function wrapLater(...input: Parameters<typeof wrapKey>): Promise<Bytes> {
  return wrapKey(...input)
}

export const V15: KeyTransport = {
  name: 'RSAES-PKCS1-v1_5',
  oaepDigest: null,
  mgfDigest: null,
  label: new Uint8Array(0),
}
export function oaep(oaepDigest: DigestName, mgfDigest = oaepDigest, label = new Uint8Array(0)): KeyTransport {
  return { name: 'RSA-OAEP', oaepDigest, mgfDigest, label }
}

/** m^e mod n of a block that may hold anything. */
export function encryptBlock(pair: KeyPair, block: Uint8Array): Bytes {
  const key = crypto.createPublicKey(pair.privateKey)
  return new Uint8Array(crypto.publicEncrypt({ key, padding: crypto.constants.RSA_NO_PADDING }, block))
}

/** 00 02, octets other than zero, 00, the key. */
export function pkcs1Block(key: Uint8Array, length = 256): Bytes {
  const block = new Uint8Array(length).fill(0x5a)
  block.set([0, 2])
  block[length - key.length - 1] = 0
  block.set(key, length - key.length)
  return block
}

const changes: readonly (readonly [string, (block: Bytes) => void])[] = [
  ['a first octet other than zero', (block) => (block[0] = 1)],
  ['block type 1', (block) => (block[1] = 1)],
  ['block type 0', (block) => (block[1] = 0)],
  ['block type 130', (block) => (block[1] = 0x82)],
  ['a zero at the start of the padding', (block) => (block[2] = 0)],
  ['a zero in the eighth octet of the padding', (block) => (block[9] = 0)],
  ['a zero in the ninth octet of the padding', (block) => (block[10] = 0)],
  ['a zero at the end of the padding', (block) => (block[256 - 18] = 0)],
  ['no zero before the key', (block) => (block[256 - 17] = 1)],
  ['no zero before the key, in its highest bit', (block) => (block[256 - 17] = 0x80)],
  ['nothing but zeros and a one', (block) => block.fill(0).fill(1, 255)],
  ['nothing but ones', (block) => block.fill(0xff, 1)],
]

export function unwrapping(way: string, ctx: CallContext): void {
  const unwrap = (raw: RawRsaKey, transport: KeyTransport, encrypted: Uint8Array, length = 16): Promise<Bytes> =>
    unwrapKey({ rawRsa: raw }, rsa.publicKey, transport, encrypted, length, ctx)
  const rawKey = async (): Promise<RawRsaKey> => (await importPrivateKey(rsa.pkcs8, ctx)).rawRsa!

  describe(`unwrapKey, ${way}`, () => {
    const key = draw(1).bytes(16)

    test.each([8, 16, 24, 32])('v1.5 and OAEP give back a key of %i octets', async (length) => {
      const raw = await rawKey()
      const secret = draw(length).bytes(length)
      const old = await wrapKey('RSAES-PKCS1-v1_5', rsa.publicKey, secret, ctx)
      expect(await unwrap(raw, V15, old, length)).toEqual(secret)
      const modern = await wrapKey('RSA-OAEP', rsa.publicKey, secret, ctx)
      expect(await unwrap(raw, oaep('SHA-256'), modern, length)).toEqual(secret)
      const padding = { key: rsa.privateKey, padding: crypto.constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }
      expect(new Uint8Array(crypto.privateDecrypt(padding, modern))).toEqual(secret)
      expect([old.length, modern.length]).toEqual([256, 256])
    })

    test.each([
      ['SHA-1', 'SHA-1'],
      ['SHA-256', 'SHA-256'],
      ['SHA-384', 'SHA-384'],
      ['SHA-512', 'SHA-512'],
      ['SHA-256', 'SHA-1'],
      ['SHA-1', 'SHA-256'],
    ] as const)('OAEP with %s and a mask of %s', async (digest, mask) => {
      const raw = await rawKey()
      const label = Uint8Array.of(9, 9)
      const encrypted = encryptBlock(rsa, oaepBlock(key, digest, mask, label))
      expect(await unwrap(raw, oaep(digest, mask, label), encrypted)).toEqual(key)
      const others = [oaep(digest, mask), oaep('SHA-512', 'SHA-384', label), oaep(digest, 'SHA-384', label)]
      const refused = others.filter(
        (other) => other.oaepDigest !== digest || other.mgfDigest !== mask || other.label.length === 0,
      )
      for (const other of refused) expect(await unwrap(raw, other, encrypted)).not.toEqual(key)
    })

    test.each(changes)('v1.5 with %s gives another key, always the same', async (_, change) => {
      const block = pkcs1Block(key)
      change(block)
      const encrypted = encryptBlock(rsa, block)
      const first = await unwrap(await rawKey(), V15, encrypted)
      expect(first).toHaveLength(16)
      expect(first).not.toEqual(key)
      expect(first).not.toEqual(block.subarray(240))
      // From the private key: another import of it, in another process, has the same.
      expect(await unwrap(await rawKey(), V15, encrypted)).toEqual(first)
    })

    test('the unchanged block gives the key: the changes above were what was refused', async () => {
      expect(await unwrap(await rawKey(), V15, encryptBlock(rsa, pkcs1Block(key)))).toEqual(key)
    })

    test('the key of a good block comes back under no other length', async () => {
      const raw = await rawKey()
      const encrypted = encryptBlock(rsa, pkcs1Block(key))
      for (const length of [8, 15, 17, 24, 32]) {
        const other = await unwrap(raw, V15, encrypted, length)
        expect(other).toHaveLength(length)
        expect(Buffer.from(key).includes(Buffer.from(other))).toBe(false)
        expect(Buffer.from(other).includes(Buffer.from(key))).toBe(false)
      }
    })

    test('eight octets of padding are enough, seven are not', async () => {
      const raw = await rawKey()
      const longest = draw(2).bytes(245)
      expect(await unwrap(raw, V15, encryptBlock(rsa, pkcs1Block(longest)), 245)).toEqual(longest)
      const longer = draw(3).bytes(246)
      expect(await unwrap(raw, V15, encryptBlock(rsa, pkcs1Block(longer)), 246)).not.toEqual(longer)
    })

    const data = (at: number, mask: number) => (block: Uint8Array) => {
      block[at]! ^= mask
    }
    test.each([
      ['a first octet other than zero (Manger)', undefined, (block: Bytes) => (block[0] = 1)],
      ['another masked seed', undefined, (block: Bytes) => (block[5]! ^= 1)],
      ['another masked text', undefined, (block: Bytes) => (block[100]! ^= 1)],
      ['another digest of the label, in its first octet', data(0, 1), undefined],
      ['another digest of the label, in its last octet', data(31, 0x80), undefined],
      ['a one in the padding', data(32, 1), undefined],
      ['another octet in the padding', data(205, 0x80), undefined],
      ['zero for the separator', data(206, 1), undefined],
      ['three for the separator', data(206, 2), undefined],
      ['129 for the separator', data(206, 0x80), undefined],
    ])('OAEP with %s gives another key, always the same', async (_, before, after) => {
      const block = oaepBlock(key, 'SHA-256', 'SHA-256', new Uint8Array(0), before)
      after?.(block)
      const encrypted = encryptBlock(rsa, block)
      const raw = await rawKey()
      const first = await unwrap(raw, oaep('SHA-256'), encrypted)
      expect(first).toHaveLength(16)
      expect(first).not.toEqual(key)
      expect(await unwrap(await rawKey(), oaep('SHA-256'), encrypted)).toEqual(first)
    })

    test.each([
      ['nothing', new Uint8Array(0)],
      ['zero', new Uint8Array(256)],
      ['an octet too few', new Uint8Array(255).fill(1)],
      ['an octet too many', new Uint8Array(257).fill(1)],
      ['the modulus', rsa.publicKey.modulus],
      ['more than the modulus', new Uint8Array(256).fill(0xff)],
      ['a megabyte', new Uint8Array(1_000_000).fill(1)],
    ])('%s is never given to the key', async (_, encrypted) => {
      const raw: RawRsaKey = { rawDecrypt: () => Promise.reject(new Error('asked')) }
      for (const transport of [V15, oaep('SHA-256')]) {
        const first = await unwrap(raw, transport, encrypted)
        expect(first).toHaveLength(16)
        expect(await unwrap(raw, transport, encrypted)).toEqual(first)
      }
    })

    test('different ciphertexts have different synthetic keys, different keys too', async () => {
      const raw = await rawKey()
      const made = await Promise.all(
        Array.from({ length: 20 }, (_, i) => unwrap(raw, V15, new Uint8Array(257).fill(i))),
      )
      made.push(await unwrap({ rawDecrypt: () => Promise.reject(new Error('asked')) }, V15, new Uint8Array(257)))
      expect(new Set(made.map((bytes) => Buffer.from(bytes).toString('hex'))).size).toBe(21)
    })
  })

  describe(`a caller’s RawRsaKey, ${way}`, () => {
    const encrypted = encryptBlock(rsa, pkcs1Block(new Uint8Array(16).fill(3)))

    test('is asked once, with a copy', async () => {
      const asked: Bytes[] = []
      const raw: RawRsaKey = {
        rawDecrypt: (block) => {
          asked.push(block.slice())
          block.fill(0)
          return Promise.resolve(Buffer.from(pkcs1Block(new Uint8Array(16).fill(3))))
        },
      }
      const own = encrypted.slice()
      expect(await unwrap(raw, V15, own)).toEqual(new Uint8Array(16).fill(3))
      expect(asked).toEqual([own])
      expect(own).toEqual(encrypted)
    })

    test('gives the same synthetic key each time it is used', async () => {
      const raw: RawRsaKey = { rawDecrypt: () => Promise.resolve(new Uint8Array(256)) }
      expect(await unwrap(raw, V15, encrypted)).toEqual(await unwrap(raw, V15, encrypted))
    })

    test('what it rejects with passes through unchanged', async () => {
      const outage = new Error('HSM is gone')
      await expect(unwrap({ rawDecrypt: () => Promise.reject(outage) }, V15, encrypted)).rejects.toBe(outage)
    })

    test.each([
      ['null', null],
      ['hex', 'ab'.repeat(256)],
      ['a block without leading zeros', new Uint8Array(255)],
      ['a longer block', new Uint8Array(257)],
    ])('%s is its fault, not the message’s', async (_, result) => {
      const raw: RawRsaKey = { rawDecrypt: () => Promise.resolve(result as Uint8Array) }
      await expectRejection(unwrap(raw, V15, encrypted), 'ERR_INVALID_ARGUMENT', /modulus/)
    })

    test('needs a certificate with an RSA key', async () => {
      const raw: RawRsaKey = { rawDecrypt: () => Promise.resolve(new Uint8Array(256)) }
      const promise = unwrapKey({ rawRsa: raw }, ecPair('P-256').publicKey, V15, encrypted, 16, ctx)
      await expectRejection(promise, 'ERR_INVALID_ARGUMENT', /RSA/)
      await expectRejection(
        unwrapKey({}, rsa.publicKey, V15, encrypted, 16, ctx),
        'ERR_INVALID_ARGUMENT',
        /rawRsa or unwrapKey/,
      )
    })
  })

  describe(`wrapKey, ${way}`, () => {
    test('refuses keys that are not RSA', async () => {
      const other: PublicKey = { kind: 'other', oid: '', spki: new Uint8Array(0), keyBits: new Uint8Array(0) }
      for (const key of [ecPair('P-256').publicKey, other])
        for (const name of ['RSA-OAEP', 'RSAES-PKCS1-v1_5'] as const)
          await expectRejection(wrapLater(name, key, new Uint8Array(16), ctx), 'ERR_INVALID_ARGUMENT', /RSA/)
    })

    test('refuses keys that are too small', async () => {
      const small = rsaPair(512).publicKey
      await expectRejection(
        wrapLater('RSAES-PKCS1-v1_5', small, new Uint8Array(54), ctx),
        'ERR_INVALID_ARGUMENT',
        /small/,
      )
      expect(await wrapKey('RSAES-PKCS1-v1_5', small, new Uint8Array(53), ctx)).toHaveLength(64)
      await expectRejection(wrapLater('RSA-OAEP', small, new Uint8Array(1), ctx), 'ERR_INVALID_ARGUMENT', /small/)
    })

    test('no octet of the padding is zero', async () => {
      for (let i = 0; i < 20; i++) {
        const encrypted = await wrapKey('RSAES-PKCS1-v1_5', rsa.publicKey, new Uint8Array(16), ctx)
        const padding = crypto.constants.RSA_NO_PADDING
        const block = crypto.privateDecrypt({ key: rsa.privateKey, padding }, encrypted)
        expect([block[0], block[1], block.indexOf(0, 1)]).toEqual([0, 2, 239])
      }
    })
  })
}

/** EME-OAEP (RFC 8017 §7.1.1) with a seed of ones. `change`: what is done to the data before it is masked. */
function oaepBlock(
  key: Uint8Array,
  digest: DigestName,
  mask: DigestName,
  label: Uint8Array,
  change?: (data: Uint8Array) => void,
): Bytes {
  const hash = (name: DigestName, ...parts: readonly Uint8Array[]): Buffer => {
    const state = crypto.createHash(name.replace('-', '').toLowerCase())
    for (const part of parts) state.update(part)
    return state.digest()
  }
  const mgf = (seed: Uint8Array, length: number): Buffer => {
    const parts: Buffer[] = []
    for (let i = 0; i < 16; i++) parts.push(hash(mask, seed, Uint8Array.of(0, 0, 0, i)))
    return Buffer.concat(parts).subarray(0, length)
  }
  const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((octet, i) => octet ^ b[i]!)
  const digestOfLabel = hash(digest, label)
  const seed = new Uint8Array(digestOfLabel.length).fill(1)
  const data = Buffer.alloc(256 - 1 - seed.length)
  data.set(digestOfLabel)
  data[data.length - key.length - 1] = 1
  data.set(key, data.length - key.length)
  change?.(data)
  const maskedData = xor(data, mgf(seed, data.length))
  const maskedSeed = xor(seed, mgf(maskedData, seed.length))
  return new Uint8Array(Buffer.concat([Uint8Array.of(0), maskedSeed, maskedData]))
}

export const transportPair: ReturnType<typeof rsaPair> = rsa
