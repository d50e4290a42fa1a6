import { describe, expect, test } from 'vitest'
import { parseSignedData } from '../../src/cms/signed-data.js'
import { parseEnvelopedData } from '../../src/cms/enveloped-data.js'
import {
  buildScepFailure,
  buildScepReply,
  buildScepRequest,
  openScepReply,
  parseScepHttpRequest,
  peekScepMessage,
  type ScepChoice,
  type ScepFailInfo,
  type ScepOutcome,
  type ScepPending,
  scepHttpRequest,
  type ScepReply,
  type ScepRequestInput,
} from '../../src/scep.js'
import type { CipherName, DigestName, RemoteSigner, SigningIdentity } from '../../src/types.js'
import { buildCrl, parseCrl } from '../../src/x509.js'
import { fixedProvider } from '../crypto/support.js'
import { type Entity, issued, NOW, selfSigned } from '../cms/entities.js'
import { expectRejection } from '../support/hostile.js'
import { LARGE_RSA_KEY, rsaKey } from '../support/rsa-keys.js'
import { craftKey } from '../x509/craft.js'
import { ca, csrOf, device, enrolled, open, request } from './pki-message.js'

// Client and server of this package, over the bytes that go between them.

const csr = await csrOf(device.raw)
const names = { issuer: ca.certificate.subject, subject: csr.subject }
const inputs: Readonly<Record<ScepRequestInput['type'], ScepRequestInput>> = {
  PKCSReq: { type: 'PKCSReq', csr },
  RenewalReq: { type: 'RenewalReq', csr: await csrOf(rsaKey(5)), transactionId: 'renewal 1' },
  CertPoll: { type: 'CertPoll', ...names, transactionId: 'a+b/c=' },
  GetCert: { type: 'GetCert', issuer: names.issuer, serialNumber: '00c0ffee' },
  GetCRL: { type: 'GetCRL', issuer: names.issuer, serialNumber: enrolled.certificate.serialNumber },
}
const signerOf = (type: ScepRequestInput['type']): Entity => (type === 'RenewalReq' ? enrolled : device)

function answer(
  reply: Uint8Array,
  pending: ScepPending,
  recipient: Entity,
  pinned = ca.certificate,
): Promise<ScepReply> {
  return openScepReply(reply, {
    pinned: [pinned],
    pending: JSON.parse(JSON.stringify(pending)) as ScepPending,
    recipient,
    now: NOW,
  })
}

const digests: readonly DigestName[] = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']
const ciphers: readonly CipherName[] = [
  'AES-128-CBC',
  'AES-192-CBC',
  'AES-256-CBC',
  'DES-EDE3-CBC',
  'AES-128-GCM',
  'AES-256-GCM',
]
// Each digest and each cipher with each type, without each with each: what is chosen once does not touch the other.
const choices: readonly Pick<ScepChoice, 'digest' | 'cipher'>[] = ciphers.map((cipher, i) => ({
  cipher,
  digest: digests[i % 4]!,
}))

