import { beforeAll, describe, expect, test } from 'vitest'
import { OID } from '../../src/asn1/oid.js'
import { encryptCms } from '../../src/cms.js'
import { buildNextCaCert, buildScepReply, openScepReply, type ScepOutcome, scepTransactionId } from '../../src/scep.js'
import { buildCrl, formatName, parseCsr, toPem } from '../../src/x509.js'
import { entityOf, issued, NOW } from '../cms/entities.js'
import { describeWithTools, openWorkplace, runOk, type Workplace } from '../support/openssl.js'
import { pkijsBag, pkijsEnveloped, pkijsVerify } from '../support/pkijs.js'
import { parseCertificate } from '../../src/x509.js'
import { readPem } from '../../src/asn1/pem.js'
import { ca, craftMessage, csrOf, device, enrolled, open, request } from './pki-message.js'
import { keyFromPkcs8 } from '../support/rsa-keys.js'

// Our pkiMessages taken apart by OpenSSL and read by pkijs; envelopes and CSRs of OpenSSL read by us.

const csr = await csrOf(device.raw)
const issuedOne = (await issued('device', device.raw, ca)).certificate
let place: Workplace

beforeAll(() => {
  place = openWorkplace()
  for (const [name, entity] of Object.entries({ ca, device })) {
    place.write(`${name}.pem`, toPem('CERTIFICATE', entity.certificate.der))
    place.write(`${name}.key`, toPem('PRIVATE KEY', entity.raw.pkcs8))
  }
  return place.close
})

/** The content of a signed message, which OpenSSL verified. */
function contentOf(message: Uint8Array): Uint8Array {
  const args = ['cms', '-verify', '-noverify', '-binary', '-inform', 'DER', '-in', 'message']
  return runOk('openssl', args, { workplace: place, inputs: { message } }).stdout
}
function decrypted(envelope: Uint8Array, name: 'ca' | 'device'): Uint8Array {
  const args = [
    'cms',
    '-decrypt',
    '-binary',
    '-inform',
    'DER',
    '-in',
    'envelope',
    '-recip',
    `${name}.pem`,
    '-inkey',
    `${name}.key`,
  ]
  return runOk('openssl', args, { workplace: place, inputs: { envelope } }).stdout
}

