import { describe, expect, test } from 'vitest'
import { decodePlist } from '../../src/plist/decode.js'
import { encodeBinaryPlist } from '../../src/plist/encode-binary.js'
import type { Bytes } from '../../src/types.js'
import { errorOf, expectRefusal } from '../support/hostile.js'
import { bplist, type BplistParts } from './bplist.js'

const read = (...objects: readonly (readonly number[])[]): unknown => decodePlist(bplist(objects))
const ascii = (text: string): number[] => [0x50 | text.length, ...Buffer.from(text)]

/** The list is refused for this rule, at this place. */
function expectPlace(bytes: Bytes, rule: RegExp, offset: number, path: readonly (string | number)[]): void {
  const error = errorOf(() => decodePlist(bytes))
  expect(error).toMatchObject({ code: 'ERR_PLIST_INVALID', details: { offset, path } })
  expect(error.message).toMatch(rule)
}

describe('decodePlist, binary values', () => {
  test.each<[string, readonly number[], unknown]>([
    ['false', [0x08], false],
    ['true', [0x09], true],
    ['1 octet', [0x10, 0xff], 255],
    ['2 octets', [0x11, 0xff, 0xff], 65535],
    ['4 octets, without sign', [0x12, 0xff, 0xff, 0xff, 0xff], 4294967295],
    ['8 octets, with sign', [0x13, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -1],
    ['2^53', [0x13, 0, 0x20, 0, 0, 0, 0, 0, 0], 9007199254740992],
    ['2^53 + 1', [0x13, 0, 0x20, 0, 0, 0, 0, 0, 1], 9007199254740993n],
    ['-2^63', [0x13, 0x80, 0, 0, 0, 0, 0, 0, 0], -(2n ** 63n)],
    ['16 octets', [0x14, ...zeros(8), ...ones(8)], 2n ** 64n - 1n],
    ['16 octets, negative', [0x14, ...ones(16)], -1],
    ['a float', [0x22, 0x3f, 0xc0, 0, 0], 1.5],
    ['a double', [0x23, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0], 1.5],
    ['NaN', [0x23, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0], NaN],
    ['an infinity', [0x23, 0xff, 0xf0, 0, 0, 0, 0, 0, 0], -Infinity],
    ['negative zero', [0x23, 0x80, 0, 0, 0, 0, 0, 0, 0], -0],
    ['the epoch', [0x33, ...zeros(8)], new Date('2001-01-01T00:00:00Z')],
    ['a date with a fraction', [0x33, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0], new Date('2001-01-01T00:00:00.500Z')],
    ['data', [0x42, 1, 2], Uint8Array.of(1, 2)],
    ['no data', [0x40], new Uint8Array()],
    ['an ASCII string', ascii('abc'), 'abc'],
    ['UTF-8 where ASCII belongs', [0x53, 0x61, 0xc2, 0xa9], 'a©'],
    ['a UTF-16 string', [0x63, 0, 0x61, 0xd8, 0x3d, 0xde, 0], 'a😀'],
    ['a count in an integer', [0x5f, 0x10, 0x10, ...Buffer.from('sixteen chars ok')], 'sixteen chars ok'],
    ['a count of 8 octets', [0x4f, 0x13, ...zeros(7), 1, 9], Uint8Array.of(9)],
    ['an empty array', [0xa0], []],
  ])('%s', (_name, object, expected) => {
    expect(read(object)).toStrictEqual(expected)
  })

  test.each<[readonly number[], number | bigint]>([
    [[0x80, 7], 7],
    [[0x82, 1, 0, 0], 65536],
    [[0x87, ...ones(8)], 2n ** 64n - 1n],
  ])('UID %o', (object, expected) => {
    expect(read(object)).toEqual(dict({ CF$UID: expected }))
  })

  test('a dictionary without prototype, its keys plain', () => {
    const value = read([0xd2, 1, 2, 3, 4], ascii('__proto__'), ascii('constructor'), [0xd1, 2, 4], [0x09])
    expect(value).toEqual(dict({ ['__proto__']: dict({ constructor: true }), constructor: true }))
    expect(Object.getPrototypeOf(value)).toBeNull()
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor'])
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('offsets and references of %i octets', (size) => {
    const reference = (n: number): number[] => [...zeros(size - 1), n]
    const objects = [[0xa2, ...reference(1), ...reference(2)], [0x09], [0x08]]
    expect(decodePlist(bplist(objects, { offsetSize: size, referenceSize: size }))).toEqual([true, false])
  })

  test('an object that is shared is one object', () => {
    const [first, second] = read([0xa2, 1, 1], [0xa1, 2], [0x09]) as unknown[]
    expect(first).toEqual([true])
    expect(second).toBe(first)
  })

  test('data and the result do not look into the input', () => {
    const bytes = bplist([[0x41, 7]])
    const data = decodePlist(bytes)
    bytes.fill(0)
    expect(data).toEqual(Uint8Array.of(7))
  })

  test('a Node Buffer that is a window into another', () => {
    const pool = Buffer.from([1, 2, 3, ...bplist([[0x23, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]])])
    expect(decodePlist(pool.subarray(3))).toBe(1.5)
  })
})

describe('decodePlist refuses, binary objects', () => {
  test.each<[rule: RegExp, object: readonly number[]]>([
    [/null/, [0x00]],
    [/null/, [0x0f]],
    [/null/, [0x0c]],
    [/do not have/, [0xc0]],
    [/do not have/, [0xb0]],
    [/do not have/, [0x70]],
    [/do not have/, [0xe0]],
    [/64 bits/, [0x14, ...zeros(7), 1, ...zeros(8)]],
    [/64 bits/, [0x14, ...ones(8), 0x7f, ...ones(7)]],
    [/64 bits/, [0x15, ...zeros(32)]],
    [/a real/, [0x21, 0, 0]],
    [/a real/, [0x24, ...zeros(16)]],
    [/a date/, [0x32, 0, 0, 0, 0]],
    [/a date/, [0x33, 0x7f, 0xf0, ...zeros(6)]],
    [/a date/, [0x33, 0x7f, 0xf8, ...zeros(6)]],
    [/a date/, [0x33, 0x42, 0x50, ...zeros(6)]],
    [/neither ASCII nor UTF-8/, [0x51, 0xff]],
    [/neither ASCII nor UTF-8/, [0x5f, 0x10, 0x40, ...zeros(63), 0x80]],
    [/not UTF-16/, [0x61, 0xd8, 0x3d]],
    [/UID/, [0x88, ...zeros(9)]],
    [/longer than the data/, [0x13, 0, 0]],
    [/longer than the data/, [0x23, 0, 0]],
    [/longer than the data/, [0x33]],
    [/longer than the data/, [0x42, 1]],
    [/longer than the data/, [0x52, 0x61]],
    [/longer than the data/, [0x61, 0]],
    [/longer than the data/, [0x81, 0]],
    [/longer than the data/, [0x4f, 0x12, 0x7f, 0xff, 0xff, 0xff]],
    [/longer than the data/, [0x4f, 0x13, ...ones(8)]],
    [/longer than the data/, [0x5f, 0x13, 0x7f, ...ones(7)]],
    [/longer than the data/, [0x6f, 0x13, 0x40, ...zeros(7)]],
    [/a malformed count/, [0x4f]],
    [/a malformed count/, [0x4f, 0x11, 0]],
    [/a malformed count/, [0x4f, 0x14, ...zeros(15), 1]],
    [/a malformed count/, [0x4f, 0x40]],
    [/more members/, [0xa1]],
    [/more members/, [0xd1, 0]],
    [/more members/, [0xaf, 0x13, ...ones(8)]],
    [/more members/, [0xdf, 0x12, 0x80, 0, 0, 0]],
  ])('%s: %o', (rule, object) => {
    expectPlace(bplist([object]), rule, 8, [])
  })

  test('cycles, of any length', () => {
    expectPlace(bplist([[0xa1, 0]]), /contains itself/, 8, [0])
    expectPlace(bplist([[0xa2, 1, 2], [0x09], [0xa1, 3], [0xd1, 4, 0], ascii('k')]), /contains itself/, 8, [1, 0, 'k'])
  })

  test('keys that are no strings, or there twice', () => {
    expectPlace(
      bplist([
        [0xd1, 1, 1],
        [0x10, 1],
      ]),
      /not a string/,
      9,
      [],
    )
    expectPlace(bplist([[0xa1, 1], [0xd1, 2, 2], [0xa0]]), /not a string/, 11, [0])
    expectPlace(bplist([[0xd2, 1, 2, 3, 3], ascii('a'), ascii('a'), [0x09]]), /there twice/, 9, ['a'])
  })

  test('references and offsets to nowhere', () => {
    expectPlace(bplist([[0xa2, 1, 2], [0x09]]), /no object/, 10, [1])
    for (const offset of [0, 7, 9, 200]) {
      expectPlace(bplist([[0x09]], { offsets: [offset] }), /outside of the data/, 9, [])
    }
  })
})

describe('decodePlist refuses, binary trailers', () => {
  test.each<[string, BplistParts, RegExp]>([
    ['offsets of no octets', { offsetSize: 0 }, /integer size/],
    ['offsets of nine', { offsetSize: 9 }, /integer size/],
    ['references of no octets', { referenceSize: 0 }, /integer size/],
    ['references of nine', { referenceSize: 9 }, /integer size/],
    ['no objects', { objects: 0n, root: 0n }, /root object/],
    ['a root that is not there', { root: 1n }, /root object/],
    ['a root beyond 2^53', { root: 2n ** 63n }, /root object/],
    ['more objects than offsets', { objects: 2n }, /offset table/],
    ['2^32 objects', { objects: 2n ** 32n }, /offset table/],
    ['2^64 - 1 objects', { objects: 2n ** 64n - 1n }, /offset table/],
    ['a table behind the trailer', { table: 40n }, /offset table/],
    ['a table at 2^64 - 1', { table: 2n ** 64n - 1n }, /offset table/],
    ['a table in the header', { table: 8n }, /offset table/],
  ])('%s', (_name, parts, rule) => {
    expectRefusal(() => decodePlist(bplist([[0x09]], parts)), 'ERR_PLIST_INVALID', rule)
  })

  test('another version, no trailer', () => {
    const bytes = bplist([[0x09]])
    for (const version of ['01', '15', '0']) {
      const other = Uint8Array.from([...Buffer.from(`bplist${version}`), ...bytes.slice(8)])
      expectRefusal(() => decodePlist(other), 'ERR_PLIST_INVALID', /version/)
    }
    expectRefusal(() => decodePlist(bytes.slice(0, 39)), 'ERR_PLIST_INVALID', /without its trailer/)
  })
})

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0)
}

function ones(length: number): number[] {
  return new Array<number>(length).fill(0xff)
}

function dict(members: object): object {
  return Object.assign(Object.create(null) as object, members)
}

test('booleans are written as what they are', () => {
  expect([...encodeBinaryPlist([true, false])].slice(8, 13)).toEqual([0xa2, 1, 2, 0x09, 0x08])
})
