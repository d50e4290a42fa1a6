// `node run-workerd.mjs BUNDLE [FLAG…]`: the suite in workerd, through miniflare. Wants Node 22 or later.
import { readFileSync } from 'node:fs'
import { Miniflare } from 'miniflare'

const [bundle, ...flags] = process.argv.slice(2)
const miniflare = new Miniflare({
  modules: [{ type: 'ESModule', path: 'worker.mjs', contents: readFileSync(bundle, 'utf8') }],
  compatibilityDate: '2026-04-01',
  compatibilityFlags: flags,
})
try {
  const response = await miniflare.dispatchFetch('http://127.0.0.1/')
  console.log(await response.text())
} finally {
  await miniflare.dispose()
}
