import { createPrivateKey, sign } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildPushCertificateRequest, openPushCertificateRequest } from '../../src/apns/push-request.js'
import { encodePushRequestFile, readPushRequestFile, type PushRequestFile } from '../../src/apns/push-request-file.js'
import { decodeBase64, encodeBase64 } from '../../src/bytes/base64.js'
import { latin1Text, utf8Bytes } from '../../src/bytes/bytes.js'
import { acceptedByDefault } from '../../src/crypto/accept.js'
import { encodePlist } from '../../src/plist/encode.js'
import {
  type Certificate,
  type CertificateRequest,
  type DigestName,
  type RemoteSigner,
  type SigningIdentity,
  unsafeAcceptAnySigner,
} from '../../src/types.js'
import { certificateFingerprint } from '../../src/x509/certificate.js'
import { toPem } from '../../src/x509/pem.js'
import { expectRejection, rejectionOf } from '../support/hostile.js'
import { describeWithTools, runOk } from '../support/openssl.js'
import { openVendorRequest } from '../../src/apns/vendor-request.js'
import { makeCsr, makeVendor, now, type Vendor } from './vendor.js'

let vendor: Vendor
let other: Vendor
let csr: CertificateRequest
let upload: string
beforeAll(async () => {
  vendor = await makeVendor()
  other = await makeVendor()
  csr = await makeCsr()
  upload = await buildPushCertificateRequest(csr, vendor.identity, { now })
})

const changed = (change: Partial<PushRequestFile>): string =>
  encodePushRequestFile({ ...readPushRequestFile(upload), ...change })

describe('buildPushCertificateRequest', () => {
  test('is base64 of a property list with the request, the chain and the signature', async () => {
    const list = latin1Text(decodeBase64(upload) ?? new Uint8Array())
    expect(list).toMatch(/^<\?xml/)
    expect(list).toContain(encodeBase64(csr.der))
    const { chain } = readPushRequestFile(upload)
    expect(chain.map(({ der }) => der)).toEqual(
      [vendor.identity.certificate, vendor.intermediate, vendor.root].map(({ der }) => der),
    )
    const trust = { anchors: [vendor.root] } as const
    expect(await openPushCertificateRequest(upload, { trust, now })).toEqual({
      csr,
      vendor: vendor.identity.certificate,
      chain: [vendor.intermediate, vendor.root],
    })
  })

  test('is the same for the same request, as RSASSA-PKCS1-v1_5 draws nothing', async () => {
    expect(await buildPushCertificateRequest(csr, vendor.identity, { now })).toBe(upload)
    expect(await buildPushCertificateRequest(csr, vendor.identity, { now, crypto: globalThis.crypto })).toBe(upload)
  })

  const build = (of: SigningIdentity, request = csr): Promise<string> =>
    buildPushCertificateRequest(request, of, { now })
  const chained = (...chain: readonly Certificate[]): SigningIdentity => ({ ...vendor.identity, chain })

  test('refuses a chain that is incomplete, out of order, foreign or longer than it is', async () => {
    const { root, intermediate } = vendor
    const { certificate, key } = vendor.identity
    await expectRejection(build({ certificate, key }), 'ERR_PUSH_INVALID', /root/)
    await expectRejection(build(chained()), 'ERR_PUSH_INVALID', /root/)
    await expectRejection(build(chained(intermediate)), 'ERR_PUSH_INVALID', /root/)
    await expectRejection(build(chained(root, intermediate)), 'ERR_PUSH_INVALID', /root/)
    await expectRejection(build(chained(root)), 'ERR_CERTIFICATE_UNTRUSTED')
    await expectRejection(build(chained(intermediate, other.root)), 'ERR_CERTIFICATE_UNTRUSTED')
    await expectRejection(build(chained(other.intermediate, root)), 'ERR_CERTIFICATE_UNTRUSTED')
    await expectRejection(build(chained(other.intermediate, intermediate, root)), 'ERR_PUSH_INVALID', /followed/)
    await expectRejection(build(chained(intermediate, intermediate, root)), 'ERR_PUSH_INVALID', /followed/)
    await expectRejection(build(chained(intermediate, root, root)), 'ERR_PUSH_INVALID', /followed/)
  })

  test('refuses a vendor certificate that has ended: the portal would', async () => {
    const ended = await makeVendor('RSA-2048', new Date('2026-05-01T00:00:00Z'))
    await expectRejection(build(ended.identity), 'ERR_CERTIFICATE_TIME')
  })

  test("refuses a key that is not the certificate's", async () => {
    await expectRejection(build({ ...vendor.identity, key: other.identity.key }), 'ERR_KEY_MISMATCH')
  })

  test('refuses a key that is not RSA with SHA-256', async () => {
    const ec = await makeVendor('P-256')
    const scheme = await rejectionOf(build(ec.identity))
    expect(scheme).toMatchObject({ code: 'ERR_ALGORITHM_NOT_ACCEPTED', details: { kind: 'signatures', name: 'ECDSA' } })
    const old: RemoteSigner = {
      signature: 'RSASSA-PKCS1-v1_5',
      digests: ['SHA-1'],
      sign: () => Promise.reject(new Error('never asked')),
    }
    const digest = await rejectionOf(build({ ...vendor.identity, key: old }))
    expect(digest).toMatchObject({ code: 'ERR_ALGORITHM_NOT_ACCEPTED', details: { kind: 'digests', name: 'SHA-1' } })
  })

  test('refuses a request whose signature does not hold, and what is no request', async () => {
    const der = csr.der.map((octet, at) => (at === csr.der.length - 1 ? octet ^ 1 : octet))
    await expectRejection(build(vendor.identity, { ...csr, der }), 'ERR_SIGNATURE_INVALID')
    await expectRejection(build(vendor.identity, { ...csr, der: utf8Bytes('-----BEGIN') }), 'ERR_ENCODING')
    await expectRejection(build(vendor.identity, null as unknown as CertificateRequest), 'ERR_INVALID_ARGUMENT')
  })

  test('believes of the request only its DER', async () => {
    const { subject, publicKey } = await makeCsr('P-256')
    expect(await build(vendor.identity, { ...csr, subject, publicKey })).toBe(upload)
  })

  test('what the signer rejects with passes through', async () => {
    const outage = new Error('HSM is down')
    const key: RemoteSigner = {
      signature: 'RSASSA-PKCS1-v1_5',
      digests: ['SHA-256'],
      sign: () => Promise.reject(outage),
    }
    await expect(build({ ...vendor.identity, key })).rejects.toBe(outage)
  })
})

