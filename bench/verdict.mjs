// What a row says: figures to read, and checks that hold or do not.

/** A figure of several rounds. */
export function figure(name, { median, low, high, rounds }, unit = 'µs') {
  return { name, unit, median, low, high, rounds }
}

/** A figure without spread: a size, or what was measured elsewhere. */
export function fact(name, value, unit) {
  return { name, unit, median: value, low: value, high: value, rounds: 1 }
}

/** `kind`: 'ratio' and 'size' mean the same on every machine and are held in CI; 'time' is this machine's. */
export function atMost(what, value, limit, kind = 'ratio') {
  return { what, value, limit, sense: '≤', kind, over: value / limit, passed: value <= limit }
}

export function atLeast(what, value, limit, kind = 'ratio') {
  return { what, value, limit, sense: '≥', kind, over: limit / value, passed: value >= limit }
}
