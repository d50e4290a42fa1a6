import { createApp } from '../../examples/server/app.mjs'
import { contextFrom, type ServerOptions } from '../../examples/server/keys.mjs'
import { createStore, type Store } from '../../examples/server/store.mjs'
import { memoryTable } from '../../examples/server/table-memory.mjs'
import { buildMdmSignature } from '../../src/mdm.js'
import { encodePlist, type PlistDict } from '../../src/plist.js'
import { openProfile, type Payload, type Profile } from '../../src/profiles.js'
import {
  buildScepRequest,
  openScepReply,
  type ScepPending,
  type ScepReply,
  type ScepRequestInput,
} from '../../src/scep.js'
import type { Bytes, Certificate, CertificateRequest, Identity } from '../../src/types.js'
import { createCsr, distinguishedName, toPem } from '../../src/x509.js'
import { type Entity, entityOf, issued, selfSigned } from '../cms/entities.js'
import { type ReadyKey, rsaKey } from '../support/rsa-keys.js'

// examples/server without a socket, so that its store can be looked at; and what a client of it says.

const DAY = 86_400_000
/** The examples read the clock. */
const around = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + 800 * DAY) }

export const SECRET: Bytes = Uint8Array.from({ length: 32 }, (_, at) => at)
export const ADMIN_TOKEN = 'an admin'
export const ORIGIN = 'https://mdm.example'

export const makeCa = (name: string, key: ReadyKey): Promise<Entity> => selfSigned(name, key, around)
/** The certificate of a first request. */
export const throwAway = (key: ReadyKey): Promise<Entity> =>
  selfSigned('throw-away', key, { ...around, purpose: 'device-identity' })
export const issuedBy = (ca: Entity, name: string, key: ReadyKey): Promise<Entity> => issued(name, key, ca, around)

export interface Server {
  readonly ca: Entity
  readonly store: Store
  readonly log: string[]
  readonly fetch: (request: Request) => Promise<Response>
}
export interface Start {
  readonly ca?: Entity
  readonly oldCa?: Entity
  readonly nextCa?: Certificate
  readonly store?: Store
  readonly options?: Partial<ServerOptions>
}

const usualCa = await makeCa('Example Device CA', rsaKey(0))
const signerKey = {
  request: toPem(
    'CERTIFICATE REQUEST',
    (await createCsr({ privateKey: rsaKey(1).pkcs8, subject: distinguishedName([['CN', 'Profile Signing']]) })).der,
  ),
  privateKey: toPem('PRIVATE KEY', rsaKey(1).pkcs8),
}
const pemOf = ({ certificate, raw }: Entity) => ({
  certificate: toPem('CERTIFICATE', certificate.der),
  privateKey: toPem('PRIVATE KEY', raw.pkcs8),
})

export async function start({ ca = usualCa, oldCa, nextCa, store, options }: Start = {}): Promise<Server> {
  const kept = store ?? createStore(memoryTable())
  const log: string[] = []
  const context = await contextFrom({
    ca: pemOf(ca),
    oldCa: oldCa && pemOf(oldCa),
    nextCaCertificate: nextCa && toPem('CERTIFICATE', nextCa.der),
    signerKey,
    secret: SECRET,
    store: kept,
    options: {
      url: ORIGIN,
      topic: 'com.apple.mgmt.External.1',
      identifier: 'com.example.mdm',
      adminToken: ADMIN_TOKEN,
      ...options,
    },
    log: (line) => log.push(line),
  })
  const app = createApp(context)
  return { ca, store: kept, log, fetch: async (request) => app.request(request) }
}

export async function send(server: Server, path: string, init: RequestInit = {}): Promise<Response> {
  return server.fetch(new Request(`${ORIGIN}${path}`, init))
}
export const bytesOf = async (response: Response): Promise<Bytes> => new Uint8Array(await response.arrayBuffer())

export async function profileIn(server: Server, response: Response): Promise<Profile> {
  return (await openProfile(await bytesOf(response), { trust: { anchors: [server.ca.certificate] } })).profile
}
export async function profileAt(server: Server, path: string): Promise<Profile> {
  return profileIn(server, await send(server, path))
}
const challengeIn = (payload: PlistDict | undefined) =>
  (payload?.['PayloadContent'] as PlistDict)['Challenge'] as string
export function scepChallengeIn(profile: Profile): string {
  const payloads = profile['PayloadContent'] as readonly Payload[]
  return challengeIn(payloads.find(({ PayloadType }) => PayloadType === 'com.apple.security.scep'))
}
export async function enrolChallenge(server: Server): Promise<string> {
  return scepChallengeIn(await profileAt(server, '/enroll'))
}
export async function otaChallenge(server: Server): Promise<string> {
  return challengeIn(await profileAt(server, '/ota'))
}

export function csrOf(key: ReadyKey, challenge?: string, commonName = 'whoever'): Promise<CertificateRequest> {
  const subject = distinguishedName([['CN', commonName]])
  return createCsr({ privateKey: key.pkcs8, subject, ...(challenge && { challengePassword: challenge }) })
}

export interface Sent {
  readonly message: Bytes
  readonly pending: ScepPending
  readonly signer: Entity
  readonly ca: Entity
}
export async function scepMessage(input: ScepRequestInput, signer: Entity, ca: Entity): Promise<Sent> {
  const choice = { digest: 'SHA-256', cipher: 'AES-128-CBC' } as const
  return { ...(await buildScepRequest(input, { signer, recipient: ca.certificate, choice })), signer, ca }
}
/** Can be sent again. */
export async function post(server: Server, { message, pending, signer, ca }: Sent): Promise<ScepReply> {
  const answer = await bytesOf(await send(server, '/scep?operation=PKIOperation', { method: 'POST', body: message }))
  return openScepReply(answer, { pinned: [ca.certificate], pending, recipient: signer })
}
/** A request of the key's own, fresh each time. */
export async function ask(server: Server, input: ScepRequestInput, key: ReadyKey): Promise<ScepReply> {
  return post(server, await scepMessage(input, await throwAway(key), server.ca))
}
export function certificateOf(reply: ScepReply): Certificate {
  if (reply.status !== 'SUCCESS' || reply.certificate === null) throw new Error(`the answer is ${reply.status}`)
  return reply.certificate
}

/** An identity from the server, with a challenge of `/enroll` or another one. */
export async function enrolled(server: Server, key: ReadyKey, challenge?: string): Promise<Entity> {
  const csr = await csrOf(key, challenge ?? (await enrolChallenge(server)))
  return entityOf(certificateOf(await ask(server, { type: 'PKCSReq', csr }, key)), key)
}

export async function checkIn(server: Server, identity: Identity, message: PlistDict): Promise<Response> {
  const body = encodePlist(message)
  const headers = { 'mdm-signature': await buildMdmSignature(body, identity) }
  return send(server, '/checkin', { method: 'PUT', headers, body })
}
