// Rows in which everybody does the same work: ours, the floor, the peers.
import { compare } from './measure.mjs'
import { atLeast, atMost, fact, figure } from './verdict.mjs'

/**
 * Measures one. Limits: `ratio` to the floor at most; `ahead`, how many times faster than each peer named at least;
 * `longest`, µs at most. `elsewhere`: `[name, µs]` of a peer that npm does not have.
 */
export async function contest(
  { ours, floor, peers = {} },
  { ratio, ahead = {}, longest, elsewhere },
  { rounds, batchMs = 25, warmMs = 400 },
) {
  const contenders = { ours, ...(floor === undefined ? {} : { floor }), ...peers }
  const result = await compare(contenders, { rounds, batchMs, warmMs })
  const figures = Object.keys(contenders).map((name) => figure(name, result.times[name]))
  if (elsewhere !== undefined) figures.push(fact(`${elsewhere[0]}, elsewhere`, elsewhere[1], 'µs'))
  const checks = []
  if (ratio !== undefined) checks.push(atMost('ours / floor', result.ratio('ours', 'floor').median, ratio))
  for (const [peer, times] of Object.entries(ahead))
    checks.push(atLeast(`${peer} / ours`, result.ratio(peer, 'ours').median, times))
  if (longest !== undefined) checks.push(atMost('ours, µs', result.times.ours.median, longest, 'time'))
  const others = Object.keys(peers).filter((peer) => !(peer in ahead))
  const notes = others.map((peer) => `${peer} / ours ${result.ratio(peer, 'ours').median.toFixed(1)}`)
  if (result.by === 'processor') notes.push(busyNote(result))
  return { figures, checks, notes }
}

/** Why the figures are not by the clock. */
export function busyNote({ waiting }) {
  return `processor time: the machine was busy (${waiting.toFixed(1)} × waiting)`
}

/** A row whose contenders are made when it is its turn. */
export function contestRow(id, title, limits, prepare) {
  return { id, title, measure: async (options) => contest(await prepare(), limits, options) }
}
