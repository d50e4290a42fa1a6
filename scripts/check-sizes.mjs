// How long files and functions of src/ may be. `node scripts/check-sizes.mjs [folder]`
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'

const LIMITS = {
  file: { median: 120, p90: 250, most: 400 },
  function: { median: 20, p90: 60, most: 60 },
}

/** Lines of every file and of every function with a body. Type-only tables such as oid.ts count like the rest. */
function measure(folder) {
  const sizes = { file: [], function: [] }
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue
    const text = readFileSync(join(folder, name), 'utf8')
    const sourceFile = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true)
    sizes.file.push({ name, lines: text.split('\n').length - 1 })
    const lineOf = (position) => sourceFile.getLineAndCharacterOfPosition(position).line + 1
    const visit = (node) => {
      if (ts.isFunctionLike(node) && node.body) {
        const first = lineOf(node.getStart(sourceFile))
        sizes.function.push({ name: `${name}:${first}`, lines: lineOf(node.end) - first + 1 })
      }
      ts.forEachChild(node, visit)
    }
    visit(sourceFile)
  }
  return sizes
}

export function checkSizes(folder) {
  const faults = []
  const summary = []
  for (const [kind, sizes] of Object.entries(measure(folder))) {
    const sorted = sizes.sort((a, b) => a.lines - b.lines)
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]?.lines ?? 0
    const limit = LIMITS[kind]
    if (at(0.5) > limit.median) faults.push(`${kind}: median ${at(0.5)} lines, at most ${limit.median}`)
    if (at(0.9) > limit.p90) faults.push(`${kind}: nine tenths up to ${at(0.9)} lines, at most ${limit.p90}`)
    for (const { name, lines } of sorted)
      if (lines > limit.most) faults.push(`${name}: ${lines} lines, at most ${limit.most}`)
    summary.push(`${sorted.length} ${kind}s, median ${at(0.5)}, p90 ${at(0.9)}, longest ${at(1)}`)
  }
  return { faults, summary }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { faults, summary } = checkSizes(process.argv[2] ?? fileURLToPath(new URL('../src', import.meta.url)))
  for (const fault of faults) console.log(fault)
  console.log(`sizes: ${summary.join('; ')}`)
  process.exit(faults.length === 0 ? 0 : 1)
}
