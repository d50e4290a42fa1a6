import { verify, webcrypto } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { chooseSignature, signData } from '../../src/crypto/sign.js'
import { verifySignature } from '../../src/crypto/verify.js'
import type { CryptoKeyLike, DigestName, RemoteSigner, SignatureName, SigningKey } from '../../src/types.js'
import { expectRefusal, expectRejection } from '../support/hostile.js'
import { countingProvider, ecPair, type KeyPair, plainContext, rsaPair } from './support.js'

const rsa = rsaPair()
const ec = ecPair('P-256')
const data = new TextEncoder().encode('to be signed')

async function cryptoKey(pair: KeyPair, name: string, hash: string): Promise<CryptoKeyLike> {
  const algorithm = name === 'ECDSA' ? { name, namedCurve: 'P-256' } : { name, hash }
  return webcrypto.subtle.importKey('pkcs8', pair.pkcs8, algorithm, false, ['sign'])
}

function remote(
  result: unknown,
  rest: Partial<RemoteSigner> & { readonly signature?: SignatureName } = {},
): RemoteSigner {
  return {
    signature: 'RSASSA-PKCS1-v1_5',
    digests: ['SHA-256'],
    sign: () => Promise.resolve(result as Uint8Array),
    ...rest,
  }
}

describe('chooseSignature', () => {
  test.each([
    ['the wanted digest', ['SHA-1', 'SHA-512'], 'SHA-512', 'SHA-512'],
    ['else the first', ['SHA-1', 'SHA-512'], 'SHA-256', 'SHA-1'],
    ['never MD5, be it the first', ['MD5', 'SHA-512'], 'SHA-256', 'SHA-512'],
    ['never MD5, be it wanted', ['SHA-512', 'MD5'], 'MD5', 'SHA-512'],
  ] as const)('a RemoteSigner takes %s', (_, digests, wanted, expected) => {
    expect(chooseSignature(remote(null, { digests }), wanted)).toEqual({
      signature: 'RSASSA-PKCS1-v1_5',
      digest: expected,
    })
  })

  test('an RSA CryptoKey has one digest, an EC one takes the wanted', async () => {
    expect(chooseSignature(await cryptoKey(rsa, 'RSASSA-PKCS1-v1_5', 'SHA-384'), 'SHA-256').digest).toBe('SHA-384')
    expect(chooseSignature(await cryptoKey(rsa, 'RSA-PSS', 'SHA-1'), 'SHA-256')).toEqual({
      signature: 'RSA-PSS',
      digest: 'SHA-1',
    })
    const key = await cryptoKey(ec, 'ECDSA', '')
    expect(chooseSignature(key, 'SHA-512')).toEqual({ signature: 'ECDSA', digest: 'SHA-512' })
    expect(chooseSignature(key, 'MD5').digest).toBe('SHA-256')
  })

  test('a RemoteSigner that has MD5 alone is refused', () => {
    const md5 = remote(null, { digests: ['MD5'] })
    expectRefusal(() => chooseSignature(md5, 'SHA-256'), 'ERR_INVALID_ARGUMENT', /MD5/)
  })

  const good = { type: 'private', extractable: false, usages: ['sign'], algorithm: { name: 'ECDSA' } }
  test.each([
    ['null', null, /CryptoKey or a RemoteSigner/],
    ['a string', 'key', /CryptoKey or a RemoteSigner/],
    ['an empty object', {}, /CryptoKey/],
    ['a public key', { ...good, type: 'public', usages: ['verify'] }, /private CryptoKey/],
    ['a public key that claims to sign', { ...good, type: 'public' }, /private CryptoKey/],
    ['a key that may not sign', { ...good, usages: ['decrypt'] }, /usage 'sign'/],
    ['a key without usages', { ...good, usages: undefined }, /usage 'sign'/],
    ['Ed25519', { ...good, algorithm: { name: 'Ed25519' } }, /ECDSA/],
    ['RSA for SHA-224', { ...good, algorithm: { name: 'RSA-PSS', hash: { name: 'SHA-224' } } }, /SHA-1/],
    ['RSA for MD5', { ...good, algorithm: { name: 'RSA-PSS', hash: { name: 'MD5' } } }, /SHA-1/],
    ['RSA without a digest', { ...good, algorithm: { name: 'RSA-PSS' } }, /SHA-1/],
    ['an unknown scheme', remote(null, { signature: 'DSA' as SignatureName }), /signature/],
    ['no digests', remote(null, { digests: [] as unknown as ['SHA-1'] }), /digests/],
    ['digests that are no list', remote(null, { digests: 'SHA-256' as unknown as ['SHA-1'] }), /digests/],
    ['unknown digests', remote(null, { digests: ['SHA-224'] as unknown as ['SHA-1'] }), /digests/],
  ])('refuses %s', (_, key, reason) => {
    expectRefusal(() => chooseSignature(key as SigningKey, 'SHA-256'), 'ERR_INVALID_ARGUMENT', reason)
  })
})