describe('openPushCertificateRequest', () => {
  const open = (text: string, options: object = {}): ReturnType<typeof openPushCertificateRequest> =>
    openPushCertificateRequest(text, { trust: { anchors: [vendor.root] }, now, ...options })

  test('takes base64 with line ends and a request with white space before it', async () => {
    const expected = await open(upload)
    expect(await open(upload.replace(/.{64}/g, '$&\r\n'))).toEqual(expected)
    const { chain, signature } = readPushRequestFile(upload)
    const list = encodePlist({
      PushCertCertificateChain: `\n${chain.map(({ der }) => toPem('CERTIFICATE', der).replaceAll('\n', '\r\n')).join('\n')}`,
      PushCertRequestCSR: `\n\t${encodeBase64(csr.der).replace(/.{64}/g, '$&\n')}\n`,
      PushCertSignature: `${encodeBase64(signature)}\n`,
    })
    expect(await open(encodeBase64(list))).toEqual(expected)
  })

  test('trusts by pin, by fingerprint, or whomever when told so', async () => {
    const { certificate } = vendor.identity
    const fingerprint = (await certificateFingerprint(certificate, 'SHA-256')).toUpperCase().replace(/..(?=.)/g, '$&:')
    const trusts = [
      { pinned: [vendor.root, certificate] },
      { pinnedFingerprints: [fingerprint], digest: 'SHA-256' },
      unsafeAcceptAnySigner,
    ]
    for (const trust of trusts) expect((await open(upload, { trust })).vendor).toEqual(certificate)
    const strangers = [{ pinned: [vendor.root] }, { pinnedFingerprints: ['0'.repeat(64)], digest: 'SHA-256' }]
    for (const trust of strangers) await expectRejection(open(upload, { trust }), 'ERR_CERTIFICATE_UNTRUSTED')
    await expectRejection(open(upload, { trust: { anchors: [other.root] } }), 'ERR_CERTIFICATE_UNTRUSTED')
    await expectRejection(open(upload, { trust: { anchors: [] } }), 'ERR_INVALID_ARGUMENT')
  })

  test('says that the vendor certificate has ended', async () => {
    await expectRejection(open(upload, { now: new Date('2027-02-01T00:00:00Z') }), 'ERR_CERTIFICATE_TIME')
  })

  test('refuses another signature, another request, another vendor', async () => {
    const file = readPushRequestFile(upload)
    const signature = file.signature.map((octet, at) => (at === 9 ? octet ^ 1 : octet))
    await expectRejection(open(changed({ signature })), 'ERR_SIGNATURE_INVALID')
    await expectRejection(open(changed({ request: (await makeCsr('P-256')).der })), 'ERR_SIGNATURE_INVALID')
    await expectRejection(open(changed({ chain: [vendor.intermediate, vendor.root] })), 'ERR_SIGNATURE_INVALID')
    await expectRejection(open(changed({ chain: [] })), 'ERR_PUSH_INVALID', /vendor/)
  })

  test('asks for the proof of possession although the vendor signed', async () => {
    const der = csr.der.map((octet, at) => (at === csr.der.length - 1 ? octet ^ 1 : octet))
    const signature = await (vendor.identity.key as RemoteSigner).sign(der, 'SHA-256')
    const forged = changed({ request: der, signature: signature.slice() })
    await expectRejection(open(forged), 'ERR_SIGNATURE_INVALID', /certificate request/)
  })

  const dict = (members: Readonly<Record<string, string | number>>): string => encodeBase64(encodePlist(members))
  test.each<readonly [string, () => string, string, RegExp]>([
    ['a text that is no base64', () => '<?xml version="1.0"?>', 'ERR_ENCODING', /base64/],
    ['no property list', () => encodeBase64(utf8Bytes('hello')), 'ERR_PLIST_INVALID', /./],
    ['no dictionary', () => encodeBase64(encodePlist([])), 'ERR_PUSH_INVALID', /dictionary/],
    ['a text in the list', () => encodeBase64(encodePlist('x')), 'ERR_PUSH_INVALID', /dictionary/],
    ['no members', () => dict({}), 'ERR_PUSH_INVALID', /missing/],
    ['a number as request', () => dict({ PushCertRequestCSR: 5 }), 'ERR_PLIST_INVALID', /./],
    ['a request that is no base64', () => dict({ PushCertRequestCSR: '***' }), 'ERR_PUSH_INVALID', /base64/],
    [
      'a request in PEM',
      () => dict({ PushCertRequestCSR: encodeBase64(utf8Bytes(toPem('CERTIFICATE REQUEST', csr.der))) }),
      'ERR_PUSH_INVALID',
      /PEM/,
    ],
    [
      'no chain',
      () => dict({ PushCertRequestCSR: encodeBase64(csr.der), PushCertSignature: 'AAAA' }),
      'ERR_PUSH_INVALID',
      /PushCertCertificateChain is missing/,
    ],
    [
      'a chain that is no PEM',
      () =>
        dict({
          PushCertRequestCSR: encodeBase64(csr.der),
          PushCertSignature: 'AAAA',
          PushCertCertificateChain: 'AAAA',
        }),
      'ERR_',
      /./,
    ],
    ['the file encoded twice', () => encodeBase64(utf8Bytes(upload)), 'ERR_PLIST_INVALID', /./],
    ['something that is no text', () => 5 as unknown as string, 'ERR_INVALID_ARGUMENT', /text/],
    ['more than the limit', () => ' '.repeat(33 * 1024 * 1024), 'ERR_LIMIT', /bytes/],
  ])('refuses %s', async (_, text, code, reason) => {
    const error = await rejectionOf(open(text()))
    expect(error.code).toContain(code)
    expect(error.message).toMatch(reason)
  })
})

