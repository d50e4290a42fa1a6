import { describe, expect, test } from 'vitest'
import { decodePlist } from '../../src/plist/decode.js'
import type { PlistValue } from '../../src/plist/values.js'
import { utf16 } from './texts.js'

const wrapped = (inner: string): string => `<plist version="1.0">${inner}</plist>`
const read = (inner: string): PlistValue => decodePlist(wrapped(inner))

describe('decodePlist, XML values', () => {
  test.each<[string, PlistValue]>([
    ['<string>a b</string>', 'a b'],
    ['<string/>', ''],
    ['<string></string>', ''],
    ['<string> kept \n</string>', ' kept \n'],
    ['<true/>', true],
    ['<false></false>', false],
    ['<array/>', []],
    ['<array><array/><true/></array>', [[], true]],
    ['<real>1.5</real>', 1.5],
    ['<real>-1e-3</real>', -0.001],
    ['<real>.5</real>', 0.5],
    ['<real>5.</real>', 5],
    ['<real>1E40</real>', 1e40],
    ['<real>-0</real>', -0],
    ['<date>2026-01-31T23:59:59Z</date>', new Date('2026-01-31T23:59:59Z')],
    ['<date>0000-12-30T00:00:00Z</date>', new Date('0000-12-30T00:00:00Z')],
    ['<date>2024-02-29T00:00:00Z</date>', new Date('2024-02-29T00:00:00Z')],
    ['<data>AAEC</data>', Uint8Array.of(0, 1, 2)],
    ['<data/>', new Uint8Array()],
    ['<data>\n\tAA\n\tE=\n\t</data>', Uint8Array.of(0, 1)],
    // Recorded: padding that is longer than it need be.
    ['<data>AAAA==</data>', Uint8Array.of(0, 0, 0)],
  ])('%s', (inner, expected) => {
    expect(read(inner)).toStrictEqual(expected)
  })

  test('data is a Uint8Array of its own', () => {
    const data = read('<data>AAEC</data>')
    expect(data).toBeInstanceOf(Uint8Array)
    expect((data as Uint8Array).buffer.byteLength).toBe(3)
  })
})

describe('decodePlist, XML integers', () => {
  test.each<[string, number | bigint]>([
    ['0', 0],
    ['-0', 0],
    ['+7', 7],
    ['007', 7],
    [' 42\n', 42],
    ['0x1F', 31],
    ['0XfF', 255],
    ['-0x10', -16],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992],
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740992', -9007199254740992],
    ['-9007199254740993', -9007199254740993n],
    ['0x20000000000001', 9007199254740993n],
    ['9223372036854775807', 9223372036854775807n],
    ['-9223372036854775808', -9223372036854775808n],
    ['18446744073709551615', 18446744073709551615n],
    ['0xFFFFFFFFFFFFFFFF', 18446744073709551615n],
  ])('%s', (text, expected) => {
    expect(read(`<integer>${text}</integer>`)).toStrictEqual(expected)
  })
})

describe('decodePlist, XML dictionaries', () => {
  test('have no prototype, and members in the order of the document', () => {
    const dict = read('<dict><key>b</key><true/><key>a</key><dict/></dict>')
    expect(Object.getPrototypeOf(dict)).toBeNull()
    expect(Object.getPrototypeOf((dict as { a: object }).a)).toBeNull()
    expect(Object.keys(dict as object)).toEqual(['b', 'a'])
  })

  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', ''])('%o is a plain key', (key) => {
    const dict = read(`<array><dict><key>${key}</key><dict><key>polluted</key><true/></dict></dict></array>`)
    const member = (dict as readonly object[])[0]!
    expect(Object.getPrototypeOf(member)).toBeNull()
    expect(Object.getOwnPropertyDescriptor(member, key)?.value).toEqual(
      Object.assign(Object.create(null) as object, { polluted: true }),
    )
    expect('polluted' in {}).toBe(false)
  })
})

describe('decodePlist, XML text', () => {
  test.each<[string, string]>([
    ['&lt;&gt;&amp;&quot;&apos;', '<>&"\''],
    ['&#169;&#xA9;&#x1F600;', '©©😀'],
    ['a&#13;&#10;b', 'a\r\nb'],
    ['a\r\nb\rc', 'a\nb\nc'],
    ['&amp;lt;', '&lt;'],
    ['a<!-- b -->c', 'ac'],
    ['a<?pi b?>c', 'ac'],
    ['a<![CDATA[<b>&amp;]]>c', 'a<b>&amp;c'],
    ['<![CDATA[]]>', ''],
    ['<![CDATA[a]]]]><![CDATA[>b]]>', 'a]]>b'],
    ['é\u2028😀\u007f\u0085', 'é\u2028😀\u007f\u0085'],
  ])('%j', (inner, expected) => {
    expect(read(`<string>${inner}</string>`)).toBe(expected)
    expect(read(`<dict><key>${inner}</key><true/></dict>`)).toEqual(
      Object.assign(Object.create(null) as object, { [expected]: true }),
    )
  })

  test('markup may hold white space and attributes, comments may stand between elements', () => {
    expect(read('<array ><string a="1" b=\'>\' >x</string ><!-- - --><?x?>\n<true /></array\n>')).toEqual(['x', true])
  })
})

describe('decodePlist, XML documents', () => {
  const dict = '<plist version="1.0"><string>é</string></plist>'
  const apple =
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
  test.each([
    ['no prolog', dict],
    ['an XML declaration', `<?xml version="1.0"?>${dict}`],
    ['with an encoding', `<?xml version='1.1' encoding='utf-8' standalone="no" ?>${dict}`],
    ["Apple's document type", `<?xml version="1.0" encoding="UTF-8"?>\n${apple}${dict}\n`],
    ['the system one', `<!DOCTYPE plist SYSTEM "file://localhost/System/Library/DTDs/PropertyList.dtd">${dict}`],
    ['a bare one', `<!DOCTYPE plist >${dict}`],
    ['comments and instructions around', `<!-- a --><?b c?>${apple}<!-- d -->${dict}<!-- e --> <?f?>`],
    ['indented', `<?xml version="1.0"?>\n\t${apple}\t${dict}\n\t`],
  ])('%s', (_name, document) => {
    expect(decodePlist(document)).toBe('é')
    expect(decodePlist(new TextEncoder().encode(document))).toBe('é')
    expect(decodePlist(new TextEncoder().encode(`\ufeff${document}`))).toBe('é')
    expect(decodePlist(`\ufeff${document}`)).toBe('é')
  })

  test.each([true, false])('UTF-16 with its mark, little-endian: %s', (littleEndian) => {
    const document = `<?xml version="1.0" encoding="UTF-16"?>${apple}<plist><string>é😀</string></plist>`
    expect(decodePlist(utf16(`\ufeff${document}`, littleEndian))).toBe('é😀')
    expect(decodePlist(utf16('\ufeff<plist><string>é</string></plist>', littleEndian))).toBe('é')
  })

  test('a Node Buffer that is a window into another', () => {
    const pool = Buffer.from(`....${dict}....`)
    expect(decodePlist(pool.subarray(4, pool.length - 4))).toBe('é')
  })
})
