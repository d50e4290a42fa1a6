import { describe, expect, test, vi } from 'vitest'
import { distinguishedName, formatName, nameAttribute } from '../../src/x509.js'
import type { DistinguishedName } from '../../src/types.js'
import { readDer } from '../../src/asn1/der-reader.js'
import { encodeName, nameMatcher, namesEqual, readName } from '../../src/x509/name.js'
import { hex, THING, tlv } from '../support/asn1.js'
import { expectRefusal, growth } from '../support/hostile.js'
import { openWorkplace, describeWithTools, runOk } from '../support/openssl.js'
import { craft, craftCn, craftKey, craftName } from './craft.js'

const roundTrip = (name: DistinguishedName): DistinguishedName => readName(readDer(encodeName(name), THING), THING)

describe('distinguishedName', () => {
  test('takes short and full forms and dotted OIDs, any case, and answers with the short form', () => {
    const pairs = [
      ['cn', 'a'],
      ['CommonName', 'b'],
      ['2.5.4.3', 'c'],
      ['S', 'd'],
      ['GN', 'e'],
      ['surname', 'f'],
      ['E', 'g@example.com'],
      ['userid', 'h'],
      ['1.2.3.4', 'i'],
    ] as const
    const types = distinguishedName(pairs).map(([attribute]) => attribute?.type)
    expect(types).toEqual(['CN', 'CN', 'CN', 'ST', 'givenName', 'SN', 'emailAddress', 'UID', '1.2.3.4'])
  })

  test.each([
    ['an unknown type', [['XX', 'a']], /neither known nor/],
    ['an OID of no root', [['3.1', 'a']], /neither known nor/],
    ['an OID with a leading zero', [['2.05.4', 'a']], /neither known nor/],
    ['an empty value', [['CN', '']], /value is empty/],
    ['no value', [['CN', undefined as unknown as string]], /value is empty/],
    ['a country of three letters', [['C', 'DEU']], /two letters/],
    ['a country of digits', [['C', '49']], /two letters/],
    ['a huge value', [['CN', 'x'.repeat(32_769)]], /longer than 32768/],
  ] as const)('refuses %s', (_, pairs, reason) => {
    expectRefusal(() => distinguishedName(pairs), 'ERR_INVALID_ARGUMENT', reason)
  })
})

describe('encoding', () => {
  const tagsOf = (name: DistinguishedName): readonly number[] =>
    name.map((rdn) => {
      const der = encodeName([rdn])
      const at = der.indexOf(0x06)
      return der[at + 2 + (der[at + 1] as number)] as number
    })

  test('string types: PrintableString where it fits, UTF8String else, IA5String for mail and domains', () => {
    const name = distinguishedName([
      ['C', 'DE'],
      ['CN', 'plain (1)'],
      ['CN', 'a@b'],
      ['CN', 'Jürgen'],
      ['emailAddress', 'a@example.com'],
      ['DC', 'example'],
      ['serialNumber', 'X_1'],
      ['1.2.3', 'plain'],
    ])
    expect(tagsOf(name)).toEqual([0x13, 0x13, 0x0c, 0x0c, 0x16, 0x16, 0x0c, 0x13])
    expect(tagsOf([[{ type: 'emailAddress', value: 'ü@example.com' }]])).toEqual([0x0c])
  })

  test('the attributes of one RDN are in DER order', () => {
    const attributes = [
      { type: 'UID', value: 'u' },
      { type: 'CN', value: 'c' },
    ]
    const sorted = encodeName([attributes])
    expect(encodeName([[...attributes].reverse()])).toEqual(sorted)
    expect(roundTrip([attributes])[0]?.map(({ type }) => type)).toEqual(['CN', 'UID'])
  })

  test('a value that is no string comes back as it was', () => {
    const raw = craftName(['2a0304', 0x03, hex('00ff')])
    const name = readName(readDer(raw, THING), THING)
    expect(name).toEqual([[{ type: '1.2.3.4', value: '#030200ff' }]])
    expect(encodeName(name)).toEqual(raw)
  })

  test('a text that only looks like hex of DER is a text', () => {
    for (const value of ['#', '#zz', '#0500ff', '#05'])
      expect(roundTrip([[{ type: '1.2.3.4', value }]])).toEqual([[{ type: '1.2.3.4', value }]])
    expect(roundTrip([[{ type: 'CN', value: '#0500' }]])).toEqual([[{ type: 'CN', value: '#0500' }]])
  })

  test('refuses a name that is none', () => {
    for (const name of [undefined, null, 'CN=x'])
      expectRefusal(() => encodeName(name as unknown as DistinguishedName), 'ERR_INVALID_ARGUMENT', /list of relative/)
  })

  test('refuses an RDN without attributes', () => {
    expectRefusal(() => encodeName([[]]), 'ERR_INVALID_ARGUMENT', /without attributes/)
  })
})

