// test/browser-app through esbuild, rollup and vite, each result run in Chromium. Needs a build, and the packages of
// test/runtime. `node scripts/check-browser-apps.mjs`
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import commonjs from '@rollup/plugin-commonjs'
import nodeResolve from '@rollup/plugin-node-resolve'
import * as esbuild from 'esbuild'
import { rollup } from 'rollup'
import * as vite from 'vite'
import { inCi } from './in-ci.mjs'
import { chromium, CHROMIUM_FLAGS, CHROMIUM_PACKAGE, installRuntimes, requireTool } from './runtimes.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'mdm-protocol-browser-'))
const main = join(place, 'main.js')

/** The application with the library installed, as its files would be: nothing of this checkout's sources. */
function layOut() {
  cpSync(join(root, 'test/browser-app'), place, { recursive: true })
  const modules = join(place, 'node_modules')
  mkdirSync(join(modules, 'mdm-protocol'), { recursive: true })
  for (const name of ['dist', 'package.json'])
    cpSync(join(root, name), join(modules, 'mdm-protocol', name), { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules')))
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name))
  writeFileSync(join(place, 'package.json'), '{ "private": true, "type": "module" }\n')
}

/** What comes out is a folder with index.html. */
const BUNDLERS = {
  async esbuild(outdir) {
    const options = { bundle: true, splitting: true, format: 'esm', target: 'es2022', minify: true, logLevel: 'error' }
    await esbuild.build({ ...options, entryPoints: [main], outdir })
    cpSync(join(place, 'index.html'), join(outdir, 'index.html'))
  },
  async rollup(dir) {
    const warnings = []
    const bundle = await rollup({
      input: main,
      plugins: [nodeResolve({ browser: true, preferBuiltins: false }), commonjs()],
      onwarn: ({ code, message, id = '' }) => {
        // Warnings about the packages below are theirs.
        if (!id.includes('node_modules') || id.includes('mdm-protocol')) warnings.push(`${code}: ${message}`)
      },
    })
    await bundle.write({ dir, format: 'es' })
    await bundle.close()
    const ours = warnings.filter((text) => !/CIRCULAR_DEPENDENCY.*node_modules\/(?!mdm-protocol)/.test(text))
    if (ours.length > 0) throw new Error(ours.join('\n'))
    cpSync(join(place, 'index.html'), join(dir, 'index.html'))
  },
  async vite(outDir) {
    await vite.build({ root: place, logLevel: 'error', build: { outDir, emptyOutDir: true } })
  },
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript' }

async function serve(folder) {
  const server = createServer(({ url }, response) => {
    const file = join(folder, url === '/' ? 'index.html' : new URL(url, 'http://localhost').pathname)
    if (!existsSync(file)) response.writeHead(404).end()
    else response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' }).end(readFileSync(file))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function resultOf(browser, folder) {
  const server = await serve(folder)
  try {
    const page = await browser.newPage()
    const faults = []
    page.on('pageerror', (error) => faults.push(String(error)))
    page.on('requestfailed', (request) => faults.push(`not loaded: ${request.url()}`))
    await page.goto(`http://127.0.0.1:${server.address().port}/`)
    const done = "document.getElementById('result').textContent !== 'working'"
    await page.waitForFunction(done, undefined, { timeout: 60_000 }).catch((error) => faults.push(String(error)))
    const text = await page.textContent('#result')
    await page.close()
    return text === 'enrolled' ? faults : [text, ...faults]
  } finally {
    server.close()
  }
}

const counts = { passed: 0, failed: 0, skipped: 0 }
if (chromium === undefined) {
  console.log(`Chromium is not on this machine; ${CHROMIUM_PACKAGE}`)
  counts[inCi ? 'failed' : 'skipped'] = Object.keys(BUNDLERS).length
} else {
  layOut()
  installRuntimes()
  const { chromium: launcher } = requireTool('playwright-core')
  const browser = await launcher.launch({ executablePath: chromium, args: CHROMIUM_FLAGS })
  for (const [name, bundle] of Object.entries(BUNDLERS)) {
    const out = join(place, `built-by-${name}`)
    const faults = await bundle(out).then(
      () => resultOf(browser, out),
      (error) => [String(error)],
    )
    counts[faults.length === 0 ? 'passed' : 'failed']++
    console.log(`${faults.length === 0 ? 'ok    ' : 'failed'} ${name}`)
    for (const fault of faults) console.log(`       ${fault}`)
  }
  await browser.close()
}
rmSync(place, { recursive: true, force: true })
if (process.env.REPORT) writeFileSync(process.env.REPORT, JSON.stringify(counts))
console.log(`browser applications: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exit(counts.failed === 0 ? 0 : 1)
