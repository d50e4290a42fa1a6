// Ways in which property-list readers and writers were broken elsewhere, one test each. The lists are Python's: vectors/make.py.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodePlist } from '../../src/plist/decode.js'
import { encodeBinaryPlist } from '../../src/plist/encode-binary.js'
import { encodePlist } from '../../src/plist/encode.js'
import type { PlistValue } from '../../src/plist/values.js'
import { expectRefusal } from '../support/hostile.js'

const vectors = JSON.parse(readFileSync(new URL('vectors/hostile.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>
/** XML as text, binary lists as octets. */
function input(name: string): string | Uint8Array {
  const vector = vectors[name] as string
  return name.endsWith('Binary') ? new Uint8Array(Buffer.from(vector, 'hex')) : vector
}
const HOSTILE = [
  '</string><string>',
  ']]>',
  '<![CDATA[',
  '-->',
  '<!--',
  '<?x?>',
  '&amp;',
  '&#0;',
  '" a="b',
  "'",
  '{{x}}',
  '\r\n',
]

describe('prototype pollution', () => {
  test.each(['protoXml', 'protoBinary'])('%s: plain keys of objects without prototype', (name) => {
    const value = decodePlist(input(name)) as Record<string, Record<string, PlistValue>>
    expect(Object.getPrototypeOf(value)).toBeNull()
    expect(Object.keys(value).sort()).toEqual(['__proto__', 'constructor'])
    expect(Object.getOwnPropertyDescriptor(value, '__proto__')?.value).toMatchObject({ polluted: true })
    expect('polluted' in {}).toBe(false)
    expect('polluted' in Object).toBe(false)
  })
})

describe('documents that a DOM would take', () => {
  test('CDATA that ends early does not make a second value', () => {
    expectRefusal(() => decodePlist(input('cdataXml')), 'ERR_PLIST_INVALID', /CDATA/)
  })

  test.each(['entitiesXml', 'externalXml'])('%s: no entity is defined, expanded or fetched', (name) => {
    expectRefusal(() => decodePlist(input(name)), 'ERR_PLIST_INVALID', /internal subset/)
  })

  test('nesting ends at the limit', () => {
    expectRefusal(() => decodePlist(input('nestedXml')), 'ERR_LIMIT', /maxDepth/)
  })

  test('what is written can not break out of its element, in any member', () => {
    for (const text of HOSTILE) {
      const value = Object.assign(Object.create(null) as object, { [text]: [text, { [text]: text }] })
      const bytes = encodePlist(value)
      expect(JSON.stringify(decodePlist(bytes))).toBe(JSON.stringify(value))
      expect(new TextDecoder().decode(bytes).match(/<string>/g)).toHaveLength(2)
      expect(JSON.stringify(decodePlist(encodeBinaryPlist(value as PlistValue)))).toBe(JSON.stringify(value))
    }
  })
})

describe('binary lists that loop, expand or lie', () => {
  test.each(['selfBinary', 'loopBinary'])('%s: a cycle is refused', (name) => {
    expectRefusal(() => decodePlist(input(name)), 'ERR_PLIST_INVALID', /contains itself/)
  })

  test('laughsBinary: 16^30 values out of 600 octets are refused at once', () => {
    const began = performance.now()
    expectRefusal(() => decodePlist(input('laughsBinary')), 'ERR_LIMIT', /maxNodes/)
    expect(performance.now() - began).toBeLessThan(50)
  })

  test.each([
    ['countBinary', /more members/],
    ['stringBinary', /longer than the data/],
    ['wideBinary', /longer than the data/],
    ['objectsBinary', /offset table/],
    ['tableBinary', /offset table/],
    ['rootBinary', /root object/],
    ['offsetBinary', /outside of the data/],
  ])('%s: refused before anything is allocated for it', (name, rule) => {
    const began = performance.now()
    expectRefusal(() => decodePlist(input(name)), 'ERR_PLIST_INVALID', rule)
    expect(performance.now() - began).toBeLessThan(50)
  })
})

describe('values', () => {
  test.each(['integersXml', 'integersBinary'])('%s: no digit is lost', (name) => {
    const read = decodePlist(input(name)) as readonly (number | bigint)[]
    expect(read.map(String)).toEqual(vectors['integers'])
  })

  test.each(['twiceXml', 'twiceBinary'])('%s: a key that is there twice is refused', (name) => {
    expectRefusal(() => decodePlist(input(name)), 'ERR_PLIST_INVALID', /twice/)
  })

  test.each(['dateXml', 'dateBinary'])('%s: a moment that does not exist is refused', (name) => {
    expectRefusal(() => decodePlist(input(name)), 'ERR_PLIST_INVALID', /a date/)
  })
})