describe('every request', () => {
  const rows = Object.values(inputs).flatMap((input) =>
    choices.map((choice) => [input.type, choice.digest, choice.cipher, input] as const),
  )
  test.each(rows)('%s with %s and %s', async (type, digest, cipher, input) => {
    const signer = signerOf(type)
    const { message, pending } = await request(input, signer, { digest, cipher })
    const peeked = peekScepMessage(message)
    expect(peeked).toMatchObject({ messageType: type, transactionId: pending.transactionId, digest })
    const opened = await open(message)
    expect(opened).toMatchObject({
      type,
      digest,
      cipher,
      keyTransport: 'RSAES-PKCS1-v1_5',
      transactionId: pending.transactionId,
    })
    expect(opened.signer.certificate.der).toEqual(signer.certificate.der)
    expect(opened.signer.signingTime).toEqual(NOW)
    if (opened.type === 'PKCSReq' || opened.type === 'RenewalReq')
      expect(opened.csr.der).toEqual('csr' in input ? input.csr.der : null)
    else if (opened.type === 'CertPoll') expect([opened.issuer, opened.subject]).toEqual([names.issuer, names.subject])
    else
      expect([opened.issuer, opened.serialNumber]).toEqual([
        names.issuer,
        type === 'GetCert' ? 'c0ffee' : enrolled.certificate.serialNumber,
      ])
    const reply = await buildScepReply(
      opened,
      { status: 'SUCCESS', certificates: [enrolled.certificate, ca.certificate] },
      { signer: ca, now: NOW },
    )
    // The answer speaks as the question did.
    const signed = parseSignedData(reply)
    expect(peekScepMessage(reply).digest).toBe(digest)
    expect(parseEnvelopedData(signed.content!).cipher.name).toBe(cipher)
    const read = await answer(reply, pending, signer)
    expect(read).toMatchObject({ status: 'SUCCESS', signer: { digest, signature: 'RSASSA-PKCS1-v1_5' } })
    expect(read.status === 'SUCCESS' && read.certificates.map(({ der }) => der)).toEqual([
      enrolled.certificate.der,
      ca.certificate.der,
    ])
  })

  test('by POST and by GET', async () => {
    const { message } = await request(inputs.PKCSReq, device)
    for (const method of ['POST', 'GET'] as const) {
      const sent = scepHttpRequest({ url: 'http://mdm.example/scep', operation: 'PKIOperation', message, method })
      expect(parseScepHttpRequest(sent).message).toEqual(message)
    }
  })

  test("transactionIDs: of the key, random, or the caller's; nonces always new", async () => {
    const twice = await Promise.all([request(inputs.PKCSReq, device), request(inputs.PKCSReq, device)])
    expect(twice[0].pending.transactionId).toBe(twice[1].pending.transactionId)
    expect(twice[0].pending.senderNonce).not.toBe(twice[1].pending.senderNonce)
    const gets = await Promise.all([request(inputs.GetCert, device), request(inputs.GetCert, device)])
    expect(gets[0].pending.transactionId).toMatch(/^[0-9A-F]{32}$/)
    expect(gets[0].pending.transactionId).not.toBe(gets[1].pending.transactionId)
    const poll = await request(inputs.CertPoll, device)
    expect(poll.pending).toMatchObject({ transactionId: 'a+b/c=', publicKeySha256: twice[0].pending.publicKeySha256 })
    expect(gets[0].pending.publicKeySha256).toBeNull()
  })

  test('wrong arguments', async () => {
    const make = (
      input: unknown,
      choice: unknown = { digest: 'SHA-256', cipher: 'AES-128-CBC' },
      recipient = ca.certificate,
    ) => request(input as ScepRequestInput, device, choice as ScepChoice, recipient)
    await expectRejection(make(inputs.PKCSReq, { digest: 'MD5', cipher: 'AES-128-CBC' }), 'ERR_INVALID_ARGUMENT', /MD5/)
    await expectRejection(
      make(inputs.PKCSReq, { digest: 'SHA-256', cipher: 'DES-CBC' }),
      'ERR_INVALID_ARGUMENT',
      /DES-CBC/,
    )
    await expectRejection(make({ ...inputs.PKCSReq, type: 'UpdateReq' }), 'ERR_INVALID_ARGUMENT', /type/)
    for (const transactionId of ['', 'x'.repeat(256), 'é', 'a\nb'])
      await expectRejection(make({ ...inputs.CertPoll, transactionId }), 'ERR_INVALID_ARGUMENT', /transactionId/)
    await expectRejection(make({ ...inputs.GetCert, serialNumber: 'xyz' }), 'ERR_INVALID_ARGUMENT', /serialNumber/)
    await expectRejection(make({ type: 'PKCSReq', csr: { der: new Uint8Array(0) } }), 'ERR_ENCODING')
    const ec = await selfSigned('ec', craftKey())
    await expectRejection(make(inputs.PKCSReq, undefined, ec.certificate), 'ERR_ALGORITHM_NOT_ACCEPTED', /no RSA key/)
  })
})

