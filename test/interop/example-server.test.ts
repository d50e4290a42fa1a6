import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeBase64 } from '../../src/bytes/base64.js'
import { nameAttribute, parseCertificate } from '../../src/x509.js'
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

async function admin(server: ExampleServer, path: string, body?: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' }
  const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const response = await fetch(`${server.url}/admin/${path}`, { headers, ...post })
  expect(response.status).toBeLessThan(300)
  const text = await response.text()
  return text === '' ? null : JSON.parse(text)
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
      expect(nameAttribute(parseCertificate(result.stdout).subject, 'CN')).toBe('strongswan-1')
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
        expect(nameAttribute(issued.subject, 'CN')).toBe('certmonger-1')
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
    await first.close()
    const second = await startOnNode(node24, '--store', place.path('store.sqlite'), '--keys', keys)
    const state = JSON.parse(new TextDecoder().decode(place.read('d.json'))) as { mdm: Record<string, string> }
    state.mdm['serverUrl'] = `${second.url}/mdm`
    place.write('d.json', JSON.stringify(state))
    expect((await device(place, 'poll', '--state', 'd.json')).stdout).toMatch(/0 command/)
    await second.close()
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