describe('formatName', () => {
  test.each([
    [[['CN', 'Doe, Jane']], String.raw`CN=Doe\, Jane`],
    [[['CN', '#1 "a"+b;c<d>e\\f=g']], String.raw`CN=\#1 \"a\"\+b\;c\<d\>e\\f=g`],
    [[['CN', ' a b ']], String.raw`CN=\ a b\ `],
    [[['CN', ' ']], String.raw`CN=\ `],
    [[['CN', 'a\\ ']], String.raw`CN=a\\\ `],
    [[['CN', 'a\0b\nc']], String.raw`CN=a\00b\0ac`],
    [[['CN', 'Jürgen 😀']], 'CN=Jürgen 😀'],
    [
      [
        ['C', 'DE'],
        ['O', 'x'],
        ['CN', 'y'],
      ],
      'CN=y,O=x,C=DE',
    ],
    [[['1.3.6.1.4.1.1466.0', 'AB']], '1.3.6.1.4.1.1466.0=#13024142'],
    [[], ''],
  ] as const)('%j', (pairs, expected) => {
    expect(formatName(distinguishedName(pairs))).toBe(expected)
  })

  test('joins the attributes of one RDN by a plus sign', () => {
    const rdn = [
      { type: 'OU', value: 'Sales' },
      { type: 'CN', value: 'J. Smith' },
    ]
    expect(formatName([[{ type: 'DC', value: 'net' }], rdn])).toBe('OU=Sales+CN=J. Smith,DC=net')
  })

  test('refuses a type that nobody knows', () => {
    expectRefusal(() => formatName([[{ type: 'XX', value: 'a' }]]), 'ERR_INVALID_ARGUMENT')
  })
})

test('nameAttribute takes a type in any form and gives the first value', () => {
  const name = distinguishedName([
    ['UID', 'com.apple.mgmt.External.1'],
    ['CN', 'first'],
    ['CN', 'second'],
  ])
  for (const type of ['CN', 'cn', 'commonName', '2.5.4.3']) expect(nameAttribute(name, type)).toBe('first')
  expect(nameAttribute(name, '0.9.2342.19200300.100.1.1')).toBe('com.apple.mgmt.External.1')
  expect(nameAttribute([[{ type: 'commonName', value: 'by hand' }]], 'CN')).toBe('by hand')
  expect(nameAttribute(name, 'O')).toBeNull()
  expectRefusal(() => nameAttribute(name, 'XX'), 'ERR_INVALID_ARGUMENT')
})

describe('namesEqual', () => {
  test.each([
    ['string types', craftCn('Example'), craftName(['550403', 0x13, 'Example'])],
    ['a BMPString', craftCn('AB'), craftName(['550403', 0x1e, hex('00410042')])],
    ['case', craftCn('eXample CA'), craftCn('EXAMPLE ca')],
    ['white space', craftCn('  Example   CA '), craftCn('Example CA')],
    ['compatible characters', craftCn('ﬁ'), craftCn('fi')],
  ])('by %s', (_, a, b) => {
    expect(namesEqual(a, b)).toBe(true)
  })

  test.each([
    ['value', craftCn('a'), craftCn('b')],
    ['type', craftCn('a'), craftName(['55040a', 0x0c, 'a'])],
    ['order', craftName(['550403', 12, 'a'], ['55040a', 12, 'b']), craftName(['55040a', 12, 'b'], ['550403', 12, 'a'])],
    ['length', craftCn('a'), craftName(['550403', 12, 'a'], ['550403', 12, 'a'])],
    [
      'grouping',
      craftName(['550403', 12, 'a'], ['550403', 12, 'a']),
      tlv(0x30, tlv(0x31, hex('3008 0603550403 0c0161'), hex('3008 0603550403 0c0161'))),
    ],
    ['a separator inside a value', craftCn('a","CN=b'), craftName(['550403', 12, 'a'], ['550403', 12, 'b'])],
  ])('not by %s', (_, a, b) => {
    expect(namesEqual(a, b)).toBe(false)
  })
})

