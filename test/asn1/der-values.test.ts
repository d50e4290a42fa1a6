import { describe, expect, test } from 'vitest'
import { DER_LIMITS, type DerValue, enter, readDer, TAG } from '../../src/asn1/der-reader.js'
import {
  bitStringOctets,
  booleanOf,
  integerHex,
  integerOctets,
  namedBits,
  nextOid,
  oidOf,
  smallInteger,
  timeOf,
} from '../../src/asn1/der-values.js'
import { latin1Bytes } from '../../src/bytes/bytes.js'
import { hex, THING, tlv } from '../support/asn1.js'
import { expectRefusal } from '../support/hostile.js'

const read = (text: string) => readDer(hex(text), THING)

describe('INTEGER', () => {
  test.each([
    ['02 01 00', '00', 0],
    ['02 01 07', '07', 7],
    ['02 01 7f', '7f', 127],
    ['02 02 00 80', '80', 128],
    ['02 02 01 00', '0100', 256],
    ['02 04 7f ff ff ff', '7fffffff', 0x7fffffff],
  ])('%s is hex %s and number %d', (text, digits, number) => {
    expect(integerHex(read(text), THING, 'number')).toBe(digits)
    expect(smallInteger(read(text), THING, 'number')).toBe(number)
  })

  test.each([
    ['02 01 ff', '-01'],
    ['02 01 80', '-80'],
    ['02 02 ff 7f', '-0081'],
    ['02 02 80 00', '-8000'],
    ['02 09 00 ff ff ff ff ff ff ff ff', 'ffffffffffffffff'],
  ])('%s is hex %s', (text, digits) => {
    expect(integerHex(read(text), THING, 'number')).toBe(digits)
  })

  test('octets as they stand', () => {
    expect(integerOctets(read('02 02 00 80'), THING, 'number')).toEqual(hex('00 80'))
  })

  test.each(['02 01 ff', '02 04 80 00 00 00', '02 05 00 80 00 00 00', '02 08 01 00 00 00 00 00 00 00'])(
    '%s is no small number',
    (text) => {
      expectRefusal(() => smallInteger(read(text), THING, 'version'), 'ERR_CMS_INVALID', /version is out of range/)
    },
  )

  test.each([
    ['02 00', /empty INTEGER/],
    ['02 02 00 00', /not minimal/],
    ['02 02 00 7f', /not minimal/],
    ['02 02 ff ff', /not minimal/],
    ['02 02 ff 80', /not minimal/],
  ])('%s is not DER', (text, reason) => {
    for (const get of [integerOctets, integerHex, smallInteger])
      expectRefusal(() => get(read(text), THING, 'number'), 'ERR_ENCODING', reason)
  })

  test('another type is not the format', () => {
    for (const get of [integerOctets, integerHex, smallInteger])
      expectRefusal(() => get(read('0a 01 00'), THING, 'number'), 'ERR_CMS_INVALID', /number is missing or has/)
  })
})

describe('BOOLEAN', () => {
  test('has two values', () => {
    expect(booleanOf(read('01 01 ff'), THING, 'flag')).toBe(true)
    expect(booleanOf(read('01 01 00'), THING, 'flag')).toBe(false)
  })
  test.each(['01 01 01', '01 01 80', '01 00', '01 02 ff ff', '01 02 00 00'])('%s is not DER', (text) => {
    expectRefusal(() => booleanOf(read(text), THING, 'flag'), 'ERR_ENCODING', /flag is a BOOLEAN that is not DER/)
  })
  test('another type is not the format', () => {
    expectRefusal(() => booleanOf(read('02 01 00'), THING, 'flag'), 'ERR_CMS_INVALID', /flag is missing/)
  })
})

