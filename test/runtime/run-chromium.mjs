// `node run-chromium.mjs BUNDLE CHROMIUM`: the suite in a headless Chromium, on a page from loopback.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { chromium } from 'playwright-core'
import { CHROMIUM_FLAGS } from '../../scripts/runtimes.mjs'

const [bundle, executablePath] = process.argv.slice(2)
const script = readFileSync(bundle)
const server = createServer((request, response) => {
  if (request.url === '/suite.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
  else
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<!doctype html><script type=module src=/suite.js></script>')
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS })
try {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${String(server.address().port)}/`)
  await page.waitForFunction('globalThis.runSuite !== undefined')
  console.log(JSON.stringify(await page.evaluate('globalThis.runSuite()')))
  console.error(browser.version())
} finally {
  await browser.close()
  server.close()
}
