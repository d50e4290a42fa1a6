import {
  constants,
  createCipheriv,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  privateDecrypt,
  privateEncrypt,
  publicEncrypt,
  webcrypto,
} from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { buildScepReply, openScepReply, type ScepPending, type ScepRequestBase } from '../../src/scep.js'
import { parseEnvelopedData } from '../../src/cms/enveloped-data.js'
import { parseSignedData } from '../../src/cms/signed-data.js'
import type { AcceptedAlgorithms, Bytes, Context } from '../../src/types.js'
import { encodeHex } from '../../src/bytes/hex.js'
import { concatBytes } from '../../src/bytes/bytes.js'
import { algorithm, attribute, craftEnveloped, craftRecipient, issuerAndSerial, oid, OIDS } from '../cms/craft.js'
import { NOW, selfSigned } from '../cms/entities.js'
import { hex, indefinite, tlv } from '../support/asn1.js'
import { expectRejection } from '../support/hostile.js'
import { readyKey, SMALL_RSA_KEY } from '../support/rsa-keys.js'
import { acceptRecorded } from '../support/wire.js'
import {
  ca,
  craftMessage,
  csrOf,
  device,
  NONCE,
  open,
  printable,
  request,
  SCEP_OIDS,
  scepAttributes,
} from './pki-message.js'

// Messages as old clients in the field make them, put together here: what they do is against one RFC or another.

const csr = await csrOf(device.raw)
const rid = issuerAndSerial(ca.certificate)
const named: AcceptedAlgorithms = { ...acceptRecorded }

const publicKey = createPublicKey(ca.raw.privateKey)

function encryptedKey(key: Uint8Array, padding: number, oaepHash = 'sha1'): Bytes {
  return new Uint8Array(publicEncrypt({ key: publicKey, padding, oaepHash }, key))
}

/** Single DES is 3DES with one key three times. */
function desCbc(key: Uint8Array, iv: Uint8Array, plain: Uint8Array): Bytes {
  const cipher = createCipheriv('des-ede3-cbc', concatBytes([key, key, key]), iv)
  return Uint8Array.from(Buffer.concat([cipher.update(plain), cipher.final()]))
}

const DES = '2b0e030207'
const desKey = hex('0123456789abcdef')

describe("EJBCA's client of 2005", () => {
  // MD5, DES without an IV (it means zero), attributes in no order and signed as sent, a DigestInfo without NULL.
  const content = craftEnveloped({
    recipients: [
      craftRecipient(rid, encryptedKey(desKey, constants.RSA_PKCS1_PADDING), algorithm(OIDS.rsaEncryption, null)),
    ],
    cipher: algorithm(DES, null),
    ciphertext: desCbc(desKey, new Uint8Array(8), csr.der),
  })
  const md5 = (data: Uint8Array): Bytes => new Uint8Array(createHash('md5').update(data).digest())
  const attributes = [
    ...scepAttributes({}).slice().reverse(),
    attribute(OIDS.messageDigest, tlv(0x04, md5(content))),
    attribute(OIDS.contentType, oid(OIDS.data)),
  ]
  const digestInfo = (parameters: Uint8Array | null): Bytes =>
    tlv(0x30, algorithm(OIDS.md5, parameters), tlv(0x04, md5(tlv(0x31, ...attributes))))
  const message = (parameters: Uint8Array | null): Bytes =>
    craftMessage({
      content,
      signer: device,
      signing: {
        attributes,
        digestAlgorithm: algorithm(OIDS.md5, null),
        signatureAlgorithm: algorithm(OIDS.rsaEncryption, null),
        signature: new Uint8Array(privateEncrypt(device.raw.privateKey, digestInfo(parameters))),
      },
      around: { digestAlgorithms: [algorithm(OIDS.md5, null)] },
    })

  test.each([
    ['without NULL', null],
    ['with NULL', tlv(0x05)],
  ])('a DigestInfo %s', async (_, parameters) => {
    expect(parseSignedData(message(parameters)).signers[0]?.signedAttributes?.sorted()).not.toBeNull()
    const opened = await open(message(parameters), { accept: named })
    expect(opened).toMatchObject({ digest: 'MD5', cipher: 'DES-CBC', transactionId: 'TRANSACTION' })
    await expectRejection(open(message(parameters)), 'ERR_ALGORITHM_NOT_ACCEPTED', /MD5/)
  })

  test('a DigestInfo with anything else in it', async () => {
    for (const parameters of [tlv(0x30), tlv(0x04, hex('00')), concatBytes([tlv(0x05), tlv(0x05)])])
      await expectRejection(open(message(parameters), { accept: named }), 'ERR_SIGNATURE_INVALID')
  })

  test('is answered in what it can read, never in MD5 or DES', async () => {
    const opened = await open(message(null), { accept: named })
    const reply = await buildScepReply(
      opened,
      { status: 'SUCCESS', certificates: [device.certificate] },
      { signer: ca, now: NOW },
    )
    const signed = parseSignedData(reply)
    expect(signed.signers[0]?.digestAlgorithm.oid).toBe('2.16.840.1.101.3.4.2.1')
    expect(parseEnvelopedData(signed.content!).cipher.name).toBe('AES-128-CBC')
    const pending: ScepPending = {
      transactionId: 'TRANSACTION',
      senderNonce: encodeHex(NONCE),
      type: 'PKCSReq',
      publicKeySha256: null,
    }
    const read = await openScepReply(reply, { pinned: [ca.certificate], pending, recipient: device, now: NOW })
    expect(read.status).toBe('SUCCESS')
  })
})

