import { createPublicKey, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { DigestName, RemoteSigner } from '../../src/types.js'
import { importIdentity, toPem } from '../../src/x509.js'
import { hex } from '../support/asn1.js'
import { expectRejection } from '../support/hostile.js'
import { makeRoot } from './authority.js'
import { rsaKeyOf } from '../support/rsa-keys.js'
import { craft, craftKey } from './craft.js'

const rsa = await makeRoot('rsa', { key: rsaKeyOf(2048) })
const ec = await makeRoot('ec')
const NODE = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' } as const

describe('importIdentity', () => {
  test('takes certificate and key in all their forms', async () => {
    const { certificate, key } = rsa
    const pem = toPem('CERTIFICATE', certificate.der)
    const keyPem = toPem('PRIVATE KEY', key.pkcs8)
    const pkcs1 = key.privateKey.export({ format: 'pem', type: 'pkcs1' }) as string
    const encrypted = key.privateKey.export({
      format: 'pem',
      type: 'pkcs8',
      cipher: 'aes-256-cbc',
      passphrase: 'secret',
    }) as string
    const forms = [
      { certificate, privateKey: key.pkcs8 },
      { certificate: certificate.der, privateKey: keyPem },
      { certificate: pem, privateKey: pkcs1 },
      { certificate: pem, privateKey: encrypted, password: 'secret' },
      { certificate: keyPem + pem, privateKey: keyPem + pem },
    ]
    for (const form of forms) expect((await importIdentity(form)).certificate.der).toEqual(certificate.der)
    const sec1 = ec.key.privateKey.export({ format: 'pem', type: 'sec1' }) as string
    expect((await importIdentity({ certificate: ec.certificate, privateKey: sec1 })).certificate).toBe(ec.certificate)
  })

  test('signs with every digest', async () => {
    for (const entity of [rsa, ec]) {
      const { key } = await importIdentity({ certificate: entity.certificate, privateKey: entity.key.pkcs8 })
      const signer = key as RemoteSigner
      const data = hex('010203')
      for (const digest of Object.keys(NODE) as (keyof typeof NODE)[]) {
        expect(signer.digests).toContain(digest satisfies DigestName)
        const signature = await signer.sign(data, digest)
        expect(verify(NODE[digest], data, createPublicKey(entity.key.privateKey), signature)).toBe(true)
      }
    }
  })

  test('decrypts with RSA, and answers null with EC', async () => {
    const forRsa = await importIdentity({ certificate: rsa.certificate, privateKey: rsa.key.pkcs8 })
    expect(forRsa.rawRsa).toBeDefined()
    expect(forRsa.unwrapKey).toBeUndefined()
    const forEc = await importIdentity({ certificate: ec.certificate, privateKey: ec.key.pkcs8 })
    const request = { algorithm: 'RSA-OAEP', encryptedKey: hex('00'), keyLength: 16, oaepDigest: null } as const
    expect(await forEc.unwrapKey?.(request)).toBeNull()
  })

  test('keeps the chain, and has none where none is given', async () => {
    const { certificate, key } = ec
    const chain = [rsa.certificate]
    expect((await importIdentity({ certificate, privateKey: key.pkcs8, chain })).chain).toBe(chain)
    expect('chain' in (await importIdentity({ certificate, privateKey: key.pkcs8 }))).toBe(false)
  })

  test('takes a certificate whose key leaves NULL out', async () => {
    const der = Buffer.from(rsa.key.spki).toString('hex')
    const bare = hex(der.replace('30820122300d06092a864886f70d0101010500', '30820120300b06092a864886f70d010101'))
    const certificate = craft({ spki: bare }, rsa.key)
    expect((await importIdentity({ certificate, privateKey: rsa.key.pkcs8 })).rawRsa).toBeDefined()
  })

  test('refuses the key of another certificate', async () => {
    const { certificate } = ec
    for (const stranger of [craftKey(), rsa.key])
      await expectRejection(importIdentity({ certificate, privateKey: stranger.pkcs8 }), 'ERR_KEY_MISMATCH')
  })

  test('refuses a wrong password, a missing one, and what is no key', async () => {
    const { certificate, key } = ec
    const encrypted = key.privateKey.export({
      format: 'pem',
      type: 'pkcs8',
      cipher: 'aes-256-cbc',
      passphrase: 'secret',
    }) as string
    await expectRejection(
      importIdentity({ certificate, privateKey: encrypted, password: 'wrong' }),
      'ERR_DECRYPTION_FAILED',
    )
    await expectRejection(importIdentity({ certificate, privateKey: encrypted }), 'ERR_INVALID_ARGUMENT', /password/)
    await expectRejection(importIdentity({ certificate, privateKey: 'key' }), 'ERR_ENCODING')
    await expectRejection(importIdentity({ certificate, privateKey: hex('3000') }), 'ERR_ENCODING')
    await expectRejection(importIdentity({ certificate: {} as never, privateKey: key.pkcs8 }), 'ERR_INVALID_ARGUMENT')
  })
})
