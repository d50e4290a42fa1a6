import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import { describe, expect, test, vi } from 'vitest'
import type { MdmProtocolError } from '../../src/errors.js'
import { decodePlist } from '../../src/plist/decode.js'
import { encodeBinaryPlist } from '../../src/plist/encode-binary.js'
import { encodePlist } from '../../src/plist/encode.js'
import type { PlistValue } from '../../src/plist/values.js'
import type { Bytes } from '../../src/types.js'
import { errorOf } from '../support/hostile.js'
import { draw } from '../support/random.js'

const PROLOG =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n' +
  '<plist version="1.0">\n'
const xml = (value: PlistValue): string => {
  const text = new TextDecoder().decode(encodePlist(value))
  expect(text.startsWith(PROLOG)).toBe(true)
  expect(text.endsWith('\n</plist>\n')).toBe(true)
  return text.slice(PROLOG.length, -'\n</plist>\n'.length)
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The same the plain way: each value by itself. Texts that need no escapes. */
function written(value: PlistValue, tabs: string): string {
  const inner = `${tabs}\t`
  const block = (name: string, lines: readonly string[]): string =>
    lines.length === 0 ? `${tabs}<${name}/>\n` : `${tabs}<${name}>\n${lines.join('')}${tabs}</${name}>\n`
  const line = (name: string, text: string): string => `${tabs}<${name}>${text}</${name}>\n`
  if (typeof value === 'string') return line('string', value)
  if (typeof value === 'boolean') return `${tabs}<${String(value)}/>\n`
  if (typeof value === 'bigint') return line('integer', String(value))
  if (typeof value === 'number') return line(Number.isInteger(value) ? 'integer' : 'real', String(value))
  if (value instanceof Date) return line('date', value.toISOString().replace('.000', ''))
  if (value instanceof Uint8Array) {
    const lines = value.length === 0 ? '' : `${tabs}${Buffer.from(value).toString('base64')}\n`
    return `${tabs}<data>\n${lines}${tabs}</data>\n`
  }
  if (Array.isArray(value)) {
    const elements: readonly PlistValue[] = value
    return block(
      'array',
      elements.map((element) => written(element, inner)),
    )
  }
  const members = Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : [[key, member] as const],
  )
  const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1))
  return block(
    'dict',
    sorted.map(([key, member]) => `${inner}<key>${key}</key>\n${written(member, inner)}`),
  )
}

