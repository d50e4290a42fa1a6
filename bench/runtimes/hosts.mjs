// Every runtime as one function that measures rows in it.
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { bundleFor, chromium, installRuntimes, node24, SCRIPTED } from '../../scripts/runtimes.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The library as a package among others, the measurements inside: Deno reads `imports` of installed packages alone. */
function install(work) {
  const modules = join(work, 'node_modules')
  const inside = join(modules, 'mdm-protocol')
  mkdirSync(inside, { recursive: true })
  for (const name of ['package.json', 'dist', 'bench'])
    cpSync(join(root, name), join(inside, name), { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules')))
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name))
  writeFileSync(join(work, 'package.json'), '{"type":"module","private":true}')
  return inside
}

/** `take` is called with what each line of the output says. */
async function runLines([program, ...args], cwd, take) {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  for await (const line of createInterface({ input: child.stdout })) take(JSON.parse(line))
  const status = await ended
  if (status !== 0) throw new Error(`${program}: status ${String(status)}`)
}

/** Commands by the name of their runtime; `null` where it is not on this machine. */
async function commands(work) {
  const inside = install(work)
  const input = join(work, 'input.json')
  const here = (name) => join(root, 'bench/runtimes', name)
  const bundle = (runtime, entry) => bundleFor(runtime, join(inside, 'bench/runtimes', entry), join(work, entry))
  const script = join(inside, 'bench/runtimes/in-process.mjs')
  const scripted = Object.entries(SCRIPTED).map(([name, command]) => [name, [...command, script, input]])
  const worker = await bundle('workerd', 'in-worker.mjs')
  const page = await bundle('Chromium', 'in-page.mjs')
  return {
    ...Object.fromEntries(scripted),
    workerd: [node24, here('drive-workerd.mjs'), input, worker],
    Chromium: chromium === undefined ? null : [process.execPath, here('drive-page.mjs'), input, page, chromium],
  }
}

/** Runs `use` with `{ name: measure }`: `measure(input, take)` gives each row's figures to `take`. */
export async function withRuntimes(use) {
  installRuntimes()
  const work = mkdtempSync(join(tmpdir(), 'mdm-protocol-bench-'))
  try {
    const measure = (command) => (input, take) => {
      writeFileSync(join(work, 'input.json'), JSON.stringify(input))
      return runLines(command, work, take)
    }
    const entries = Object.entries(await commands(work))
    await use(Object.fromEntries(entries.map(([name, command]) => [name, command && measure(command)])))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
