import { describe, expect, test } from 'vitest'
import {
  atEnd,
  contentOf,
  contextConstructed,
  contextTag,
  copyContent,
  copyEncoding,
  DER_LIMITS,
  encodingOf,
  enter,
  enterNext,
  finish,
  next,
  nextAny,
  nextIf,
  peekTag,
  readDer,
  TAG,
} from '../../src/asn1/der-reader.js'
import { concatBytes } from '../../src/bytes/bytes.js'
import { hex, nested, THING, tlv } from '../support/asn1.js'
import { errorOf, expectRefusal, flips, growth, outcomes, truncations } from '../support/hostile.js'
import { draw } from '../support/random.js'

const read = (text: string) => readDer(hex(text), THING)

describe('readDer takes', () => {
  test.each([
    ['an empty value', '05 00', 0x05, 2, 2],
    ['a primitive value', '04 03 010203', 0x04, 2, 5],
    ['a length of two octets', `04 81 80 ${'00'.repeat(128)}`, 0x04, 3, 131],
    ['a length of three octets', `04 82 0100 ${'00'.repeat(256)}`, 0x04, 4, 260],
    ['tag 31', '9f 1f 00', 0x1f9f, 3, 3],
    ['tag 127', '9f 7f 00', 0x7f9f, 3, 3],
    ['tag 128', 'bf 8100 00', 0x80bf, 4, 4],
    ['a nested value', '30 05 30 03 02 01 07', 0x30, 2, 7],
    ['an empty SEQUENCE', '30 00', 0x30, 2, 2],
    ['siblings', '30 04 05 00 05 00', 0x30, 2, 6],
  ])('%s', (_, text, tag, body, end) => {
    const bytes = hex(text)
    expect(readDer(bytes, THING)).toEqual({ bytes, tag, start: 0, body, end })
  })

  test('lengths of four and five octets', () => {
    for (const length of [0x10000, 0x1000000]) {
      const value = readDer(tlv(0x04, new Uint8Array(length)), THING)
      expect(value.end - value.body).toBe(length)
    }
  })
})

describe('readDer refuses with ERR_ENCODING', () => {
  test.each([
    ['nothing', '', /cut short/],
    ['a tag alone', '30', /cut short/],
    ['a length that is cut', '30 82 01', /cut short/],
    ['a content that is cut', '04 02 00', /cut short/],
    ['a child longer than its parent', '30 03 04 02 00 00', /cut short/],
    ['a child whose header does not fit', '30 01 04', /cut short/],
    ['a child whose length does not fit', '30 02 04 81', /cut short/],
    ['a long tag that is cut', '9f', /cut short/],
    ['a long tag without end', '9f 81 81', /cut short/],
    ['a long tag without length', '9f 1f', /cut short/],
    ['a trailing octet', '05 00 00', /followed by other bytes/],
    ['a second value', '05 00 05 00', /followed by other bytes/],
    ['a long form for a short length', '04 81 01 00', /length that is not minimal/],
    ['a long form for 127', `04 81 7f ${'00'.repeat(127)}`, /length that is not minimal/],
    ['a leading zero in a length', `04 82 00 80 ${'00'.repeat(128)}`, /length that is not minimal/],
    ['a length of five octets', '04 85 00 00 00 00 01 00', /length that is not minimal/],
    ['a length of all ones', '04 ff 00', /length that is not minimal/],
    ['an indefinite length', '30 80 00 00', /length that is not minimal/],
    ['tag 30 in the long form', '9f 1e 00', /tag that is not minimal/],
    ['a leading zero in a tag', '9f 80 1f 00', /tag that is not minimal/],
    ['a tag above 2^21', '9f 81 80 80 80 00 00', /tag that is not minimal/],
    ['a constructed OCTET STRING', '24 03 04 01 00', /form that DER does not allow/],
    ['a constructed BIT STRING', '23 04 03 02 00 00', /form that DER does not allow/],
    ['a constructed UTF8String', '2c 03 0c 01 41', /form that DER does not allow/],
    ['a constructed INTEGER', '22 03 02 01 00', /form that DER does not allow/],
    ['a constructed NULL inside', '30 02 25 00', /form that DER does not allow/],
    ['end-of-contents', '00 00', /form that DER does not allow/],
    ['end-of-contents inside', '30 02 00 00', /form that DER does not allow/],
  ])('%s', (_, text, reason) => {
    expectRefusal(() => read(text), 'ERR_ENCODING', reason)
  })

  test.each(['10 00', '11 00', '30 02 10 00'])('a primitive SEQUENCE or SET (%s) is no value of any format', (text) => {
    expectRefusal(() => read(text), THING.code, /primitive SEQUENCE/)
  })

  test('naming the format', () => {
    expect(errorOf(() => read('05')).message).toMatch(/^thing: the DER /)
  })
})

