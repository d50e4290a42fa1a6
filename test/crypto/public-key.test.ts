import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  encodeBitString,
  ENCODED_NULL,
  encodeInteger,
  encodeIntegerOctets,
  encodeOid,
  encodeSequence,
  encodeTlv,
} from '../../src/asn1/der-writer.js'
import { OID } from '../../src/asn1/oid.js'
import { isRsaBlock, readPublicKey } from '../../src/crypto/public-key.js'
import { RSA_ENCRYPTION_ALGORITHM } from '../../src/crypto/algorithms.js'
import type { Bytes } from '../../src/types.js'
import { expectRefusal, flips, outcomes, truncations } from '../support/hostile.js'
import { ecPair, rsaPair } from './support.js'

const pair = rsaPair()

function rsaSpki(modulus: Uint8Array, exponent: Uint8Array): Bytes {
  return encodeSequence(RSA_ENCRYPTION_ALGORITHM, encodeBitString(encodeSequence(modulus, exponent)))
}
const odd = (octets: number): Bytes => encodeIntegerOctets(new Uint8Array(octets).fill(0xff))
const e = encodeInteger(65537)

describe('RSA', () => {
  test('gives the parts that OpenSSL sees', () => {
    const jwk = createPublicKey({ key: Buffer.from(pair.spki), format: 'der', type: 'spki' }).export({ format: 'jwk' })
    const key = pair.publicKey
    expect(Buffer.from(key.modulus).toString('base64url')).toBe(jwk.n)
    expect(Buffer.from(key.exponent).toString('base64url')).toBe(jwk.e)
    expect(key.bits).toBe(2048)
    expect(key.spki).toEqual(pair.spki)
    expect(key.keyBits).toEqual(key.pkcs1)
    createPublicKey({ key: Buffer.from(key.pkcs1), format: 'der', type: 'pkcs1' })
  })

  test('does not change with the bytes that it was read from', () => {
    const bytes = pair.spki.slice()
    const key = readPublicKey(bytes)
    bytes.fill(0)
    expect(key).toEqual(pair.publicKey)
  })

  test('counts bits, not octets', () => {
    const key = readPublicKey(rsaSpki(encodeIntegerOctets(Uint8Array.of(0x01, ...new Uint8Array(127).fill(0xff))), e))
    expect(key.kind === 'RSA' && key.bits).toBe(1017)
  })

  test('parameters may be left out', () => {
    const bits = encodeBitString(pair.publicKey.pkcs1)
    const key = readPublicKey(encodeSequence(encodeSequence(encodeOid(OID.rsaEncryption)), bits))
    expect(key.kind).toBe('RSA')
  })

  test.each([
    ['an even modulus', rsaSpki(encodeIntegerOctets(new Uint8Array(256).fill(0xfe)), e), /modulus is even/],
    ['a negative modulus', rsaSpki(encodeTlv(2, Uint8Array.of(0x80, 1)), e), /modulus is not positive/],
    ['a modulus of zero', rsaSpki(encodeInteger(0), e), /modulus is not positive/],
    ['an exponent of one', rsaSpki(odd(256), encodeInteger(1)), /exponent/],
    ['an even exponent', rsaSpki(odd(256), encodeInteger(65536)), /exponent/],
    ['an exponent of zero', rsaSpki(odd(256), encodeInteger(0)), /Exponent/],
    ['a negative exponent', rsaSpki(odd(256), encodeTlv(2, Uint8Array.of(0xff))), /Exponent/],
    ['an exponent above 2^64', rsaSpki(odd(256), odd(9)), /exponent/],
    ['a third number', rsaSpki(odd(256), Uint8Array.of(...e, ...e)), /too many/],
    [
      'other parameters',
      encodeSequence(encodeSequence(encodeOid(OID.rsaEncryption), e), encodeBitString(pair.publicKey.pkcs1)),
      /too many/,
    ],
    [
      'something behind the key',
      encodeSequence(RSA_ENCRYPTION_ALGORITHM, encodeBitString(pair.publicKey.pkcs1), e),
      /too many/,
    ],
    ['unused bits', encodeSequence(RSA_ENCRYPTION_ALGORITHM, encodeTlv(3, Uint8Array.of(1, 2))), /unused bits/],
    ['no SEQUENCE', ENCODED_NULL, /SubjectPublicKeyInfo/],
  ])('refuses %s', (_, spki, reason) => {
    expectRefusal(() => readPublicKey(spki), 'ERR_CERTIFICATE_INVALID', reason)
  })

  test('refuses a modulus that would take seconds', () => {
    expect(readPublicKey(rsaSpki(odd(2048), e)).kind).toBe('RSA')
    expectRefusal(() => readPublicKey(rsaSpki(odd(2049), e)), 'ERR_LIMIT', /16384/)
  })

  test('of a large modulus, refuses an exponent that no real key has', () => {
    expect(readPublicKey(rsaSpki(odd(1024), odd(8))).kind).toBe('RSA')
    expect(readPublicKey(rsaSpki(odd(1025), odd(4))).kind).toBe('RSA')
    expectRefusal(() => readPublicKey(rsaSpki(odd(1025), odd(5))), 'ERR_LIMIT', /exponent above 2\^32/)
    expectRefusal(() => readPublicKey(rsaSpki(odd(2048), odd(8))), 'ERR_LIMIT', /8192 bits/)
  })

  test('refuses numbers that are not minimal, as DER', () => {
    const modulus = encodeTlv(2, Uint8Array.of(0, 0, 0xff))
    expectRefusal(() => readPublicKey(rsaSpki(modulus, e)), 'ERR_ENCODING')
  })
})

