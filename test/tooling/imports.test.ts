import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkImports } from '../../scripts/check-imports.mjs'
import { checkSizes } from '../../scripts/check-sizes.mjs'
import { openWorkplace } from '../support/openssl.js'

/** What a check says about a source tree of these files. */
function judge<T>(files: Readonly<Record<string, string>>, check: (folder: string) => T): T {
  const place = openWorkplace()
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(place.path(name)), { recursive: true })
      place.write(name, text)
    }
    return check(place.folder)
  } finally {
    place.close()
  }
}

const LEAF = 'export const value: number = 1\n'
const using = (specifier: string): string =>
  `import { value } from '${specifier}'\nexport const other: number = value\n`
const about = (expression: string): string => `export const x: unknown = ${expression}\n`

// One tree for all cases, as a program of the compiler costs a second: [what, file, text, fault].
const FAULTS: readonly (readonly [string, string, string, RegExp])[] = [
  ['an import upwards', 'asn1/up.ts', using('../x509/leaf.js'), /asn1 may not import x509/],
  ['an import sideways', 'scep/beside.ts', using('../mdm/leaf.js'), /scep may not import mdm/],
  ['plist on asn1', 'plist/beside.ts', using('../asn1/leaf.js'), /plist may not import asn1/],
  [
    'a type-only import',
    'cms/t.ts',
    "import type { T } from '../scep/leaf.js'\nexport type U = T\n",
    /may not import scep/,
  ],
  ['an import()', 'cms/late.ts', about("import('../scep/leaf.js')"), /cms may not import scep/],
  ['an import() in a type', 'cms/type.ts', "export type T = typeof import('../scep/leaf.js')\n", /may not import scep/],
  ['a computed import()', 'cms/any.ts', about("import('a' + 'b')"), /not a literal/],
  ['an entry used inside', 'mdm/entry.ts', using('../cms.js'), /an entry of the package is for callers/],
  ['runtime by its path', 'crypto/path.ts', using('../runtime/leaf.js'), /through #runtime alone/],
  ['#runtime outside crypto', 'x509/runtime.ts', using('#runtime'), /#runtime is for crypto alone/],
  ['runtime above layer 0', 'runtime/up.ts', using('../asn1/leaf.js'), /layer 0 alone/],
  [
    'node: modules',
    'crypto/node.ts',
    "import { hash } from 'node:crypto'\nexport const x: unknown = hash\n",
    /node: imports/,
  ],
  ['a package out of place', 'cms/pkijs.ts', using('pkijs'), /pkijs belongs to pkcs12/],
  ['an unknown package', 'cms/package.ts', using('left-pad'), /not in the table/],
  ['a cycle', 'cms/round.ts', using('./trip.js'), /^cycle: .*cms\/round\.ts → cms\/trip\.ts/],
  ['a barrel', 'cms/barrel.ts', "export { value } from './leaf.js'\n", /a barrel below src/],
  ['an index below src', 'cms/index.ts', LEAF, /a barrel below src/],
  ['export *', 'dep.ts', "export * from './dep/leaf.js'\n", /export \* hides/],
  ['a missing file', 'cms/missing.ts', using('./nowhere.js'), /no such file/],
  ['a room that is none', 'utils/a.ts', using('../errors.js'), /utils is no room/],
  ['Buffer', 'cms/buffer.ts', about("Buffer.from('a')"), /Buffer: not a global of every runtime/],
  ['process', 'cms/process.ts', about('process'), /process: not a global/],
  ['process through globalThis', 'cms/global.ts', about('globalThis.process'), /process: not a global/],
  ['console', 'cms/console.ts', about('console'), /console: not a global/],
  ['fetch', 'cms/fetch.ts', about("fetch('a')"), /fetch: not a global/],
  ['setTimeout', 'cms/timer.ts', about('setTimeout'), /setTimeout: not a global/],
  ['a global type of Node', 'cms/nodejs.ts', 'export type T = NodeJS.Timeout\n', /NodeJS: not a global/],
  ['a name that is nowhere', 'cms/window.ts', about('window'), /window: not a global/],
]
const ROOMS = ['asn1', 'x509', 'cms', 'scep', 'mdm', 'dep', 'runtime']
const GOOD = {
  'types.ts': 'export type T = 1\n',
  'errors.ts': "import type { T } from './types.js'\nexport const value: T = 1\n",
  'crypto/down.ts': using('../asn1/leaf.js'),
  'profiles/down.ts': using('../cms/leaf.js'),
  'profiles/web.ts': about("new TextEncoder().encode(atob('')).map((octet) => Math.min(octet, 1))"),
  'cms.ts': "export { value } from './cms/leaf.js'\n",
}

describe('the import check', () => {
  const { faults, files } = judge(
    {
      ...GOOD,
      ...Object.fromEntries(ROOMS.map((room) => [`${room}/leaf.ts`, `${LEAF}export type T = 1\n`])),
      ...Object.fromEntries(FAULTS.map(([, file, text]) => [file, text])),
      'cms/trip.ts': using('./round.js'),
    },
    checkImports,
  )

  test.each(FAULTS)('finds %s', (_, file, _text, expected) => {
    const found = faults.filter((fault) => fault.startsWith(`${file}:`) || fault.startsWith('cycle:'))
    expect(found.join('\n')).toMatch(new RegExp(expected, 'm'))
  })

  test('finds nothing else', () => {
    expect(files).toBe(Object.keys(GOOD).length + ROOMS.length + FAULTS.length + 1)
    const bad = new Set(FAULTS.map(([, file]) => file))
    expect(faults.filter((fault) => !bad.has(fault.split(':')[0]!) && !fault.startsWith('cycle:'))).toEqual([])
  })
})

describe('the size check', () => {
  const faultsOf = (text: string) => judge({ 'a.ts': text }, checkSizes).faults.join()

  test('finds a file of more than 400 lines', () => {
    expect(faultsOf('// line\n'.repeat(401))).toMatch(/a\.ts: 401 lines, at most 400/)
  })

  test('finds a function of more than 60 lines', () => {
    const text = (lines: number) => `export function f(): void {\n${'  void 0\n'.repeat(lines)}}\n`
    expect(faultsOf(text(59))).toMatch(/a\.ts:1: 61 lines, at most 60/)
    expect(faultsOf(text(3))).toBe('')
  })
})
