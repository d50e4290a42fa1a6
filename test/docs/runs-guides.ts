import * as crypto from 'node:crypto'
import { expect } from 'vitest'
import { encryptCms, signCms } from '../../src/cms.js'
import { fail, type PlainErrorCode } from '../../src/errors.js'
import { buildPkcs12 } from '../../src/pkcs12.js'
import type { Bytes, DecryptionIdentity, RemoteSigner } from '../../src/types.js'
import { toPem } from '../../src/x509.js'
import { type Run, utf8, OID_SERVER, certificateOf, enrolled, pkcs8, verifies, decrypts } from './calls.js'

const openssl = 'docs/guides/from-openssl.md'

/** As RUNS, of the guides. */
export const GUIDE_RUNS: Readonly<Record<string, Run>> = {
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
  'docs/guides/servers.md handle': async (call) => {
    const request = { method: 'PUT', url: '/checkin', header: () => 'signature', body: utf8('a body') }
    const yours = {
      scep: ({ body }: { readonly body: Bytes | null }) =>
        Promise.resolve({ status: 200, headers: {}, body: body ?? utf8('nothing') }),
      authenticated: (header: string, body: Bytes) => Promise.resolve({ header, body }),
      authenticatedReport: (header: string, body: Bytes) => Promise.resolve({ header, body }),
      checkin: () => Promise.resolve(null),
      report: ({ header, body }: { readonly header: string; readonly body: Bytes }) =>
        Promise.resolve(utf8(`${header} of ${new TextDecoder().decode(body)}`)),
    }
    const answer = async (changes: object, by: object = {}) => {
      const { status, body } = (await call({ ...request, ...changes }, { ...yours, ...by })) as Response & {
        body: Bytes
      }
      return `${String(status)} ${new TextDecoder().decode(body)}`
    }
    expect(await answer({})).toBe('200 ')
    expect(await answer({ url: '/mdm?a' })).toBe('200 signature of a body')
    expect(await answer({ url: '/scep?b', method: 'POST' })).toBe('200 a body')
    expect(await answer({ url: '/scep?b', method: 'GET' })).toBe('200 nothing')
    expect(await answer({ url: '/elsewhere' })).toBe('404 ')
    expect(await answer({ method: 'GET' })).toBe('404 ')
    const nobody = () => Promise.resolve(null)
    expect(await answer({}, { authenticated: nobody })).toBe('400 ')
    expect(await answer({ url: '/mdm' }, { authenticatedReport: nobody })).toBe('400 ')
    const refusing = (code: PlainErrorCode) => async () => Promise.resolve(fail(code, 'text'))
    expect(await answer({}, { authenticated: refusing('ERR_SIGNATURE_INVALID') })).toBe('400 ')
    expect(await answer({}, { authenticated: refusing('ERR_LIMIT') })).toBe('413 ')
    await expect(answer({}, { authenticated: () => Promise.reject(new Error('down')) })).rejects.toThrow('down')
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
