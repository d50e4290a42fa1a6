// Rows by runtimes, as text.

/** Above so many times Node 20's figure, a figure wants an explanation. */
const SURPRISING = 2
export const BASE = 'Node 20'

function duration(us) {
  if (us >= 10_000) return `${(us / 1000).toFixed(us >= 100_000 ? 0 : 1)} ms`
  if (us >= 1000) return `${(us / 1000).toFixed(2)} ms`
  return `${us.toFixed(us >= 100 ? 0 : 1)} µs`
}

/** How many times Node 20's figure: the ratio to the floor where there is one, the time where there is none. */
function besideBase(measured, base) {
  if (base === undefined) return null
  return base.ratio === null
    ? measured.times.ours.median / base.times.ours.median
    : measured.ratio.median / base.ratio.median
}

/** The verdict of the budget in Node, a mark for what surprises anywhere. */
export function judge({ limits }, name, { times, ratio }, base) {
  const beside = besideBase({ times, ratio }, base)
  const isSurprising = beside !== null && beside > SURPRISING
  if (!name.startsWith('Node')) return { beside, isSurprising, isOver: null }
  const isOver = ratio?.median > limits.ratio || times.ours.median > limits.longest
  return { beside, isSurprising, isOver }
}

const spread = ({ low, high }) => `[${duration(low)} – ${duration(high)}]`

export function rowText(row, measured, { isOver, isSurprising, beside }) {
  const { ours, floor } = measured.times
  const parts = [`  ${row.title.padEnd(52)} ${duration(ours.median).padStart(8)} ${spread(ours)}`]
  if (floor !== undefined)
    parts.push(
      `floor ${duration(floor.median)} ${spread(floor)}`,
      `ratio ${measured.ratio.median.toFixed(2)} [${measured.ratio.low.toFixed(2)} – ${measured.ratio.high.toFixed(2)}]`,
    )
  if (isOver === true) parts.push(`OVER ${row.limits.ratio ?? duration(row.limits.longest)}`)
  if (isSurprising) parts.push(`! ${beside.toFixed(1)} × ${BASE}`)
  if (measured.by === 'processor') parts.push('processor time')
  return parts.join('  ')
}

/** Markdown: time and ratio to the floor of each row in each runtime. */
export function tableText(rows, all) {
  const cell = ({ times, ratio, isSurprising }) => {
    const text = duration(times.ours.median) + (ratio === null ? '' : `, ${ratio.median.toFixed(2)}`)
    return isSurprising ? `**${text}**` : text
  }
  const head = `| work | ${all.map(({ name, version }) => `${name} (${version})`).join(' | ')} |`
  const rule = `| --- |${' --- |'.repeat(all.length)}`
  const lines = rows.map(
    ({ id, title }) => `| ${title} | ${all.map(({ rows: by }) => (id in by ? cell(by[id]) : '')).join(' | ')} |`,
  )
  return [head, rule, ...lines].join('\n')
}
