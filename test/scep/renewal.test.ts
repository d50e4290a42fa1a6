import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/errors.js'
import { scepFailInfoOf, type ScepRequest } from '../../src/scep.js'
import { type Trust, unsafeAcceptAnySigner } from '../../src/types.js'
import { buildCrl, formatName, toPem } from '../../src/x509.js'
import { certificateParts } from '../../src/x509/certificate.js'
import { type Entity, entityOf, issued, NOW, selfSigned } from '../cms/entities.js'
import { hex } from '../support/asn1.js'
import { expectRejection, rejectionOf } from '../support/hostile.js'
import { failingProvider, OUTAGE, providerWithout } from '../support/outage.js'
import { rsaKey } from '../support/rsa-keys.js'
import { craft, craftCn, craftKey, DER } from '../x509/craft.js'
import { ca, csrOf, device, enrolled, open, request } from './pki-message.js'

// Who may renew: the holder of a certificate that the caller's trust holds good, whatever the message calls itself.

const foreignCa = await selfSigned('foreign CA', rsaKey(3))
/** Of the very names of ours. */
const falseCa = await selfSigned('CA', rsaKey(3))
const intermediate = await issued('intermediate', rsaKey(4), ca, { purpose: 'ca' })
const dates = (from: string, to: string) => ({ notBefore: new Date(from), notAfter: new Date(to) })
const signers: Readonly<Record<string, Entity>> = {
  'a certificate of ours': enrolled,
  'a certificate of an intermediate CA of ours': await issued('below', rsaKey(5), intermediate),
  'an RA of ours': await issued('RA', rsaKey(5), ca, { purpose: 'scep-ra' }),
  'a self-made certificate': device,
  'a certificate of a foreign CA': await issued('foreign', rsaKey(5), foreignCa),
  'a certificate of a CA with our names': await issued('false', rsaKey(5), falseCa),
  'an expired certificate': await issued('expired', rsaKey(5), ca, dates('2026-01-02', '2026-05-30')),
  'one that is not valid yet': await issued('early', rsaKey(5), ca, dates('2026-07-01', '2027-01-01')),
  'the CA itself': ca,
  'an intermediate CA': intermediate,
}

const renewalTrust: Trust = { anchors: [ca.certificate], intermediates: [intermediate.certificate] }
const csr = await csrOf(rsaKey(6))
async function ask(signer: Entity, type: 'PKCSReq' | 'RenewalReq', trust: Trust = renewalTrust): Promise<ScepRequest> {
  return open((await request({ type, csr }, signer)).message, { renewalTrust: trust })
}

interface Row {
  readonly signer: keyof typeof signers
  /** Of type 19: the standing, or the code. */
  readonly first: 'renewal' | 'self-signed' | 'other' | ErrorCode
  /** Of type 17: undefined when it is a renewal. */
  readonly refusal?: ErrorCode
}
const rows: readonly Row[] = [
  { signer: 'a certificate of ours', first: 'renewal' },
  { signer: 'a certificate of an intermediate CA of ours', first: 'renewal' },
  { signer: 'an RA of ours', first: 'renewal' },
  { signer: 'a self-made certificate', first: 'self-signed', refusal: 'ERR_CERTIFICATE_UNTRUSTED' },
  { signer: 'a certificate of a foreign CA', first: 'other', refusal: 'ERR_CERTIFICATE_UNTRUSTED' },
  { signer: 'a certificate of a CA with our names', first: 'other', refusal: 'ERR_CERTIFICATE_UNTRUSTED' },
  { signer: 'an expired certificate', first: 'ERR_CERTIFICATE_TIME', refusal: 'ERR_CERTIFICATE_TIME' },
  { signer: 'one that is not valid yet', first: 'ERR_CERTIFICATE_TIME', refusal: 'ERR_CERTIFICATE_TIME' },
  { signer: 'the CA itself', first: 'self-signed', refusal: 'ERR_CERTIFICATE_UNTRUSTED' },
  { signer: 'an intermediate CA', first: 'other', refusal: 'ERR_CERTIFICATE_UNTRUSTED' },
]

