import { describe, expect, test } from 'vitest'
import { encodeHex } from '../../src/bytes/hex.js'
import { concatBytes } from '../../src/bytes/bytes.js'
import { buildCertificateBag, signCms } from '../../src/cms.js'
import type { ErrorCode } from '../../src/errors.js'
import { openScepReply, type OpenScepReplyOptions, type ScepPending, type ScepReply } from '../../src/scep.js'
import type { Bytes, Certificate } from '../../src/types.js'
import { attribute, craftSigned, craftSigner, usualAttributes } from '../cms/craft.js'
import { issued, NOW, selfSigned } from '../cms/entities.js'
import { hex, tlv } from '../support/asn1.js'
import { expectRejection, rejectionOf } from '../support/hostile.js'
import { rsaKey } from '../support/rsa-keys.js'
import {
  ca,
  type CraftMessage,
  craftMessage,
  device,
  enrolled,
  envelope,
  type Fields,
  NONCE,
  open as openRequest,
  printable,
  SCEP_OIDS,
  scepAttributes,
} from './pki-message.js'

// What a SCEP client has to refuse in an answer, one row each.

const otherNonce = hex('ffeeddccbbaa99887766554433221100')
const pending: ScepPending = {
  transactionId: 'TRANSACTION',
  senderNonce: encodeHex(NONCE),
  type: 'PKCSReq',
  publicKeySha256: null,
}
const answered: Fields = { type: printable('3'), senderNonce: tlv(0x04, otherNonce), recipientNonce: tlv(0x04, NONCE) }
const empty = new Uint8Array(0)
const issuedOne = await issued('issued', rsaKey(1), ca)
const success = await envelope(buildCertificateBag([issuedOne.certificate, ca.certificate]), device.certificate)

/** PENDING, unless the fields say otherwise. */
function reply(fields: Fields = {}, changes: Partial<CraftMessage> = {}): Bytes {
  return craftMessage({
    content: empty,
    signer: ca,
    fields: { ...answered, pkiStatus: printable('3'), ...fields },
    ...changes,
  })
}
const succeeded = (changes: Partial<CraftMessage> = {}): Bytes =>
  reply({ pkiStatus: printable('0') }, { content: success, ...changes })

function open(message: Uint8Array, changes: Partial<OpenScepReplyOptions> = {}): Promise<ScepReply> {
  return openScepReply(message, { pinned: [ca.certificate], pending, recipient: device, now: NOW, ...changes })
}
async function refused(message: Uint8Array, code: ErrorCode, reason: RegExp = /./): Promise<void> {
  await expectRejection(open(message), code, reason)
}

test('the answers that all of these are made of open', async () => {
  expect(await open(reply())).toMatchObject({ status: 'PENDING' })
  expect(await open(succeeded())).toMatchObject({ status: 'SUCCESS', certificate: null, crl: null })
})

test('what is pinned and what is pending are those of the moment of the call', async () => {
  const stranger = await selfSigned('stranger', rsaKey(3))
  const pinned: [Certificate] = [ca.certificate]
  const asked = { ...pending, transactionId: 'ANOTHER' }
  const opened = [open(reply({}, { signer: stranger }), { pinned }), open(reply(), { pending: asked })]
  pinned[0] = stranger.certificate
  asked.transactionId = 'TRANSACTION'
  await expectRejection(opened[0]!, 'ERR_CERTIFICATE_UNTRUSTED')
  await expectRejection(opened[1]!, 'ERR_SCEP_UNEXPECTED')
})

