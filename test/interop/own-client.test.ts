import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  buildScepRequest,
  type CaCertificates,
  negotiateScep,
  openCaCertResponse,
  openNextCaCert,
  openScepReply,
  parseCaCaps,
  type ScepCapability,
  type ScepChoice,
  type ScepFailInfo,
  scepHttpRequest,
  type ScepOperation,
  type ScepReply,
  type ScepRequestInput,
} from '../../src/scep.js'
import type { Bytes, Certificate, HttpRequestParts, Identity } from '../../src/types.js'
import {
  createCsr,
  distinguishedName,
  type GeneratedKey,
  generateKey,
  importIdentity,
  issueSelfSigned,
  randomSerialNumber,
} from '../../src/x509.js'
import { makeCa, makeRa } from '../support/scep-ca.js'
import { type ScepServer, startScepServer } from '../support/scep-server.js'

// Our client and our server with HTTP between them: what no foreign client sends by both methods is sent here.

const CAPABILITIES: readonly ScepCapability[] = ['AES', 'SHA-256', 'SHA-512', 'GetNextCACert', 'Renewal']
const CHALLENGE = 'a secret'
const FAIL_INFOS: readonly ScepFailInfo[] = ['badAlg', 'badMessageCheck', 'badRequest', 'badTime', 'badCertId']

async function send({ method, url, headers, body }: HttpRequestParts): Promise<Bytes> {
  const response = await fetch(url, { method, headers: { ...headers }, body })
  expect(response.status).toBe(200)
  return new Uint8Array(await response.arrayBuffer())
}

interface World {
  readonly server: ScepServer
  readonly ca: Identity
  readonly nextCa: Certificate
  readonly authority: CaCertificates
  readonly choice: ScepChoice
}

async function makeWorld(ras: 0 | 1 | 2, method: 'GET' | 'POST'): Promise<World> {
  const ca = await makeCa('Test CA')
  const nextCa = (await makeCa('Next CA')).certificate
  const one = ras === 1 ? { ra: [await makeRa('Test RA', ca)] as const } : {}
  const two = async () =>
    [await makeRa('Encrypting RA', ca, 'key-encipherment'), await makeRa('Signing RA', ca, 'profile-signing')] as const
  const capabilities = method === 'POST' ? [...CAPABILITIES, 'POSTPKIOperation' as const] : CAPABILITIES
  const roles = ras === 2 ? { ra: await two() } : one
  const server = await startScepServer({ ca, ...roles, capabilities, challenge: CHALLENGE, nextCa })
  const ask = (operation: ScepOperation) => send(scepHttpRequest({ url: server.url, operation }))
  const choice = negotiateScep(parseCaCaps(new TextDecoder().decode(await ask('GetCACaps'))))
  const trust = { anchors: [ca.certificate] } as const
  // Of the two no extended key usage says what they are.
  const [first, ...rest] = ras === 2 && roles.ra !== undefined ? roles.ra.map(({ certificate }) => certificate) : []
  const named = first === undefined ? {} : { ra: { pinned: [first, ...rest] as const } }
  const authority = await openCaCertResponse(await ask('GetCACert'), { trust, ...named })
  expect(authority.refused).toEqual([])
  return { server, ca, nextCa, authority, choice }
}

async function exchange(world: World, input: ScepRequestInput, signer: Identity): Promise<ScepReply> {
  const { authority, choice, server } = world
  const options = { signer, recipient: authority.recipient, choice }
  const { message, pending } = await buildScepRequest(input, options)
  const url = server.url
  const reply = await send(scepHttpRequest({ url, operation: 'PKIOperation', message, method: choice.method }))
  return openScepReply(reply, { pinned: authority.signers, pending, recipient: signer })
}

