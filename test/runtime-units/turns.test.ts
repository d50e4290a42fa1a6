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
    expect(turns.tryBegin(1)).toBe(true)
    expect([1, 1, 1].map((cost) => turns.tryGoOn(cost))).toEqual([true, true, false])
    expect(due()).toBe(1)
    await turn()
    expect(turns.tryGoOn(3)).toBe(true)
    expect(turns.tryGoOn(0.1)).toBe(false)
  })

  test('hold one beginning', async () => {
    const { later, turn } = loop()
    const turns = makeTurns(later)
    expect([turns.tryBegin(1), turns.tryBegin(1), turns.tryGoOn(1)]).toEqual([true, false, true])
    await turn()
    expect([turns.tryGoOn(1), turns.tryBegin(1)]).toEqual([true, false])
    await turn()
    expect(turns.tryBegin(1)).toBe(true)
  })

  test('work that is more than a turn has one alone', async () => {
    const { later, turn } = loop()
    const turns = makeTurns(later)
    expect(turns.tryBegin(8)).toBe(true)
    expect(turns.tryGoOn(0.1)).toBe(false)
    await turn()
    expect([turns.tryGoOn(0.1), turns.tryGoOn(8)]).toEqual([true, false])
    await turn()
    expect(turns.tryGoOn(8)).toBe(true)
  })

  test('whoever waits goes before whoever comes, one in a turn', async () => {
    const { later, turn, due } = loop()
    const turns = makeTurns(later)
    const done: number[] = []
    for (let i = 0; i < 4; i++) void turns.wait(1).then(() => done.push(i))
    expect([turns.isCrowded(), turns.tryBegin(1), turns.tryGoOn(0.1)]).toEqual([true, false, false])
    await turn()
    expect(done).toEqual([0])
    expect([turns.tryBegin(1), turns.tryGoOn(0.1)]).toEqual([false, false])
    await turn()
    expect(done).toEqual([0, 1])
    await turn()
    await turn()
    expect(done).toEqual([0, 1, 2, 3])
    expect(turns.isCrowded()).toBe(false)
    await turn()
    // Nothing to do: nothing is scheduled, and the process may end.
    expect(due()).toBe(0)
    expect(turns.tryBegin(1)).toBe(true)
  })
})