describe('who answers', () => {
  test('anybody but the CA that the client knows', async () => {
    const imitation = await selfSigned('CA', rsaKey(3), { serialNumber: ca.certificate.serialNumber })
    await refused(reply({}, { signer: imitation }), 'ERR_SIGNATURE_INVALID')
    await refused(reply({}, { signer: await selfSigned('stranger', rsaKey(3)) }), 'ERR_CERTIFICATE_UNTRUSTED', /pinned/)
    // Something that the CA issued is not the CA.
    await refused(reply({}, { signer: enrolled }), 'ERR_CERTIFICATE_UNTRUSTED', /pinned/)
    await refused(
      reply({}, { signer: enrolled, around: { certificates: [enrolled.certificate.der, ca.certificate.der] } }),
      'ERR_CERTIFICATE_UNTRUSTED',
    )
    await refused(reply({}, { signing: { key: enrolled.raw.privateKey } }), 'ERR_SIGNATURE_INVALID')
  })

  test('without certificates: the pinned one, and nobody else', async () => {
    const bare = { around: { certificates: [] } }
    expect((await open(reply({}, bare))).status).toBe('PENDING')
    expect((await open(reply({}, { around: { certificates: undefined as unknown as [] } }))).status).toBe('PENDING')
    await refused(reply({}, { ...bare, signer: enrolled }), 'ERR_SIGNER_NOT_FOUND')
    await expectRejection(open(reply({}, bare), { pinned: [enrolled.certificate] }), 'ERR_SIGNER_NOT_FOUND')
  })

  test('one of several pinned ones; dates are not judged', async () => {
    const old = await selfSigned('old CA', rsaKey(3), {
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2021-01-01'),
    })
    const answer = await open(reply({}, { signer: old }), { pinned: [ca.certificate, old.certificate] })
    expect(answer.signer.certificate.der).toEqual(old.certificate.der)
  })

  test('two signers, none, no signed attributes', async () => {
    await refused(reply({}, { around: { signers: [] } }), 'ERR_SCEP_INVALID', /one signer/)
    // Both are the pinned CA and sign what is asked for, so that nothing else is wrong with them.
    const attributes = [...usualAttributes(empty), ...scepAttributes({ ...answered, pkiStatus: printable('3') })]
    const signer = craftSigner(empty, { certificate: ca.certificate, key: ca.raw.privateKey, attributes })
    expect((await open(reply({}, { around: { signers: [signer] } }))).status).toBe('PENDING')
    await refused(reply({}, { around: { signers: [signer, signer] } }), 'ERR_SCEP_INVALID', /one signer/)
    await refused(reply({}, { signing: { attributes: null } }), 'ERR_SCEP_INVALID', /signed attributes/)
    const none = { pinned: [] } as unknown as Partial<OpenScepReplyOptions>
    await expectRejection(open(reply(), none), 'ERR_INVALID_ARGUMENT', /pinned/)
    await expectRejection(open(await signCms(empty, ca)), 'ERR_SCEP_INVALID', /messageType/)
  })

  test('a request as an answer, and an answer as a request', async () => {
    const question = craftMessage({ content: success, signer: ca, fields: { recipientNonce: tlv(0x04, NONCE) } })
    await refused(question, 'ERR_SCEP_UNEXPECTED', /messageType/)
    await expectRejection(openRequest(succeeded()), 'ERR_SCEP_UNEXPECTED', /messageType/)
  })
})