describe('every outcome', () => {
  const failures: readonly ScepFailInfo[] = ['badAlg', 'badMessageCheck', 'badRequest', 'badTime', 'badCertId']
  const outcomes: readonly (readonly [string, ScepOutcome])[] = [
    ['PENDING', { status: 'PENDING' }],
    ...failures.map((failInfo) => [failInfo, { status: 'FAILURE', failInfo }] as const),
    ['a text', { status: 'FAILURE', failInfo: 'badRequest', failInfoText: 'Gerät unbekannt' }],
  ]
  test.each(outcomes)('%s', async (_, outcome) => {
    const { message, pending } = await request(inputs.PKCSReq, device)
    const opened = await open(message)
    const reply = await buildScepReply(opened, outcome, { signer: ca, now: NOW })
    expect(parseSignedData(reply).content).toEqual(new Uint8Array(0))
    const read = await answer(reply, pending, device)
    expect(read.status).toBe(outcome.status)
    if (read.status === 'FAILURE' && outcome.status === 'FAILURE') {
      expect([read.failInfo, read.failInfoText]).toEqual([outcome.failInfo, outcome.failInfoText ?? null])
      // And as the refusal of a message that could not be opened.
      const options = {
        signer: ca,
        now: NOW,
        ...(outcome.failInfoText === undefined ? {} : { failInfoText: outcome.failInfoText }),
      }
      const failure = await buildScepFailure(peekScepMessage(message), outcome.failInfo, options)
      const { failInfo, failInfoRaw, failInfoText } = read
      const again = await answer(failure, pending, device)
      expect(again).toMatchObject({ status: 'FAILURE', failInfo, failInfoRaw, failInfoText })
    }
  })

  test('pending, a poll, issued', async () => {
    const first = await request(inputs.PKCSReq, device)
    const waiting = await buildScepReply(await open(first.message), { status: 'PENDING' }, { signer: ca, now: NOW })
    expect((await answer(waiting, first.pending, device)).status).toBe('PENDING')
    const poll = await request({ type: 'CertPoll', ...names, transactionId: first.pending.transactionId }, device)
    const opened = await open(poll.message)
    expect(opened.transactionId).toBe(first.pending.transactionId)
    const certificate = (await issued('device', device.raw, ca)).certificate
    const reply = await buildScepReply(
      opened,
      { status: 'SUCCESS', certificates: [certificate] },
      { signer: ca, now: NOW },
    )
    const read = await answer(reply, poll.pending, device)
    expect(read.status === 'SUCCESS' && read.certificate?.der).toEqual(certificate.der)
    // An answer to the poll is none to the first request.
    await expectRejection(answer(reply, first.pending, device), 'ERR_SCEP_UNEXPECTED', /recipientNonce/)
  })

  test('a re-key that is pending: the poll names the key that the certificate is for', async () => {
    const certificate = (await issued('enrolled', rsaKey(5), ca)).certificate
    const poll = async (publicKey?: Uint8Array) => {
      const asked = { type: 'CertPoll', ...names, transactionId: 'T' } as const
      const { message, pending } = await request(publicKey === undefined ? asked : { ...asked, publicKey }, enrolled)
      const outcome = { status: 'SUCCESS', certificates: [certificate] } as const
      const read = await answer(await buildScepReply(await open(message), outcome, { signer: ca }), pending, enrolled)
      return read.status === 'SUCCESS' ? (read.certificate?.der ?? null) : read.status
    }
    expect(await poll()).toBeNull()
    expect(await poll(certificate.publicKey)).toEqual(certificate.der)
    await expectRejection(poll(new Uint8Array(3)), 'ERR_ENCODING', /public key/)
  })

  test('a re-key: signed by the old key, encrypted to it, for the new one', async () => {
    const { message, pending } = await request(inputs.RenewalReq, enrolled)
    const opened = await open(message)
    if (opened.type !== 'RenewalReq') throw new Error('no renewal')
    const certificate = (await issued('enrolled', rsaKey(5), ca)).certificate
    const reply = await buildScepReply(
      opened,
      { status: 'SUCCESS', certificates: [certificate] },
      { signer: ca, now: NOW },
    )
    const read = await answer(reply, pending, enrolled)
    expect(read.status === 'SUCCESS' && read.certificate?.der).toEqual(certificate.der)
  })

  test('a CRL', async () => {
    const dates = { thisUpdate: NOW, nextUpdate: new Date(NOW.getTime() + 86_400_000) }
    const crl = await buildCrl({ revoked: [{ serialNumber: '0a', at: NOW }], number: '01', ...dates }, ca)
    const { message, pending } = await request(inputs.GetCRL, device)
    const reply = await buildScepReply(await open(message), { status: 'SUCCESS', crl }, { signer: ca, now: NOW })
    const read = await answer(reply, pending, device)
    expect(read).toMatchObject({ status: 'SUCCESS', crl, certificate: null, certificates: [] })
    expect(parseCrl(crl).revoked).toHaveLength(1)
  })

  test('by an RA, by a CA with a larger key, by an EC key; digest and cipher by name', async () => {
    const ra = await issued('RA', rsaKey(6), ca, { purpose: 'scep-ra' })
    const large = await selfSigned('large', LARGE_RSA_KEY)
    const ec = await selfSigned('ec', craftKey())
    const { message, pending } = await request(inputs.PKCSReq, device)
    const opened = await open(message)
    for (const signer of [ra, large, ec]) {
      const options: Parameters<typeof buildScepReply>[2] = {
        signer: { ...(signer as SigningIdentity), chain: [ca.certificate] },
        digest: 'SHA-512',
        cipher: 'AES-256-CBC',
        now: NOW,
      }
      const reply = await buildScepReply(opened, { status: 'SUCCESS', certificates: [enrolled.certificate] }, options)
      expect(parseSignedData(reply).certificates).toHaveLength(2)
      const read = await answer(reply, pending, device, signer.certificate)
      expect(read).toMatchObject({ status: 'SUCCESS', signer: { digest: 'SHA-512' } })
    }
  })

  test('a refusal speaks as the message did, but never in MD5', async () => {
    const { key } = ca
    const sign: RemoteSigner['sign'] = (data, digest) =>
      'sign' in key ? key.sign(data, digest) : Promise.reject(new Error('no signer'))
    const remote: RemoteSigner = { signature: 'RSASSA-PKCS1-v1_5', digests: ['MD5', ...digests], sign }
    const signer = { certificate: ca.certificate, key: remote }
    for (const digest of [...digests, 'MD5'] as const) {
      const message = { transactionId: 'T', senderNonce: null, digest }
      const failure = await buildScepFailure(message, 'badAlg', { signer, now: NOW })
      expect(peekScepMessage(failure).digest).toBe(digest === 'MD5' ? 'SHA-256' : digest)
    }
  })

  test('a request without a nonce gets an answer without recipientNonce', async () => {
    const failure = await buildScepFailure({ transactionId: 'T', senderNonce: null, digest: 'MD5' }, 'badAlg', {
      signer: ca,
      now: NOW,
    })
    expect(peekScepMessage(failure)).toMatchObject({ digest: 'SHA-256', transactionId: 'T' })
    const pending: ScepPending = { transactionId: 'T', senderNonce: '', type: 'PKCSReq', publicKeySha256: null }
    await expectRejection(answer(failure, pending, device), 'ERR_SCEP_UNEXPECTED', /recipientNonce/)
  })
})