describe('limits', () => {
  test('depth 32 passes, 33 does not', () => {
    expect(DER_LIMITS.maxDepth).toBe(32)
    expect(readDer(nested(32, tlv), THING).tag).toBe(TAG.SEQUENCE)
    expectRefusal(() => readDer(nested(33, tlv), THING), 'ERR_LIMIT', /nested deeper than 32/)
  })

  test('a bomb of 100,000 levels is refused at once', () => {
    // As long as the header of every level needs; the innermost lengths do not matter, nobody gets there.
    const bomb = concatBytes(Array.from({ length: 100_000 }, (_, level) => hexLength(5 * (100_000 - level - 1))))
    expectRefusal(() => readDer(bomb, THING), 'ERR_LIMIT', /nested deeper/)
  })

  test('context tags count as levels like others', () => {
    const value = nested(33, (_, ...content) => tlv(0xa0, ...content))
    expectRefusal(() => readDer(value, THING), 'ERR_LIMIT', /nested deeper/)
  })

  test('two million values pass, one more does not', () => {
    expect(DER_LIMITS.maxNodes).toBe(2_000_000)
    const nulls = new Uint8Array(2 * DER_LIMITS.maxNodes).fill(5)
    for (let i = 1; i < nulls.length; i += 2) nulls[i] = 0
    expect(readDer(tlv(0x30, nulls.subarray(2)), THING).tag).toBe(TAG.SEQUENCE)
    expectRefusal(() => readDer(tlv(0x30, nulls), THING), 'ERR_LIMIT', /more than 2000000 values/)
  })

  test('32 MiB and an octet are refused without a look inside', () => {
    const bytes = new Uint8Array(DER_LIMITS.maxBytes + 1)
    expect(DER_LIMITS.maxBytes).toBe(32 * 1024 * 1024)
    expectRefusal(() => readDer(bytes, THING), 'ERR_LIMIT', /more than 33554432 bytes/)
    expectRefusal(() => readDer(bytes.subarray(1), THING), 'ERR_ENCODING')
  })
})

/** A SEQUENCE header of five octets. */
function hexLength(length: number): Uint8Array {
  return Uint8Array.of(0x30, 0x83, length >> 16, length >> 8, length)
}

