// SCEP enrolment on the server: HTTP in, opened, issued, answered, HTTP out.
import { availableParallelism } from 'node:os'
import { enrol } from '../data/enrol.mjs'
import { makeEnrolments } from '../data/enrolment.mjs'
import { floorSync } from '../data/enrolment-floor.mjs'
import { makePkijsEnrolment } from '../data/enrolment-pkijs.mjs'
import { VALIDITY } from '../data/identities.mjs'
import { runChild } from '../child.mjs'
import { contest } from '../contest.mjs'
import { GO } from '../elsewhere.mjs'
import { atLeast, atMost, fact, figure } from '../verdict.mjs'

async function contenders() {
  const { ca, devices } = await makeEnrolments(16)
  const key = ca.key.privateKey
  let turn = 0
  const next = () => devices[turn++ % devices.length]
  return {
    ours: () => enrol(next().http, ca, VALIDITY),
    oursGet: () => enrol(next().get, ca, VALIDITY),
    floor: () => floorSync(next().floor, key),
    pkijs: await makePkijsEnrolment(ca, devices),
  }
}

const LIMITS = { ratio: 1.3, elsewhere: ['micromdm/scep (Go)', GO.enrolment] }

async function inSequence(options) {
  const { ours, oursGet, floor, pkijs } = await contenders()
  const peers = { 'pkijs (RSA-OAEP)': pkijs, 'ours, GET': oursGet }
  const row = await contest({ ours, floor, peers }, LIMITS, options)
  const { cpu } = row
  return {
    figures: [...row.figures, figure('ours, processor time beside the floor', cpu.difference)],
    checks: [...row.checks, atMost('CPU outside cryptography, ms', cpu.difference.median / 1000, 0.3, 'time')],
    notes: [...row.notes, `by the clock ${cpu.wallRatio.toFixed(2)}, by processor time ${cpu.ratio.toFixed(2)}`],
  }
}

/** `start`: how the process is started that it is measured in. */
function inFlight({ rounds }, count, total, { flags = [], env = {} } = {}) {
  const input = JSON.stringify({ inFlight: count, total, rounds: Math.ceil(rounds / 2) })
  const source = `
    import { enrolmentsInFlight } from './bench/enrolments-in-flight.mjs'
    console.log(JSON.stringify(await enrolmentsInFlight(${input})))
  `
  const { ours, floor, ratio } = runChild(source, flags, env)
  return {
    ratio,
    blocked: ours.blocked,
    figures: [
      figure(`ours, ${count} in flight`, ours.perSecond, '/s'),
      figure(`floor, ${count} in flight`, floor.perSecond, '/s'),
      figure('event loop held, ours, longest', ours.blocked, 'ms'),
      figure('event loop held, floor, longest', floor.blocked, 'ms'),
    ],
  }
}

function sixteenInFlight(options, start) {
  const { ratio, blocked, figures } = inFlight(options, 16, 1024, start)
  return {
    figures: [...figures, fact('micromdm/scep (Go) on two threads, elsewhere', GO.enrolmentsPerSecond.two, '/s')],
    checks: [atLeast('throughput, ours / floor', ratio, 0.8), atMost('event loop held, ms', blocked.median, 5, 'time')],
    notes: [],
  }
}

/** A pool thread for each processor but the main thread's, and collections that are short (docs/performance.md). */
const FOR_A_SERVER = {
  env: { UV_THREADPOOL_SIZE: String(Math.max(1, availableParallelism() - 1)) },
  flags: ['--max-semi-space-size=4'],
}

function concurrency(options) {
  const figures = []
  const notes = []
  for (const count of [1, 4, 16, 64]) {
    const row = inFlight(options, count, 512)
    figures.push(
      ...row.figures.map((one) => ({ ...one, name: one.name.replace(/longest$/, `longest, ${count} in flight`) })),
    )
    notes.push(`${count}: ours / floor ${row.ratio.toFixed(2)}`)
  }
  return { figures, checks: [], notes }
}

export const rows = [
  { id: 'enrolment', title: 'SCEP enrolment on the server, one after another', limits: LIMITS, measure: inSequence },
  {
    id: 'enrolment-16',
    title: 'SCEP enrolment on the server, 16 in flight',
    measure: sixteenInFlight,
  },
  {
    id: 'enrolment-16-started',
    title: 'the same, UV_THREADPOOL_SIZE one less than there are processors, --max-semi-space-size=4',
    measure: (options) => sixteenInFlight(options, FOR_A_SERVER),
  },
  { id: 'enrolment-concurrency', title: 'SCEP enrolment with 1, 4, 16, 64 in flight', measure: concurrency },
]
