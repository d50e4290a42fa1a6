// Shares out what holds up the event loop over its turns, so that many messages at once do not stop everything else.

/** Costs are in RSA-2048 private operations: each takes a third of a millisecond. */
export interface Turns {
  /**
   * Counts the work and answers `true` where it may be done at once: as the first of its turn. With many messages at once
   * the others' results come in between, and what follows on them can be started on other processors.
   */
  tryBegin(cost: number): boolean
  /** The same for what follows on work of this turn: up to what one enrolment needs. */
  tryGoOn(cost: number): boolean
  /** For work that may not be done at once. Whoever came first goes first. */
  wait(cost: number): Promise<void>
  /** Whether somebody waits. */
  isCrowded(): boolean
}

/** What one enrolment needs: unwrapping, and two signatures. A millisecond or so. */
const PER_TURN = 3

/** `later`: runs a function in the next turn. */
export function makeTurns(later: (run: () => void) => void): Turns {
  const waiting: { readonly cost: number; readonly resume: () => void }[] = []
  let spent = 0
  let scheduled = false

  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    later(startTurn)
  }
  const startTurn = (): void => {
    spent = 0
    scheduled = false
    const first = waiting.shift()
    if (first === undefined) return
    spend(first.cost)
    first.resume()
  }
  const spend = (cost: number): true => {
    spent += cost
    schedule()
    return true
  }
  return {
    tryBegin: (cost) => waiting.length === 0 && spent === 0 && spend(cost),
    tryGoOn: (cost) => waiting.length === 0 && (spent === 0 || spent + cost <= PER_TURN) && spend(cost),
    wait: (cost) =>
      new Promise((resume) => {
        waiting.push({ cost, resume })
        schedule()
      }),
    isCrowded: () => waiting.length > 0,
  }
}
