import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const source = fileURLToPath(new URL('../../src', import.meta.url))

/** Files and packages that are loaded with an entry: static imports that are more than types. */
function loadedWith(entry: string): readonly string[] {
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    if (!file.endsWith('.ts')) return
    const statements = readFileSync(join(source, file), 'utf8').matchAll(
      /^(?:im|ex)port (?!type\b)[^']*?from '([^']+)'/gm,
    )
    for (const [, specifier = ''] of statements)
      visit(
        specifier.startsWith('.')
          ? relative(source, join(source, dirname(file), specifier)).replace(/\.js$/, '.ts')
          : specifier,
      )
  }
  visit(entry)
  return [...seen]
}

// Half a millisecond a file: who only sends pushes loads neither cryptography nor CMS nor property lists.
test('the push room loads a handful of small files', () => {
  const loaded = loadedWith('apns.ts')
  expect(loaded.filter((file) => !/^(?:apns|bytes|asn1)\b/.test(file))).toEqual(['arguments.ts', 'errors.ts'])
  expect(loaded.length).toBeLessThanOrEqual(19)
})

test('pkijs is loaded by the calls that need it, and not with the room', () => {
  expect(loadedWith('pkcs12.ts').filter((file) => /^(?:pkijs|asn1js)/.test(file))).toEqual([])
  expect(loadedWith('pkcs12.ts')).toContain('pkcs12/bags.ts')
})