/** A request, and a throw-away certificate to sign with, of a new key if none is given. */
async function device(commonName: string, key?: GeneratedKey) {
  const { privateKey, publicKey } = key ?? (await generateKey('RSA-2048'))
  const subject = distinguishedName([['CN', commonName]])
  const csr = await createCsr({ privateKey, subject, challengePassword: CHALLENGE })
  const [notBefore, notAfter] = [new Date(Date.now() - 60_000), new Date(Date.now() + 600_000)]
  const profile = {
    subject,
    serialNumber: randomSerialNumber(),
    notBefore,
    notAfter,
    purpose: 'device-identity',
  } as const
  const certificate = await issueSelfSigned({ ...profile, privateKey })
  return { privateKey, publicKey, subject, csr, signer: await importIdentity({ certificate, privateKey }) }
}

describe.each([
  ['the CA alone', 0, 'POST'],
  ['the CA alone', 0, 'GET'],
  ['a CA with an RA', 1, 'POST'],
  ['a CA with an RA', 1, 'GET'],
  ['a CA with two RAs', 2, 'POST'],
  ['a CA with two RAs', 2, 'GET'],
] as const)('with %s (%d RAs), by %s', (_, ras, method) => {
  let world: World
  let key: GeneratedKey
  beforeAll(async () => {
    world = await makeWorld(ras, method)
    key = await generateKey('RSA-2048')
  })
  afterAll(async () => {
    await world.server.close()
  })
  const last = () => world.server.seen.at(-1)!

  test('negotiates the strongest, and the method', () => {
    expect(world.choice).toEqual({ digest: 'SHA-512', cipher: 'AES-128-CBC', method, renewal: true })
  })

  test('enrols, and renews by type 17 and type 19 signed with the old certificate', async () => {
    const first = await device('device')
    const reply = await exchange(world, { type: 'PKCSReq', csr: first.csr }, first.signer)
    if (reply.status !== 'SUCCESS' || reply.certificate === null) throw new Error('no certificate')
    expect(reply.certificate.publicKey).toEqual(first.publicKey)
    expect(last()).toMatchObject({ method, answer: 'SUCCESS', request: { digest: 'SHA-512', signerHoldsCsrKey: true } })

    const identity = await importIdentity({ certificate: reply.certificate, privateKey: first.privateKey })
    for (const [type, wireMessageType] of [
      ['RenewalReq', '17'],
      ['PKCSReq', '19'],
    ] as const) {
      const renewed = await exchange(world, { type, csr: (await device('device')).csr }, identity)
      expect(renewed.status).toBe('SUCCESS')
      expect(last()).toMatchObject({
        method,
        request: { type: 'RenewalReq', wireMessageType, signerStanding: 'renewal' },
      })
    }
  })

  test('waits while the request is pending, and polls', async () => {
    const { csr, subject, signer } = await device('pend-3')
    const first = await exchange(world, { type: 'PKCSReq', csr }, signer)
    expect(first.status).toBe('PENDING')
    const { transactionId } = last().request!
    const poll = { type: 'CertPoll', issuer: world.authority.issuer.subject, subject, transactionId } as const
    expect((await exchange(world, poll, signer)).status).toBe('PENDING')
    const issued = await exchange(world, poll, signer)
    expect(issued).toMatchObject({ status: 'SUCCESS', certificate: { publicKey: csr.publicKey } })
  })

  test.each(FAIL_INFOS)('understands %s', async (failInfo) => {
    const { csr, signer } = await device(`fail-${failInfo}`, key)
    expect(await exchange(world, { type: 'PKCSReq', csr }, signer)).toMatchObject({ status: 'FAILURE', failInfo })
  })

  test('reads the next CA', async () => {
    const body = await send(scepHttpRequest({ url: world.server.url, operation: 'GetNextCACert' }))
    const next = await openNextCaCert(body, { pinned: world.authority.signers })
    expect(next.map(({ der }) => der)).toEqual([world.nextCa.der])
  })

  test('what is no pkiMessage is answered with 400', async () => {
    for (const message of [new Uint8Array(0), Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x07)]) {
      const request = scepHttpRequest({ url: world.server.url, operation: 'PKIOperation', message, method })
      const response = await fetch(request.url, { method, body: request.body })
      expect(response.status).toBe(400)
    }
  })
})