describe('signData with a CryptoKey', () => {
  test.each(['RSASSA-PKCS1-v1_5', 'RSA-PSS', 'ECDSA'] as const)('%s', async (name) => {
    const pair = name === 'ECDSA' ? ec : rsa
    const key = await cryptoKey(pair, name, 'SHA-256')
    const chosen = chooseSignature(key, 'SHA-256')
    const { provider, calls } = countingProvider()
    for (const ctx of [plainContext, { ...plainContext, provider }]) {
      const signature = await signData(key, chosen, data, ctx)
      const algorithm = { ...chosen, saltLength: name === 'RSA-PSS' ? 32 : null }
      expect(await verifySignature({ key: pair.publicKey, algorithm, data, signature }, plainContext)).toBe(true)
    }
    expect(calls).toEqual(['sign'])
  })

  test('what is no key of the provider is the caller’s mistake', async () => {
    const key = { type: 'private', extractable: false, usages: ['sign'], algorithm: { name: 'ECDSA' } }
    const promise = signData(key, chooseSignature(key, 'SHA-256'), data, plainContext)
    await expectRejection(promise, 'ERR_INVALID_ARGUMENT', /CryptoKey/)
  })

  test('ECDSA comes out as DER', async () => {
    const key = await cryptoKey(ec, 'ECDSA', '')
    const signature = await signData(key, chooseSignature(key, 'SHA-256'), data, plainContext)
    const publicKey = { key: Buffer.from(ec.spki), format: 'der', type: 'spki', dsaEncoding: 'der' } as const
    expect(verify('sha256', data, publicKey, signature)).toBe(true)
  })
})

describe('signData with a RemoteSigner', () => {
  test('is asked for the chosen digest, with a copy of the data', async () => {
    const asked: DigestName[] = []
    const signer = remote(null, {
      sign: (given, digest) => {
        asked.push(digest)
        given.fill(0)
        return Promise.resolve(Buffer.alloc(256, 1))
      },
    })
    const own = data.slice()
    const signature = await signData(signer, { signature: 'RSASSA-PKCS1-v1_5', digest: 'SHA-256' }, own, plainContext)
    expect([asked, own]).toEqual([['SHA-256'], data])
    expect(signature).toEqual(new Uint8Array(256).fill(1))
    expect(Object.getPrototypeOf(signature)).toBe(Uint8Array.prototype)
  })

  test('what it rejects with passes through unchanged', async () => {
    const reason = new Error('HSM is gone')
    const signer = remote(null, { sign: () => Promise.reject(reason) })
    const promise = signData(signer, { signature: 'RSASSA-PKCS1-v1_5', digest: 'SHA-256' }, data, plainContext)
    await expect(promise).rejects.toBe(reason)
  })

  const der = Uint8Array.of(0x30, 6, 2, 1, 1, 2, 1, 1)
  test.each([
    ['der', der],
    ['ieee-p1363', Uint8Array.from({ length: 64 }, (_, i) => Number(i % 32 === 31))],
  ] as const)('ECDSA as %s comes out as DER', async (ecdsaFormat, signature) => {
    const signer = remote(signature, { signature: 'ECDSA', ecdsaFormat })
    expect(await signData(signer, { signature: 'ECDSA', digest: 'SHA-256' }, data, plainContext)).toEqual(der)
  })

  test.each([
    ['nothing', undefined, {}, /Uint8Array/],
    ['null', null, {}, /Uint8Array/],
    ['hex', 'abcd', {}, /Uint8Array/],
    ['an ArrayBuffer', new ArrayBuffer(256), {}, /Uint8Array/],
    ['an array', [1, 2], {}, /Uint8Array/],
    ['an empty RSA signature', new Uint8Array(0), {}, /modulus/],
    ['a digest instead of an RSA signature', new Uint8Array(32), {}, /modulus/],
    ['an RSA signature of 16392 bits', new Uint8Array(2049), {}, /modulus/],
    ['r and s where DER is said', new Uint8Array(64).fill(1), { signature: 'ECDSA' }, /DER/],
    ['DER with bytes behind it', Uint8Array.of(...der, 0), { signature: 'ECDSA' }, /DER/],
    ['DER where r and s are said', der, { signature: 'ECDSA', ecdsaFormat: 'ieee-p1363' }, /equal length/],
    ['r and s of zero', new Uint8Array(64), { signature: 'ECDSA', ecdsaFormat: 'ieee-p1363' }, /ECDSA/],
    ['an odd length', new Uint8Array(65).fill(1), { signature: 'ECDSA', ecdsaFormat: 'ieee-p1363' }, /equal length/],
  ] as const)('refuses %s', async (_, result, rest, reason) => {
    const signer = remote(result, rest)
    const promise = signData(signer, { signature: signer.signature, digest: 'SHA-256' }, data, plainContext)
    await expectRejection(promise, 'ERR_INVALID_ARGUMENT', reason)
  })
})
