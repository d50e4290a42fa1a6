// The API reference, a page a room, out of the sources: `node scripts/api-reference.mjs` writes docs/api; with --check it
// says which pages are behind. An exported function without a docstring, or a link to nowhere, fails either way.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const committed = join(root, 'docs/api')
const check = process.argv.includes('--check')
const out = check ? mkdtempSync(join(tmpdir(), 'mdm-protocol-api-')) : committed

if (!check) rmSync(out, { recursive: true, force: true })
const typedoc = join(root, 'node_modules/typedoc/bin/typedoc')
const { status } = spawnSync(process.execPath, [typedoc, '--out', out], { cwd: root, stdio: 'inherit' })
const faults = status === 0 ? [] : ['typedoc failed']

const pagesOf = (folder) => {
  try {
    return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
  } catch {
    return new Map()
  }
}
let passed = 0
if (check && status === 0) {
  const [made, kept] = [pagesOf(out), pagesOf(committed)]
  for (const name of new Set([...made.keys(), ...kept.keys()]))
    if (made.get(name) === kept.get(name)) passed++
    else faults.push(`docs/api/${name} is behind the sources: node scripts/api-reference.mjs`)
}
if (check) rmSync(out, { recursive: true, force: true })
for (const fault of faults) console.log(fault)
const counts = { passed, failed: faults.length, skipped: 0 }
if (process.env.REPORT) writeFileSync(process.env.REPORT, JSON.stringify(counts))
process.exitCode = faults.length === 0 ? 0 : 1
