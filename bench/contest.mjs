// Rows in which everybody does the same work: ours, the floor, the peers.
import { compare } from './measure.mjs'
import { atLeast, atMost, fact, figure } from './verdict.mjs'

/**
 * The floor allocates little, and is collected once in some thousand calls, then for tens of milliseconds. In shorter
 * batches that falls into few of them, and their median does not know it, while ours is collected in each.
 */
const LONG_BATCH = 250

/**
 * Measures one. Limits: `ratio` to the floor at most; `ahead`, how many times faster than each peer named at least;
 * `longest`, µs at most. `elsewhere`: `[name, µs]` of a peer that npm does not have.
 */
export async function contest(contenders, { ratio, ahead = {}, longest, elsewhere }, options) {
  const { ours, floor } = contenders
  const peers = peersOf(contenders, ahead, options)
  const alone = await compare(floor === undefined ? { ours } : { ours, floor }, {
    warmMs: 800,
    warmCalls: 4000,
    batchMs: floor === undefined ? 30 : LONG_BATCH,
    ...options,
  })
  const figures = Object.entries(alone.times).map(([name, times]) => figure(name, times))
  const checks = []
  if (ratio !== undefined) checks.push(atMost('ours / floor', alone.ratio('ours', 'floor').median, ratio))
  if (longest !== undefined) checks.push(atMost('ours, µs', alone.times.ours.median, longest, 'time'))
  const notes = alone.by === 'processor' ? [busyNote(alone)] : []
  if (floor !== undefined) notes.push(quietest(alone.times))
  // Apart from the floor: what a peer leaves behind for the garbage collector is not ours to pay.
  if (Object.keys(peers).length > 0) {
    const result = await compare({ ours, ...peers }, { warmMs: 300, ...options })
    for (const name of Object.keys(peers)) {
      figures.push(figure(name, result.times[name]))
      const times = result.ratio(name, 'ours').median
      if (name in ahead) checks.push(atLeast(`${name} / ours`, times, ahead[name]))
      else notes.push(`${name} / ours ${times.toFixed(1)}`)
    }
  }
  if (elsewhere !== undefined) figures.push(fact(`${elsewhere[0]}, elsewhere`, elsewhere[1], 'µs'))
  return { figures, checks, notes, cpu: floor === undefined ? null : cpuOf(alone) }
}

/** `aheadOnly`: those that a budget names. */
function peersOf({ peers = {} }, ahead, { aheadOnly = false }) {
  return Object.fromEntries(Object.entries(peers).filter(([name]) => !aheadOnly || name in ahead))
}

/** Where others have the caches of the processor, JavaScript loses more than arithmetic does: this is without them. */
function quietest({ ours, floor }) {
  return `quietest rounds: ${ours.min.toFixed(1)} µs, floor ${floor.min.toFixed(1)} µs, ${(ours.min / floor.min).toFixed(2)}`
}

const cpuOf = ({ cpuDifference, cpuRatio, wallRatio }) => ({
  difference: cpuDifference('ours', 'floor'),
  ratio: cpuRatio('ours', 'floor').median,
  wallRatio: wallRatio('ours', 'floor').median,
})

/** Why the figures are not by the clock. */
export function busyNote({ waiting }) {
  return `processor time: the machine was busy (${waiting.toFixed(1)} × waiting)`
}

/** A row whose contenders are made when it is its turn. */
export function contestRow(id, title, limits, prepare) {
  return { id, title, limits, measure: async (options) => contest(await prepare(), limits, options) }
}
