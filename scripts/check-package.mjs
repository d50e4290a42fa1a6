// The package as it would be published: its files, its manifest, its declarations, and that it loads in every way.
// Needs a build. `node scripts/check-package.mjs`
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const place = mkdtempSync(join(tmpdir(), 'mdm-protocol-package-'))
const subpaths = Object.keys(manifest.exports).filter((path) => path !== './package.json')
const specifiers = subpaths.map((path) => manifest.name + path.slice(1))

/** The compiler of this project, and the oldest one whose users are promised declarations: the one that attw runs. */
const newest = createRequire(join(root, 'package.json')).resolve('typescript/bin/tsc')
const attw = createRequire(join(root, 'node_modules', '@arethetypeswrong', 'core', 'package.json'))
const compilers = { [versionOf(attw.resolve('typescript/package.json'))]: attw.resolve('typescript/bin/tsc') }
compilers[versionOf(join(root, 'node_modules/typescript/package.json'))] = newest

function versionOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).version
}

function node(args, cwd = root) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { ok: status === 0, text: `${stdout}${stderr}`.trim() }
}

const npm = (...args) => {
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (status !== 0) throw new Error(`npm ${args.join(' ')}: ${stderr}`)
  return stdout
}

/** The tarball, laid out as an installation: `bare` without any dependency, `full` with those of this checkout. */
function layOut() {
  const [packed] = JSON.parse(npm('pack', '--json', '--ignore-scripts', '--pack-destination', place))
  for (const kind of ['bare', 'full']) {
    const modules = join(place, kind, 'node_modules')
    mkdirSync(join(modules, manifest.name), { recursive: true })
    spawnSync('tar', ['-xzf', join(place, packed.filename), '--strip-components=1', '-C', join(modules, manifest.name)])
    writeFileSync(join(place, kind, 'package.json'), '{ "private": true, "type": "module" }\n')
  }
  for (const name of readdirSync(join(root, 'node_modules'))) {
    const target = join(place, 'full', 'node_modules', name)
    if (!name.startsWith('.') && !existsSync(target)) symlinkSync(join(root, 'node_modules', name), target)
  }
  return packed
}

function fileList(packed) {
  const allowed = /^(dist\/.+\.(js|d\.ts)|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/
  const names = packed.files.map((file) => file.path)
  const wrong = names.filter((name) => !allowed.test(name))
  const absent = ['README.md', 'CHANGELOG.md', 'LICENSE', 'package.json', 'dist/index.js', 'dist/index.d.ts'].filter(
    (name) => !names.includes(name),
  )
  return [
    ...wrong.map((name) => `${name} does not belong in the package`),
    ...absent.map((name) => `${name} is not in the package`),
  ]
}

async function publintFaults() {
  const { messages } = await publint({
    pkgDir: join(place, 'bare', 'node_modules', manifest.name),
    strict: true,
    pack: false,
  })
  return messages.map((message) => formatMessage(message, manifest) ?? message.code)
}

function attwFaults(packed) {
  const cli = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js')
  const { ok, text } = node([
    cli,
    '--profile',
    'esm-only',
    '--no-emoji',
    '--format',
    'ascii',
    join(place, packed.filename),
  ])
  return ok ? [] : [text]
}

function declarationFaults(compiler, module, moduleResolution) {
  const folder = join(place, 'bare')
  const names = specifiers.map(
    (specifier, at) => `import * as part${at} from '${specifier}'\nexport const keys${at} = Object.keys(part${at})`,
  )
  writeFileSync(join(folder, 'consumer.ts'), `${names.join('\n')}\n`)
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false }
  const compilerOptions = {
    ...strict,
    noEmit: true,
    target: 'es2022',
    lib: ['es2022'],
    types: [],
    module,
    moduleResolution,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }))
  const { ok, text } = node([compiler, '-p', 'tsconfig.json'], folder)
  return ok ? [] : [text]
}

/** `import` and `require` of every subpath name the same things. */
function loadingFaults() {
  const folder = join(place, 'full')
  writeFileSync(
    join(folder, 'load.cjs'),
    `const names = ${JSON.stringify(specifiers)}
    ;(async () => {
      for (const name of names) {
        const required = Object.keys(require(name)).filter((key) => key !== 'module.exports').sort().join()
        const imported = Object.keys(await import(name)).filter((key) => key !== 'module.exports').sort().join()
        if (required !== imported) throw new Error(name + ': require gives ' + required + ', import ' + imported)
        if (imported === '') throw new Error(name + ' exports nothing')
      }
    })().catch((error) => { console.error(error.message); process.exitCode = 1 })\n`,
  )
  const { ok, text } = node(['load.cjs'], folder)
  return ok ? [] : [text]
}

function manifestFaults() {
  const faults = []
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')
  if (lock.includes('"resolved"')) faults.push('package-lock.json names a registry')
  const expected = { name: 'mdm-protocol', license: 'MIT', type: 'module', sideEffects: false }
  for (const [key, value] of Object.entries(expected))
    if (manifest[key] !== value) faults.push(`package.json: ${key} is not ${value}`)
  const linked = node([join(root, 'node_modules', '.bin', 'tsc'), '--version']).text
  if (linked !== `Version ${versionOf(join(root, 'node_modules/typescript/package.json'))}`)
    faults.push(`.bin/tsc says ${linked}`)
  const versions = Object.keys(compilers).map((version) => version.split('.', 2).join('.'))
  if (versions.length !== 2 || versions[0] !== '5.6')
    faults.push(`declarations are compiled by ${versions.join(' and ')}, not by 5.6`)
  for (const path of ['.', './package.json'])
    if (!(path in manifest.exports)) faults.push(`package.json: no export ${path}`)
  const runtime = manifest.imports?.['#runtime'] ?? {}
  for (const condition of ['node', 'deno', 'bun', 'default'])
    if (!(condition in runtime)) faults.push(`#runtime has no ${condition}`)
  return faults
}

const packed = layOut()
const checks = {
  'manifest and lock file': manifestFaults,
  'only what belongs is packed': () => fileList(packed),
  publint: publintFaults,
  'are the types wrong (ESM only)': () => attwFaults(packed),
  'require() and import of every subpath': loadingFaults,
}
for (const [version, compiler] of Object.entries(compilers))
  for (const [module, resolution] of [
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])
    checks[`declarations alone, TypeScript ${version}, ${resolution}`] = () =>
      declarationFaults(compiler, module, resolution)

const counts = { passed: 0, failed: 0, skipped: 0 }
for (const [name, check] of Object.entries(checks)) {
  const faults = await check()
  counts[faults.length === 0 ? 'passed' : 'failed']++
  console.log(`${faults.length === 0 ? 'ok    ' : 'failed'} ${name}`)
  for (const fault of faults) console.log(`       ${fault.replaceAll('\n', '\n       ')}`)
}
rmSync(place, { recursive: true, force: true })
if (process.env.REPORT) writeFileSync(process.env.REPORT, JSON.stringify(counts))
console.log(`package: ${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed === 0 ? 0 : 1
