import { describe, expect, test } from 'vitest'
import { decryptCms, encryptCms, parseCertificateBag, peekCmsSigners, signCms, verifyCms } from '../../src/cms.js'
import { parseEnvelopedData } from '../../src/cms/enveloped-data.js'
import { identifies } from '../../src/cms/identifier.js'
import { type Bytes, type SignerTrust, unsafeAcceptAnySigner } from '../../src/types.js'
import { hex, indefinite, tlv } from '../support/asn1.js'
import { describeWithFixtures, fixture, wire } from '../support/fixtures.js'
import { makeRoot } from '../x509/authority.js'
import { asyncOutcomes, drawn, expectRefusal, flips, growth, outcomes, truncations } from '../support/hostile.js'
import { rsaKey } from '../support/rsa-keys.js'
import { craftSigned, craftSigner } from './craft.js'
import { issued, NOW, selfSigned } from './entities.js'
import { ACCEPT_ALL, utf8 } from './recorded-files.js'

// Every damaged message gives a value or an error of this package, in bounded time; and never another content.

const content = utf8('content of the message')
const ca = await selfSigned('CA', rsaKey(0))
const rsa = await issued('rsa', rsaKey(1), ca)
const options = { trust: { anchors: [ca.certificate] }, now: NOW } as const

const signed: readonly (readonly [string, Bytes])[] = [
  ['with attributes', await signCms(content, rsa, { now: NOW })],
  [
    'without attributes',
    craftSigned({
      content,
      signers: [craftSigner(content, { certificate: rsa.certificate, key: rsa.raw.privateKey, attributes: null })],
      certificates: [rsa.certificate.der],
    }),
  ],
]

describe('damaged messages', () => {
  test.each(signed)('signed %s: cut short', async (_, message) => {
    expect(await asyncOutcomes(truncations(message, 200), (bytes) => verifyCms(bytes, options))).toMatchObject({
      values: 0,
    })
  })

  test.each(signed)('signed %s: one bit turned', async (_, message) => {
    const contents: Bytes[] = []
    const { refusals } = await asyncOutcomes(flips(message, 600), async (bytes) => {
      contents.push((await verifyCms(bytes, options)).content)
    })
    // Values: of bits that nothing covers, as the version numbers.
    expect(refusals).toBeGreaterThan(drawn(550))
    for (const read of contents) expect(read).toEqual(content)
  })

  test('encrypted: cut short, one bit turned', async () => {
    const message = await encryptCms(content, [rsa.certificate])
    expect(await asyncOutcomes(truncations(message, 100), (bytes) => decryptCms(bytes, rsa))).toMatchObject({
      values: 0,
    })
    const { refusals } = await asyncOutcomes(flips(message, 300), (bytes) => decryptCms(bytes, rsa))
    expect(refusals).toBeGreaterThan(drawn(150))
  })

  test('garbage', () => {
    const inputs = [
      hex(''),
      hex('30'),
      hex('3080'),
      hex('30840fffffff'),
      hex('ff'.repeat(64)),
      hex('0000'),
      hex('a080'.repeat(40)),
    ]
    expect(outcomes(inputs, peekCmsSigners).values).toBe(0)
    expect(outcomes(inputs, parseEnvelopedData).values).toBe(0)
    expect(outcomes(inputs, parseCertificateBag).values).toBe(0)
  })

  test('depth and counts have limits', () => {
    const deep = (levels: number) => {
      let value = tlv(0x05)
      for (let i = 0; i < levels; i++) value = indefinite(0x30, value)
      return value
    }
    expectRefusal(() => peekCmsSigners(deep(40)), 'ERR_LIMIT', /nested/)
    expectRefusal(() => peekCmsSigners(deep(4000)), 'ERR_LIMIT', /nested/)
  })

  test('a key identifier of megabytes is not encoded for each certificate', async () => {
    const { certificate } = await makeRoot('root')
    const keyIdentifier = new Uint8Array(16_000_000)
    const before = process.cpuUsage()
    for (let i = 0; i < 256; i++) expect(identifies({ keyIdentifier }, certificate)).toBe(false)
    expect(process.cpuUsage(before).user).toBeLessThan(200_000)
  })

  test('the work grows with the size of the content, not with its square', () => {
    const ratio = growth((size) => {
      const segments = Array.from({ length: size }, () => tlv(0x04, hex('0102030405060708')))
      const body = tlv(0x30, tlv(0x06, hex('2a864886f70d010701')), indefinite(0xa0, indefinite(0x24, ...segments)))
      const signedData = tlv(0x30, tlv(0x02, hex('01')), tlv(0x31), body, tlv(0x31))
      const message = tlv(0x30, tlv(0x06, hex('2a864886f70d010702')), tlv(0xa0, signedData))
      return () => peekCmsSigners(message)
    }, 20_000)
    expect(ratio).toBeLessThan(3)
  })
})

describeWithFixtures('damaged recorded messages', () => {
  const any: SignerTrust = unsafeAcceptAnySigner
  test.each([
    'cms/apple-oss-distributions__Security/si-95-cms-basic/ec_sha256_attr.der',
    'cms/apple-oss-distributions__Security/si-27-cms-parse/ParseSuccessCMS/cinfo5.der',
    'cms/wbond__asn1crypto/cms-signed.der',
  ])('%s', async (file) => {
    const message = fixture(file)
    const { content: whole } = await verifyCms(message, { trust: any, accept: ACCEPT_ALL })
    const inputs = [...truncations(message, 150), ...flips(message, 250)]
    const contents: Bytes[] = []
    await asyncOutcomes(inputs, async (bytes) => {
      contents.push((await verifyCms(bytes, { trust: any, accept: ACCEPT_ALL })).content)
    })
    for (const read of contents) expect(read).toEqual(whole)
  })

  test.each(['enc-openssl-cms-aes256-ber-stream.der', 'authenv-openssl-cms-aes256gcm.der', 'degenerate-go-ra-ca.der'])(
    '%s',
    (file) => {
      const inputs = [...truncations(wire(`static/${file}`), 150), ...flips(wire(`static/${file}`), 400)]
      outcomes(inputs, parseEnvelopedData)
      outcomes(inputs, parseCertificateBag)
      expect(outcomes(inputs, peekCmsSigners).refusals).toBeGreaterThan(drawn(150))
    },
  )
})
