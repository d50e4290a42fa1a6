import * as crypto from 'node:crypto'
import { expect, vi } from 'vitest'
import { buildPushCertificateRequest } from '../../src/apns.js'
import { decryptCms, encryptCms, signCms, verifyCms } from '../../src/cms.js'
import { buildMdmSignature } from '../../src/mdm.js'
import { buildPkcs12 } from '../../src/pkcs12.js'
import { decodePlist, encodePlist } from '../../src/plist.js'
import { buildProfile, encryptProfile, openProfile, signProfile } from '../../src/profiles.js'
import { buildScepRequest, issueScepChallenge, openScepReply } from '../../src/scep.js'
import type { Bytes, Certificate, DecryptionIdentity, RemoteSigner } from '../../src/types.js'
import { createCsr, distinguishedName, issueCertificate, parseCertificate, toPem } from '../../src/x509.js'
import type { World } from './world.js'

export type Run = (call: (...parameters: readonly unknown[]) => unknown, world: World) => Promise<unknown>

const utf8 = (text: string): Bytes => new TextEncoder().encode(text)
const choice = { digest: 'SHA-256', cipher: 'AES-128-CBC' } as const
const OID_SERVER = '1.3.6.1.5.5.7.3.1'

const profile = () => buildProfile({ identifier: 'com.example.a', uuid: 'U', payloads: [] })
const certificateOf = async (promise: unknown) => parseCertificate((await promise) as string)

/** Sends a request of the world's device, and reads the reply. */
async function enrolled(
  { ca, newcomer: signer, csr }: World,
  answer: (message: Bytes) => unknown,
  request = csr,
  recipient: Certificate = ca.certificate,
): Promise<void> {
  const { message, pending } = await buildScepRequest({ type: 'PKCSReq', csr: request }, { signer, recipient, choice })
  const reply = (await answer(message)) as Bytes
  const opened = await openScepReply(reply, { pinned: [recipient], pending, recipient: signer })
  expect(opened.status).toBe('SUCCESS')
}

async function withFetch<T>(answer: (...parameters: never[]) => Promise<Response>, work: () => T): Promise<Awaited<T>> {
  vi.stubGlobal('fetch', answer)
  try {
    return await work()
  } finally {
    vi.unstubAllGlobals()
  }
}

const pkcs8 = (key: Bytes): crypto.KeyObject =>
  crypto.createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' })

async function verifies(key: RemoteSigner, certificate: Certificate, root: Certificate): Promise<void> {
  const message = await signCms(utf8('a note'), { certificate, key })
  expect(await verifyCms(message, { trust: { anchors: [root] } })).toHaveProperty('content', utf8('a note'))
}

async function decrypts(recipient: DecryptionIdentity, certificate: Certificate): Promise<void> {
  expect(await decryptCms(await encryptCms(utf8('a note'), [certificate]), recipient)).toEqual(utf8('a note'))
}

/** A request with a challenge of ours in it. */
async function challenged({ device: { privateKey } }: World) {
  const secret = utf8('a secret of thirty-two octets...')
  const claims = { purpose: 'enroll', device: 'device-1', expiresAt: new Date(Date.now() + 60_000) } as const
  const challengePassword = await issueScepChallenge(claims, secret)
  const subject = distinguishedName([['CN', 'anything']])
  return { secret, csr: await createCsr({ privateKey, subject, challengePassword }) }
}

const openssl = 'docs/guides/from-openssl.md'