describe('to what', () => {
  test.each([
    ['transactionId', { transactionId: printable('OTHER') }],
    ['transactionId', { transactionId: printable('transaction') }],
    ['transactionId', { transactionId: printable('TRANSACTION ') }],
    ['recipientNonce', { recipientNonce: tlv(0x04, otherNonce) }],
    ['recipientNonce', { recipientNonce: tlv(0x04, NONCE.subarray(1)) }],
    ['recipientNonce', { recipientNonce: null }],
    ['messageType', { type: printable('19') }],
  ] as const)('another %s', async (field, fields) => {
    for (const status of ['0', '2', '3']) {
      const answer = reply({ ...fields, pkiStatus: printable(status) }, status === '0' ? { content: success } : {})
      const error = await rejectionOf(open(answer))
      expect([error.code, error.details]).toEqual(['ERR_SCEP_UNEXPECTED', { field }])
    }
  })

  test('every messageType but 3', async () => {
    for (let type = 0; type <= 40; type++)
      if (type !== 3) await refused(reply({ type: printable(String(type)) }), 'ERR_SCEP_UNEXPECTED', /messageType/)
  })

  test('the nonce that is kept may be written in capitals; a senderNonce of the server is not asked for', async () => {
    const kept = { ...pending, senderNonce: pending.senderNonce.toUpperCase() }
    expect((await open(reply({ senderNonce: null }), { pending: kept })).status).toBe('PENDING')
  })

  test('nothing of it is believed before the signature holds', async () => {
    const forged = reply({ transactionId: printable('OTHER') }, { signing: { key: enrolled.raw.privateKey } })
    await refused(forged, 'ERR_SIGNATURE_INVALID')
  })
})

describe('pkiStatus', () => {
  test.each(['', '1', '4', '00', '02', ' 0', 'SUCCESS', '-1'])('%j', async (status) => {
    await refused(reply({ pkiStatus: printable(status) }, { content: success }), 'ERR_SCEP_INVALID', /pkiStatus/)
  })

  test('missing, no text, twice', async () => {
    await refused(reply({ pkiStatus: null }), 'ERR_SCEP_INVALID', /pkiStatus/)
    await refused(reply({ pkiStatus: tlv(0x02, hex('00')) }, { content: success }), 'ERR_SCEP_INVALID', /pkiStatus/)
    const twice = scepAttributes({ type: null, transactionId: null, senderNonce: null, pkiStatus: printable('0') })
    await refused(reply({ more: twice }), 'ERR_CMS_INVALID', /repeated/)
  })
})

describe('FAILURE', () => {
  const failed = (fields: Fields, changes: Partial<CraftMessage> = {}) =>
    reply({ pkiStatus: printable('2'), ...fields }, changes)

  test.each([
    ['0', 'badAlg'],
    ['1', 'badMessageCheck'],
    ['2', 'badRequest'],
    ['3', 'badTime'],
    ['4', 'badCertId'],
    ['5', null],
    ['14606', null], // as a server in the field said
    ['-1', null],
    ['04', null],
    ['9'.repeat(255), null],
    ['no reason', null],
  ])('failInfo %j: %s', async (raw, name) => {
    const answer = await open(failed({ failInfo: printable(raw) }))
    expect(answer).toMatchObject({ status: 'FAILURE', failInfo: name, failInfoRaw: raw, failInfoText: null })
  })

  test('no failInfo, and texts', async () => {
    expect(await open(failed({}))).toMatchObject({ failInfo: null, failInfoRaw: '', failInfoText: null })
    const text = tlv(0x0c, new TextEncoder().encode('ungültig'))
    expect(await open(failed({ failInfo: printable('2'), failInfoText: text }))).toMatchObject({
      failInfo: 'badRequest',
      failInfoText: 'ungültig',
    })
    const other = tlv(0x1e, hex('0041'))
    expect(await open(failed({ failInfoText: other }))).toMatchObject({ failInfoText: null })
    await refused(failed({ failInfoText: concatBytes([text, text]) }), 'ERR_CMS_INVALID', /exactly one value/)
    // It is a refusal however it is spelled.
    const raw = async (failInfo: Uint8Array) => (await open(failed({ failInfo }))) as { readonly failInfoRaw: string }
    expect((await raw(printable('9'.repeat(5000)))).failInfoRaw).toBe('9'.repeat(1024))
    expect((await raw(tlv(0x02, hex('02')))).failInfoRaw).toBe('')
    expect((await raw(text)).failInfoRaw).toBe('ungültig')
    expect((await raw(tlv(0x16, hex('32')))).failInfoRaw).toBe('2')
    expect(await open(failed({ failInfoText: printable('why') }))).toMatchObject({ failInfoText: 'why' })
  })

  test('content absent, empty, one octet, anything', async () => {
    for (const content of [null, empty, hex('00'), hex('ffff')])
      expect((await open(failed({ failInfo: printable('1') }, { content }))).status).toBe('FAILURE')
  })
})

