import { beforeAll, describe, expect, test } from 'vitest'
import { buildMdmcertRequest, parseMdmcertResponse } from '../../src/apns/mdmcert.js'
import { openMdmcertReply } from '../../src/apns/mdmcert-reply.js'
import { buildPushCertificateRequest, openPushCertificateRequest } from '../../src/apns/push-request.js'
import { decodeBase64, encodeBase64 } from '../../src/bytes/base64.js'
import { latin1Text, utf8Bytes } from '../../src/bytes/bytes.js'
import { encodeHex } from '../../src/bytes/hex.js'
import { encryptCms } from '../../src/cms/encrypt.js'
import type { KeyType } from '../../src/crypto/private-key.js'
import type { CertificateRequest, Identity } from '../../src/types.js'
import { parseCertificate } from '../../src/x509/certificate.js'
import { parseCsr } from '../../src/x509/csr.js'
import { importIdentity } from '../../src/x509/identity.js'
import { issueSelfSigned } from '../../src/x509/issue.js'
import { distinguishedName } from '../../src/x509/name.js'
import { toPem } from '../../src/x509/pem.js'
import { describeWithFixtures, fixture, fixtureText } from '../support/fixtures.js'
import { asyncOutcomes, expectRefusal, expectRejection } from '../support/hostile.js'
import { describeWithTools, runOk } from '../support/openssl.js'
import { makeKey } from '../support/rsa-keys.js'
import { makeCsr, makeVendor, now, type Vendor } from './vendor.js'

async function makeIdentity(type: KeyType = 'RSA-2048'): Promise<Identity> {
  const { privateKey } = await makeKey(type)
  const certificate = await issueSelfSigned({
    privateKey,
    subject: distinguishedName([['CN', 'mdmcert.download']]),
    serialNumber: '01',
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2027-01-01T00:00:00Z'),
    purpose: type === 'RSA-2048' ? 'key-encipherment' : 'custom',
  })
  return importIdentity({ certificate, privateKey })
}

let csr: CertificateRequest
let identity: Identity
let vendor: Vendor
let upload: string
beforeAll(async () => {
  csr = await makeCsr()
  identity = await makeIdentity()
  vendor = await makeVendor()
  upload = await buildPushCertificateRequest(csr, vendor.identity, { now })
})

describe('buildMdmcertRequest', () => {
  const input = (): Parameters<typeof buildMdmcertRequest>[0] => ({
    csr,
    email: 'admin@example.com',
    apiKey: 'key "quoted"',
    encryptTo: identity.certificate,
  })

  test('posts request and certificate as base64 of PEM', () => {
    const { method, url, headers, body } = buildMdmcertRequest(input())
    expect([method, url]).toEqual(['POST', 'https://mdmcert.download/api/v1/signrequest'])
    expect(headers).toEqual({ 'content-type': 'application/json', accept: 'application/json' })
    const members = JSON.parse(new TextDecoder().decode(body ?? new Uint8Array())) as Readonly<Record<string, string>>
    expect(Object.keys(members).sort()).toEqual(['csr', 'email', 'encrypt', 'key'])
    expect(members).toMatchObject({ email: 'admin@example.com', key: 'key "quoted"' })
    const pem = (member = ''): string => latin1Text(decodeBase64(member) ?? new Uint8Array())
    expect(parseCsr(pem(members['csr']))).toEqual(csr)
    expect(parseCertificate(pem(members['encrypt']))).toEqual(identity.certificate)
  })

  test.each<readonly [string, object, string]>([
    ['no address', { email: '' }, 'ERR_INVALID_ARGUMENT'],
    ['an address that is none', { email: 'admin' }, 'ERR_INVALID_ARGUMENT'],
    ['no API key', { apiKey: undefined }, 'ERR_INVALID_ARGUMENT'],
    ['an empty API key', { apiKey: '' }, 'ERR_INVALID_ARGUMENT'],
    ['no request', { csr: null }, 'ERR_INVALID_ARGUMENT'],
    ['a request that is no DER', { csr: { der: utf8Bytes('-----BEGIN') } }, 'ERR_ENCODING'],
    ['a request that is another thing', { csr: { der: Uint8Array.of(2, 1, 0) } }, 'ERR_CSR_INVALID'],
    ['a certificate that is none', { encryptTo: { der: Uint8Array.of(0x30, 0) } }, 'ERR_CERTIFICATE_INVALID'],
  ])('refuses %s', (_, fault, code) => {
    expectRefusal(() => buildMdmcertRequest({ ...input(), ...fault }), code as 'ERR_ENCODING')
  })

  test('refuses a certificate that nothing can be encrypted to', async () => {
    const { certificate } = await makeIdentity('P-256')
    expectRefusal(() => buildMdmcertRequest({ ...input(), encryptTo: certificate }), 'ERR_INVALID_ARGUMENT', /RSA/)
  })
})

describe('parseMdmcertResponse', () => {
  test('accepted or not, with the reason of the service', () => {
    expect(parseMdmcertResponse('{"result":"success"}')).toEqual({ accepted: true, reason: null })
    const refused = '{"result":"failure","reason":"mdm-signature-limit-exceeded"}'
    expect(parseMdmcertResponse(refused)).toEqual({ accepted: false, reason: 'mdm-signature-limit-exceeded' })
    expect(parseMdmcertResponse('{"result":"maybe","reason":5}')).toEqual({ accepted: false, reason: null })
  })

  test.each([
    '',
    '<html>502 Bad Gateway</html>',
    'null',
    '5',
    '[]',
    '{}',
    '{"result":true}',
    '{"__proto__":{"result":"success"}}',
  ])('is no answer of the service: %s', (body) => {
    expectRefusal(() => parseMdmcertResponse(body), 'ERR_PUSH_INVALID', /mdmcert/)
  })
})

