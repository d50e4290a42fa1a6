// Every row of the budgets, measured on dist/: `npm run bench -- [--filter TEXT] [--rounds N] [--json [FILE]] [--check]`.
//
// --filter: rows whose name holds the text; several with commas. --json: the figures as JSON, to a file or to the output.
// --check: for CI, a step of `npm test`. Ratios alone, without peers that no budget names; a row that is more than a quarter
// over its budget is measured again, and fails when it is over three times in a row.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { environment, environmentText } from './environment.mjs'
import { rowText, summaryText } from './report.mjs'

const ROW_FILES = [
  'enrolment',
  'mdm-signature',
  'certificates',
  'profiles',
  'plist',
  'growth',
  'memory',
  'bundles',
  'imports',
  'portable-rsa',
]

/** How far over its budget a row has to be before CI fails: machines are noisy. */
const TOLERANCE = 1.25
const REPEATS = 3

/** To be read: no budget names them. */
const NOT_HELD = ['enrolment-concurrency']
/** Sizes and cold imports have a step of their own: scripts/check-bundles.mjs. */
const isHeld = ({ id }) => !NOT_HELD.includes(id) && !/^(?:bundle-|imports$)/.test(id)

const { values: options } = parseArgs({
  options: {
    filter: { type: 'string' },
    rounds: { type: 'string', default: '15' },
    json: { type: 'boolean', default: false },
    out: { type: 'string' },
    check: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
})

async function allRows() {
  const rows = []
  for (const name of ROW_FILES) rows.push(...(await import(`./rows/${name}.mjs`)).rows)
  const wanted = options.filter?.split(',')
  return wanted === undefined ? rows : rows.filter(({ id }) => wanted.some((text) => id.includes(text)))
}

const say = options.json && options.out === undefined ? () => undefined : (text) => console.log(text)

async function measureRow({ id, title, measure }, settings) {
  const result = { id, title, ...(await measure(settings)) }
  say(rowText(result))
  return result
}

/** Times of this machine are not held: another one is slower or faster as a whole. */
const isFarOver = ({ checks }) =>
  checks.some(({ kind, over, passed }) => kind !== 'time' && !passed && over > TOLERANCE)

async function check(all, rounds) {
  const rows = all.filter(isHeld)
  const failed = []
  for (const row of rows) {
    let over = 0
    while (over < REPEATS && isFarOver(await measureRow(row, { rounds, aheadOnly: true }))) over++
    if (over === REPEATS) failed.push(row.title)
  }
  for (const title of failed) console.log(`over its budget in ${REPEATS} repeats: ${title}`)
  console.log(`not held: ${NOT_HELD.join(', ')}`)
  console.log(`${rows.length - failed.length} passed, ${failed.length} failed, 0 skipped`)
  return failed.length === 0
}

const rounds = Number(options.rounds)
const rows = await allRows()
if (options.list) {
  for (const { id, title } of rows) console.log(`${id.padEnd(24)} ${title}`)
} else {
  const where = environment()
  say(`${environmentText(where)}\n`)
  if (options.check) process.exitCode = (await check(rows, rounds)) ? 0 : 1
  else {
    const results = []
    for (const row of rows) results.push(await measureRow(row, { rounds }))
    say(summaryText(results))
    const json = JSON.stringify({ environment: where, rounds, rows: results }, null, 2)
    if (options.out !== undefined) writeFileSync(options.out, `${json}\n`)
    else if (options.json) console.log(json)
  }
}
