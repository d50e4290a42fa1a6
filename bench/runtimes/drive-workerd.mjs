// `node drive-workerd.mjs INPUT BUNDLE`: the rows in workerd, through miniflare. Wants Node 22 or later.
import { readFileSync } from 'node:fs'
import { requireTool } from '../../scripts/runtimes.mjs'
import { floors } from './floors-subtle.mjs'
import { measureRounds } from './rounds.mjs'

const [input, bundle] = process.argv.slice(2)
const { rows, options, data } = JSON.parse(readFileSync(input, 'utf8'))
const { Miniflare } = requireTool('miniflare')
const miniflare = new Miniflare({
  modules: [{ type: 'ESModule', path: 'worker.mjs', contents: readFileSync(bundle, 'utf8') }],
  compatibilityDate: '2026-04-01',
})

/** Long enough that what a request costs besides, and how that varies, is a small part. */
const BATCH_MS = 200

async function ask(query, body) {
  const start = performance.now()
  const response = await miniflare.dispatchFetch(`http://127.0.0.1/${query}`, { method: 'POST', body })
  if ((await response.text()) !== 'done') throw new Error(`workerd: status ${String(response.status)}`)
  return (performance.now() - start) * 1000
}

/** Less what the same request takes that has nothing to do. */
async function time(row, contender, count) {
  const query = `?row=${row}&contender=${contender}&count=`
  const empty = await ask(`${query}0`)
  return (await ask(`${query}${String(count)}`)) - empty
}

try {
  await ask('', data)
  for (const id of rows) {
    const names = id in floors ? ['ours', 'floor'] : ['ours']
    for (const name of names) await time(id, name, 0)
    const measured = await measureRounds(names, (name, count) => time(id, name, count), {
      ...options,
      batchMs: BATCH_MS,
    })
    console.log(JSON.stringify({ id, ...measured }))
  }
} finally {
  await miniflare.dispose()
}
