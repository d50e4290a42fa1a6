import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createPushSender, type PushSender } from '../../examples/push/sender.mjs'
import { buildMdmPush } from '../../src/apns/push.js'
import { pushTopicOf } from '../../src/apns/push-certificate.js'
import { parsePushResponse, type PushResult } from '../../src/apns/push-response.js'
import { generateKey } from '../../src/crypto/private-key.js'
import type { Certificate, HttpRequestParts } from '../../src/types.js'
import { importIdentity } from '../../src/x509/identity.js'
import { issueCertificate, issueSelfSigned } from '../../src/x509/issue.js'
import { distinguishedName } from '../../src/x509/name.js'
import { toPem } from '../../src/x509/pem.js'

interface Party {
  readonly certificate: Certificate
  readonly pem: string
  readonly key: string
}
const dates = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }
const TOPIC = 'com.apple.mgmt.External.18a16429-886b-41f1-9c30-2bd04ae4fc37'

/** What APNs does with a push, in small: client certificate, topic, path and body have to be right. */
interface Apns {
  readonly url: string
  readonly requests: { readonly headers: IncomingHttpHeaders; readonly body: string }[]
  readonly sessions: ServerHttp2Session[]
  close(): Promise<void>
}

function answerTo(
  headers: IncomingHttpHeaders,
  body: string,
  uid: string,
): readonly [status: number, json: object | null, headers?: object] {
  const token = /^\/3\/device\/([0-9a-f]{64})$/.exec(headers[':path'] ?? '')?.[1]
  if (token === undefined) return [400, { reason: 'BadDeviceToken' }]
  if (headers['apns-topic'] !== uid) return [400, { reason: 'TopicDisallowed' }]
  if (headers['apns-push-type'] !== 'mdm' || !/^\{"mdm":"[^"]+"\}$/.test(body)) return [400, { reason: 'BadRequest' }]
  if (token.startsWith('410')) return [410, { reason: 'Unregistered', timestamp: 1700000000000 }]
  if (token.startsWith('429')) return [429, { reason: 'TooManyRequests' }, { 'retry-after': '7' }]
  return [200, null, { 'apns-id': 'EC1BF194-B3B2-424A-89A9-5A918A6E6B5C' }]
}

function startApns(tls: Party, ca: string): Promise<Apns> {
  const requests: Apns['requests'] = []
  const sessions: ServerHttp2Session[] = []
  const options = { cert: tls.pem, key: tls.key, ca, requestCert: true, rejectUnauthorized: true }
  const server: Http2SecureServer = createSecureServer(options)
  server.on('session', (session) => sessions.push(session))
  server.on('stream', (stream, headers) => {
    let body = ''
    stream.setEncoding('utf8')
    stream.on('data', (part: string) => (body += part))
    stream.on('end', () => {
      requests.push({ headers, body })
      const subject = (stream.session!.socket as TLSSocket).getPeerCertificate().subject as { readonly UID?: string }
      const [status, json, more] = answerTo(headers, body, subject.UID ?? '')
      stream.respond({ ':status': status, ...more })
      stream.end(json === null ? '' : JSON.stringify(json))
    })
  })
  return new Promise((started) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      const close = (): Promise<void> => {
        for (const session of sessions) session.destroy()
        return new Promise((done) =>
          server.close(() => {
            done()
          }),
        )
      }
      started({ url: `https://127.0.0.1:${String(port)}`, requests, sessions, close })
    })
  })
}

