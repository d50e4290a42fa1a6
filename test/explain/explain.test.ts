import { beforeAll, describe, expect, test } from 'vitest'
import { encodeBase64 } from '../../src/bytes/base64.js'
import { decodeHex, encodeHex } from '../../src/bytes/hex.js'
import { buildCertificateBag } from '../../src/cms/certificate-bag.js'
import { encryptCms } from '../../src/cms/encrypt.js'
import { signCms } from '../../src/cms/sign.js'
import { explain } from '../../src/explain/explain.js'
import type { ExplanationField } from '../../src/explain/explanation.js'
import { buildMdmSignature } from '../../src/mdm/build-signature.js'
import { encodePlist } from '../../src/plist/encode.js'
import { encodeBinaryPlist } from '../../src/plist/encode-binary.js'
import { buildNextCaCert } from '../../src/scep/next-ca.js'
import { createCsr } from '../../src/x509/csr.js'
import { importIdentity } from '../../src/x509/identity.js'
import { issueSelfSigned } from '../../src/x509/issue.js'
import { distinguishedName } from '../../src/x509/name.js'
import { toPem } from '../../src/x509/pem.js'
import type { Bytes, Certificate, Identity } from '../../src/types.js'
import { tlv } from '../support/asn1.js'
import { describeWithFixtures, fixture, listFixtures, listWire, wire } from '../support/fixtures.js'
import { drawn, flips, truncations } from '../support/hostile.js'
import { draw } from '../support/random.js'
import { algorithm, craftSigned, craftSigner, usualAttributes } from '../cms/craft.js'
import { craftMessage, device, printable, scepAttributes } from '../scep/pki-message.js'
import { rsaKey } from '../support/rsa-keys.js'

const now = new Date('2026-06-01')
let identity: Identity
let ca: Certificate
let privateKey: Uint8Array

beforeAll(async () => {
  privateKey = rsaKey(0).pkcs8
  ca = await issueSelfSigned({
    subject: distinguishedName([['CN', 'Test CA']]),
    serialNumber: '2a',
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2027-01-01'),
    purpose: 'ca',
    privateKey,
  })
  identity = await importIdentity({ certificate: ca, privateKey })
})

function flat(fields: readonly ExplanationField[]): readonly ExplanationField[] {
  return fields.flatMap((field) => [field, ...flat(field.children ?? [])])
}
/** EncryptedPrivateKeyInfo (RFC 5958 §3) by the identifier of its scheme; what is encrypted is of no matter. */
function encryptedKey(scheme: keyof typeof SCHEMES): Bytes {
  const parameters = tlv(0x30, tlv(0x04, new Uint8Array(8)), decodeHex('02020800')!)
  return tlv(0x30, algorithm(SCHEMES[scheme], parameters), tlv(0x04, new Uint8Array(64)))
}
const SCHEMES = {
  PBES2: '2a864886f70d01050d',
  'PBE-SHA1-3DES': '2a864886f70d010c0103',
  'PBE-MD5-DES': '2a864886f70d010503',
} as const
const valueOf = (fields: readonly ExplanationField[], name: string) =>
  flat(fields).find((field) => field.name === name)?.value
const whole = (explanation: unknown): string => JSON.stringify(explanation)

