import * as pkijs from 'pkijs'
import { expect, test } from 'vitest'
import { callContext } from '../../src/crypto/context.js'
import { generateKey } from '../../src/crypto/private-key.js'
import { withoutDefaults } from '../support/poison.js'

/** Evaluates an expression as if it stood in a file of the library. */
function asLibrary(expression: string): () => unknown {
  const file = new URL('../../src/somewhere.ts', import.meta.url).pathname
  const evaluate = eval as (text: string) => (engine: unknown) => unknown
  return () => evaluate(`(pkijs) => ${expression}\n//# sourceURL=${file}`)(pkijs)
}

const TOUCHES = [
  ['crypto.subtle', /crypto was touched by somewhere\.ts/],
  ['crypto.getRandomValues(new Uint8Array(1))', /crypto was touched/],
  ['Date.now()', /Date\.now/],
  ['new Date()', /new Date\(\)/],
  ['Date()', /Date\(\)/],
  ['Math.random()', /Math\.random/],
  ["console.log('')", /console/],
  ["fetch('data:,')", /fetch/],
  ['pkijs.getCrypto(true).getRandomValues(new Uint8Array(1))', /engine of pkijs/],
] as const

test.each(TOUCHES)('%s throws in the library', (expression, message) => {
  expect(asLibrary(expression)).toThrow(message)
})

test('and in a package that the library calls', () => {
  expect(asLibrary('[1].map(() => new Date())')).toThrow(/new Date/)
})

test('tests may: so may what they hand to the library', () => {
  expect(Date.now()).toBeGreaterThan(0)
  expect(new Date()).toBeInstanceOf(Date)
  expect(crypto.getRandomValues(new Uint8Array(1))).toHaveLength(1)
  expect(Math.random()).toBeLessThan(1)
})

test('dates of given moments are dates', () => {
  expect(asLibrary('new Date(0).getTime() + Date.UTC(1970, 0)')()).toBe(0)
})

test('a default is looked up where none is given, and throws where all have to be given', async () => {
  expect(callContext(undefined).now).toBeInstanceOf(Date)
  await withoutDefaults(() => {
    expect(() => callContext({}).now).toThrow(/new Date\(\) was touched by crypto\/context\.ts/)
    expect(callContext({ now: new Date(5) }).now.getTime()).toBe(5)
    return Promise.resolve()
  })
  await expect(generateKey('P-256')).resolves.toBeDefined()
})
