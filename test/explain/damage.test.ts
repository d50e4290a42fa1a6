import { generateKeyPairSync, sign } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { decodeHex, encodeHex } from '../../src/bytes/hex.js'
import { writePem } from '../../src/asn1/pem.js'
import { concatBytes } from '../../src/bytes/bytes.js'
import { buildCertificateBag, buildCrlBag } from '../../src/cms/certificate-bag.js'
import { encryptCms } from '../../src/cms/encrypt.js'
import { signCms } from '../../src/cms/sign.js'
import { explain } from '../../src/explain/explain.js'
import type { Explanation, ExplanationField } from '../../src/explain/explanation.js'
import { buildPkcs12 } from '../../src/pkcs12/build.js'
import { buildCrl } from '../../src/x509/crl-build.js'
import { createCsr } from '../../src/x509/csr.js'
import { distinguishedName } from '../../src/x509/name.js'
import { toPem } from '../../src/x509/pem.js'
import type { Bytes } from '../../src/types.js'
import { NOW as now } from '../cms/entities.js'
import { ca, craftMessage, device, envelope, enrolled, type Fields, NONCE, printable } from '../scep/pki-message.js'
import { hex, indefinite, tlv } from '../support/asn1.js'
import { rsaKey } from '../support/rsa-keys.js'

const privateKey = rsaKey(0).pkcs8
const content = new TextEncoder().encode('a plain text')
const found = ({ findings }: Explanation): readonly string[] => findings.map(({ level, kind }) => `${level} ${kind}`)
const told = async (input: Uint8Array | string, at: Date = now): Promise<readonly [string, readonly string[]]> => {
  const explanation = await explain(input, { now: at })
  return [explanation.kind, found(explanation)]
}
const names = (fields: readonly ExplanationField[]): readonly string[] =>
  fields.flatMap(({ name, children }) => [name, ...names(children ?? [])])

/** The bytes with the first place that reads `from` reading `to`, both in hex; there has to be one. */
function altered(bytes: Uint8Array, from: string, to: string): Bytes {
  const text = encodeHex(bytes)
  expect(text).toContain(from)
  return decodeHex(text.replace(from, to))!
}

/** notBefore of `der` in a month that no year has. */
function withBadDate(message: Uint8Array): Bytes {
  return altered(message, dateOf(ca.certificate.notBefore), `${dateOf(ca.certificate.notBefore).slice(0, 8)}3939`)
}
function dateOf(date: Date): string {
  return encodeHex(new TextEncoder().encode(date.toISOString().slice(2, 10).replaceAll('-', ''))).slice(0, 12)
}

let csr: Bytes
let bag: Bytes
let signed: Bytes

beforeAll(async () => {
  csr = (await createCsr({ privateKey, subject: distinguishedName([['CN', 'd']]), challengePassword: 'sesame' })).der
  bag = buildCertificateBag([ca.certificate])
  signed = await signCms(content, ca, { now })
})

test('what is sound has no findings', async () => {
  expect(await told(ca.certificate.der)).toEqual(['certificate', []])
  expect(await told(bag)).toEqual(['certificate-bag', []])
  expect(await told(signed)).toEqual(['cms-signed', []])
  expect(await told(csr)).toEqual(['certificate-request', []])
})

describe('a signature that cannot be checked is not called broken', () => {
  test('a request for an Ed25519 key', async () => {
    const keys = generateKeyPairSync('ed25519')
    const spki = new Uint8Array(keys.publicKey.export({ format: 'der', type: 'spki' }))
    const info = tlv(0x30, hex('020100'), tlv(0x30), spki, tlv(0xa0))
    const signature = new Uint8Array(sign(null, info, keys.privateKey))
    const request = tlv(0x30, info, hex('300506032b6570'), tlv(0x03, Uint8Array.of(0), signature))
    expect(await told(request)).toEqual(['certificate-request', ['info signature-not-checked']])
  })

  test('a request for a key on a curve of others', async () => {
    const keys = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    const spki = new Uint8Array(keys.publicKey.export({ format: 'der', type: 'spki' }))
    const info = tlv(0x30, hex('020100'), tlv(0x30), spki, tlv(0xa0))
    const signature = new Uint8Array(sign('sha256', info, keys.privateKey))
    const request = tlv(0x30, info, hex('300a06082a8648ce3d040302'), tlv(0x03, Uint8Array.of(0), signature))
    expect(await told(request)).toEqual(['certificate-request', ['info signature-not-checked']])
  })

  test('a message over SHA-224', async () => {
    const message = decodeHex(encodeHex(signed).replaceAll('0609608648016503040201', '0609608648016503040204'))!
    const { findings } = await explain(message, { now })
    expect(findings.map(({ kind, level }) => [level, kind])).toEqual([['info', 'signature-not-checked']])
    expect(findings[0]?.message).toMatch(/^The signature was not checked: .*digest/)
  })

  test('a message by a key of an algorithm of others', async () => {
    const rsa = '06092a864886f70d010101'
    // The key of the certificate, which has parameters behind the OID as the SignerInfo has, and a BIT STRING behind that.
    const message = altered(signed, `${rsa}050003`, '06092a864886f70d01010f050003')
    const { findings } = await explain(message, { now })
    expect(findings.map(({ kind }) => kind)).toEqual(['signature-not-checked'])
  })

  test('a message without what was signed', async () => {
    const detached = await signCms(content, ca, { now, detached: true })
    expect(await told(detached)).toEqual(['cms-signed', ['info signature-not-checked']])
  })
})

