import { describe, expect, test } from 'vitest'
import { berToDer, readBer } from '../../src/asn1/ber.js'
import { DER_LIMITS, readDer } from '../../src/asn1/der-reader.js'
import { concatBytes } from '../../src/bytes/bytes.js'
import { encodeHex } from '../../src/bytes/hex.js'
import type { Bytes } from '../../src/types.js'
import { hex, indefinite, nested, THING, tlv } from '../support/asn1.js'
import { errorOf, expectRefusal, flips, growth, outcomes, truncations } from '../support/hostile.js'
import { draw, type Draw } from '../support/random.js'

const convert = (text: string): string => encodeHex(berToDer(hex(text), 'thing'))
const plain = (text: string): string => encodeHex(hex(text))

describe('X.690 §8: what BER may do', () => {
  test.each([
    ['an indefinite length', '30 80 05 00 00 00', '30 02 05 00'],
    ['an empty indefinite length', '30 80 00 00', '30 00'],
    ['an indefinite length inside a definite one', '30 06 30 80 05 00 00 00', '30 04 30 02 05 00'],
    ['a definite length inside an indefinite one', '30 80 30 02 05 00 00 00', '30 04 30 02 05 00'],
    ['two indefinite lengths ended together', '30 80 30 80 00 00 00 00', '30 02 30 00'],
    ['an indefinite context tag', 'a0 80 05 00 00 00', 'a0 02 05 00'],
    ['a length in more octets than it needs', '04 81 01 aa', '04 01 aa'],
    ['a length with leading zeros', '04 84 00 00 00 01 aa', '04 01 aa'],
    ['a length in eight octets', '04 88 00 00 00 00 00 00 00 01 aa', '04 01 aa'],
    ['a long length of a constructed value', '30 82 00 02 05 00', '30 02 05 00'],
    ['a string in segments', '24 06 04 01 aa 04 01 bb', '04 02 aa bb'],
    ['a string in segments of indefinite length', '24 80 04 01 aa 04 01 bb 00 00', '04 02 aa bb'],
    ['a string in no segments', '24 80 00 00', '04 00'],
    ['an empty segment', '24 05 04 00 04 01 aa', '04 01 aa'],
    ['segments in segments', '24 80 24 80 04 01 aa 00 00 04 01 bb 00 00', '04 02 aa bb'],
    ['a segment with a long length', '24 80 04 81 01 aa 00 00', '04 01 aa'],
    ['a UTF8String of UTF8Strings', '2c 06 0c 01 41 0c 01 42', '0c 02 41 42'],
    ['a UTF8String of OCTET STRINGs', '2c 06 04 01 41 04 01 42', '0c 02 41 42'],
    ['a PrintableString in segments', '33 06 13 01 41 13 01 42', '13 02 41 42'],
    ['a UTCTime in segments', '37 80 17 02 32 34 17 02 30 31 00 00', '17 04 32 34 30 31'],
    ['a BIT STRING in segments', '23 08 03 02 00 aa 03 02 04 b0', '03 03 04 aa b0'],
    ['a BIT STRING of one segment', '23 80 03 02 03 a8 00 00', '03 02 03 a8'],
    ['a BIT STRING in no segments', '23 00', '03 01 00'],
    ['a BIT STRING in segments of segments', '23 80 23 80 03 02 00 aa 00 00 03 02 00 bb 00 00', '03 03 00 aa bb'],
    ['a string in segments inside others', '30 80 24 80 04 01 aa 00 00 05 00 00 00', '30 05 04 01 aa 05 00'],
    ['a tag above 30', 'bf 81 00 80 05 00 00 00', 'bf 81 00 02 05 00'],
    ['zeros that are content', '30 80 04 02 00 00 00 00', '30 04 04 02 00 00'],
    ['EXTERNAL and EMBEDDED PDV, which are structures', '30 80 28 00 2b 00 00 00', '30 04 28 00 2b 00'],
  ])('%s', (_, ber, der) => {
    expect(convert(ber)).toBe(plain(der))
    expect(encodeHex(readBer(hex(ber), THING).bytes)).toBe(plain(der))
  })

  test('a joined length that needs more octets than the segments had', () => {
    const segments = Array.from({ length: 200 }, (_, index) => tlv(0x04, Uint8Array.of(index)))
    const joined = tlv(
      0x30,
      tlv(
        0x04,
        Uint8Array.from({ length: 200 }, (_, index) => index),
      ),
    )
    expect(berToDer(indefinite(0x30, indefinite(0x24, ...segments)), 'thing')).toEqual(joined)
  })

  test.each([126, 127, 128, 255, 256, 65_535, 65_536, 0x1000000])('an indefinite length around %d octets', (length) => {
    const content = concatBytes([tlv(0x04, new Uint8Array(length - 6)), tlv(0x05)])
    expect(Buffer.compare(berToDer(indefinite(0x30, content), 'thing'), tlv(0x30, content))).toBe(0)
  })
})

