// Compiles src/ into dist/: declarations a module, JavaScript in a few chunks below one file an entry, as a cold import
// costs by the file. `node scripts/build.mjs`
import { spawnSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { rollup } from 'rollup'

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
/** Types taken off, nothing else: the chunks are made of what is left. */
const typescript = {
  name: 'typescript',
  resolveId: (specifier, importer) =>
    importer === undefined || !specifier.startsWith('.')
      ? null
      : resolve(dirname(importer), specifier.replace(/\.js$/, '.ts')),
  load: async (file) => (await transform(readFileSync(file, 'utf8'), { loader: 'ts', target: 'es2022' })).code,
}

/** Everything that a module imports, over all steps, and itself. */
function reachOf(id, infoOf, seen = new Set()) {
  if (seen.has(id)) return seen
  seen.add(id)
  for (const next of infoOf(id)?.importedIds ?? []) reachOf(next, infoOf, seen)
  return seen
}

/** A chunk a room, as each file costs a millisecond to load. What a room imports at its first use stays apart. */
function chunkOf(id, { getModuleInfo }) {
  const [room, inner] = relative(`${root}src`, id).split(sep)
  const atOnce = faces.some((name) => reachOf(`${root}src/${name}.ts`, getModuleInfo).has(id))
  if (room === 'runtime' || !atOnce) return null
  if (inner === undefined) return faces.includes(room.replace('.ts', '')) ? null : 'bytes'
  return inner === 'lifecycle' ? inner : room
}

const bundle = await rollup({
  input: Object.fromEntries([...faces, ...runtimes].map((name) => [name, `${root}src/${name}.ts`])),
  external: (specifier) => !/^[./]/.test(specifier),
  plugins: [typescript],
  // As package.json says to everybody else: no module does anything by being loaded.
  treeshake: { moduleSideEffects: false },
})
await bundle.write({
  dir: made,
  format: 'es',
  manualChunks: chunkOf,
  chunkFileNames: 'chunks/[name].js',
  minifyInternalExports: false,
  // An entry that only hands on has no code of its own, and is not to end in another one.
  experimentalMinChunkSize: 0,
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
