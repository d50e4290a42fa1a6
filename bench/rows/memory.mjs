// Memory of a large property list, in a process of its own that does nothing else.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeBinaryPlist, encodePlist } from '../../dist/plist.js'
import { runChild } from '../child.mjs'
import { applicationList } from '../data/plists.mjs'
import { summarize } from '../measure.mjs'
import { atMost, figure } from '../verdict.mjs'

/** `kept`: what the value holds once the garbage is gone. `peak`: by how much the process grew, garbage and all. */
const source = (file) => `
  import { existsSync, readFileSync } from 'node:fs'
  import { decodePlist } from './dist/plist.js'
  // Linux: the mark of this program. What resourceUsage tells began with that of the process that started it.
  const status = '/proc/self/status'
  const highWater = () => existsSync(status)
    ? Number(/VmHWM:\\s+(\\d+) kB/.exec(readFileSync(status, 'utf8'))[1])
    : process.resourceUsage().maxRSS
  const { buffer, byteOffset, length } = readFileSync(${JSON.stringify(file)})
  const input = new Uint8Array(buffer, byteOffset, length)
  gc()
  const used = () => { const { heapUsed, arrayBuffers } = process.memoryUsage(); return heapUsed + arrayBuffers }
  const before = used()
  const rss = process.memoryUsage().rss
  const value = decodePlist(input)
  const peak = Math.max(0, highWater() * 1024 - rss)
  gc()
  const kept = used() - before
  console.log(JSON.stringify({ length: input.length, kept, peak, members: Object.keys(value).length }))
`

async function measure({ rounds }, input) {
  const folder = mkdtempSync(join(tmpdir(), 'mdm-protocol-bench-'))
  const file = join(folder, 'input.plist')
  writeFileSync(file, input)
  const runs = Array.from({ length: Math.min(rounds, 5) }, () => runChild(source(file), ['--expose-gc']))
  rmSync(folder, { recursive: true })
  const over = (field) => summarize(runs.map((run) => run[field] / run.length))
  const [kept, peak] = [over('kept'), over('peak')]
  return {
    figures: [
      figure('kept by the value, × input', kept, '×'),
      figure('high-water mark of the process, × input', peak, '×'),
    ],
    checks: [atMost('high-water mark / input', peak.median, 12)],
    notes: [`input ${(input.length / 1024 / 1024).toFixed(1)} MB`],
  }
}

const row = (id, title, makeInput) => ({ id, title, measure: (options) => measure(options, makeInput()) })

export const rows = [
  row('memory-xml', 'memory of decodePlist, XML, 10 MB', () => encodePlist(applicationList(19_500))),
  row('memory-binary', 'memory of decodePlist, binary, 10 MB', () => encodeBinaryPlist(applicationList(55_000))),
]
