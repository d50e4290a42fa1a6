import { describe, expect, test } from 'vitest'
import { makeTurns } from '../../src/runtime/turns.js'

/** A loop whose turns the test starts. */
function loop(): {
  readonly later: (run: () => void) => void
  readonly turn: () => Promise<void>
  readonly due: () => number
} {
  let queue: (() => void)[] = []
  return {
    later: (run) => queue.push(run),
    turn: async () => {
      const due = queue
      queue = []
      for (const run of due) run()
      await Promise.resolve()
      await Promise.resolve()
    },
    due: () => queue.length,
  }
}

describe('turns of the event loop', () => {
  test('hold what one enrolment needs, and no more', async () => {
    const { later, turn, due } = loop()
    const turns = makeTurns(later)
    expect([1, 1, 1, 1].map((cost) => turns.tryTake(cost))).toEqual([true, true, true, false])
    expect(due()).toBe(1)
    await turn()
    expect(turns.tryTake(3)).toBe(true)
    expect(turns.tryTake(0.1)).toBe(false)
  })

  test('work that is more than a turn has one alone', async () => {
    const { later, turn } = loop()
    const turns = makeTurns(later)
    expect(turns.tryTake(8)).toBe(true)
    expect(turns.tryTake(0.1)).toBe(false)
    await turn()
    expect([turns.tryTake(0.1), turns.tryTake(8)]).toEqual([true, false])
  })

  test('whoever waits goes before whoever comes, one in a turn', async () => {
    const { later, turn, due } = loop()
    const turns = makeTurns(later)
    const done: number[] = []
    for (let i = 0; i < 6; i++) void turns.take(1).then(() => done.push(i))
    await Promise.resolve()
    await Promise.resolve()
    expect(done).toEqual([0, 1, 2])
    expect([turns.isCrowded(), turns.tryTake(0.1)]).toEqual([true, false])
    await turn()
    expect(done).toEqual([0, 1, 2, 3])
    await turn()
    await turn()
    expect(done).toEqual([0, 1, 2, 3, 4, 5])
    expect(turns.isCrowded()).toBe(false)
    await turn()
    // Nothing to do: nothing is scheduled, and the process may end.
    expect(due()).toBe(0)
    expect(turns.tryTake(1)).toBe(true)
  })
})