describe('what it is', () => {
  test('a certificate, in all its wrappings', async () => {
    const pem = toPem('CERTIFICATE', ca.der)
    const forms = [
      ca.der,
      pem,
      new TextEncoder().encode(pem),
      encodeBase64(ca.der),
      encodeHex(ca.der),
      encodeBase64(new TextEncoder().encode(pem)),
    ]
    for (const form of forms) {
      const { kind, summary, fields, findings } = await explain(form, { now })
      expect(kind).toBe('certificate')
      expect(summary).toBe('Certificate of CN=Test CA')
      expect(valueOf(fields, 'serial number')).toBe('2a')
      expect(valueOf(fields, 'key')).toBe('RSA, 2048 bits')
      expect(valueOf(fields, 'CA')).toBe('yes')
      expect(findings).toEqual([])
    }
  })

  test('judged at the given moment', async () => {
    const { findings } = await explain(ca.der, { now: new Date('2028-01-01') })
    expect(findings.map(({ kind }) => kind)).toEqual(['expired'])
  })

  test('a request, with the length of its challenge and no more', async () => {
    const csr = await createCsr({
      privateKey,
      subject: distinguishedName([['CN', 'd']]),
      challengePassword: 'open-sesame',
    })
    const explanation = await explain(csr.der, { now })
    expect(explanation.kind).toBe('certificate-request')
    expect(valueOf(explanation.fields, 'challenge password')).toBe('11 characters')
    expect(whole(explanation)).not.toContain('open-sesame')
    expect(explanation.findings).toEqual([])
  })

  test('a request whose signature does not hold', async () => {
    const { der } = await createCsr({ privateKey, subject: distinguishedName([['CN', 'd']]) })
    const damaged = der.slice()
    damaged[damaged.length - 1]! ^= 1
    expect((await explain(damaged, { now })).findings.map(({ kind }) => kind)).toEqual(['possession-not-proved'])
  })

  test('a certificate bag and an encrypted message', async () => {
    const bag = await explain(buildCertificateBag([ca]), { now })
    expect([bag.kind, bag.summary]).toEqual([
      'certificate-bag',
      'Certificate bag: 1 certificate, not signed by anybody',
    ])
    const sealed = await explain(await encryptCms(new Uint8Array(9), [ca]), { now })
    expect(sealed.kind).toBe('cms-enveloped')
    expect(valueOf(sealed.fields, 'key transport')).toBe('RSA-OAEP')
  })

  test('the certificates of the coming CA: a bag that somebody signed', async () => {
    for (const [next, count] of [
      [[ca], '1 certificate'],
      [[ca, device.certificate], '2 certificates'],
    ] as const) {
      const { kind, summary, fields } = await explain(await buildNextCaCert(next, identity, { now }), { now })
      expect([kind, summary]).toEqual(['certificate-bag', `Certificate bag: ${count}, signed`])
      expect(fields.at(-1)).toMatchObject({ name: 'signature', value: 'Signed message, 1 signer' })
      expect(whole(fields)).not.toContain('detached')
    }
  })

  test('a signed profile, and one that was changed', async () => {
    const profile = encodePlist({
      PayloadType: 'Configuration',
      PayloadIdentifier: 'com.example',
      PayloadUUID: 'A',
      PayloadVersion: 1,
      PayloadContent: [],
    })
    const signed = await signCms(profile, identity, { now })
    const { kind, summary, findings } = await explain(signed, { now })
    expect([kind, summary]).toEqual([
      'configuration-profile',
      'Configuration profile (Configuration) with 0 payloads, signed',
    ])
    expect(findings).toEqual([])
    const changed = signed.slice()
    changed[changed.length - 1]! ^= 1
    expect((await explain(changed, { now })).findings.map(({ kind: found }) => found)).toEqual(['signature-invalid'])
  })

  test('a check-in, its tokens told by size', async () => {
    const checkin = {
      MessageType: 'TokenUpdate',
      Topic: 'com.apple.mgmt.External.x',
      UDID: 'U',
      Token: new Uint8Array(32),
      PushMagic: 'sim-sala-bim',
    }
    for (const body of [encodePlist(checkin), encodeBinaryPlist(checkin)]) {
      const explanation = await explain(body, { now })
      expect(explanation.kind).toBe('checkin')
      expect(explanation.summary).toBe('Check-in: TokenUpdate')
      expect(whole(explanation)).not.toContain('sim-sala-bim')
      expect(valueOf(explanation.fields, 'Token')).toBe('32 octets')
    }
  })

  test.each([
    ['AES\nSHA-256\nFrobnicate', 'ca-caps'],
    ['<?xml version="1.0"?><plist version="1.0"><string>x</string></plist>', 'plist'],
    ['<plist><dict>', 'plist'],
    ['-----BEGIN CERTIFICATE-----\nAAAA', 'unknown'],
    ['', 'unknown'],
    ['Hello, world.', 'unknown'],
    ['30030c0141', 'asn1'],
  ])('%j', async (text, kind) => {
    expect((await explain(text, { now })).kind).toBe(kind)
  })

  test('a private key is named and nothing of it is shown', async () => {
    const pem = toPem('PRIVATE KEY', privateKey)
    for (const form of [privateKey, pem]) {
      const explanation = await explain(form, { now })
      expect(explanation.kind).toBe('private-key')
      expect(explanation.fields.length).toBeLessThan(2)
    }
  })

  test.each(['PBES2', 'PBE-SHA1-3DES', 'PBE-MD5-DES'] as const)('an encrypted private key, %s', async (scheme) => {
    const encrypted = encryptedKey(scheme)
    for (const form of [encrypted, encodeBase64(encrypted)]) {
      const explanation = await explain(form, { now })
      expect([explanation.kind, explanation.summary]).toEqual(['private-key', 'Private key, encrypted with a password'])
      expect(explanation.fields.length).toBeLessThan(2)
      expect(explanation.findings).toEqual([])
    }
  })

  test('a digest is built like an encrypted key, and is none', async () => {
    const info = tlv(0x30, algorithm('608648016503040201'), tlv(0x04, new Uint8Array(32)))
    expect((await explain(info, { now })).kind).toBe('asn1')
  })

  test('several PEM blocks', async () => {
    const bundle = await explain(toPem('CERTIFICATE', ca.der) + toPem('PRIVATE KEY', privateKey), { now })
    expect(bundle.kind).toBe('pem-bundle')
    expect(bundle.fields.map(({ name }) => name)).toEqual(['certificate', 'private-key'])
  })
})