describe('damage inside a message', () => {
  test('a certificate of a bag', async () => {
    const explanation = await explain(withBadDate(buildCertificateBag([ca.certificate])), { now })
    expect(explanation.summary).toContain('1 certificate,')
    expect(found(explanation)).toEqual(['error certificate-unreadable'])
  })

  test('one of two certificates hides the other one no more', async () => {
    const two = buildCertificateBag([ca.certificate, enrolled.certificate])
    const explanation = await explain(withBadDate(two), { now })
    expect(explanation.summary).toContain('2 certificates')
    expect(explanation.fields.map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'certificate: cannot be read',
      'certificate: Certificate of CN=enrolled,O=Example',
    ])
    expect(found(explanation)).toEqual(['error certificate-unreadable'])
  })

  test('the certificate of the signer', async () => {
    expect(await told(withBadDate(signed))).toEqual([
      'cms-signed',
      ['error certificate-unreadable', 'info signature-not-checked'],
    ])
  })

  test('the signer that is not there is no damage', async () => {
    const message = craftMessage({ content, signer: ca, around: { certificates: [] } })
    expect((await told(message))[1]).toContain('info signer-absent')
  })

  test('a revocation list of a bag, and one that is out of date', async () => {
    const dates = { thisUpdate: new Date('2026-05-01'), nextUpdate: new Date('2026-05-08') }
    const crl = await buildCrl({ revoked: [], number: '01', ...dates }, ca)
    const within = new Date('2026-05-02')
    expect(await told(crl, within)).toEqual(['crl', []])
    expect(await told(crl, new Date('2026-05-09'))).toEqual(['crl', ['error expired']])
    expect(await told(crl, new Date('2026-04-09'))).toEqual(['crl', ['error not-yet-valid']])
    expect(await told(buildCrlBag(crl), within)).toEqual(['certificate-bag', []])
    expect(await told(buildCrlBag(crl), new Date('2026-05-09'))).toEqual(['certificate-bag', ['error expired']])
    const day = encodeHex(new TextEncoder().encode('260501'))
    const damaged = altered(buildCrlBag(crl), day, day.replace(/3531$/, '3939').replace(/3031$/, '3939'))
    expect(await told(damaged, within)).toEqual(['certificate-bag', ['error crl-unreadable']])
  })

  test('a cipher that nobody knows: still an encrypted message', async () => {
    const sealed = await encryptCms(content, [ca.certificate], { cipher: 'AES-128-CBC' })
    const explanation = await explain(altered(sealed, '0609608648016503040102', '060960864801650304017e'), { now })
    expect([explanation.kind, found(explanation)]).toEqual(['cms-enveloped', ['error unreadable']])
    expect(names(explanation.fields)).toContain('INTEGER')
  })

  test('no message inside', async () => {
    const message = tlv(0x30, hex('06092a864886f70d010702'), tlv(0xa0, tlv(0x30, hex('020101'))))
    expect(await told(message)).toEqual(['cms-signed', ['error unreadable']])
  })
})

