import { webcrypto } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { decryptCms, encryptCms, signCms, verifyCms } from '../../src/cms.js'
import { parseEnvelopedData } from '../../src/cms/enveloped-data.js'
import { parseSignedData } from '../../src/cms/signed-data.js'
import {
  type Certificate,
  type CipherName,
  type KeyTransportName,
  type RemoteSigner,
  unsafeAcceptAnySigner,
} from '../../src/types.js'
import { fixedProvider } from '../crypto/support.js'
import { expectRejection } from '../support/hostile.js'
import { rsaKey } from '../support/rsa-keys.js'
import { craftKey } from '../x509/craft.js'
import { issued, NOW, selfSigned } from './entities.js'
import { utf8 } from './recorded-files.js'

const content = utf8('content of the message')
const ca = await selfSigned('CA', rsaKey(0))
const rsa = await issued('rsa', rsaKey(1), ca)
const ec = await issued('ec', craftKey(), ca)
const any = { trust: unsafeAcceptAnySigner } as const

describe('signCms', () => {
  test('says when, or not: now, a given time, false', async () => {
    const time = async (options: Parameters<typeof signCms>[2]) =>
      (await verifyCms(await signCms(content, rsa, options), any)).signers[0]?.signingTime
    expect(await time({ now: NOW })).toEqual(NOW)
    expect(await time({ signingTime: new Date('2055-01-01T00:00:00Z') })).toEqual(new Date('2055-01-01T00:00:00Z'))
    expect(await time({ signingTime: false })).toBeNull()
    const before = Date.now()
    const signed = (await time({}))?.getTime() ?? 0
    expect(signed).toBeGreaterThanOrEqual(before - 1000)
    expect(signed).toBeLessThanOrEqual(Date.now())
    await expectRejection(signCms(content, rsa, { signingTime: new Date(Number.NaN) }), 'ERR_INVALID_ARGUMENT')
  })

  test('carries what it was given, whatever is written there meanwhile', async () => {
    const mine = content.slice()
    const message = signCms(mine, rsa, { now: NOW })
    mine.fill(0)
    expect((await verifyCms(await message, any)).content).toEqual(content)
  })

  test('signs the time that it was given, whatever becomes of the Date meanwhile', async () => {
    const time = new Date(NOW)
    const message = signCms(content, rsa, { signingTime: time, crypto: fixedProvider() })
    time.setTime(0)
    expect((await verifyCms(await message, any)).signers[0]?.signingTime).toEqual(NOW)
  })

  test('the leaf first, then the chain as given', async () => {
    const message = await signCms(content, { ...rsa, chain: [ca.certificate, ec.certificate] }, { now: NOW })
    const { certificates } = await verifyCms(message, any)
    expect(certificates.map(({ der }) => der)).toEqual([rsa, ca, ec].map(({ certificate }) => certificate.der))
  })

  test('detached: without its content, which verifies it', async () => {
    const message = await signCms(content, rsa, { now: NOW, detached: true })
    expect(parseSignedData(message).content).toBeNull()
    expect((await verifyCms(message, { ...any, detachedContent: content })).content).toEqual(content)
  })

  test('has signed attributes in DER order, and no unsigned ones', async () => {
    const [info] = parseSignedData(await signCms(content, rsa, { now: NOW })).signers
    expect(info?.signedAttributes?.sorted()).toBeNull()
    expect(info?.hasUnsignedAttributes).toBe(false)
  })

  test('a key that cannot do the digest uses its first one, and says so', async () => {
    const { key } = rsa
    const sign: RemoteSigner['sign'] = (data, digest) =>
      'sign' in key ? key.sign(data, digest) : Promise.reject(new Error())
    const remote: RemoteSigner = { signature: 'RSASSA-PKCS1-v1_5', digests: ['SHA-512'], sign }
    const message = await signCms(
      content,
      { certificate: rsa.certificate, key: remote },
      { digest: 'SHA-256', now: NOW },
    )
    const { signers } = await verifyCms(message, any)
    expect(signers[0]?.digest).toBe('SHA-512')
    expect(parseSignedData(message).digestAlgorithms).toHaveLength(1)
  })

  test('what a RemoteSigner rejects with passes through; a key that cannot sign is a wrong argument', async () => {
    const outage = new Error('the HSM is not there')
    const remote: RemoteSigner = {
      signature: 'RSASSA-PKCS1-v1_5',
      digests: ['SHA-256'],
      sign: () => Promise.reject(outage),
    }
    await expect(signCms(content, { certificate: rsa.certificate, key: remote })).rejects.toBe(outage)
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    const key = await webcrypto.subtle.importKey('spki', rsa.raw.spki, algorithm, true, ['verify'])
    const call = signCms(content, { certificate: rsa.certificate, key })
    await expectRejection(call, 'ERR_INVALID_ARGUMENT')
    // A key without the wanted digest signs with its first one.
    const old = { ...remote, digests: ['MD5'] as const }
    const by = signCms(content, { certificate: rsa.certificate, key: old })
    await expectRejection(by, 'ERR_INVALID_ARGUMENT', /MD5/)
  })

  test('content of every size, also none and in a Buffer', async () => {
    for (const size of [0, 1, 127, 128, 65_536]) {
      const body = new Uint8Array(size).fill(0x31)
      const { content: read } = await verifyCms(await signCms(Buffer.from(body), rsa, { now: NOW }), any)
      expect(read).toEqual(body)
    }
  })
})

