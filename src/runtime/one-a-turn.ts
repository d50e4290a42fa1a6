// Fairness between callers: work that holds the event loop for a while goes one piece at a time.

/**
 * A gate that lets one caller through in each turn of the event loop: the first at once (`null`), the others when their
 * promise resolves, in the order they came. Sixteen requests that arrive together would otherwise do their private-key
 * operations in one go, and everything else would wait for the last of them.
 *
 * `nextTurn`: runs a function in the next turn.
 */
export function oneATurn(nextTurn: (run: () => void) => void): () => Promise<void> | null {
  const waiting: (() => void)[] = []
  let taken = false
  const pass = (): void => {
    const go = waiting.shift()
    taken = go !== undefined
    if (go === undefined) return
    nextTurn(pass)
    go()
  }
  return () => {
    if (taken) return new Promise((resolve) => waiting.push(resolve))
    taken = true
    nextTurn(pass)
    return null
  }
}
