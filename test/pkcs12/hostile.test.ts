import { beforeAll, describe, expect, test } from 'vitest'
import { encodeInteger, encodeOctetString, encodeOid } from '../../src/asn1/der-writer.js'
import { OID } from '../../src/asn1/oid.js'
import { concatBytes } from '../../src/bytes/bytes.js'
import { callContext } from '../../src/crypto/context.js'
import { encodeDigestAlgorithm } from '../../src/crypto/digest-table.js'
import { buildPkcs12 } from '../../src/pkcs12/build.js'
import { computeMac, pkcs12Password } from '../../src/pkcs12/mac.js'
import { openPkcs12 } from '../../src/pkcs12/open.js'
import { encryptAes256, encryptTripleDes, type PbeCiphertext } from '../../src/pkcs12/pbe.js'
import type { Bytes } from '../../src/types.js'
import { nested, tlv } from '../support/asn1.js'
import { asyncOutcomes, expectRejection, flips, truncations } from '../support/hostile.js'
import { toBer } from './ber.js'
import { makeIdentity, type MadeIdentity } from './identities.js'

// Files made by hand around a MAC that holds, by way of the room's own MAC: what a stranger who knows the password can send.
const ctx = callContext(undefined)
const password = pkcs12Password('secret')
const seq = (...parts: readonly Uint8Array[]): Bytes => tlv(0x30, ...parts)
const salt = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

let identity: MadeIdentity
let other: MadeIdentity
beforeAll(async () => {
  identity = await makeIdentity('P-256')
  other = await makeIdentity('P-256')
})

interface Around {
  readonly version?: number
  readonly contentType?: string
  readonly iterations?: Uint8Array
  readonly after?: Uint8Array
  readonly macAlgorithm?: Uint8Array
}

/** PFX with a MAC over the content. */
async function pfx(content: Bytes, around: Around = {}): Promise<Bytes> {
  const value = await computeMac(content, password, { digest: 'SHA-256', salt, iterations: 1 }, ctx)
  const mac = seq(around.macAlgorithm ?? encodeDigestAlgorithm('SHA-256'), encodeOctetString(value))
  const info = seq(encodeOid(around.contentType ?? OID.data), tlv(0xa0, encodeOctetString(content)))
  const macData = seq(mac, encodeOctetString(salt), around.iterations ?? new Uint8Array())
  return seq(encodeInteger(around.version ?? 3), info, macData, around.after ?? new Uint8Array())
}
const plain = (...bags: readonly Uint8Array[]): Bytes =>
  seq(encodeOid(OID.data), tlv(0xa0, encodeOctetString(seq(...bags))))
const bag = (oid: string, value: Uint8Array, ...attributes: readonly Uint8Array[]): Bytes =>
  seq(encodeOid(oid), tlv(0xa0, value), ...(attributes.length > 0 ? [tlv(0x31, ...attributes)] : []))
const attribute = (oid: string, value: Uint8Array): Bytes => seq(encodeOid(oid), tlv(0x31, value))
const keyBag = (of = identity, ...attributes: readonly Uint8Array[]): Bytes =>
  bag(OID.keyBag, of.privateKey, ...attributes)
const certBag = (der: Uint8Array = identity.certificate.der, ...attributes: readonly Uint8Array[]): Bytes =>
  bag(OID.certBag, seq(encodeOid(OID.x509CertificateBag), tlv(0xa0, encodeOctetString(der))), ...attributes)
const shrouded = ({ algorithm, data }: PbeCiphertext): Bytes =>
  bag(OID.pkcs8ShroudedKeyBag, seq(algorithm, encodeOctetString(data)))
const open = async (content: Bytes, around?: Around): ReturnType<typeof openPkcs12> =>
  openPkcs12(await pfx(content, around), 'secret')