describe('the example that sends pushes', () => {
  let ca: string
  let pushes: Party
  let stranger: Party
  let apns: Apns
  let sender: PushSender

  beforeAll(async () => {
    const caKey = await generateKey('P-256')
    const root = await issueSelfSigned({
      ...dates,
      privateKey: caKey.privateKey,
      subject: distinguishedName([['CN', 'Test CA']]),
      serialNumber: '01',
      purpose: 'ca',
    })
    const issuer = await importIdentity({ certificate: root, privateKey: caKey.privateKey })
    const issue = async (serialNumber: string, input: object): Promise<Party> => {
      const { privateKey, publicKey } = await generateKey('P-256')
      const subject = distinguishedName([['CN', 'Test']])
      const fields = { ...dates, subject, publicKey, serialNumber, purpose: 'custom', ...input } as const
      const certificate = await issueCertificate(fields, issuer)
      return { certificate, pem: toPem('CERTIFICATE', certificate.der), key: toPem('PRIVATE KEY', privateKey) }
    }
    ca = toPem('CERTIFICATE', root.der)
    const server = await issue('02', { purpose: 'tls-server', subjectAltNames: [{ type: 'ip', value: '127.0.0.1' }] })
    pushes = await issue('03', {
      subject: distinguishedName([
        ['UID', TOPIC],
        ['CN', 'APSP:test'],
      ]),
    })
    stranger = await issue('04', { subject: distinguishedName([['UID', 'com.apple.mgmt.External.other']]) })
    apns = await startApns(server, ca)
    sender = createPushSender({ certificate: pushes.pem, key: pushes.key, ca })
  })
  afterEach(() => {
    apns.requests.length = 0
  })
  afterAll(async () => {
    await sender.close()
    await apns.close()
  })

  /** The library's request, with Apple's host exchanged for the one on this machine. */
  const request = (first: string): HttpRequestParts => {
    const token = Uint8Array.from(Buffer.from(first.padEnd(64, '0'), 'hex'))
    const topic = pushTopicOf(pushes.certificate)
    const push = buildMdmPush({ token, pushMagic: 'magic', topic })
    return { ...push, url: push.url.replace(/^https:\/\/[^/]+/, apns.url) }
  }
  const push = async (first: string, by = sender): Promise<PushResult> =>
    parsePushResponse(await by.send(request(first)))

  test('a push is accepted, and holds what a device needs and nothing else', async () => {
    expect(await push('ab')).toEqual({ outcome: 'accepted', apnsId: 'EC1BF194-B3B2-424A-89A9-5A918A6E6B5C' })
    expect(apns.requests).toHaveLength(1)
    const [{ headers, body } = { headers: {}, body: '' }] = apns.requests
    expect(body).toBe('{"mdm":"magic"}')
    expect(headers).toMatchObject({ ':method': 'POST', 'apns-topic': TOPIC, 'apns-push-type': 'mdm' })
  })

  test('many pushes share one connection', async () => {
    const before = apns.sessions.length
    const results = await Promise.all(Array.from({ length: 50 }, (_, at) => push(at.toString(16).padStart(4, '0'))))
    expect(results.every(({ outcome }) => outcome === 'accepted')).toBe(true)
    expect(apns.requests).toHaveLength(50)
    expect(apns.sessions.length - before).toBeLessThanOrEqual(1)
  })

  test('what the service says comes back as an outcome', async () => {
    expect(await push('410a')).toEqual({ outcome: 'unregistered', since: new Date(1700000000000) })
    expect(await push('429a')).toEqual({ outcome: 'retry', reason: 'TooManyRequests', afterSeconds: 7 })
    const other = createPushSender({ certificate: stranger.pem, key: stranger.key, ca })
    expect(await push('ab', other)).toMatchObject({ outcome: 'rejected', scope: 'sender', reason: 'TopicDisallowed' })
    await other.close()
  })

  test('a connection that the service ended is opened anew', async () => {
    expect((await push('ab')).outcome).toBe('accepted')
    const before = apns.sessions.length
    for (const session of apns.sessions) session.close()
    await new Promise((done) => setTimeout(done, 50))
    expect((await push('ab')).outcome).toBe('accepted')
    expect(apns.sessions.length).toBe(before + 1)
  })

  test('no answer is no outcome: it rejects', async () => {
    const dead = createPushSender({ certificate: pushes.pem, key: pushes.key, ca, timeoutMs: 500 })
    await expect(dead.send({ ...request('ab'), url: 'https://127.0.0.1:1/3/device/ab' })).rejects.toThrow()
    const nobody = createPushSender({ certificate: '', key: '', ca, timeoutMs: 2000 })
    await expect(nobody.send(request('ab'))).rejects.toThrow()
    const distrustful = createPushSender({ certificate: pushes.pem, key: pushes.key, timeoutMs: 2000 })
    await expect(distrustful.send(request('ab'))).rejects.toThrow(/certificate/)
  })
})
