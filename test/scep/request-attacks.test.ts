import { describe, expect, test } from 'vitest'
import { encryptCms } from '../../src/cms.js'
import { parseEnvelopedData } from '../../src/cms/enveloped-data.js'
import { parseSignedData } from '../../src/cms/signed-data.js'
import {
  buildScepFailure,
  buildScepReply,
  openScepReply,
  openScepRequest,
  peekScepMessage,
  scepFailInfoOf,
} from '../../src/scep.js'
import type { ErrorCode } from '../../src/errors.js'
import type { Bytes } from '../../src/types.js'
import { attribute, craftSigner, usualAttributes } from '../cms/craft.js'
import { type Entity, entityOf, issued, NOW, selfSigned } from '../cms/entities.js'
import { concatBytes } from '../../src/bytes/bytes.js'
import { encodeHex } from '../../src/bytes/hex.js'
import { certificateParts } from '../../src/x509/certificate.js'
import { hex, tlv } from '../support/asn1.js'
import { expectRefusal, expectRejection, rejectionOf } from '../support/hostile.js'
import { rsaKey, SMALL_RSA_KEY } from '../support/rsa-keys.js'
import { craft, craftCn, craftKey } from '../x509/craft.js'
import {
  ca,
  type CraftMessage,
  craftMessage,
  csrOf,
  device,
  enrolled,
  envelope,
  type Fields,
  NONCE,
  open,
  printable,
  request,
  scepAttributes,
} from './pki-message.js'

// What a SCEP server has to refuse, one row each.

const csr = await csrOf(device.raw)
const content = await envelope(csr.der)
const message = (fields: Fields = {}, changes: Partial<CraftMessage> = {}): Bytes =>
  craftMessage({ content, signer: device, fields, ...changes })

async function refused(bytes: Uint8Array, code: ErrorCode, reason: RegExp = /./): Promise<void> {
  await expectRejection(open(bytes), code, reason)
}

test('the message that all of these are made of opens', async () => {
  const opened = await open(message())
  expect(opened).toMatchObject({
    type: 'PKCSReq',
    transactionId: 'TRANSACTION',
    signerHoldsCsrKey: true,
    wireMessageType: '19',
  })
  expect(opened.senderNonce).toEqual(NONCE)
})

describe('messageType', () => {
  test('every number but the five of requests is refused, UpdateReq among them, and answered with badRequest', async () => {
    for (let type = 0; type <= 40; type++) {
      if ([17, 19, 20, 21, 22].includes(type)) continue
      const error = await rejectionOf(open(message({ type: printable(String(type)) })))
      expect([error.code, error.details]).toEqual(['ERR_SCEP_UNEXPECTED', { field: 'messageType' }])
      expect(scepFailInfoOf(error)).toBe('badRequest')
    }
  })

  test.each(['', '019', ' 19', '19 ', '0x13', '1e1', '+19', '19,22', '1719'])('%j', async (type) => {
    await refused(message({ type: printable(type) }), 'ERR_SCEP_UNEXPECTED')
  })

  test('no text, or too much of it', async () => {
    await refused(message({ type: null }), 'ERR_SCEP_INVALID', /messageType/)
    await refused(message({ type: tlv(0x02, hex('13')) }), 'ERR_SCEP_INVALID', /messageType/)
    await refused(message({ type: printable('000000019') }), 'ERR_SCEP_INVALID', /messageType/)
    await refused(message({ type: printable('19\n') }), 'ERR_SCEP_INVALID', /messageType/)
    await refused(
      message({ type: concatBytes([printable('19'), printable('17')]) }),
      'ERR_CMS_INVALID',
      /exactly one value/,
    )
    for (const tag of [0x0c, 0x16]) expect((await open(message({ type: tlv(tag, hex('3139')) }))).type).toBe('PKCSReq')
  })

  test('twice', async () => {
    await refused(
      message({ more: scepAttributes({ type: printable('17') }).slice(0, 1) }),
      'ERR_CMS_INVALID',
      /repeated/,
    )
  })
})

