import { expect, test } from 'vitest'
import { berToDer, readBer } from '../../src/asn1/ber.js'
import { equalBytes } from '../../src/bytes/bytes.js'
import type { Bytes } from '../../src/types.js'
import { THING } from '../support/asn1.js'
import { derByAsn1js } from '../support/asn1js.js'
import { describeWithFixtures } from '../support/fixtures.js'
import { recordedBer } from '../support/recorded-ber.js'

/** Messages that their makers broke on purpose: there the two readers may differ in what they refuse. */
const isBroken = (path: string): boolean => path.includes('/ParseFailureCMS/')

describeWithFixtures('recorded BER', () => {
  const all = recordedBer()
  const readable = all.flatMap(({ path, bytes, der }) => (der === null ? [] : [{ path, bytes, der }]))
  const refused = all.filter(({ der }) => der === null)
  const differs = (bytes: Bytes, der: Bytes): boolean => {
    const second = derByAsn1js(bytes)
    return second === null || !equalBytes(second, der)
  }

  test('there is much of it, from every kind of message', () => {
    expect(readable.length).toBeGreaterThan(200)
    expect(refused.length).toBeGreaterThan(100)
    const folders = ['fixtures/scep', 'fixtures/cms/', 'fixtures/mdm-signature', 'wire/sscep', 'wire/empty-econtent']
    for (const folder of folders)
      expect(readable.filter(({ path }) => path.startsWith(folder)).length, folder).toBeGreaterThan(0)
  })

  test('asn1js reads the same values in it', () => {
    const different = readable.filter(({ bytes, der }) => differs(bytes, der)).map(({ path }) => path)
    expect(different.filter((path) => !isBroken(path))).toEqual([])
    // Three that carry a universal tag which asn1js does not know.
    expect(different.length).toBeLessThanOrEqual(3)
  })

  test('asn1js refuses what is refused, save what was broken on purpose', () => {
    const taken = refused.filter(({ bytes }) => derByAsn1js(bytes) !== null).map(({ path }) => path)
    expect(taken.filter((path) => !isBroken(path))).toEqual([])
  })

  test('what comes out is DER, and converts to itself', () => {
    const wrong = readable.filter(
      ({ bytes, der }) => !equalBytes(berToDer(der, 'thing'), der) || !equalBytes(readBer(bytes, THING).bytes, der),
    )
    expect(wrong.map(({ path }) => path).filter((path) => !isBroken(path))).toEqual([])
  })
})
