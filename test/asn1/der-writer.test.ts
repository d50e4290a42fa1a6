import { describe, expect, test } from 'vitest'
import { contentOf, DER_LIMITS, readDer, TAG } from '../../src/asn1/der-reader.js'
import { integerHex, namedBits, oidOf, smallInteger, timeOf } from '../../src/asn1/der-values.js'
import {
  encodeBitString,
  encodeBoolean,
  encodeContextConstructed,
  encodeContextPrimitive,
  encodeDirectoryString,
  ENCODED_NULL,
  encodeIa5String,
  encodeInteger,
  encodeIntegerHex,
  encodeIntegerOctets,
  encodeNamedBits,
  encodeOctetString,
  encodeOid,
  encodePrintableString,
  encodeSequence,
  derTree,
  sequenceTree,
  setOfTree,
  encodeSetOf,
  encodeTime,
  encodeTlv,
  encodeUtf8String,
  isPrintableString,
  sortEncodings,
} from '../../src/asn1/der-writer.js'
import { OID } from '../../src/asn1/oid.js'
import { hex, THING, tlv } from '../support/asn1.js'
import { expectRefusal } from '../support/hostile.js'
import { draw } from '../support/random.js'

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

test.each([0, 1, 127, 128, 255, 256, 65_535, 65_536, 0xffffff, 0x1000000])('a length of %d is minimal', (length) => {
  const content = new Uint8Array(length)
  const encoded = encodeTlv(TAG.OCTET_STRING, content)
  expect(same(encoded, tlv(0x04, content))).toBe(true)
  expect(readDer(encoded, THING).end).toBe(encoded.length)
})

test('parts are joined', () => {
  expect(encodeTlv(0x04, hex('01'), hex(''), hex('02 03'))).toEqual(hex('04 03 01 02 03'))
})

describe('constructed', () => {
  test('SEQUENCE and SET keep the order given, SET OF sorts', () => {
    const parts = [hex('02 01 02'), hex('02 01 01')]
    expect(encodeSequence(...parts)).toEqual(hex('30 06 02 01 02 02 01 01'))
    expect(encodeSetOf(parts)).toEqual(hex('31 06 02 01 01 02 01 02'))
  })

  test('trees are written as their encodings would be, at each length', () => {
    for (const length of [0, 127, 128, 255, 256, 65_535, 65_536]) {
      const content = new Uint8Array(length).fill(7)
      const inner = encodeSequence(hex('05 00'), encodeTlv(TAG.OCTET_STRING, content))
      const tree = sequenceTree(hex('05 00'), derTree(TAG.OCTET_STRING, content))
      expect(tree.length).toBe(inner.length)
      expect(same(encodeTlv(0xa0, tree, hex('02 01 01')), encodeTlv(0xa0, inner, hex('02 01 01')))).toBe(true)
    }
  })

  test('SET OF trees is sorted', () => {
    const [two, one] = [derTree(0x02, hex('02')), derTree(0x02, hex('01'))]
    expect(encodeSequence(setOfTree([two, one]))).toEqual(hex('30 08 31 06 02 01 01 02 01 02'))
    expect(encodeSequence(setOfTree([two]))).toEqual(hex('30 05 31 03 02 01 02'))
    expect(encodeSequence(setOfTree([]))).toEqual(hex('30 02 31 00'))
  })

  test('X.690 §11.6: the shorter of two encodings with a common start comes first, octets are unsigned', () => {
    const parts = [hex('04 02 01 ff'), hex('04 02 01 7f'), hex('04 01 ff'), hex('04 01'), hex('04')]
    expect(sortEncodings(parts)).toEqual([parts[4], parts[3], parts[2], parts[1], parts[0]])
    expect(parts[0]).toEqual(hex('04 02 01 ff'))
  })

  test('context tags', () => {
    expect(encodeContextConstructed(3, hex('05 00'))).toEqual(hex('a3 02 05 00'))
    expect(encodeContextPrimitive(0, hex('aa'))).toEqual(hex('80 01 aa'))
  })
})