describe('never throws on input', () => {
  test('damaged in every way', async () => {
    const message = await signCms(encodePlist({ a: 1 }), identity, { now })
    for (const input of [...truncations(message, 100), ...flips(message, 300), ...flips(ca.der, 200)])
      expect(typeof (await explain(input, { now })).kind).toBe('string')
  })

  test.each([
    ['a GeneralizedTime of no octets', '30021800'],
    ['an object identifier that does not end', '3003060180'],
  ])('%s, in any wrapping', async (_, hex) => {
    const der = decodeHex(hex)!
    for (const form of [der, hex, toPem('PUBLIC KEY', der)]) {
      const { kind, findings } = await explain(form, { now })
      expect(kind).toBe('asn1')
      expect(findings.map((found) => [found.kind, found.level])).toEqual([['unreadable', 'error']])
    }
  })

  test('trees of all types with contents that are none of theirs', async () => {
    const random = draw(20)
    const tree = (depth: number): Bytes => {
      const isLeaf = depth === 0 || random.below(3) === 0
      if (isLeaf)
        return tlv(
          random.pick([random.below(0x1f), 0x80 | random.below(4), 0x1a, 0x18, 0x17]),
          random.bytes(random.below(20)),
        )
      return tlv(
        random.pick([0x30, 0x31, 0xa0, 0x28]),
        ...Array.from({ length: random.below(4) }, () => tree(depth - 1)),
      )
    }
    for (let round = 0; round < drawn(3000); round++) {
      const input = tlv(0x30, tree(3), tree(2))
      expect(typeof (await explain(input, { now })).kind).toBe('string')
    }
  })

  test('too large', async () => {
    for (const large of [new Uint8Array(64 * 1024 * 1024), 'x'.repeat(64 * 1024 * 1024)]) {
      const before = process.cpuUsage()
      expect((await explain(large, { now })).summary).toMatch(/not looked at/)
      const { user, system } = process.cpuUsage(before)
      expect(user + system).toBeLessThan(30_000)
    }
    expect((await explain('\u00fc'.repeat(17 * 1024 * 1024), { now })).summary).toMatch(/not looked at/)
  })

  test('names that would play with a terminal', async () => {
    const subject = distinguishedName([['CN', 'a\u001b[2J\u202eb']])
    const { der } = await createCsr({ privateKey, subject })
    const { summary } = await explain(der, { now })
    expect(summary).not.toContain('\u001b')
    expect(summary).not.toContain('\u202e')
  })
})

