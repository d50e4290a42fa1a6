import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { encodeTree } from '../../src/asn1/der-writer.js'
import {
  certificateFingerprint,
  formatName,
  nameAttribute,
  parseCertificate,
  parseCertificates,
  readExtensions,
  toPem,
} from '../../src/x509.js'
import type { Bytes, Certificate } from '../../src/types.js'
import { certificateParts, issuerAndSerialTree } from '../../src/x509/certificate.js'
import { hex, tlv } from '../support/asn1.js'
import { expectRefusal, expectRejection, flips, growth, outcomes, truncations } from '../support/hostile.js'
import { rsaKeyOf } from '../support/rsa-keys.js'
import { craft, craftCn, craftDer, craftKey, craftName, DER, joined, text } from './craft.js'

const key = craftKey()
const plain = craftDer({ extensions: [DER.basicConstraintsCa, DER.keyCertSign] }, key)
const pem = toPem('CERTIFICATE', plain)

test('what is signed is that of the certificate, whatever stands on the prototype of objects', () => {
  const names = ['tbs', 'spki', 'key', 'signatureAlgorithm', 'extensions', 'notAfter', 'foldedSubject'] as const
  const { tbs, spki, key: publicKey } = certificateParts(parseCertificate(plain))
  try {
    for (const name of names) Object.defineProperty(Object.prototype, name, { value: 'mine', configurable: true })
    const parts = certificateParts(parseCertificate(plain))
    expect([parts.tbs, parts.spki, parts.key]).toEqual([tbs, spki, publicKey])
    expect([parts.extensions, parts.notAfter, parts.foldedSubject, parts.signatureAlgorithm]).not.toContain('mine')
  } finally {
    for (const name of names) Reflect.deleteProperty(Object.prototype, name)
  }
})

describe('what a certificate comes in', () => {
  test('DER', () => {
    const certificate = parseCertificate(plain)
    expect(certificate.der).toEqual(plain)
    expect(certificate.serialNumber).toBe('01')
    expect(formatName(certificate.issuer)).toBe('CN=issuer')
    expect(formatName(certificate.subject)).toBe('CN=subject')
    expect(certificate.notBefore.toISOString()).toBe('2020-01-01T00:00:00.000Z')
    expect(certificate.notAfter.toISOString()).toBe('2040-01-01T00:00:00.000Z')
    expect(certificate.publicKey).toEqual(key.spki)
    expect(certificate.extensions.map(({ oid, critical }) => [oid, critical])).toEqual([
      ['2.5.29.19', true],
      ['2.5.29.15', true],
    ])
  })

  test.each([
    ['one', 'one'],
    ['one', 'two'],
    ['two', 'one'],
    ['one', 'ones'],
    ['', 'x'],
  ])('issuer "%s", subject "%s"', (issuer, subject) => {
    const certificate = parseCertificate(craftDer({ issuer: craftCn(issuer), subject: craftCn(subject) }, key))
    expect(formatName(certificate.issuer)).toBe(`CN=${issuer}`)
    expect(formatName(certificate.subject)).toBe(`CN=${subject}`)
  })

  test('PEM, as text and as bytes, with text around it and any line ends', () => {
    for (const form of [pem, `Subject: x\n${pem}rest`, pem.replaceAll('\n', '\r\n'), text(pem), text(`x\n${pem}`)])
      expect(parseCertificate(form).der).toEqual(plain)
    expect(parseCertificate(pem.replaceAll('CERTIFICATE', 'X509 CERTIFICATE')).der).toEqual(plain)
  })

  test('its bytes are a copy', () => {
    const given = plain.slice()
    const certificate = parseCertificate(given)
    given.fill(0)
    expect(certificate.der).toEqual(plain)
  })

  test('a private key beside it in the PEM is passed over', () => {
    expect(parseCertificate(`${toPem('PRIVATE KEY', key.pkcs8)}${pem}`).der).toEqual(plain)
  })

  test('refuses no block, two blocks, and another label', () => {
    expectRefusal(() => parseCertificate('nothing'), 'ERR_ENCODING', /exactly one PEM block/)
    expectRefusal(() => parseCertificate(pem + pem), 'ERR_ENCODING', /exactly one PEM block/)
    expectRefusal(() => parseCertificate(toPem('PUBLIC KEY', plain)), 'ERR_ENCODING', /exactly one PEM block/)
    expectRefusal(() => parseCertificate(text('nothing')), 'ERR_ENCODING', /DER/)
  })

  test('refuses what is neither bytes nor text', () => {
    for (const wrong of [null, undefined, 1, {}, [0x30]])
      expectRefusal(() => parseCertificate(wrong as never), 'ERR_INVALID_ARGUMENT')
  })

  test('several in one PEM, in their order', () => {
    const other = craftDer({ subject: craftCn('other') }, key)
    const list = parseCertificates(`${toPem('CERTIFICATE', other)}${toPem('PRIVATE KEY', key.pkcs8)}${pem}`)
    expect(list.map(({ der }) => der)).toEqual([other, plain])
  })

  test('an empty text holds none, a text of something else is an error', () => {
    expect(parseCertificates(' \n')).toEqual([])
    expectRefusal(() => parseCertificates('hello'), 'ERR_ENCODING', /no PEM block/)
    expectRefusal(() => parseCertificates(toPem('PRIVATE KEY', key.pkcs8)), 'ERR_ENCODING', /no PEM block/)
    expectRefusal(() => parseCertificates(plain as unknown as string), 'ERR_INVALID_ARGUMENT')
  })
})

