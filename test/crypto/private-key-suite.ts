import * as crypto from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { DER_LIMITS } from '../../src/asn1/der-reader.js'
import {
  encodeBitString,
  encodeContextConstructed,
  ENCODED_NULL,
  encodeInteger,
  encodeIntegerOctets,
  encodeOctetString,
  encodeOid,
  encodeSequence,
  encodeTlv,
} from '../../src/asn1/der-writer.js'
import { OID } from '../../src/asn1/oid.js'
import { writePem } from '../../src/asn1/pem.js'
import { concatBytes, utf8Bytes } from '../../src/bytes/bytes.js'
import { RSA_ENCRYPTION_ALGORITHM } from '../../src/crypto/algorithms.js'
import type { CallContext } from '../../src/crypto/context.js'
import { generateKey, importPrivateKey, type KeyType, readPrivateKey } from '../../src/crypto/private-key.js'
import { readPublicKey } from '../../src/crypto/public-key.js'
import { verifySignature } from '../../src/crypto/verify.js'
import type { Bytes, DigestName } from '../../src/types.js'
import { describeWithFixtures, fixtureText } from '../support/fixtures.js'
import { asyncOutcomes, drawn, expectRejection, flips, truncations } from '../support/hostile.js'
import { describeWithTools, runOk } from '../support/openssl.js'
import { ecPair, plainContext, rsaPair } from './support.js'

const rsa = rsaPair()
const p256 = ecPair('P-256')

/** Keys with which the handle must agree, whichever provider does the work. */
export function importing(name: string, ctx: CallContext): void {
  describe(`importPrivateKey, ${name}`, () => {
    test('RSA signs with every digest but MD5, and gives its public key', async () => {
      const { publicKey, signer, rawRsa } = await importPrivateKey(rsa.pkcs8, ctx)
      expect(publicKey).toEqual(rsa.spki)
      expect(rawRsa).not.toBeNull()
      expect(signer).toMatchObject({
        signature: 'RSASSA-PKCS1-v1_5',
        digests: ['SHA-256', 'SHA-384', 'SHA-512', 'SHA-1'],
      })
      const data = Uint8Array.of(1, 2, 3)
      for (const digest of signer.digests) {
        const expected = crypto.sign(digest.replace('-', ''), data, rsa.privateKey)
        expect(await signer.sign(data, digest)).toEqual(new Uint8Array(expected))
      }
      expect(() => (signer.digests as unknown as DigestName[]).push('MD5')).toThrow(TypeError)
      await expectRejection(signer.sign(data, 'MD5'), 'ERR_INVALID_ARGUMENT', /SHA-1/)
      await expectRejection(signer.sign(data, 'SHA-224' as DigestName), 'ERR_INVALID_ARGUMENT', /SHA-1/)
    })

    test('raw RSA is c^d mod n', async () => {
      const { rawRsa } = await importPrivateKey(rsa.pkcs8, ctx)
      const block = Uint8Array.from({ length: 256 }, (_, i) => i & 0x7f)
      const padding = crypto.constants.RSA_NO_PADDING
      const encrypted = crypto.publicEncrypt({ key: crypto.createPublicKey(rsa.privateKey), padding }, block)
      const raw = await rawRsa!.rawDecrypt(new Uint8Array(encrypted))
      expect(raw).toEqual(block)
      expect(Object.getPrototypeOf(raw)).toBe(Uint8Array.prototype)
      for (const wrong of [block.subarray(1), new Uint8Array(256).fill(0xff), new Uint8Array(0)])
        await expectRejection(rawRsa!.rawDecrypt(wrong.slice()), 'ERR_INVALID_ARGUMENT', /modulus/)
    })

    test.each(['P-256', 'P-384', 'P-521'] as const)(
      '%s signs in DER, with and without its public point',
      async (curve) => {
        const pair = ecPair(curve)
        const { d = '' } = pair.privateKey.export({ format: 'jwk' })
        const bare = ecPkcs8(OID[curve.toLowerCase().replace('-', '') as 'p256'], Buffer.from(d, 'base64url'))
        for (const pkcs8 of [pair.pkcs8, bare]) {
          const { publicKey, signer, rawRsa } = await importPrivateKey(pkcs8, ctx)
          expect([publicKey, rawRsa]).toEqual([pair.spki, null])
          for (const digest of signer.digests) {
            const data = Uint8Array.of(4, 5)
            const signature = await signer.sign(data, digest)
            const algorithm = { signature: 'ECDSA', digest, saltLength: null } as const
            expect(await verifySignature({ key: pair.publicKey, algorithm, data, signature }, plainContext)).toBe(true)
          }
        }
      },
    )

    test('an EC key with the point of another', async () => {
      const { d = '' } = p256.privateKey.export({ format: 'jwk' })
      const pkcs8 = ecPkcs8(OID.p256, Buffer.from(d, 'base64url'), ecPair('P-256').publicKey.point)
      await expectRejection(importPrivateKey(pkcs8, ctx), 'ERR_ENCODING', /private key/)
    })

    test('an EC key whose number is zero', async () => {
      for (const point of [undefined, p256.publicKey.point]) {
        const pkcs8 = ecPkcs8(OID.p256, new Uint8Array(32), point)
        await expectRejection(importPrivateKey(pkcs8, ctx), 'ERR_ENCODING', /zero/)
      }
    })
  })
}