describe('encodePlist', () => {
  test.each<[PlistValue, string]>([
    ['', '<string></string>'],
    ['a<b>&"\'', '<string>a&lt;b&gt;&amp;"\'</string>'],
    [']]>', '<string>]]&gt;</string>'],
    ['a\r\nb\tc', '<string>a&#13;\nb\tc</string>'],
    ['é😀\u007f\u2028', '<string>é😀\u007f\u2028</string>'],
    [true, '<true/>'],
    [false, '<false/>'],
    [0, '<integer>0</integer>'],
    [-42, '<integer>-42</integer>'],
    [9007199254740992, '<integer>9007199254740992</integer>'],
    [18446744073709551615n, '<integer>18446744073709551615</integer>'],
    [-9223372036854775808n, '<integer>-9223372036854775808</integer>'],
    [-0, '<real>-0.0</real>'],
    [1.5, '<real>1.5</real>'],
    [1e300, '<real>1e+300</real>'],
    [9007199254740994, '<real>9007199254740994</real>'],
    [new Date('2026-01-31T23:59:59.999Z'), '<date>2026-01-31T23:59:59Z</date>'],
    [new Date('0000-01-01T00:00:00Z'), '<date>0000-01-01T00:00:00Z</date>'],
    [new Uint8Array(), '<data>\n</data>'],
    [Uint8Array.of(0, 1), '<data>\nAAE=\n</data>'],
    [[], '<array/>'],
    [{}, '<dict/>'],
    [{ a: undefined }, '<dict/>'],
    [[true, []], '<array>\n\t<true/>\n\t<array/>\n</array>'],
    [
      { b: 1, a: { c: '' } },
      '<dict>\n\t<key>a</key>\n\t<dict>\n\t\t<key>c</key>\n\t\t<string></string>\n\t</dict>\n\t<key>b</key>\n\t<integer>1</integer>\n</dict>',
    ],
  ])('%o', (value, expected) => {
    expect(xml(value)).toBe(expected)
  })

  test('a date is written by its moment, whatever its own methods say', () => {
    const date = new Date(0)
    date.toISOString = () => '</date><true/><date>'
    expect(xml(date)).toBe('<date>1970-01-01T00:00:00Z</date>')
  })

  test('data whose buffer was transferred are empty', () => {
    const data = Uint8Array.of(1, 2, 3)
    structuredClone(data.buffer, { transfer: [data.buffer] })
    expect(xml(data)).toBe('<data>\n</data>')
  })

  test('data in lines of 76 columns, tabs counting eight', () => {
    const data = new Uint8Array(100)
    const lines = xml([[data]]).split('\n')
    expect(lines[2]).toBe('\t\t<data>')
    expect(lines[3]).toBe(`\t\t${'A'.repeat(60)}`)
    expect(lines[5]).toBe(`\t\t${'A'.repeat(14)}==`)
    expect(lines[6]).toBe('\t\t</data>')
  })

  test('one tab for each container around, however many there are', () => {
    let value: PlistValue = { a: [1, [], {}], b: 'x' }
    for (let i = 0; i < 40; i++) value = i % 2 === 0 ? [value] : { k: value }
    const lines = xml(value).split('\n')
    const at = lines.indexOf(`${'\t'.repeat(40)}<dict>`)
    expect(lines.slice(at + 1, at + 10).map((line) => line.slice(40))).toEqual(
      ['\t<key>a</key>', '\t<array>', '\t\t<integer>1</integer>', '\t\t<array/>', '\t\t<dict/>', '\t</array>'].concat([
        '\t<key>b</key>',
        '\t<string>x</string>',
        '</dict>',
      ]),
    )
  })

  // In long lists each character that has to be escaped is looked for by itself.
  test.each([1, 3000])('every character of ASCII, and beyond, in a list of some %i', (length) => {
    const filling = 'x'.repeat(length)
    for (let unit = 0; unit < 0x82; unit++) {
      const value = { [`${filling}k`]: `${filling}${String.fromCharCode(unit)}y`, z: [filling] }
      if (unit < 0x20 && unit !== 9 && unit !== 10 && unit !== 13)
        expect(errorOf(() => encodePlist(value)).code).toBe('ERR_PLIST_INVALID')
      else expect(decodePlist(encodePlist(value))).toEqual(value)
      const key = { [`${filling}${String.fromCharCode(unit)}`]: true }
      if (unit < 0x20 && unit !== 9 && unit !== 10 && unit !== 13)
        expect(errorOf(() => encodePlist(key)).code).toBe('ERR_PLIST_INVALID')
      else expect(decodePlist(encodePlist(key))).toEqual(key)
    }
    for (const text of ['é', '漢字', '\u{1f600}', '&é', '\ud7ff'])
      expect(decodePlist(encodePlist([filling, text]))).toEqual([filling, text])
    for (const text of ['\ud800', 'é\udfff', '\uffff'])
      expect(errorOf(() => encodePlist([filling, text])).code).toBe('ERR_PLIST_INVALID')
  })

  test('texts that the encoder gives in an array of another realm', () => {
    const encode = vi.spyOn(TextEncoder.prototype, 'encode')
    const foreign = (text = ''): Bytes =>
      runInNewContext('Uint8Array.from(octets)', { octets: [...Buffer.from(text)] }) as Bytes
    encode.mockImplementation(foreign)
    try {
      expect(xml({ a: 'é', b: Uint8Array.of(1) })).toContain('<string>é</string>')
      expect(encode).toHaveBeenCalled()
    } finally {
      encode.mockRestore()
    }
  })

  test('every kind behind every other, in dictionaries and arrays, as deep as anybody goes', () => {
    const kinds: readonly PlistValue[] = [
      '',
      'text',
      0,
      2n ** 63n,
      0.5,
      true,
      false,
      new Date(0),
      Uint8Array.of(1, 2),
      new Uint8Array(),
      {},
      [],
      { a: true, b: 'x' },
      ['x', false],
    ]
    for (const one of kinds)
      for (const other of kinds)
        for (const depth of [0, 1, 5, 6, 7, 8, 12]) {
          let value: PlistValue = { a: one, b: other, list: [one, other, one] }
          for (let i = 0; i < depth; i++) value = i % 2 === 0 ? { in: value } : [value]
          expect(xml(value)).toBe(written(value, '').trimEnd())
        }
  })

  test('a few members are sorted whatever order they come in, and those that are not there left out', () => {
    const source = draw(20261122)
    for (let size = 0; size <= 66; size++)
      for (let turn = 0; turn < 4; turn++) {
        const members = Array.from(
          { length: size },
          (_, i) => [`k${i}`, source.below(9) === 0 ? undefined : i] as const,
        )
        const shuffled = members.map((member) => ({ member, at: source.below(1e9) })).sort((a, b) => a.at - b.at)
        const dict = Object.fromEntries(shuffled.map(({ member }) => member))
        expect(xml(dict)).toBe(written(dict, '').trimEnd())
      }
  })

  test('more than a few members are sorted as few are, and those that are not there left out', () => {
    const names = Array.from({ length: 100 }, (_, i) => `k${String((i * 37) % 100)}`)
    const dict = Object.fromEntries(names.map((name, i) => [name, name === 'k50' ? undefined : i]))
    const keys = [...xml(dict).matchAll(/<key>(.*)<\/key>\n\t<integer>(.*)<\/integer>/g)]
    const sorted = names.filter((name) => name !== 'k50').sort()
    expect(keys.map(([, key, value]) => [key, value])).toEqual(
      sorted.map((name) => [name, String(names.indexOf(name))]),
    )
  })

  test('a member that goes away while another is read takes no other along', () => {
    const dict: Record<string, PlistValue> = {
      get a() {
        delete dict['b']
        return 1
      },
      b: 2,
      c: 3,
    }
    expect(decodePlist(encodePlist(dict))).toEqual({ a: 1, c: 3 })
  })

  test('members in the order of their UTF-16 units, whatever order they were put in', () => {
    const keys = ['b', 'a', '10', '9', '', 'é', '\uff5e', '😀', '__proto__', 'B']
    const dict = (order: readonly string[]): PlistValue => {
      const value = Object.create(null) as Record<string, PlistValue>
      for (const key of order) value[key] = 1
      return value
    }
    const bytes = encodePlist(dict(keys))
    expect(encodePlist(dict([...keys].reverse()))).toEqual(bytes)
    expect(encodeBinaryPlist(dict([...keys].reverse()))).toEqual(encodeBinaryPlist(dict(keys)))
    expect(xml(dict(keys)).match(/(?<=<key>).*(?=<\/key>)/g)).toEqual([
      '',
      '10',
      '9',
      'B',
      '__proto__',
      'a',
      'b',
      'é',
      '😀',
      '\uff5e',
    ])
  })
})

