// The example server under load: `npm run bench:server`, after `npm run build`. 5,000 devices enrol by SCEP and send 50,000
// signed check-ins, 32 requests in flight, over loopback. `--quick`: 200 and 2,000, in memory only.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isMdmProtocolError, parseCertificate } from 'mdm-protocol'
import { makeCa } from '../examples/server/keys.mjs'
import { bareCheckins, bareEnrolments } from './load/bare.mjs'
import { startServer } from './load/child.mjs'
import { openClient } from './load/client.mjs'
import { identityFrom, makeCheckins, makeEnrolments, makeKeys } from './load/messages.mjs'
import { bareTable, memoryTable, timesTable } from './load/report.mjs'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    enrolments: { type: 'string' },
    checkins: { type: 'string' },
    'in-flight': { type: 'string', default: '32' },
    /** No part of a run takes longer: it stops there, and says how far it came. */
    seconds: { type: 'string', default: '300' },
    workers: { type: 'string', default: '2' },
    only: { type: 'string' },
  },
})
const enrolments = Number(values.enrolments ?? (values.quick ? 200 : 5000))
const checkins = Number(values.checkins ?? (values.quick ? 2000 : 50_000))
const inFlight = Number(values['in-flight'])
const workers = Number(values.workers)
const deadline = () => performance.now() + Number(values.seconds) * 1000

const node24 = fileURLToPath(new URL('../test/runtime/node_modules/node24/bin/node', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mdm-protocol-load-'))

async function makeKeyFolder() {
  const made = await makeCa()
  const secret = globalThis.crypto.getRandomValues(new Uint8Array(32))
  writeFileSync(join(folder, 'ca.key'), made.privateKey, { mode: 0o600 })
  writeFileSync(join(folder, 'ca.pem'), made.certificate)
  writeFileSync(join(folder, 'secret'), secret, { mode: 0o600 })
  return { ca: parseCertificate(made.certificate), secret }
}

/** One part of a run: what came of it, with the server's memory and processor time meanwhile. */
async function phase(name, server, client, requests, { bare = null, take } = {}) {
  server.memory()
  const cpuBefore = server.cpuSeconds()
  const { seconds, latencies, errors } = await client.run(requests, { deadline: deadline(), take })
  const failed = [...errors.values()].reduce((sum, count) => sum + count, 0)
  for (const [text, count] of errors) console.error(`${name}: ${String(count)} × ${text}`)
  const cpuSeconds = server.cpuSeconds() - cpuBefore
  return { name, done: latencies.length, errors: failed, seconds, latencies, cpuSeconds, memory: server.memory(), bare }
}

/** The devices whose answer holds as a device sees it, with what they send next. */
async function enrolled(devices, replies, ca) {
  const ready = []
  let refused = 0
  for (const [place, reply] of replies.entries()) {
    if (reply === undefined) continue
    try {
      ready.push(await makeCheckins(devices[place], await identityFrom(devices[place], reply, ca)))
    } catch (error) {
      refused++
      if (refused === 1) console.error(isMdmProtocolError(error) ? error.code : error.message)
    }
  }
  return { ready, refused }
}

function* rounds(ready, count) {
  for (const { authenticate } of ready) yield authenticate
  for (let sent = ready.length; ready.length > 0 && sent < count; sent++) yield ready[sent % ready.length].tokenUpdate
}

async function load(start, { ca, secret, keys, bare }) {
  console.log(`preparing ${String(enrolments)} requests`)
  const devices = await makeEnrolments(enrolments, { keys, ca, secret })
  const server = await startServer({ keys: folder, ...start })
  const client = openClient(server.origin, inFlight)
  try {
    const plain = { method: 'GET', path: '/ca.crt', headers: {}, body: null }
    const http = await phase('GET /ca.crt, no crypto', server, client, Array(Math.max(1000, enrolments)).fill(plain))
    const replies = []
    const first = await phase(
      'enrolments',
      server,
      client,
      devices.map(({ request }) => request),
      { bare: bare.enrolments, take: (body, place) => (replies[place] = body) },
    )
    console.log('opening the answers, signing check-ins')
    const { ready, refused } = await enrolled(devices, replies, ca)
    first.errors += refused
    const then = await phase('check-ins', server, client, rounds(ready, checkins), { bare: bare.checkins })
    const phases = [http, first, then]
    console.log(`\n${timesTable(phases)}\n\n${memoryTable(phases)}\n`)
    return phases.reduce((sum, { errors }) => sum + errors, 0)
  } finally {
    client.close()
    await server.close()
  }
}

const servers = {
  memory: { node: process.execPath },
  ...(existsSync(node24) && !values.quick
    ? {
        sqlite: {
          node: node24,
          args: ['--workers', String(workers), '--store', join(folder, 'store.sqlite')],
          processes: workers,
        },
      }
    : {}),
}
const titles = {
  memory: `One process, store in memory, Node ${process.versions.node}`,
  sqlite: `${String(workers)} workers, one node:sqlite file, Node 24`,
}

try {
  const load1 = loadavg()[0].toFixed(1)
  console.log(
    `${String(availableParallelism())} × ${cpus()[0]?.model ?? 'unknown'}, load average ${load1} at the start`,
  )
  const bare = { enrolments: bareEnrolments(enrolments, deadline()), checkins: bareCheckins(checkins, deadline()) }
  const rows = [
    { name: 'enrolments', ...bare.enrolments },
    { name: 'check-ins', ...bare.checkins },
  ]
  console.log(`\n${bareTable(rows)}`)
  const keys = await makeKeys(values.quick ? 5 : 50)
  const authority = await makeKeyFolder()
  let errors = 0
  for (const [name, start] of Object.entries(servers)) {
    if (values.only !== undefined && values.only !== name) continue
    console.log(`\n== ${titles[name]}, ${String(inFlight)} in flight`)
    errors += await load(start, { ...authority, keys, bare })
  }
  console.log(`${String(errors)} errors`)
  process.exitCode = errors === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
