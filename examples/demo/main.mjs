// A simulated device and a server in one process, no network: `npm run demo`.
import {
  certificateFingerprint,
  formatName,
  generateKey,
  issueScepChallenge,
  verifyCertificatePath,
} from 'mdm-protocol'
import { DAY, makeCa, throwAwayIdentity } from './certificates.mjs'
import { deviceChannel } from './device-channel.mjs'
import { overTheAir } from './over-the-air.mjs'
import { bytes, heading, short, step } from './print.mjs'
import { enrol, getCa, getCapabilities, getNextCa } from './scep-device.mjs'
import { createScepServer } from './scep-server.mjs'

const now = new Date()
const device = 'C02XG0FDJGH5'
const state = { ca: null, nextCa: null, oldCas: [], secret: globalThis.crypto.getRandomValues(new Uint8Array(32)) }

console.log('mdm-protocol: one device, one server, no network')

heading('Enrolment (SCEP, RFC 8894)')
await step('The server makes its CA', async (note) => {
  state.ca = await makeCa('Example Device CA', 3650, now)
  note(`${formatName(state.ca.certificate.subject)}, ${bytes(state.ca.certificate.der)}`)
})
const send = createScepServer(state, now)
const challenge = await step('… and a challenge for this one device, good for an hour', async (note) => {
  const expiresAt = new Date(now.getTime() + 3_600_000)
  const text = await issueScepChallenge({ purpose: 'enroll', device, expiresAt }, state.secret)
  note(short(text))
  return text
})
const fingerprint = await certificateFingerprint(state.ca.certificate, 'SHA-256')

const choice = await step('The device asks what the server can do', (note) => getCapabilities(send, note))
const ca = await step('… and for the CA certificate, which it knows by fingerprint', (note) =>
  getCa(send, fingerprint, now, note),
)
const key = await step('… makes a key that never leaves it', async (note) => {
  const generated = await generateKey('RSA-2048')
  note(`RSA-2048, public key ${bytes(generated.publicKey)}`)
  return generated
})
const throwAway = await throwAwayIdentity(key.privateKey, now)
const session = { send, ca, choice, now }
const identity = await step('… and requests a certificate; the server checks the challenge and issues', (note) =>
  enrol({
    ...session,
    type: 'PKCSReq',
    privateKey: key.privateKey,
    commonName: 'anything',
    challenge,
    signer: throwAway,
    note,
  }),
)
await step('The certificate chains to the CA', async (note) => {
  const path = await verifyCertificatePath(identity.certificate, { anchors: [state.ca.certificate] }, { now })
  note(path.map((certificate) => formatName(certificate.subject)).join(' ← '))
})
await step('Another key with the same challenge is refused', async (note) => {
  const other = await generateKey('RSA-2048')
  const signer = await throwAwayIdentity(other.privateKey, now)
  await enrol({
    ...session,
    type: 'PKCSReq',
    privateKey: other.privateKey,
    commonName: device,
    challenge,
    signer,
    note,
  })
})

heading('Renewal: signed by the certificate that ends')
const renewed = await step('The device renews with a new key and no challenge', async (note) => {
  const { privateKey } = await generateKey('RSA-2048')
  return enrol({ ...session, type: 'RenewalReq', privateKey, commonName: device, signer: identity, note })
})

heading('The CA changes its key (GetNextCACert)')
await step('The server makes the next CA', async (note) => {
  state.nextCa = await makeCa('Example Device CA 2', 3650, now)
  note(`${formatName(state.nextCa.certificate.subject)}, until ${state.nextCa.certificate.notAfter.toISOString()}`)
})
const next = await step('The device learns of it from the CA that it trusts', (note) => getNextCa(send, ca, note, now))
await step('The server switches; a client that only knows the old CA still renews', async (note) => {
  state.oldCas = [state.ca]
  state.ca = state.nextCa
  state.nextCa = null
  const { privateKey } = await generateKey('RSA-2048')
  const late = await enrol({ ...session, type: 'RenewalReq', privateKey, commonName: device, signer: renewed, note })
  note(`issued by ${formatName(late.certificate.issuer)}`)
})
const moved = await step('The device moves over: it renews at the next CA', async (note) => {
  const nextFingerprint = await certificateFingerprint(next, 'SHA-256')
  const nextCa = await getCa(send, nextFingerprint, now, note)
  const { privateKey } = await generateKey('RSA-2048')
  const identityOfNext = await enrol({
    ...session,
    ca: nextCa,
    type: 'RenewalReq',
    privateKey,
    commonName: device,
    signer: renewed,
    note,
  })
  const { certificate } = identityOfNext
  await verifyCertificatePath(certificate, { anchors: [next] }, { now: new Date(now.getTime() + DAY) })
  note(`${formatName(certificate.subject)} ← ${formatName(certificate.issuer)}`)
  return identityOfNext
})

await deviceChannel(moved, now)

const issueChallenge = (name) => {
  const expiresAt = new Date(now.getTime() + 3_600_000)
  return issueScepChallenge({ purpose: 'enroll', device: name, expiresAt }, state.secret)
}
await overTheAir({
  ca: state.ca,
  issueChallenge,
  now,
  enrolDevice: async (oneTimeChallenge, note) => {
    const { privateKey } = await generateKey('RSA-2048')
    const signer = await throwAwayIdentity(privateKey, now)
    const nextFingerprint = await certificateFingerprint(next, 'SHA-256')
    const current = await getCa(send, nextFingerprint, now, note)
    const request = { type: 'PKCSReq', privateKey, commonName: 'iPhone', challenge: oneTimeChallenge, signer, note }
    return enrol({ ...session, ...request, ca: current })
  },
})

console.log('\nDone.')
