import { describe, expect, test } from 'vitest'
import { decodePlist } from '../../src/plist/decode.js'
import { plistField } from '../../src/plist/field.js'
import type { PlistDict, PlistFieldTypes } from '../../src/plist/values.js'
import { errorOf } from '../support/hostile.js'

const values = {
  string: 'x',
  number: 1,
  boolean: false,
  data: Uint8Array.of(1),
  date: new Date(0),
  dict: { a: 1 },
  array: [1],
} satisfies { [T in keyof PlistFieldTypes]: unknown }
const types = Object.keys(values) as (keyof PlistFieldTypes)[]

describe('plistField', () => {
  test.each(types)('%s: of that type, absent, of another type', (type) => {
    expect(plistField(values, type, type)).toBe(values[type])
    expect(plistField({}, type, type)).toBeNull()
    expect(plistField({ [type]: undefined }, type, type)).toBeNull()
    for (const other of types.filter((one) => one !== type)) {
      expect(errorOf(() => plistField(values, type, other))).toMatchObject({
        code: 'ERR_PLIST_INVALID',
        details: { offset: null, path: [type] },
      })
    }
  })

  test('empty and zero are there', () => {
    expect(plistField({ a: '' }, 'a', 'string')).toBe('')
    expect(plistField({ a: 0 }, 'a', 'number')).toBe(0)
  })

  test('a bigint is no number', () => {
    expect(errorOf(() => plistField({ a: 1n }, 'a', 'number')).code).toBe('ERR_PLIST_INVALID')
  })

  test('only own members count', () => {
    expect(plistField({}, 'constructor', 'dict')).toBeNull()
    expect(plistField({}, '__proto__', 'dict')).toBeNull()
    const decoded = decodePlist('<plist><dict><key>__proto__</key><string>x</string></dict></plist>') as PlistDict
    expect(plistField(decoded, '__proto__', 'string')).toBe('x')
  })

  test('the type of the result follows the type asked for', () => {
    const text: string | null = plistField(values, 'string', 'string')
    const list: readonly unknown[] | null = plistField(values, 'array', 'array')
    expect([text, list]).toEqual(['x', [1]])
  })
})
