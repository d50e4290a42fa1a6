import { beforeAll, describe, expect, test } from 'vitest'
import { OID } from '../../src/asn1/oid.js'
import { buildCertificateBag } from '../../src/cms/certificate-bag.js'
import { signContent } from '../../src/cms/sign.js'
import { encodeAttribute, encodeOid, encodePrintableString, encodeUtf8String } from '../../src/asn1/der-writer.js'
import { callContext } from '../../src/crypto/context.js'
import { generateKey } from '../../src/crypto/private-key.js'
import { buildCaCertResponse } from '../../src/scep/ca-certificates.js'
import { checkCaCertResponse } from '../../src/scep/check-ca.js'
import { checkScepReply } from '../../src/scep/check-reply.js'
import { encodeScepAttributes } from '../../src/scep/message.js'
import { importIdentity } from '../../src/x509/identity.js'
import { type IssueCertificateInput, issueCertificate, issueSelfSigned } from '../../src/x509/issue.js'
import { distinguishedName } from '../../src/x509/name.js'
import { toPem } from '../../src/x509/pem.js'
import { buildExtensions } from '../../src/x509/extensions.js'
import type { KeyUsageName } from '../../src/x509/extension-values.js'
import type { Certificate, Finding, Identity } from '../../src/types.js'
import { describeWithFixtures, fixture, wire } from '../support/fixtures.js'
import { tlv } from '../support/asn1.js'
import { rsaKey } from '../support/rsa-keys.js'
import { wireEntries } from '../support/wire.js'
import { type CraftMessage, craftMessage, printable } from './pki-message.js'

const CA_CERT = 'application/x-x509-ca-cert'
const CA_RA_CERT = 'application/x-x509-ca-ra-cert'
const kinds = (findings: readonly Finding[]): string[] => findings.map((finding) => finding.kind)
const errors = (findings: readonly Finding[]): string[] => kinds(findings.filter(({ level }) => level === 'error'))

const dates = { notBefore: new Date('2026-01-01'), notAfter: new Date('2030-01-01') }
let ca: Identity
let bareCa: Certificate
let ecCa: Certificate
let privateKey: Uint8Array

function template(commonName: string, serialNumber: string): Omit<IssueCertificateInput, 'publicKey' | 'purpose'> {
  return { subject: distinguishedName([['CN', commonName]]), serialNumber, ...dates }
}

beforeAll(async () => {
  privateKey = rsaKey(0).pkcs8
  const certificate = await issueSelfSigned({ ...template('CA', '01'), purpose: 'ca', privateKey })
  ca = await importIdentity({ certificate, privateKey })
  const usage = buildExtensions({ keyUsage: ['keyCertSign'], basicConstraints: { ca: true, pathLength: null } })
  bareCa = await issueSelfSigned({ ...template('CA', '02'), purpose: 'custom', extensions: usage, privateKey })
  const ec = await generateKey('P-256')
  ecCa = await issueSelfSigned({ ...template('EC CA', '03'), purpose: 'ca', privateKey: ec.privateKey })
})

