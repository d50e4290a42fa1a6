import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeBase64 } from '../../src/bytes/base64.js'
import { verifyCms } from '../../src/cms.js'
import { unsafeAcceptAnySigner } from '../../src/core.js'
import { buildMdmSignature } from '../../src/mdm.js'
import { encodePlist } from '../../src/plist.js'
import { importIdentity, nameAttribute, parseCertificate } from '../../src/x509.js'
import { startCertmonger, until } from '../support/certmonger.js'
import {
  ADMIN_TOKEN,
  CHALLENGE,
  type ExampleServer,
  hasRuntimes,
  node24,
  startOnNode,
  startOnWorkerd,
} from '../support/example-server.js'
import { describeWithTools, openWorkplace, runAsync, runOk, type Workplace } from '../support/openssl.js'
import { isCi } from '../support/fixtures.js'

// The server to copy from, as a program of its own, at which clients enrol that we did not write.

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Kind {
  readonly name: string
  readonly start: () => Promise<ExampleServer>
}

const kinds: readonly Kind[] = [
  { name: 'on Node', start: () => startOnNode() },
  ...(hasRuntimes ? [{ name: 'on workerd', start: startOnWorkerd }] : []),
]

if (!hasRuntimes && !isCi()) console.warn('skipped: the example server on workerd: run npm ci in test/runtime')

test('the runtimes are installed where nothing may be missing', () => {
  expect(hasRuntimes || !isCi()).toBe(true)
})

const execute = promisify(execFile)

/** examples/device as a program. */
async function device(place: Workplace, ...args: readonly string[]) {
  return execute(process.execPath, [join(root, 'examples/device/main.mjs'), ...args], { cwd: place.folder })
}

async function admin(server: ExampleServer, path: string, body?: unknown, method = 'POST'): Promise<unknown> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' }
  const sent = body === undefined ? {} : { method, body: JSON.stringify(body) }
  const response = await fetch(`${server.url}/admin/${path}`, { headers, ...sent })
  expect(response.status).toBeLessThan(300)
  const text = await response.text()
  return text === '' ? null : JSON.parse(text)
}

/** Public key of whoever signed the enrolment profile. */
async function profileSigner(server: ExampleServer): Promise<Uint8Array | undefined> {
  const profile = new Uint8Array(await (await fetch(`${server.url}/enroll`)).arrayBuffer())
  const { signers } = await verifyCms(profile, { trust: unsafeAcceptAnySigner })
  return signers[0]?.certificate.publicKey
}

