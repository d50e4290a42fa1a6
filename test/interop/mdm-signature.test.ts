import { beforeAll, expect, test } from 'vitest'
import { buildMdmSignature } from '../../src/mdm/build-signature.js'
import type { Identity } from '../../src/types.js'
import { importIdentity } from '../../src/x509/identity.js'
import { toPem } from '../../src/x509/pem.js'
import { body, certificate, deviceKey } from '../mdm/vectors.js'
import { describeWithTools, run } from '../support/openssl.js'

describeWithTools('OpenSSL verifies what we sign as a device', ['openssl'], () => {
  let identity: Identity
  beforeAll(async () => {
    identity = await importIdentity({ certificate: certificate('device'), privateKey: deviceKey })
  })

  const verify = ['cms', '-verify', '-binary', '-inform', 'DER', '-in', 'message', '-content', 'body', '-out', 'out']
  test.each([
    ['ios', 'SHA-256'],
    ['ios', 'SHA-512'],
    ['macos', 'SHA-1'],
    ['macos', 'SHA-256'],
  ] as const)('%s, %s', async (style, digest) => {
    const message = Buffer.from(await buildMdmSignature(body, identity, { style, digest }), 'base64')
    const authorities = ['ca', 'sub'].map((name) => toPem('CERTIFICATE', certificate(name).der)).join('')
    const inputs = { message, body, authorities }
    const chain = ['-CAfile', 'authorities', '-purpose', 'any', '-no_check_time']
    const good = run('openssl', [...verify, ...chain], { inputs })
    expect(good.stderr).toMatch(/successful/i)
    expect(good.status).toBe(0)
    const changed = body.slice()
    changed[20]! ^= 1
    expect(run('openssl', [...verify, ...chain], { inputs: { ...inputs, body: changed } }).status).not.toBe(0)
  })
})
