import { beforeAll, describe, expect, test } from 'vitest'
import { buildMdmSignature } from '../../src/mdm/build-signature.js'
import { peekMdmSignature, verifyMdmSignature } from '../../src/mdm/verify-signature.js'
import type { Identity } from '../../src/types.js'
import { importIdentity } from '../../src/x509/identity.js'
import { generateKey } from '../../src/crypto/private-key.js'
import { issueSelfSigned } from '../../src/x509/issue.js'
import { distinguishedName } from '../../src/x509/name.js'
import { expectRejection } from '../support/hostile.js'
import { body, certificate, deviceKey, header } from './vectors.js'

const now = new Date('2026-11-22T00:00:00Z')
let identity: Identity
beforeAll(async () => {
  identity = await importIdentity({
    certificate: certificate('device'),
    privateKey: deviceKey,
    chain: [certificate('sub')],
  })
})

describe('buildMdmSignature', () => {
  test("'macos' is what a Mac sends: BER, SHA-1, no attributes, the same octets as ours of another maker", async () => {
    const text = await buildMdmSignature(body, identity, { style: 'macos' })
    expect(Buffer.from(text, 'base64').toString('hex')).toMatch(/^308006092a864886f70d010702a0803080020101/)
    expect(await verifyMdmSignature(text, body, { trust: { pinned: [identity.certificate] } })).toMatchObject({
      digest: 'SHA-1',
      signature: 'RSASSA-PKCS1-v1_5',
      signingTime: null,
    })
    // PKCS#1 v1.5 has no randomness: the signature value at the end is OpenSSL's.
    const ending = (each: string): string =>
      Buffer.from(each, 'base64')
        .subarray(-256 - 6, -6)
        .toString('hex')
    expect(ending(text)).toBe(ending(header('macos')))
  })

  test("'ios', the default: DER with a signing time", async () => {
    const text = await buildMdmSignature(body, identity, { now })
    expect(text).toBe(await buildMdmSignature(body, identity, { now, style: 'ios' }))
    expect(Buffer.from(text, 'base64')[1]).toBe(0x82)
    const signer = await verifyMdmSignature(text, body, { trust: { pinned: [identity.certificate] } })
    expect(signer).toMatchObject({ digest: 'SHA-256', signingTime: now })
  })

  test.each(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'] as const)('%s in either style', async (digest) => {
    for (const style of ['ios', 'macos'] as const) {
      const text = await buildMdmSignature(body, identity, { style, digest })
      const trust = { pinned: [identity.certificate] } as const
      expect(await verifyMdmSignature(text, body, { trust })).toMatchObject({ digest })
      const changed = body.slice()
      changed[20]! ^= 1
      await expectRejection(verifyMdmSignature(text, changed, { trust }), 'ERR_SIGNATURE_INVALID')
    }
  })

  test('only the leaf goes along', async () => {
    for (const style of ['ios', 'macos'] as const) {
      const text = await buildMdmSignature(body, identity, { style })
      expect(peekMdmSignature(text).certificate?.der).toEqual(identity.certificate.der)
      const trust = { anchors: [certificate('ca')] } as const
      await expectRejection(verifyMdmSignature(text, body, { trust }), 'ERR_CERTIFICATE_UNTRUSTED')
    }
  })

  test('an elliptic key', async () => {
    const { privateKey } = await generateKey('P-256')
    const issued = await issueSelfSigned({
      privateKey,
      subject: distinguishedName([['CN', 'device']]),
      serialNumber: '05',
      notBefore: now,
      notAfter: new Date('2027-11-22T00:00:00Z'),
      purpose: 'device-identity',
    })
    const elliptic = await importIdentity({ certificate: issued, privateKey })
    for (const style of ['ios', 'macos'] as const) {
      const text = await buildMdmSignature(body, elliptic, { style })
      await expect(verifyMdmSignature(text, body, { trust: { pinned: [issued] } })).resolves.toMatchObject({
        signature: 'ECDSA',
      })
    }
  })

  test('a style that is none', async () => {
    for (const style of ['windows', 'toString', '']) {
      await expectRejection(buildMdmSignature(body, identity, { style: style as never }), 'ERR_INVALID_ARGUMENT')
    }
  })

  test('an outage of the key passes through', async () => {
    const outage = new Error('HSM is away')
    const key = { signature: 'RSASSA-PKCS1-v1_5', digests: ['SHA-256'], sign: () => Promise.reject(outage) } as const
    for (const style of ['ios', 'macos'] as const) {
      await expect(buildMdmSignature(body, { ...identity, key }, { style })).rejects.toBe(outage)
    }
  })
})

test('octets that are exchanged while the key is made ready', async () => {
  const slow = await importIdentity(
    { certificate: certificate('device'), privateKey: deviceKey },
    { crypto: globalThis.crypto },
  )
  const trust = { pinned: [slow.certificate] } as const
  for (const style of ['ios', 'macos'] as const) {
    const given = body.slice()
    const made = buildMdmSignature(given, slow, { style, crypto: globalThis.crypto })
    given.fill(0)
    expect((await verifyMdmSignature(await made, body, { trust })).certificate.der).toEqual(slow.certificate.der)
  }
})