const SIGN_IN_PYTHON = `
import base64, plistlib, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
der = x509.load_pem_x509_csr(open('csr.pem', 'rb').read()).public_bytes(serialization.Encoding.DER)
key = serialization.load_der_private_key(open('key.der', 'rb').read(), None)
signature = key.sign(der, padding.PKCS1v15(), {'SHA-1': hashes.SHA1(), 'SHA-256': hashes.SHA256()}[sys.argv[1]])
print(base64.encodebytes(plistlib.dumps({
    'PushCertRequestCSR': base64.b64encode(der).decode(),
    'PushCertCertificateChain': open('chain.pem').read(),
    'PushCertSignature': base64.b64encode(signature).decode(),
})).decode(), end='')
`
const READ_IN_PYTHON = `
import base64, plistlib
members = plistlib.loads(base64.b64decode(open('upload').read()))
assert sorted(members) == ['PushCertCertificateChain', 'PushCertRequestCSR', 'PushCertSignature'], members.keys()
open('csr.der', 'wb').write(base64.b64decode(members['PushCertRequestCSR'], validate=True))
open('signature', 'wb').write(base64.b64decode(members['PushCertSignature'], validate=True))
open('chain.pem', 'w').write(members['PushCertCertificateChain'])
`

describeWithTools('push certificate requests of others and for others', ['openssl', 'python3'], () => {
  test('ours, taken apart by Python and verified by OpenSSL', () => {
    const { output } = runOk('python3', ['read.py'], { inputs: { upload, 'read.py': READ_IN_PYTHON } })
    const chain = new TextDecoder().decode(output('chain.pem'))
    const [leaf = '', intermediate = '', root = ''] = chain.split(/(?<=-----END CERTIFICATE-----\n)/)
    const inputs = {
      'csr.der': output('csr.der'),
      signature: output('signature'),
      'leaf.pem': leaf,
      'intermediate.pem': intermediate,
      'root.pem': root,
    }
    const key = runOk('openssl', ['x509', '-in', 'leaf.pem', '-pubkey', '-noout'], { inputs }).stdoutText
    const dgst = ['dgst', '-sha256', '-verify', 'key.pem', '-signature', 'signature', 'csr.der']
    expect(runOk('openssl', dgst, { inputs: { ...inputs, 'key.pem': key } }).stdoutText).toContain('Verified OK')
    const verify = [
      'verify',
      '-CAfile',
      'root.pem',
      '-untrusted',
      'intermediate.pem',
      '-attime',
      '1780272000',
      'leaf.pem',
    ]
    expect(runOk('openssl', verify, { inputs }).stdoutText).toContain('leaf.pem: OK')
    expect(runOk('openssl', ['req', '-inform', 'DER', '-in', 'csr.der', '-verify', '-noout'], { inputs }).status).toBe(
      0,
    )
  })

  test('theirs: SHA-256 opens, SHA-1 opens when it is named', async () => {
    const chain = [vendor.identity.certificate, vendor.intermediate, vendor.root]
    const inputs = {
      'csr.pem': toPem('CERTIFICATE REQUEST', csr.der),
      'key.der': vendor.privateKey,
      'chain.pem': chain.map(({ der }) => toPem('CERTIFICATE', der)).join(''),
      'sign.py': SIGN_IN_PYTHON,
    }
    const made = (digest: string): string => runOk('python3', ['sign.py', digest], { inputs }).stdoutText
    const options = { trust: { anchors: [vendor.root] }, now } as const
    expect((await openPushCertificateRequest(made('SHA-256'), options)).csr).toEqual(csr)
    const old = made('SHA-1')
    const error = await rejectionOf(openPushCertificateRequest(old, options))
    expect(error).toMatchObject({ code: 'ERR_ALGORITHM_NOT_ACCEPTED', details: { kind: 'digests', name: 'SHA-1' } })
    const { digests } = acceptedByDefault.modern
    const accept = { digests: [...digests, 'SHA-1'] } as const
    expect((await openPushCertificateRequest(old, { ...options, accept })).csr).toEqual(csr)
  })
})

