// Cold imports: a fresh process each time.
import { existsSync } from 'node:fs'
import { runChild } from '../child.mjs'
import { summarize } from '../measure.mjs'
import { atMost, figure } from '../verdict.mjs'

const source = (specifier) => `
  const start = process.hrtime.bigint()
  await import('${specifier}')
  console.log(JSON.stringify(Number(process.hrtime.bigint() - start) / 1e6))
`

/** Limits in ms. */
const ENTRIES = {
  '.': ['index', 130],
  './scep': ['scep', 45],
  './mdm': ['mdm', 110],
  './plist': ['plist', 110],
  './profiles': ['profiles', 110],
  './dep': ['dep', 110],
  './apns': ['apns', 15],
}

async function measure({ rounds }) {
  const entries = Object.entries(ENTRIES).filter(([, [file]]) =>
    existsSync(new URL(`../../dist/${file}.js`, import.meta.url)),
  )
  const specifiers = { ...Object.fromEntries(entries.map(([name, [file]]) => [name, `./dist/${file}.js`])) }
  for (const peer of ['pkijs', 'plist', '@peculiar/webcrypto']) specifiers[peer] = peer
  const times = Object.fromEntries(Object.keys(specifiers).map((name) => [name, []]))
  for (let round = 0; round < Math.min(rounds, 7); round++)
    for (const [name, specifier] of Object.entries(specifiers)) times[name].push(runChild(source(specifier)))
  const summaries = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, summarize(values)]))
  return {
    figures: Object.entries(summaries).map(([name, summary]) => figure(name, summary, 'ms')),
    checks: entries.map(([name, [, limit]]) => atMost(`${name}, ms`, summaries[name].median, limit, 'time')),
    notes: [],
  }
}

export const rows = [{ id: 'imports', title: 'import of the package, Node cold', measure }]
