import { describe, expect, test } from 'vitest'
import { decodeBase64, encodeBase64 } from '../../src/bytes/base64.js'
import { utf8Bytes } from '../../src/bytes/bytes.js'
import { draw } from '../support/random.js'
import { growth } from '../support/hostile.js'

// RFC 4648 §10
const VECTORS = [
  ['', ''],
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy'],
] as const

describe('RFC 4648 §10', () => {
  test.each(VECTORS)('%j is %j', (text, encoded) => {
    expect(encodeBase64(utf8Bytes(text))).toBe(encoded)
    expect(decodeBase64(encoded)).toEqual(utf8Bytes(text))
  })
})

describe('any bytes', () => {
  const source = draw(1)
  const samples = Array.from({ length: 300 }, (_, index) => source.bytes(index))

  test('come back, and read as Buffer reads them', () => {
    for (const bytes of samples) {
      const text = encodeBase64(bytes)
      expect(text).toBe(Buffer.from(bytes).toString('base64'))
      expect(decodeBase64(text)).toEqual(bytes)
    }
  })

  test('come back from the URL-safe alphabet without padding, leniently alone', () => {
    for (const bytes of samples) {
      const text = Buffer.from(bytes).toString('base64url')
      expect(decodeBase64(text, { lenient: true })).toEqual(bytes)
      const isPlain = !/[-_]/.test(text) && text.length % 4 === 0
      expect(decodeBase64(text) !== null).toBe(isPlain)
    }
  })

  test('come back with white space anywhere', () => {
    for (const bytes of samples) {
      const spaced = encodeBase64(bytes).replace(/(.)/g, (c) => c + source.pick(['', ' ', '\n', '\r\n', '\t', '\f']))
      expect(decodeBase64(` ${spaced}`)).toEqual(bytes)
    }
  })

  test('large ones, beyond what a call can take as arguments', () => {
    const bytes = draw(2).bytes(300_001)
    expect(Buffer.compare(decodeBase64(encodeBase64(bytes)) ?? new Uint8Array(), bytes)).toBe(0)
  })
})

describe('refused', () => {
  test.each([
    ['one character of a group', 'Z'],
    ['one character of the last group', 'Zm9vY'],
    ['no padding', 'Zg'],
    ['half the padding', 'Zg='],
    ['too much padding', 'Zm8=='],
    ['padding alone', '===='],
    ['padding after a full group', 'Zm9v='],
    ['data after padding', 'Zg==Zg=='],
    ['padding in the middle', 'Z=g='],
    ['bits that no octet uses, two characters', 'Zh=='],
    ['bits that no octet uses, three characters', 'Zm9='],
    ['URL-safe minus', 'Zm-v'],
    ['URL-safe underscore', 'Zm_v'],
    ['a character of no alphabet', 'Zm9*'],
    ['a control character', 'Zm9\0'],
    ['a no-break space', 'Zm9v\u00a0'],
    ['a character above U+00FF that ends in the octet of A', 'Zm9\u0141'],
  ])('%s', (_, text) => {
    expect(decodeBase64(text)).toBeNull()
  })

  test.each([
    ['one character of the last group', 'Zm9vY'],
    ['half the padding', 'Zg='],
    ['too much padding', 'Zm8=='],
    ['data after padding', 'Zg==Zg=='],
    ['a character of no alphabet', 'Zm9*'],
  ])('leniently too: %s', (_, text) => {
    expect(decodeBase64(text, { lenient: true })).toBeNull()
  })

  test('lenient takes bits that no octet uses', () => {
    expect(decodeBase64('Zh==', { lenient: true })).toEqual(utf8Bytes('f'))
    expect(decodeBase64('Zm9', { lenient: true })).toEqual(utf8Bytes('fo'))
  })
})

test('reading is linear', () => {
  const text = encodeBase64(draw(3).bytes(600_000))
  expect(growth((size) => () => decodeBase64(text.slice(0, size)), 400_000)).toBeLessThan(3)
})