test.each(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512', 'MD5'] as const)('a vendor who signs over %s', async (digest) => {
  const key = createPrivateKey({ key: Buffer.from(vendor.privateKey), format: 'der', type: 'pkcs8' })
  const signature = new Uint8Array(sign(digest.replace('-', ''), csr.der, key))
  const open = (digests: readonly DigestName[]): Promise<unknown> =>
    openPushCertificateRequest(changed({ signature }), { trust: { anchors: [vendor.root] }, accept: { digests }, now })
  // The certificates are signed over SHA-256.
  await expect(open(['SHA-256', digest])).resolves.toMatchObject({ vendor: vendor.identity.certificate })
  if (digest !== 'SHA-256')
    expect(await rejectionOf(open(['SHA-256']))).toMatchObject({ details: { kind: 'digests', name: digest } })
})

test('whom to trust is settled when the work begins, once its modules are loaded', async () => {
  const opened = (before: Certificate, after: Certificate): Promise<unknown> => {
    const anchors: [Certificate] = [before]
    const made = openVendorRequest(upload, { trust: { anchors }, now, crypto: globalThis.crypto })
    anchors[0] = after
    return made
  }
  await expect(opened(vendor.root, other.root)).resolves.toMatchObject({ vendor: vendor.identity.certificate })
  await expectRejection(opened(other.root, vendor.root), 'ERR_CERTIFICATE_UNTRUSTED')
})
