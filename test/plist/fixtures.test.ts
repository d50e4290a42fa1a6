import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { isMdmProtocolError } from '../../src/errors.js'
import { decodePlist } from '../../src/plist/decode.js'
import { encodeBinaryPlist } from '../../src/plist/encode-binary.js'
import { encodePlist } from '../../src/plist/encode.js'
import type { PlistDict, PlistValue } from '../../src/plist/values.js'
import { describeWithFixtures, fixture, listFixtures } from '../support/fixtures.js'
import { errorOf } from '../support/hostile.js'

const NO_PLIST = /\.(json|txt|pem|ostep|openstep)$/

/** Recorded lists that have to be refused, and why. Everything else has to be read. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/\.failure\.plist$/, 'by name'],
  [/\/python__cpython\/INVALID\./, 'by name; stored without their header'],
  [/\/XML_PLIST_WITH_ENTITY/, 'an entity in an internal subset'],
  [/\/xml\/(empty|malformed)-xml\.plist$/, 'an XML declaration that is none'],
  [/\/xml\/swapped\.plist$/, 'an XML declaration behind the document type'],
  [/\/xml_unusual_cases\/s(05|08|09|10)\.plist$/, 'not well formed'],
  [/\/libimobiledevice__libplist\/(amp|invalid_tag)\.plist$/, 'not well formed'],
  [/\/libimobiledevice__libplist\/empty_keys\.plist$/, 'the same key twice'],
  [/\/libimobiledevice__libplist\/recursion\.bplist$/, 'refers to itself'],
  [/\/wooster__biplist\/(fuzz_data\/|data\/(invalid_|empty_file))/, 'by name'],
  [/\/wooster__biplist\/data\/sorted\.plist$/, 'a set'],
  [/\/cmdmnt__commandment\/TokenUpdate\/iOS-11\.3\.1\.xml$/, 'redacted: no base64'],
  [/\/ac-icp-brasil-full\.mobileconfig$/, 'the end of a PEM block inside of data'],
  [/\/Talieisin__mobileconfig-validator\/invalid\/not-a-plist/, 'by name'],
  [/\/jessepeterson__cfgprofiles\/.*-error\.mobileconfig$/, 'a key without a value'],
]
/** Found by fuzzing other readers: refused or read, and nothing else. */
const FUZZ = /\/(fuzz|crashers)\//

const isBinary = (bytes: Uint8Array): boolean => Buffer.from(bytes.slice(0, 6)).toString() === 'bplist'
const files = (folder: string): readonly string[] => listFixtures(folder).filter((path) => !NO_PLIST.test(path))

describeWithFixtures('recorded property lists', () => {
  const all = ['plist', 'mdm-plist', 'profiles'].flatMap(files)
  const refused = all.filter((path) => REFUSED.some(([pattern]) => pattern.test(path)))
  const read = all.filter((path) => !refused.includes(path) && !FUZZ.test(path))

  test('are there', () => {
    expect(read.length).toBeGreaterThan(100)
    for (const [pattern] of REFUSED) expect(refused.some((path) => pattern.test(path))).toBe(true)
  })

  test.each(read)('%s is read, and survives its own form', (path) => {
    const bytes = fixture(path)
    const value = decodePlist(bytes)
    const encode = isBinary(bytes) ? encodeBinaryPlist : encodePlist
    expect(isDeepStrictEqual(decodePlist(encode(value)), value)).toBe(true)
  })

  test.each(refused)('%s is refused', (path) => {
    expect(errorOf(() => decodePlist(fixture(path))).code).toBe('ERR_PLIST_INVALID')
  })

  test.each(refused.filter((path) => /INVALID/.test(path)))('%s behind its header is refused', (path) => {
    const bytes = Uint8Array.from([...Buffer.from('bplist00'), ...fixture(path)])
    expect(errorOf(() => decodePlist(bytes)).code).toMatch(/^ERR_(PLIST_INVALID|LIMIT)$/)
  })

  test.each(all.filter((path) => FUZZ.test(path)))('%s is refused or read', (path) => {
    try {
      decodePlist(fixture(path))
    } catch (error) {
      expect(isMdmProtocolError(error)).toBe(true)
    }
  })

  const dictOf = (value: PlistValue): PlistDict => value as PlistDict
  describe('values', () => {
    test('64 bits, with and without sign', () => {
      const read = (name: string): PlistValue => decodePlist(fixture(`plist/libimobiledevice__libplist/${name}`))
      expect(read('signed.plist')).toBe(-1)
      expect(read('signed.bplist')).toBe(-1)
      expect(read('unsigned.plist')).toBe(2n ** 64n - 1n)
      expect(read('unsigned.bplist')).toBe(2n ** 64n - 1n)
      expect(read('hex.plist')).toBe(0x73709551615)
      expect(read('signedunsigned.plist')).toEqual([-1, 2n ** 64n - 1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n])
    })

    test('references and offsets of every size', () => {
      const names = listFixtures('plist/libimobiledevice__libplist', /\/(dictref|off)\d?\w*\.bplist$/)
      expect(names).toHaveLength(11)
      for (const name of names) expect(dictOf(decodePlist(fixture(name)))['A'] ?? null).not.toBeNull()
    })

    test('UIDs', () => {
      const archive = dictOf(decodePlist(fixture('plist/python__cpython/TESTDATA.KEYED_ARCHIVE')))
      expect(archive['$top']).toEqual(dict({ root: dict({ CF$UID: 1 }) }))
    })

    test('a check-in of an iPad', () => {
      const message = dictOf(decodePlist(fixture('mdm-plist/micromdm__nanomdm/Authenticate.1.plist')))
      expect(message).toMatchObject({ MessageType: 'Authenticate', UDID: '663b07bb783e9ade1dae4fbb92ea12afc0ce5b69' })
    })
  })
})

function dict(members: object): object {
  return Object.assign(Object.create(null) as object, members)
}