describe('signed by', () => {
  test.each(rows)('$signer: $first', async ({ signer, first, refusal }) => {
    const by = signers[signer]!
    if (first.startsWith('ERR_')) await expectRejection(ask(by, 'PKCSReq'), first as ErrorCode)
    else {
      const opened = await ask(by, 'PKCSReq')
      expect([opened.type, opened.signerStanding]).toEqual([first === 'renewal' ? 'RenewalReq' : 'PKCSReq', first])
    }
    if (refusal !== undefined) return expectRejection(ask(by, 'RenewalReq'), refusal)
    const opened = await ask(by, 'RenewalReq')
    if (opened.type !== 'RenewalReq') throw new Error('no renewal')
    expect(opened.wireMessageType).toBe('17')
    expect(opened.previous.der).toEqual(by.certificate.der)
    expect(opened.csr.der).toEqual(csr.der)
  })

  test('one that asks for another subject: both are told, and whether that may be is for the caller to say', async () => {
    const renamed = await csrOf(rsaKey(6), 'another name')
    for (const type of ['PKCSReq', 'RenewalReq'] as const) {
      const { message } = await request({ type, csr: renamed }, enrolled)
      const opened = await open(message, { renewalTrust })
      if (opened.type !== 'RenewalReq') throw new Error('no renewal')
      expect(opened.previous.subject).toEqual(enrolled.certificate.subject)
      expect(opened.csr.subject).toEqual(renamed.subject)
      expect(formatName(opened.csr.subject)).not.toBe(formatName(opened.previous.subject))
    }
  })

  test('an anchor that is no root is no device either', async () => {
    const trust: Trust = { anchors: [enrolled.certificate, ca.certificate] }
    expect((await ask(enrolled, 'PKCSReq', trust)).signerStanding).toBe('other')
    await expectRejection(ask(enrolled, 'RenewalReq', trust), 'ERR_CERTIFICATE_UNTRUSTED', /CA/)
  })

  test('a time of grace after the end, and no longer', async () => {
    const expired = signers['an expired certificate']!
    const opened = await ask(expired, 'RenewalReq', { ...renewalTrust, validity: { graceDays: 7 } })
    expect(opened.type).toBe('RenewalReq')
    const short: Trust = { ...renewalTrust, validity: { graceDays: 1 } }
    const error = await rejectionOf(ask(expired, 'RenewalReq', short))
    expect([error.code, scepFailInfoOf(error)]).toEqual(['ERR_CERTIFICATE_TIME', 'badTime'])
    // Grace is for the end, not for the beginning.
    const early = ask(signers['one that is not valid yet']!, 'RenewalReq', {
      ...renewalTrust,
      validity: { graceDays: 365 },
    })
    await expectRejection(early, 'ERR_CERTIFICATE_TIME')
  })

  test('a certificate that the trust does not allow by its purpose', async () => {
    const trust: Trust = { ...renewalTrust, extendedKeyUsage: '1.3.6.1.5.5.7.3.2' }
    expect((await ask(enrolled, 'RenewalReq', trust)).type).toBe('RenewalReq')
    expect((await ask(signers['an RA of ours']!, 'PKCSReq', trust)).signerStanding).toBe('other')
    await expectRejection(ask(signers['an RA of ours']!, 'RenewalReq', trust), 'ERR_CERTIFICATE_UNTRUSTED')
  })

  test('an outage is no judgement', async () => {
    for (const type of ['PKCSReq', 'RenewalReq'] as const) {
      const { message } = await request({ type, csr }, enrolled)
      await expect(open(message, { renewalTrust, crypto: failingProvider('verify', 2) })).rejects.toBe(OUTAGE)
    }
  })

  test('a trust without anchors is a wrong argument: pins, or anybody', async () => {
    const { message } = await request({ type: 'PKCSReq', csr }, enrolled)
    for (const trust of [unsafeAcceptAnySigner, { pinned: [enrolled.certificate] }, { anchors: [] }, undefined]) {
      const call = open(message, { renewalTrust: trust as unknown as Trust })
      await expectRejection(call, 'ERR_INVALID_ARGUMENT', /anchors/)
    }
  })

  test('a certificate that an enrolled device issued is none of ours, also with basicConstraints of a CA', async () => {
    const issuer = Uint8Array.from(certificateParts(enrolled.certificate).subjectDer)
    for (const extensions of [[], [DER.basicConstraintsCa, DER.keyCertSign]]) {
      const forged = craft({ issuer, subject: craftCn('forged'), spki: rsaKey(5).spki, extensions }, enrolled.raw)
      const chain = [enrolled.certificate]
      const forger = { ...(await entityOf(forged, rsaKey(5))), chain }
      expect((await ask(forger, 'PKCSReq')).signerStanding).toBe('other')
      await expectRejection(ask(forger, 'RenewalReq'), 'ERR_CERTIFICATE_UNTRUSTED', /not a CA/)
    }
  })
})