function ecPkcs8(curve: string, scalar: Uint8Array, point?: Uint8Array): Bytes {
  const bits = point === undefined ? [] : [encodeContextConstructed(1, encodeBitString(point))]
  const key = encodeSequence(encodeInteger(1), encodeOctetString(scalar), ...bits)
  const algorithm = encodeSequence(encodeOid(OID.ecPublicKey), encodeOid(curve))
  return encodeSequence(encodeInteger(0), algorithm, encodeOctetString(key))
}

const JWK_NAMES = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const

/** The RSA key with some of its numbers changed. */
function rsaPkcs8(
  change: Partial<Record<(typeof JWK_NAMES)[number], Uint8Array>>,
  version = 0,
  ...more: readonly Uint8Array[]
): Bytes {
  const jwk = rsa.privateKey.export({ format: 'jwk' })
  const numbers = JWK_NAMES.map((name) =>
    encodeIntegerOctets(change[name] ?? Buffer.from(jwk[name] ?? '', 'base64url')),
  )
  const key = encodeSequence(encodeInteger(version), ...numbers, ...more)
  return encodeSequence(encodeInteger(0), RSA_ENCRYPTION_ALGORITHM, encodeOctetString(key))
}

export function refusing(ctx: CallContext): void {
  describe('importPrivateKey refuses', () => {
    const jwk = rsa.privateKey.export({ format: 'jwk' })
    const octets = (name: (typeof JWK_NAMES)[number]): Bytes =>
      new Uint8Array(Buffer.from(jwk[name] ?? '', 'base64url'))
    const changed = (name: (typeof JWK_NAMES)[number]): Bytes => {
      const value = octets(name)
      value[value.length - 1]! ^= 2
      return value
    }

    test('the key unchanged is taken', async () => {
      expect((await importPrivateKey(rsaPkcs8({}), ctx)).publicKey).toEqual(rsa.spki)
    })

    test.each(JWK_NAMES)('an RSA key whose %s is another', async (name) => {
      const promise = importPrivateKey(rsaPkcs8({ [name]: changed(name) }), ctx)
      await expectRejection(promise, 'ERR_ENCODING', /private key/)
    })

    test.each(JWK_NAMES)('an RSA key whose %s is zero', async (name) => {
      const promise = importPrivateKey(rsaPkcs8({ [name]: new Uint8Array(1) }), ctx)
      await expectRejection(promise, 'ERR_ENCODING', /not positive/)
    })

    test.each(JWK_NAMES)('an RSA key whose %s is one', async (name) => {
      const promise = importPrivateKey(rsaPkcs8({ [name]: Uint8Array.of(1) }), ctx)
      await expectRejection(promise, 'ERR_ENCODING', /private key/)
    })

    test('p and q in places of each other need their own numbers', async () => {
      const promise = importPrivateKey(rsaPkcs8({ p: octets('q'), q: octets('p') }), ctx)
      await expectRejection(promise, 'ERR_ENCODING', /belong together/)
    })

    test.each([
      ['p', 'q', 'dq'],
      ['q', 'p', 'dp'],
    ] as const)('a d that is right modulo %s - 1 alone, though the numbers go with it', async (right, wrong, part) => {
      const number = (name: (typeof JWK_NAMES)[number]): bigint =>
        BigInt(`0x${Buffer.from(octets(name)).toString('hex')}`)
      const bytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(512, '0'), 'hex')
      const d = (number('d') + number(right) - 1n) % ((number('p') - 1n) * (number('q') - 1n))
      const promise = importPrivateKey(rsaPkcs8({ d: bytes(d), [part]: bytes(d % (number(wrong) - 1n)) }), ctx)
      await expectRejection(promise, 'ERR_ENCODING', /belong together/)
    })

    test('an e above 2^64, though the numbers go with it', async () => {
      const number = (name: (typeof JWK_NAMES)[number]): bigint =>
        BigInt(`0x${Buffer.from(octets(name)).toString('hex')}`)
      const e = number('e') + (number('p') - 1n) * (number('q') - 1n)
      const promise = importPrivateKey(rsaPkcs8({ e: Buffer.from(e.toString(16).padStart(512, '0'), 'hex') }), ctx)
      await expectRejection(promise, 'ERR_ENCODING', /belong together/)
    })

    test('a d that is too large, though right modulo p-1 and q-1', async () => {
      const number = (name: (typeof JWK_NAMES)[number]): bigint =>
        BigInt(`0x${Buffer.from(octets(name)).toString('hex')}`)
      const [p, q, d] = [number('p'), number('q'), number('d')]
      const large = (d + 4n * (p - 1n) * (q - 1n)).toString(16)
      const promise = importPrivateKey(rsaPkcs8({ d: Buffer.from(large.padStart(514, '0'), 'hex') }), ctx)
      await expectRejection(promise, 'ERR_ENCODING', /belong together/)
    })

    test('a modulus that would take seconds', async () => {
      const promise = importPrivateKey(rsaPkcs8({ n: new Uint8Array(2049).fill(0xff) }), ctx)
      await expectRejection(promise, 'ERR_LIMIT', /16384/)
    })

    const pkcs8Of = (type: 'ed25519' | 'x25519'): Bytes =>
      new Uint8Array(
        (type === 'ed25519'
          ? crypto.generateKeyPairSync('ed25519')
          : crypto.generateKeyPairSync('x25519')
        ).privateKey.export({
          type: 'pkcs8',
          format: 'der',
        }),
      )
    const secp256k1 = crypto.generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey
    test.each([
      ['Ed25519', pkcs8Of('ed25519'), /Ed25519/],
      ['X25519', pkcs8Of('x25519'), /this kind/],
      ['secp256k1', new Uint8Array(secp256k1.export({ type: 'pkcs8', format: 'der' })), /curve/],
      ['three primes', rsaPkcs8({}, 1), /two primes/],
    ] as const)('%s', async (_, pkcs8, reason) => {
      await expectRejection(importPrivateKey(pkcs8, ctx), 'ERR_ALGORITHM_UNKNOWN', reason)
    })

    const rsaKey = encodeOctetString(new Uint8Array(rsa.privateKey.export({ type: 'pkcs1', format: 'der' })))
    const scalar = new Uint8Array(32).fill(7)
    const sec1 = (...fields: readonly Uint8Array[]): Bytes =>
      encodeSequence(
        encodeInteger(0),
        encodeSequence(encodeOid(OID.ecPublicKey), encodeOid(OID.p256)),
        encodeOctetString(encodeSequence(...fields)),
      )
    test.each([
      ['nothing', new Uint8Array(0), /DER/],
      ['bytes behind the key', concatBytes([rsa.pkcs8, Uint8Array.of(0)]), /followed/],
      [
        'PKCS#1 where PKCS#8 is due',
        new Uint8Array(rsa.privateKey.export({ type: 'pkcs1', format: 'der' })),
        /PKCS#8 that is not encrypted/,
      ],
      [
        'SEC 1 where PKCS#8 is due',
        new Uint8Array(p256.privateKey.export({ type: 'sec1', format: 'der' })),
        /PKCS#8 that is not encrypted/,
      ],
      ['a public key', rsa.spki, /PKCS#8 that is not encrypted/],
      ['another version', encodeSequence(encodeInteger(2), RSA_ENCRYPTION_ALGORITHM, rsaKey), /version/],
      [
        'a field too many',
        encodeSequence(encodeInteger(0), RSA_ENCRYPTION_ALGORITHM, rsaKey, ENCODED_NULL),
        /too many/,
      ],
      [
        'a key that is no OCTET STRING',
        encodeSequence(encodeInteger(0), RSA_ENCRYPTION_ALGORITHM, ENCODED_NULL),
        /privateKey/,
      ],
      ['SEC 1 of another version', sec1(encodeInteger(2), encodeOctetString(scalar)), /version/],
      ['SEC 1 without a number', sec1(encodeInteger(1), encodeOctetString(new Uint8Array(0))), /length/],
      ['SEC 1 with a number too long', sec1(encodeInteger(1), encodeOctetString(new Uint8Array(33).fill(1))), /length/],
      [
        'SEC 1 with two curves',
        sec1(encodeInteger(1), encodeOctetString(scalar), encodeContextConstructed(0, encodeOid(OID.p384))),
        /two elliptic/,
      ],
      [
        'SEC 1 with a compressed point',
        sec1(
          encodeInteger(1),
          encodeOctetString(scalar),
          encodeContextConstructed(1, encodeBitString(new Uint8Array(33).fill(2))),
        ),
        /uncompressed/,
      ],
      [
        'SEC 1 with a hybrid point',
        sec1(
          encodeInteger(1),
          encodeOctetString(scalar),
          encodeContextConstructed(1, encodeBitString(new Uint8Array(65).fill(6))),
        ),
        /uncompressed/,
      ],
      [
        'SEC 1 with a short point',
        sec1(
          encodeInteger(1),
          encodeOctetString(scalar),
          encodeContextConstructed(1, encodeBitString(new Uint8Array(64).fill(4))),
        ),
        /uncompressed/,
      ],
      [
        'SEC 1 with two points',
        sec1(
          encodeInteger(1),
          encodeOctetString(scalar),
          encodeContextConstructed(1, encodeBitString(p256.publicKey.point), encodeBitString(p256.publicKey.point)),
        ),
        /too many/,
      ],
      ['PKCS#1 with a field too many', rsaPkcs8({}, 0, encodeSequence()), /too many/],
      ['SEC 1 with a field too many', sec1(encodeInteger(1), encodeOctetString(scalar), ENCODED_NULL), /too many/],
      [
        'a negative number',
        encodeSequence(
          encodeInteger(0),
          RSA_ENCRYPTION_ALGORITHM,
          encodeOctetString(encodeSequence(encodeInteger(0), encodeTlv(2, Uint8Array.of(0x80)))),
        ),
        /not positive/,
      ],
    ] as const)('%s', async (_, pkcs8, reason) => {
      await expectRejection(importPrivateKey(pkcs8, ctx), 'ERR_ENCODING', reason)
    })

    test('cut short, or with a bit turned over, it is a value or a refusal', async () => {
      const read = (bytes: Uint8Array): Promise<unknown> => importPrivateKey(bytes, ctx)
      expect((await asyncOutcomes(truncations(p256.pkcs8), read)).values).toBe(0)
      expect((await asyncOutcomes(truncations(rsa.pkcs8, 100), read)).values).toBe(0)
      expect((await asyncOutcomes(flips(rsa.pkcs8, 150), read)).refusals).toBeGreaterThan(drawn(140))
      expect((await asyncOutcomes(flips(p256.pkcs8, 300), read)).refusals).toBeGreaterThan(drawn(200))
    })
  })
}