describe('what is DER', () => {
  test('is read where it stands, without a copy', () => {
    const bytes = tlv(0x30, tlv(0x02, Uint8Array.of(1)))
    expect(readBer(bytes, THING)).toEqual(readDer(bytes, THING))
    expect(readBer(bytes, THING).bytes).toBe(bytes)
  })

  test('comes out of the conversion as it was, also inside BER', () => {
    const source = draw(30)
    for (let i = 0; i < 200; i++) {
      const der = tree(source, 4, false)
      expect(berToDer(der, 'thing')).toEqual(der)
      expect(berToDer(indefinite(0x30, der), 'thing')).toEqual(tlv(0x30, der))
    }
  })

  test('is the same for every way to spell a value', () => {
    for (let seed = 100; seed < 400; seed++) {
      const der = tree(draw(seed), 4, false)
      const ber = tree(draw(seed), 4, true)
      const converted = berToDer(ber, 'thing')
      if (Buffer.compare(converted, der) !== 0) throw new Error(`seed ${String(seed)}: ${encodeHex(ber)}`)
      expect(readDer(converted, THING).end).toBe(der.length)
    }
  })
})

/** The same tree of values for the same seed, in DER or in whatever BER allows. */
function tree(source: Draw, depth: number, loose: boolean): Bytes {
  const spelling = draw(source.below(2 ** 31))
  if (depth === 0 || source.below(4) === 0) {
    const tag = source.pick([0x02, 0x04, 0x0c, 0x13, 0x80])
    const content = source.bytes(source.below(300))
    return loose ? looseLeaf(spelling, tag, content) : tlv(tag, content)
  }
  const tag = source.pick([0x30, 0x31, 0xa0, 0xa1])
  const children = Array.from({ length: source.below(5) }, () => tree(source, depth - 1, loose))
  return loose && spelling.below(2) === 0 ? indefinite(tag, ...children) : tlv(tag, ...children)
}

function looseLeaf(spelling: Draw, tag: number, content: Bytes): Bytes {
  if (tag === 0x02 || tag === 0x80 || spelling.below(2) === 0) return looseLength(spelling, tag, content)
  const segments: Bytes[] = []
  for (let at = 0; at < content.length;) {
    const size = 1 + spelling.below(100)
    segments.push(looseLeaf(spelling, spelling.pick([tag, 0x04]), content.slice(at, at + size)))
    at += size
  }
  return spelling.below(2) === 0 ? indefinite(tag | 0x20, ...segments) : tlv(tag | 0x20, ...segments)
}

function looseLength(spelling: Draw, tag: number, content: Bytes): Bytes {
  const octets = 3 + spelling.below(6)
  const length = Array.from(
    { length: octets },
    (_, index) => Math.floor(content.length / 256 ** (octets - 1 - index)) % 256,
  )
  return concatBytes([Uint8Array.from([tag, 0x80 | octets, ...length]), content])
}

describe('refused with ERR_ENCODING', () => {
  const cut = /^thing: the BER is cut short or malformed$/
  test.each([
    ['nothing', '', cut],
    ['a tag alone', '30', cut],
    ['an indefinite length without end', '30 80', cut],
    ['half an end', '30 80 00', cut],
    ['one end for two indefinite lengths', '30 80 30 80 00 00', cut],
    ['an end with a content', '30 80 00 01 00', cut],
    ['an end in a definite length', '30 02 00 00', cut],
    ['an end alone', '00 00', cut],
    ['an end with the constructed bit', '20 00', cut],
    ['an end that lies behind the definite parent', '30 03 30 80 00 00', cut],
    ['an indefinite primitive value', '04 80 00 00', cut],
    ['an indefinite primitive context value', '80 80 00 00', cut],
    ['a content that is cut', '04 02 aa', cut],
    ['a child longer than its parent', '30 03 04 02 aa bb', cut],
    ['a child longer than its indefinite parent’s parent', '30 06 30 80 04 09 00 00', cut],
    ['a length that is cut', '04 82 01', cut],
    ['a length of nine octets', `04 89 ${'00'.repeat(8)} 01 aa`, cut],
    ['a length of all ones', `04 ff ${'00'.repeat(127)}`, cut],
    ['a length of 2^64 less one', '04 88 ff ff ff ff ff ff ff ff', cut],
    ['a tag that is cut', '9f 81', cut],
    ['a tag of six octets', '9f 81 81 81 81 01 00', cut],
    ['a constructed INTEGER', '22 03 02 01 00', cut],
    ['a constructed BOOLEAN', '21 03 01 01 ff', cut],
    ['a constructed NULL', '25 00', cut],
    ['a constructed OBJECT IDENTIFIER', '26 03 06 01 2a', cut],
    ['a constructed ENUMERATED', '2a 03 0a 01 00', cut],
    ['a constructed universal tag above 30', '3f 1f 00', cut],
    ['an OCTET STRING with another type among its segments', '24 03 0c 01 41', cut],
    ['an OCTET STRING with a SEQUENCE among its segments', '24 02 30 00', cut],
    ['an OCTET STRING with a context tag among its segments', '24 03 84 01 aa', cut],
    ['a BIT STRING with an OCTET STRING among its segments', '23 03 04 01 aa', cut],
    ['an octet segment of a UTF8String with a UTF8String inside', '2c 05 24 03 0c 01 41', cut],
    ['a BIT STRING without its count of unused bits', '23 02 03 00', cut],
    ['the same outside of segments', '30 80 03 00 00 00', cut],
    ['unused bits before the last segment', '23 08 03 02 04 a0 03 02 00 bb', cut],
    ['a trailing octet', '30 80 00 00 00', /^thing: the BER is followed by other bytes$/],
    ['a second value', '30 80 00 00 05 00', /followed by other bytes/],
  ])('%s', (_, text, reason) => {
    expectRefusal(() => berToDer(hex(text), 'thing'), 'ERR_ENCODING', reason)
    expectRefusal(() => readBer(hex(text), THING), 'ERR_ENCODING')
  })

  test.each([
    ['tag 30 in the long form', '30 80 9f 1e 00 00 00'],
    ['a tag with a leading zero', '30 80 9f 80 1f 00 00 00'],
  ])('by the reader of what comes out: %s', (_, text) => {
    expectRefusal(() => readBer(hex(text), THING), 'ERR_ENCODING', /^thing: the DER has a /)
  })

  test('a primitive SEQUENCE is a thing of no format', () => {
    expectRefusal(() => readBer(hex('30 80 10 00 00 00'), THING), THING.code, /primitive SEQUENCE/)
  })
})