describe('a SCEP message', () => {
  const status = (text: string): Fields => ({
    type: printable('3'),
    recipientNonce: tlv(0x04, NONCE),
    pkiStatus: printable(text),
  })

  test.each<readonly [string, Fields, readonly string[]]>([
    ['PENDING', status('3'), []],
    ['a status that no answer has', status('7'), ['error status-unknown']],
    ['no status', { ...status('3'), pkiStatus: null }, ['error status-string-type', 'error status-unknown']],
    ['no recipientNonce', { ...status('3'), recipientNonce: null }, ['error recipient-nonce']],
    ['no senderNonce', { ...status('3'), senderNonce: null }, ['warning sender-nonce']],
    ['FAILURE without a reason', status('2'), ['warning fail-info']],
    ['SUCCESS without an envelope', status('0'), ['error envelope-unreadable']],
  ])('an answer: %s', async (_, fields, expected) => {
    const message = craftMessage({ content: new Uint8Array(0), signer: ca, fields })
    expect(await told(message)).toEqual(['scep-message', expected])
  })

  test('an answer without content is checked as one with an empty one', async () => {
    const message = craftMessage({ content: null, signer: ca, fields: status('3') })
    expect(await told(message)).toEqual(['scep-message', ['warning content-absent']])
  })

  test('a request, with an envelope and without', async () => {
    const whole = craftMessage({ content: await envelope(content), signer: device })
    expect(await told(whole)).toEqual(['scep-message', []])
    const empty = craftMessage({ content: new Uint8Array(0), signer: device })
    expect(await told(empty)).toEqual(['scep-message', ['error envelope-unreadable']])
  })

  test('attributes that are not as they have to be', async () => {
    const message = craftMessage({ content, signer: ca, fields: { senderNonce: printable('x') } })
    expect(await told(message)).toEqual(['cms-signed', ['error unreadable']])
  })
})

describe('damage of what is not signed by a message', () => {
  const rsa = '06092a864886f70d0101010500'

  test('a key and extensions that cannot be read', async () => {
    // An exponent of 1, and of key usage another type.
    const withKey = altered(enrolled.certificate.der, '0203010001', '0203000001')
    expect((await told(withKey))[1]).toContain('error key-unreadable')
    const withExtension = altered(enrolled.certificate.der, '0603551d0f0101ff040403', '0603551d0f0101ff040404')
    expect((await told(withExtension))[1]).toContain('error extensions-unreadable')
  })

  test('in a bag it is found as well', async () => {
    const { certificate } = enrolled
    expect(await told(altered(buildCertificateBag([certificate]), '0203010001', '0203000001'))).toEqual([
      'certificate-bag',
      ['error key-unreadable'],
    ])
  })

  test('a certificate, with the tree of what there is', async () => {
    for (const damaged of [withBadDate(ca.certificate.der), toPem('CERTIFICATE', withBadDate(ca.certificate.der))]) {
      const explanation = await explain(damaged, { now })
      expect(explanation.kind).toBe('certificate')
      expect(explanation.summary).toMatch(/^Certificate that cannot be read, \d+ octets$/)
      expect(found(explanation)).toEqual(['error unreadable'])
    }
  })

  test('PEM whose content is nothing of its label', async () => {
    const { der } = ca.certificate
    const damaged = altered(der, encodeHex(der.subarray(0, 4)), '00000000')
    for (const [inside, label, kind] of [
      [new Uint8Array(0), 'CERTIFICATE', 'unknown'],
      [new Uint8Array(3), 'CERTIFICATE', 'unknown'],
      [damaged, 'CERTIFICATE', 'unknown'],
      [damaged, 'SOMETHING ELSE', 'unknown'],
      [hex('3003020101'), 'CERTIFICATE REQUEST', 'asn1'],
    ] as const) {
      const { kind: shown, summary, findings } = await explain(writePem(label, inside), { now })
      expect([shown, summary]).toEqual([
        kind,
        `PEM labelled ${label} that cannot be read, ${String(inside.length)} octets`,
      ])
      expect(findings).toMatchObject([{ kind: 'unreadable', level: 'error' }])
      expect(findings[0]?.message).toContain(`labelled ${label},`)
    }
    const bundle = writePem('CERTIFICATE', der) + writePem('CERTIFICATE', damaged)
    expect(await told(bundle)).toEqual(['pem-bundle', ['error unreadable']])
  })

  test('PEM with a tree of what there is', async () => {
    expect(await told(writePem('DH PARAMETERS', hex('3003020101')))).toEqual(['asn1', []])
    const cut = ca.certificate.der.subarray(0, 40)
    expect(await told(writePem('CERTIFICATE', cut))).toEqual(['asn1', ['error cut-short']])
  })

  test('a revocation list, a public key', async () => {
    const dates = { thisUpdate: new Date('2026-05-01'), nextUpdate: new Date('2026-05-08') }
    const crl = await buildCrl({ revoked: [], number: '01', ...dates }, ca)
    const day = encodeHex(new TextEncoder().encode('260501'))
    expect(await told(altered(crl, day, `${day.slice(0, 8)}3939`))).toEqual(['crl', ['error unreadable']])
    const key = altered(ca.certificate.publicKey, '0203010001', '0203000001')
    expect(await told(key)).toEqual(['public-key', ['error unreadable']])
  })

  test('a request, a private key, an identity: named, and nothing of them shown', async () => {
    const identity = await buildPkcs12({ privateKey, certificate: ca.certificate }, 'pass', { iterations: 1 })
    const sequence = (bytes: Uint8Array): string => encodeHex(bytes.subarray(0, 4))
    for (const [damaged, kind] of [
      [altered(csr, '06092a864886f70d010907', '05092a864886f70d010907'), 'certificate-request'],
      [altered(privateKey, rsa, '06092a864886f70d01010f0500'), 'private-key'],
      [altered(identity, `${sequence(identity)}020103`, `${sequence(identity)}020104`), 'pkcs12'],
    ] as const) {
      const explanation = await explain(damaged, { now })
      expect([explanation.kind, explanation.fields, found(explanation)]).toEqual([kind, [], ['error unreadable']])
    }
  })
})