describe('checkCaCertResponse', () => {
  test('has nothing to say about what buildCaCertResponse makes', () => {
    const { headers, body } = buildCaCertResponse({ ca: ca.certificate })
    expect(checkCaCertResponse({ contentType: headers['content-type'] ?? null, body })).toEqual([])
  })

  test.each([
    ['no certificate', () => new Uint8Array([0x30, 0]), CA_CERT, ['unreadable']],
    ['PEM', () => new TextEncoder().encode(toPem('CERTIFICATE', ca.certificate.der)), CA_CERT, ['not-der']],
    ['no content type', () => ca.certificate.der, null, ['content-type']],
    ['a bag type for a certificate', () => ca.certificate.der, CA_RA_CERT, ['content-type']],
    ['a certificate type for a bag', () => buildCertificateBag([bareCa]), CA_CERT, ['content-type', 'no-usable-ra']],
    ['the CA alone in a bag', () => buildCertificateBag([bareCa]), CA_RA_CERT, ['no-usable-ra']],
    ['a key that is not RSA', () => ecCa.der, CA_CERT, ['recipient-not-rsa']],
  ])('%s', (_, body, contentType, expected) => {
    expect(errors(checkCaCertResponse({ contentType, body: body() }))).toEqual(expected)
  })

  test('parameters of the content type, and a CA that may only issue, are warnings', () => {
    const findings = checkCaCertResponse({ contentType: `${CA_CERT}; charset=utf-8`, body: bareCa.der })
    expect(kinds(findings)).toEqual(['content-type-parameters', 'ca-key-usage'])
    expect(findings.every(({ level }) => level === 'warning')).toBe(true)
  })

  test('a root in the place of an RA is a warning', () => {
    const findings = checkCaCertResponse({ contentType: CA_RA_CERT, body: buildCertificateBag([ca.certificate]) })
    expect(kinds(findings)).toEqual(['root-as-ra'])
  })

  test('an RA that could be a device of the same CA is worth a word, one with the mark of an RA is not', async () => {
    const kindsOf = async (changes: Pick<IssueCertificateInput, 'purpose' | 'extensions'>) => {
      const { publicKey } = ca.certificate
      const ra = await issueCertificate({ ...template('RA', '04'), ...changes, publicKey }, ca)
      const { headers, body } = buildCaCertResponse({ ca: ca.certificate, ra: [ra] })
      const findings = checkCaCertResponse({ contentType: headers['content-type'] ?? null, body })
      return findings.map(({ kind, level }) => `${kind} ${level}`)
    }
    const extensions = buildExtensions({ keyUsage: ['digitalSignature', 'keyEncipherment'] })
    expect(await kindsOf({ purpose: 'custom', extensions })).toEqual(['ra-unmarked info'])
    expect(await kindsOf({ purpose: 'device-identity' })).toEqual(['ra-unmarked info'])
    expect(await kindsOf({ purpose: 'scep-ra' })).toEqual([])
  })

  test('an RA whose CA is not there is worth a warning, two halves of different CAs are an error', async () => {
    const key = rsaKey(1).pkcs8
    const other = await issueSelfSigned({ ...template('Other CA', '08'), purpose: 'ca', privateKey: key })
    const by = { other: await importIdentity({ certificate: other, privateKey: key }), ca }
    const { publicKey } = ca.certificate
    const half = (name: 'other' | 'ca', serial: string, keyUsage: readonly KeyUsageName[]) =>
      issueCertificate(
        { ...template('RA', serial), purpose: 'custom', publicKey, extensions: buildExtensions({ keyUsage }) },
        by[name],
      )
    const kindsOf = (...certificates: readonly Certificate[]) =>
      kinds(checkCaCertResponse({ contentType: CA_RA_CERT, body: buildCertificateBag(certificates) }))
    const ra = await half('other', '11', ['digitalSignature', 'keyEncipherment'])
    expect(kindsOf(ra, ca.certificate)).toContain('ra-issuer-absent')
    expect(kindsOf(ra, other)).not.toContain('ra-issuer-absent')
    // No RA at all: a CA that signs, and another one that decrypts.
    const extensions = buildExtensions({
      keyUsage: ['digitalSignature', 'keyCertSign'],
      basicConstraints: { ca: true, pathLength: null },
    })
    const signs = await issueCertificate({ ...template('Sub', '13'), purpose: 'custom', publicKey, extensions }, ca)
    expect(kindsOf(signs, other)).toContain('ra-without-common-ca')
    expect(kindsOf(signs, ca.certificate)).not.toContain('ra-without-common-ca')
  })

  test('a key that cannot be read', () => {
    const body = ca.certificate.der.slice()
    // rsaEncryption in the SubjectPublicKeyInfo, with an arc that is not minimal.
    const at = Buffer.from(body).indexOf(Buffer.from('06092a864886f70d010101', 'hex'))
    body[at + 2] = 0x80
    expect(errors(checkCaCertResponse({ contentType: CA_CERT, body }))).toEqual(['recipient-key-unreadable'])
  })

  test('a chain that does not end in a root is worth a word', async () => {
    const issued = await issueCertificate(
      { ...template('Sub', '04'), purpose: 'ca', publicKey: ca.certificate.publicKey },
      ca,
    )
    const findings = checkCaCertResponse({ contentType: CA_CERT, body: issued.der })
    expect(kinds(findings)).toEqual(['root-absent'])
  })
})