const PASSWORD = 'Passwört'

export function reading(ctx: CallContext): void {
  describe('readPrivateKey', () => {
    test.each([
      ['PKCS#8', () => rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }), rsa.pkcs8],
      ['PKCS#1', () => rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }), rsa.pkcs8],
      ['PKCS#8 of an EC key', () => p256.privateKey.export({ type: 'pkcs8', format: 'pem' }), p256.pkcs8],
      ['SEC 1', () => p256.privateKey.export({ type: 'sec1', format: 'pem' }), p256.pkcs8],
    ] as const)('PEM: %s', async (_, pem, expected) => {
      expect(await readPrivateKey(String(pem()), undefined, ctx)).toEqual(expected)
      expect(await readPrivateKey(String(pem()), 'not looked at', ctx)).toEqual(expected)
      expect(await readPrivateKey(utf8Bytes(`a file\n${String(pem())}`), undefined, ctx)).toEqual(expected)
    })

    test('what is neither bytes nor text, and what is too large, is refused', async () => {
      for (const input of [undefined, null, 5, {}] as never[])
        await expectRejection(readPrivateKey(input, undefined, ctx), 'ERR_INVALID_ARGUMENT', /bytes/)
      const large = new Uint8Array(DER_LIMITS.maxBytes + 1)
      await expectRejection(readPrivateKey(large, undefined, ctx), 'ERR_LIMIT', /private key/)
    })

    test('DER is PKCS#8, copied', async () => {
      const read = await readPrivateKey(rsa.pkcs8, undefined, ctx)
      expect(read).toEqual(rsa.pkcs8)
      expect(read).not.toBe(rsa.pkcs8)
    })

    test('a certificate or parameters beside the key do not disturb, a second key does', async () => {
      const key = String(p256.privateKey.export({ type: 'sec1', format: 'pem' }))
      const around = writePem('EC PARAMETERS', encodeOid(OID.p256)) + key + writePem('CERTIFICATE', ENCODED_NULL)
      expect(await readPrivateKey(around, undefined, ctx)).toEqual(p256.pkcs8)
      await expectRejection(readPrivateKey(key + key, undefined, ctx), 'ERR_ENCODING', /exactly one/)
      await expectRejection(readPrivateKey('no key', undefined, ctx), 'ERR_ENCODING', /exactly one/)
    })

    const encrypted: readonly (readonly [string, 'pkcs8' | 'pkcs1' | 'sec1', string])[] = [
      ...['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des-ede3-cbc'].map(
        (cipher) => ['PBES2', 'pkcs8', cipher] as const,
      ),
      ...['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des-ede3-cbc'].map(
        (cipher) => ['old PEM', 'pkcs1', cipher] as const,
      ),
      ['old PEM', 'sec1', 'aes-128-cbc'],
    ]
    test.each(encrypted)('%s (%s, %s)', async (_, type, cipher) => {
      const pair = type === 'sec1' ? p256 : rsa
      const options = { format: 'pem', cipher, passphrase: PASSWORD } as const
      const pem = String(pair.privateKey.export(type === 'sec1' ? { ...options, type } : { ...options, type }))
      expect(await readPrivateKey(pem, PASSWORD, ctx)).toEqual(pair.pkcs8)
      await expectRejection(readPrivateKey(pem, undefined, ctx), 'ERR_INVALID_ARGUMENT', /password/)
      for (const wrong of ['', 'Passwort', `${PASSWORD} `])
        await expectRejection(readPrivateKey(pem, wrong, ctx), 'ERR_DECRYPTION_FAILED')
    })

    test('PBKDF2 may say how long the key is', async () => {
      const [salt, iv] = [new Uint8Array(8).fill(1), new Uint8Array(16).fill(2)]
      const cipher = crypto.createCipheriv('aes-128-cbc', crypto.pbkdf2Sync('x', salt, 3, 16, 'sha1'), iv)
      const content = concatBytes([cipher.update(p256.pkcs8), cipher.final()])
      const pem = pbes2Pem({ salt, iterations: 3, iv, content, keyLength: 16 })
      expect(await readPrivateKey(pem, 'x', ctx)).toEqual(p256.pkcs8)
    })

    test('a wrong password that leaves good padding ends in the same error', async () => {
      // Encrypted text that is no key: what one wrong password in 256 comes to.
      const salt = new Uint8Array(8).fill(1)
      const iv = new Uint8Array(16).fill(2)
      const key = crypto.pbkdf2Sync('x', salt, 1, 16, 'sha1')
      const cipher = crypto.createCipheriv('aes-128-cbc', key, iv)
      const content = concatBytes([cipher.update('this is no private key'), cipher.final()])
      await expectRejection(
        readPrivateKey(pbes2Pem({ salt, iterations: 1, iv, content }), 'x', ctx),
        'ERR_DECRYPTION_FAILED',
      )
      const old = crypto.createHash('md5').update('x').update(iv.subarray(0, 8)).digest()
      const oldCipher = crypto.createCipheriv('aes-128-cbc', old, iv)
      const body = concatBytes([oldCipher.update('this is no private key'), oldCipher.final()])
      await expectRejection(
        readPrivateKey(oldPem(`DEK-Info: AES-128-CBC,${'02'.repeat(16)}`, body), 'x', ctx),
        'ERR_DECRYPTION_FAILED',
      )
    })

    const good = { salt: new Uint8Array(8), iterations: 1, iv: new Uint8Array(16), content: new Uint8Array(16) }
    test.each([
      ['10 million iterations and one', pbes2Pem({ ...good, iterations: 10_000_001 }), 'ERR_LIMIT', /iterations/],
      ['no iterations', pbes2Pem({ ...good, iterations: 0 }), 'ERR_ENCODING', /range/],
      ['another key length', pbes2Pem({ ...good, keyLength: 17 }), 'ERR_ENCODING', /range/],
      ['an IV of another length', pbes2Pem({ ...good, iv: new Uint8Array(8) }), 'ERR_ENCODING', /IV/],
      [
        'single DES',
        pbes2Pem({ ...good, iv: new Uint8Array(8), cipher: OID.desCbc }),
        'ERR_ALGORITHM_UNKNOWN',
        /DES-CBC/,
      ],
      ['RC2', pbes2Pem({ ...good, cipher: OID.rc2Cbc }), 'ERR_ALGORITHM_UNKNOWN', /RC2/],
      ['another derivation', pbes2Pem({ ...good, derivation: OID.sha256 }), 'ERR_ALGORITHM_UNKNOWN', /PBKDF2/],
      ['another scheme', pbes2Pem({ ...good, scheme: OID.pbkdf2 }), 'ERR_ALGORITHM_UNKNOWN', /PBES2/],
      [
        'PBES2 without parameters',
        writePem(
          'ENCRYPTED PRIVATE KEY',
          encodeSequence(encodeSequence(encodeOid(OID.pbes2)), encodeOctetString(new Uint8Array(16))),
        ),
        'ERR_ENCODING',
        /without its parameters/,
      ],
      [
        'a field behind the encrypted key',
        writePem(
          'ENCRYPTED PRIVATE KEY',
          encodeSequence(encodeSequence(encodeOid(OID.pbes2)), encodeOctetString(new Uint8Array(16)), ENCODED_NULL),
        ),
        'ERR_ENCODING',
        /too many/,
      ],
      ['PBES2 with three fields', pbes2Pem({ ...good, more: ENCODED_NULL }), 'ERR_ENCODING', /too many/],
      ['PBKDF2 without parameters', pbes2Pem({ ...good, bare: true }), 'ERR_ALGORITHM_UNKNOWN', /PBKDF2/],
      [
        'PBKDF2 with a field too many',
        pbes2Pem({ ...good, prf: OID.hmacWithSha256, last: ENCODED_NULL }),
        'ERR_ENCODING',
        /too many/,
      ],
      [
        'a function with two parameters',
        pbes2Pem({ ...good, prf: OID.hmacWithSha256, argument: ENCODED_NULL }),
        'ERR_ENCODING',
        /too many/,
      ],
      ['an unknown function', pbes2Pem({ ...good, prf: OID.sha256 }), 'ERR_ALGORITHM_UNKNOWN', /pseudo-random/],
      [
        'a ciphertext that is no whole block',
        pbes2Pem({ ...good, content: new Uint8Array(15) }),
        'ERR_DECRYPTION_FAILED',
        /./,
      ],
      ['an old PEM without DEK-Info', oldPem('X-Other: 1', new Uint8Array(16)), 'ERR_ENCODING', /DEK-Info/],
      ['an old PEM with a short IV', oldPem('DEK-Info: AES-128-CBC,0102', new Uint8Array(16)), 'ERR_ENCODING', /IV/],
      [
        'an old PEM with an IV of half octets',
        oldPem('DEK-Info: AES-128-CBC,010', new Uint8Array(16)),
        'ERR_ENCODING',
        /IV/,
      ],
      [
        'an old PEM with single DES',
        oldPem('DEK-Info: DES-CBC,0102030405060708', new Uint8Array(16)),
        'ERR_ALGORITHM_UNKNOWN',
        /DEK-Info/,
      ],
      [
        'an old PEM with a name of Object',
        oldPem('DEK-Info: constructor,00', new Uint8Array(16)),
        'ERR_ALGORITHM_UNKNOWN',
        /DEK-Info/,
      ],
      [
        'SEC 1 without a curve',
        writePem('EC PRIVATE KEY', encodeSequence(encodeInteger(1), encodeOctetString(new Uint8Array(32)))),
        'ERR_ENCODING',
        /not named/,
      ],
      ['PKCS#1 that is no DER', writePem('RSA PRIVATE KEY', Uint8Array.of(1, 2, 3)), 'ERR_ENCODING', /DER/],
    ] as const)('refuses %s', async (_, pem, code, reason) => {
      await expectRejection(readPrivateKey(pem, 'x', ctx), code, reason)
    })
  })

  describeWithTools('what openssl writes', ['openssl'], () => {
    test.each(['hmacWithSHA1', 'hmacWithSHA256', 'hmacWithSHA384', 'hmacWithSHA512'])('PBES2 with %s', async (prf) => {
      const args = ['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-v2prf', prf, '-passout', 'pass:secret', '-in', 'k.pem']
      const pem = String(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }))
      const { stdoutText } = runOk('openssl', args, { inputs: { 'k.pem': pem } })
      expect(await readPrivateKey(stdoutText, 'secret', ctx)).toEqual(rsa.pkcs8)
    })

    test('PBES1 is named, not guessed', async () => {
      const args = ['pkcs8', '-topk8', '-v1', 'PBE-SHA1-3DES', '-passout', 'pass:secret', '-in', 'k.pem']
      const pem = String(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }))
      const { stdoutText } = runOk('openssl', args, { inputs: { 'k.pem': pem } })
      await expectRejection(readPrivateKey(stdoutText, 'secret', ctx), 'ERR_ALGORITHM_UNKNOWN', /PBES2/)
    })
  })

  describeWithFixtures('a key with an empty password', () => {
    test('opens', async () => {
      const pem = fixtureText('scep/smallstep__scep/testca/ca.key')
      const { publicKey } = await importPrivateKey(await readPrivateKey(pem, '', ctx), ctx)
      expect(readPublicKey(publicKey).kind).toBe('RSA')
      await expectRejection(readPrivateKey(pem, undefined, ctx), 'ERR_INVALID_ARGUMENT', /password/)
    })
  })
}