describe('transactionID and nonces', () => {
  test.each([
    ['missing', { transactionId: null }, 'ERR_SCEP_INVALID', /transactionID/],
    ['empty', { transactionId: printable('') }, 'ERR_SCEP_INVALID', /transactionID/],
    ['256 characters', { transactionId: printable('x'.repeat(256)) }, 'ERR_SCEP_INVALID', /transactionID/],
    ['control characters', { transactionId: printable('a\u0000b') }, 'ERR_SCEP_INVALID', /transactionID/],
    ['the last of ASCII, DEL', { transactionId: printable('a\u007fb') }, 'ERR_SCEP_INVALID', /transactionID/],
    ['beyond ASCII', { transactionId: tlv(0x0c, hex('c3a9')) }, 'ERR_SCEP_INVALID', /transactionID/],
    ['an OCTET STRING', { transactionId: tlv(0x04, hex('41')) }, 'ERR_SCEP_INVALID', /transactionID/],
    ['nonce of no octets', { senderNonce: tlv(0x04) }, 'ERR_SCEP_INVALID', /senderNonce/],
    ['nonce of 65 octets', { senderNonce: tlv(0x04, new Uint8Array(65)) }, 'ERR_SCEP_INVALID', /senderNonce/],
    ['nonce as text', { senderNonce: printable('00') }, 'ERR_SCEP_INVALID', /senderNonce/],
    ['recipientNonce as text', { recipientNonce: printable('00') }, 'ERR_SCEP_INVALID', /recipientNonce/],
  ] as const)('%s', async (_, fields, code, reason) => {
    await refused(message(fields), code, reason)
    expectRefusal(() => peekScepMessage(message(fields)), code, reason)
  })

  test('what is taken: free text and 255 characters; no nonce, one octet, 64 octets', async () => {
    for (const id of ['x'.repeat(255), '7XXEY-ERLPU-2JDR9', 'a+b/c=', 'with spaces & "quotes"'])
      expect((await open(message({ transactionId: printable(id) }))).transactionId).toBe(id)
    expect((await open(message({ senderNonce: null }))).senderNonce).toBeNull()
    for (const length of [1, 8, 64])
      expect((await open(message({ senderNonce: tlv(0x04, new Uint8Array(length)) }))).senderNonce).toHaveLength(length)
  })
})

