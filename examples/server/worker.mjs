// The server on workerd: keys are bindings, what it remembers lives in the isolate. Bundle it with the conditions of an edge
// worker; see README.md.
import { parseCertificate } from 'mdm-protocol'
import { createApp } from './app.mjs'
import { contextFrom, makeSignerKey } from './keys.mjs'
import { createStore } from './store.mjs'
import { memoryTable } from './table-memory.mjs'

let app = null

async function appFor(env) {
  const secret = Uint8Array.from(atob(env.CHALLENGE_SECRET), (character) => character.charCodeAt(0))
  return createApp(
    await contextFrom({
      ca: { certificate: env.CA_CERT, privateKey: env.CA_KEY },
      oldCa: env.OLD_CA_CERT === undefined ? undefined : { certificate: env.OLD_CA_CERT, privateKey: env.OLD_CA_KEY },
      nextCaCertificate: env.NEXT_CA_CERT,
      // Without these each isolate signs profiles with a key of its own, and none can update those of another.
      signerKey:
        env.SIGNER_KEY === undefined ? await makeSignerKey() : { request: env.SIGNER_CSR, privateKey: env.SIGNER_KEY },
      secret,
      store: createStore(memoryTable()),
      options: {
        url: env.URL,
        challenge: env.CHALLENGE,
        topic: env.TOPIC ?? 'com.apple.mgmt.External.00000000-0000-0000-0000-000000000000',
        identifier: env.IDENTIFIER ?? 'com.example.mdm',
        approval: env.APPROVAL === 'true',
        deviceCa: env.DEVICE_CA === undefined ? undefined : parseCertificate(env.DEVICE_CA),
        adminToken: env.ADMIN_TOKEN,
      },
      log: (line) => console.log(line),
    }),
  )
}

const worker = {
  async fetch(request, env) {
    // At the first request: random numbers and keys are not to be had before it.
    app ??= appFor(env)
    return (await app).fetch(request, env)
  },
}

export { worker as default }
