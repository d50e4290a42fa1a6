// Rows as text.

const WIDTH = 46

function number(value) {
  const digits = value >= 1000 ? 0 : value >= 100 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function figureLine({ name, unit, median, low, high, rounds }) {
  const spread = rounds > 1 ? `  [${number(low)} – ${number(high)}]` : ''
  return `    ${name.padEnd(WIDTH)} ${number(median).padStart(12)} ${unit.padEnd(3)}${spread}`
}

function checkLine({ what, value, limit, sense, passed }) {
  return `  ${passed ? 'ok  ' : 'OVER'}  ${what.padEnd(WIDTH - 2)} ${number(value).padStart(12)}     ${sense} ${number(limit)}`
}

/** One row, measured. */
export function rowText({ id, title, figures, checks, notes }) {
  const lines = [`${title}  (${id})`, ...figures.map(figureLine), ...checks.map(checkLine)]
  if (notes.length > 0) lines.push(`    ${notes.join('; ')}`)
  return `${lines.join('\n')}\n`
}

/** What decides, in one line a check. */
export function summaryText(results) {
  const checks = results.flatMap(({ title, checks }) => checks.map((check) => ({ title, ...check })))
  const over = checks.filter(({ passed }) => !passed)
  const lines = over.map(
    ({ title, what, value, sense, limit }) => `  ${title}: ${what} ${number(value)}, ${sense} ${number(limit)}`,
  )
  return [`${checks.length - over.length} of ${checks.length} checks within budget`, ...lines].join('\n')
}