describe('odd but real certificates are read', () => {
  test('serial numbers that are negative, long, or start with a high bit', () => {
    expect(craft({ serial: hex('ff') }, key).serialNumber).toBe('-01')
    expect(craft({ serial: hex('80') }, key).serialNumber).toBe('-80')
    expect(craft({ serial: hex('00c0ffee') }, key).serialNumber).toBe('c0ffee')
    expect(craft({ serial: hex('7f'.repeat(32)) }, key).serialNumber).toBe('7f'.repeat(32))
    expect(craft({ serial: hex('00') }, key).serialNumber).toBe('00')
  })

  test('version 1, left out or written out, and version 2 with unique identifiers', () => {
    expect(craft({ version: null }, key).extensions).toEqual([])
    expect(craft({ version: hex('a003020100') }, key).extensions).toEqual([])
    const ids = [tlv(0x81, hex('0001')), tlv(0x82, hex('0002'))]
    expect(craft({ version: hex('a003020101'), uniqueIds: ids }, key).extensions).toEqual([])
    // OpenSCEP's version 3.
    expect(craft({ version: hex('a003020103') }, key).extensions).toEqual(craft({}, key).extensions)
    expect(craft({ uniqueIds: ids, extensions: [DER.keyCertSign] }, key).extensions).toHaveLength(1)
  })

  test('inner and outer algorithm that differ in NULL alone (macOS "MDM SCEP SIGNER")', () => {
    const rsa = rsaKeyOf(1024)
    expect(craft({ innerAlgorithm: DER.sha256RsaBare }, rsa).serialNumber).toBe('01')
    expect(craft({ innerAlgorithm: DER.sha256Rsa, outerAlgorithm: DER.sha256RsaBare }, rsa).serialNumber).toBe('01')
  })

  test('RSA keys of 512 bits and with the exponents 3 and 17', () => {
    expect(craft({ spki: rsaKeyOf(512).spki }, key).publicKey).toHaveLength(94)
    for (const exponent of [3, 17]) expect(certificateParts(craft({}, rsaKeyOf(1024, exponent))).key.kind).toBe('RSA')
  })

  test('an empty subject, an empty country, two attributes in one RDN', () => {
    expect(craft({ subject: hex('3000') }, key).subject).toEqual([])
    expect(craft({ subject: craftName(['550406', 0x13, '']) }, key).subject).toEqual([[{ type: 'C', value: '' }]])
    const [cn, c] = [craftCn('x'), craftName(['550406', 0x13, 'DE'])].map((name) => name.subarray(4))
    const subject = tlv(0x30, tlv(0x31, c as Bytes, cn as Bytes))
    expect(formatName(craft({ subject }, key).subject)).toBe('C=DE+CN=x')
  })

  test('Teletex, BMP and Universal strings, and characters outside of a PrintableString', () => {
    const subject = craftName(
      ['550403', 0x14, hex('4dfc6c6c6572')],
      ['55040a', 0x1e, hex('00c4003120ac')],
      ['55040b', 0x1c, hex('000000410001f600')],
      ['55040b', 0x13, 'a@b*_'],
      ['55040b', 0x12, '12'],
    )
    const name = craft({ subject }, key).subject
    expect(name.flat().map(({ value }) => value)).toEqual(['Müller', 'Ä1€', 'A😀', 'a@b*_', '12'])
  })

  test('times with an offset, without seconds, beyond 2049, and one equal to the other', () => {
    const at = (notBefore: Bytes, notAfter: Bytes): readonly string[] => {
      const certificate = craft({ notBefore, notAfter }, key)
      return [certificate.notBefore.toISOString(), certificate.notAfter.toISOString()]
    }
    const utc = (digits: string): Bytes => tlv(0x17, text(digits))
    const general = (digits: string): Bytes => tlv(0x18, text(digits))
    expect(at(utc('160531120000-0400'), utc('491231235959Z'))).toEqual([
      '2016-05-31T16:00:00.000Z',
      '2049-12-31T23:59:59.000Z',
    ])
    expect(at(utc('500101000000Z'), general('20500101000000Z'))).toEqual([
      '1950-01-01T00:00:00.000Z',
      '2050-01-01T00:00:00.000Z',
    ])
    expect(at(utc('2402290000Z'), utc('240229000000Z'))[0]).toBe('2024-02-29T00:00:00.000Z')
    expect(at(general('99991231235959Z'), general('99991231235959Z'))[1]).toBe('9999-12-31T23:59:59.000Z')
  })

  test('`critical FALSE` and `cA FALSE` written out', () => {
    const extension = hex('300f 0603551d13 010100 0405 3003 010100')
    const certificate = craft({ extensions: [extension] }, key)
    expect(certificate.extensions[0]?.critical).toBe(false)
    expect(readExtensions(certificate.extensions).basicConstraints).toEqual({ ca: false, pathLength: null })
  })

  test('keys of an unknown algorithm, and keys that are malformed: only their use fails', () => {
    const ed25519 = hex(`302a300506032b6570032100${'11'.repeat(32)}`)
    expect(certificateParts(craft({ spki: ed25519 }, key)).key.kind).toBe('other')
    const even = hex('301f300d06092a864886f70d0101010500030e00300b0204 40000002 0203010001')
    const certificate = craft({ spki: even }, key)
    expectRefusal(() => certificateParts(certificate).key, 'ERR_CERTIFICATE_INVALID', /even/)
  })
})