describe('Windows', () => {
  const key = hex('00112233445566778899aabbccddeeff')
  const iv = hex('0f0e0d0c0b0a09080706050403020100')
  const cipher = createCipheriv('aes-128-cbc', key, iv)
  const ciphertext = Uint8Array.from(Buffer.concat([cipher.update(csr.der), cipher.final()]))
  const content = (parameters: Uint8Array | null, oaepHash: string): Bytes =>
    craftEnveloped({
      recipients: [
        craftRecipient(
          rid,
          encryptedKey(key, constants.RSA_PKCS1_OAEP_PADDING, oaepHash),
          algorithm('2a864886f70d010107', parameters),
        ),
      ],
      cipher: algorithm(OIDS.aes128Cbc, tlv(0x04, iv)),
      ciphertext,
    })

  const both = (digest: string): Bytes =>
    tlv(0x30, tlv(0xa0, algorithm(digest)), tlv(0xa1, algorithm('2a864886f70d010108', algorithm(digest))))
  const reply = (request: ScepRequestBase, context: Context = {}): Promise<Bytes> =>
    buildScepReply(
      request,
      { status: 'SUCCESS', certificates: [device.certificate] },
      { signer: ca, now: NOW, ...context },
    )
  const recipientOf = (message: Uint8Array) => parseEnvelopedData(parseSignedData(message).content!).recipients[0]!
  /** The content key, by an OAEP that is not ours. */
  const keyBy = (message: Uint8Array, oaepHash: string): Buffer =>
    privateDecrypt(
      { key: device.raw.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash },
      recipientOf(message).encryptedKey,
    )

  test.each([
    ['empty parameters: SHA-1', tlv(0x30), 'sha1', 'SHA-1'],
    ['no parameters: SHA-1', null, 'sha1', 'SHA-1'],
    ['SHA-256 for both', both(OIDS.sha256), 'sha256', 'SHA-256'],
    ['SHA-512 for both', both('608648016503040203'), 'sha512', 'SHA-512'],
  ] as const)('RSA-OAEP with %s, and answered with the same', async (_, parameters, oaepHash, oaepDigest) => {
    const opened = await open(craftMessage({ content: content(parameters, oaepHash), signer: device }))
    expect(opened).toMatchObject({ keyTransport: 'RSA-OAEP', oaepDigest, cipher: 'AES-128-CBC' })
    for (const context of [{}, { crypto: webcrypto }]) {
      const message = await reply(opened, context)
      expect(recipientOf(message).transport()).toMatchObject({ name: 'RSA-OAEP', oaepDigest, mgfDigest: oaepDigest })
      expect(keyBy(message, oaepHash)).toHaveLength(16)
    }
  })

  test('RSA-OAEP with SHA-1 is written as DER has it, and as Windows sends it: the defaults left out', async () => {
    const opened = await open(craftMessage({ content: content(tlv(0x30), 'sha1'), signer: device }))
    const message = Buffer.from(parseSignedData(await reply(opened)).content!)
    expect(message.includes(Buffer.from(algorithm('2a864886f70d010107', tlv(0x30))))).toBe(true)
  })

  test('RSA-OAEP with MD5, or of a request that does not say, is answered with SHA-256', async () => {
    const opened = await open(craftMessage({ content: content(tlv(0x30), 'sha1'), signer: device }))
    const { oaepDigest, ...silent } = opened
    expect(oaepDigest).toBe('SHA-1')
    for (const request of [silent, { ...opened, oaepDigest: null }, { ...opened, oaepDigest: 'MD5' as const }])
      expect(keyBy(await reply(request), 'sha256')).toHaveLength(16)
  })

  test('a key that is smaller than the one that the digest was chosen for is answered all the same', async () => {
    const contentKey = hex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f')
    const smaller = readyKey(generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey)
    for (const [raw, digest, oaepHash, written] of [
      [
        SMALL_RSA_KEY,
        '608648016503040202',
        'sha384',
        { name: 'RSA-OAEP', oaepDigest: 'SHA-256', mgfDigest: 'SHA-256' },
      ],
      [
        SMALL_RSA_KEY,
        '608648016503040203',
        'sha512',
        { name: 'RSA-OAEP', oaepDigest: 'SHA-256', mgfDigest: 'SHA-256' },
      ],
      [smaller, OIDS.sha256, 'sha256', { name: 'RSAES-PKCS1-v1_5', oaepDigest: null }],
    ] as const) {
      const signer = await selfSigned('device', raw, { purpose: 'device-identity' })
      const aes256 = createCipheriv('aes-256-cbc', contentKey, iv)
      const message = craftEnveloped({
        recipients: [
          craftRecipient(
            rid,
            encryptedKey(contentKey, constants.RSA_PKCS1_OAEP_PADDING, oaepHash),
            algorithm('2a864886f70d010107', both(digest)),
          ),
        ],
        cipher: algorithm(OIDS.aes256Cbc, tlv(0x04, iv)),
        ciphertext: Uint8Array.from(Buffer.concat([aes256.update((await csrOf(raw)).der), aes256.final()])),
      })
      const opened = await open(craftMessage({ content: message, signer }), { accept: { minRsaBits: 512 } })
      const answer = await reply(opened)
      expect(recipientOf(answer).transport()).toMatchObject(written)
      const read = await openScepReply(answer, {
        pinned: [ca.certificate],
        pending: {
          transactionId: 'TRANSACTION',
          senderNonce: encodeHex(NONCE),
          type: 'PKCSReq',
          publicKeySha256: null,
        },
        recipient: signer,
        now: NOW,
      })
      expect(read.status).toBe('SUCCESS')
    }
  })

  test('RSAES-PKCS1-v1_5 has no digest', async () => {
    const { message } = await request({ type: 'PKCSReq', csr }, device)
    expect(await open(message)).toMatchObject({ keyTransport: 'RSAES-PKCS1-v1_5', oaepDigest: null })
  })

  test('RSA-OAEP, not accepted', async () => {
    const message = craftMessage({ content: content(tlv(0x30), 'sha1'), signer: device })
    await expectRejection(
      open(message, { accept: { keyTransport: ['RSAES-PKCS1-v1_5'] } }),
      'ERR_ALGORITHM_NOT_ACCEPTED',
      /OAEP/,
    )
  })
})