describeWithTools('pkiMessages of ours, taken apart by OpenSSL', ['openssl'], () => {
  const choices = [
    { digest: 'SHA-1', cipher: 'DES-EDE3-CBC' },
    { digest: 'SHA-256', cipher: 'AES-128-CBC' },
    { digest: 'SHA-512', cipher: 'AES-256-CBC' },
    { digest: 'SHA-384', cipher: 'AES-256-GCM' },
  ] as const
  test.each(choices)('request and answer: $digest, $cipher', async (choice) => {
    const { message } = await request({ type: 'PKCSReq', csr }, device, choice)
    const inner = decrypted(contentOf(message), 'ca')
    expect(inner).toEqual(csr.der)
    const opened = await open(message)
    const reply = await buildScepReply(
      opened,
      { status: 'SUCCESS', certificates: [issuedOne, ca.certificate] },
      { signer: ca, now: NOW },
    )
    const bag = decrypted(contentOf(reply), 'device')
    const printed = runOk('openssl', ['pkcs7', '-inform', 'DER', '-in', 'bag', '-print_certs', '-noout'], {
      workplace: place,
      inputs: { bag },
    })
    expect(printed.stdoutText.match(/subject=.*/g)).toEqual([
      'subject=O = Example, CN = device',
      'subject=O = Example, CN = CA',
    ])
  })

  test('the CSR: proof of possession and challenge', () => {
    const args = ['req', '-inform', 'DER', '-in', 'csr', '-verify', '-noout', '-text']
    const { stdoutText, stderr } = runOk('openssl', args, { workplace: place, inputs: { csr: csr.der } })
    expect(stdoutText + stderr).toMatch(/verify OK/i)
    expect(stdoutText).toMatch(/challengePassword\s*:secret/)
  })

  test('renewal, poll, GetCert and the answers without a certificate', async () => {
    const names = { issuer: ca.certificate.subject, subject: csr.subject }
    for (const input of [
      { type: 'RenewalReq', csr } as const,
      { type: 'CertPoll', ...names, transactionId: 'T' } as const,
      { type: 'GetCert', issuer: names.issuer, serialNumber: '0a' } as const,
    ]) {
      const inner = decrypted(contentOf((await request(input, enrolled)).message), 'ca')
      expect(
        runOk('openssl', ['asn1parse', '-inform', 'DER', '-in', 'inner'], { workplace: place, inputs: { inner } })
          .status,
      ).toBe(0)
    }
    const opened = await open((await request({ type: 'PKCSReq', csr }, device)).message)
    const outcomes: readonly ScepOutcome[] = [
      { status: 'PENDING' },
      { status: 'FAILURE', failInfo: 'badTime', failInfoText: 'zu spät' },
    ]
    for (const outcome of outcomes) {
      const reply = await buildScepReply(opened, outcome, { signer: ca, now: NOW })
      expect(contentOf(reply)).toHaveLength(0)
      const text = runOk('openssl', ['cms', '-cmsout', '-print', '-inform', 'DER', '-in', 'message'], {
        workplace: place,
      }).stdoutText
      // OIDs without names in OpenSSL: messageType, pkiStatus, failInfo.
      expect(text).toContain(`${OID.scepMessageType})`)
      expect(text.includes(`${OID.scepFailInfo})`)).toBe(outcome.status === 'FAILURE')
    }
  })

  test('a CRL and the next CA', async () => {
    const dates = { thisUpdate: NOW, nextUpdate: new Date(NOW.getTime() + 86_400_000) }
    const crl = await buildCrl({ revoked: [], number: '01', ...dates }, ca)
    const opened = await open(
      (await request({ type: 'GetCRL', issuer: ca.certificate.subject, serialNumber: '0a' }, device)).message,
    )
    const bag = decrypted(
      contentOf(await buildScepReply(opened, { status: 'SUCCESS', crl }, { signer: ca, now: NOW })),
      'device',
    )
    const args = ['pkcs7', '-inform', 'DER', '-in', 'bag', '-print_certs']
    const printed = runOk('openssl', args, { workplace: place, inputs: { bag } }).stdoutText
    expect(printed).toContain('-----BEGIN X509 CRL-----')
    const next = contentOf(await buildNextCaCert([issuedOne], ca, { now: NOW }))
    expect(pkijsBag(next)).toEqual([issuedOne.der])
  })
})

describe('pkiMessages of ours, read by pkijs', () => {
  test('signatures, attributes in DER order, and what is inside as far as it can decrypt', async () => {
    const { message, pending } = await request({ type: 'PKCSReq', csr }, device)
    const read = await pkijsVerify(message)
    expect(read).toMatchObject({ verified: true, certificates: 1, signatureAlgorithm: OID.rsaEncryption })
    const scep = [OID.scepMessageType, OID.scepSenderNonce, OID.scepTransactionId]
    expect([...read.attributes].sort()).toEqual([OID.contentType, OID.messageDigest, OID.signingTime, ...scep].sort())
    expect(pkijsEnveloped(read.content!)).toMatchObject({ recipients: 1, keyEncryption: OID.rsaEncryption })
    const opened = { ...(await open(message)), keyTransport: 'RSA-OAEP' as const }
    const reply = await buildScepReply(
      opened,
      { status: 'SUCCESS', certificates: [issuedOne] },
      { signer: ca, now: NOW },
    )
    const answer = await pkijsVerify(reply)
    expect(answer).toMatchObject({ verified: true, signatureAlgorithm: OID.rsaEncryption })
    expect(answer.attributes).toEqual(expect.arrayContaining([OID.scepPkiStatus, OID.scepRecipientNonce]))
    const bag = await pkijsEnveloped(answer.content!).decrypt(device.certificate.der, device.raw.pkcs8)
    expect(pkijsBag(bag)).toEqual([issuedOne.der])
    expect(
      await openScepReply(reply, { pinned: [ca.certificate], pending, recipient: device, now: NOW }),
    ).toMatchObject({ status: 'SUCCESS' })
  })

  test('the next CA: version 3, as the content is not data', async () => {
    const read = await pkijsVerify(await buildNextCaCert([issuedOne], ca, { now: NOW }))
    expect(read).toMatchObject({ version: 3, verified: true, certificates: 1 })
    expect(pkijsBag(read.content!)).toEqual([issuedOne.der])
  })

  test('without unsigned attributes, whatever the status', async () => {
    const opened = await open((await request({ type: 'PKCSReq', csr }, device)).message)
    for (const outcome of [{ status: 'PENDING' }, { status: 'FAILURE', failInfo: 'badAlg' }] as const) {
      const read = await pkijsVerify(await buildScepReply(opened, outcome, { signer: ca, now: NOW }))
      expect(read).toMatchObject({
        verified: true,
        content: new Uint8Array(0),
        version: 1,
        digestAlgorithms: [OID.sha256],
      })
    }
  })
})

