import { constants, createHash, privateEncrypt, sign, webcrypto } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ENCODED_NULL, encodeOctetString, encodeOid, encodeSequence } from '../../src/asn1/der-writer.js'
import { OID } from '../../src/asn1/oid.js'
import type { CallContext } from '../../src/crypto/context.js'
import { type PublicKey, readPublicKey } from '../../src/crypto/public-key.js'
import { verifySignature } from '../../src/crypto/verify.js'
import type { CryptoProvider, DigestName, SignatureName } from '../../src/types.js'
import { expectRejection } from '../support/hostile.js'
import { rsaKey } from '../support/rsa-keys.js'
import { countingProvider, ecPair, type KeyPair, plainContext, providerContext, rsaPair, rsaPairOf } from './support.js'

const rsa = rsaPair()
const otherRsa = rsaPairOf(rsaKey(1))
const ec = ecPair('P-256')
const data = new TextEncoder().encode('what was signed')
const WAYS: readonly (readonly [string, CallContext])[] = [
  ['node:crypto', plainContext],
  ['a provider', providerContext],
]
const OPENSSL: { readonly [N in DigestName]: string } = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
}

function made(pair: KeyPair, signature: SignatureName, digest: DigestName, saltLength = 32): Uint8Array {
  const padding = signature === 'RSA-PSS' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength } : {}
  return new Uint8Array(sign(OPENSSL[digest], data, { key: pair.privateKey, ...padding }))
}

function verify(
  key: PublicKey,
  algorithm: { signature: SignatureName; digest: DigestName; saltLength: number | null },
  signature: Uint8Array,
  ctx: CallContext,
): Promise<boolean> {
  return Promise.resolve(verifySignature({ key, algorithm, data, signature }, ctx))
}

