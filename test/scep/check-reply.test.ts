import { describe, expect, test } from 'vitest'
import { encodeHex } from '../../src/bytes/hex.js'
import { encryptCms } from '../../src/cms.js'
import { checkScepReply } from '../../src/scep.js'
import type { Bytes, Finding } from '../../src/types.js'
import { algorithm, attribute, OIDS, usualAttributes } from '../cms/craft.js'
import { hex, tlv } from '../support/asn1.js'
import {
  ca,
  type CraftMessage,
  craftMessage,
  device,
  type Fields,
  NONCE,
  printable,
  scepAttributes,
} from './pki-message.js'

// What checkScepReply has to say about answers that the library would never make, one fault each.

const empty = new Uint8Array(0)
const answered: Fields = { type: printable('3'), recipientNonce: tlv(0x04, NONCE), pkiStatus: printable('3') }
const pending = {
  transactionId: 'TRANSACTION',
  senderNonce: encodeHex(NONCE).toUpperCase(),
  type: 'PKCSReq',
  publicKeySha256: null,
} as const

const message = (fields: Fields = {}, changes: Partial<CraftMessage> = {}): Bytes =>
  craftMessage({ content: empty, signer: ca, fields: { ...answered, ...fields }, ...changes })
const succeeded = (content: Bytes): Bytes => message({ pkiStatus: printable('0') }, { content })
const said = async (reply: Uint8Array): Promise<readonly string[]> =>
  (await checkScepReply(reply, { caCertBody: ca.certificate.der, pending })).map(
    ({ level, kind }: Finding) => `${level} ${kind}`,
  )
/** Digest and hash of node:crypto; the digest of the content is that of none. */
const signedBy = (digest: string, hash: string): Partial<CraftMessage> => {
  const digestAlgorithm = algorithm(digest)
  const content = new Uint8Array(hash === 'sha384' ? sha384OfNothing : sha512OfNothing)
  const attributes = [
    ...usualAttributes(empty).slice(0, 1),
    attribute(OIDS.messageDigest, tlv(0x04, content)),
    ...scepAttributes(answered),
  ].sort((a, b) => Buffer.compare(a, b))
  return { signing: { digestAlgorithm, attributes, hash }, around: { digestAlgorithms: [digestAlgorithm] } }
}
const sha384OfNothing = hex(
  '38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b',
)
const sha512OfNothing = hex(
  'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
)
/** The attributes stand as they were written; these here are in order. */
const sorted = (fields: Fields, content: Uint8Array = empty): readonly Bytes[] =>
  [...usualAttributes(content), ...scepAttributes({ ...answered, ...fields })].sort((a, b) => Buffer.compare(a, b))

test('nothing about the answer that these are made of, and the order of attributes where it is not that of DER', async () => {
  expect(await said(message({}, { signing: { attributes: sorted({}) } }))).toEqual([])
  expect(await said(message({}, { signing: { attributes: [...sorted({})].reverse() } }))).toEqual([
    'warning attributes-unsorted',
  ])
})

test.each([
  ['SHA-384', '608648016503040202', 'sha384'],
  ['SHA-512', '608648016503040203', 'sha512'],
])('%s is nothing to speak of', async (_, digest, hash) => {
  expect(await said(message({}, signedBy(digest, hash)))).toEqual([])
})

test.each<readonly [string, Partial<CraftMessage>, string]>([
  [
    'unsigned attributes',
    { signing: { attributes: sorted({}), after: [tlv(0xa1, attribute(OIDS.countersignature, tlv(0x04)))] } },
    'error unsigned-attributes',
  ],
  [
    'a digest that nobody used beside the other',
    {
      signing: { attributes: sorted({}) },
      around: { digestAlgorithms: [algorithm(OIDS.sha1), algorithm(OIDS.sha256)] },
    },
    'error digest-algorithms',
  ],
  [
    'a digest behind the other',
    {
      signing: { attributes: sorted({}) },
      around: { digestAlgorithms: [algorithm(OIDS.sha256), algorithm(OIDS.sha1)] },
    },
    'error digest-algorithms',
  ],
  [
    'sha256WithRSA',
    { signing: { attributes: sorted({}), signatureAlgorithm: algorithm(OIDS.sha256WithRsa) } },
    'warning signature-algorithm',
  ],
  [
    'no certificate of the signer',
    { signing: { attributes: sorted({}) }, around: { certificates: [device.certificate.der] } },
    'info signer-absent',
  ],
  ['no content', { content: null, signing: { attributes: sorted({}) } }, 'warning content-absent'],
  ['no senderNonce', { signing: { attributes: sorted({ senderNonce: null }) } }, 'warning sender-nonce'],
  ['no recipientNonce', { signing: { attributes: sorted({ recipientNonce: null }) } }, 'error recipient-nonce'],
  [
    'a nonce of another request',
    { signing: { attributes: sorted({ recipientNonce: tlv(0x04, Uint8Array.from(NONCE).reverse()) }) } },
    'error recipient-nonce',
  ],
  [
    'another transaction',
    { signing: { attributes: sorted({ transactionId: printable('ANOTHER') }) } },
    'error transaction-differs',
  ],
  ['another type', { signing: { attributes: sorted({ type: printable('19') }) } }, 'error message-type'],
  [
    'messageType as UTF8String',
    { signing: { attributes: sorted({ type: tlv(0x0c, Uint8Array.of(0x33)) }) } },
    'error status-string-type',
  ],
  [
    'FAILURE with a failInfo that is none',
    { signing: { attributes: sorted({ pkiStatus: printable('2'), failInfo: printable('9') }) } },
    'warning fail-info',
  ],
])('%s', async (_, changes, expected) => {
  expect(await said(message({}, changes))).toEqual([expected])
})

test('without pkiStatus', async () => {
  const attributes = sorted({ pkiStatus: null })
  expect(await said(message({}, { signing: { attributes } }))).toEqual([
    'error status-string-type',
    'error status-unknown',
  ])
})

test('FAILURE with one of the five has nothing against it', async () => {
  const attributes = sorted({ pkiStatus: printable('2'), failInfo: printable('4') })
  expect(await said(message({}, { signing: { attributes } }))).toEqual([])
})

describe('the envelope of a SUCCESS', () => {
  const to = device.certificate
  const of = async (content: Bytes): Promise<readonly string[]> =>
    said(message({}, { content, signing: { attributes: sorted({ pkiStatus: printable('0') }, content) } }))

  test.each(['AES-128-CBC', 'AES-192-CBC', 'AES-256-CBC', 'DES-EDE3-CBC'] as const)(
    '%s is nothing to speak of',
    async (cipher) => {
      expect(await of(await encryptCms(empty, [to], { cipher, keyTransport: 'RSAES-PKCS1-v1_5' }))).toEqual([])
    },
  )

  test('GCM, OAEP, two recipients', async () => {
    const old = { cipher: 'AES-128-CBC', keyTransport: 'RSAES-PKCS1-v1_5' } as const
    expect(await of(await encryptCms(empty, [to], { ...old, cipher: 'AES-128-GCM' }))).toEqual([
      'warning envelope-algorithm',
    ])
    expect(await of(await encryptCms(empty, [to], { ...old, keyTransport: 'RSA-OAEP' }))).toEqual([
      'warning envelope-algorithm',
    ])
    expect(await of(await encryptCms(empty, [to, ca.certificate], old))).toEqual(['warning recipient-identifier'])
    expect(await said(succeeded(empty))).toContain('error envelope-unreadable')
  })
})