describe('signature and certificates', () => {
  const one = craftSigner(content, {
    certificate: device.certificate,
    key: device.raw.privateKey,
    attributes: [...usualAttributes(content), ...scepAttributes({})],
  })

  test('no signer, two signers, no signed attributes', async () => {
    await refused(message({}, { around: { signers: [] } }), 'ERR_SCEP_INVALID', /exactly one signer/)
    await refused(message({}, { around: { signers: [one, one] } }), 'ERR_SCEP_INVALID', /exactly one signer/)
    await refused(message({}, { signing: { attributes: null } }), 'ERR_SCEP_INVALID', /no signed attributes/)
  })

  test('another content, or none', async () => {
    const other = await envelope(csr.der)
    await refused(message({}, { around: { content: other } }), 'ERR_SIGNATURE_INVALID', /digest/)
    await refused(message({}, { content: null }), 'ERR_SCEP_INVALID', /no content/)
    await refused(message({}, { content: new Uint8Array(0) }), 'ERR_SCEP_INVALID', /no content/)
    await refused(message({}, { content: csr.der }), 'ERR_CMS_INVALID')
    for (const body of [null, new Uint8Array(0), csr.der, hex('00')])
      expect(peekScepMessage(message({}, { content: body })).recipients).toEqual([])
    await refused(message({}, { content: hex('00') }), 'ERR_ENCODING')
  })

  test('a signature by another key, or over another transaction', async () => {
    await refused(message({}, { signing: { key: enrolled.raw.privateKey } }), 'ERR_SIGNATURE_INVALID', /not valid/)
    const signature = parseSignedData(message()).signers[0]!.signature
    await refused(
      message({ transactionId: printable('OTHER') }, { signing: { signature } }),
      'ERR_SIGNATURE_INVALID',
      /not valid/,
    )
  })

  test('the certificate of the signer missing; not the first; one of two with its names and number', async () => {
    await refused(message({}, { around: { certificates: [] } }), 'ERR_SIGNER_NOT_FOUND')
    await refused(message({}, { around: { certificates: [enrolled.certificate.der] } }), 'ERR_SIGNER_NOT_FOUND')
    const behind = message(
      {},
      { around: { certificates: [enrolled.certificate.der, ca.certificate.der, device.certificate.der] } },
    )
    expect((await open(behind)).signer.certificate.der).toEqual(device.certificate.der)
    // All of Apple's throw-away signers once were "MDM SCEP SIGNER" with serial number 1.
    const twin = await selfSigned('device', rsaKey(3), { serialNumber: device.certificate.serialNumber })
    for (const certificates of [
      [twin, device],
      [device, twin],
    ].map((pair) => pair.map(({ certificate }) => certificate.der)))
      expect((await open(message({}, { around: { certificates } }))).signer.certificate.der).toEqual(
        device.certificate.der,
      )
  })

  test('a signer that borrows the name and number of an enrolled device is none', async () => {
    const imitation = craft(
      {
        issuer: craftCn('CA'),
        serial: Uint8Array.from(certificateParts(enrolled.certificate).serialDer),
        spki: rsaKey(3).spki,
        subject: craftCn('enrolled'),
      },
      rsaKey(4),
    )
    const imitator = await entityOf(imitation, rsaKey(3))
    const certificates = [imitation.der, enrolled.certificate.der]
    const forged = await open(message({}, { signer: imitator, around: { certificates } }))
    expect([forged.type, forged.signerStanding]).toEqual(['PKCSReq', 'other'])
    await expectRejection(
      open(message({ type: printable('17') }, { signer: imitator, around: { certificates } })),
      'ERR_CERTIFICATE_UNTRUSTED',
    )
  })
})

describe('algorithms', () => {
  test('keys of 1024 bits: of a first request, unless more is asked for; of no renewal', async () => {
    const small = await selfSigned('small', SMALL_RSA_KEY, { purpose: 'device-identity' })
    const own = await envelope((await csrOf(SMALL_RSA_KEY)).der)
    const first = craftMessage({ content: own, signer: small })
    expect((await open(first)).type).toBe('PKCSReq')
    await expectRejection(open(first, { accept: { minRsaBits: 2048 } }), 'ERR_ALGORITHM_NOT_ACCEPTED', /1024/)
    // The renewal of a good certificate asks for a small key.
    await refused(craftMessage({ content: own, signer: enrolled }), 'ERR_DECRYPTION_FAILED')
    // A small certificate of ours does not renew.
    const smallEnrolled = await issued('small', SMALL_RSA_KEY, ca)
    const renewal = (type: string) => message({ type: printable(type) }, { signer: smallEnrolled })
    await refused(renewal('17'), 'ERR_ALGORITHM_NOT_ACCEPTED', /1024/)
    expect((await open(renewal('19'))).signerStanding).toBe('other')
    expect((await open(renewal('17'), { accept: { minRsaBits: 1024 } })).type).toBe('RenewalReq')
  })

  test('what is accepted is asked of the digest, the cipher, the key transport and the CSR', async () => {
    const md5 = { digestAlgorithm: tlv(0x30, tlv(0x06, hex('2a864886f70d0205')), tlv(0x05)) }
    await refused(message({}, { signing: md5 }), 'ERR_ALGORITHM_NOT_ACCEPTED', /MD5/)
    const list = (accept: Parameters<typeof open>[1]) => open(message(), accept)
    await expectRejection(list({ accept: { ciphers: ['AES-256-CBC'] } }), 'ERR_ALGORITHM_NOT_ACCEPTED', /AES-128-CBC/)
    await expectRejection(list({ accept: { keyTransport: ['RSA-OAEP'] } }), 'ERR_ALGORITHM_NOT_ACCEPTED', /RSAES/)
    await expectRejection(list({ accept: { digests: ['SHA-512'] } }), 'ERR_ALGORITHM_NOT_ACCEPTED', /SHA-256/)
    await expectRejection(list({ accept: { digests: ['sha256' as 'SHA-256'] } }), 'ERR_INVALID_ARGUMENT', /accept/)
  })

  test('AES-GCM in AuthEnvelopedData is read', async () => {
    const sealed = await encryptCms(csr.der, [ca.certificate], {
      cipher: 'AES-256-GCM',
      keyTransport: 'RSAES-PKCS1-v1_5',
    })
    expect((await open(craftMessage({ content: sealed, signer: device }))).cipher).toBe('AES-256-GCM')
  })
})