describe('encodeBinaryPlist', () => {
  test.each<[PlistValue, string]>([
    [true, '09'],
    [false, '08'],
    [0, '1000'],
    [255, '10ff'],
    [256, '110100'],
    [65536, '1200010000'],
    [4294967296, '130000000100000000'],
    [-1, '13ffffffffffffffff'],
    [2n ** 63n, '1400000000000000008000000000000000'],
    [2n ** 64n - 1n, '140000000000000000ffffffffffffffff'],
    [-(2n ** 63n), '138000000000000000'],
    [1.5, '233ff8000000000000'],
    [-0, '238000000000000000'],
    [new Date('2001-01-01T00:00:00.500Z'), '333fe0000000000000'],
    [Uint8Array.of(1, 2), '420102'],
    ['abc', '53616263'],
    ['é', '6100e9'],
    ['\u0000', '5100'],
    [{ CF$UID: 7 }, '8007'],
    [{ CF$UID: 256 }, '810100'],
    [{ CF$UID: 65536 }, '8300010000'],
    [{ CF$UID: 2n ** 64n - 1n }, '87ffffffffffffffff'],
    [[], 'a0'],
    [{}, 'd0'],
  ])('%o', (value, expected) => {
    const bytes = encodeBinaryPlist(value)
    const object = expected.length / 2
    expect(hex(bytes.slice(0, 8 + object))).toBe(`${Buffer.from('bplist00').toString('hex')}${expected}`)
    const trailer = `0000000000000101${'0'.repeat(15)}1${'0'.repeat(16)}${(8 + object).toString(16).padStart(16, '0')}`
    expect(hex(bytes.slice(8 + object))).toBe(`08${trailer}`)
  })

  test('a dictionary with more than CF$UID, or another kind of number in it, is a dictionary', () => {
    for (const value of [
      { CF$UID: 1, a: 1 },
      { CF$UID: -1 },
      { CF$UID: 1.5 },
      { CF$UID: 'x' },
      { CF$UID: -(2n ** 60n) },
    ]) {
      expect(encodeBinaryPlist(value)[8]).toBe('a' in value ? 0xd2 : 0xd1)
      expect(decodePlist(encodeBinaryPlist(value))).toEqual(Object.assign(Object.create(null) as object, value))
    }
  })

  test('equal texts and numbers are written once, 1 and true and 1.5 are not equal', () => {
    const bytes = encodeBinaryPlist(['abc', 'abc', 1, 1n, 1.5, true, 'i1', '1'])
    const objects = bytes.at(-17)
    expect(objects).toBe(7)
  })

  test('more than 256 objects, more than 65,536', () => {
    for (const count of [300, 70_000]) {
      const value = Array.from({ length: count }, (_, i) => i)
      expect(isDeepStrictEqual(decodePlist(encodeBinaryPlist(value)), value)).toBe(true)
    }
  })
})