describe('refuses', () => {
  const wrong = (field: string, code: 'ERR_CERTIFICATE_INVALID' | 'ERR_ENCODING', reason: RegExp, der: () => Bytes) =>
    [field, code, reason, der] as const

  test.each([
    wrong('an extension twice', 'ERR_CERTIFICATE_INVALID', /one extension twice/, () =>
      craftDer({ extensions: [DER.keyCertSign, DER.keyCertSign] }, key),
    ),
    wrong('extensions in version 1', 'ERR_CERTIFICATE_INVALID', /need version 3/, () =>
      craftDer({ version: null, extensions: [DER.keyCertSign] }, key),
    ),
    wrong('an empty list of extensions', 'ERR_CERTIFICATE_INVALID', /extensions is missing/, () =>
      craftDer({ uniqueIds: [hex('a3023000')] }, key),
    ),
    wrong('an unknown version', 'ERR_CERTIFICATE_INVALID', /version is unknown/, () =>
      craftDer({ version: hex('a003020104') }, key),
    ),
    wrong('two signature algorithms', 'ERR_CERTIFICATE_INVALID', /not the one outside/, () =>
      craftDer({ innerAlgorithm: DER.sha1Ecdsa }, key),
    ),
    wrong('a serial number that is not minimal', 'ERR_ENCODING', /not minimal/, () =>
      craftDer({ serial: hex('0001') }, key),
    ),
    wrong('an empty serial number', 'ERR_ENCODING', /empty INTEGER/, () => craftDer({ serial: hex('') }, key)),
    wrong('a time that does not exist', 'ERR_ENCODING', /notAfter is a time that does not exist/, () =>
      craftDer({ notAfter: tlv(0x17, text('250229000000Z')) }, key),
    ),
    wrong('a date that is no time', 'ERR_CERTIFICATE_INVALID', /notBefore/, () =>
      craftDer({ notBefore: tlv(0x13, text('250228000000Z')) }, key),
    ),
    wrong('an empty RDN', 'ERR_CERTIFICATE_INVALID', /subject is missing/, () =>
      craftDer({ subject: hex('30023100') }, key),
    ),
    wrong('UTF-8 that is not UTF-8', 'ERR_ENCODING', /subject is not UTF-8/, () =>
      craftDer({ subject: craftName(['550403', 0x0c, hex('ff')]) }, key),
    ),
    wrong('half a BMP character', 'ERR_ENCODING', /inside a character/, () =>
      craftDer({ subject: craftName(['550403', 0x1e, hex('0041 00')]) }, key),
    ),
    wrong('a character that does not exist', 'ERR_ENCODING', /does not exist/, () =>
      craftDer({ subject: craftName(['550403', 0x1c, hex('00110000')]) }, key),
    ),
    wrong('a key without algorithm', 'ERR_CERTIFICATE_INVALID', /subjectPublicKeyInfo/, () =>
      craftDer({ spki: hex('0500') }, key),
    ),
    wrong('something behind the fields', 'ERR_CERTIFICATE_INVALID', /too many fields/, () =>
      craftDer({ uniqueIds: [hex('a40430020500')] }, key),
    ),
    wrong('bytes behind the certificate', 'ERR_ENCODING', /followed by other bytes/, () => joined(plain, hex('0000'))),
    wrong('a signature with unused bits', 'ERR_CERTIFICATE_INVALID', /unused bits/, () => withUnusedBits(plain)),
    wrong('something behind the extensions, inside their wrapper', 'ERR_CERTIFICATE_INVALID', /too many fields/, () =>
      craftDer({ uniqueIds: [tlv(0xa3, tlv(0x30, DER.keyCertSign), tlv(0x05))] }, key),
    ),
    wrong('another structure', 'ERR_CERTIFICATE_INVALID', /tbsCertificate/, () => hex('30030201 05')),
  ])('%s', (_, code, reason, der) => {
    expectRefusal(() => parseCertificate(der()), code, reason)
  })

  test('unknown labels for toPem', () => {
    expectRefusal(() => toPem('RSA PRIVATE KEY' as 'PRIVATE KEY', plain), 'ERR_INVALID_ARGUMENT')
  })
})