describe('INTEGER', () => {
  test.each([
    [0, '02 01 00'],
    [127, '02 01 7f'],
    [128, '02 02 00 80'],
    [255, '02 02 00 ff'],
    [256, '02 02 01 00'],
    [65_537, '02 03 01 00 01'],
    [Number.MAX_SAFE_INTEGER, '02 07 1f ff ff ff ff ff ff'],
  ])('%d', (number, text) => {
    expect(encodeInteger(number)).toEqual(hex(text))
  })

  test.each([
    ['', '02 01 00'],
    ['00', '02 01 00'],
    ['00 00', '02 01 00'],
    ['80', '02 02 00 80'],
    ['00 00 80', '02 02 00 80'],
    ['00 7f', '02 01 7f'],
  ])('of octets %j', (octets, text) => {
    expect(encodeIntegerOctets(hex(octets))).toEqual(hex(text))
  })

  test.each([
    ['0', '02 01 00'],
    ['f', '02 01 0f'],
    ['FF', '02 02 00 ff'],
    ['0080', '02 02 00 80'],
    ['-1', '02 01 ff'],
    ['-80', '02 01 80'],
    ['-81', '02 02 ff 7f'],
    ['-0081', '02 02 ff 7f'],
    ['-8000', '02 02 80 00'],
    ['-0', '02 01 00'],
  ])('of hex %s', (digits, text) => {
    expect(encodeIntegerHex(digits, 'serial number')).toEqual(hex(text))
  })

  test.each(['', '-', 'xyz', '0x10', '1 2', '--1', '+1'])('%j is not hex', (digits) => {
    const reason = /^serial number: hexadecimal digits/
    expectRefusal(() => encodeIntegerHex(digits, 'serial number'), 'ERR_INVALID_ARGUMENT', reason)
  })

  test('comes back from hex, of any size and sign', () => {
    const source = draw(20)
    for (let i = 0; i < 500; i++) {
      const der = encodeIntegerOctets(source.bytes(1 + source.below(24)))
      if (source.below(2) === 1 && der[2] === 0) der[2] = 0xff // perhaps negative, perhaps no longer minimal
      const value = readDer(der, THING)
      const isMinimal = der.length === 3 || der[2] !== 0xff || der[3]! < 0x80
      if (isMinimal) expect(encodeIntegerHex(integerHex(value, THING, 'n'), 'n')).toEqual(der)
    }
  })

  test('small numbers come back', () => {
    for (const number of [0, 1, 127, 128, 255, 256, 0x7fff, 0x8000, 0x7fffffff])
      expect(smallInteger(readDer(encodeInteger(number), THING), THING, 'n')).toBe(number)
  })
})

describe('OBJECT IDENTIFIER', () => {
  test.each([
    ['0.0', '06 01 00'],
    ['0.39', '06 01 27'],
    ['1.39', '06 01 4f'],
    ['2.48', '06 02 81 00'],
    ['2.999.3', '06 03 88 37 03'],
    ['1.2.840.113549', '06 06 2a 86 48 86 f7 0d'],
  ])('%s', (dotted, text) => {
    expect(encodeOid(dotted)).toEqual(hex(text))
  })

  test('every one of the table comes back, and stands there once', () => {
    const all = Object.values(OID)
    expect(all.length).toBeGreaterThan(100)
    expect(new Set(all).size).toBe(all.length)
    for (const dotted of all) expect(oidOf(readDer(encodeOid(dotted), THING), THING, 'oid')).toBe(dotted)
  })

  test('arcs to the largest that is read back', () => {
    const source = draw(21)
    for (let i = 0; i < 300; i++) {
      const arc = source.below(2 ** 21) * 2 ** source.below(32) + source.below(128)
      const dotted = `2.${String(arc)}.${String(arc)}`
      expect(oidOf(readDer(encodeOid(dotted), THING), THING, 'oid')).toBe(dotted)
    }
  })

  test.each([
    '',
    '1',
    '1.',
    '.1',
    '3.1',
    '1.40',
    '0.40',
    '1..2',
    '1.02',
    '1.2.',
    '1.-2',
    '1.2a',
    ' 1.2',
    '1.2\n',
    '1.2.9007199254740992',
    '2.9007199254740991',
    '1.2.99999999999999999',
  ])('%j is none', (dotted) => {
    expectRefusal(() => encodeOid(dotted), 'ERR_INVALID_ARGUMENT', /object identifier in dotted form/)
  })

  test('as many octets as are read back, and no more', () => {
    const longest = `1.2${'.1'.repeat(125)}.128`
    expect(encodeOid(longest).length - 3).toBe(DER_LIMITS.maxOidBytes)
    expect(oidOf(readDer(encodeOid(longest), THING), THING, 'oid')).toBe(longest)
    for (const dotted of [`${longest}.1`, `1.2${'.1'.repeat(126)}.128`, `1.2${'.1'.repeat(1_000_000)}`])
      expectRefusal(() => encodeOid(dotted), 'ERR_INVALID_ARGUMENT', /128 octets at most/)
  })
})

