import { createHash, sign, X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Bytes, Certificate, RemoteSigner } from '../../src/types.js'
import {
  buildExtensions,
  type CertificatePurpose,
  distinguishedName,
  generateKey,
  importIdentity,
  issueCertificate,
  type IssueCertificateInput,
  issueSelfSigned,
  parseCertificate,
  randomSerialNumber,
  readExtensions,
  toPem,
  verifyCertificatePath,
} from '../../src/x509.js'
import { certificateParts } from '../../src/x509/certificate.js'
import type { GeneralName } from '../../src/x509/general-name.js'
import { hex } from '../support/asn1.js'
import { expectRejection } from '../support/hostile.js'
import { describeWithTools, runOk } from '../support/openssl.js'
import { type Entity, extension, makeCa, makeLeaf, makeRoot, NOT_AFTER, NOT_BEFORE, NOW } from './authority.js'
import { keyFromPkcs8, rsaKeyOf } from '../support/rsa-keys.js'
import { craft, craftDer, craftKey, DER } from './craft.js'

const root = await makeRoot('root')
const rsa = rsaKeyOf(2048)
const ec = craftKey()
const subject = distinguishedName([['CN', 'device-1']])

const input = (changes: Partial<IssueCertificateInput> = {}): IssueCertificateInput => ({
  subject,
  publicKey: ec.spki,
  serialNumber: 'c0ffee',
  notBefore: NOT_BEFORE,
  notAfter: NOT_AFTER,
  purpose: 'device-identity',
  ...changes,
})
const issue = (changes: Partial<IssueCertificateInput> = {}, by: Entity = root): Promise<Certificate> =>
  issueCertificate(input(changes), by.identity)

describe('what a purpose sets', () => {
  const rows: readonly (readonly [
    CertificatePurpose,
    readonly string[] | null,
    readonly string[] | null,
    readonly string[] | null,
    boolean | null,
  ])[] = [
    ['device-identity', ['digitalSignature', 'keyEncipherment'], ['digitalSignature'], ['1.3.6.1.5.5.7.3.2'], false],
    [
      'ca',
      ['digitalSignature', 'keyEncipherment', 'keyCertSign', 'cRLSign'],
      ['digitalSignature', 'keyCertSign', 'cRLSign'],
      null,
      true,
    ],
    [
      'scep-ra',
      ['digitalSignature', 'keyEncipherment'],
      ['digitalSignature'],
      ['1.3.6.1.5.5.7.3.28', '1.3.6.1.4.1.311.20.2.1'],
      false,
    ],
    ['tls-server', ['digitalSignature', 'keyEncipherment'], ['digitalSignature'], ['1.3.6.1.5.5.7.3.1'], false],
    ['profile-signing', ['digitalSignature'], ['digitalSignature'], ['1.3.6.1.5.5.7.3.3', '1.3.6.1.5.5.7.3.4'], false],
    ['custom', null, null, null, null],
  ]
  test.each(rows)('%s', async (purpose, rsaUsage, ecUsage, extendedKeyUsage, ca) => {
    for (const [publicKey, usage] of [
      [rsa.spki, rsaUsage],
      [ec.spki, ecUsage],
    ] as const) {
      const read = readExtensions((await issue({ purpose, publicKey })).extensions)
      expect(read.keyUsage).toEqual(usage)
      expect(read.extendedKeyUsage).toEqual(extendedKeyUsage)
      expect(read.basicConstraints).toEqual(ca === null ? null : { ca, pathLength: null })
    }
  })

  test('key-encipherment, which needs RSA', async () => {
    const read = readExtensions((await issue({ purpose: 'key-encipherment', publicKey: rsa.spki })).extensions)
    expect(read.keyUsage).toEqual(['keyEncipherment'])
    expect(read.basicConstraints?.ca).toBe(false)
    await expectRejection(issue({ purpose: 'key-encipherment' }), 'ERR_INVALID_ARGUMENT', /needs an RSA key/)
  })

  test('no other', async () => {
    for (const purpose of ['server', 'toString', '__proto__', ''])
      await expectRejection(issue({ purpose: purpose as 'ca' }), 'ERR_INVALID_ARGUMENT', /purpose/)
  })
})

