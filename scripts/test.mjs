// Everything that has to hold, on one machine: `npm test`, or `node scripts/test.mjs STEP…` for some steps.
// Each step says what passed, failed and was skipped, from its own counts. The last line is the sum.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchDebianPackages } from './debian-packages.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const reports = mkdtempSync(join(tmpdir(), 'mdm-protocol-test-'))

/** A program of node_modules or of this folder, run by this Node. Its exit code is the whole answer. */
function command(script, ...args) {
  return () => {
    const passed = run(script, args) === 0 ? 1 : 0
    return { passed, failed: 1 - passed, skipped: 0 }
  }
}

function run(script, args, env = {}) {
  const options = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } }
  return spawnSync(process.execPath, [join(root, script), ...args], options).status
}

/** A vitest configuration. Counts come from its report, not from its exit code; both have to agree. */
function vitest(name, config) {
  return () => {
    const report = join(reports, `${name}.json`)
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const status = run('node_modules/vitest/vitest.mjs', ['run', '--config', config, ...reporters])
    return countsOf(report, status)
  }
}

/** A script of this folder that writes `{ passed, failed, skipped }` to the file that REPORT names. */
function script(name, file, ...args) {
  return () => {
    const report = join(reports, `${name}.json`)
    const status = run(file, args, { REPORT: report })
    const counts = readReport(report) ?? { passed: 0, failed: 1, skipped: 0 }
    return status === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 }
  }
}

/** A script whose last line is `N passed, N failed, N skipped`. */
function counting(file, ...args) {
  return () => {
    const options = { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', maxBuffer: 1 << 28 }
    const { status, stdout } = spawnSync(process.execPath, [join(root, file), ...args], options)
    process.stdout.write(stdout)
    const line = /(\d+) passed, (\d+) failed, (\d+) skipped\s*$/.exec(stdout)
    if (line === null) return { passed: 0, failed: 1, skipped: 0 }
    const [passed, failed, skipped] = line.slice(1).map(Number)
    const silent = failed === 0 && (status !== 0 || passed === 0)
    return { passed, failed: silent ? 1 : failed, skipped }
  }
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

function countsOf(file, status) {
  const report = readReport(file)
  if (report === null) return { passed: 0, failed: 1, skipped: 0 }
  const tests = report.testResults.flatMap((one) => one.assertionResults)
  const count = (state) => tests.filter((one) => one.status === state).length
  // A file that does not load has no tests to fail.
  const broken = report.testResults.filter((one) => one.status === 'failed' && one.assertionResults.length === 0).length
  const passed = count('passed')
  let failed = count('failed') + broken
  if (failed === 0 && (status !== 0 || passed === 0)) failed = 1
  return { passed, failed, skipped: tests.length - passed - count('failed') }
}

const STEPS = {
  format: command('node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
  lint: command('node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.'),
  types: command('node_modules/typescript/bin/tsc', '-p', 'tsconfig.test.json'),
  imports: command('scripts/check-imports.mjs'),
  sizes: command('scripts/check-sizes.mjs'),
  build: command('scripts/build.mjs'),
  programs: fetchDebianPackages,
  unit: vitest('unit', 'vitest.config.ts'),
  poisoned: vitest('poisoned', 'vitest.poisoned.config.ts'),
  long: vitest('long', 'vitest.long.config.ts'),
  package: script('package', 'scripts/check-package.mjs'),
  bundles: script('bundles', 'scripts/check-bundles.mjs'),
  budgets: counting('bench/run.mjs', '--check', '--rounds', '5'),
  api: script('api', 'scripts/api-reference.mjs', '--check'),
  docs: vitest('docs', 'vitest.docs.config.ts'),
  // Before those that use the runtimes: it installs them.
  runtimes: counting('scripts/runtime-suite.mjs'),
  interop: vitest('interop', 'vitest.interop.config.ts'),
  browser: script('browser', 'scripts/check-browser-apps.mjs'),
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in STEPS))
if (unknown.length > 0) throw new Error(`no step ${unknown.join(', ')}; there are ${Object.keys(STEPS).join(', ')}`)

const results = []
for (const [name, step] of Object.entries(STEPS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  console.log(`\n== ${name}`)
  const began = performance.now()
  const counts = await step()
  results.push({ name, ...counts, seconds: (performance.now() - began) / 1000 })
}
rmSync(reports, { recursive: true, force: true })

console.log('\nstep        passed  failed  skipped   seconds')
for (const { name, passed, failed, skipped, seconds } of results) {
  const numbers = [passed, failed, skipped].map((number) => String(number).padStart(8)).join('')
  console.log(`${name.padEnd(10)}${numbers}${seconds.toFixed(1).padStart(11)}`)
}
const sum = (key) => results.reduce((total, result) => total + result[key], 0)
const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped}`)
process.exitCode = sum('failed') === 0 ? 0 : 1
