// The server on Node: `node examples/server/node.mjs --url https://mdm.example.com --listen 8080 --keys ./keys`
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import cluster from 'node:cluster'
import { parseArgs } from 'node:util'
import { serve } from '@hono/node-server'
import { parseCertificate } from 'mdm-protocol'
import { createApp } from './app.mjs'
import { contextFrom, makeCa, makeSignerKey } from './keys.mjs'
import { createStore } from './store.mjs'
import { memoryTable } from './table-memory.mjs'
import { sqliteTable } from './table-sqlite.mjs'

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    listen: { type: 'string', default: '127.0.0.1:8080' },
    keys: { type: 'string', default: './mdm-keys' },
    'ca-cert': { type: 'string' },
    'ca-key': { type: 'string' },
    'next-ca-cert': { type: 'string' },
    'old-ca-cert': { type: 'string' },
    'old-ca-key': { type: 'string' },
    'device-ca': { type: 'string' },
    challenge: { type: 'string' },
    topic: { type: 'string', default: 'com.apple.mgmt.External.00000000-0000-0000-0000-000000000000' },
    identifier: { type: 'string', default: 'com.example.mdm' },
    store: { type: 'string' },
    approval: { type: 'boolean', default: false },
    workers: { type: 'string', default: '1' },
    quiet: { type: 'boolean', default: false },
  },
})

const log = values.quiet ? () => {} : (line) => console.log(line)

/** Keys are made once and kept where only this user can read them. */
async function keysIn(folder) {
  const path = (name) => join(folder, name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!existsSync(path('ca.pem'))) {
    const made = await makeCa()
    writeFileSync(path('ca.key'), made.privateKey, { mode: 0o600 })
    writeFileSync(path('ca.pem'), made.certificate)
    log(`made a CA in ${folder}`)
  }
  if (!existsSync(path('signer.csr'))) {
    const made = await makeSignerKey()
    writeFileSync(path('signer.key'), made.privateKey, { mode: 0o600 })
    writeFileSync(path('signer.csr'), made.request)
  }
  if (!existsSync(path('secret')))
    writeFileSync(path('secret'), globalThis.crypto.getRandomValues(new Uint8Array(32)), { mode: 0o600 })
  const text = (file) => (file === undefined ? undefined : readFileSync(file, 'utf8'))
  const identity = (certificate, key) => ({ certificate: text(certificate), privateKey: text(key) })
  const oldCa = values['old-ca-cert']
  return {
    ca: identity(values['ca-cert'] ?? path('ca.pem'), values['ca-key'] ?? path('ca.key')),
    oldCa: oldCa === undefined ? undefined : identity(oldCa, values['old-ca-key']),
    nextCaCertificate: text(values['next-ca-cert']),
    signerKey: { request: text(path('signer.csr')), privateKey: text(path('signer.key')) },
    secret: new Uint8Array(readFileSync(path('secret'))),
  }
}

async function start() {
  const keys = await keysIn(values.keys)
  const table = values.store === undefined ? memoryTable() : await sqliteTable(values.store)
  const deviceCa = values['device-ca'] === undefined ? undefined : parseCertificate(readFileSync(values['device-ca']))
  const options = {
    url: values.url,
    challenge: values.challenge,
    topic: values.topic,
    identifier: values.identifier,
    approval: values.approval,
    deviceCa,
    adminToken: process.env.MDM_ADMIN_TOKEN,
  }
  const app = createApp(await contextFrom({ ...keys, store: createStore(table), options, log }))
  const [, hostname, port] = /^(?:(.*):)?(\d+)$/.exec(values.listen) ?? []
  const server = serve({ fetch: app.fetch, hostname: hostname ?? '127.0.0.1', port: Number(port) }, (address) =>
    console.log(`listening on ${address.address}:${String(address.port)}`),
  )
  process.once('SIGTERM', () => server.close())
}

const workers = Number(values.workers)
if (cluster.isPrimary && workers > 1) {
  // In memory each worker would know other devices.
  if (values.store === undefined) throw new Error('--workers needs --store')
  await keysIn(values.keys)
  for (let count = 0; count < workers; count++) cluster.fork()
} else await start()
