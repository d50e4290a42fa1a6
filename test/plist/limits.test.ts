import { describe, expect, test } from 'vitest'
import { decodePlist } from '../../src/plist/decode.js'
import { encodeBinaryPlist } from '../../src/plist/encode-binary.js'
import { encodePlist } from '../../src/plist/encode.js'
import type { PlistValue } from '../../src/plist/values.js'
import type { Bytes } from '../../src/types.js'
import { expectRefusal, growth } from '../support/hostile.js'
import { bigEndian, bplist } from './bplist.js'

const nested = (depth: number): string => `<plist>${'<array>'.repeat(depth)}${'</array>'.repeat(depth)}</plist>`
const doubling = (levels: number): Bytes =>
  bplist([...Array.from({ length: levels }, (_, i) => [0xa2, i + 1, i + 1]), [0x09]])

describe('what the limits are', () => {
  test('depth: dictionaries and arrays, 64 unless said', () => {
    expect(decodePlist(nested(64))).toBeInstanceOf(Array)
    expectRefusal(() => decodePlist(nested(65)), 'ERR_LIMIT', /maxDepth/)
    expect(decodePlist(nested(2), { maxDepth: 2 })).toEqual([[]])
    expectRefusal(() => decodePlist(nested(2), { maxDepth: 1 }), 'ERR_LIMIT', /maxDepth/)
    const binary = encodeBinaryPlist([[]])
    expect(decodePlist(binary, { maxDepth: 2 })).toEqual([[]])
    expectRefusal(() => decodePlist(binary, { maxDepth: 1 }), 'ERR_LIMIT', /maxDepth/)
  })

  test('depth of a shared object counts where it is deepest', () => {
    const bytes = bplist([[0xa2, 1, 2], [0xa1, 2], [0xa0]])
    expect(decodePlist(bytes, { maxDepth: 3 })).toEqual([[[]], []])
    expectRefusal(() => decodePlist(bytes, { maxDepth: 2 }), 'ERR_LIMIT', /maxDepth/)
    const later = bplist([[0xa2, 1, 2], [0xa0], [0xa1, 1]])
    expectRefusal(() => decodePlist(later, { maxDepth: 2 }), 'ERR_LIMIT', /maxDepth/)
  })

  test('nodes: values and keys', () => {
    const value = { a: [true, 'x'], b: {} }
    for (const input of [encodePlist(value), encodeBinaryPlist(value)]) {
      expect(decodePlist(input, { maxNodes: 8 })).toBeDefined()
      expectRefusal(() => decodePlist(input, { maxNodes: 6 }), 'ERR_LIMIT', /maxNodes/)
    }
  })

  test('bytes: of the input, before it is looked at', () => {
    expectRefusal(() => decodePlist(new Uint8Array(64 * 1024 * 1024)), 'ERR_LIMIT', /maxBytes/)
    expectRefusal(() => decodePlist(new Uint8Array(33), { maxBytes: 32 }), 'ERR_LIMIT', /maxBytes/)
    const document = '<plist><string>éé</string></plist>'
    expect(decodePlist(document, { maxBytes: document.length + 2 })).toBe('éé')
    expectRefusal(() => decodePlist(document, { maxBytes: document.length + 1 }), 'ERR_LIMIT', /maxBytes/)
  })

  test('64 MB are refused in less than a millisecond', () => {
    const bodies = [new Uint8Array(64 * 1024 * 1024), bplistOfSize(64 * 1024 * 1024)]
    for (const body of bodies) {
      const times = Array.from({ length: 5 }, () => {
        const began = performance.now()
        expectRefusal(() => decodePlist(body), 'ERR_LIMIT', /maxBytes/)
        return performance.now() - began
      })
      expect(Math.min(...times)).toBeLessThan(1)
    }
  })

  test('limits that are none', () => {
    for (const value of [-1, 1.5, NaN, '9']) {
      for (const name of ['maxBytes', 'maxDepth', 'maxNodes']) {
        expectRefusal(() => decodePlist(nested(1), { [name]: value as never }), 'ERR_INVALID_ARGUMENT', /whole number/)
      }
    }
    expect(decodePlist(nested(1000), { maxDepth: Infinity, maxNodes: Infinity, maxBytes: Infinity })).toBeDefined()
  })
})

