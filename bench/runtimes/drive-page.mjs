// `node drive-page.mjs INPUT BUNDLE CHROMIUM`: the rows on a page from loopback in a headless Chromium.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { CHROMIUM_FLAGS, requireTool } from '../../scripts/runtimes.mjs'

const [input, bundle, executablePath] = process.argv.slice(2)
const { rows, options, data } = JSON.parse(readFileSync(input, 'utf8'))
const answers = {
  '/bench.js': ['text/javascript', readFileSync(bundle)],
  '/data.json': ['application/json', data],
  '/': ['text/html', '<!doctype html><script type=module src=/bench.js></script>'],
}
// Isolated from other origins: its clock has steps of 5 µs then, and not of 100.
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}
const server = createServer(({ url }, response) => {
  const [type, body] = answers[url] ?? ['text/plain', '']
  response.writeHead(url in answers ? 200 : 404, { 'content-type': type, ...isolation }).end(body)
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

const { chromium } = requireTool('playwright-core')
const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS })
try {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${String(server.address().port)}/`)
  await page.waitForFunction('globalThis.loadRows !== undefined')
  await page.evaluate(`fetch('/data.json').then((answer) => answer.text()).then(loadRows)`)
  for (const id of rows) {
    const measured = await page.evaluate(`measureRow(${JSON.stringify(id)}, ${JSON.stringify(options)})`)
    console.log(JSON.stringify({ id, ...measured }))
  }
} finally {
  await browser.close()
  server.close()
}