describe('another length than it says', () => {
  test.each([
    ['a line end', '\n', 'It is followed by 1 other byte.'],
    ['other bytes', '\0\0\0', 'It is followed by 3 other bytes.'],
  ])('followed by %s', async (_, more, message) => {
    const behind = new TextEncoder().encode(more)
    for (const [whole, kind] of [
      [ca.certificate.der, 'certificate'],
      [signed, 'cms-signed'],
      [indefinite(0x30, hex('020101'), indefinite(0x30, hex('0500'))), 'asn1'],
    ] as const) {
      const input = concatBytes([whole, behind])
      for (const form of [input, encodeHex(input)]) {
        const explanation = await explain(form, { now })
        expect([explanation.kind, found(explanation)]).toEqual([kind, ['error trailing-bytes']])
        expect(explanation.findings[0]?.message).toBe(message)
      }
    }
  })

  test('cut short, with what is there', async () => {
    const { der } = ca.certificate
    for (const [whole, kind] of [
      [der, 'certificate'],
      [signed, 'cms-signed'],
    ] as const) {
      const length = whole.length - 5
      const explanation = await explain(whole.subarray(0, length), { now })
      expect(explanation.findings[0]).toMatchObject({
        kind: 'cut-short',
        level: 'error',
        message: `It is cut short: ${length} of ${whole.length} octets.`,
      })
      expect(['asn1', kind]).toContain(explanation.kind)
      expect(names(explanation.fields)).toContain('OBJECT IDENTIFIER')
    }
  })

  test('at every place', async () => {
    for (let length = 4; length < ca.certificate.der.length; length += 7) {
      const { findings } = await explain(ca.certificate.der.subarray(0, length), { now })
      expect(findings[0]?.kind, String(length)).toBe('cut-short')
    }
    for (const end of [4, 8, 20]) expect((await told(encodeHex(csr.subarray(0, end))))[1]).toContain('error cut-short')
  })

  test('of the size that it has, not of what could be put together from it', async () => {
    const answer = craftMessage({ content: await envelope(new Uint8Array(900)), signer: ca })
    const identity = await buildPkcs12({ privateKey, certificate: ca.certificate }, 'pass', { iterations: 1 })
    for (const [whole, length, kind] of [
      [answer, 900, 'cms-signed'],
      [await encryptCms(content, [ca.certificate]), 100, 'cms-enveloped'],
      [identity, identity.length - 5, 'pkcs12'],
      [ca.certificate.der, 600, 'asn1'],
    ] as const) {
      const explanation = await explain(whole.subarray(0, length), { now })
      expect([explanation.kind, explanation.summary]).toEqual([kind, expect.stringMatching(` ${length} octets$`)])
    }
  })

  test('of no length that is stated', async () => {
    const message = indefinite(0x30, hex('020101'), indefinite(0x30, hex('0500')))
    const { kind, findings } = await explain(message.subarray(0, message.length - 3), { now })
    expect([kind, findings.map((one) => one.message)]).toEqual(['asn1', ['It is cut short: 10 octets.']])
  })

  test.each([
    ['a text', '0123456789 is how one counts'],
    ['a text that says something', '0 is nothing; with more of it there would be something'],
    ['a word of base64', 'MDM server says hello to you'],
    ['bytes of no form', Uint8Array.from({ length: 90 }, (_, at) => (at === 0 ? 0x30 : (at * 97) % 256))],
  ])('%s is none', async (_, input) => {
    expect(await told(input)).toEqual(['unknown', []])
  })
})
