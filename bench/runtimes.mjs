// Rows of the budgets in every runtime, each beside its floor there: `npm run bench:runtimes -- [--filter TEXT]
// [--only RUNTIMES] [--rounds N] [--json] [--out FILE]`.
//
// The floor is the same cryptography called bare: `node:crypto` in Node, Deno and Bun, WebCrypto in workerd and Chromium.
// The budgets are Node's; elsewhere a figure is marked that is more than twice Node 20's.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { versionOf } from '../scripts/runtimes.mjs'
import { environment } from './environment.mjs'
import { makeData } from './runtimes/data.mjs'
import { inBigInt } from './runtimes/floors-subtle.mjs'
import { withRuntimes } from './runtimes/hosts.mjs'
import { BASE, judge, rowText, tableText } from './runtimes/report.mjs'
import { rows as allRows } from './runtimes/rows.mjs'
import { encode } from './runtimes/wire.mjs'

const { values: options } = parseArgs({
  options: {
    filter: { type: 'string' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '15' },
    json: { type: 'boolean', default: false },
    out: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
})

const say = options.json && options.out === undefined ? () => undefined : (text) => console.log(text)
const chosen = (text) => {
  const wanted = text?.split(',')
  return (name) => wanted === undefined || wanted.some((part) => name.includes(part))
}

const rows = allRows.filter(({ id }) => chosen(options.filter)(id))
const settings = { rounds: Number(options.rounds), batchMs: 40, warmMs: 400, warmCalls: 4000 }

const FLOORS = `Floor: node:crypto in Node, Deno and Bun; WebCrypto with imported keys in workerd and Chromium. WebCrypto has no
RSAES-PKCS1-v1_5: there the floor of ${inBigInt.join(' and ')} has the BigInt operation alone in its place.
workerd is timed from outside, over requests, less an empty one.`

const base = (all) => all.find(({ name }) => name === BASE)

async function measureAll(runtimes, data) {
  const all = []
  for (const [name, measure] of Object.entries(runtimes)) {
    if (!chosen(options.only)(name)) continue
    if (measure === null) {
      say(`${name} is not on this machine`)
      continue
    }
    const runtime = { name, version: versionOf(name), rows: {} }
    all.push(runtime)
    say(`${name} ${runtime.version}`)
    await measure({ rows: rows.map(({ id }) => id), options: settings, data }, ({ id, ...measured }) => {
      const row = rows.find((one) => one.id === id)
      const judged = judge(row, name, measured, base(all)?.rows[id])
      runtime.rows[id] = { ...measured, ...judged }
      say(rowText(row, measured, judged))
    })
  }
  return all
}

if (options.list) for (const { id, title } of rows) console.log(`${id.padEnd(24)} ${title}`)
else {
  const where = environment()
  say(`${where.cpu}, ${where.cores} cores, load ${where.load}\n${FLOORS}\n`)
  const data = encode(await makeData())
  await withRuntimes(async (runtimes) => {
    const all = await measureAll(runtimes, data)
    say(`\n${tableText(rows, all)}`)
    const json = JSON.stringify({ environment: where, ...settings, runtimes: all }, null, 2)
    if (options.out !== undefined) writeFileSync(options.out, `${json}\n`)
    else if (options.json) console.log(json)
  })
}