/** The first content octet of the last BIT STRING. */
function withUnusedBits(der: Bytes): Bytes {
  const changed = der.slice()
  const length = changed.length
  for (let at = length - 80; at < length; at++)
    if (changed[at] === 0x03 && changed[at + 1] === length - at - 2) changed[at + 2] = 1
  return changed
}

describe('what is believed', () => {
  test('`der` alone', () => {
    const forged = { ...parseCertificate(plain), serialNumber: 'ff', extensions: [], subject: [] }
    const { certificate, extensions } = certificateParts(forged)
    expect(certificate.serialNumber).toBe('01')
    expect(extensions).toHaveLength(2)
    expect(nameAttribute(certificate.subject, 'CN')).toBe('subject')
  })

  test('not an object whose fields were changed after parsing', () => {
    const certificate = parseCertificate(plain)
    certificateParts(certificate)
    Object.assign(certificate, { serialNumber: 'ff' })
    certificate.notAfter.setTime(0)
    certificate.extensions[0]?.value.fill(0)
    const parts = certificateParts({ ...certificate, der: plain })
    expect(parts.certificate.serialNumber).toBe('01')
    expect(parts.notAfter.toISOString()).toBe('2040-01-01T00:00:00.000Z')
  })

  test('what `der` holds now, not what it held', () => {
    const certificate = parseCertificate(plain)
    expect(certificateParts(certificate).certificate.serialNumber).toBe('01')
    const at = certificate.der.findIndex((octet, i) => octet === 2 && certificate.der[i + 1] === 1 && i > 10)
    certificate.der[at + 2] = 7
    expect(certificateParts(certificate).certificate.serialNumber).toBe('07')
    certificate.der.fill(0)
    expectRefusal(() => certificateParts(certificate), 'ERR_ENCODING')
  })

  test('of one out of a file what `der` holds when it is used, and afterwards', () => {
    const [certificate] = parseCertificates(pem) as [Certificate]
    const at = certificate.der.findIndex((octet, i) => octet === 2 && certificate.der[i + 1] === 1 && i > 10)
    certificate.der[at + 2] = 7
    expect(certificateParts(certificate).certificate.serialNumber).toBe('07')
    expect(certificateParts(certificate)).toBe(certificateParts(certificate))
    certificate.der[at + 2] = 9
    expect(certificateParts(certificate).certificate.serialNumber).toBe('09')
    expect(certificateParts(certificate).der).not.toBe(certificate.der)
    certificate.der.fill(0)
    expectRefusal(() => certificateParts(certificate), 'ERR_ENCODING')
  })

  test('an object without der is refused', () => {
    for (const wrong of [null, undefined, {}, { der: 'x' }])
      expectRefusal(() => certificateParts(wrong as never), 'ERR_INVALID_ARGUMENT', /object with der/)
  })
})