describe('the certificate', () => {
  test('holds what was stated, and verifies', async () => {
    const certificate = await issue({ subjectAltNames: [{ type: 'email', value: 'a@example.com' }] })
    expect(certificate.subject).toEqual(subject)
    expect(certificate.issuer).toEqual(root.certificate.subject)
    expect(certificate.serialNumber).toBe('c0ffee')
    expect([certificate.notBefore, certificate.notAfter]).toEqual([NOT_BEFORE, NOT_AFTER])
    expect(certificate.publicKey).toEqual(ec.spki)
    expect(readExtensions(certificate.extensions).subjectAltNames).toEqual([{ type: 'email', value: 'a@example.com' }])
    expect(await verifyCertificatePath(certificate, { anchors: [root.certificate] }, { now: NOW })).toHaveLength(2)
    expect(new X509Certificate(certificate.der).verify(new X509Certificate(root.certificate.der).publicKey)).toBe(true)
  })

  test('is the same, octet for octet, when issued again (RSA)', async () => {
    const key = rsa
    const rsaRoot = await makeRoot('rsa', { key })
    const identity = await importIdentity({ certificate: rsaRoot.certificate, privateKey: key.pkcs8 })
    const [a, b] = [await issueCertificate(input(), identity), await issueCertificate(input(), identity)]
    expect(a.der).toEqual(b.der)
  })

  test('names keys by SHA-1 of their bits, and the issuer by its own identifier', async () => {
    const bits = certificateParts(await issue()).key.keyBits
    const read = readExtensions((await issue()).extensions)
    expect(read.subjectKeyIdentifier).toBe(createHash('sha1').update(bits).digest('hex'))
    expect(read.authorityKeyIdentifier).toBe(readExtensions(root.certificate.extensions).subjectKeyIdentifier)
    const odd = await makeRoot('odd', {
      purpose: 'custom',
      extensions: buildExtensions({ basicConstraints: { ca: true, pathLength: null } }),
    })
    const custom = craft({ extensions: [DER.basicConstraintsCa, hex('300c 0603551d0e 0405 0403 010203')] }, odd.key)
    const issued = await issueCertificate(input(), { certificate: custom, key: odd.identity.key })
    expect(readExtensions(issued.extensions).authorityKeyIdentifier).toBe('010203')
  })

  test('takes the issuer’s name as the issuer wrote it', async () => {
    const key = craftKey()
    const certificate = craft(
      { subject: hex('300f310d300b06035504031e0400410042'), extensions: [DER.basicConstraintsCa] },
      key,
    )
    const { key: signer } = await importIdentity({ certificate, privateKey: key.pkcs8 })
    const issued = await issueCertificate(input(), { certificate, key: signer })
    expect(certificateParts(issued).issuerDer).toEqual(certificateParts(certificate).subjectDer)
  })

  test('writes years to 2049 as UTCTime, later ones as GeneralizedTime', async () => {
    const late = new Date('2060-01-01T00:00:00Z')
    const long = await makeRoot('long', { notAfter: late })
    const tags = async (notBefore: string, notAfter: string): Promise<readonly (number | undefined)[]> => {
      const { der } = await issue({ notBefore: new Date(notBefore), notAfter: new Date(notAfter) }, long)
      const text = Buffer.from(der).toString('latin1')
      return [notBefore, notAfter].map((date) => {
        const digits = date.replace(/[-T:]/g, '')
        return der[text.indexOf(digits.slice(2)) - (Number(date.slice(0, 4)) < 2050 ? 2 : 4)]
      })
    }
    expect(await tags('2049-12-31T23:59:58Z', '2049-12-31T23:59:59Z')).toEqual([0x17, 0x17])
    expect(await tags('2049-12-31T23:59:59Z', '2050-01-01T00:00:00Z')).toEqual([0x17, 0x18])
  })

  test('beside an empty subject the alternative names are critical', async () => {
    const certificate = await issue({ subject: [], subjectAltNames: [{ type: 'dns', value: 'a.example.com' }] })
    expect(certificate.extensions.find(({ oid }) => oid === '2.5.29.17')?.critical).toBe(true)
    expect(certificate.subject).toEqual([])
  })

  test('takes further extensions', async () => {
    const added = extension('1.2.3.4', true, hex('0500'))
    const certificate = await issue({
      extensions: [added, ...buildExtensions({ crlUrls: ['http://example.com/crl'] })],
    })
    expect(certificate.extensions).toContainEqual(added)
    expect(readExtensions(certificate.extensions).crlUrls).toEqual(['http://example.com/crl'])
  })

  test('below a P-384 issuer is signed with SHA-384', async () => {
    const { privateKey } = await generateKey('P-384')
    const p384 = await makeRoot('p384', { key: keyFromPkcs8(privateKey) })
    const issued = await issue({}, p384)
    expect(certificateParts(issued).signatureAlgorithm.oid).toBe('1.2.840.10045.4.3.3')
    await verifyCertificatePath(issued, { anchors: [p384.certificate] }, { now: NOW })
  })

  test('by a key that only has another digest says so', async () => {
    const remote: RemoteSigner = {
      signature: 'ECDSA',
      digests: ['SHA-512'],
      sign: (data) => Promise.resolve(new Uint8Array(sign('sha512', data, root.key.privateKey))),
    }
    const issued = await issueCertificate(input(), { certificate: root.certificate, key: remote })
    expect(certificateParts(issued).signatureAlgorithm.oid).toBe('1.2.840.10045.4.3.4')
    await verifyCertificatePath(issued, { anchors: [root.certificate] }, { now: NOW })
  })
})