describe.each(WAYS)('through %s', (_, ctx) => {
  test.each(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512', 'MD5'] as const)('RSASSA-PKCS1-v1_5 with %s', async (digest) => {
    const signature = made(rsa, 'RSASSA-PKCS1-v1_5', digest)
    const algorithm = { signature: 'RSASSA-PKCS1-v1_5', digest, saltLength: null } as const
    expect(await verify(rsa.publicKey, algorithm, signature, ctx)).toBe(true)
    expect(await verify(otherRsa.publicKey, algorithm, signature, ctx)).toBe(false)
    const other = digest === 'SHA-256' ? 'SHA-1' : 'SHA-256'
    expect(await verify(rsa.publicKey, { ...algorithm, digest: other }, signature, ctx)).toBe(false)
    signature[200]! ^= 1
    expect(await verify(rsa.publicKey, algorithm, signature, ctx)).toBe(false)
  })

  test.each([0, 20, 32, 222])('RSA-PSS with a salt of %i', async (saltLength) => {
    const signature = made(rsa, 'RSA-PSS', 'SHA-256', saltLength)
    const algorithm = { signature: 'RSA-PSS', digest: 'SHA-256', saltLength } as const
    expect(await verify(rsa.publicKey, algorithm, signature, ctx)).toBe(true)
    expect(await verify(rsa.publicKey, { ...algorithm, saltLength: saltLength + 1 }, signature, ctx)).toBe(false)
    expect(await verify(rsa.publicKey, { ...algorithm, signature: 'RSASSA-PKCS1-v1_5' }, signature, ctx)).toBe(false)
  })

  test('RSA-PSS with a salt that cannot be', async () => {
    const signature = made(rsa, 'RSA-PSS', 'SHA-256')
    for (const saltLength of [null, -1, 223, 1_000_000, 2 ** 31 - 1])
      expect(await verify(rsa.publicKey, { signature: 'RSA-PSS', digest: 'SHA-256', saltLength }, signature, ctx)).toBe(
        false,
      )
    const unsalted = made(rsa, 'RSA-PSS', 'SHA-256', 0)
    const unsaid = { signature: 'RSA-PSS', digest: 'SHA-256', saltLength: null } as const
    expect(await verify(rsa.publicKey, unsaid, unsalted, ctx)).toBe(false)
    expect(await verify(rsa.publicKey, { signature: 'RSA-PSS', digest: 'MD5', saltLength: 16 }, signature, ctx)).toBe(
      false,
    )
  })

  test.each(['P-256', 'P-384', 'P-521'] as const)('ECDSA on %s', async (curve) => {
    const pair = ecPair(curve)
    for (const digest of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'] as const) {
      const signature = made(pair, 'ECDSA', digest)
      const algorithm = { signature: 'ECDSA', digest, saltLength: null } as const
      expect(await verify(pair.publicKey, algorithm, signature, ctx)).toBe(true)
      expect(await verify(ecPair(curve).publicKey, algorithm, signature, ctx)).toBe(false)
      expect(await verify(pair.publicKey, { ...algorithm, digest: 'MD5' }, signature, ctx)).toBe(false)
    }
  })

  test('a DigestInfo without NULL is taken, anything else in it is not', async () => {
    const hash = createHash('sha256').update(data).digest()
    const info = (...parameters: readonly Uint8Array[]): Uint8Array =>
      encodeSequence(encodeSequence(encodeOid(OID.sha256), ...parameters), encodeOctetString(hash))
    const signed = (content: Uint8Array): Uint8Array =>
      new Uint8Array(privateEncrypt({ key: rsa.privateKey, padding: constants.RSA_PKCS1_PADDING }, content))
    const algorithm = { signature: 'RSASSA-PKCS1-v1_5', digest: 'SHA-256', saltLength: null } as const
    expect(await verify(rsa.publicKey, algorithm, signed(info()), ctx)).toBe(true)
    expect(await verify(rsa.publicKey, algorithm, signed(info(ENCODED_NULL)), ctx)).toBe(true)
    expect(await verify(rsa.publicKey, algorithm, signed(info(encodeSequence())), ctx)).toBe(false)
    expect(await verify(rsa.publicKey, algorithm, signed(Uint8Array.of(...info(), 0)), ctx)).toBe(false)
    expect(await verify(rsa.publicKey, algorithm, signed(hash), ctx)).toBe(false)
  })

  test('the length is that of the modulus, the number below it', async () => {
    const signature = made(rsa, 'RSASSA-PKCS1-v1_5', 'SHA-256')
    const algorithm = { signature: 'RSASSA-PKCS1-v1_5', digest: 'SHA-256', saltLength: null } as const
    for (const wrong of [
      signature.subarray(1),
      Uint8Array.of(0, ...signature),
      new Uint8Array(0),
      new Uint8Array(256),
      rsa.publicKey.modulus,
      new Uint8Array(256).fill(0xff),
    ])
      expect(await verify(rsa.publicKey, algorithm, wrong, ctx)).toBe(false)
  })

  test('key and scheme must fit', async () => {
    const v15 = { signature: 'RSASSA-PKCS1-v1_5', digest: 'SHA-256', saltLength: null } as const
    const ecdsa = { signature: 'ECDSA', digest: 'SHA-256', saltLength: null } as const
    expect(await verify(ec.publicKey, v15, made(rsa, 'RSASSA-PKCS1-v1_5', 'SHA-256'), ctx)).toBe(false)
    expect(await verify(rsa.publicKey, ecdsa, made(ec, 'ECDSA', 'SHA-256'), ctx)).toBe(false)
    // A right signature under the name of another scheme.
    expect(await verify(ec.publicKey, v15, made(ec, 'ECDSA', 'SHA-256'), ctx)).toBe(false)
    expect(await verify(rsa.publicKey, ecdsa, made(rsa, 'RSASSA-PKCS1-v1_5', 'SHA-256'), ctx)).toBe(false)
    const other: PublicKey = { kind: 'other', oid: OID.ed25519, spki: new Uint8Array(1), keyBits: new Uint8Array(1) }
    expect(await verify(other, ecdsa, made(ec, 'ECDSA', 'SHA-256'), ctx)).toBe(false)
    expect(await verify(other, v15, made(rsa, 'RSASSA-PKCS1-v1_5', 'SHA-256'), ctx)).toBe(false)
  })

  test('an ECDSA signature is DER', async () => {
    const algorithm = { signature: 'ECDSA', digest: 'SHA-256', saltLength: null } as const
    for (const wrong of [new Uint8Array(0), new Uint8Array(64).fill(1), Uint8Array.of(0x30, 0)])
      expect(await verify(ec.publicKey, algorithm, wrong, ctx)).toBe(false)
  })

  test('a modulus too small for the digest verifies nothing', async () => {
    const algorithm = { signature: 'RSASSA-PKCS1-v1_5', digest: 'SHA-512', saltLength: null } as const
    const block = new Uint8Array(64).fill(1)
    expect(await verify(rsaPair(512).publicKey, algorithm, block, ctx)).toBe(false)
  })

  test('a point off its curve verifies nothing', async () => {
    const point = ec.publicKey.point.slice()
    point[64]! ^= 1
    const key = { ...ec.publicKey, point }
    const algorithm = { signature: 'ECDSA', digest: 'SHA-256', saltLength: null } as const
    expect(await verify(key, algorithm, made(ec, 'ECDSA', 'SHA-256'), ctx)).toBe(false)
  })
})