interface Changes {
  readonly attributes?: (usual: readonly Uint8Array[]) => readonly Uint8Array[]
  readonly signer?: Identity
  readonly certificates?: readonly Certificate[]
}

async function reply({
  attributes = (usual) => usual,
  signer = ca,
  certificates = [signer.certificate],
}: Changes = {}) {
  const nonce = new Uint8Array(16).fill(7)
  const usual = [
    ...encodeScepAttributes({ wireType: '3', transactionId: 'T', senderNonce: nonce, recipientNonce: nonce }),
    encodeAttribute(OID.scepPkiStatus, encodePrintableString('3')),
  ]
  const call = callContext({ now: dates.notBefore })
  const content = new Uint8Array(0)
  return signContent(
    {
      content,
      contentType: OID.data,
      detached: false,
      digest: 'SHA-256',
      signingTime: call.now,
      furtherAttributes: attributes(usual),
      certificates,
    },
    signer,
    call,
  )
}

const check = async (message: Uint8Array) =>
  checkScepReply(message, {
    caCertBody: ca.certificate.der,
    pending: { transactionId: 'T', senderNonce: '07'.repeat(16), type: 'PKCSReq', publicKeySha256: null },
  })

describe('checkScepReply', () => {
  test('has nothing to say about an answer of ours', async () => {
    expect(await check(await reply())).toEqual([])
  })

  test('the GetCACert answer or the message cannot be read', async () => {
    const message = await reply()
    expect(kinds(await checkScepReply(message, { caCertBody: new Uint8Array(3) }))).toEqual(['ca-unreadable'])
    expect(kinds(await check(message.subarray(1)))).toEqual(['unreadable'])
  })

  test('somebody else signed', async () => {
    const stranger = await importIdentity({
      certificate: await issueSelfSigned({ ...template('Other', '09'), purpose: 'ca', privateKey }),
      privateKey,
    })
    expect(errors(await check(await reply({ signer: stranger })))).toEqual(['signature-invalid'])
  })

  test('a signer that is not in the message', async () => {
    expect(kinds(await check(await reply({ certificates: [] })))).toEqual(['signer-absent'])
  })

  test.each([
    ['UTF8String', encodeAttribute(OID.scepPkiStatus, encodeUtf8String('3')), ['status-string-type']],
    ['another number', encodeAttribute(OID.scepPkiStatus, encodePrintableString('1')), ['status-unknown']],
    [
      'SUCCESS without content',
      encodeAttribute(OID.scepPkiStatus, encodePrintableString('0')),
      ['envelope-unreadable'],
    ],
    ['FAILURE without failInfo', encodeAttribute(OID.scepPkiStatus, encodePrintableString('2')), ['fail-info']],
  ])('pkiStatus: %s', async (_, status, expected) => {
    const findings = await check(await reply({ attributes: (usual) => [...usual.slice(0, -1), status] }))
    expect(kinds(findings)).toEqual(expected)
  })

  test('the request is not echoed', async () => {
    const other = encodeScepAttributes({ wireType: '3', transactionId: 'U', senderNonce: new Uint8Array(8) })
    const findings = await check(await reply({ attributes: (usual) => [...other, usual[usual.length - 1]!] }))
    expect(kinds(findings)).toEqual(['recipient-nonce', 'transaction-differs'])
  })

  test('a messageType that is no PrintableString', async () => {
    const type = encodeAttribute(OID.scepMessageType, encodeUtf8String('3'))
    const findings = await check(await reply({ attributes: (usual) => [type, ...usual.slice(1)] }))
    expect(kinds(findings)).toEqual(['status-string-type'])
  })

  test('unsigned attributes, and more digests than that of the signature', async () => {
    const signer = { certificate: ca.certificate, raw: rsaKey(0) } as CraftMessage['signer']
    const fields = {
      type: printable('3'),
      transactionId: printable('T'),
      recipientNonce: tlv(0x04, new Uint8Array(16).fill(7)),
      pkiStatus: printable('3'),
    }
    const made = (changes: Partial<CraftMessage>) =>
      craftMessage({ content: new Uint8Array(0), signer, fields, ...changes })
    const usual = tlv(0x30, encodeOid(OID.sha256))
    expect(errors(await check(made({})))).toEqual([])
    const timestamp = tlv(0xa1, encodeAttribute('1.2.840.113549.1.9.16.2.14', encodePrintableString('x')))
    expect(errors(await check(made({ signing: { after: [timestamp] } })))).toEqual(['unsigned-attributes'])
    const sha1 = tlv(0x30, encodeOid(OID.sha1))
    for (const digestAlgorithms of [[usual, sha1], [sha1], []])
      expect(errors(await check(made({ around: { digestAlgorithms } })))).toEqual(['digest-algorithms'])
  })

  test('a request in place of an answer', async () => {
    const request = encodeScepAttributes({ wireType: '19', transactionId: 'T', senderNonce: new Uint8Array(8) })
    const findings = await check(await reply({ attributes: (usual) => [...request, usual[usual.length - 1]!] }))
    expect(errors(findings)).toEqual(['message-type', 'recipient-nonce'])
  })
})

