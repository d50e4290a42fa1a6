import { describe, expect, test } from 'vitest'
import { buildExtensions, type CertificateExtensions, type GeneralName, readExtensions } from '../../src/x509.js'
import type { Bytes, CertificateExtension } from '../../src/types.js'
import { buildCertificateBag } from '../../src/cms.js'
import { encodeName } from '../../src/x509/name.js'
import { formatIpAddress, parseIpAddress } from '../../src/x509/ip-address.js'
import { hex, tlv } from '../support/asn1.js'
import { expectRefusal, flips, outcomes, truncations } from '../support/hostile.js'
import { craft, craftKey } from './craft.js'

const everything: { [K in keyof CertificateExtensions]: NonNullable<CertificateExtensions[K]> } = {
  keyUsage: ['digitalSignature', 'keyEncipherment', 'decipherOnly'],
  extendedKeyUsage: ['1.3.6.1.5.5.7.3.2', '1.2.3'],
  basicConstraints: { ca: true, pathLength: 3 },
  subjectAltNames: [
    { type: 'dns', value: 'mdm.example.com' },
    { type: 'email', value: 'jane@example.com' },
    { type: 'uri', value: 'https://example.com/a' },
    { type: 'ip', value: '192.0.2.1' },
    { type: 'ip', value: '2001:db8::1' },
    { type: 'upn', value: 'jäne@example.com' },
    {
      type: 'other',
      der: hex('a40e300c310a3008060355040a0c0141'),
    },
  ],
  subjectKeyIdentifier: '0102ff',
  authorityKeyIdentifier: 'ff00',
  crlUrls: ['http://example.com/a.crl', 'http://example.com/b.crl'],
  ocspUrls: ['http://ocsp.example.com/'],
}

const one = (oid: string, value: string | Bytes): readonly CertificateExtension[] => [
  { oid, critical: false, value: typeof value === 'string' ? hex(value) : value },
]

test('what is built is what is read', () => {
  const built = buildExtensions(everything)
  expect(readExtensions(built)).toEqual(everything)
  const critical = built.filter((extension) => extension.critical).map(({ oid }) => oid)
  expect(critical).toEqual(['2.5.29.19', '2.5.29.15'])
})

test('nothing is read from nothing, and empty lists build nothing', () => {
  expect(readExtensions([])).toEqual({
    keyUsage: null,
    extendedKeyUsage: null,
    basicConstraints: null,
    subjectAltNames: [],
    subjectKeyIdentifier: null,
    authorityKeyIdentifier: null,
    crlUrls: [],
    ocspUrls: [],
  })
  expect(buildExtensions({ subjectAltNames: [], crlUrls: [], ocspUrls: [] })).toEqual([])
})

describe('DER as X.690 has it', () => {
  test.each([
    [['digitalSignature'], '03020780'],
    [['keyCertSign', 'cRLSign'], '03020106'],
    [['decipherOnly'], '0303070080'],
    [['encipherOnly', 'digitalSignature'], '03020081'],
  ] as const)('keyUsage %j', (keyUsage, expected) => {
    expect(buildExtensions({ keyUsage })[0]?.value).toEqual(hex(expected))
  })

  test.each([
    [{ ca: false, pathLength: null }, '3000'],
    [{ ca: true, pathLength: null }, '30030101ff'],
    [{ ca: true, pathLength: 0 }, '30060101ff020100'],
    [{ ca: true, pathLength: 200 }, '30070101ff020200c8'],
  ])('basicConstraints %j', (basicConstraints, expected) => {
    expect(buildExtensions({ basicConstraints })[0]?.value).toEqual(hex(expected))
  })
})

describe('buildExtensions refuses', () => {
  test.each([
    ['no key usage', { keyUsage: [] }],
    ['an unknown key usage', { keyUsage: ['sign' as 'cRLSign'] }],
    ['no purpose', { extendedKeyUsage: [] }],
    ['a purpose that is no OID', { extendedKeyUsage: ['serverAuth'] }],
    ['a path length without CA', { basicConstraints: { ca: false, pathLength: 0 } }],
    ['a negative path length', { basicConstraints: { ca: true, pathLength: -1 } }],
    ['half a path length', { basicConstraints: { ca: true, pathLength: 0.5 } }],
    ['an empty key identifier', { subjectKeyIdentifier: '' }],
    ['a key identifier that is no hex', { authorityKeyIdentifier: 'xy' }],
    ['a host name beyond ASCII', { subjectAltNames: [{ type: 'dns', value: 'bücher.example' }] }],
    ['an empty host name', { subjectAltNames: [{ type: 'dns', value: '' }] }],
    ['a host name with NUL', { subjectAltNames: [{ type: 'dns', value: 'a\0.example.com' }] }],
    ['an address that is none', { subjectAltNames: [{ type: 'ip', value: '192.0.2' }] }],
    ['other bytes than DER', { subjectAltNames: [{ type: 'other', der: hex('a405') }] }],
    ['an unknown kind of name', { subjectAltNames: [{ type: 'x400', value: '' } as unknown as GeneralName] }],
    ['a URL with a line end', { crlUrls: ['http://example.com/\n'] }],
  ] as const)('%s', (_, input) => {
    expectRefusal(() => buildExtensions(input), 'ERR_INVALID_ARGUMENT')
  })
})