/** `page function`: the function is called, and what it gives is looked at. */
export const RUNS: Readonly<Record<string, Run>> = {
  'README.md enrol': async (call, world) => {
    const { secret, csr } = await challenged(world)
    await enrolled(world, (message) => call(message, world.ca, secret), csr)
  },
  'docs/scep.md handleScep': async (call, world) => {
    const { secret, csr } = await challenged(world)
    await enrolled(
      world,
      async (body) => {
        const request = { method: 'POST', url: '/scep?operation=PKIOperation', body }
        return ((await call(request, world.ca, secret)) as { readonly body: Bytes }).body
      },
      csr,
    )
  },
  'docs/scep.md enrol': async (call, world) => {
    const { ca, device } = world
    const request = async (_: string, { body }: { readonly body: Bytes }): Promise<Response> => {
      const { openScepRequest, buildScepReply } = await import('../../src/scep.js')
      const trust = { anchors: [ca.certificate] } as const
      const opened = await openScepRequest(body, { recipient: ca, renewalTrust: trust })
      if (opened.type !== 'PKCSReq') throw new Error(opened.type)
      const { subject, publicKey, challengePassword } = opened.csr
      expect(challengePassword).toBe('sesame')
      const { notBefore, notAfter } = device.certificate
      const input = { subject, publicKey, notBefore, notAfter, serialNumber: '77', purpose: 'device-identity' } as const
      const certificates = [await issueCertificate(input, ca)] as const
      return new Response(await buildScepReply(opened, { status: 'SUCCESS', certificates }, { signer: ca }))
    }
    const authority = { recipient: ca.certificate, signers: [ca.certificate], all: [ca.certificate] }
    const made = withFetch(request, () => call(authority, { ...choice, method: 'POST', renewal: true }, 'sesame'))
    expect(await made).toHaveProperty('certificate.serialNumber', '77')
  },
  'docs/push-certificates.md signForCustomer': async (call, { csr, device, vendor, ca, pem, keyPem }) => {
    const own = { vendorPem: pem(vendor.certificate), vendorKeyPem: keyPem(device.privateKey) }
    const files = { ...own, wwdrPem: pem(vendor.intermediate), appleRoot: ca.certificate }
    expect(await call(csr, files)).toBeTypeOf('string')
  },
  'docs/push-certificates.md importPushIdentity': async (call, { push, device }) => {
    const contents = { privateKey: device.privateKey, certificate: push, chain: [] }
    const file = await buildPkcs12(contents, 'secret', { preset: 'apple-modern', iterations: 2048 })
    expect(await call(file, 'secret')).toHaveProperty('topic', expect.stringMatching(/^com\.apple\.mgmt/))
  },
  'docs/push-certificates.md askMdmcert': async (call, { csr, device }) => {
    const account = { email: 'a@example.com', apiKey: 'k' }
    const answer = (result: string) => () => Promise.resolve(new Response(JSON.stringify({ result })))
    await withFetch(answer('success'), () => call(csr, device, account))
    await expect(withFetch(answer('failure'), () => call(csr, device, account))).rejects.toThrow(/refused/)
  },
  'docs/push-certificates.md openAttachment': async (call, { csr, device, vendor, ca }) => {
    const request = await buildPushCertificateRequest(csr, vendor)
    const how = { keyTransport: 'RSAES-PKCS1-v1_5', cipher: 'DES-EDE3-CBC' } as const
    const sealed = await encryptCms(utf8(request), [device.certificate], how)
    expect(await call(Buffer.from(sealed).toString('hex'), device, ca.certificate)).toBe(request)
  },
  'docs/push-certificates.md acceptRenewal': (call, { push, device }) => {
    expect(() => call(device.certificate, push)).toThrow()
    expect(call(push, push)).toMatch(/^com\.apple\.mgmt/)
    return Promise.resolve()
  },
  'docs/profiles.md onTheDevice': async (call, { device, ca }) => {
    const message = await signProfile(await encryptProfile(profile(), [device.certificate]), device)
    expect(await call(message, device, ca.certificate)).toEqual(profile())
  },
  'docs/profiles.md willRun': async (call, { device, ca, now }) => {
    const content = encodePlist({
      ...{ UUID: 'U', Name: 'N', TeamIdentifier: ['T'], CreationDate: now, ProvisionedDevices: ['d1'] },
      ...{ ExpirationDate: device.certificate.notAfter, DeveloperCertificates: [device.certificate.der] },
      Entitlements: { 'application-identifier': 'T.*' },
    })
    const app = { signingCertificate: device.certificate, entitlements: { 'application-identifier': 'T.a' } }
    const file = await signCms(content, device)
    expect(await call(file, ca.certificate, 'd1', app, now)).toEqual([])
    expect(await call(file, ca.certificate, 'd2', app, now)).toMatchObject([{ kind: 'device-not-listed' }])
  },
  'docs/over-the-air.md answer': async (call, { device, newcomer, ca }) => {
    const enrolment = { challenge: 'c', scepChallenge: 's', profile: profile() }
    const body = encodePlist({ UDID: 'U', CHALLENGE: 'c' })
    const stranger = newcomer.certificate
    const first = await call(await signCms(body, newcomer), enrolment, stranger, ca.certificate, device)
    expect(await openProfile(first as Bytes, { trust: { anchors: [ca.certificate] } })).toHaveProperty(
      'encrypted',
      false,
    )
    const last = await call(await signCms(body, device), enrolment, stranger, ca.certificate, device)
    const opened = openProfile(last as Bytes, { trust: { anchors: [ca.certificate] }, recipient: device })
    expect(await opened).toHaveProperty('encrypted', true)
  },
  'docs/device-enrollment.md readToken': async (call, { device }) => {
    const secrets = { consumer_key: 'CK', consumer_secret: 'CS', access_token: 'AT', access_secret: 'AS' }
    const json = JSON.stringify({ ...secrets, access_token_expiry: '2099-01-01T00:00:00Z' })
    const text = `Content-Type: text/plain\r\n\r\n-----BEGIN MESSAGE-----\r\n${json}\r\n-----END MESSAGE-----\r\n`
    const message = await encryptCms(utf8(text), [device.certificate], { keyTransport: 'RSAES-PKCS1-v1_5' })
    const mime = 'Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64'
    const p7m = `${mime}\r\n\r\n${Buffer.from(message).toString('base64')}\r\n`
    expect(await call(p7m, device)).toHaveProperty('consumerKey', 'CK')
  },
  'docs/device-enrollment.md openSession': async (call) => {
    const secrets = { consumerKey: 'CK', consumerSecret: 'CS', accessToken: 'AT', accessSecret: 'AS' }
    const answer = () => Promise.resolve(new Response('{"auth_session_token":"S"}'))
    const made = withFetch(answer, () => call({ ...secrets, expiresAt: new Date('2099-01-01') }))
    expect(await made).toHaveProperty('x-adm-auth-session', 'S')
  },
  'docs/guides/servers.md forExpress': async (call) => {
    const handler = ({ url, body }: { readonly url: string; readonly body: Bytes }) =>
      Promise.resolve({ status: 201, headers: { 'x-url': url }, body })
    const middleware = call(handler) as (...parameters: readonly unknown[]) => void
    const ended = new Promise((resolve, reject) => {
      const said: unknown[] = []
      const response = {
        status: (code: number) => (said.push(code), response),
        set: (headers: object) => (said.push(headers), response),
        end: (body: Bytes) => {
          resolve([...said, body])
        },
      }
      middleware({ method: 'POST', originalUrl: '/scep?a', body: utf8('b'), get: () => undefined }, response, reject)
    })
    expect(await ended).toEqual([201, { 'x-url': '/scep?a' }, utf8('b')])
  },
  'docs/guides/servers.md forFastify': async (call) => {
    type Route = (request: object, reply: object) => Promise<unknown>
    const routes = new Map<string, Route>()
    const scope = {
      removeAllContentTypeParsers: () => undefined,
      addContentTypeParser: () => undefined,
      route: ({ url, handler }: { readonly url: string; readonly handler: Route }) => routes.set(url, handler),
    }
    call(scope, ({ header }: { readonly header: (name: string) => string | null }) =>
      Promise.resolve({ status: 200, headers: {}, body: utf8(header('Mdm-Signature') ?? '') }),
    )
    const reply = { code: () => reply, headers: () => reply, send: (body: Bytes) => body }
    const request = { method: 'PUT', raw: { url: '/mdm' }, headers: { 'mdm-signature': 's' }, body: null }
    expect(await routes.get('/mdm')!(request, reply)).toEqual(utf8('s'))
  },
  'docs/guides/keys.md answerByRa': async (call, world) => {
    const { ca, device, now } = world
    await enrolled(world, (message) => call(message, ca, device, now), world.csr, device.certificate)
  },
  'docs/guides/keys.md kmsSigner': async (call, { device, ca }) => {
    const key = pkcs8(device.privateKey)
    const kms = {
      sign: ({ digest }: { readonly digest: Bytes }) => {
        const prefix = Buffer.from('3031300d060960864801650304020105000420', 'hex')
        return Promise.resolve(crypto.privateEncrypt(key, Buffer.concat([prefix, digest])))
      },
    }
    await verifies(call(kms, 'a key') as RemoteSigner, device.certificate, ca.certificate)
  },
  'docs/guides/keys.md tokenSigner': async (call, { device, ca }) => {
    const token = {
      sign: (_: number, data: Bytes) => Promise.resolve(crypto.sign('sha256', data, pkcs8(device.privateKey))),
    }
    await verifies(call(token) as RemoteSigner, device.certificate, ca.certificate)
  },
  'docs/guides/keys.md onToken': async (call, { device }) => {
    const key = { key: pkcs8(device.privateKey), padding: crypto.constants.RSA_NO_PADDING }
    const token = { decrypt: (_: number, block: Bytes) => Promise.resolve(crypto.privateDecrypt(key, block)) }
    await decrypts(call(token, device.certificate) as DecryptionIdentity, device.certificate)
  },
  'docs/guides/keys.md inVault': async (call, { device }) => {
    const key = { key: pkcs8(device.privateKey), oaepHash: 'sha256' }
    const vault = {
      decrypt: (_: string, algorithm: string, value: Bytes) =>
        Promise.resolve(
          crypto.privateDecrypt({ ...key, oaepHash: algorithm === 'RSA-OAEP' ? 'sha1' : 'sha256' }, value),
        ),
    }
    await decrypts(call(vault, 'a key', device.certificate) as DecryptionIdentity, device.certificate)
  },
  'docs/certificates.md makeCa': async (call) => {
    expect(await call(new Date())).toHaveProperty('ca.certificate')
  },
  'docs/certificates.md answerRequest': async (call, { csr, ca, now }) => {
    const pem = toPem('CERTIFICATE REQUEST', csr.der)
    expect(await call(pem, ca, () => ({ name: 'www' }), now)).toHaveProperty('serialNumber')
    expect(await call(pem, ca, () => null, now)).toBeNull()
  },
  'docs/certificates.md requestFor': async (call, { device }) => {
    const made = call(device.key, device.certificate.publicKey, 'device-2') as Promise<object>
    expect(await made).toHaveProperty('publicKey', device.certificate.publicKey)
  },
  'docs/certificates.md judge': async (call, { device, ca, now }) => {
    expect(await call(device.certificate, ca.certificate, [], now)).toEqual(['CN=device-1', 'CN=Example Device CA'])
    expect(await call(ca.certificate, device.certificate, [], now)).toBeTypeOf('string')
  },
  'docs/cms.md roundTrip': async (call, { device, ca }) => {
    expect(await call('a note', device, ca.certificate)).toHaveProperty('text', 'a note')
  },
  'docs/cms.md seal': async (call, { device, ca }) => {
    expect(await call(utf8('a note'), device.certificate, ca)).toBeInstanceOf(Uint8Array)
  },
  'docs/cms.md unseal': async (call, { device, ca }) => {
    const message = await signCms(await encryptCms(utf8('a note'), [device.certificate]), ca)
    expect(await call(message, device, ca.certificate)).toEqual(utf8('a note'))
  },
  'docs/cms.md openOld': async (call, { device }) => {
    const how = { cipher: 'DES-EDE3-CBC', keyTransport: 'RSAES-PKCS1-v1_5' } as const
    expect(await call(await encryptCms(utf8('a note'), [device.certificate], how), device)).toEqual(utf8('a note'))
  },
  'docs/explain.md describe': async (call, { device, pem }) => {
    expect(await call(pem(device.certificate))).toMatch(/^certificate: /)
  },
  'docs/lifecycle.md noticesOf': (call, { device }) => {
    const day = new Date(device.certificate.notAfter.getTime() - 10 * 86_400_000)
    expect(call([device.certificate], day)).toHaveLength(1)
    return Promise.resolve()
  },
  'docs/lifecycle.md named': (call, { device }) => {
    expect(call([device.certificate], device.certificate.serialNumber)).toBe(device.certificate)
    return Promise.resolve()
  },
  'docs/lifecycle.md renewForAYear': async (call, { device, ca }) => {
    expect(await call(device.certificate, ca)).toHaveProperty('subject', device.certificate.subject)
  },
  'docs/lifecycle.md mayBecomeOurs': async (call, { device, ca }) => {
    const server = { certificate: device.certificate, chain: [ca.certificate] }
    expect(await call(server, server, 'mdm.example.com')).toBe(false)
  },
  'docs/lifecycle.md bothRoots': (call, { device, ca }) => {
    expect(decodePlist(call(ca.certificate, device.certificate) as Bytes)).toHaveProperty('PayloadContent.length', 2)
    return Promise.resolve()
  },
  'docs/pkcs12.md readIdentity': async (call, { device, ca }) => {
    const contents = { privateKey: device.privateKey, certificate: device.certificate, chain: [ca.certificate] }
    const file = await buildPkcs12(contents, 'secret', { preset: 'apple-modern', iterations: 2048 })
    expect(await call(file, 'secret')).toHaveProperty('certificate.serialNumber', device.certificate.serialNumber)
    expect(await call(file, 'wrong')).toBeNull()
  },
  'docs/pkcs12.md payloadFor': async (call, { device, ca }) => {
    const made = call(device.privateKey, device.certificate, ca.certificate, 'secret')
    expect(await made).toHaveProperty('PayloadType', 'com.apple.security.pkcs12')
  },
  'docs/profiles.md enrollmentProfile': (call, { device, ca }) => {
    const certificate = device.certificate
    const parts = {
      tlsRoot: ca.certificate,
      serverCertificate: certificate,
      pushCertificate: certificate,
      challenge: 'c',
    }
    expect(call(parts)).toHaveProperty('PayloadContent.length', 3)
    return Promise.resolve()
  },
  'docs/profiles.md signAndRead': async (call, { device, ca }) => {
    expect(await call(profile(), device, ca.certificate)).toEqual(profile())
  },
  'docs/profiles.md forOneDevice': async (call, { device, ca }) => {
    expect(await call(profile(), ca, device.certificate)).toBeInstanceOf(Uint8Array)
  },
  'docs/push-certificates.md requestPushCertificate': async (call) => {
    expect(await call()).toHaveProperty('csrPem', expect.stringMatching(/^-----BEGIN CERTIFICATE REQUEST/))
  },
  'docs/push-certificates.md wake': async (call) => {
    const device = { token: new Uint8Array(32), pushMagic: 'm', topic: 'com.apple.mgmt.External.1' }
    const answer = { status: 200, headers: { 'apns-id': '1' }, body: '' }
    expect(await call(device, () => Promise.resolve(answer))).toHaveProperty('outcome', 'accepted')
  },
  'docs/device-enrollment.md makeTokenIdentity': async (call) => {
    expect(await call()).toHaveProperty('certificate.serialNumber', '01')
  },
  'docs/device-enrollment.md officeProfile': (call, { ca }) => {
    expect(JSON.parse(call(ca.certificate, ['C02X']) as string)).toHaveProperty('devices', ['C02X'])
    return Promise.resolve()
  },
  'docs/device-enrollment.md whoAsks': async (call, { device, ca }) => {
    const body = encodePlist({ UDID: 'U', SERIAL: 'C02X', PRODUCT: 'Mac', VERSION: '26' })
    const header = Buffer.from(await signCms(body, device)).toString('base64')
    expect(await call(header, ca.certificate, new Set(['C02X']))).toHaveProperty('serialNumber', 'C02X')
    await expect(call(header, ca.certificate, new Set())).rejects.toThrow('not a device of ours')
  },
  'docs/device-channel.md authenticated': async (call, { device, ca }) => {
    const body = encodePlist({ MessageType: 'Authenticate', UDID: 'U', Topic: 'com.apple.mgmt.External.1' })
    const kept: unknown[] = []
    const store = {
      identityOf: () => Promise.resolve(null),
      keepIdentity: (_: unknown, identity: Certificate) => Promise.resolve(kept.push(identity.serialNumber)),
    }
    await call(await buildMdmSignature(body, device), body, ca.certificate, store)
    expect(kept).toEqual([device.certificate.serialNumber])
  },
  'docs/device-channel.md identityBehindProxy': (call, { device }) => {
    const headers = new Headers({ 'client-cert': `:${Buffer.from(device.certificate.der).toString('base64')}:` })
    expect(call(headers)).toHaveProperty('serialNumber', device.certificate.serialNumber)
    return Promise.resolve()
  },
  'docs/device-channel.md poll': async (call) => {
    const queue = {
      done: () => Promise.resolve(),
      next: () => Promise.resolve({ type: 'RestartDevice', fields: {}, uuid: 'C' }),
    }
    const answer = await call(encodePlist({ Status: 'Idle', UDID: 'U' }), queue)
    expect(decodePlist(answer as Bytes)).toHaveProperty('CommandUUID', 'C')
  },
  'docs/guides/servers.md handle': async (call) => {
    const request = { method: 'PUT', url: '/checkin', header: () => null, body: utf8('nonsense') }
    expect(await call(request, {})).toHaveProperty('status', 400)
    expect(await call({ ...request, url: '/elsewhere' }, {})).toHaveProperty('status', 404)
  },
  'docs/guides/servers.md forFetch': async (call) => {
    const serve = call(({ body }: { readonly body: Bytes }) => Promise.resolve({ status: 200, headers: {}, body }))
    const answer = await (serve as (request: Request) => Promise<Response>)(
      new Request('http://localhost/scep', { method: 'POST', body: 'octets' }),
    )
    expect([answer.status, await answer.text()]).toEqual([200, 'octets'])
  },
  'docs/guides/keys.md caCertificates': (call, { ca, device }) => {
    expect(call(ca, device)).toHaveProperty('headers')
    return Promise.resolve()
  },
  [`${openssl} makeCa`]: async (call) => {
    expect(await call(new Date())).toHaveProperty('certificate', expect.stringMatching(/^-----BEGIN CERTIFICATE-----/))
  },
  [`${openssl} makeRequest`]: async (call) => {
    expect(await call()).toHaveProperty('request', expect.stringMatching(/^-----BEGIN CERTIFICATE REQUEST-----/))
  },
  [`${openssl} checkRequest`]: async (call, { csr }) => {
    await call(toPem('CERTIFICATE REQUEST', csr.der))
  },
  [`${openssl} signRequest`]: async (call, { csr, ca, pem, keyPem, now }) => {
    const request = toPem('CERTIFICATE REQUEST', csr.der)
    const made = await certificateOf(call(request, pem(ca.certificate), keyPem(ca.privateKey), now))
    expect(made.publicKey).toEqual(csr.publicKey)
  },
  [`${openssl} look`]: async (call, { device, pem, now }) => {
    expect(await call(pem(device.certificate), now)).toMatchObject({ subject: 'CN=device-1', endsSoon: false })
  },
  [`${openssl} verify`]: async (call, { device, ca, pem }) => {
    const path = call(pem(device.certificate), pem(ca.certificate), pem(ca.certificate), OID_SERVER)
    await expect(path).rejects.toHaveProperty('code', 'ERR_CERTIFICATE_UNTRUSTED')
  },
  [`${openssl} sign`]: async (call, { device, pem, keyPem }) => {
    const message = await call(utf8('a note'), pem(device.certificate), keyPem(device.privateKey), false)
    expect(message).toBeInstanceOf(Uint8Array)
  },
  [`${openssl} verifyAttached`]: async (call, { device, ca, pem }) => {
    expect(await call(await signCms(utf8('a note'), device), pem(ca.certificate))).toEqual(utf8('a note'))
  },
  [`${openssl} verifyDetached`]: async (call, { device, ca, pem }) => {
    const message = await signCms(utf8('a note'), device, { detached: true })
    await call(message, utf8('a note'), pem(ca.certificate))
    await expect(call(message, utf8('a vote'), pem(ca.certificate))).rejects.toHaveProperty('code')
  },
  [`${openssl} encrypt`]: async (call, { device, pem }) => {
    expect(await call(utf8('a note'), pem(device.certificate))).toBeInstanceOf(Uint8Array)
  },
  [`${openssl} decrypt`]: async (call, { device, pem, keyPem }) => {
    const message = await encryptCms(utf8('a note'), [device.certificate])
    expect(await call(message, pem(device.certificate), keyPem(device.privateKey))).toEqual(utf8('a note'))
  },
  [`${openssl} exportP12`]: async (call, { device, ca, pem }) => {
    expect(await call(pem(device.certificate), device.privateKey, pem(ca.certificate))).toBeInstanceOf(Uint8Array)
  },
  [`${openssl} importP12`]: async (call, { device }) => {
    const contents = { privateKey: device.privateKey, certificate: device.certificate, chain: [] }
    const file = await buildPkcs12(contents, 'secret', { preset: 'apple-modern', iterations: 2048 })
    expect(await call(file)).toMatch(/BEGIN CERTIFICATE[^]*BEGIN PRIVATE KEY/)
  },
  [`${openssl} revoke`]: async (call, { device, ca, now }) => {
    expect(await call(device.certificate, ca, '01', now)).toHaveProperty('count', 1)
  },
  [`${openssl} whatIsThis`]: async (call, { device }) => {
    expect(await call(device.certificate.der)).toMatch(/^certificate: /)
  },
}
