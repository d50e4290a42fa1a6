import { generateKeyPairSync } from 'node:crypto'
import { runtime } from '#runtime'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { signCms, verifyCms } from '../../src/cms.js'
import type { Bytes, Certificate } from '../../src/types.js'
import { buildCrl, verifyCertificatePath } from '../../src/x509.js'
import { certificateParts } from '../../src/x509/certificate.js'
import { hex, tlv } from '../support/asn1.js'
import { expectRejection, rejectionOf } from '../support/hostile.js'
import { readyKey, rsaKey } from '../support/rsa-keys.js'
import { craft, craftCn, craftKey, DER } from '../x509/craft.js'
import { algorithm, craftSigned, craftSigner, usualAttributes } from './craft.js'
import { issued, NOW, selfSigned } from './entities.js'
import { largeKey } from './large-keys.js'
import { by, content, people, signedMessage, verify } from './signed-message.js'

// Whoever sends a message chooses the keys that it is verified with: the operations that he can cause are counted.

const issuer = craftKey()
const namesakes = (count: number, bits: number): readonly Certificate[] =>
  Array.from({ length: count }, () => craft({ serial: hex('22'), spki: largeKey(bits) }, issuer))
const CA = [DER.basicConstraintsCa, DER.keyCertSign]
const signedByLarge = (bits: number) => ({
  outerAlgorithm: DER.sha256Rsa,
  signature: new Uint8Array(bits / 8).fill(0x33),
})
const ecdsa = { signatureAlgorithm: algorithm('2a8648ce3d040302', null) }

function forged(certificates: readonly Certificate[], bits: number, attributes = usualAttributes(content)): Bytes {
  const signature = new Uint8Array(bits / 8).fill(0x33)
  const one = { certificate: certificates[0]!, key: issuer.privateKey, attributes, signature }
  return craftSigned({
    content,
    signers: [craftSigner(content, one)],
    certificates: certificates.map(({ der }) => der),
  })
}

/** Verifications and public operations with RSA, by the size of the key. */
function countWork(): () => { readonly verified: number; readonly raised: number } {
  const verified = vi.spyOn(runtime.native!, 'verify')
  const raised = vi.spyOn(runtime, 'rsaPublic')
  return () => ({
    verified: verified.mock.calls.filter(([{ kind }]) => kind === 'RSA').length,
    raised: raised.mock.calls.length,
  })
}
afterEach(() => {
  vi.restoreAllMocks()
})

describe('certificates that fit the signer, with keys of the largest size', () => {
  test('of eight, four are tried', async () => {
    const work = countWork()
    await expectRejection(verify(forged(namesakes(8, 16384), 16384)), 'ERR_LIMIT', /too many signatures/)
    expect(work()).toEqual({ verified: 4, raised: 4 })
  })

  test('attributes out of order, which are verified twice, make that two', async () => {
    const work = countWork()
    const message = forged(namesakes(8, 16384), 16384, [...usualAttributes(content)].reverse())
    await expectRejection(verify(message), 'ERR_LIMIT', /too many signatures/)
    expect(work()).toEqual({ verified: 4, raised: 4 })
  })

  test('eight of a size that is used are tried', async () => {
    const work = countWork()
    await expectRejection(verify(forged(namesakes(8, 4096), 4096)), 'ERR_SIGNATURE_INVALID')
    expect(work()).toEqual({ verified: 8, raised: 8 })
  })

  test('all signers of a message share what it may cost', async () => {
    const key = craftKey()
    const true_ = craft({ serial: hex('22'), spki: key.spki }, issuer)
    const certificates = [...namesakes(3, 16384), true_]
    const signature = new Uint8Array(2048).fill(0x33)
    // The true signer's certificate comes last, and the RSA keys fail for an ECDSA signature at once.
    const good = craftSigner(content, { certificate: true_, key: key.privateKey, ...ecdsa })
    const bad = craftSigner(content, { certificate: true_, key: key.privateKey, signature })
    const bag = { content, certificates: certificates.map(({ der }) => der) }
    expect((await verify(craftSigned({ ...bag, signers: [good] }))).signers).toHaveLength(1)
    await expectRejection(verify(craftSigned({ ...bag, signers: [bad] })), 'ERR_SIGNATURE_INVALID')
    await expectRejection(verify(craftSigned({ ...bag, signers: [good, bad] })), 'ERR_LIMIT', /too many signatures/)
  })
})

test('issuers of one name that the message brings: the larger the key, the fewer are tried', async () => {
  const leaf = craft(
    { serial: hex('33'), issuer: craftCn('many'), spki: people.signer.raw.spki, ...signedByLarge(16384) },
    issuer,
  )
  const cas = Array.from({ length: 16 }, () =>
    craft({ subject: craftCn('many'), issuer: craftCn('many'), spki: largeKey(16384), extensions: CA }, issuer),
  )
  const message = signedMessage(by(people.signer, { certificate: leaf }), {
    certificates: [leaf, ...cas].map(({ der }) => der),
  })
  const work = countWork()
  const trust = { anchors: [people.ca.certificate] as const }
  const error = await rejectionOf(verifyCms(message, { trust, now: NOW }))
  expect([error.code, error.message]).toEqual(['ERR_LIMIT', 'certificate path: too many signatures to try'])
  // The signer's own, and three of the sixteen.
  expect(work()).toEqual({ verified: 4, raised: 3 })
})

