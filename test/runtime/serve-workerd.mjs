// The same server in workerd on this machine, through miniflare: `node serve-workerd.mjs BUNDLE PORT`, bindings as JSON on
// standard input. Wants Node 22 or later and the package miniflare.
import { readFileSync } from 'node:fs'
import { Miniflare } from 'miniflare'

const [bundle, port] = process.argv.slice(2)
const miniflare = new Miniflare({
  modules: [{ type: 'ESModule', path: 'worker.mjs', contents: readFileSync(bundle, 'utf8') }],
  compatibilityDate: '2026-04-01',
  bindings: JSON.parse(readFileSync(0, 'utf8')),
  host: '127.0.0.1',
  port: Number(port),
})
await miniflare.ready
console.log('listening')
process.once('SIGTERM', () => miniflare.dispose())