describe('what is inside', () => {
  const inside = async (inner: Uint8Array, fields: Fields = {}, changes: Partial<CraftMessage> = {}) =>
    craftMessage({ content: await envelope(inner), signer: device, fields, ...changes })

  test('until it parses, everything ends in one error', async () => {
    const names = tlv(0x30, tlv(0x30), tlv(0x30))
    const rows: readonly (readonly [string, Uint8Array])[] = [
      ['19', hex('')],
      ['19', hex('00')],
      ['19', csr.der.subarray(0, -1)],
      ['19', names],
      ['17', names],
      ['20', csr.der],
      ['20', tlv(0x30, tlv(0x30))],
      ['20', tlv(0x30, tlv(0x30), tlv(0x30), tlv(0x05))],
      ['21', csr.der],
      ['21', names],
      ['21', tlv(0x30, tlv(0x30), tlv(0x02))],
      ['22', tlv(0x30, tlv(0x30), tlv(0x02, hex('01')), tlv(0x05))],
    ]
    for (const [type, inner] of rows) {
      const bytes = await inside(inner, { type: printable(type) }, { signer: enrolled })
      const error = await rejectionOf(open(bytes))
      expect([error.code, error.message], type).toEqual([
        'ERR_DECRYPTION_FAILED',
        'the message could not be decrypted with the given key',
      ])
      expect(scepFailInfoOf(error)).toBe('badMessageCheck')
    }
  })

  test('a CSR without proof of possession', async () => {
    const damaged = csr.der.slice()
    damaged[damaged.length - 1]! ^= 1
    await refused(await inside(damaged), 'ERR_SIGNATURE_INVALID', /certificate request/)
    await refused(await inside(damaged, { type: printable('17') }, { signer: enrolled }), 'ERR_DECRYPTION_FAILED')
  })

  test('what is wrong with a CSR is told only to who signs with its key: others guess at a content that they recorded', async () => {
    const { der } = await csrOf(rsaKey(1))
    const replaced = (from: string, to: string): Bytes => {
      const text = encodeHex(der)
      expect(text).toContain(from)
      return hex(text.replace(from, to))
    }
    const rows: readonly (readonly [ErrorCode, Bytes])[] = [
      ['ERR_ALGORITHM_UNKNOWN', replaced('06092a864886f70d01010b', '06092a864886f70d01017f')],
      ['ERR_ALGORITHM_NOT_ACCEPTED', replaced('06092a864886f70d01010b', '06092a864886f70d010104')],
      ['ERR_SIGNATURE_INVALID', replaced(encodeHex(der.subarray(-8)), '0000000000000000')],
    ]
    const silent = await rejectionOf(open(await inside(hex('00'))))
    for (const [code, inner] of rows) {
      await refused(await inside(inner), code)
      for (const [type, signer] of [
        ['19', await selfSigned('throw-away', rsaKey(5))],
        ['17', enrolled],
      ] as const) {
        const error = await rejectionOf(open(await inside(inner, { type: printable(type) }, { signer })))
        expect([error.code, error.message]).toEqual(['ERR_DECRYPTION_FAILED', silent.message])
      }
    }
  })

  test('a question about certificates of a CA that nobody here is', async () => {
    const nameOf = ({ certificate }: Entity) => certificateParts(certificate).subjectDer
    const about = (issuer: Entity) => tlv(0x30, nameOf(issuer), tlv(0x02, hex('01')))
    const poll = (issuer: Entity) => tlv(0x30, nameOf(issuer), craftCn('somebody'))
    const asked = (type: string, inner: Bytes, changes: Parameters<typeof open>[1] = {}) =>
      inside(inner, { type: printable(type) }).then((bytes) => open(bytes, changes))
    const other = await selfSigned('other', rsaKey(6))
    for (const [type, inner] of [
      ['20', poll],
      ['21', about],
      ['22', about],
    ] as const) {
      await expectRejection(asked(type, inner(other)), 'ERR_DECRYPTION_FAILED')
      expect((await asked(type, inner(ca))).wireMessageType).toBe(type)
      // Of a CA that was here before: its key is kept, or it is an anchor still, or an intermediate.
      for (const changes of [
        { recipient: [ca, other] },
        { renewalTrust: { anchors: [ca.certificate, other.certificate] } },
        { renewalTrust: { anchors: [ca.certificate], intermediates: [other.certificate] } },
      ] as const)
        expect((await asked(type, inner(other), changes)).wireMessageType).toBe(type)
    }
    // A CertPoll in the name of its signer, which is not an empty one, goes without.
    const own = (subject: Uint8Array) => asked('20', tlv(0x30, nameOf(other), subject))
    expect((await own(nameOf(device))).type).toBe('CertPoll')
    const nameless = await entityOf(craft({ subject: tlv(0x30), spki: device.raw.spki }, device.raw), device.raw)
    const content = await envelope(tlv(0x30, nameOf(other), tlv(0x30)))
    await refused(
      craftMessage({ content, signer: nameless, fields: { type: printable('20') } }),
      'ERR_DECRYPTION_FAILED',
    )
    // An RA is asked in the name of its CA.
    const ra = await issued('RA', rsaKey(6), other)
    const bytes = craftMessage({
      content: await envelope(poll(other), ra.certificate),
      signer: device,
      fields: { type: printable('20') },
    })
    expect((await open(bytes, { recipient: ra })).type).toBe('CertPoll')
  })

  test('options are those of the moment of the call', async () => {
    const options = { recipient: [ca], renewalTrust: { anchors: [ca.certificate] }, now: NOW, signerKey: 'csr' }
    const opened = openScepRequest(await inside((await csrOf(rsaKey(5))).der), options as never)
    options.signerKey = 'any'
    options.recipient.length = 0
    await expectRejection(opened, 'ERR_KEY_MISMATCH')
  })

  test("a CSR of another key than the signer's: reported, and refused where that is asked for", async () => {
    const other = await inside((await csrOf(rsaKey(5))).der)
    const opened = await open(other)
    expect(opened).toMatchObject({ type: 'PKCSReq', signerHoldsCsrKey: false })
    await expectRejection(open(other, { signerKey: 'csr' }), 'ERR_KEY_MISMATCH')
    expect((await open(message(), { signerKey: 'csr' })).type).toBe('PKCSReq')
    // A renewal is signed by the old key: the new one is proven by the CSR.
    const rekey = craftMessage({ content: await envelope((await csrOf(rsaKey(5))).der), signer: enrolled })
    expect((await open(rekey, { signerKey: 'csr' })).type).toBe('RenewalReq')
  })

  test('for somebody else, or one of our old keys', async () => {
    const old = await selfSigned('old CA', rsaKey(6))
    const bytes = craftMessage({ content: await envelope(csr.der, old.certificate), signer: device })
    await refused(bytes, 'ERR_DECRYPTION_FAILED')
    const opened = await open(bytes, { recipient: [ca, old] })
    expect(opened.recipient.der).toEqual(old.certificate.der)
  })
})