test('time to read, compare and write grows with the size of the name', () => {
  const ratio = growth((size) => {
    const name = distinguishedName(Array.from({ length: size }, (_, i) => ['CN', `name ${String(i)}`] as const))
    const [a, b] = [encodeName(name), encodeName([...name].reverse())]
    return () => namesEqual(a, b) || formatName(readName(readDer(a, THING), THING)).length
  }, 2000)
  expect(ratio).toBeLessThan(3)
})

describeWithTools('OpenSSL writes names the same way', ['openssl'], () => {
  test('RFC 4514 text and DER', () => {
    const place = openWorkplace()
    try {
      const name = distinguishedName([
        ['C', 'DE'],
        ['ST', 'Bayern'],
        ['O', 'A, B & "C" <x>; #1'],
        ['CN', ' Jürgen + 1=2 \\ '],
        ['emailAddress', 'a@example.com'],
        ['DC', 'example'],
        ['UID', 'u'],
      ])
      const config = [
        '[req]',
        'prompt=no',
        'utf8=yes',
        'string_mask=utf8only',
        'distinguished_name=dn',
        '[dn]',
        'C=DE',
        'ST=Bayern',
        String.raw`O="A, B & \"C\" <x>; \#1"`,
        String.raw`CN=" Jürgen + 1=2 \\ "`,
        'emailAddress=a@example.com',
        'DC=example',
        'UID=u',
        '',
      ].join('\n')
      place.write('c.cnf', config)
      runOk(
        'openssl',
        [
          'req',
          '-new',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-nodes',
          '-keyout',
          'k.pem',
          '-out',
          'r.pem',
          '-config',
          'c.cnf',
        ],
        { workplace: place },
      )
      const shown = runOk(
        'openssl',
        ['req', '-in', 'r.pem', '-noout', '-subject', '-nameopt', 'RFC2253,-esc_msb,utf8'],
        { workplace: place },
      )
      expect(formatName(name)).toBe(shown.stdoutText.trim().replace(/^subject=/, ''))
    } finally {
      place.close()
    }
  })
})

describe('what a name costs that somebody else chose', () => {
  test('marks that are out of order do not take time with the square of their number', () => {
    const ratio = growth((size) => {
      const a = craftCn(`a${'\u0301'.repeat(size)}${'\u0316'.repeat(size)}`)
      const b = craftCn('b')
      return () => namesEqual(a, b)
    }, 3000)
    expect(ratio).toBeLessThan(3)
  })

  test('a long value is compared as it is, but for case and white space', () => {
    const long = 'Ab '.repeat(100)
    expect(namesEqual(craftCn(long), craftCn(`  ${long.toUpperCase().replaceAll(' ', '  ')}`))).toBe(true)
    expect(namesEqual(craftCn(`${long}ﬁ`), craftCn(`${long}fi`))).toBe(false)
    expect(namesEqual(craftCn(`${'x'.repeat(256)}ﬁ`), craftCn(`${'x'.repeat(256)}fi`))).toBe(false)
    expect(namesEqual(craftCn(`${'x'.repeat(250)}ﬁ`), craftCn(`${'x'.repeat(250)}fi`))).toBe(true)
  })

  test('one that is held against many is folded once, one that is the same not at all', () => {
    const normalize = vi.spyOn(String.prototype, 'normalize')
    const matches = nameMatcher(craftCn('a name'))
    expect(matches(craftCn('a name'))).toBe(true)
    expect(normalize).toHaveBeenCalledTimes(0)
    for (let i = 0; i < 10; i++) expect(matches(craftCn(`A  NAME${String(i)}`))).toBe(false)
    expect(matches(craftCn('A  NAME'))).toBe(true)
    expect(normalize).toHaveBeenCalledTimes(12)
    expect(matches(craftCn('other'), () => 'kept')).toBe(false)
    expect(normalize).toHaveBeenCalledTimes(12)
    normalize.mockRestore()
  })
})

test('a UniversalString up to the last character there is', () => {
  const name = (octets: string): string =>
    formatName(craft({ subject: craftName(['550403', 0x1c, hex(octets)]) }, craftKey()).subject)
  expect(name('0010ffff')).toBe('CN=\u{10ffff}')
  expectRefusal(() => name('00110000'), 'ERR_ENCODING', /does not exist/)
})