describe('SUCCESS', () => {
  const containing = async (inner: Uint8Array): Promise<Bytes> =>
    succeeded({ content: await envelope(inner, device.certificate) })

  test('no content, no envelope, for somebody else', async () => {
    await refused(succeeded({ content: null }), 'ERR_ENCODING')
    await refused(succeeded({ content: empty }), 'ERR_ENCODING')
    await refused(
      succeeded({ content: buildCertificateBag([issuedOne.certificate]) }),
      'ERR_CMS_INVALID',
      /neither EnvelopedData/,
    )
    await refused(
      succeeded({ content: await envelope(buildCertificateBag([]), enrolled.certificate) }),
      'ERR_DECRYPTION_FAILED',
    )
  })

  test('what is inside is no bag', async () => {
    await refused(await containing(issuedOne.certificate.der), 'ERR_CMS_INVALID')
    await refused(await containing(hex('00')), 'ERR_ENCODING')
    await refused(await containing(await signCms(empty, ca)), 'ERR_CMS_INVALID', /signer/)
    await refused(await containing(craftSigned({ content: hex('00'), signers: [] })), 'ERR_CMS_INVALID', /content/)
  })

  test('of several certificates, the one with our key, wherever it stands', async () => {
    const key = async (certificate: typeof issuedOne.certificate): Promise<string> =>
      encodeHex(new Uint8Array(await crypto.subtle.digest('SHA-256', certificate.publicKey)))
    const bag = buildCertificateBag([ca.certificate, issuedOne.certificate])
    const ours = { ...pending, publicKeySha256: (await key(issuedOne.certificate)).toUpperCase() }
    const answer = await open(await containing(bag), { pending: ours })
    if (answer.status !== 'SUCCESS') throw new Error('no success')
    expect(answer.certificate?.der).toEqual(issuedOne.certificate.der)
    expect(answer.certificates.map(({ der }) => der)).toEqual([ca.certificate.der, issuedOne.certificate.der])
    const strange = { ...pending, publicKeySha256: await key(enrolled.certificate) }
    expect(await open(await containing(bag), { pending: strange })).toMatchObject({ certificate: null })
    expect(await open(await containing(buildCertificateBag([])), { pending: ours })).toMatchObject({
      certificate: null,
      certificates: [],
    })
  })

  test('the first CRL of the bag, and no other formats', async () => {
    const crl = tlv(0x30, tlv(0x30))
    const answer = await open(
      await containing(craftSigned({ content: null, signers: [], crls: [tlv(0xa1), crl, tlv(0x30)] })),
    )
    expect(answer).toMatchObject({ crl })
  })
})

describe('algorithms', () => {
  test('MD5 and single DES by name alone; a floor holds', async () => {
    const md5 = { digestAlgorithm: tlv(0x30, tlv(0x06, hex('2a864886f70d0205'))) }
    await refused(reply({}, { signing: md5 }), 'ERR_ALGORITHM_NOT_ACCEPTED', /MD5/)
    await expectRejection(open(reply(), { accept: { digests: ['SHA-512'] } }), 'ERR_ALGORITHM_NOT_ACCEPTED', /SHA-256/)
    await expectRejection(
      open(succeeded(), { accept: { ciphers: ['AES-256-CBC'] } }),
      'ERR_ALGORITHM_NOT_ACCEPTED',
      /AES-128/,
    )
  })

  test('attributes that nobody knows are passed over', async () => {
    const more = [attribute('2b0601040182371521', printable('x')), attribute(SCEP_OIDS.failInfo, printable('1'))]
    expect((await open(reply({ more }))).status).toBe('PENDING')
  })
})