describe('revocation', () => {
  const crlOf = (serials: readonly string[], changes: { readonly nextUpdate?: Date } = {}) =>
    buildCrl(
      {
        revoked: serials.map((serialNumber) => ({ serialNumber, at: new Date('2026-05-01') })),
        number: '01',
        thisUpdate: new Date('2026-05-02'),
        nextUpdate: new Date('2026-07-01'),
        ...changes,
      },
      ca,
    )

  test('a revoked certificate renews by neither type, another one does', async () => {
    const crls = [await crlOf([enrolled.certificate.serialNumber])]
    for (const type of ['PKCSReq', 'RenewalReq'] as const) {
      const error = await rejectionOf(ask(enrolled, type, { ...renewalTrust, crls }))
      expect([error.code, scepFailInfoOf(error)]).toEqual(['ERR_CERTIFICATE_REVOKED', 'badRequest'])
    }
    expect((await ask(enrolled, 'PKCSReq', { ...renewalTrust, crls: [await crlOf(['7f'])] })).type).toBe('RenewalReq')
  })

  test('a revoked certificate does not pass for a stranger, however many issuers it brings along', async () => {
    const crls = [await crlOf([enrolled.certificate.serialNumber])]
    const subject = Uint8Array.from(certificateParts(ca.certificate).subjectDer)
    const extensions = [DER.basicConstraintsCa, DER.keyCertSign]
    const chain = Array.from({ length: 64 }, (_, i) =>
      craft({ subject, issuer: craftCn('nobody'), serial: Uint8Array.of(i + 1), extensions }, craftKey()),
    )
    const call = ask({ ...enrolled, chain }, 'PKCSReq', { ...renewalTrust, crls })
    await expectRejection(call, 'ERR_LIMIT', /too many signatures/)
  })

  test('a list that cannot be used does not make a stranger of a revoked certificate', async () => {
    const { serialNumber } = enrolled.certificate
    const crl = await crlOf([serialNumber])
    const pem = new TextEncoder().encode(toPem('X509 CRL', crl))
    const html = new TextEncoder().encode('<html>')
    for (const bytes of [pem, html, new Uint8Array(), Uint8Array.from([...crl, 0])])
      await expectRejection(ask(enrolled, 'PKCSReq', { ...renewalTrust, crls: [bytes] }), 'ERR_CRL_INVALID')
    const sha256 = Buffer.from(hex('2a864886f70d01010b')).toString('latin1')
    const md5 = Buffer.from(hex('2a864886f70d010104')).toString('latin1')
    const weak = Buffer.from(Buffer.from(crl).toString('latin1').replaceAll(sha256, md5), 'latin1')
    await expectRejection(ask(enrolled, 'PKCSReq', { ...renewalTrust, crls: [weak] }), 'ERR_CRL_INVALID', /MD5/)
  })

  test('a list that is late or not whole is no pass', async () => {
    const late = await crlOf([], { nextUpdate: new Date('2026-05-03') })
    const damaged = (await crlOf([])).slice()
    damaged[damaged.length - 1]! ^= 1
    for (const type of ['PKCSReq', 'RenewalReq'] as const) {
      await expectRejection(ask(enrolled, type, { ...renewalTrust, crls: [late] }), 'ERR_CRL_TIME')
      await expectRejection(ask(enrolled, type, { ...renewalTrust, crls: [damaged] }), 'ERR_CRL_INVALID')
    }
    // It does not stand in the way of those whom it is not about.
    expect((await ask(device, 'PKCSReq', { ...renewalTrust, crls: [late] })).signerStanding).toBe('self-signed')
  })
})

describe('the other requests', () => {
  test('report the standing too', async () => {
    const names = { issuer: ca.certificate.subject, subject: device.certificate.subject }
    for (const [signer, standing] of [
      [enrolled, 'renewal'],
      [device, 'self-signed'],
      [signers['a certificate of a foreign CA']!, 'other'],
    ] as const) {
      const poll = await request({ type: 'CertPoll', ...names, transactionId: 'T' }, signer)
      expect((await open(poll.message, { renewalTrust })).signerStanding).toBe(standing)
      const get = await request({ type: 'GetCert', issuer: names.issuer, serialNumber: '0a' }, signer)
      expect((await open(get.message, { renewalTrust })).signerStanding).toBe(standing)
    }
  })

  test('are refused from an expired device as well', async () => {
    const poll = await request(
      { type: 'CertPoll', issuer: ca.certificate.subject, subject: device.certificate.subject, transactionId: 'T' },
      signers['an expired certificate']!,
    )
    await expectRejection(open(poll.message, { renewalTrust }), 'ERR_CERTIFICATE_TIME')
  })

  test('a provider that cannot tell whose it is makes nobody a stranger', async () => {
    const ecCa = await selfSigned('EC CA', craftKey())
    const signer = await issued('below', rsaKey(5), ecCa)
    const { message } = await request({ type: 'PKCSReq', csr }, signer)
    const options = { renewalTrust: { anchors: [ecCa.certificate] } as const }
    expect((await open(message, options)).signerStanding).toBe('renewal')
    await expectRejection(open(message, { ...options, crypto: providerWithout('ECDSA') }), 'ERR_CRYPTO_UNAVAILABLE')
  })

  test('times are judged at the moment of the call', async () => {
    const { message } = await request({ type: 'RenewalReq', csr }, enrolled)
    expect((await open(message, { renewalTrust })).type).toBe('RenewalReq')
    const later = { renewalTrust, now: new Date(NOW.getTime() + 10 * 365 * 86_400_000) }
    await expectRejection(open(message, later), 'ERR_CERTIFICATE_TIME')
  })
})
