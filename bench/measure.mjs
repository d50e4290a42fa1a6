// Contenders timed in turns, so that what else the machine does hits all of them alike.

/** An await costs more than some of the functions measured. */
export const isPromise = (value) => typeof value?.then === 'function'

/** Median, quartiles and extremes of numbers. */
export function summarize(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share) => {
    const position = share * (sorted.length - 1)
    const low = Math.floor(position)
    return sorted[low] + (position - low) * (sorted[Math.ceil(position)] - sorted[low])
  }
  return { median: at(0.5), low: at(0.25), high: at(0.75), min: at(0), max: at(1), rounds: sorted.length }
}

async function runBatch(work, count) {
  const cpu = process.cpuUsage()
  const start = process.hrtime.bigint()
  for (let i = 0; i < count; i++) {
    const result = work()
    if (isPromise(result)) await result
  }
  const wall = Number(process.hrtime.bigint() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { wall: wall / count, cpu: (user + system) / count }
}

const processorTime = (since) => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

/** How many calls fill a batch, once the code is warm: the compiler is done after some hundred calls, however slow. */
async function calibrate(work, { batchMs, warmMs, warmCalls }) {
  const start = process.cpuUsage()
  let calls = 0
  do {
    const result = work()
    if (isPromise(result)) await result
    calls++
  } while (processorTime(start) < warmMs || (calls < warmCalls && processorTime(start) < 10 * warmMs))
  const perCall = processorTime(start) / calls
  const { cpu } = await runBatch(work, Math.max(1, Math.ceil(batchMs / perCall)))
  return Math.max(1, Math.round((batchMs * 1000) / cpu))
}

/** What `run` answered for each name, round by round; each round begins with another name. */
export async function inTurns(names, rounds, run) {
  const taken = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length]
      taken[name].push(await run(name))
    }
  }
  return taken
}

const byRound = (of, how) => (a, b) => summarize(of[a].map((value, round) => how(value, of[b][round])))

/** Summary of each round's own ratio between two names. */
export const ratios = (of) => byRound(of, (a, b) => a / b)

/** Above this share of waiting for the processor, what others do is measured, and not the contenders. */
const QUIET = 1.15

/**
 * Times of `{ name: function }`, in µs a call. Each round runs every contender once, beginning with another one.
 * `ratio(a, b)` is the median of the rounds' own ratios: a slow moment of the machine slows both sides of one.
 *
 * By the clock where the machine is quiet. Where it is not, by the processor time of the process, all its threads
 * included: `by` says which.
 */
export async function compare(contenders, { rounds = 15, batchMs = 30, warmMs = 400, warmCalls = 0 } = {}) {
  const names = Object.keys(contenders)
  const counts = {}
  for (const name of names) counts[name] = await calibrate(contenders[name], { batchMs, warmMs, warmCalls })
  const taken = await inTurns(names, rounds, (name) => runBatch(contenders[name], counts[name]))
  const of = (field) => Object.fromEntries(names.map((name) => [name, taken[name].map((batch) => batch[field])]))
  const [wall, cpu] = [of('wall'), of('cpu')]
  const waiting = summarize(names.flatMap((name) => wall[name].map((value, round) => value / cpu[name][round]))).median
  const by = waiting <= QUIET ? 'clock' : 'processor'
  const time = by === 'clock' ? wall : cpu
  return {
    by,
    waiting,
    times: Object.fromEntries(names.map((name) => [name, summarize(time[name])])),
    ratio: ratios(time),
    cpuDifference: byRound(cpu, (a, b) => a - b),
    cpuRatio: ratios(cpu),
    wallRatio: ratios(wall),
  }
}