describe('openMdmcertReply', () => {
  const reply = async (plaintext: string): Promise<string> =>
    encodeHex(await encryptCms(utf8Bytes(plaintext), [identity.certificate]))

  test('gives the upload as it is, which then opens', async () => {
    const text = upload.replace(/.{76}/g, '$&\r\n')
    const opened = await openMdmcertReply(await reply(text), identity)
    expect(opened).toBe(text)
    const { csr: own } = await openPushCertificateRequest(opened, { trust: { anchors: [vendor.root] }, now })
    expect(own).toEqual(csr)
  })

  test('takes hex in either case and with line ends', async () => {
    const hex = await reply(upload)
    expect(await openMdmcertReply(`\n${hex.toUpperCase().replace(/.{60}/g, '$&\r\n')}\n`, identity)).toBe(upload)
  })

  test('a wrong key, and a key under the right name', async () => {
    const hex = await reply(upload)
    await expectRejection(openMdmcertReply(hex, await makeIdentity()), 'ERR_DECRYPTION_FAILED')
    const deaf = { certificate: identity.certificate, unwrapKey: () => Promise.resolve(null) }
    await expectRejection(openMdmcertReply(hex, deaf), 'ERR_DECRYPTION_FAILED')
  })

  test('a text that is cut short, anywhere', async () => {
    const hex = await reply(upload)
    await expectRejection(openMdmcertReply(hex.slice(0, -1), identity), 'ERR_ENCODING', /two for each octet/)
    await expectRejection(openMdmcertReply(hex.slice(0, -2), identity), 'ERR_ENCODING')
    const cut = Array.from({ length: 60 }, (_, at) => hex.slice(0, at * 2 * Math.floor(hex.length / 120)))
    expect((await asyncOutcomes(cut, (text) => openMdmcertReply(text, identity))).values).toBe(0)
  })

  test('a text that is encoded twice, in any way', async () => {
    const hex = await reply(upload)
    await expectRejection(openMdmcertReply(encodeHex(utf8Bytes(hex)), identity), 'ERR_ENCODING', /twice/)
    await expectRejection(openMdmcertReply(encodeHex(utf8Bytes(hex.toUpperCase())), identity), 'ERR_ENCODING', /twice/)
    await expectRejection(openMdmcertReply(encodeBase64(utf8Bytes(hex)), identity), 'ERR_ENCODING', /hexadecimal/)
    await expectRejection(
      openMdmcertReply(await reply(encodeBase64(utf8Bytes(upload))), identity),
      'ERR_DECRYPTION_FAILED',
    )
  })

  test.each<readonly [string, string]>([
    ['another text', 'hello'],
    ['a property list that is not encoded', '<?xml version="1.0"?><plist version="1.0"><dict/></plist>'],
    ['a list without its parts', encodeBase64(utf8Bytes('<plist version="1.0"><dict/></plist>'))],
  ])('%s inside is the same failure as a wrong key', async (_, plaintext) => {
    const opened = openMdmcertReply(await reply(plaintext), identity)
    await expectRejection(opened, 'ERR_DECRYPTION_FAILED', /^the message could not be decrypted with the given key$/)
  })

  test('is no text, no message, too long, or of an algorithm that the call does not take', async () => {
    await expectRejection(openMdmcertReply(null as unknown as string, identity), 'ERR_INVALID_ARGUMENT')
    await expectRejection(openMdmcertReply('', identity), 'ERR_ENCODING')
    await expectRejection(openMdmcertReply('3003020105', identity), 'ERR_CMS_INVALID')
    await expectRejection(openMdmcertReply(' '.repeat(33 * 1024 * 1024), identity), 'ERR_LIMIT')
    const accept = { ciphers: ['DES-EDE3-CBC'] } as const
    await expectRejection(openMdmcertReply(await reply(upload), identity, { accept }), 'ERR_ALGORITHM_NOT_ACCEPTED')
  })

  describeWithTools('encrypted by OpenSSL', ['openssl'], () => {
    test.each(['-des3', '-aes128', '-aes256'])('%s', async (cipher) => {
      const inputs = { 'to.pem': toPem('CERTIFICATE', identity.certificate.der), upload }
      const args = ['smime', '-encrypt', '-binary', cipher, '-in', 'upload', '-outform', 'DER', 'to.pem']
      const { stdout } = runOk('openssl', args, { inputs })
      expect(await openMdmcertReply(encodeHex(stdout), identity)).toBe(upload)
    })
  })
})

describeWithFixtures('a recorded message of another kind', () => {
  const folder = 'cms-escrow/fleetdm__fleet'

  test('decrypts, and is refused for what it is', async () => {
    const escrow = await importIdentity({
      certificate: fixture(`${folder}/scep-ca.cert.pem`),
      privateKey: fixtureText(`${folder}/scep-ca.key.pem`),
    })
    const text = encodeHex(fixture(`${folder}/filevault-prk-encrypted.p7`))
    await expectRejection(openMdmcertReply(text, escrow), 'ERR_DECRYPTION_FAILED')
    await expectRejection(openMdmcertReply(text, identity), 'ERR_DECRYPTION_FAILED')
  })
})