describeWithFixtures('recorded artefacts', () => {
  test.each([
    ['scep/smallstep__scep/PKCSReq.der', 'scep-message'],
    ['apns/micromdm__nanomdm/push.pem', 'certificate'],
    ['dep-token/petarov__apple-mdm-clients/apple-mdm-client-tests-1-server-token.p7m', 'cms-enveloped'],
  ])('%s', async (file, kind) => {
    expect((await explain(fixture(file), { now })).kind).toBe(kind)
  })

  test('every recorded SCEP message', async () => {
    const kinds = new Map<string, number>()
    for (const file of listWire('', /PKIOperation\.(req|rsp)\.der$/)) {
      const { kind, findings } = await explain(wire(file), { now })
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      expect(findings.filter((finding) => finding.kind === 'signature-invalid')).toEqual([])
    }
    expect(Object.fromEntries(kinds)).toEqual({ 'scep-message': 278 })
  })

  test('revocation lists, identities, profiles, provisioning profiles', async () => {
    const kindsOf = async (folder: string, pattern: RegExp) => {
      const kinds = new Set<string>()
      for (const file of listFixtures(folder, pattern)) kinds.add((await explain(fixture(file), { now })).kind)
      return [...kinds].sort()
    }
    expect(await kindsOf('pkits/NIST__PKITS/crls', /Good/)).toEqual(['crl'])
    expect(await kindsOf('pkcs12/RustCrypto__formats', /example[2-4]\.pfx$/)).toEqual(['pkcs12'])
    expect(await kindsOf('profiles-signed/paulmillr__encrypted-dns', /\.mobileconfig$/)).toEqual([
      'configuration-profile',
    ])
    expect(await kindsOf('provisioning/fastlane__fastlane', /\.mobileprovision$/)).toContain('provisioning-profile')
  })

  test('every plain profile and check-in is told for what it is', async () => {
    for (const file of listFixtures('mdm-plist', /TokenUpdate.*\.plist$/)) {
      const { kind } = await explain(fixture(file), { now })
      expect(['checkin', 'plist'], file).toContain(kind)
    }
  })
})

