// The runtimes that the library runs in: where they are, what they are called with. For the suite of test/runtime and for
// the measurements.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const folder = fileURLToPath(new URL('../test/runtime', import.meta.url))
const tools = join(folder, 'node_modules')

export function runOrFail(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options })
  if (result.status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${result.stderr || result.stdout || String(result.error)}`)
  return result.stdout
}

export function installRuntimes() {
  if (!existsSync(join(tools, 'miniflare'))) runOrFail('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder })
}

/** A package of test/runtime, for whoever stands elsewhere. */
export const requireTool = createRequire(join(folder, 'package.json'))

export const node24 = join(tools, 'node24/bin/node')

/** Those that run a script. */
export const SCRIPTED = {
  'Node 20': [process.execPath],
  'Node 24': [node24],
  'Node 26': [join(tools, 'node26/bin/node')],
  Deno: [join(tools, '@deno/linux-x64-glibc/deno'), 'run', '--allow-all'],
  Bun: [join(tools, 'bun/bin/bun.exe')],
}

/** Those that are given a bundle: the conditions that their bundlers choose by. */
export const BUNDLED = { workerd: ['workerd', 'worker', 'browser'], Chromium: ['browser'] }

export const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
export const CHROMIUM_PACKAGE = 'apt-get install chromium'
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** `entry` in one file for a runtime of `BUNDLED`. */
export async function bundleFor(runtime, entry, outfile) {
  await build({
    ...{ bundle: true, format: 'esm', platform: 'neutral', mainFields: ['module', 'main'], target: 'es2022' },
    ...{ entryPoints: [entry], conditions: BUNDLED[runtime], outfile, logLevel: 'error' },
  })
  return outfile
}

/** By the name that it has here. */
export function versionOf(name) {
  if (name.startsWith('workerd')) return JSON.parse(readFileSync(join(tools, 'workerd/package.json'), 'utf8')).version
  const command = name === 'Chromium' ? chromium : SCRIPTED[name][0]
  const printed = command === undefined ? '' : spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout
  return /\d+(\.\d+)+/.exec(printed)?.[0] ?? 'unknown'
}
