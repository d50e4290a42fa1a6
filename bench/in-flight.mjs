// Work with several calls in flight: throughput, and how long the event loop was held.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { summarize } from './measure.mjs'

/** Samples are taken each millisecond, so one that is not late stands at this. */
const RESOLUTION = 1

/**
 * One batch: `inFlight` loops that take up the next call as soon as theirs is done. Each call begins in a turn of the
 * event loop of its own, as a request that comes in on a socket does.
 */
async function runBatch(work, inFlight, total) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
  await nextTurn()
  delay.enable()
  const cpu = process.cpuUsage()
  const start = process.hrtime.bigint()
  let left = total
  const loop = async () => {
    while (left-- > 0) {
      await nextTurn()
      await work()
    }
  }
  await Promise.all(Array.from({ length: inFlight }, loop))
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  const { user, system } = process.cpuUsage(cpu)
  delay.disable()
  return {
    perSecond: total / seconds,
    cpu: (user + system) / total,
    blockedMax: Math.max(0, delay.max / 1e6 - RESOLUTION),
    blocked99: Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION),
  }
}

/** V8 compiles what one call touches after so many. */
const WARM_CALLS = 4000

/** Contenders in turns, as `compare` has them. */
export async function compareInFlight(contenders, { inFlight, total, rounds = 9 }) {
  const names = Object.keys(contenders)
  for (const name of names) await runBatch(contenders[name], inFlight, WARM_CALLS)
  const taken = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length]
      taken[name].push(await runBatch(contenders[name], inFlight, total))
    }
  }
  const of = (name, field) => summarize(taken[name].map((batch) => batch[field]))
  const ratio = (a, b, field) => summarize(taken[a].map((batch, i) => batch[field] / taken[b][i][field]))
  return { of, ratio }
}