const V15 = { signature: 'RSASSA-PKCS1-v1_5', digest: 'SHA-256', saltLength: null } as const

test('e = 3: what follows the digest is not passed over (Bleichenbacher 2006)', async () => {
  const { publicKey } = rsaPair(2048, 3)
  const hash = createHash('sha256').update(data).digest()
  const info = encodeSequence(encodeSequence(encodeOid(OID.sha256), ENCODED_NULL), encodeOctetString(hash))
  // 00 01 ff 00 DigestInfo, and room behind it that makes it a cube.
  const wanted = Uint8Array.of(0, 1, ...new Uint8Array(8).fill(0xff), 0, ...info)
  const block = new Uint8Array(256)
  block.set(wanted)
  block.fill(0xff, wanted.length)
  const root = cubeRoot(BigInt(`0x${Buffer.from(block).toString('hex')}`))
  const cube = Buffer.from((root ** 3n).toString(16).padStart(512, '0'), 'hex')
  expect(new Uint8Array(cube.subarray(0, wanted.length))).toEqual(wanted)
  const forged = new Uint8Array(Buffer.from(root.toString(16).padStart(512, '0'), 'hex'))
  for (const [, ctx] of WAYS) expect(await verify(publicKey, V15, forged, ctx)).toBe(false)
})

function cubeRoot(value: bigint): bigint {
  let low = 0n
  let high = 1n << 700n
  while (low < high) {
    const middle = (low + high + 1n) >> 1n
    if (middle ** 3n <= value) low = middle
    else high = middle - 1n
  }
  return low
}

test('the native answer is a value, the provider’s a promise; imported keys are kept', async () => {
  const signature = made(rsa, 'RSASSA-PKCS1-v1_5', 'SHA-256')
  const input = { key: rsa.publicKey, algorithm: V15, data, signature }
  expect(verifySignature(input, plainContext)).toBe(true)
  const { provider, calls } = countingProvider()
  for (let i = 0; i < 3; i++) expect(await verifySignature(input, { ...plainContext, provider })).toBe(true)
  expect(calls).toEqual(['importKey', 'verify', 'verify', 'verify'])
})

test.each(['RSASSA-PKCS1-v1_5', 'RSA-PSS'] as const)('%s: once, and again when the key is kept', async (signature) => {
  const algorithm = { signature, digest: 'SHA-256', saltLength: 32 } as const
  const good = made(rsa, signature, 'SHA-256')
  // Below the modulus as the good one is.
  const bad = good.slice()
  bad[200]! ^= 1
  for (const order of [
    [good, bad, good],
    [bad, good, bad],
  ]) {
    const key = readPublicKey(rsa.publicKey.spki)
    const refusals: (boolean | Promise<boolean>)[] = []
    for (const given of order) {
      const valid = verifySignature({ key, algorithm, data, signature: given }, plainContext)
      if (given === good) expect(valid).toBe(true)
      else refusals.push(valid)
    }
    // Before anything waits: what looks at an encoding makes a key object too.
    expect(key).toHaveProperty('prepared')
    for (const valid of refusals) expect(await valid).toBe(false)
  }
  const known = { ...readPublicKey(rsa.publicKey.spki), recurs: true }
  expect(verifySignature({ key: known, algorithm, data, signature: good }, plainContext)).toBe(true)
  expect(known).toHaveProperty('prepared')
})

test('a provider that lacks the algorithm is an outage, not a bad signature', async () => {
  const subtle = new Proxy(webcrypto.subtle, {
    get: (target, name) =>
      name === 'importKey'
        ? () => Promise.reject(new DOMException('no', 'NotSupportedError'))
        : (Reflect.get(target, name) as unknown),
  })
  const provider: CryptoProvider = { subtle, getRandomValues: (array) => webcrypto.getRandomValues(array) }
  const algorithm = { signature: 'ECDSA', digest: 'SHA-256', saltLength: null } as const
  const promise = verify(ec.publicKey, algorithm, made(ec, 'ECDSA', 'SHA-256'), { ...plainContext, provider })
  await expectRejection(promise, 'ERR_CRYPTO_UNAVAILABLE', /ECDSA/)
})