describeWithTools("OpenSSL's CSRs, signers and envelopes, read by us", ['openssl'], () => {
  let theirCsr: Uint8Array
  let self: string
  let print: string
  beforeAll(() => {
    const config =
      '[req]\nprompt=no\ndistinguished_name=dn\nattributes=at\n[dn]\nO=Example\nCN=openssl\n[at]\nchallengePassword=gehe\u{69}m\n'
    place.write('req.cnf', config)
    const asked = ['-key', 'device.key', '-config', 'req.cnf']
    theirCsr = runOk('openssl', ['req', '-new', ...asked, '-outform', 'DER'], { workplace: place }).stdout
    self = runOk('openssl', ['req', '-x509', ...asked, '-days', '3650'], { workplace: place }).stdoutText
    const sha1 = runOk('openssl', ['rsa', '-in', 'device.key', '-RSAPublicKey_out', '-outform', 'DER'], {
      workplace: place,
    }).stdout
    print = runOk('openssl', ['dgst', '-sha1', '-r'], { stdin: sha1 }).stdoutText.slice(0, 40)
  })

  test.each([
    ['-aes-128-cbc', [], 'AES-128-CBC'],
    ['-aes-256-cbc', ['-stream'], 'AES-256-CBC'],
    ['-des3', ['-stream'], 'DES-EDE3-CBC'],
    ['-aes-128-cbc', ['-stream', '-keyid'], 'AES-128-CBC'],
    ['-aes-128-cbc', ['-keyopt', 'rsa_padding_mode:oaep'], 'AES-128-CBC'],
  ] as const)('%s %s', async (cipher, more, name) => {
    const args = [
      'cms',
      '-encrypt',
      '-binary',
      cipher,
      '-in',
      'csr.der',
      '-outform',
      'DER',
      '-recip',
      'ca.pem',
      ...more,
    ]
    const content = runOk('openssl', args, { workplace: place, inputs: { 'csr.der': theirCsr } }).stdout
    const key = keyFromPkcs8(readPem(place.readText('device.key'), ['PRIVATE KEY'], 'key').der)
    const signer = await entityOf(parseCertificate(self), key)
    const opened = await open(craftMessage({ content, signer }))
    if (opened.type !== 'PKCSReq') throw new Error('a renewal')
    expect([opened.cipher, opened.csr.challengePassword, opened.signerHoldsCsrKey]).toEqual([name, 'geheim', true])
    expect(formatName(opened.csr.subject)).toBe('CN=openssl,O=Example')
    expect(parseCsr(theirCsr).der).toEqual(theirCsr)
    expect(await scepTransactionId(opened.csr.publicKey)).toBe(print.toUpperCase())
  })

  test('our envelope is the one that OpenSSL makes, as far as its fields go', async () => {
    const ours = await encryptCms(csr.der, [ca.certificate], {
      cipher: 'AES-128-CBC',
      keyTransport: 'RSAES-PKCS1-v1_5',
    })
    const args = ['cms', '-encrypt', '-binary', '-aes-128-cbc', '-in', 'csr.der', '-outform', 'DER', '-recip', 'ca.pem']
    const theirs = runOk('openssl', args, { workplace: place, inputs: { 'csr.der': csr.der } }).stdout
    expect(ours).toHaveLength(theirs.length)
    expect(ours.subarray(0, 60)).toEqual(theirs.subarray(0, 60))
  })
})