describe('issueCertificate refuses', () => {
  test.each([
    ['a serial number of zero', { serialNumber: '00' }, /positive/],
    ['no serial number', { serialNumber: '' }, /positive/],
    ['a negative one', { serialNumber: '-01' }, /positive/],
    ['one that is no hex', { serialNumber: '0x10' }, /positive/],
    ['one of 21 octets', { serialNumber: '01'.repeat(21) }, /20 octets/],
    ['one of 20 octets with the high bit', { serialNumber: 'ff'.repeat(20) }, /20 octets/],
    ['dates the wrong way round', { notBefore: NOT_AFTER, notAfter: NOT_BEFORE }, /notAfter/],
    ['an invalid date', { notBefore: new Date('x') }, /notBefore/],
    [
      'an end after the issuer’s',
      { notAfter: new Date(NOT_AFTER.getTime() + 1000) },
      /later than the end of the issuer/,
    ],
    ['a key that is text', { publicKey: 'key' as unknown as Bytes }, /SubjectPublicKeyInfo/],
    [
      'an extension that the purpose sets',
      { extensions: buildExtensions({ keyUsage: ['cRLSign'] }) },
      /set by the purpose/,
    ],
    [
      'a second key identifier',
      { purpose: 'custom', extensions: buildExtensions({ subjectKeyIdentifier: '00' }) },
      /set by the purpose/,
    ],
    [
      'alternative names twice',
      {
        subjectAltNames: [{ type: 'dns', value: 'a' }],
        extensions: buildExtensions({ subjectAltNames: [{ type: 'dns', value: 'b' }] }),
      },
      /set by the purpose/,
    ],
    [
      'an extension twice',
      { extensions: [extension('1.2.3', false, hex('0500')), extension('1.2.3', false, hex('0500'))] },
      /given twice/,
    ],
    ['a CA without a name', { purpose: 'ca', subject: [] }, /needs a name/],
  ] as const)('%s', async (_, changes, reason) => {
    await expectRejection(issue(changes), 'ERR_INVALID_ARGUMENT', reason)
  })

  test('a public key that is malformed', async () => {
    await expectRejection(issue({ publicKey: hex('3000') }), 'ERR_CERTIFICATE_INVALID')
    await expectRejection(issue({ publicKey: hex('30') }), 'ERR_ENCODING')
  })

  test('an issuer that is no CA, or may not sign, or has no name', async () => {
    const { key } = root.identity
    const notCa = await makeLeaf('leaf', root)
    await expectRejection(
      issueCertificate(input(), { certificate: notCa, key }),
      'ERR_INVALID_ARGUMENT',
      /not that of a CA/,
    )
    const noSign = craft(
      { extensions: [DER.basicConstraintsCa, hex('300e 0603551d0f 0101ff 0404 03020780')] },
      root.key,
    )
    await expectRejection(issueCertificate(input(), { certificate: noSign, key }), 'ERR_INVALID_ARGUMENT', /may sign/)
    const noName = craft({ subject: hex('3000'), extensions: [DER.basicConstraintsCa] }, root.key)
    await expectRejection(issueCertificate(input(), { certificate: noName, key }), 'ERR_INVALID_ARGUMENT', /no subject/)
  })

  test('a CA below an issuer that may have none, and a key of another kind', async () => {
    const flat = await makeRoot('flat', {
      purpose: 'custom',
      extensions: buildExtensions({ basicConstraints: { ca: true, pathLength: 0 }, keyUsage: ['keyCertSign'] }),
    })
    await issue({}, flat)
    await expectRejection(issue({ purpose: 'ca' }, flat), 'ERR_INVALID_ARGUMENT', /path length/)
    const rsaKey = (await makeRoot('rsa', { key: rsa })).identity.key
    await expectRejection(issueCertificate(input(), { certificate: root.certificate, key: rsaKey }), 'ERR_KEY_MISMATCH')
  })

  test('an old root without extensions is taken', async () => {
    const old = parseCertificate(craftDer({ version: null }, root.key))
    const issued = await issueCertificate(input(), { certificate: old, key: root.identity.key })
    expect(issued.issuer).toEqual(old.subject)
  })
})

