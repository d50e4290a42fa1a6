import { createCipheriv } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { decryptCms, encryptCms } from '../../src/cms.js'
import type { Bytes } from '../../src/types.js'
import { hex, tlv } from '../support/asn1.js'
import { asyncOutcomes, drawn, expectRejection, flips } from '../support/hostile.js'
import { rsaKey } from '../support/rsa-keys.js'
import {
  algorithm,
  attribute,
  craftEnveloped,
  type CraftEnveloped,
  craftRecipient,
  issuerAndSerial,
  oid,
  OIDS,
} from './craft.js'
import { selfSigned } from './entities.js'
import { utf8 } from './recorded-files.js'

// AuthEnvelopedData with AES-GCM (RFC 5083, RFC 5084).

const holder = await selfSigned('recipient', rsaKey(1))
const content = utf8('content of the message')
const key = hex('00112233445566778899aabbccddeeff')
const nonce = hex('000102030405060708090a0b')
const recipient = { certificate: holder.certificate, unwrapKey: () => Promise.resolve(key) }

function gcm(length = 16, aad: Uint8Array | null = null): { readonly ciphertext: Bytes; readonly tag: Bytes } {
  const cipher = createCipheriv('aes-128-gcm', key, nonce, { authTagLength: length })
  if (aad !== null) cipher.setAAD(aad)
  const ciphertext = Uint8Array.from(Buffer.concat([cipher.update(content), cipher.final()]))
  return { ciphertext, tag: new Uint8Array(cipher.getAuthTag()) }
}

const aes128Gcm = '608648016503040106'
const parameters = (...more: readonly Uint8Array[]): Bytes => algorithm(aes128Gcm, tlv(0x30, tlv(0x04, nonce), ...more))

function message(changes: Partial<CraftEnveloped> = {}): Bytes {
  const { ciphertext, tag } = gcm()
  return craftEnveloped({
    type: OIDS.authEnvelopedData,
    recipients: [craftRecipient(issuerAndSerial(holder.certificate), hex('00'))],
    cipher: parameters(tlv(0x02, hex('10'))),
    ciphertext,
    after: [tlv(0x04, tag)],
    ...changes,
  })
}

const accept = { keyTransport: ['RSAES-PKCS1-v1_5'] } as const
const decrypt = (bytes: Uint8Array) => decryptCms(bytes, recipient, { accept })

describe('AuthEnvelopedData', () => {
  test('opens, with and without attributes and originator', async () => {
    expect(await decrypt(message())).toEqual(content)
    const attributes = [attribute(OIDS.contentType, oid(OIDS.data))]
    const { ciphertext, tag } = gcm(16, tlv(0x31, ...attributes))
    const authenticated = message({
      ciphertext,
      after: [tlv(0xa1, ...attributes), tlv(0x04, tag), tlv(0xa2, ...attributes)],
    })
    expect(await decrypt(authenticated)).toEqual(content)
    expect(await decrypt(message({ originator: tlv(0xa0) }))).toEqual(content)
  })

  test('the tag covers the SET OF attributes, not the [1] that they travel under', async () => {
    const attributes = [attribute(OIDS.contentType, oid(OIDS.data))]
    const { ciphertext, tag } = gcm(16, tlv(0xa1, ...attributes))
    const wrong = message({ ciphertext, after: [tlv(0xa1, ...attributes), tlv(0x04, tag)] })
    await expectRejection(decrypt(wrong), 'ERR_DECRYPTION_FAILED')
    // Attributes that nothing covers, and covered ones that are missing.
    const plain = gcm()
    const added = message({ ...plain, after: [tlv(0xa1, ...attributes), tlv(0x04, plain.tag)] })
    await expectRejection(decrypt(added), 'ERR_DECRYPTION_FAILED')
    const covered = gcm(16, tlv(0x31, ...attributes))
    const removed = message({ ciphertext: covered.ciphertext, after: [tlv(0x04, covered.tag)] })
    await expectRejection(decrypt(removed), 'ERR_DECRYPTION_FAILED')
  })

  test.each([12, 13, 14, 15, 16])('a tag of %i octets', async (length) => {
    const { ciphertext, tag } = gcm(length)
    // RFC 5084 §3.2: 12 where the parameters say nothing.
    const stated = length === 12 ? [] : [tlv(0x02, Uint8Array.of(length))]
    expect(await decrypt(message({ cipher: parameters(...stated), ciphertext, after: [tlv(0x04, tag)] }))).toEqual(
      content,
    )
  })

  test('a tag that is shorter than stated, or too short at all', async () => {
    const { ciphertext, tag } = gcm()
    const short = message({ ciphertext, after: [tlv(0x04, tag.subarray(0, 12))] })
    await expectRejection(decrypt(short), 'ERR_CMS_INVALID', /mac/)
    const stated = message({
      cipher: parameters(tlv(0x02, hex('04'))),
      ciphertext,
      after: [tlv(0x04, tag.subarray(0, 4))],
    })
    await expectRejection(decrypt(stated), 'ERR_CMS_INVALID')
    await expectRejection(decrypt(message({ after: [] })), 'ERR_CMS_INVALID', /mac/)
    await expectRejection(
      decrypt(message({ after: [tlv(0x04, tag), tlv(0x05)] })),
      'ERR_CMS_INVALID',
      /too many fields/,
    )
  })

  test('GCM in EnvelopedData', async () => {
    await expectRejection(
      decrypt(message({ type: OIDS.envelopedData, after: [] })),
      'ERR_CMS_INVALID',
      /GCM does not fit/,
    )
  })

  test('no octets of content: no segment at all in BER', async () => {
    const cipher = createCipheriv('aes-128-gcm', key, nonce)
    cipher.final()
    const after = [tlv(0x04, new Uint8Array(cipher.getAuthTag()))]
    for (const encryptedContent of [tlv(0x80), tlv(0xa0), hex('a0800000')])
      expect(await decrypt(message({ encryptedContent, after }))).toEqual(new Uint8Array(0))
  })

  test('no flipped bit gives anything else than the content', async () => {
    const bytes = await encryptCms(content, [holder.certificate], {
      cipher: 'AES-256-GCM',
      keyTransport: 'RSAES-PKCS1-v1_5',
    })
    const contents: Bytes[] = []
    const counts = await asyncOutcomes(flips(bytes, 250), async (flipped) => {
      contents.push(await decryptCms(flipped, holder, { accept }))
    })
    expect(counts.refusals).toBeGreaterThan(drawn(200))
    // A version number, say: it has no weight.
    for (const opened of contents) expect(opened).toEqual(content)
  })
})