describe('cursors', () => {
  const value = read('30 0c 02 01 07 a0 02 05 00 9f 20 00 80 00')

  test('step through side by side values', () => {
    const cursor = enter(value, TAG.SEQUENCE, THING, 'list')
    expect(peekTag(cursor)).toBe(TAG.INTEGER)
    expect(contentOf(next(cursor, TAG.INTEGER, 'number'))).toEqual(Uint8Array.of(7))
    expect(nextIf(cursor, contextConstructed(1))).toBeNull()
    const inner = enterNext(cursor, contextConstructed(0), 'inner')
    expect(nextAny(inner, 'null').tag).toBe(TAG.NULL)
    expect(atEnd(inner)).toBe(true)
    expect(peekTag(cursor)).toBe(0x209f)
    expect(nextIf(cursor, 0x209f)?.tag).toBe(0x209f)
    expect(atEnd(cursor)).toBe(false)
    expect(nextIf(cursor, contextTag(0))?.tag).toBe(contextTag(0))
    expect(peekTag(cursor)).toBe(-1)
    expect(nextIf(cursor, contextTag(0))).toBeNull()
    finish(cursor, 'list')
  })

  test('refuse another type, in the words of the format', () => {
    const reason = /^thing: list is missing or has the wrong type$/
    expectRefusal(() => enter(value, TAG.SET, THING, 'list'), 'ERR_CMS_INVALID', reason)
    const cursor = enter(value, TAG.SEQUENCE, THING, 'list')
    expectRefusal(() => next(cursor, TAG.OID, 'list'), 'ERR_CMS_INVALID', reason)
    expectRefusal(
      () => enterNext(enter(value, TAG.SEQUENCE, THING, 'list'), TAG.SET, 'list'),
      'ERR_CMS_INVALID',
      reason,
    )
  })

  test('refuse to go past the end of their own value', () => {
    const outer = enter(read('30 04 30 00 05 00'), TAG.SEQUENCE, THING, 'outer')
    const inner = enterNext(outer, TAG.SEQUENCE, 'inner')
    expectRefusal(() => nextAny(inner, 'field'), 'ERR_CMS_INVALID', /field is missing/)
    expectRefusal(() => next(inner, TAG.NULL, 'field'), 'ERR_CMS_INVALID', /field is missing/)
  })

  test('refuse fields that nobody asked for', () => {
    const cursor = enter(value, TAG.SEQUENCE, THING, 'list')
    expectRefusal(
      () => {
        finish(cursor, 'list')
      },
      'ERR_CMS_INVALID',
      /list has too many fields/,
    )
  })

  test('give views and copies', () => {
    const bytes = hex('30 03 04 01 aa')
    const inner = nextAny(enter(readDer(bytes, THING), TAG.SEQUENCE, THING, 'list'), 'octets')
    expect(encodingOf(inner)).toEqual(hex('04 01 aa'))
    const copies = [copyEncoding(inner), copyContent(inner)]
    bytes[4] = 0xbb
    expect(contentOf(inner)).toEqual(hex('bb'))
    expect(copies).toEqual([hex('04 01 aa'), hex('aa')])
  })
})

describe('hostile input', () => {
  const source = draw(10)
  const tree = (depth: number): Uint8Array =>
    depth === 0
      ? tlv(source.pick([0x02, 0x04, 0x05, 0x0c, 0x80, 0x87]), source.bytes(source.below(9)))
      : tlv(source.pick([0x30, 0x31, 0xa0, 0xa3]), ...Array.from({ length: source.below(5) }, () => tree(depth - 1)))
  const samples = Array.from({ length: 40 }, () => tlv(0x30, tree(4), tree(3)))

  test('every truncation is refused', () => {
    for (const sample of samples) {
      const cut = truncations(sample)
      expect(outcomes(cut, (bytes) => readDer(bytes, THING))).toEqual({ values: 0, refusals: cut.length })
    }
  })

  test('every flipped bit gives a value or a refusal, and a value is walked without a fault', () => {
    const flipped = samples.flatMap((sample) => flips(sample, 300))
    const { values, refusals } = outcomes(flipped, (bytes) => {
      if (walk(bytes) !== bytes.length) throw new Error('the walk missed octets')
    })
    expect(values).toBeGreaterThan(100)
    expect(refusals).toBeGreaterThan(100)
  })

  test('random octets never give another exception', () => {
    const inputs = Array.from({ length: 4000 }, () => source.bytes(source.below(24)))
    expect(outcomes(inputs, walk).refusals).toBeGreaterThan(3000)
  })

  test('time is linear in the number of values', () => {
    const run = (size: number) => {
      const bytes = tlv(0x30, hex('30 03 02 01 00'.repeat(size)))
      return () => readDer(bytes, THING)
    }
    expect(growth(run, 60_000)).toBeLessThan(3)
  })
})

/** Visits every value through cursors; answers with how many octets the encodings of the leaves and headers take. */
function walk(bytes: Uint8Array): number {
  const root = readDer(bytes, THING)
  let counted = 0
  const visit = (value: ReturnType<typeof readDer>): void => {
    counted += value.body - value.start
    if ((value.tag & 0x20) === 0) {
      counted += contentOf(value).length
      return
    }
    const cursor = enter(value, value.tag, THING, 'value')
    while (!atEnd(cursor)) {
      if (peekTag(cursor) !== nextTagOf(cursor)) throw new Error('peekTag tells another tag than next gives')
      visit(nextAny(cursor, 'value'))
    }
    finish(cursor, 'value')
  }
  visit(root)
  return counted
}

function nextTagOf(cursor: Parameters<typeof nextAny>[0]): number {
  return nextAny({ ...cursor }, 'value').tag
}