test('a fixed provider and a fixed time give the same bytes twice', async () => {
  const context = () => ({ crypto: fixedProvider(), now: NOW })
  for (const input of Object.values(inputs)) {
    const make = () =>
      buildScepRequest(input, {
        signer: signerOf(input.type),
        recipient: ca.certificate,
        choice: { digest: 'SHA-256', cipher: 'DES-EDE3-CBC' },
        ...context(),
      })
    expect(await make()).toEqual(await make())
  }
  const opened = await open((await request(inputs.PKCSReq, device)).message)
  const outcomes: readonly ScepOutcome[] = [
    { status: 'PENDING' },
    { status: 'SUCCESS', certificates: [enrolled.certificate] },
  ]
  for (const outcome of outcomes) {
    const reply = () => buildScepReply(opened, outcome, { signer: ca, ...context() })
    expect(await reply()).toEqual(await reply())
  }
})

test('an answer to a signer without an RSA key is refused, however the request was encrypted', async () => {
  const opened = await open((await request(inputs.PKCSReq, device)).message)
  const { certificate } = await selfSigned('ec', craftKey())
  const outcome: ScepOutcome = { status: 'SUCCESS', certificates: [enrolled.certificate] }
  for (const keyTransport of ['RSA-OAEP', 'RSAES-PKCS1-v1_5'] as const) {
    const asked = { ...opened, keyTransport, signer: { ...opened.signer, certificate } }
    await expectRejection(
      buildScepReply(asked, outcome, { signer: ca, now: NOW }),
      'ERR_ALGORITHM_NOT_ACCEPTED',
      /RSA key/,
    )
  }
})
