import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openWorkplace, type Workplace } from '../support/openssl.js'
import { blocksOf, compile, pages, root } from './blocks.js'
import { RUNS } from './runs.js'
import { makeWorld, type World } from './world.js'

// Every block of the documentation is a module: it compiles against the declarations of the build, it loads, and its
// functions are called, each with inputs of runs.ts.
const blocks = pages().flatMap(blocksOf)

let place: Workplace
let faults: ReadonlyMap<string, readonly string[]>
let world: World

beforeAll(async () => {
  place = openWorkplace()
  faults = compile(place, blocks)
  world = await makeWorld()
  vi.spyOn(console, 'log').mockReturnValue(undefined)
})
afterAll(() => {
  vi.restoreAllMocks()
  place.close()
})

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  const url = pathToFileURL(place.path(`out/${file.replace(/\.ts$/, '.js')}`)).href
  return (await import(/* @vite-ignore */ url)) as Readonly<Record<string, unknown>>
}

describe('code', () => {
  test('is there', () => {
    expect(blocks.length).toBeGreaterThan(40)
  })

  test.each(blocks)('$name compiles, loads and runs', async ({ name, page, file }) => {
    expect(faults.get(name)).toEqual([])
    for (const [exported, value] of Object.entries(await load(file))) {
      const key = `${page} ${exported}`
      expect(RUNS, `no run of ${key}`).toHaveProperty([key])
      await RUNS[key]!(value as (...parameters: readonly unknown[]) => unknown, world)
    }
  })

  test('has no runs of functions that are gone', () => {
    const text = new Map(pages().map((page) => [page, readFileSync(root + page, 'utf8')]))
    const gone = Object.keys(RUNS).filter((key) => {
      const [page = '', name = ''] = key.split(' ')
      return !new RegExp(`^export (?:async function|function|const) ${name}\\b`, 'm').test(text.get(page) ?? '')
    })
    expect(gone).toEqual([])
  })
})

describe('links', () => {
  test.each(pages())('%s leads somewhere', (page) => {
    const text = readFileSync(root + page, 'utf8').replace(/^```[^]*?^```$/gm, '')
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!)
    const files = targets.filter((target) => !/^(?:[a-z]+:|#)/.test(target)).map((target) => target.replace(/#.*$/, ''))
    expect(files.filter((file) => !existsSync(join(root, normalize(join(dirname(page), file)))))).toEqual([])
  })
})

describe('diagrams', () => {
  test.each(pages())('%s: a semicolon would end the statement that it stands in', (page) => {
    const diagrams = [...readFileSync(root + page, 'utf8').matchAll(/^```mermaid\n([^]*?)^```$/gm)]
    expect(diagrams.map(([, text]) => text).filter((text) => text?.includes(';'))).toEqual([])
  })
})
