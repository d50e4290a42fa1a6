// Shares out what holds up the event loop over its turns, so that many messages at once do not stop everything else.

/** Costs are in RSA-2048 private operations: each takes a third of a millisecond. */
export interface Turns {
  /** Counts the work and answers `true` where it may be done at once. */
  tryTake(cost: number): boolean
  /** Waits until it may be done. Whoever came first goes first. */
  take(cost: number): Promise<void>
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

  const spend = (cost: number): void => {
    spent += cost
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
  const tryTake = (cost: number): boolean => {
    const free = waiting.length === 0 && (spent === 0 || spent + cost <= PER_TURN)
    if (free) spend(cost)
    return free
  }
  const take = async (cost: number): Promise<void> => {
    if (!tryTake(cost)) await new Promise<void>((resume) => waiting.push({ cost, resume }))
  }
  return { tryTake, take, isCrowded: () => waiting.length > 0 }
}