describe('readExtensions', () => {
  test('passes over bits, purposes and access methods that have no name', () => {
    expect(readExtensions(one('2.5.29.15', '0303008080')).keyUsage).toEqual(['digitalSignature', 'decipherOnly'])
    expect(readExtensions(one('2.5.29.15', '0303002040')).keyUsage).toEqual(['keyEncipherment'])
    const caIssuers = tlv(0x30, tlv(0x30, hex('06082b06010505073002'), tlv(0x86, hex('61'))))
    expect(readExtensions(one('1.3.6.1.5.5.7.1.1', caIssuers)).ocspUrls).toEqual([])
  })

  test('reads distribution points of all forms, and takes the URLs', () => {
    const url = tlv(0x86, hex('68'))
    const named = tlv(0x30, tlv(0xa0, tlv(0xa0, url, url)))
    const relative = tlv(0x30, tlv(0xa0, tlv(0xa1, hex('3008060355040a0c0141'))))
    const reasonsOnly = tlv(0x30, hex('81020780'), tlv(0xa2, tlv(0xa4, hex('3000'))))
    expect(readExtensions(one('2.5.29.31', tlv(0x30, reasonsOnly, relative, named))).crlUrls).toEqual(['h', 'h'])
  })

  test('an authority key identifier by name alone is none', () => {
    const byName = tlv(0x30, tlv(0xa1, tlv(0xa4, hex('3000'))), hex('820101'))
    expect(readExtensions(one('2.5.29.35', byName)).authorityKeyIdentifier).toBeNull()
  })

  test.each([
    ['keyUsage of another type', '2.5.29.15', '0400'],
    ['keyUsage with eight unused bits', '2.5.29.15', '03020880'],
    ['no purpose', '2.5.29.37', '3000'],
    ['a purpose that is no OID', '2.5.29.37', '30020500'],
    ['a huge path length', '2.5.29.19', '300a0101ff02050100000000'],
    ['a negative path length', '2.5.29.19', '30060101ff0201ff'],
    ['something behind the path length', '2.5.29.19', '30080101ff0201000500'],
    ['a BOOLEAN that is not DER', '2.5.29.19', '3003010101'],
    ['bytes behind the value', '2.5.29.19', '30000500'],
    ['no names', '2.5.29.17', '3000'],
    ['an address of five octets', '2.5.29.17', '300787050102030405'],
    ['a host name beyond ASCII', '2.5.29.17', '30038201ff'],
    ['a key identifier of another type', '2.5.29.14', '030100'],
    ['an empty value', '2.5.29.35', ''],
    ['an authority key identifier with another field', '2.5.29.35', '30028300'],
    ['an access description that is cut', '1.3.6.1.5.5.7.1.1', '300c300a06082b06010505073001'],
  ])('refuses %s', (_, oid, value) => {
    const { code } = (() => {
      try {
        readExtensions(one(oid, value))
      } catch (error) {
        return error as { code: string }
      }
      return { code: 'none' }
    })()
    expect(['ERR_ENCODING', 'ERR_CERTIFICATE_INVALID']).toContain(code)
  })

  test('gives a value or a typed error for every truncated and flipped value', () => {
    for (const { oid, value } of buildExtensions(everything)) {
      const read = (bytes: Bytes): unknown => readExtensions(one(oid, bytes))
      expect(outcomes(truncations(value), read).values).toBe(0)
      outcomes(flips(value), read)
    }
  })
})

describe('IP addresses', () => {
  test.each([
    ['192.0.2.255', 'c00002ff', '192.0.2.255'],
    ['::', '00000000000000000000000000000000', '::'],
    ['::1', '00000000000000000000000000000001', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['1::', '00010000000000000000000000000000', '1::'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201', '::ffff:c000:201'],
  ])('%s', (text, octets, canonical) => {
    expect(parseIpAddress(text)).toEqual(hex(octets))
    expect(formatIpAddress(hex(octets))).toBe(canonical)
  })

  test.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    'g::',
    '12345::',
    '::1.2.3.400',
    '1.2.3.4::',
  ])('%j is none', (text) => {
    expect(parseIpAddress(text)).toBeNull()
  })
})

test('a name of another kind has a tag of GeneralName', () => {
  const built = (der: string) => buildExtensions({ subjectAltNames: [{ type: 'other', der: hex(der) }] })
  for (const der of ['8101aa', 'a000', 'a400', '8800']) expect(built(der)).toHaveLength(1)
  for (const der of ['0500', '8900', '4000', '3000', '8001aa', 'a200', 'a800'])
    expectRefusal(() => built(der), 'ERR_INVALID_ARGUMENT', /GeneralName/)
})

test('half of a surrogate pair is refused, not replaced', () => {
  for (const value of ['a\ud800', '\udc00b'])
    expectRefusal(
      () => buildExtensions({ subjectAltNames: [{ type: 'upn', value }] }),
      'ERR_INVALID_ARGUMENT',
      /surrogate/,
    )
  expect(buildExtensions({ subjectAltNames: [{ type: 'upn', value: 'a\u{1f600}' }] })).toHaveLength(1)
})

test('a list may have more members than a call takes arguments', () => {
  const small = craft({}, craftKey())
  const many = Array.from({ length: 200_000 }, (_, i) => ({ type: 'dns', value: `h${String(i)}` }) as const)
  const [extension] = buildExtensions({ subjectAltNames: many })
  expect(readExtensions([extension!]).subjectAltNames).toHaveLength(200_000)
  const rdns = Array.from({ length: 200_000 }, () => [{ type: 'CN', value: 'a' }])
  expect(encodeName(rdns).length).toBeGreaterThan(200_000)
  const bag = buildCertificateBag(Array.from({ length: 130_000 }, () => small))
  expect(bag.length).toBeGreaterThan(130_000 * small.der.length)
})

test('an IA5String has the 128 characters of ASCII and no more', () => {
  const names = (octet: string): readonly GeneralName[] =>
    readExtensions(one('2.5.29.17', hex(`3003 8201${octet}`))).subjectAltNames
  expect(names('7f')).toEqual([{ type: 'dns', value: '\u007f' }])
  expectRefusal(() => names('80'), 'ERR_CERTIFICATE_INVALID', /IA5String/)
})
