// What a run says, in lines to read.
import { percentile } from './client.mjs'

const whole = (value) => (Number.isNaN(value) ? '–' : Math.round(value).toLocaleString('en'))
const tenths = (value) => (Number.isNaN(value) ? '–' : value.toFixed(value < 1 ? 3 : 1))

function table(head, rows) {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)))
  const line = (cells) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ')
  return [line(head), ...rows.map(line)].join('\n')
}

/** `bare`: the same work's cryptography alone. */
export function timesTable(phases) {
  const head = ['', 'done', 'errors', 'a second', 'p50 ms', 'p99 ms', 'CPU ms each', 'bare crypto CPU ms', 'CPU ratio']
  const rows = phases.map(({ name, done, errors, seconds, latencies, cpuSeconds, bare }) => {
    const cpuMs = (cpuSeconds * 1000) / done
    return [
      name,
      whole(done),
      whole(errors),
      whole(done / seconds),
      tenths(percentile(latencies, 50)),
      tenths(percentile(latencies, 99)),
      tenths(cpuMs),
      bare === null ? '' : tenths(bare.cpuMs),
      bare === null ? '' : tenths(cpuMs / bare.cpuMs),
    ]
  })
  return table(head, rows)
}

export function bareTable(rows) {
  const head = ['bare crypto, one thread', 'done', 'a second', 'CPU ms each']
  return table(
    head,
    rows.map(({ name, count, perSecond, cpuMs }) => [name, whole(count), whole(perSecond), tenths(cpuMs)]),
  )
}

export function memoryTable(phases) {
  const head = ['server memory, MiB', 'start', 'middle', 'end', 'most']
  return table(
    head,
    phases.map(({ name, memory }) => [
      name,
      whole(memory.start),
      whole(memory.middle),
      whole(memory.end),
      whole(memory.most),
    ]),
  )
}
