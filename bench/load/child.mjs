// examples/server as a process of its own, watched from outside: memory and processor time of it and its workers.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../examples/server/node.mjs', import.meta.url))
const START_MS = 60_000
const SAMPLE_MS = 500
/** What /proc counts in, on every Linux there is. */
const TICKS_A_SECOND = 100

/** `processes`: how many have to report that they listen. */
export async function startServer({ node, keys, args = [], processes = 1 }) {
  const child = spawn(node, [PROGRAM, '--quiet', '--listen', '127.0.0.1:0', '--keys', keys, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (text) => (output += text))
  child.stderr.on('data', (text) => (output += text))
  const until = performance.now() + START_MS
  const listening = () => [...output.matchAll(/listening on [^:]+:(\d+)/g)]
  while (listening().length < processes) {
    if (child.exitCode !== null || performance.now() > until) {
      child.kill()
      throw new Error(`the server did not start:\n${output}`)
    }
    await wait(50)
  }
  const samples = []
  const sample = () => samples.push(processesOf(child.pid).reduce((sum, pid) => sum + residentMiB(pid), 0))
  const timer = setInterval(sample, SAMPLE_MS)
  timer.unref()
  return {
    origin: `http://127.0.0.1:${listening()[0][1]}`,
    /** Seconds of processor time up to now; NaN where there is no /proc. */
    cpuSeconds: () => processesOf(child.pid).reduce((sum, pid) => sum + cpuSecondsOf(pid), 0),
    /** MiB since the last call: at its begin, middle and end, each the median of some samples, and the most. */
    memory() {
      sample()
      const taken = samples.splice(0)
      const around = (share) => {
        const width = Math.max(1, Math.floor(taken.length / 10))
        const from = Math.round(share * (taken.length - width))
        const part = taken.slice(from, from + width).sort((a, b) => a - b)
        return part[Math.floor(part.length / 2)]
      }
      return { start: around(0), middle: around(0.5), end: around(1), most: Math.max(...taken) }
    },
    async close() {
      clearInterval(timer)
      if (child.exitCode !== null) return
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      // Connections that are kept open would keep it waiting.
      const late = setTimeout(() => child.kill('SIGKILL'), 5000)
      await gone
      clearTimeout(late)
    },
  }
}

function proc(pid, file) {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

function processesOf(pid) {
  const children = proc(pid, `task/${String(pid)}/children`).trim()
  return [pid, ...(children === '' ? [] : children.split(' ').map(Number))]
}

function residentMiB(pid) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(proc(pid, 'status'))?.[1] ?? Number.NaN) / 1024
}

function cpuSecondsOf(pid) {
  // The second field is the name in brackets, and a name may hold spaces.
  const fields = proc(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}