describe('work is bounded', () => {
  test('thirty thousand levels cost no stack, in either form and direction', () => {
    const depth = 30_000
    const value = decodePlist(nested(depth), { maxDepth: depth })
    expect(encodeBinaryPlist(value).length).toBeGreaterThan(depth)
    const binary = decodePlist(encodeBinaryPlist(value), { maxDepth: depth })
    expect(binary).toBeInstanceOf(Array)
    expect(encodePlist(decodePlist(nested(2000), { maxDepth: 2000 })).length).toBeGreaterThan(2000 * 2000)
  })

  test('shared objects that expand beyond maxNodes are refused at once', () => {
    expect(decodePlist(doubling(10))).toBeInstanceOf(Array)
    const began = performance.now()
    expectRefusal(() => decodePlist(doubling(40)), 'ERR_LIMIT', /maxNodes/)
    expect(performance.now() - began).toBeLessThan(50)
  })

  test('shared UTF-16 texts count by their octets', () => {
    const bytes = encodeBinaryPlist(Array<string>(3).fill('é'.repeat(30_000)))
    const octets = 3 * 60_000
    expect(decodePlist(bytes, { maxBytes: octets })).toHaveLength(3)
    expectRefusal(() => decodePlist(bytes, { maxBytes: octets - 1 }), 'ERR_LIMIT', /maxBytes/)
  })

  test('shared texts that expand beyond maxBytes are refused', () => {
    const text = [0x5f, 0x11, 0x40, 0x00, ...new Array<number>(0x4000).fill(0x61)]
    const bytes = bplist([[0xaf, 0x10, 0xff, ...new Array<number>(255).fill(1)], text])
    expect(decodePlist(bytes)).toHaveLength(255)
    expectRefusal(() => decodePlist(bytes, { maxBytes: 1_000_000 }), 'ERR_LIMIT', /maxBytes/)
  })

  test('so are texts inside of shared arrays, and what is larger than 65,535 octets', () => {
    const text = [0x5f, 0x11, 0x04, 0x00, ...new Array<number>(0x400).fill(0x61)]
    const ten = (object: number): number[] => [0xaa, ...new Array<number>(10).fill(object)]
    const bytes = bplist([ten(1), ten(2), ten(3), text])
    expect(decodePlist(bytes, { maxBytes: 1_024_000 })).toHaveLength(10)
    expectRefusal(() => decodePlist(bytes, { maxBytes: 1_023_999 }), 'ERR_LIMIT', /maxBytes/)
    const large = encodeBinaryPlist(['x'.repeat(70_000), 'x'.repeat(70_000)])
    expectRefusal(() => decodePlist(large, { maxBytes: 139_999 }), 'ERR_LIMIT', /maxBytes/)
  })

  test('shared scalars count as nodes', () => {
    const fifteen = (object: number): number[] => [0xaf, 0x10, 100, ...new Array<number>(100).fill(object)]
    const bytes = bplist([fifteen(1), fifteen(2), [0x09]])
    expect(decodePlist(bytes, { maxNodes: 10_101 })).toHaveLength(100)
    expectRefusal(() => decodePlist(bytes, { maxNodes: 10_100 }), 'ERR_LIMIT', /maxNodes/)
  })

  test('what stands side by side is not counted into each other', () => {
    const value = ['a', 'b', 'c'].map((letter) => [letter.repeat(500)])
    const bytes = encodeBinaryPlist(value)
    expect(decodePlist(bytes, { maxBytes: bytes.length })).toEqual(value)
    // A deep one first; what stands in its place afterwards is shallow, and shared where only that fits.
    const shared = bplist([[0xa3, 1, 4, 6], [0xa1, 2], [0xa1, 3], [0xa0], [0xa1, 5], [0x09], [0xa1, 7], [0xa1, 4]])
    expect(decodePlist(shared, { maxDepth: 4 })).toEqual([[[[]]], [true], [[[true]]]])
    expectRefusal(() => decodePlist(shared, { maxDepth: 3 }), 'ERR_LIMIT', /maxDepth/)
  })

  test('objects that overlap are counted as often as they are read', () => {
    const count = 2000
    const reference = (n: number): number[] => bigEndian(n, 2)
    const references = Array.from({ length: count }, (_, i) => reference(i + 1)).flat()
    const root = [0xaf, 0x11, ...reference(count), ...references]
    const text = [0x5f, 0x12, ...bigEndian(50_000, 4), ...new Array<number>(50_000).fill(0x61)]
    const offsets = [8, ...new Array<number>(count).fill(8 + root.length)]
    const bytes = bplist([root, text], { offsets, objects: BigInt(count + 1), referenceSize: 2 })
    expectRefusal(() => decodePlist(bytes), 'ERR_LIMIT', /maxBytes/)
    const arrays = [
      0xaf,
      0x11,
      ...reference(count),
      ...new Array<number>(count).fill(0).flatMap(() => reference(count)),
    ]
    const wide = bplist([root, arrays, [0x09]], {
      offsets: [8, ...new Array<number>(count - 1).fill(8 + root.length), 8 + root.length + arrays.length],
      objects: BigInt(count + 1),
      referenceSize: 2,
    })
    expectRefusal(() => decodePlist(wide), 'ERR_LIMIT', /maxNodes/)
  })

  test('what is too much is refused on the way down, before what is inside of it is looked at', () => {
    const broken = [0x00]
    const deep = [...Array.from({ length: 5 }, (_, i) => [0xa1, i + 1]), broken]
    expectRefusal(() => decodePlist(bplist(deep), { maxDepth: 4 }), 'ERR_LIMIT', /maxDepth/)
    expectRefusal(() => decodePlist(bplist(deep), { maxDepth: 5 }), 'ERR_PLIST_INVALID', /null/)

    // Each level has two members, of which only the second one is opened.
    const wide = [...Array.from({ length: 4 }, (_, i) => [0xa2, 5, i + 1]), broken, [0x09]]
    expectRefusal(() => decodePlist(bplist(wide), { maxNodes: 7 }), 'ERR_LIMIT', /maxNodes/)
    expectRefusal(() => decodePlist(bplist(wide), { maxNodes: 8 }), 'ERR_PLIST_INVALID', /null/)

    // Each level has a text of its own, all of them the same hundred octets.
    const levels = Array.from({ length: 8 }, (_, i) => [0xa2, 9 + i, i + 1])
    const text = [0x5f, 0x10, 100, ...new Array<number>(100).fill(0x61)]
    const starts = [...levels, broken].map((_, i) => 8 + 3 * i)
    const offsets = [...starts, ...new Array<number>(8).fill(8 + 3 * 8 + 1)]
    const long = bplist([...levels, broken, text], { offsets, objects: 17n })
    expectRefusal(() => decodePlist(long, { maxBytes: 250 }), 'ERR_LIMIT', /maxBytes/)
    expectRefusal(() => decodePlist(long, { maxBytes: 800 }), 'ERR_PLIST_INVALID', /null/)
  })

  test('more objects than nodes are refused, referred to or not', () => {
    const objects = [[0x09], [0x08], [0x08]]
    expect(decodePlist(bplist(objects), { maxNodes: 3 })).toBe(true)
    expectRefusal(() => decodePlist(bplist(objects), { maxNodes: 2 }), 'ERR_LIMIT', /maxNodes/)
  })

  const row =
    '<dict><key>Identifier</key><string>com.example &amp; co</string><key>Size</key><integer>42</integer></dict>'
  const documents: Readonly<Record<string, (size: number) => string>> = {
    rows: (size) => `<plist><array>${row.repeat(size)}</array></plist>`,
    references: (size) => `<plist><string>${'&amp;'.repeat(20 * size)}</string></plist>`,
    comments: (size) => `<plist><string>${'a<!--b-->'.repeat(10 * size)}</string></plist>`,
    sections: (size) => `<plist><string>${'<![CDATA[a]]>'.repeat(10 * size)}</string></plist>`,
    space: (size) => `<plist>${' '.repeat(100 * size)}<integer>${' '.repeat(100 * size)}1</integer></plist>`,
    'carriage returns': (size) => `<plist><string>${'\r\na'.repeat(50 * size)}</string></plist>`,
    'space in the declaration': (size) => `<?xml version="1.0"${' '.repeat(200 * size)}?><plist><true/></plist>`,
    'space in the document type': (size) => `<!DOCTYPE plist${' '.repeat(200 * size)}><plist><true/></plist>`,
    data: (size) => `<plist><data>${'AAAA'.repeat(50 * size)}</data></plist>`,
    keys: (size) =>
      `<plist><dict>${Array.from({ length: size }, (_, i) => `<key>k${String(i)}</key><true/>`).join('')}</dict></plist>`,
  }
  test.each(Object.entries(documents))('double the input, double the time: %s', (_name, make) => {
    const factor = growth(
      (size) => {
        const document = make(size)
        return () => decodePlist(document)
      },
      400,
      25,
    )
    expect(factor).toBeLessThan(3)
  })

  test.each(['<!--', '<![CDATA[', '<?a ', '&amp', '<string>', "<string a='", '<!DOCTYPE ', ' =', '<dict><key>'])(
    'refused in linear time: %j over and over',
    (piece) => {
      const factor = growth(
        (size) => {
          const document = `<plist><string>${piece.repeat(size)}`
          return () => {
            expectRefusal(() => decodePlist(document, { maxDepth: Infinity }), 'ERR_PLIST_INVALID')
          }
        },
        5000,
        15,
      )
      expect(factor).toBeLessThan(3)
    },
  )

  test('double the value, double the time to write', () => {
    const value = (size: number): PlistValue =>
      Array.from({ length: size }, (_, i) => ({ Name: `n${String(i)}`, Size: i }))
    for (const encode of [encodePlist, encodeBinaryPlist]) {
      const factor = growth(
        (size) => {
          const list = value(size)
          return () => encode(list)
        },
        400,
        25,
      )
      expect(factor).toBeLessThan(3)
    }
  })
})

function bplistOfSize(size: number): Bytes {
  const bytes = new Uint8Array(size)
  bytes.set(Buffer.from('bplist00'))
  return bytes
}