describe('what is read', () => {
  test('key and certificate in the open, in one part or in two', async () => {
    for (const content of [seq(plain(keyBag(), certBag())), seq(plain(certBag()), plain(keyBag()))]) {
      const { privateKey, certificate, chain } = await open(content)
      expect({ privateKey, certificate, chain }).toEqual({ ...identity, chain: [] })
    }
  })

  test('SafeContents in SafeContents, a bag with a secret beside, a part without bags', async () => {
    const inner = bag(OID.safeContentsBag, seq(keyBag(), bag(OID.safeContentsBag, seq(certBag()))))
    const secret = bag(OID.secretBag, seq(encodeOid('1.2.3.4'), tlv(0xa0, encodeOctetString(seq()))))
    expect((await open(seq(plain(inner, secret), plain()))).certificate).toEqual(identity.certificate)
  })

  test('BER below the MAC', async () => {
    const content = toBer(seq(plain(keyBag(), certBag())))
    expect((await open(content)).certificate).toEqual(identity.certificate)
  })

  test("names: a text ended by zeros, the certificate's where the key has none, none where it is no BMPString", async () => {
    const named = (text: Uint8Array): Bytes => attribute(OID.friendlyName, text)
    const name = async (...bags: readonly Uint8Array[]): Promise<string | null> =>
      (await open(seq(plain(...bags)))).friendlyName
    const zeros = tlv(0x1e, Uint8Array.of(0, 0x41, 0, 0, 0, 0))
    const empty = tlv(0x1e)
    expect(await name(keyBag(identity, named(zeros)), certBag())).toBe('A')
    expect(await name(keyBag(), certBag(undefined, named(zeros)))).toBe('A')
    expect(await name(keyBag(identity, named(tlv(0x0c, Uint8Array.of(0x41)))), certBag())).toBeNull()
    expect(await name(keyBag(identity, named(empty)), certBag())).toBe('')
  })

  test('the chain in the order of issuers, whatever the order in the file', async () => {
    const [root] = identity.chain
    const stranger = other.certificate
    const { chain } = await open(seq(plain(keyBag(), certBag(stranger.der), certBag(root.der), certBag())))
    expect(chain).toEqual([root, stranger])
  })
})

