import { expect, test } from 'vitest'
import { readDer } from '../../src/asn1/der-reader.js'
import { sameAlgorithm } from '../../src/x509/algorithm-match.js'
import { hex, THING } from '../support/asn1.js'

const OID = '06 03 2A 03 04'
const same = (inner: string, outer: string): boolean =>
  sameAlgorithm(readDer(hex(inner), THING), readDer(hex(outer), THING))

test.each([
  ['themselves', `30 05 ${OID}`, `30 05 ${OID}`],
  ['with NULL inside, without outside', `30 07 ${OID} 05 00`, `30 05 ${OID}`],
  ['without NULL inside, with it outside', `30 05 ${OID}`, `30 07 ${OID} 05 00`],
  ['with other parameters, the same', `30 08 ${OID} 02 01 07`, `30 08 ${OID} 02 01 07`],
  ['empty', '30 00', '30 00'],
])('are the same: %s', (_, inner, outer) => {
  expect(same(inner, outer)).toBe(true)
})

test.each([
  ['another object identifier', `30 05 ${OID}`, '30 05 06 03 2A 03 05'],
  ['a longer one', `30 05 ${OID}`, '30 06 06 04 2A 03 04 05'],
  ['other parameters', `30 08 ${OID} 02 01 07`, `30 08 ${OID} 02 01 08`],
  ['parameters and none', `30 08 ${OID} 02 01 07`, `30 05 ${OID}`],
  ['an empty OCTET STRING for NULL', `30 07 ${OID} 04 00`, `30 05 ${OID}`],
  ['something behind NULL', `30 09 ${OID} 05 00 05 00`, `30 05 ${OID}`],
  ['nothing and something', '30 00', `30 05 ${OID}`],
])('are not: %s', (_, inner, outer) => {
  expect(same(inner, outer)).toBe(false)
  expect(same(outer, inner)).toBe(false)
})