describe('encryptCms', () => {
  test('wants somebody with an RSA key, and a cipher that is written', async () => {
    const to = (recipients: readonly Certificate[], cipher?: unknown) =>
      encryptCms(content, recipients as [Certificate], cipher === undefined ? {} : { cipher: cipher as CipherName })
    await expectRejection(to([]), 'ERR_INVALID_ARGUMENT', /at least one/)
    await expectRejection(to([rsa.certificate], 'DES-CBC'), 'ERR_INVALID_ARGUMENT', /never written/)
    await expectRejection(to([rsa.certificate], 'RC4'), 'ERR_INVALID_ARGUMENT', /CipherName/)
    for (const cipher of ['toString', ['AES-128-CBC'], ['DES-CBC'], { toString: () => 'DES-CBC' }])
      await expectRejection(to([rsa.certificate], cipher), 'ERR_INVALID_ARGUMENT', /CipherName/)
    await expectRejection(to([rsa.certificate, ec.certificate]), 'ERR_ALGORITHM_NOT_ACCEPTED', /no RSA key/)
    const misspelt = { keyTransport: 'RSAES-OAEP' as KeyTransportName }
    await expectRejection(encryptCms(content, [rsa.certificate], misspelt), 'ERR_INVALID_ARGUMENT', /KeyTransportName/)
  })

  test.each(['AES-256-CBC', 'AES-256-GCM', 'DES-EDE3-CBC'] as const)(
    '%s of what it was given, whatever is written there meanwhile',
    async (cipher) => {
      const mine = content.slice()
      const message = encryptCms(mine, [rsa.certificate], { cipher })
      mine.fill(0)
      const accept = { ciphers: [cipher] }
      expect(await decryptCms(await message, rsa, { accept })).toEqual(content)
    },
  )

  test('AES-256-CBC and RSA-OAEP unless told otherwise; GCM is AuthEnvelopedData', async () => {
    const message = await encryptCms(content, [rsa.certificate])
    const read = parseEnvelopedData(message)
    expect([read.cipher.name, read.recipients[0]?.transport().name]).toEqual(['AES-256-CBC', 'RSA-OAEP'])
    expect(await decryptCms(message, rsa)).toEqual(content)
    const gcm = parseEnvelopedData(await encryptCms(content, [rsa.certificate], { cipher: 'AES-128-GCM' }))
    expect(gcm.authenticated?.tag).toHaveLength(16)
  })

  test('each message has a key and an IV of its own', async () => {
    const [a, b] = await Promise.all([0, 1].map(() => encryptCms(content, [rsa.certificate])))
    expect(parseEnvelopedData(a!).iv).not.toEqual(parseEnvelopedData(b!).iv)
    expect(parseEnvelopedData(a!).ciphertext).not.toEqual(parseEnvelopedData(b!).ciphertext)
  })

  test('content of every size', async () => {
    for (const cipher of ['AES-128-CBC', 'DES-EDE3-CBC', 'AES-256-GCM'] as const)
      for (const size of [0, 1, 7, 8, 15, 16, 17, 1000]) {
        const body = new Uint8Array(size).fill(size)
        const message = await encryptCms(body, [rsa.certificate], { cipher })
        expect(await decryptCms(message, rsa, { accept: { ciphers: [cipher] } })).toEqual(body)
      }
  })
})

test('a fixed provider and a fixed time give the same bytes twice, and other bytes with another time', async () => {
  const context = () => ({ crypto: fixedProvider(), now: NOW })
  const signed = () => signCms(content, rsa, context())
  expect(await signed()).toEqual(await signed())
  expect(await signCms(content, rsa, { ...context(), now: new Date(0) })).not.toEqual(await signed())
  for (const cipher of ['AES-128-CBC', 'DES-EDE3-CBC', 'AES-256-GCM'] as const) {
    const sealed = () =>
      encryptCms(content, [rsa.certificate, ca.certificate], { ...context(), cipher, keyTransport: 'RSAES-PKCS1-v1_5' })
    expect(await sealed()).toEqual(await sealed())
  }
})