describeWithTools('the example server', ['openssl', 'pki', 'certmongerSession', 'getcert'], () => {
  describe.each(kinds)('$name', ({ start }) => {
    let server: ExampleServer
    let place: Workplace
    beforeAll(async () => {
      server = await start()
      place = openWorkplace()
      place.write('ca.pem', await (await fetch(`${server.url}/ca.crt`)).text())
    })
    afterAll(async () => {
      await server.close()
      place.close()
    })

    test.each(['ios', 'macos'])(
      'a device of the examples enrols, does a command, renews, signing as %s',
      async (style) => {
        const state = `${style}.json`
        const enrolled = await device(place, 'enroll', `${server.url}/enroll`, '--state', state, '--style', style)
        expect(enrolled.stderr).toBe('')
        expect(enrolled.stdout).toMatch(/certificate [0-9a-f]+\nchecked in/)
        const { udid } = JSON.parse(new TextDecoder().decode(place.read(state))) as { udid: string }
        await admin(server, `commands/${udid}`, {
          requestType: 'DeviceInformation',
          fields: { Queries: ['OSVersion'] },
        })
        expect((await device(place, 'poll', '--state', state)).stdout).toMatch(/command DeviceInformation\n1 command/)
        expect(Object.values((await admin(server, `reports/${udid}`)) as object)).toEqual(['Acknowledged'])
        expect((await device(place, 'renew', '--state', state)).stdout).toMatch(/RenewalReq: certificate/)
        expect((await device(place, 'poll', '--state', state)).stdout).toMatch(/0 command/)
      },
    )

    test('a UDID belongs to the device that enrolled with it, until that checks out or is forgotten', async () => {
      const enrol = (state: string) =>
        device(place, 'enroll', `${server.url}/enroll`, '--state', state, '--udid', 'A-UDID')
      await enrol('a.json')
      await expect(enrol('b.json')).rejects.toThrow(/checkin: HTTP 400/)
      await device(place, 'check-out', '--state', 'a.json')
      await enrol('c.json')
      await admin(server, 'commands/A-UDID', { requestType: 'DeviceLock' })
      await admin(server, 'enrollments/A-UDID', {}, 'DELETE')
      await enrol('d.json')
      await expect(device(place, 'poll', '--state', 'c.json')).rejects.toThrow(/mdm: HTTP 400/)
      // What was meant for the one before is not for this one.
      expect((await device(place, 'poll', '--state', 'd.json')).stdout).toMatch(/0 command/)
      expect(server.log()).toMatch(/PUT \/checkin 400 [\d.]+ms ANOTHER_DEVICE/)
    })

    test('a user speaks with the identity of the device; what is unknown is no failure', async () => {
      await device(place, 'enroll', `${server.url}/enroll`, '--state', 'mac.json', '--udid', 'A-MAC')
      const remembered = JSON.parse(new TextDecoder().decode(place.read('mac.json'))) as Record<string, string>
      const identity = await importIdentity({
        certificate: remembered['certificate']!,
        privateKey: remembered['privateKey']!,
      })
      const checkIn = async (message: Readonly<Record<string, string | Uint8Array>>) => {
        const body = encodePlist({ UDID: 'A-MAC', ...message })
        const headers = { 'mdm-signature': await buildMdmSignature(body, identity) }
        return (await fetch(`${server.url}/checkin`, { method: 'PUT', headers, body })).status
      }
      const push = { Topic: 'com.apple.mgmt.External.1', Token: new Uint8Array(32), PushMagic: 'magic' }
      expect(await checkIn({ MessageType: 'TokenUpdate', UserID: 'A-USER', ...push })).toBe(200)
      expect(await checkIn({ MessageType: 'TokenUpdate', UDID: 'ANOTHER', UserID: 'A-USER', ...push })).toBe(400)
      expect(await checkIn({ MessageType: 'UserAuthenticate', UserID: 'A-USER' })).toBe(410)
      expect(await checkIn({ MessageType: 'Novelty' })).toBe(200)
      await until(() => server.log().includes('unknown kind: Novelty'), 'the log')
    })

    test('strongSwan enrols with 3DES', async () => {
      place.write('strongswan.key', readFileSync(join(root, 'test/support/rsa-keys.pem')))
      runOk('openssl', ['pkey', '-in', 'strongswan.key', '-out', 'sw.der', '-outform', 'DER'], { workplace: place })
      runOk('openssl', ['x509', '-in', 'ca.pem', '-out', 'ca.der', '-outform', 'DER'], { workplace: place })
      const authority = ['--cacert-enc', 'ca.der', '--cacert-sig', 'ca.der', '--cacert', 'ca.der']
      const subject = ['--in', 'sw.der', '--dn', 'CN=strongswan-1', '--password', CHALLENGE]
      const url = `${server.url}/scep`
      const result = await runAsync('pki', ['--scep', '--url', url, ...subject, ...authority, '--cipher', 'des3'], {
        workplace: place,
      })
      expect(result.stderr).toMatch(/Issued certificate is trusted/)
      expect(nameAttribute(parseCertificate(result.stdout).subject, 'CN')).toBe('named-strongswan-1')
    })

    test('certmonger enrols by GET with AES-256', async () => {
      const certmonger = await startCertmonger(place)
      try {
        const { getcert } = certmonger
        await getcert('add-scep-ca', '-c', 'example', '-u', `${server.url}/scep`, '-N', place.path('ca.pem'))
        await until(
          async () => (await getcert('list-cas', '-c', 'example')).stdoutText.includes('thumbprint'),
          'GetCACert',
        )
        const files = ['-f', place.path('cm.pem'), '-k', place.path('cm.key')]
        const wait = ['-w', '--wait-timeout', '20']
        await getcert('request', '-c', 'example', ...files, '-N', 'CN=certmonger-1', '-L', CHALLENGE, ...wait)
        const issued = parseCertificate(new TextDecoder().decode(place.read('cm.pem')))
        expect(nameAttribute(issued.subject, 'CN')).toBe('named-certmonger-1')
      } finally {
        await certmonger.close()
      }
    })

    test('OpenSSL signs a check-in; a body that was changed is refused, and never with 401', async () => {
      const state = 'openssl.json'
      await device(place, 'enroll', `${server.url}/enroll`, '--state', state)
      const remembered = JSON.parse(new TextDecoder().decode(place.read(state))) as Record<string, string>
      place.write('device.pem', remembered['certificate']!)
      place.write('device.key', remembered['privateKey']!)
      const body = `<?xml version="1.0"?><plist version="1.0"><dict><key>UDID</key><string>${remembered['udid']!}</string><key>Status</key><string>Idle</string></dict></plist>`
      place.write('body', body)
      const signing = [
        'cms',
        '-sign',
        '-binary',
        '-in',
        'body',
        '-outform',
        'DER',
        '-signer',
        'device.pem',
        '-inkey',
        'device.key',
      ]
      const { stdout } = runOk('openssl', signing, { workplace: place })
      const headers = { 'mdm-signature': encodeBase64(stdout) }
      const put = (sent: string) => fetch(`${server.url}/mdm`, { method: 'PUT', headers, body: sent })
      expect((await put(body)).status).toBe(200)
      expect((await put(`${body}\n`)).status).toBe(400)
      expect((await fetch(`${server.url}/mdm`, { method: 'PUT', body })).status).toBe(400)
    })

    test('the enrolment profile is signed by a chain that OpenSSL follows to the CA', async () => {
      place.write('profile', new Uint8Array(await (await fetch(`${server.url}/enroll`)).arrayBuffer()))
      const { stdoutText } = runOk(
        'openssl',
        ['cms', '-verify', '-inform', 'DER', '-in', 'profile', '-CAfile', 'ca.pem', '-purpose', 'any', '-binary'],
        { workplace: place },
      )
      expect(stdoutText).toContain('com.apple.mdm')
    })

    test('the log has a line a request and no secret', () => {
      expect(server.log()).toMatch(/PUT \/mdm 400 [\d.]+ms ERR_SIGNATURE_INVALID/)
      expect(server.log()).toMatch(/(GET|POST) \/scep 200/)
      expect(server.log()).not.toContain(CHALLENGE)
      expect(server.log()).not.toContain('message=')
    })
  })

  test.runIf(hasRuntimes)('over a file, on Node 24: what is known survives the process', async () => {
    const place = openWorkplace()
    const keys = place.path('keys')
    const first = await startOnNode(node24, '--store', place.path('store.sqlite'), '--keys', keys)
    expect((await device(place, 'enroll', `${first.url}/enroll`, '--state', 'd.json')).stdout).toMatch(/checked in/)
    const signerBefore = await profileSigner(first)
    await first.close()
    const second = await startOnNode(node24, '--store', place.path('store.sqlite'), '--keys', keys)
    expect(await profileSigner(second)).toEqual(signerBefore)
    const state = JSON.parse(new TextDecoder().decode(place.read('d.json'))) as { mdm: Record<string, string> }
    state.mdm['serverUrl'] = `${second.url}/mdm`
    place.write('d.json', JSON.stringify(state))
    expect((await device(place, 'poll', '--state', 'd.json')).stdout).toMatch(/0 command/)
    await second.close()
    place.close()
  })

  test('with --approval a device waits, and polls for its certificate', async () => {
    const place = openWorkplace()
    const server = await startOnNode(process.execPath, '--approval')
    const poll = async () => (await device(place, 'poll-certificate', '--state', 'd.json')).stdout
    const enrolled = await device(place, 'enroll', `${server.url}/enroll`, '--state', 'd.json')
    const [, id = ''] = /pending as (\S+)/.exec(enrolled.stdout) ?? []
    expect(await admin(server, 'pending')).toEqual([id])
    expect(await poll()).toMatch(/still pending/)
    await admin(server, `pending/${id}`, { approve: true })
    expect(await poll()).toMatch(/CertPoll: certificate [0-9a-f]+\nchecked in/)
    await device(place, 'enroll', `${server.url}/enroll`, '--state', 'd.json')
    const [other = ''] = (await admin(server, 'pending')) as readonly string[]
    await admin(server, `pending/${other}`, { approve: false })
    await expect(poll()).rejects.toThrow(/SCEP: FAILURE badRequest/)
    await server.close()
    place.close()
  })

  test('on Node 20 the file store says what it needs', async () => {
    if (!process.version.startsWith('v20.')) return
    const place = openWorkplace()
    await expect(startOnNode(process.execPath, '--store', place.path('store.sqlite'))).rejects.toThrow(
      /Node 22\.13 or later/,
    )
    place.close()
  })
})
