import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import {
  concatBytes,
  copyBytes,
  equalBytes,
  equalBytesConstantTime,
  latin1Bytes,
  latin1Text,
  shortAscii,
  utf8Bytes,
  writeAscii,
} from '../../src/bytes/bytes.js'
import { decodeHex, encodeHex } from '../../src/bytes/hex.js'
import { expectRefusal } from '../support/hostile.js'
import { draw } from '../support/random.js'

describe('concatBytes', () => {
  test('joins parts in order, none included', () => {
    expect(concatBytes([])).toEqual(new Uint8Array())
    expect(concatBytes([Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)])).toEqual(Uint8Array.of(1, 2, 3))
  })

  test('gives a new array even for one part', () => {
    const part = Uint8Array.of(1)
    const joined = concatBytes([part])
    part[0] = 9
    expect(joined).toEqual(Uint8Array.of(1))
  })
})

test('copyBytes is not changed from outside', () => {
  const buffer = new Uint8Array(new SharedArrayBuffer(2))
  const copy = copyBytes(buffer)
  buffer[0] = 7
  expect(copy).toEqual(Uint8Array.of(0, 0))
  expect(copy.buffer).toBeInstanceOf(ArrayBuffer)
})

describe.each([
  ['equalBytes', equalBytes],
  ['equalBytesConstantTime', equalBytesConstantTime],
])('%s', (_, equal) => {
  // Long ones are compared in words: with octets left over, and wherever in its buffer each of them begins.
  test.each([40, 101, 104, 303])('tells equal from different, at every place of %i', (length) => {
    const bytes = draw(4).bytes(length)
    expect(equal(bytes, bytes.slice())).toBe(true)
    for (const offset of [1, 2, 3]) {
      const moved = new Uint8Array(offset + length + 1).subarray(offset, offset + length)
      moved.set(bytes)
      expect(equal(bytes, moved)).toBe(true)
    }
    expect(equal(new Uint8Array(), new Uint8Array())).toBe(true)
    for (let i = 0; i < bytes.length; i++) {
      const other = bytes.slice()
      other[i]! ^= 0x80
      expect(equal(bytes, other)).toBe(false)
    }
  })

  test('a prefix is not equal', () => {
    expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false)
    expect(equal(Uint8Array.of(1), Uint8Array.of(1, 2))).toBe(false)
    expect(equal(Uint8Array.of(0), new Uint8Array())).toBe(false)
  })

  test('differences do not cancel out', () => {
    expect(equal(Uint8Array.of(1, 1), Uint8Array.of(2, 2))).toBe(false)
  })
})

describe('text', () => {
  test('latin1: every octet and back', () => {
    const all = Uint8Array.from({ length: 256 }, (_, octet) => octet)
    expect(latin1Bytes(latin1Text(all))).toEqual(all)
    expect(latin1Text(all)).toHaveLength(256)
  })

  test('latin1: longer than one slice', () => {
    const bytes = draw(5).bytes(20_000)
    expect(latin1Text(bytes)).toBe(Buffer.from(bytes).toString('latin1'))
  })

  test('short ASCII, of a part, and nothing else', () => {
    const bytes = utf8Bytes(`é${'x'.repeat(60)}`)
    expect(shortAscii(bytes, 2, 50)).toBe('x'.repeat(48))
    expect(shortAscii(bytes, 7, 7)).toBe('')
    expect(shortAscii(bytes, 2, 51)).toBeNull()
    expect(shortAscii(bytes, 1, 4)).toBeNull()
  })

  test('utf8', () => {
    expect(utf8Bytes('é€😀')).toEqual(Uint8Array.of(0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80))
  })
})

test('ASCII alone is written as ASCII, short and long, however much room there is', () => {
  for (const length of [0, 1, 99, 100, 101, 500]) {
    const text = 'x~\0'.repeat(200).slice(0, length)
    const bytes = new Uint8Array(2000)
    expect(writeAscii(text, bytes)).toBe(true)
    expect(Buffer.from(bytes.subarray(0, length)).toString('latin1')).toBe(text)
    for (const other of ['\u0080', '\u00e9', '\u{1f600}', '\ud800'])
      for (const not of [text + other, other + text]) expect(writeAscii(not, bytes)).toBe(false)
  }
})

describe('hex', () => {
  test('every octet, lower case, and back in either case', () => {
    const all = Uint8Array.from({ length: 256 }, (_, octet) => octet)
    const text = encodeHex(all)
    expect(text).toBe(Buffer.from(all).toString('hex'))
    expect(decodeHex(text)).toEqual(all)
    expect(decodeHex(text.toUpperCase())).toEqual(all)
    expect(decodeHex('')).toEqual(new Uint8Array())
  })

  test('of a part, and longer than one piece', () => {
    const bytes = draw(6).bytes(12_345)
    const text = Buffer.from(bytes).toString('hex')
    expect(encodeHex(bytes)).toBe(text)
    expect(encodeHex(bytes, 3, 9000)).toBe(text.slice(6, 18_000))
    expect(encodeHex(bytes, 5, 5)).toBe('')
  })

  test.each(['0', 'abc', '0g', 'g0', '0x', ' 00', '00 ', '0 ', '@@', '``', '\u0130\u0130', '００', '-1', '/:'])(
    'refuses %j',
    (text) => {
      expect(decodeHex(text)).toBeNull()
    },
  )
})

test('copyBytes takes octets, of another realm too, and nothing that would become zeros', () => {
  const elsewhere = runInNewContext('Uint8Array.of(1, 2)') as Uint8Array
  expect(elsewhere).not.toBeInstanceOf(Uint8Array)
  expect(copyBytes(elsewhere)).toEqual(Uint8Array.of(1, 2))
  for (const wrong of [3, 'text', null, undefined, [1], {}, Uint16Array.of(1), new ArrayBuffer(2)])
    expectRefusal(() => copyBytes(wrong as Uint8Array), 'ERR_INVALID_ARGUMENT', /Uint8Array/)
})
