import { describe, expect, test } from 'vitest'
import { decryptCms, encryptCms, signCms } from '../../src/cms.js'
import type { Certificate, Identity } from '../../src/types.js'
import { importIdentity } from '../../src/x509/identity.js'
import { expectRejection } from '../support/hostile.js'
import { rsaKey } from '../support/rsa-keys.js'
import { selfSigned } from './entities.js'

// What a caller in JavaScript may get wrong, and what he may change while a call waits.

const one = await selfSigned('one', rsaKey(0))
const two = await selfSigned('two', rsaKey(1))
const identityOf = ({ certificate }: { readonly certificate: Certificate }, key: 0 | 1): Promise<Identity> =>
  importIdentity({ certificate, privateKey: rsaKey(key).pkcs8 })

describe('content that is no octets', () => {
  test.each(['secret text', 5, 1e12, null, undefined, {}, [1, 2], Uint16Array.of(256), new ArrayBuffer(3)])(
    '%j is refused',
    async (content) => {
      const bytes = content as Uint8Array
      await expectRejection(signCms(bytes, one), 'ERR_INVALID_ARGUMENT', /Uint8Array/)
      await expectRejection(encryptCms(bytes, [one.certificate]), 'ERR_INVALID_ARGUMENT', /Uint8Array/)
    },
  )
})

test('who is put among the recipients while a key is wrapped cannot read', async () => {
  const recipients: [Certificate, ...Certificate[]] = [one.certificate]
  const made = encryptCms(new Uint8Array(5), recipients, { crypto: globalThis.crypto })
  recipients.push(two.certificate)
  const message = await made
  expect(await decryptCms(message, await identityOf(one, 0))).toEqual(new Uint8Array(5))
  await expectRejection(decryptCms(message, await identityOf(two, 1)), 'ERR_DECRYPTION_FAILED')
})

test.each([{}, null, 5, { rawDecrypt: 'text' }])('a raw key of the caller that is none: %j', async (rawRsa) => {
  const message = await encryptCms(new Uint8Array(5), [one.certificate])
  const recipient = { certificate: one.certificate, rawRsa } as unknown as Identity
  await expectRejection(decryptCms(message, recipient), 'ERR_INVALID_ARGUMENT', /rawDecrypt/)
})

test('a key that is too small for the digest', async () => {
  const { generateKeyPairSync } = await import('node:crypto')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 512 })
  const pkcs8 = new Uint8Array(privateKey.export({ type: 'pkcs8', format: 'der' }))
  const { issueSelfSigned, distinguishedName } = await import('../../src/x509.js')
  const certificate = await issueSelfSigned({
    subject: distinguishedName([['CN', 'small']]),
    serialNumber: '1',
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2027-01-01'),
    purpose: 'device-identity',
    privateKey: pkcs8,
  })
  const small = await importIdentity({ certificate, privateKey: pkcs8 })
  expect((await signCms(new Uint8Array(5), small)).length).toBeGreaterThan(0)
  for (const digest of ['SHA-384', 'SHA-512'] as const)
    await expectRejection(signCms(new Uint8Array(5), small, { digest }), 'ERR_INVALID_ARGUMENT', /too small/)
})
