import { sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ecdsaFromDer, ecdsaToDer, isEcdsaDer } from '../../src/crypto/ecdsa-signature.js'
import { truncations } from '../support/hostile.js'
import { ecPair } from './support.js'

const SIZES = { 'P-256': 32, 'P-384': 48, 'P-521': 66 } as const

/** SEQUENCE of these INTEGER contents, with short lengths. */
function der(...numbers: readonly (readonly number[])[]): Uint8Array {
  const body = numbers.flatMap((content) => [0x02, content.length, ...content])
  return Uint8Array.of(0x30, body.length, ...body)
}

describe.each(['P-256', 'P-384', 'P-521'] as const)('signatures on %s', (curve) => {
  test('OpenSSL’s two spellings are each other’s', () => {
    const { privateKey } = ecPair(curve)
    for (let i = 0; i < 40; i++) {
      const signature = new Uint8Array(sign('sha256', Uint8Array.of(i), privateKey))
      const numbers = ecdsaFromDer(signature, SIZES[curve])
      expect(numbers).toHaveLength(2 * SIZES[curve])
      expect(ecdsaToDer(numbers!)).toEqual(signature)
    }
  })

  test('cut short, or with bytes behind it, is none', () => {
    const signature = new Uint8Array(sign('sha256', Uint8Array.of(1), ecPair(curve).privateKey))
    for (const short of truncations(signature)) expect(ecdsaFromDer(short, SIZES[curve])).toBeNull()
    expect(ecdsaFromDer(Uint8Array.of(...signature, 0), SIZES[curve])).toBeNull()
  })
})

describe('what is refused', () => {
  const one = [1]
  test.each([
    ['nothing', Uint8Array.of()],
    ['an empty SEQUENCE', der()],
    ['one number', der(one)],
    ['three numbers', der(one, one, one)],
    ['an empty number', der([], one)],
    ['zero', der([0], one)],
    ['zero for s', der(one, [0])],
    ['a negative number', der([0x80], one)],
    ['a negative number for s', der(one, [0xff, 0x01])],
    ['a number that is not minimal', der([0, 1], one)],
    [
      'a number longer than the curve',
      der(
        Array.from({ length: 33 }, () => 1),
        one,
      ),
    ],
    ['another tag than SEQUENCE', Uint8Array.of(0x31, ...der(one, one).subarray(1))],
    ['another tag than INTEGER', Uint8Array.of(0x30, 6, 2, 1, 1, 4, 1, 1)],
    ['an indefinite length', Uint8Array.of(0x30, 0x80, 2, 1, 1, 2, 1, 1, 0, 0)],
    ['a long form for a short length', Uint8Array.of(0x30, 0x81, 6, 2, 1, 1, 2, 1, 1)],
    ['a length beyond the end', Uint8Array.of(0x30, 7, 2, 1, 1, 2, 1, 1)],
    ['a number beyond the end', Uint8Array.of(0x30, 6, 2, 1, 1, 2, 2, 1)],
    ['a long form for a number', Uint8Array.of(0x30, 7, 2, 0x81, 1, 1, 2, 1, 1)],
  ])('%s', (_, bytes) => {
    expect(ecdsaFromDer(bytes, 32)).toBeNull()
    if (!/longer/.test(_)) expect(isEcdsaDer(bytes)).toBe(false)
  })

  test('while the same around good numbers is taken', () => {
    expect(ecdsaFromDer(der(one, [0, 0x80]), 32)).toEqual(
      Uint8Array.from({ length: 64 }, (_, i) => (i === 31 ? 1 : i === 63 ? 0x80 : 0)),
    )
  })
})
