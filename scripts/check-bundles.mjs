// What an application pays for: the size of single functions in a bundle for the browser, what they drag along, and how
// long an entry takes to load in a cold Node. Needs a build. `node scripts/check-bundles.mjs`
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const entry = join(root, 'dist/index.js')

/** KiB, minified and gzip, of what is loaded with them; what the first use of an old algorithm fetches is not in it. */
const SIZES = {
  buildMdmPush: 2,
  decodePlist: 15,
  verifyMdmSignature: 25,
  'openScepRequest, buildScepReply': 35,
}
/** The packages that a function may ever load, in any browser. All others have the two behind the old algorithms. */
const OLD_ALGORITHMS = ['@noble/hashes', 'des.js', 'inherits', 'minimalistic-assert', 'tslib', 'saxes', 'xmlchars']
const PFX = ['pkijs', 'asn1js', 'pvtsutils', 'pvutils', 'bytestreamjs', '@noble/hashes']
const MORE = { openPkcs12: PFX, buildPkcs12: PFX, explain: ['asn1js', 'pvtsutils', 'pvutils'] }

/**
 * Bundles some functions. A dynamic import that is not among `followed` stays outside, so that the bundle tells which of
 * them its code can still reach.
 */
async function bundle(names, followed = new Set()) {
  const lazy = {
    name: 'lazy',
    setup: ({ onResolve }) => {
      onResolve({ filter: /.*/ }, ({ kind, path }) =>
        kind === 'dynamic-import' && !followed.has(path) ? { path, external: true } : undefined,
      )
    },
  }
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { ${names} } from ${JSON.stringify(entry)}`, resolveDir: root },
    ...{ bundle: true, format: 'esm', platform: 'browser', conditions: ['browser'], target: 'es2022' },
    ...{ minify: true, write: false, outdir: '/', metafile: true, logLevel: 'silent', plugins: [lazy] },
  })
  const [{ imports, inputs }] = Object.values(metafile.outputs)
  const reached = imports.filter(({ kind }) => kind === 'dynamic-import').map(({ path }) => path)
  const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  return {
    size: gzipSync(outputFiles[0].contents, { level: 9 }).length / 1024,
    reached,
    files: used.map(([file]) => file),
  }
}

/** With everything that it can come to load later. */
async function wholeBundle(names) {
  const followed = new Set()
  for (;;) {
    const made = await bundle(names, followed)
    if (made.reached.length === 0) return made
    for (const path of made.reached) followed.add(path)
  }
}

const packageOf = (file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? null

async function sizeFaults(names, most) {
  const { size } = await bundle(names)
  const whole = await wholeBundle(names)
  console.log(`       ${size.toFixed(1)} KB of ${most}; ${whole.size.toFixed(1)} KB with all that may be loaded later`)
  return size <= most ? [] : [`${size.toFixed(1)} KB, at most ${most}`]
}

async function packageFaults() {
  const faults = []
  for (const [name, value] of Object.entries(await import(entry))) {
    if (typeof value !== 'function') continue
    const allowed = [...OLD_ALGORITHMS, ...(MORE[name] ?? [])]
    const { files } = await wholeBundle(name)
    const packages = new Set(files.map(packageOf).filter((one) => one !== null && !allowed.includes(one)))
    if (packages.size > 0) faults.push(`${name} contains ${[...packages].join(', ')}`)
  }
  return faults
}

/** As a check that can fail: the exceptions do contain what they are excepted for. */
async function exceptionFaults() {
  const { files } = await wholeBundle('openPkcs12')
  return files.some((file) => packageOf(file) === 'pkijs') ? [] : ['pkijs is not found even where it has to be']
}

// Machines differ, and are busy: so it is the least processor time of some rounds, and not in milliseconds but in imports
// of pkijs, which took 85 ms where the budgets were written down.
const REFERENCE = 85
/** The figures themselves are the benchmark's; here it is what has grown by far that fails. */
const TOLERANCE = 1.35
const IMPORTS = { '.': 130, './scep': 45, './mdm': 110, './plist': 110, './profiles': 110, './dep': 110, './apns': 15 }
/** A busy machine has more of them to be quiet in one. */
const ROUNDS = { least: 5, most: 20 }

function milliseconds(specifier) {
  const code = `const t = process.cpuUsage(); await import(${JSON.stringify(specifier)})
    const { user, system } = process.cpuUsage(t); console.log((user + system) / 1000)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: root,
    encoding: 'utf8',
  })
  if (stdout === '') throw new Error(stderr)
  return Number(stdout)
}

function importFaults() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const budgets = Object.entries(IMPORTS).map(([path, most]) => ({ path, most, specifier: join(manifest.name, path) }))
  const best = new Map(['pkijs', ...budgets.map(({ specifier }) => specifier)].map((one) => [one, Infinity]))
  const took = ({ specifier }) => (best.get(specifier) / best.get('pkijs')) * REFERENCE
  const over = () => budgets.filter((budget) => took(budget) > budget.most * TOLERANCE)
  for (let round = 0; round < ROUNDS.least || (round < ROUNDS.most && over().length > 0); round++)
    for (const [specifier, least] of best) best.set(specifier, Math.min(least, milliseconds(specifier)))
  for (const budget of budgets)
    console.log(`       ${budget.path.padEnd(11)}${took(budget).toFixed(0).padStart(4)} of ${budget.most} ms`)
  return over().map(
    (budget) => `${budget.path}: ${took(budget).toFixed(0)} ms, budget ${budget.most}, where pkijs takes ${REFERENCE}`,
  )
}

const checks = {
  ...Object.fromEntries(
    Object.entries(SIZES).map(([names, most]) => [`size of ${names}`, () => sizeFaults(names, most)]),
  ),
  'no pkijs but for PKCS#12, no other package unasked': packageFaults,
  'pkijs where it belongs': exceptionFaults,
  'time to load': importFaults,
}

const counts = { passed: 0, failed: 0, skipped: 0 }
for (const [name, check] of Object.entries(checks)) {
  const faults = await check()
  counts[faults.length === 0 ? 'passed' : 'failed']++
  console.log(`${faults.length === 0 ? 'ok    ' : 'failed'} ${name}`)
  for (const fault of faults) console.log(`       ${fault}`)
}
if (process.env.REPORT) writeFileSync(process.env.REPORT, JSON.stringify(counts))
console.log(`bundles: ${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed === 0 ? 0 : 1
