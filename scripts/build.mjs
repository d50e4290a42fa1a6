// Compiles src/ into dist/: declarations a module, JavaScript in a few chunks below one file an entry, as a cold import
// costs by the file. `node scripts/build.mjs`
import { spawnSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const [made, out, old] = ['dist.new', 'dist', 'dist.old'].map((name) => `${root}${name}`)
const remove = (folder) => rmSync(folder, { recursive: true, force: true })

remove(made)
const tsc = `${root}node_modules/typescript/bin/tsc`
const declarations = ['--emitDeclarationOnly', '--outDir', made]
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', ...declarations], {
  cwd: root,
  stdio: 'inherit',
})
if (status !== 0) process.exit(status ?? 1)

const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
const faces = Object.values(exports).flatMap((entry) => entry.default?.replace(/^.*dist\/(.*)\.js$/, '$1') ?? [])
// The two runtimes, and for the measurements the operation that no entry shows.
const runtimes = ['runtime/node', 'runtime/portable', 'runtime/rsa-bigint']
await build({
  absWorkingDir: root,
  entryPoints: [...faces, ...runtimes].map((name) => `src/${name}.ts`),
  ...{ outdir: made, outbase: 'src', chunkNames: 'chunks/[name]-[hash]' },
  ...{ bundle: true, splitting: true, format: 'esm', platform: 'neutral', target: 'es2022', logLevel: 'warning' },
  // Chosen by the condition of whoever loads the package.
  ...{ packages: 'external', external: ['#runtime', 'node:*'] },
})

// At once, so that whoever reads dist/ meanwhile finds the old or the new one.
remove(old)
try {
  renameSync(out, old)
} catch {
  // There was none.
}
renameSync(made, out)
remove(old)
