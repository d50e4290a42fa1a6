import { describe, expect, test } from 'vitest'
import { decodeBase64 } from '../../src/bytes/base64.js'
import { decodeMessageBase64 } from '../../src/crypto/message-base64.js'
import { runtime } from '../../src/runtime/node.js'
import { draw } from '../support/random.js'

const source = draw(7)
const samples = [...Array.from({ length: 200 }, (_, length) => source.bytes(length)), source.bytes(5000)]

describe('what a runtime reads natively', () => {
  test('is read as it was written, in an array of its own', () => {
    for (const bytes of samples) {
      const text = Buffer.from(bytes).toString('base64')
      const native = runtime.canonicalBase64(text)
      expect(native).toStrictEqual(bytes)
      expect(native?.constructor).toBe(Uint8Array)
      expect(native?.buffer.byteLength).toBe(bytes.length)
    }
  })

  test.each([
    ['padding that is missing', 'Zg'],
    ['padding where none belongs', 'Zm9v='],
    ['bits that no octet uses', 'Zh=='],
    ['the URL-safe alphabet', '-_-_'],
    ['a line end', 'Zm9v\n'],
    ['a space', 'Zm 9v'],
    ['digits behind padding', 'Zg==Zg=='],
    ['another character', 'Zm9*'],
    ['a character whose low octet is a digit', 'Zm9\u0176'],
    ['a lone surrogate', 'Zm9\ud841'],
  ])('is not: %s', (_, text) => {
    expect(runtime.canonicalBase64(text)).toBeNull()
  })
})

test('all else is read as the package reads it, leniently', () => {
  const letters = 'AZaz09+/-_= \n*\u0141\ud841'
  for (const bytes of samples.slice(0, 60)) {
    const text = Buffer.from(bytes).toString('base64')
    for (let i = 0; i < 20; i++) {
      const [at = 0, letter = 0, cut = 0] = source.bytes(3)
      const place = at % (text.length + 1)
      const changed =
        text.slice(0, place) + (letters[letter % letters.length] as string) + text.slice(place + (cut & 1))
      expect(decodeMessageBase64(changed)).toStrictEqual(decodeBase64(changed, { lenient: true }))
    }
    expect(decodeMessageBase64(text)).toStrictEqual(bytes)
    expect(decodeMessageBase64(Buffer.from(bytes).toString('base64url'))).toStrictEqual(bytes)
  }
})
