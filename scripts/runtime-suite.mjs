// Runs test/runtime in Node 20, 24 and 26, Deno, Bun, workerd with and without nodejs_compat, and Chromium: the packed
// library, the same cases, the same bytes. `node scripts/runtime-suite.mjs [--write] [--only NAME]`; --write renews
// docs/runtimes.md. Ends with a line of counts.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inCi } from './in-ci.mjs'
import {
  bundleFor,
  chromium,
  CHROMIUM_PACKAGE,
  installRuntimes,
  node24,
  runOrFail,
  SCRIPTED,
  versionOf,
} from './runtimes.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'test/runtime')
const work = join(folder, '.work')
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : null

/** The library as npm would install it, beside the suite: nothing is taken from src/. */
function prepare() {
  installRuntimes()
  rmSync(work, { recursive: true, force: true })
  mkdirSync(join(work, 'node_modules'), { recursive: true })
  const [{ filename }] = JSON.parse(runOrFail('npm', ['pack', '--json', '--pack-destination', work], { cwd: root }))
  runOrFail('tar', ['xzf', filename], { cwd: work })
  cpSync(join(work, 'package'), join(work, 'node_modules/mdm-protocol'), { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules')))
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(work, 'node_modules', name))
  for (const name of [
    'cases',
    'support.mjs',
    'vectors.mjs',
    'run-process.mjs',
    'worker-entry.mjs',
    'browser-entry.mjs',
  ])
    cpSync(join(folder, name), join(work, name), { recursive: true })
  writeFileSync(join(work, 'package.json'), '{"type":"module","private":true}')
}

/** Each: its name, and how it is run. `null` as command: not on this machine. */
async function runtimes() {
  const bundle = (runtime, entry) => bundleFor(runtime, join(work, entry), join(work, `${entry}.bundle.js`))
  const worker = await bundle('workerd', 'worker-entry.mjs')
  const page = await bundle('Chromium', 'browser-entry.mjs')
  const scripted = Object.entries(SCRIPTED).map(([name, command]) => ({
    name,
    command: [...command, 'run-process.mjs'],
  }))
  const workerd = (name, ...flags) => ({
    name,
    command: [node24, join(folder, 'run-workerd.mjs'), worker, ...flags],
  })
  const browser = [process.execPath, join(folder, 'run-chromium.mjs'), page, chromium]
  return [
    ...scripted,
    workerd('workerd'),
    workerd('workerd, nodejs_compat', 'nodejs_compat'),
    { name: 'Chromium', command: chromium === undefined ? null : browser, install: CHROMIUM_PACKAGE },
  ].filter(({ name }) => only === null || name === only)
}

function runSuite({ command }) {
  const [program, ...args] = command
  const result = spawnSync(program, args, { cwd: work, encoding: 'utf8', maxBuffer: 1 << 28, timeout: 300_000 })
  try {
    return JSON.parse(result.stdout.trim().split('\n').at(-1))
  } catch {
    const error = `the suite did not run: ${(result.stderr || result.stdout || String(result.error)).slice(0, 2000)}`
    return [{ name: 'the suite', covers: [], ok: false, ms: 0, digest: null, error }]
  }
}

/** Every exported function stands in some case: read from the library itself, so that none is forgotten. */
async function uncovered(results) {
  const library = await import(join(work, 'node_modules/mdm-protocol/dist/index.js'))
  const covered = new Set(results.flatMap(({ covers }) => covers))
  return Object.keys(library).filter((name) => !covered.has(name))
}

function table(all) {
  const head = `| case | covers | ${all.map(({ name }) => name).join(' | ')} |\n| --- | --- |${' ---: |'.repeat(all.length)}`
  const rows = all[0].results.map(({ name, covers }, index) => {
    const cells = all.map(({ results }) => cellOf(results.find((one) => one.name === name) ?? results[index]))
    return `| ${name} | ${covers.map((one) => `\`${one}\``).join(', ')} | ${cells.join(' | ')} |`
  })
  return [head, ...rows].join('\n')
}

const cellOf = (result) => (result?.ok === true ? (result.ms > 0 ? `${result.ms.toFixed(0)} ms` : 'ok') : 'failed')

function page(all) {
  const versions = all.map(({ name, version }) => `- ${name}: ${version}`).join('\n')
  return `# Runtimes

Made by \`node scripts/runtime-suite.mjs --write\`: the packed library under the same cases in every runtime. A number is the
time of the whole case in that run, first use of everything included; workerd's clock stands still inside a request, so it
says \`ok\`. Where a case makes something, its bytes are the same in all of them: fixed provider, fixed \`now\`. Excepted are
ECDSA and RSA-PSS signatures, RSA-OAEP and generated keys, whose randomness WebCrypto draws itself.

${versions}

${table(all)}

What a runtime cannot do is refused with its code, and the case asserts that: Chromium's WebCrypto has no AES-192, which is
\`ERR_CRYPTO_UNAVAILABLE\` there.
`
}

prepare()
let [passed, failed, skipped] = [0, 0, 0]
const all = []
for (const runtime of await runtimes()) {
  if (runtime.command === null) {
    console.log(`${inCi ? 'missing' : 'skipped'}: ${runtime.name} is not on this machine; ${runtime.install}`)
    if (inCi) failed++
    else skipped++
    continue
  }
  const results = runSuite(runtime)
  all.push({ name: runtime.name, version: versionOf(runtime.name), results })
  const wrong = results.filter(({ ok }) => !ok)
  passed += results.length - wrong.length
  failed += wrong.length
  console.log(
    `${runtime.name} ${all.at(-1).version}: ${String(results.length - wrong.length)} of ${String(results.length)}`,
  )
  for (const { name, error } of wrong) console.log(`  ${name}: ${error.split('\n').slice(0, 4).join('\n    ')}`)
}
for (const { name, results } of all.slice(1))
  for (const { name: what, digest } of results) {
    const expected = all[0].results.find((one) => one.name === what)?.digest ?? null
    if (digest === expected) continue
    failed++
    console.log(`other bytes in ${name}: ${what}`)
  }
const missing = await uncovered(all[0]?.results ?? [])
if (missing.length > 0 && only === null) {
  failed += missing.length
  console.log(`in no case: ${missing.join(', ')}`)
}
if (process.argv.includes('--write') && failed === 0 && only === null) {
  writeFileSync(join(root, 'docs/runtimes.md'), page(all))
  runOrFail(process.execPath, [join(root, 'node_modules/prettier/bin/prettier.cjs'), '--write', 'docs/runtimes.md'], {
    cwd: root,
  })
}
rmSync(work, { recursive: true, force: true })
console.log(`${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`)
process.exit(failed === 0 ? 0 : 1)