describe('the answer', () => {
  test('is encrypted to the signer alone, whoever else is in the bag', async () => {
    const stranger = await selfSigned('stranger', rsaKey(7))
    const certificates = [stranger.certificate.der, device.certificate.der, enrolled.certificate.der]
    const opened = await open(message({}, { around: { certificates } }))
    const reply = await buildScepReply(
      opened,
      { status: 'SUCCESS', certificates: [enrolled.certificate] },
      { signer: ca, now: NOW },
    )
    const { recipients } = parseEnvelopedData(parseSignedData(reply).content!)
    expect(recipients).toHaveLength(1)
    expect(peekScepMessage(reply).recipients).toEqual([
      { issuer: device.certificate.issuer, serialNumber: device.certificate.serialNumber },
    ])
  })

  test('cannot be encrypted to a signer without an RSA key: refused before anything is issued', async () => {
    const ecKey = craftKey()
    const ec = await selfSigned('ec', ecKey, { purpose: 'device-identity' })
    const { message: bytes, pending } = await request({ type: 'PKCSReq', csr: await csrOf(ecKey) }, ec)
    const error = await rejectionOf(open(bytes))
    expect([error.code, error.details]).toEqual(['ERR_ALGORITHM_NOT_ACCEPTED', { kind: 'keyTransport', name: 'EC' }])
    const failure = await buildScepFailure(peekScepMessage(bytes), scepFailInfoOf(error), { signer: ca, now: NOW })
    const read = await openScepReply(failure, { pinned: [ca.certificate], pending, recipient: ca })
    expect(read).toMatchObject({ status: 'FAILURE', failInfo: 'badAlg' })
  })

  test('what cannot be opened can always be refused', async () => {
    for (const bytes of [
      message({ type: printable('18') }),
      message({}, { signing: { key: enrolled.raw.privateKey } }),
      message({ senderNonce: null }),
    ]) {
      const failure = await buildScepFailure(peekScepMessage(bytes), 'badMessageCheck', { signer: ca, now: NOW })
      expect(peekScepMessage(failure)).toMatchObject({
        messageType: 'CertRep',
        transactionId: 'TRANSACTION',
        recipients: [],
      })
    }
  })

  test('wrong arguments', async () => {
    const opened = await open(message())
    const reply = (outcome: unknown, options: object = {}) =>
      buildScepReply(opened, outcome as Parameters<typeof buildScepReply>[1], { signer: ca, now: NOW, ...options })
    await expectRejection(reply({ status: 'SUCCESS', certificates: [] }), 'ERR_INVALID_ARGUMENT', /at least/)
    await expectRejection(reply({ status: 'FAILURE', failInfo: 'bad' }), 'ERR_INVALID_ARGUMENT', /failInfo/)
    await expectRejection(reply({ status: 'FAILURE' }), 'ERR_INVALID_ARGUMENT', /failInfo/)
    await expectRejection(reply({ status: 'PENDING' }, { digest: 'MD5' }), 'ERR_INVALID_ARGUMENT', /MD5/)
    const success = { status: 'SUCCESS', certificates: [enrolled.certificate] }
    await expectRejection(reply(success, { cipher: 'DES-CBC' }), 'ERR_INVALID_ARGUMENT', /DES-CBC/)
    const pem = new TextEncoder().encode('-----BEGIN X509 CRL-----')
    await expectRejection(reply({ status: 'SUCCESS', crl: pem }), 'ERR_ENCODING')
    await expectRejection(reply({ status: 'SUCCESS', crl: tlv(0x31) }), 'ERR_CRL_INVALID')
    const none = { recipient: [], renewalTrust: { anchors: [ca.certificate] } } as unknown as Parameters<
      typeof openScepRequest
    >[1]
    await expectRejection(openScepRequest(message(), none), 'ERR_INVALID_ARGUMENT', /recipient/)
    const anybody = { recipient: ca, renewalTrust: { anchors: [] } } as unknown as Parameters<typeof openScepRequest>[1]
    await expectRejection(openScepRequest(message(), anybody), 'ERR_INVALID_ARGUMENT', /anchors/)
    const unknown = attribute('2a0304', printable('x'))
    expect((await open(message({ more: [unknown] }))).type).toBe('PKCSReq')
  })

  test('the message may change while it is opened', async () => {
    const bytes = Buffer.from(message())
    const before = Uint8Array.from(bytes)
    const opening = open(bytes)
    bytes.fill(0)
    expect((await opening).type).toBe('PKCSReq')
    bytes.set(before)
    await open(bytes)
    expect(Uint8Array.from(bytes)).toEqual(before)
  })
})