describe('what an operation counts for', () => {
  const curve = (namedCurve: string) => readyKey(generateKeyPairSync('ec', { namedCurve }).privateKey)
  const largeExponent = hex('00ffffffffffffffff')
  const usualExponent = hex('010001')

  test.each([
    ['P-256', 63, () => curve('P-256').spki, {}],
    ['P-384', 15, () => curve('P-384').spki, {}],
    ['P-521', 10, () => curve('P-521').spki, {}],
    ['RSA-4096', 63, () => largeKey(4096, usualExponent), signedByLarge(4096)],
    ['RSA-4096 with an exponent of eight octets', 21, () => largeKey(4096, largeExponent), signedByLarge(4096)],
    ['RSA-8192 with such a one', 5, () => largeKey(8192, largeExponent), signedByLarge(8192)],
    ['RSA-2048 with such a one', 63, () => largeKey(2048, largeExponent), signedByLarge(2048)],
  ] as const)('issuers with %s: %i are tried', async (_, most, spki, forgery) => {
    // Of P-521 the sender can make them himself, and all of them take 28 KB.
    const name = craftCn('many')
    const leaf = craft({ serial: hex('33'), issuer: name, spki: people.signer.raw.spki, ...forgery }, issuer)
    const cas = Array.from({ length: 66 }, (_, i) =>
      craft({ subject: name, issuer: name, serial: Uint8Array.of(1, i), spki: spki(), extensions: CA }, issuer),
    )
    const message = signedMessage(by(people.signer, { certificate: leaf }), {
      certificates: [leaf, ...cas].map(({ der }) => der),
    })
    const verified = vi.spyOn(runtime.native!, 'verify')
    const trust = { anchors: [people.ca.certificate] as const }
    await expectRejection(verifyCms(message, { trust, now: NOW }), 'ERR_LIMIT', /certificate path: too many signatures/)
    // Beside the signer's own.
    expect(verified.mock.calls.length - 1).toBe(most)
  })

  test.each(['P-384', 'P-521'] as const)('ten %s certificates of an honest message fit', async (name) => {
    let above = await selfSigned('0', curve(name))
    const anchors = [above.certificate] as const
    const chain: Certificate[] = []
    for (let i = 1; i < 10; i++) {
      if (i > 1) chain.unshift(above.certificate)
      above = await issued(String(i), curve(name), above, { purpose: i < 9 ? 'ca' : 'device-identity' })
    }
    const message = await signCms(content, { ...above, chain })
    const { signers } = await verifyCms(message, { trust: { anchors }, now: NOW })
    expect(signers[0]?.path).toHaveLength(10)
  })
})

test('revocation lists of the issuer on the path count, too', async () => {
  const { signer, ca } = people
  const dates = { thisUpdate: new Date('2026-05-02'), nextUpdate: new Date('2026-07-01') }
  const crl = await buildCrl({ revoked: [], number: '01', ...dates }, ca)
  const verified = vi.spyOn(runtime.native!, 'verify')
  const check = (lists: number) => {
    const crls = Array.from({ length: lists }, () => crl.slice())
    return verifyCertificatePath(signer.certificate, { anchors: [ca.certificate], crls }, { now: NOW })
  }
  expect(await check(63)).toHaveLength(2)
  verified.mockClear()
  await expectRejection(check(200), 'ERR_LIMIT', /CRL: too many signatures/)
  expect(verified.mock.calls.length).toBe(64)
})

test('signers of a revocation list that go by the name of its issuer, likewise', async () => {
  const { signer, ca } = people
  const subject = Uint8Array.from(certificateParts(ca.certificate).subjectDer)
  const crlSign = hex('300e0603551d0f0101ff040403020102')
  const decoys = Array.from({ length: 16 }, () =>
    craft({ subject, spki: largeKey(16384), extensions: [crlSign] }, issuer),
  )
  const namesake = await selfSigned('CA', rsaKey(5))
  const dates = { thisUpdate: new Date('2026-05-02'), nextUpdate: new Date('2026-07-01') }
  const crl = await buildCrl({ revoked: [], number: '01', ...dates }, namesake)
  // As long as those keys ask for: else it is refused without a try.
  const list = crl.subarray(4, -(4 + 1 + 256 + 15))
  const forgedCrl = tlv(0x30, list, DER.sha256Rsa, tlv(0x03, hex('00'), new Uint8Array(2048).fill(0x33)))
  const work = countWork()
  const trust = { anchors: [ca.certificate] as const, intermediates: decoys, crls: [forgedCrl] }
  await expectRejection(verifyCertificatePath(signer.certificate, trust, { now: NOW }), 'ERR_LIMIT', /CRL: too many/)
  // The path's own, and three of the sixteen.
  expect(work()).toEqual({ verified: 4, raised: 3 })
})