describe('what else it is', () => {
  test('a public key', async () => {
    const { kind, summary } = await explain(ca.publicKey, { now })
    expect([kind, summary]).toEqual(['public-key', 'Public key: RSA, 2048 bits'])
  })

  test('ASN.1 of no known kind, as a tree with the names of its types', async () => {
    const { kind, fields } = await explain(
      '30160603550403 0c0161 0101ff 020105 8001aa a103020107'.replaceAll(' ', ''),
      { now },
    )
    expect(kind).toBe('asn1')
    const three = '3 octets'
    expect(fields[1]).toEqual({
      name: 'SEQUENCE',
      value: '',
      children: [
        { name: 'OBJECT IDENTIFIER', value: 'commonName' },
        { name: 'UTF8String', value: 'a' },
        { name: 'BOOLEAN', value: 'true' },
        { name: 'INTEGER', value: three },
        { name: '[0]', value: three },
        { name: '[1]', value: '', children: [{ name: 'INTEGER', value: three }] },
      ],
    })
  })

  test('of a large tree the first 500 values', async () => {
    const { fields } = await explain(tlv(0x30, ...Array.from({ length: 600 }, () => tlv(0x05))), { now })
    const names = (fields[0]?.children ?? []).map(({ name }) => name)
    expect([names.length, names.at(-2), names.at(-1)]).toEqual([500, 'NULL', '…'])
  })

  test('no bytes, and what a server can do besides', async () => {
    expect(await explain(new Uint8Array(), { now })).toMatchObject({ kind: 'unknown', summary: 'Nothing: no bytes.' })
    const caps = async (text: string) => (await explain(text, { now })).fields.map(({ name, value }) => [name, value])
    expect(await caps('AES\nFrobnicate\nWhistle')).toEqual([
      ['known', 'AES'],
      ['not known', 'Frobnicate, Whistle'],
    ])
    expect(await caps('AES\nSHA-256')).toEqual([['known', 'AES, SHA-256']])
  })

  test('the nonces of a SCEP message, and one that is not there', async () => {
    const attributes = [
      ...usualAttributes(new Uint8Array()),
      ...scepAttributes({ type: printable('3'), pkiStatus: printable('3') }),
    ]
    const { kind, fields } = await explain(
      craftMessage({ content: new Uint8Array(), signer: device, signing: { attributes } }),
      { now },
    )
    expect(kind).toBe('scep-message')
    expect(valueOf(fields, 'senderNonce')).toBe('16 octets')
    expect(valueOf(fields, 'recipientNonce')).toBe('missing')
  })

  test('a signature without attributes', async () => {
    const text = await buildMdmSignature(new Uint8Array(3), identity, { style: 'macos' })
    const { kind, fields } = await explain(text, { now })
    expect(kind).toBe('cms-signed')
    expect(valueOf(fields, 'signed attributes')).toBe('none')
    expect(valueOf(fields, 'signing time (its own claim)')).toBeUndefined()
  })

  test('signatures around signatures, four deep and no deeper', async () => {
    let message = encodePlist({ a: 1 })
    for (let depth = 0; depth < 4; depth++) message = await signCms(message, identity, { now })
    expect((await explain(message, { now })).kind).toBe('plist')
    expect((await explain(await signCms(message, identity, { now }), { now })).kind).toBe('cms-signed')
  })

  test('texts around a certificate, four deep and no deeper', async () => {
    let text = encodeBase64(ca.der)
    for (let depth = 1; depth < 4; depth++) text = encodeBase64(new TextEncoder().encode(text))
    expect((await explain(text, { now })).kind).toBe('certificate')
    expect((await explain(encodeBase64(new TextEncoder().encode(text)), { now })).kind).toBe('unknown')
  })

  test('a digest and a signature that nobody knows', async () => {
    const content = new Uint8Array(3)
    const algorithmOfNobody = algorithm('2a0304')
    const signing = { signatureAlgorithm: algorithmOfNobody, digestAlgorithm: algorithmOfNobody }
    const one = craftSigner(content, { certificate: device.certificate, key: device.raw.privateKey, ...signing })
    const { fields } = await explain(craftSigned({ content, signers: [one] }), { now })
    expect([valueOf(fields, 'digest'), valueOf(fields, 'signature')]).toEqual(['unknown', 'unknown'])
  })

  test('a report that is not well formed', async () => {
    const kinds = async (report: object) => {
      const { kind, findings } = await explain(encodePlist({ UDID: 'U', CommandUUID: 'C', ...report }), { now })
      return [kind, ...findings.map((found) => `${found.level} ${found.kind}`)]
    }
    expect(await kinds({ Status: 'Acknowledged' })).toEqual(['command-report'])
    expect(await kinds({ Status: 'Acknowledged', ErrorChain: 'x', CommandUUID: 5 })).toEqual([
      'command-report',
      'error report-invalid',
    ])
  })

  test('a certificate without other names has no line for them', async () => {
    expect(valueOf((await explain(ca.der, { now })).fields, 'subject alternative names')).toBeUndefined()
  })

  test('a provisioning profile past its end, which is an error', async () => {
    const file = encodePlist({
      UUID: 'A',
      Name: 'x',
      CreationDate: new Date('2025-01-01'),
      ExpirationDate: now,
      TeamIdentifier: ['A1B2C3D4E5'],
      DeveloperCertificates: [],
      Entitlements: { 'get-task-allow': true },
    })
    const { kind, fields, findings } = await explain(await signCms(file, identity, { now }), { now })
    expect(kind).toBe('provisioning-profile')
    expect(valueOf(fields, 'get-task-allow')).toBe('true')
    expect(findings.map((found) => [found.kind, found.level, found.since])).toEqual([['expired', 'error', now]])
  })
})