describe('what is refused', () => {
  test.each<readonly [string, () => Promise<unknown>, RegExp]>([
    ['two keys', () => open(seq(plain(keyBag(), keyBag(other), certBag()))), /more than one private key/],
    ['no key', () => open(seq(plain(certBag()))), /no private key/],
    ['no certificate', () => open(seq(plain(keyBag()))), /no certificate/],
    ['no part', () => open(seq()), /no private key/],
    ['no bag', () => open(seq(plain())), /no private key/],
    ['another version', () => open(seq(plain(keyBag(), certBag())), { version: 2 }), /version 3/],
    ['integrity by signature', () => open(seq(), { contentType: OID.signedData }), /password/],
    ['more behind the MAC', () => open(seq(), { after: encodeInteger(1) }), /too many fields/],
    ['a count of zero', () => open(seq(), { iterations: encodeInteger(0) }), /zero/],
    ['an enveloped part', () => open(seq(seq(encodeOid(OID.envelopedData), tlv(0xa0, seq())))), /neither plain/],
    ['a part that is no sequence', () => open(encodeInteger(1)), /built/],
    ['plain content that is no string', () => open(seq(seq(encodeOid(OID.data), tlv(0xa0, seq())))), /OCTET STRING/],
    ['an unknown bag', () => open(seq(plain(bag('1.2.3', seq())))), /built/],
    [
      'a certificate of another kind',
      () =>
        open(seq(plain(keyBag(), bag(OID.certBag, seq(encodeOid('1.2.840.113549.1.9.22.2'), tlv(0xa0, tlv(0x16))))))),
      /./,
    ],
  ])('%s: ERR_PKCS12_INVALID', async (_, opened, reason) => {
    await expectRejection(opened(), 'ERR_PKCS12_INVALID', reason)
  })

  test('a MAC of another kind, by its name', async () => {
    const macAlgorithm = seq(encodeOid(OID.pbmac1), seq())
    await expectRejection(open(seq(), { macAlgorithm }), 'ERR_ALGORITHM_UNKNOWN', /PBMAC1/)
  })

  test("a certificate that is not the key's", async () => {
    await expectRejection(open(seq(plain(keyBag(), certBag(other.certificate.der)))), 'ERR_KEY_MISMATCH')
  })

  test('a key under another password than the MAC', async () => {
    for (const encrypt of [encryptAes256, encryptTripleDes])
      for (let attempt = 0; attempt < 20; attempt++) {
        const key = await encrypt(identity.privateKey, pkcs12Password(`other ${String(attempt)}`), 1, ctx)
        await expectRejection(open(seq(plain(shrouded(key), certBag()))), 'ERR_DECRYPTION_FAILED')
      }
  })

  test('a key that is no key, although it decrypts', async () => {
    const junk = await encryptAes256(Uint8Array.of(1, 2, 3), password, 1, ctx)
    await expectRejection(open(seq(plain(shrouded(junk), certBag()))), 'ERR_DECRYPTION_FAILED')
    const notKey = await encryptAes256(seq(encodeInteger(1)), password, 1, ctx)
    await expectRejection(open(seq(plain(shrouded(notKey), certBag()))), 'ERR_ENCODING', /private key/)
  })

  test('a scheme without its parameters', async () => {
    const bare = { algorithm: seq(encodeOid(OID.pbeWithShaAnd3KeyTripleDesCbc)), data: new Uint8Array(8) }
    await expectRejection(open(seq(plain(shrouded(bare), certBag()))), 'ERR_PKCS12_INVALID', /pkcs-12PbeParams/)
  })

  test('asn1js makes an object of each arc, also in strings, and in any spelling of BER', async () => {
    const arcs = new Uint8Array(30_000).fill(1)
    const oid = tlv(0x06, arcs)
    const long = concatBytes([Uint8Array.of(0x1f, 0x80, 0x06), oid.subarray(1)])
    const spelled = concatBytes([Uint8Array.of(0x06, 0x84, 0, 0, arcs.length >> 8, arcs.length & 0xff), arcs])
    const indefinite = concatBytes([Uint8Array.of(0x30, 0x80), oid, Uint8Array.of(0, 0)])
    const inBits = tlv(0x03, concatBytes([Uint8Array.of(0), oid]))
    const rows = [oid, tlv(0x0d, arcs), tlv(0x04, oid), inBits, tlv(0x04, tlv(0x04, seq(oid)))]
    const loose = [long, spelled, indefinite].map((value) => tlv(0x04, value))
    for (const value of [...rows, ...loose]) {
      const before = process.cpuUsage()
      await expectRejection(open(seq(plain(bag(OID.secretBag, value)))), 'ERR_LIMIT', /20000 values/)
      expect(process.cpuUsage(before).user).toBeLessThan(100_000)
    }
    // What only looks like one, in what asn1js does not read.
    const opaque = tlv(0x04, concatBytes([tlv(0x02, Uint8Array.of(1)), oid]))
    await expectRejection(open(seq(plain(bag(OID.secretBag, opaque)))), 'ERR_PKCS12_INVALID')
  })

  test('more work than the file may cost: keys together, values, depth', async () => {
    const encrypted = await encryptTripleDes(seq(certBag()), password, 900, ctx)
    const info = seq(encodeOid(OID.data), encrypted.algorithm, tlv(0x80, encrypted.data))
    const part = seq(encodeOid(OID.encryptedData), tlv(0xa0, seq(encodeInteger(0), info)))
    const opened = async (parts: number): Promise<unknown> =>
      openPkcs12(await pfx(seq(plain(keyBag()), ...Array.from({ length: parts }, () => part))), 'secret', {
        maxIterations: 1000,
      })
    await expect(opened(4)).resolves.toBeDefined()
    await expectRejection(opened(5), 'ERR_LIMIT', /1000/)
    const many = concatBytes(Array.from({ length: 21_000 }, () => tlv(0x05)))
    const start = performance.now()
    await expectRejection(open(seq(plain(bag(OID.secretBag, seq(many))))), 'ERR_LIMIT', /20000 values/)
    await expectRejection(open(nested(40, tlv)), 'ERR_LIMIT', /deeper/)
    expect(performance.now() - start).toBeLessThan(1000)
  })

  test('arguments that are none', async () => {
    const file = await pfx(seq(plain(keyBag(), certBag())))
    const wrong = 'ERR_INVALID_ARGUMENT'
    await expectRejection(openPkcs12('file' as unknown as Uint8Array, 'secret'), wrong, /input/)
    await expectRejection(openPkcs12(new Uint8Array(33 * 1024 * 1024), 'secret'), 'ERR_LIMIT', /bytes/)
    await expectRejection(openPkcs12(file, null as unknown as string), wrong, /password/)
    for (const maxIterations of [0, -1, 1.5, Number.NaN, Infinity])
      await expectRejection(openPkcs12(file, 'secret', { maxIterations }), wrong, /maxIterations/)
  })

  test('octets that are exchanged while the MAC is computed', async () => {
    const file = await pfx(seq(plain(keyBag(), certBag())))
    const opened = openPkcs12(file, 'secret', { crypto: globalThis.crypto })
    file.fill(0)
    expect((await opened).certificate).toEqual(identity.certificate)
  })

  test('every truncation and every flipped bit', async () => {
    const { privateKey, certificate } = identity
    const file = await buildPkcs12({ privateKey, certificate }, 'secret', { iterations: 1 })
    const cut = await asyncOutcomes(truncations(file, 300), (bytes) => openPkcs12(bytes, 'secret'))
    expect(cut.values).toBe(0)
    const flipped = await asyncOutcomes(flips(file, 600), (bytes) =>
      openPkcs12(bytes, 'secret', { maxIterations: 1000 }),
    )
    // A bit of the MAC algorithm's NULL or of a length may not matter; the content always does.
    expect(flipped.values).toBeLessThan(3)
  })
})