describe('strings', () => {
  test('OCTET STRING, BIT STRING, NULL, BOOLEAN', () => {
    expect(encodeOctetString(hex('01'))).toEqual(hex('04 01 01'))
    expect(encodeBitString(hex('01'))).toEqual(hex('03 02 00 01'))
    expect(ENCODED_NULL).toEqual(hex('05 00'))
    expect(encodeBoolean(true)).toEqual(hex('01 01 ff'))
    expect(encodeBoolean(false)).toEqual(hex('01 01 00'))
  })

  test.each([
    [[], '03 01 00'],
    [[0], '03 02 07 80'],
    [[0, 2], '03 02 05 a0'],
    [[7], '03 02 00 01'],
    [[8], '03 03 07 00 80'],
    [[6, 5], '03 02 01 06'],
  ])('named bits %j', (bits, text) => {
    const encoded = encodeNamedBits(bits)
    expect(encoded).toEqual(hex(text))
    expect(namedBits(readDer(encoded, THING), THING, 'usage')).toEqual([...bits].sort((a, b) => a - b))
  })

  test('text', () => {
    expect(encodeUtf8String('é')).toEqual(hex('0c 02 c3 a9'))
    expect(encodePrintableString('A b')).toEqual(hex('13 03 41 20 62'))
    expect(encodeIa5String('a@b')).toEqual(hex('16 03 61 40 62'))
  })

  test('X.680 §41.4: the characters of PrintableString', () => {
    const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?"
    for (let code = 0; code < 256; code++) {
      const character = String.fromCharCode(code)
      expect(isPrintableString(character)).toBe(allowed.includes(character))
      const encoded = readDer(encodeDirectoryString(character), THING)
      expect(encoded.tag).toBe(allowed.includes(character) ? TAG.PRINTABLE_STRING : TAG.UTF8_STRING)
      expect(new TextDecoder().decode(contentOf(encoded))).toBe(character)
    }
    expect(isPrintableString('A\n')).toBe(false)
    expect(isPrintableString('')).toBe(true)
  })
})

describe('times', () => {
  test.each([
    ['2024-01-02T03:04:05.678Z', '17', '240102030405Z'],
    ['2049-12-31T23:59:59Z', '17', '491231235959Z'],
    ['1950-01-01T00:00:00Z', '17', '500101000000Z'],
    ['2050-01-01T00:00:00Z', '18', '20500101000000Z'],
    ['1949-12-31T23:59:59Z', '18', '19491231235959Z'],
    ['9999-12-31T23:59:59Z', '18', '99991231235959Z'],
    ['0000-01-01T00:00:00Z', '18', '00000101000000Z'],
  ])('%s', (iso, tag, text) => {
    const value = readDer(encodeTime(new Date(iso), 'notAfter'), THING)
    expect(value.tag.toString(16)).toBe(tag)
    expect(new TextDecoder().decode(contentOf(value))).toBe(text)
    expect(timeOf(value, THING, 'notAfter').getTime()).toBe(Math.floor(Date.parse(iso) / 1000) * 1000)
  })

  test.each([new Date(Number.NaN), new Date('+010000-01-01T00:00:00Z'), new Date('-000001-12-31T00:00:00Z')])(
    '%s is refused',
    (at) => {
      expectRefusal(() => encodeTime(at, 'notAfter'), 'ERR_INVALID_ARGUMENT', /^notAfter: a date from year 0 to 9999/)
    },
  )
})