describe('EC', () => {
  test.each(['P-256', 'P-384', 'P-521'] as const)('%s', (curve) => {
    const key = ecPair(curve).publicKey
    expect([key.kind, key.curve, key.point[0]]).toEqual(['EC', curve, 4])
    expect(key.point).toEqual(key.keyBits)
  })

  const algorithm = encodeSequence(encodeOid(OID.ecPublicKey), encodeOid(OID.p256))
  test.each([
    ['a compressed point', Uint8Array.of(2, ...new Uint8Array(32))],
    ['a short point', Uint8Array.of(4, ...new Uint8Array(63))],
    ['a hybrid point', Uint8Array.of(6, ...new Uint8Array(64))],
    ['the point at infinity', Uint8Array.of(0)],
  ])('refuses %s', (_, point) => {
    expectRefusal(
      () => readPublicKey(encodeSequence(algorithm, encodeBitString(point))),
      'ERR_CERTIFICATE_INVALID',
      /point/,
    )
  })

  test('refuses something behind the curve', () => {
    const long = encodeSequence(encodeOid(OID.ecPublicKey), encodeOid(OID.p256), ENCODED_NULL)
    const spki = encodeSequence(long, encodeBitString(ecPair('P-256').publicKey.point))
    expectRefusal(() => readPublicKey(spki), 'ERR_CERTIFICATE_INVALID', /too many/)
  })
})

describe('other kinds', () => {
  test.each([
    ['Ed25519', generateKeyPairSync('ed25519').publicKey, OID.ed25519],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey, OID.ecPublicKey],
    ['RSA for PSS alone', generateKeyPairSync('rsa-pss', { modulusLength: 1024 }).publicKey, OID.rsassaPss],
  ])('%s are carried, not refused', (_, publicKey, oid) => {
    const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }))
    expect(readPublicKey(spki)).toMatchObject({ kind: 'other', oid, spki })
  })

  test('so is an EC key whose curve is spelled out', () => {
    const spki = encodeSequence(
      encodeSequence(encodeOid(OID.ecPublicKey), encodeSequence()),
      encodeBitString(Uint8Array.of(4)),
    )
    expect(readPublicKey(spki).kind).toBe('other')
  })
})

test('cut short or with a bit turned over, it is a value or a refusal', () => {
  expect(outcomes(truncations(pair.spki), readPublicKey).values).toBe(0)
  for (const { spki } of [pair, ecPair('P-256')])
    expect(outcomes(flips(spki), readPublicKey).refusals).toBeGreaterThan(50)
})

test('isRsaBlock: above zero and below the modulus', () => {
  const key = pair.publicKey
  const below = key.modulus.slice()
  below[255]! -= 1
  expect(isRsaBlock(key, below)).toBe(true)
  expect(isRsaBlock(key, key.modulus)).toBe(false)
  expect(isRsaBlock(key, new Uint8Array(256))).toBe(false)
  expect(isRsaBlock(key, new Uint8Array(256).fill(0xff))).toBe(false)
  expect(isRsaBlock(key, below.subarray(1))).toBe(false)
})
