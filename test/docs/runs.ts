import { expect, vi } from 'vitest'
import { buildPushCertificateRequest } from '../../src/apns.js'
import { buildCertificateBag, encryptCms, signCms } from '../../src/cms.js'
import { buildMdmSignature } from '../../src/mdm.js'
import { buildPkcs12 } from '../../src/pkcs12.js'
import { decodePlist, encodePlist } from '../../src/plist.js'
import { encryptProfile, openProfile, signProfile } from '../../src/profiles.js'
import type { ScepOutcome } from '../../src/scep.js'
import type { Bytes, Certificate, Identity } from '../../src/types.js'
import {
  certificateFingerprint,
  distinguishedName,
  generateKey,
  importIdentity,
  issueCertificate,
  issueCaLinks,
  issueSelfSigned,
  toPem,
} from '../../src/x509.js'
import { choice, type Run, utf8, profile, enrolled, withFetch, challenged } from './calls.js'
import { GUIDE_RUNS } from './runs-guides.js'

/** `page function`: the function is called, and what it gives is looked at. */
export const RUNS: Readonly<Record<string, Run>> = {
  ...GUIDE_RUNS,
  'README.md enrol': async (call, world) => {
    const { secret, csr } = await challenged(world)
    await enrolled(world, (message) => call(message, world.ca, secret), csr)
  },
  'docs/scep.md handleScep': async (call, world) => {
    const { secret, csr } = await challenged(world)
    const { ca, device } = world
    const kept: string[] = []
    const ledger = {
      deviceOf: ({ serialNumber }: Certificate) =>
        Promise.resolve(serialNumber === device.certificate.serialNumber ? 'device-1' : null),
      keep: (_: Certificate, name: string) => Promise.resolve(kept.push(name)),
    }
    const send = async (body: Bytes, by: Identity = ca) => {
      const request = { method: 'POST', url: '/scep?operation=PKIOperation', body }
      return ((await call(request, by, secret, ledger)) as { readonly body: Bytes }).body
    }
    await enrolled(world, (body) => send(body), csr)
    await enrolled({ ...world, newcomer: device }, (body) => send(body))
    expect(kept).toEqual(['device-1', 'device-1'])
    // A CA in its last year, and one that is no CA at all: that is said in the log.
    const error = vi.spyOn(console, 'error').mockReturnValue(undefined)
    const ending = await issueSelfSigned({
      ...{ subject: ca.certificate.subject, serialNumber: '5', purpose: 'ca', privateKey: ca.privateKey },
      notBefore: new Date(world.now.getTime() - 3_600_000),
      notAfter: new Date(world.now.getTime() + 3_600_000),
    })
    const old = await importIdentity({ certificate: ending, privateKey: ca.privateKey })
    await enrolled({ ...world, ca: { ...old, privateKey: ca.privateKey } }, (body) => send(body, old), csr)
    expect(error.mock.calls).toEqual([])
    await expect(enrolled(world, (body) => send(body))).rejects.toThrow(/FAILURE/)
    expect(error.mock.calls).toEqual([[expect.stringMatching(/^ERR_CHALLENGE_INVALID /)]])
    error.mockRestore()
  },
  'docs/scep.md polled': async (call, { device, ca }) => {
    const request = (by: Identity) => ({ transactionId: 'T', signer: { certificate: by.certificate } })
    const waiting = { signerKey: device.certificate.publicKey, decision: 'none' as unknown }
    const poll = (decision: unknown, by: Identity = device) =>
      call(request(by), (id: string) => Promise.resolve(id === 'T' ? { ...waiting, decision } : null))
    expect(await poll('none')).toEqual({ status: 'PENDING' })
    expect(await poll('refused')).toEqual({ status: 'FAILURE', failInfo: 'badRequest' })
    expect(await poll(device.certificate)).toEqual({ status: 'SUCCESS', certificates: [device.certificate] })
    expect(await poll(device.certificate, ca)).toEqual({ status: 'FAILURE', failInfo: 'badMessageCheck' })
    expect(await call(request(device), () => Promise.resolve(null))).toHaveProperty('failInfo', 'badCertId')
  },
  'docs/scep.md pollOnce': async (call, { ca, device, newcomer }) => {
    const { openScepRequest, buildScepReply } = await import('../../src/scep.js')
    const waiting = { transactionId: 'T-1', subject: device.certificate.subject, signer: newcomer }
    const authority = { recipient: ca.certificate, signers: [ca.certificate], all: [ca.certificate] }
    const polled = (outcome: ScepOutcome) =>
      withFetch(
        async (_: string, { body }: { readonly body: Bytes }) => {
          const opened = await openScepRequest(body, { recipient: ca, renewalTrust: { anchors: [ca.certificate] } })
          expect(opened).toMatchObject({ type: 'CertPoll', transactionId: 'T-1', issuer: ca.certificate.subject })
          return new Response(await buildScepReply(opened, outcome, { signer: ca }))
        },
        () => call(waiting, authority, choice),
      )
    expect(await polled({ status: 'PENDING' })).toBeNull()
    expect(await polled({ status: 'SUCCESS', certificates: [device.certificate] })).toHaveProperty(
      'serialNumber',
      device.certificate.serialNumber,
    )
    await expect(polled({ status: 'FAILURE', failInfo: 'badRequest' })).rejects.toThrow('badRequest')
  },
  'docs/lifecycle.md answerDuringRollover': async (call, world) => {
    const { ca, csr, now } = world
    const key = await generateKey('RSA-2048')
    const dates = { notBefore: new Date(now.getTime() - 3_600_000), notAfter: new Date(now.getTime() + 86_400_000) }
    const fields = { ...dates, serialNumber: '9', privateKey: key.privateKey, purpose: 'ca' } as const
    const certificate = await issueSelfSigned({ ...fields, subject: distinguishedName([['CN', 'Next CA']]) })
    const next = await importIdentity({ certificate, privateKey: key.privateKey })
    const described = { subject: csr.subject, publicKey: csr.publicKey, serialNumber: '10', ...dates }
    const links = await issueCaLinks(ca, next, ['11', '12'])
    const answer = (message: Bytes) =>
      call(message, [next, ca], links, () => Promise.resolve({ ...described, purpose: 'device-identity' }))
    await enrolled(world, answer)
    for (const asked of [certificate, links.newWithOld, links.oldWithNew]) await enrolled(world, answer, csr, asked)
    await expect(
      enrolled(world, (message) => call(message, [next, ca], links, () => Promise.resolve(null))),
    ).rejects.toThrow(/FAILURE/)
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
  'docs/scep.md readCa': async (call, { ca, device }) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const body = buildCertificateBag([device.certificate, ca.certificate])
    const opened = await call(body, await certificateFingerprint(ca.certificate, 'SHA-256'))
    expect(opened).toHaveProperty('recipient.serialNumber', ca.certificate.serialNumber)
    expect(warn.mock.calls).toEqual([
      [device.certificate.serialNumber, 'ERR_CERTIFICATE_UNTRUSTED', expect.stringContaining('option ra')],
    ])
    warn.mockRestore()
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
  'docs/certificates.md scepWithFingerprint': async (call, { ca }) => {
    const payload = await call(ca.certificate, '7E0B0000-0000-4000-8000-000000000001', 'https://mdm.example/scep')
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', ca.certificate.der))
    expect(payload).toHaveProperty('PayloadContent.CAFingerprint', digest)
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
    const kept = new Map<string, Certificate>()
    const store = {
      identitiesOf: (id: string) => Promise.resolve(kept.has(id) ? [kept.get(id)] : []),
      keepIdentity: (id: string, identity: Certificate) => Promise.resolve(kept.set(id, identity)),
    }
    const say = async (message: Readonly<Record<string, string>>, by: Identity = device) => {
      const body = encodePlist({ UDID: 'U', ...message })
      return call(await buildMdmSignature(body, by), body, ca.certificate, store)
    }
    expect(await say({ MessageType: 'CheckOut' })).toBeNull()
    await say({ MessageType: 'Authenticate', Topic: 'com.apple.mgmt.External.1' })
    expect([...kept.keys()]).toEqual(['U'])
    expect(await say({ MessageType: 'UserAuthenticate', UserID: 'A-USER' })).toHaveProperty('enrollment.kind', 'user')
    await expect(say({ MessageType: 'CheckOut' }, ca)).rejects.toThrow(/pinned/)
  },
  'docs/device-channel.md authenticatedReport': async (call, { device, ca }) => {
    const body = encodePlist({ UDID: 'U', Status: 'Idle' })
    const header = await buildMdmSignature(body, device)
    const known = (...identities: readonly Certificate[]) => ({ identitiesOf: () => Promise.resolve(identities) })
    expect(await call(header, body, known(ca.certificate, device.certificate))).toHaveProperty('status', 'Idle')
    expect(await call(header, body, known())).toBeNull()
    await expect(call(header, body, known(ca.certificate))).rejects.toThrow(/pinned/)
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
}