describeWithFixtures('recorded answers', () => {
  test('without certificates, MD5, from a CA of 2005', async () => {
    const folder = 'scep/apple-oss-distributions__Security'
    const findings = await checkScepReply(fixture(`${folder}/certrep-success-nii-md5-nocerts.der`), {
      caCertBody: fixture(`${folder}/certrep-success-nii-ca.cer`),
    })
    expect(kinds(findings)).toEqual(['signer-absent'])
  })

  test('BouncyCastle leaves the content out of PENDING, Go names sha1WithRSA', async () => {
    const of = async (file: string) =>
      kinds(
        await checkScepReply(wire(file), {
          caCertBody: wire('certmonger/jscep-3des/002-helper-cacert-GetCACert.rsp.der'),
        }),
      )
    expect(await of('certmonger/jscep-3des/012-pending-PKIOperation.rsp.der')).toEqual(['content-absent'])
    const go = wireEntries.find(({ file }) => file === 'certmonger/go-stock/008-pkcsreq-ok-PKIOperation.rsp.der')
    const findings = await checkScepReply(wire(go!.file), {
      caCertBody: wire('certmonger/go-stock/002-helper-cacert-GetCACert.rsp.der'),
    })
    expect(kinds(findings)).toEqual(['signature-algorithm'])
  })
})

test('checkCaCertResponse: who signs and who decrypts have to be of one CA', async () => {
  const issued = (
    commonName: string,
    serialNumber: string,
    by: Identity,
    extensions: Parameters<typeof buildExtensions>[0],
  ): Promise<Certificate> =>
    issueCertificate(
      {
        ...template(commonName, serialNumber),
        purpose: 'custom',
        extensions: buildExtensions(extensions),
        publicKey: ca.certificate.publicKey,
      },
      by,
    )
  const other = await importIdentity({
    certificate: await issueSelfSigned({ ...template('Other CA', '21'), purpose: 'ca', privateKey: rsaKey(1).pkcs8 }),
    privateKey: rsaKey(1).pkcs8,
  })
  const sub = await issued('Sub', '31', ca, {
    basicConstraints: { ca: true, pathLength: null },
    keyUsage: ['keyCertSign', 'digitalSignature'],
  })
  const said = (...bag: readonly Certificate[]): readonly string[] =>
    errors(checkCaCertResponse({ contentType: CA_RA_CERT, body: buildCertificateBag(bag) }))
  const [own, foreign] = [
    await issued('decrypts', '32', ca, { keyUsage: ['keyEncipherment'] }),
    await issued('decrypts', '33', other, { keyUsage: ['keyEncipherment'] }),
  ]
  expect(said(sub, own, bareCa)).toEqual([])
  expect(said(sub, foreign, bareCa)).toEqual(['ra-without-common-ca'])
})

test('checkCaCertResponse: a root that is not there is worth a word and no more', async () => {
  const sub = await issueCertificate(
    { ...template('Sub', '04'), purpose: 'ca', publicKey: ca.certificate.publicKey },
    ca,
  )
  const findings = checkCaCertResponse({ contentType: CA_CERT, body: sub.der })
  expect(findings.map(({ level, kind }) => `${level} ${kind}`)).toEqual(['info root-absent'])
})
