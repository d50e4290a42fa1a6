import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { buildCertificateBag, decryptCms, encryptCms, signCms, verifyCms } from '../../src/cms.js'
import { acceptedByDefault, acceptList } from '../../src/crypto/accept.js'
import { buildMdmSignature, verifyMdmSignature } from '../../src/mdm.js'
import { openCaCertResponse } from '../../src/scep.js'
import type { Certificate, DigestName, Identity, PinnedSigners } from '../../src/types.js'
import {
  buildExtensions,
  distinguishedName,
  importIdentity,
  issueCertificate,
  issueSelfSigned,
} from '../../src/x509.js'
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
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 512 })
  const pkcs8 = new Uint8Array(privateKey.export({ type: 'pkcs8', format: 'der' }))
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

describe('whom to trust is settled when the call is made', () => {
  const octets = new Uint8Array(5)
  /** Of a provider, so that each step is waited for. */
  const slow = { crypto: globalThis.crypto }
  type Judge = (trust: PinnedSigners) => Promise<unknown>
  const judges: readonly (readonly [string, Judge])[] = [
    ['verifyCms', async (trust) => verifyCms(await signed, { trust, ...slow })],
    ['verifyMdmSignature', async (trust) => verifyMdmSignature(await header, octets, { trust, ...slow })],
  ]
  const signed = signCms(octets, one)
  const header = buildMdmSignature(octets, one)

  test.each(judges)('%s', async (_, judge) => {
    await Promise.all([signed, header])
    const told = async (before: Certificate, after: Certificate): Promise<unknown> => {
      const pinned: [Certificate] = [before]
      const judged = judge({ pinned })
      // Both messages are there, so the call has begun with the next turn.
      await Promise.resolve()
      pinned[0] = after
      return judged
    }
    await told(one.certificate, two.certificate)
    await expectRejection(told(two.certificate, one.certificate), 'ERR_CERTIFICATE_UNTRUSTED')
  })

  test('openCaCertResponse, of each certificate of the answer', async () => {
    const body = buildCertificateBag([one.certificate, two.certificate])
    const anchors: [Certificate] = [one.certificate]
    const opened = openCaCertResponse(body, { trust: { anchors }, ...slow })
    anchors[0] = two.certificate
    expect((await opened).all.map(({ der }) => der)).toEqual([one.certificate.der])
  })

  test('openCaCertResponse, of the RAs that are named', async () => {
    const extensions = buildExtensions({ keyUsage: ['digitalSignature', 'keyEncipherment'] })
    const fields = { serialNumber: '7', notBefore: new Date('2026-01-01'), notAfter: new Date('2029-01-01') }
    const subject = distinguishedName([['CN', 'RA']])
    const { publicKey } = two.certificate
    const ra = await issueCertificate({ ...fields, subject, publicKey, purpose: 'custom', extensions }, one)
    const named = async (before: Certificate, after: Certificate): Promise<number> => {
      const pinned: [Certificate] = [before]
      const trust = { anchors: [one.certificate], validity: 'ignore' } as const
      const opened = openCaCertResponse(buildCertificateBag([ra, one.certificate]), { trust, ra: { pinned }, ...slow })
      pinned[0] = after
      return (await opened).all.length
    }
    expect([await named(ra, two.certificate), await named(two.certificate, ra)]).toEqual([2, 1])
  })

  test('and so is what may be used', () => {
    const given = { digests: ['SHA-256'] as DigestName[], minRsaBits: 1024 }
    const list = acceptList(given, acceptedByDefault.scep)
    given.digests.push('MD5')
    expect(list.digests).toEqual(['SHA-256'])
  })
})

test('a signer that claims to have signed in the future is judged by now', async () => {
  const root = await selfSigned('root', rsaKey(2))
  const dates = { notBefore: new Date('2028-01-01'), notAfter: new Date('2029-01-01') }
  const certificate = await issueCertificate(
    {
      subject: distinguishedName([['CN', 'later']]),
      serialNumber: '9',
      purpose: 'device-identity',
      publicKey: one.certificate.publicKey,
      ...dates,
    },
    root,
  )
  const later = await importIdentity({ certificate, privateKey: rsaKey(0).pkcs8 })
  const message = await signCms(new Uint8Array(5), later, { signingTime: new Date('2028-06-01') })
  const trust = { anchors: [root.certificate], validity: 'signing-time' } as const
  await verifyCms(message, { trust, now: new Date('2028-07-01') })
  await expectRejection(verifyCms(message, { trust, now: new Date('2027-06-01') }), 'ERR_CERTIFICATE_TIME')
})