describe('limits', () => {
  test('depth 32 passes, 33 does not', () => {
    expect(readBer(nested(32, indefinite), THING).bytes).toEqual(nested(32, tlv))
    for (const read of [readBer, (bytes: Uint8Array) => berToDer(bytes, 'thing')])
      expectRefusal(() => read(nested(33, indefinite), THING), 'ERR_LIMIT', /thing: nested deeper than 32/)
  })

  test('segments of segments count as depth', () => {
    let value = tlv(0x04, Uint8Array.of(1))
    for (let level = 0; level < 33; level++) value = indefinite(0x24, value)
    expectRefusal(() => readBer(value, THING), 'ERR_LIMIT', /nested deeper/)
  })

  test('a bomb of indefinite lengths is refused at once', () => {
    const bomb = new Uint8Array(30_000_000).fill(0x80)
    for (let i = 0; i < bomb.length; i += 2) bomb[i] = 0x30
    expectRefusal(() => readBer(bomb, THING), 'ERR_LIMIT', /nested deeper/)
  })

  test('more values than the limit are refused', () => {
    const nulls = new Uint8Array(2 * DER_LIMITS.maxNodes)
    for (let i = 0; i < nulls.length; i += 2) nulls[i] = 5
    expectRefusal(() => readBer(indefinite(0x30, nulls), THING), 'ERR_LIMIT', /more than \d+ values/)
    // Before anything is written: what is written is counted again by who reads it.
    expectRefusal(() => berToDer(indefinite(0x30, nulls), 'thing'), 'ERR_LIMIT', /more than \d+ values/)
  })

  test('32 MiB and an octet are refused without a look inside', () => {
    const bytes = new Uint8Array(DER_LIMITS.maxBytes + 1)
    expectRefusal(() => readBer(bytes, THING), 'ERR_LIMIT', /more than 33554432 bytes/)
    expectRefusal(() => berToDer(bytes, 'thing'), 'ERR_LIMIT', /more than 33554432 bytes/)
  })
})

describe('hostile input', () => {
  const samples = Array.from({ length: 25 }, (_, seed) => tree(draw(1000 + seed), 4, true)).filter(
    (ber) => ber.length > 9,
  )

  test('every truncation is refused', () => {
    for (const sample of samples) {
      const cut = truncations(sample, 500)
      expect(outcomes(cut, (bytes) => readBer(bytes, THING)).values).toBe(0)
    }
  })

  test('every flipped bit gives DER or a refusal', () => {
    const flipped = samples.flatMap((sample) => flips(sample, 300))
    const { values, refusals } = outcomes(flipped, (bytes) => {
      const value = readBer(bytes, THING)
      if (value.end !== value.bytes.length || value.start !== 0) throw new Error('the value does not fill its bytes')
    })
    expect(values).toBeGreaterThan(100)
    expect(refusals).toBeGreaterThan(100)
  })

  test('an error names the format and no octet of the input', () => {
    expect(errorOf(() => readBer(hex('30 80 41 42'), THING)).message).toMatch(/^thing: the BER [a-z ]+$/)
  })

  test('time is linear in values, segments and octets', () => {
    const many = (size: number, text: string) => new Array<Bytes>(size).fill(hex(text))
    const values = (size: number) => indefinite(0x30, ...many(size, '30 80 05 00 00 00'))
    const segments = (size: number) => indefinite(0x24, ...many(size, '04 01 aa'))
    const octets = (size: number) => indefinite(0x30, tlv(0x04, new Uint8Array(100 * size)))
    for (const input of [values, segments, octets])
      expect(
        growth((size) => {
          const ber = input(size)
          return () => readBer(ber, THING)
        }, 20_000),
      ).toBeLessThan(3)
  })
})