describe('OBJECT IDENTIFIER', () => {
  test.each([
    ['06 01 00', '0.0'],
    ['06 01 27', '0.39'],
    ['06 01 28', '1.0'],
    ['06 01 4f', '1.39'],
    ['06 01 50', '2.0'],
    ['06 02 81 00', '2.48'],
    ['06 03 88 37 03', '2.999.3'],
    ['06 09 2a 86 48 86 f7 0d 01 01 0b', '1.2.840.113549.1.1.11'],
    ['06 09 2a 8f ff ff ff ff ff ff 7f', `1.2.${String(Number.MAX_SAFE_INTEGER)}`],
  ])('%s is %s', (text, dotted) => {
    expect(oidOf(read(text), THING, 'algorithm')).toBe(dotted)
  })

  test.each([
    ['06 00', /cut short/],
    ['06 01 80', /cut short/],
    ['06 02 2a 86', /cut short/],
    ['06 02 80 01', /not minimal/],
    ['06 03 2a 80 01', /not minimal/],
    ['06 09 2a 90 80 80 80 80 80 80 00', /arc too large/],
    ['06 0c 2a ff ff ff ff ff ff ff ff ff ff 7f', /arc too large/],
    ['06 09 90 80 80 80 80 80 80 80 00', /arc too large/],
  ])('%s is refused', (text, reason) => {
    expectRefusal(() => oidOf(read(text), THING, 'algorithm'), 'ERR_ENCODING', reason)
  })

  test('up to 128 octets are read, more are not, however many', () => {
    expect(DER_LIMITS.maxOidBytes).toBe(128)
    const oid = (length: number): DerValue => readDer(tlv(0x06, hex('2a'), new Uint8Array(length - 1).fill(1)), THING)
    expect(oidOf(oid(128), THING, 'algorithm')).toBe(`1.2${'.1'.repeat(127)}`)
    const reason = /algorithm is an OID of more than 128 octets/
    for (const length of [129, 30 * 1024 * 1024])
      expectRefusal(() => oidOf(oid(length), THING, 'algorithm'), 'ERR_LIMIT', reason)
    const list = readDer(tlv(0x30, tlv(0x06, hex('2a'), new Uint8Array(128))), THING)
    const cursor = enter(list, TAG.SEQUENCE, THING, 'list')
    expectRefusal(() => nextOid(cursor, 'algorithm'), 'ERR_LIMIT', reason)
  })

  test('2^32 and a known arc are not the known arc', () => {
    // 1.2.840.113549 with the last arc plus 2^32: truncated to 32 bits it would be a known one.
    expect(oidOf(read('06 09 2a 86 48 90 80 86 f7 0d 01'), THING, 'algorithm')).toBe('1.2.840.4295080845.1')
  })

  test('what begins with a known one is not the known one, though its hash is made the same', () => {
    const known = hex('60 86 48 01 65 03 04 02 01')
    const hash = (octets: Uint8Array): bigint =>
      BigInt.asUintN(
        32,
        octets.reduce((sum, octet) => sum * 31n + BigInt(octet), 0n),
      )
    // Seven arcs below 31 are the digits of any number of 32 bits, which is what is missing to the same hash.
    let missing = BigInt.asUintN(32, hash(known) - hash(known) * 31n ** 7n)
    const arcs = new Uint8Array(7)
    for (let i = 6; i >= 0; i--, missing /= 31n) arcs[i] = Number(missing % 31n)
    expect(hash(Uint8Array.of(...known, ...arcs))).toBe(hash(known))
    expect(oidOf(readDer(tlv(0x06, known), THING), THING, 'algorithm')).toBe('2.16.840.1.101.3.4.2.1')
    expect(oidOf(readDer(tlv(0x06, known, arcs), THING), THING, 'algorithm')).toBe(
      `2.16.840.1.101.3.4.2.1.${arcs.join('.')}`,
    )
  })

  test('another type is not the format', () => {
    expectRefusal(() => oidOf(read('0d 01 2a'), THING, 'algorithm'), 'ERR_CMS_INVALID', /algorithm is missing/)
    const cursor = enter(read('30 02 05 00'), TAG.SEQUENCE, THING, 'list')
    expectRefusal(() => nextOid(cursor, 'algorithm'), 'ERR_CMS_INVALID', /algorithm is missing/)
  })

  test('the next one of a list', () => {
    const cursor = enter(read('30 04 06 02 55 04'), TAG.SEQUENCE, THING, 'list')
    expect(nextOid(cursor, 'algorithm')).toBe('2.5.4')
  })
})

describe('BIT STRING', () => {
  test('octets', () => {
    expect(bitStringOctets(read('03 03 00 01 02'), THING, 'key')).toEqual(hex('01 02'))
    expect(bitStringOctets(read('03 01 00'), THING, 'key')).toEqual(hex(''))
  })
  test.each([
    ['03 02 01 02', /unused bits/],
    ['03 02 08 02', /unused bits/],
    ['03 00', /missing or has the wrong type/],
    ['04 02 00 02', /missing or has the wrong type/],
  ])('%s has no whole octets', (text, reason) => {
    expectRefusal(() => bitStringOctets(read(text), THING, 'key'), 'ERR_CMS_INVALID', reason)
  })

  test.each([
    ['03 02 05 a0', [0, 2]],
    ['03 02 00 01', [7]],
    ['03 03 07 06 80', [5, 6, 8]],
    ['03 01 00', []],
    ['03 02 07 7f', []], // bits that the count says are not there
  ])('%s names bits %j', (text, bits) => {
    expect(namedBits(read(text), THING, 'usage')).toEqual(bits)
  })
  test.each(['03 02 08 00', '03 01 01', '03 0a 00 00 00 00 00 00 00 00 00 00'])('%s is not DER', (text) => {
    expectRefusal(() => namedBits(read(text), THING, 'usage'), 'ERR_ENCODING', /usage is a BIT STRING that is not DER/)
  })
  test.each(['03 00', '04 02 05 a0'])('%s is no list of bits', (text) => {
    expectRefusal(() => namedBits(read(text), THING, 'usage'), 'ERR_CMS_INVALID', /usage is missing/)
  })
})