interface Pbes2Input {
  readonly salt: Uint8Array
  readonly iterations: number
  readonly iv: Uint8Array
  readonly content: Uint8Array
  readonly keyLength?: number
  readonly cipher?: string
  readonly derivation?: string
  readonly scheme?: string
  readonly prf?: string
  /** What stands where nothing should: behind the schemes, behind the fields of PBKDF2, behind those of its function. */
  readonly more?: Uint8Array
  readonly last?: Uint8Array
  readonly argument?: Uint8Array
  /** PBKDF2 without parameters. */
  readonly bare?: boolean
}

function pbes2Pem(input: Pbes2Input): string {
  const { cipher = OID.aes128Cbc, derivation = OID.pbkdf2, scheme = OID.pbes2 } = input
  const optional = [
    ...(input.keyLength === undefined ? [] : [encodeInteger(input.keyLength)]),
    ...(input.prf === undefined
      ? []
      : [encodeSequence(encodeOid(input.prf), ENCODED_NULL, ...optionally(input.argument))]),
    ...optionally(input.last),
  ]
  const pbkdf2 = encodeSequence(encodeOctetString(input.salt), encodeInteger(input.iterations), ...optional)
  const parameters = encodeSequence(
    encodeSequence(encodeOid(derivation), ...(input.bare === true ? [] : [pbkdf2])),
    encodeSequence(encodeOid(cipher), encodeOctetString(input.iv)),
    ...optionally(input.more),
  )
  const algorithm = encodeSequence(encodeOid(scheme), parameters)
  return writePem('ENCRYPTED PRIVATE KEY', encodeSequence(algorithm, encodeOctetString(input.content)))
}

function optionally(value: Uint8Array | undefined): readonly Uint8Array[] {
  return value === undefined ? [] : [value]
}

function oldPem(header: string, content: Uint8Array): string {
  const [begin = '', ...rest] = writePem('RSA PRIVATE KEY', content).split('\n')
  return [begin, 'Proc-Type: 4,ENCRYPTED', header, '', ...rest].join('\n')
}

export function generating(ctx: { readonly crypto?: never } | undefined): void {
  describe('generateKey', () => {
    const types: readonly (readonly [KeyType, string, number])[] = [
      ['RSA-2048', 'rsa', 2048],
      ['P-256', 'ec', 0],
      ['P-384', 'ec', 0],
    ]
    test.each(types)('%s gives PKCS#8 and its SubjectPublicKeyInfo', async (type, kind, bits) => {
      const { privateKey, publicKey } = await generateKey(type, ctx)
      const key = crypto.createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' })
      expect(key.asymmetricKeyType).toBe(kind)
      if (bits > 0) expect(key.asymmetricKeyDetails?.modulusLength).toBe(bits)
      const handle = await importPrivateKey(privateKey, plainContext)
      expect(handle.publicKey).toEqual(publicKey)
    })
  })
}