test('fingerprints are over the DER', async () => {
  const certificate = parseCertificate(plain)
  for (const [name, node] of [
    ['MD5', 'md5'],
    ['SHA-1', 'sha1'],
    ['SHA-256', 'sha256'],
    ['SHA-512', 'sha512'],
  ] as const)
    expect(await certificateFingerprint(certificate, name)).toBe(createHash(node).update(plain).digest('hex'))
  await expectRejection(certificateFingerprint(certificate, 'SHA-3' as 'SHA-1'), 'ERR_INVALID_ARGUMENT')
})

test('issuer and serial number are the bytes of the certificate', () => {
  const encoded = encodeTree(issuerAndSerialTree(certificateParts(craft({ serial: hex('ff') }, key))))
  expect(encoded).toEqual(tlv(0x30, craftCn('issuer'), hex('0201ff')))
})

describe('hostile input', () => {
  test('every truncation is refused, every flipped bit gives a value or a typed error', () => {
    expect(outcomes(truncations(plain), parseCertificate).values).toBe(0)
    const read = (der: Bytes): unknown => {
      const { certificate, key: publicKey } = certificateParts(parseCertificate(der))
      return [publicKey.kind, readExtensions(certificate.extensions), formatName(certificate.subject)]
    }
    expect(outcomes(flips(plain), read).refusals).toBeGreaterThan(0)
  })

  test('time grows with the size of name and extensions, not with its square', () => {
    const many = (count: number) => () => {
      const oids = Array.from({ length: count }, (_, i) => joined(hex('5581'), Uint8Array.of(0x80 | (i >> 7), i & 127)))
      const extensions = oids.map((oid) => tlv(0x30, tlv(0x06, oid), tlv(0x04, hex('0500'))))
      const subject = craftName(...Array.from({ length: count }, () => ['550403', 0x0c, 'name'] as const))
      return craftDer({ subject, extensions, signature: hex('00') }, key)
    }
    const ratio = growth(
      (size) => {
        const der = many(size)()
        return () => parseCertificate(der)
      },
      2000,
      25,
    )
    expect(ratio).toBeLessThan(3)
  })
})

test('what is verified is no view into what the caller was given', () => {
  const parts = certificateParts(parseCertificate(plain))
  parts.certificate.der.fill(0)
  expect(parts.der).toEqual(plain)
  expect(encodeTree(issuerAndSerialTree(parts))).toEqual(
    encodeTree(issuerAndSerialTree(certificateParts(parseCertificate(plain)))),
  )
})