describe('issueSelfSigned', () => {
  test('names itself as issuer, by name and by key', async () => {
    const read = readExtensions(root.certificate.extensions)
    expect(root.certificate.issuer).toEqual(root.certificate.subject)
    expect(read.authorityKeyIdentifier).toBe(read.subjectKeyIdentifier)
    expect(await verifyCertificatePath(root.certificate, { anchors: [root.certificate] }, { now: NOW })).toEqual([
      root.certificate,
    ])
  })

  test('holds a key that is given apart against its public half', async () => {
    const rest = input({ purpose: 'ca' })
    const { key } = root.identity
    await issueSelfSigned({ ...rest, key, publicKey: root.key.spki })
    await expectRejection(
      issueSelfSigned({ ...rest, key, publicKey: ec.spki }),
      'ERR_KEY_MISMATCH',
      /not that of the key/,
    )
  })
})

test('serial numbers are positive, of 16 octets, and come from the given source', () => {
  const many = Array.from({ length: 200 }, () => randomSerialNumber())
  expect(new Set(many).size).toBe(200)
  for (const serial of many) expect(serial).toMatch(/^[4-7][0-9a-f]{31}$/)
  const fixed = {
    subtle: crypto.subtle as never,
    getRandomValues: (array: Bytes): Bytes => array.fill(0xff),
  }
  expect(randomSerialNumber({ crypto: fixed })).toBe(`7f${'ff'.repeat(15)}`)
})

describeWithTools('OpenSSL takes what is issued', ['openssl'], () => {
  test('a chain of three, for every key', async () => {
    const top = await makeRoot('top', { key: rsa })
    const ca = await makeCa('middle', top)
    const leaf = await makeLeaf('leaf', ca, { subjectAltNames: [{ type: 'dns', value: 'a.example.com' }] })
    const inputs = {
      'root.pem': toPem('CERTIFICATE', top.certificate.der),
      'ca.pem': toPem('CERTIFICATE', ca.certificate.der),
      'leaf.pem': toPem('CERTIFICATE', leaf.der),
    }
    const at = String(NOW.getTime() / 1000)
    const verify = [
      'verify',
      '-x509_strict',
      '-attime',
      at,
      '-purpose',
      'sslclient',
      '-CAfile',
      'root.pem',
      '-untrusted',
      'ca.pem',
      'leaf.pem',
    ]
    expect(runOk('openssl', verify, { inputs }).stdoutText).toContain('leaf.pem: OK')
  })
})

test('what is changed while a key is made ready does not go into the certificate', async () => {
  const subjectAltNames: GeneralName[] = [{ type: 'dns', value: 'a.example' }]
  const given = { ...input({ subjectAltNames }), notAfter: new Date(NOT_AFTER) }
  const made = issueCertificate(given, root.identity, { crypto: globalThis.crypto })
  Object.assign(given, { purpose: 'ca', serialNumber: '77' })
  given.notAfter.setTime(0)
  subjectAltNames.push({ type: 'dns', value: 'b.example' })
  const { serialNumber, notAfter, extensions } = await made
  expect([serialNumber, notAfter]).toEqual(['c0ffee', NOT_AFTER])
  const read = readExtensions(extensions)
  expect([read.basicConstraints?.ca, read.subjectAltNames]).toEqual([false, [{ type: 'dns', value: 'a.example' }]])
})
