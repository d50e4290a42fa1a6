// The measurement of a row by a clock alone, in whatever runtime: what `compare` does where there is no process to ask.
import { inTurns, isPromise, ratios, summarize } from '../measure.mjs'

/** µs that so many calls take, by the clock of this runtime. */
export async function timeCalls(work, count) {
  const start = performance.now()
  for (let i = 0; i < count; i++) {
    const result = work()
    if (isPromise(result)) await result
  }
  return (performance.now() - start) * 1000
}

/** How many calls fill a batch, once the code is warm. */
async function calibrate(time, { batchMs, warmMs, warmCalls }) {
  let [calls, spent, count] = [0, 0, 1]
  let perCall
  do {
    const taken = await time(count)
    calls += count
    spent += taken
    perCall = Math.max(taken / count, 0.01)
    count = Math.max(1, Math.min(2 * count, Math.round((batchMs * 1000) / perCall)))
  } while (spent < warmMs * 1000 || (calls < warmCalls && spent < 5 * warmMs * 1000))
  return Math.max(1, Math.round((batchMs * 1000) / perCall))
}

/** `time(name, count)`: µs that so many calls of one contender take. Summaries in µs a call. */
export async function measureRounds(names, time, { rounds, batchMs, warmMs, warmCalls }) {
  const counts = {}
  for (const name of names) counts[name] = await calibrate((count) => time(name, count), { batchMs, warmMs, warmCalls })
  const taken = await inTurns(names, rounds, async (name) => (await time(name, counts[name])) / counts[name])
  return {
    by: 'clock',
    times: Object.fromEntries(names.map((name) => [name, summarize(taken[name])])),
    ratio: names.includes('floor') ? ratios(taken)('ours', 'floor') : null,
  }
}