test('a salt that is longer than any is refused before it is digested', async () => {
  const content = seq(plain(keyBag(), certBag()))
  const file = (length: number): Bytes => {
    const mac = seq(encodeDigestAlgorithm('SHA-256'), encodeOctetString(new Uint8Array(32)))
    const info = seq(encodeOid(OID.data), tlv(0xa0, encodeOctetString(content)))
    return seq(encodeInteger(3), info, seq(mac, encodeOctetString(new Uint8Array(length))))
  }
  await expectRejection(openPkcs12(file(1025), 'secret'), 'ERR_LIMIT', /salt/)
  await expectRejection(openPkcs12(file(1024), 'secret'), 'ERR_DECRYPTION_FAILED')
})

test('more behind the content, inside its wrapper or behind that', async () => {
  const content = seq(plain(keyBag(), certBag()))
  const value = await computeMac(content, password, { digest: 'SHA-256', salt, iterations: 1 }, ctx)
  const macData = seq(seq(encodeDigestAlgorithm('SHA-256'), encodeOctetString(value)), encodeOctetString(salt))
  const none = new Uint8Array()
  const file = (inside: Uint8Array, behind: Uint8Array): Bytes =>
    seq(encodeInteger(3), seq(encodeOid(OID.data), tlv(0xa0, encodeOctetString(content), inside), behind), macData)
  expect((await openPkcs12(file(none, none), 'secret')).certificate).toEqual(identity.certificate)
  const more = encodeInteger(1)
  for (const one of [file(more, none), file(none, more)])
    await expectRejection(openPkcs12(one, 'secret'), 'ERR_PKCS12_INVALID', /too many fields/)
})