const utcTime = (text: string) => readDer(tlv(TAG.UTC_TIME, latin1Bytes(text)), THING)
const generalizedTime = (text: string) => readDer(tlv(TAG.GENERALIZED_TIME, latin1Bytes(text)), THING)

describe('times', () => {
  test.each([
    ['240102030405Z', '2024-01-02T03:04:05.000Z'],
    ['491231235959Z', '2049-12-31T23:59:59.000Z'],
    ['500101000000Z', '1950-01-01T00:00:00.000Z'],
    ['990228000000Z', '1999-02-28T00:00:00.000Z'],
    ['000229000000Z', '2000-02-29T00:00:00.000Z'],
    ['2401020304Z', '2024-01-02T03:04:00.000Z'],
    ['160610103344-0400', '2016-06-10T14:33:44.000Z'],
    ['1606101033+0530', '2016-06-10T05:03:00.000Z'],
    ['161231235960Z', '2017-01-01T00:00:00.000Z'],
  ])('UTCTime %s is %s', (text, iso) => {
    expect(timeOf(utcTime(text), THING, 'time').toISOString()).toBe(iso)
  })

  test.each([
    ['20240102030405Z', '2024-01-02T03:04:05.000Z'],
    ['20500101000000Z', '2050-01-01T00:00:00.000Z'],
    ['99991231235959Z', '9999-12-31T23:59:59.000Z'],
    ['00010101000000Z', '0001-01-01T00:00:00.000Z'],
    ['202401020304Z', '2024-01-02T03:04:00.000Z'],
    ['20240102030405.5Z', '2024-01-02T03:04:05.500Z'],
    ['20240102030405,123456Z', '2024-01-02T03:04:05.123Z'],
    ['20240102030405.25+0200', '2024-01-02T01:04:05.250Z'],
  ])('GeneralizedTime %s is %s', (text, iso) => {
    expect(timeOf(generalizedTime(text), THING, 'time').toISOString()).toBe(iso)
  })

  test.each([
    '',
    'Z',
    '240102030405',
    '24010203Z',
    '20240102030405Z',
    '2401020304055Z',
    '240102030405.5Z',
    '240102030405z',
    '240102030405+2400',
    '240102030405+0060',
    '240102030405+02',
    ' 240102030405Z',
    '240102030405Z ',
    '240102030405Z\n',
    '24o102030405Z',
    '-40102030405Z',
  ])('UTCTime %j is not a time', (text) => {
    expectRefusal(() => timeOf(utcTime(text), THING, 'notBefore'), 'ERR_ENCODING', /notBefore is not a time/)
  })

  test.each([
    '240102030405Z0',
    '20240102030405',
    '2024010203Z',
    '202401020304.5Z',
    '20240102030405.Z',
    '20240102030405.5',
    `20240102030405.${'1'.repeat(40)}Z`,
  ])('GeneralizedTime %j is not a time', (text) => {
    expectRefusal(() => timeOf(generalizedTime(text), THING, 'notBefore'), 'ERR_ENCODING', /notBefore is not a time/)
  })

  test.each([
    '240002030405Z',
    '241302030405Z',
    '240100030405Z',
    '240132030405Z',
    '230229000000Z',
    '240431000000Z',
    '240102240000Z',
    '240102006000Z',
    '240102000061Z',
  ])('UTCTime %s does not exist', (text) => {
    expectRefusal(() => timeOf(utcTime(text), THING, 'time'), 'ERR_ENCODING', /a time that does not exist/)
  })

  test('1900 had no 29 February, 2000 had one', () => {
    expectRefusal(() => timeOf(generalizedTime('19000229000000Z'), THING, 'time'), 'ERR_ENCODING', /does not exist/)
    expect(timeOf(generalizedTime('20000229000000Z'), THING, 'time').toISOString()).toMatch(/^2000-02-29/)
  })

  test('another type is not the format', () => {
    const value = readDer(tlv(TAG.UTF8_STRING, latin1Bytes('240102030405Z')), THING)
    expectRefusal(() => timeOf(value, THING, 'time'), 'ERR_CMS_INVALID', /time is missing or has the wrong type/)
  })
})