describe.each([
  ['encodePlist', encodePlist],
  ['encodeBinaryPlist', encodeBinaryPlist],
])('%s refuses, with the path', (name, encode) => {
  const circular: unknown[] = []
  circular.push({ a: circular })
  const holed: unknown[] = []
  holed[1] = true
  const refused: [string, unknown, readonly (string | number)[]][] = [
    ['null', { a: [null] }, ['a', 0]],
    ['undefined in an array', [undefined], [0]],
    ['undefined alone', undefined, []],
    ['a hole', holed, [0]],
    ['a function', { a: () => 1 }, ['a']],
    ['a symbol', { a: Symbol('a') }, ['a']],
    ['a Map', { a: new Map() }, ['a']],
    ['a Set', [true, new Set()], [1]],
    ['another typed array', { a: new Uint16Array(1) }, ['a']],
    ['an ArrayBuffer', { a: new ArrayBuffer(1) }, ['a']],
    ['an object of a class', { a: /x/ }, ['a']],
    ['2^64', { a: 2n ** 64n }, ['a']],
    ['-2^63 - 1', { a: -(2n ** 63n) - 1n }, ['a']],
    ['no date', { a: new Date(NaN) }, ['a']],
    ['the year 10000', { a: new Date(253402300800000) }, ['a']],
    ['the year -1', { a: new Date(-62167219200001) }, ['a']],
    ['half a surrogate pair', { a: ['x\ud83d'] }, ['a', 0]],
    ['half a pair in a key', { a: { 'x\ude00': 1 } }, ['a', 'x\ude00']],
    ['a cycle', circular, [0, 'a']],
  ]
  const onlyXml: typeof refused = [
    ['NaN', { a: NaN }, ['a']],
    ['an infinity', [-Infinity], [0]],
    ['a control character', { a: 'x\u0000' }, ['a']],
    ['an escape', { a: '\u001b' }, ['a']],
    ['a control character in a key', { '\u0008': 1 }, ['\u0008']],
    ['U+FFFE', { a: '\ufffe' }, ['a']],
  ]
  test.each(name === 'encodePlist' ? [...refused, ...onlyXml] : refused)('%s', (_what, value, path) => {
    expect(errorOf(() => encode(value as PlistValue))).toMatchObject({
      code: 'ERR_PLIST_INVALID',
      details: { offset: null, path },
    })
  })

  test('but not an object that is there twice, however deep', () => {
    const shared = { a: [1] }
    let value: PlistValue = [shared, shared, { shared }]
    let plain: PlistValue = [{ a: [1] }, { a: [1] }, { shared: { a: [1] } }]
    for (let i = 0; i < 60; i++) [value, plain] = [[value], [plain]]
    expect(encode(value)).toEqual(encode(plain))
  })

  test('but not an object that is there twice, nor one of another realm', () => {
    const shared = { a: [1] }
    const value = [shared, shared, { shared }]
    expect(decodePlist(encode(value))).toEqual(
      decodePlist(encodePlist([{ a: [1] }, { a: [1] }, { shared: { a: [1] } }])),
    )
  })
})

test('a value that contains itself, deep down: the path to where it comes by again', () => {
  const round: PlistValue[] = []
  round.push(round)
  let value: PlistValue = round
  for (let depth = 0; depth < 40; depth++) value = { a: value }
  for (const encode of [encodePlist, encodeBinaryPlist]) {
    const error = errorOf(() => encode(value)) as MdmProtocolError<'ERR_PLIST_INVALID'>
    expect(error.message).toMatch(/contains itself/)
    expect(error.details.path).toEqual([...new Array<string>(40).fill('a'), 0])
  }
})