describe('macOS', () => {
  const content = craftEnveloped({
    recipients: [craftRecipient(rid, encryptedKey(desKey, constants.RSA_PKCS1_PADDING))],
    cipher: algorithm(DES, tlv(0x04, desKey)),
    ciphertext: desCbc(desKey, desKey, csr.der),
  })

  test('10.12: the challenge password in clear among the signed attributes, which nobody reads', async () => {
    const more = [attribute('2a864886f70d010907', printable('03DD5575C1694064'))]
    const opened = await open(
      craftMessage({ content, signer: device, fields: { more, senderNonce: tlv(0x04, hex('fac5e2eda5d97d64')) } }),
      { accept: named },
    )
    expect(JSON.stringify(opened)).not.toContain('03DD5575C1694064')
    expect(opened.senderNonce).toHaveLength(8)
  })

  test('iOS 7: DES, and the envelope in BER inside the BER of the message', async () => {
    await expectRejection(open(craftMessage({ content, signer: device })), 'ERR_ALGORITHM_NOT_ACCEPTED', /DES-CBC/)
    const ciphertext = desCbc(desKey, desKey, csr.der)
    const segments = [0, 100, 200].map((at) => tlv(0x04, ciphertext.subarray(at, at === 200 ? undefined : at + 100)))
    const inner = craftEnveloped({
      recipients: [craftRecipient(rid, encryptedKey(desKey, constants.RSA_PKCS1_PADDING))],
      cipher: algorithm(DES, tlv(0x04, desKey)),
      ciphertext: null,
      encryptedContent: indefinite(0xa0, ...segments),
    })
    const encapsulated = indefinite(
      0x30,
      oid(OIDS.data),
      indefinite(0xa0, indefinite(0x24, tlv(0x04, inner.subarray(0, 50)), tlv(0x04, inner.subarray(50)))),
    )
    const opened = await open(craftMessage({ content: inner, signer: device, around: { encapsulated } }), {
      accept: named,
    })
    expect(opened).toMatchObject({ type: 'PKCSReq', cipher: 'DES-CBC' })
  })
})

test('transactionID as UTF8String and IA5String, whatever its derivation', async () => {
  const content = craftEnveloped({
    recipients: [craftRecipient(rid, encryptedKey(desKey, constants.RSA_PKCS1_PADDING))],
    cipher: algorithm(DES, tlv(0x04, desKey)),
    ciphertext: desCbc(desKey, desKey, csr.der),
  })
  for (const tag of [0x0c, 0x13, 0x16]) {
    const transactionId = tlv(tag, new TextEncoder().encode('7XXEY-ERLPU-2JDR9'))
    const opened = await open(craftMessage({ content, signer: device, fields: { transactionId } }), { accept: named })
    expect(opened.transactionId).toBe('7XXEY-ERLPU-2JDR9')
  }
  expect(SCEP_OIDS.transactionId).toHaveLength(20)
})
