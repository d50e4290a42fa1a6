import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { equalBytes } from '../../src/bytes/bytes.js'
import { decodePlist } from '../../src/plist/decode.js'
import { encodeBinaryPlist } from '../../src/plist/encode-binary.js'
import { encodePlist } from '../../src/plist/encode.js'
import { errorOf, flips, outcomes, truncations } from '../support/hostile.js'
import { draw } from '../support/random.js'
import { MARKUP } from './markup.js'
import { drawValue } from './values.js'

const sample = {
  MessageType: 'TokenUpdate',
  Token: Uint8Array.from({ length: 32 }, (_, i) => 7 * i),
  Numbers: [1, 2n ** 63n, 1.5, -7],
  At: new Date('2026-01-31T23:59:59Z'),
  Nested: { 'Ünïcode & more': ['😀', '', true, { CF$UID: 3 }] },
}

describe('round trips', () => {
  const drawn = draw(20261122)
  const values = Array.from({ length: 100 }, () => drawValue(drawn))

  test.each([
    ['XML', encodePlist],
    ['binary', encodeBinaryPlist],
  ])('100 values through %s, and the same bytes again', (_name, encode) => {
    for (const value of values) {
      const bytes = encode(value)
      const decoded = decodePlist(bytes)
      expect(isDeepStrictEqual(decoded, value)).toBe(true)
      expect(equalBytes(encode(decoded), bytes)).toBe(true)
    }
  })

  test('both forms decode to the same', () => {
    for (const value of values) {
      expect(isDeepStrictEqual(decodePlist(encodeBinaryPlist(value)), decodePlist(encodePlist(value)))).toBe(true)
    }
  })

  test('what only binary holds', () => {
    const value = [NaN, Infinity, 'a\u0000b', '\ufffe', new Date('2026-01-31T23:59:59.123Z')]
    expect(decodePlist(encodeBinaryPlist(value))).toStrictEqual(value)
  })

  test('dates to the millisecond, from 0000 to 9999', () => {
    const drawnDates = Array.from({ length: 2000 }, () => new Date(drawn.below(2 ** 31) * 146_900 - 62_167_219_200_000))
    const edges = [-62167219200000, 253402300799999, 978307199999, 978307200001, -1, 1].map((time) => new Date(time))
    const dates = [...drawnDates, ...edges]
    expect(decodePlist(encodeBinaryPlist(dates))).toStrictEqual(dates)
  })
})

describe('what hostile input comes to is a value or an error of this package', () => {
  test.each([
    ['XML', encodePlist(sample)],
    ['binary', encodeBinaryPlist(sample)],
  ])('%s: every truncation is refused, every flipped bit is survived', (_name, bytes) => {
    const whole = truncations(bytes.slice(0, -1))
    expect(outcomes(whole, decodePlist)).toEqual({ values: 0, refusals: whole.length })
    const { values, refusals } = outcomes(flips(bytes), (input) => decodePlist(input))
    expect(values).toBeGreaterThan(0)
    expect(refusals).toBeGreaterThan(0)
  })

  test('random octets behind a binary header, before a trailer that fits', () => {
    const drawn = draw(7)
    const inputs = Array.from({ length: 3000 }, () => {
      const bytes = new Uint8Array(80)
      bytes.set(drawn.bytes(80))
      bytes.set(Buffer.from('bplist00'))
      bytes.fill(0, 48)
      bytes.set([1, 1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40], 54)
      for (let i = 40; i < 48; i++) bytes[i] = 8 + drawn.below(32)
      return bytes
    })
    const { values, refusals } = outcomes(inputs, (input) => decodePlist(input, { maxNodes: 10_000 }))
    expect(values).toBeGreaterThan(100)
    expect(refusals).toBeGreaterThan(100)
  })

  test('pieces of markup in any order', () => {
    const drawn = draw(11)
    const inputs = Array.from({ length: 3000 }, () =>
      Array.from({ length: 1 + drawn.below(9) }, () => drawn.pick(MARKUP)).join(''),
    )
    const { refusals } = outcomes(inputs, (input) => decodePlist(`<plist>${input}</plist>`))
    expect(refusals).toBeGreaterThan(1000)
  })

  test('a flipped bit that is refused says where', () => {
    const bytes = encodePlist(sample)
    for (const input of flips(bytes, 400)) {
      try {
        decodePlist(input)
      } catch {
        const error = errorOf(() => decodePlist(input))
        if (error.code !== 'ERR_PLIST_INVALID') continue
        const { offset } = error.details
        if (offset !== null) expect(offset).toBeLessThanOrEqual(bytes.length)
        else expect(error.message).toMatch(/not UTF-8/)
      }
    }
  })
})
