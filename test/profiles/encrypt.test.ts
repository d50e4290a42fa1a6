import { describe, expect, test } from 'vitest'
import { decryptCms } from '../../src/cms/decrypt.js'
import { encryptCms } from '../../src/cms/encrypt.js'
import { decodePlist } from '../../src/plist/decode.js'
import { encodePlist } from '../../src/plist/encode.js'
import type { PlistValue } from '../../src/plist/values.js'
import {
  buildOtaRequest,
  decryptProfile,
  encodeProfile,
  encryptProfile,
  openProfile,
  parseProfile,
  signProfile,
  type Profile,
} from '../../src/profiles.js'
import type { CipherName } from '../../src/types.js'
import { expectRejection, rejectionOf } from '../support/hostile.js'
import { enrollmentProfile } from './enrollment.js'
import { identity } from './identities.js'
import { certificate, NOW } from './vectors.js'

const profile = enrollmentProfile()
const device = await identity('device')
const other = await identity('otherDevice')
const encrypted = await encryptProfile(profile, [device.certificate])
const message = encrypted['EncryptedPayloadContent'] as Uint8Array

describe('encryptProfile', () => {
  test('keeps the outer members, takes the payloads away and says that it is encrypted', () => {
    const { PayloadContent: payloads, ...outer } = profile
    expect(payloads).toHaveLength(3)
    expect(encrypted).toEqual({ ...outer, IsEncrypted: true, EncryptedPayloadContent: message })
    expect(parseProfile(encodeProfile(encrypted))).toEqual(encrypted)
  })

  test('encrypts the property list of the payload array: AES-128-CBC, RSAES-PKCS1-v1_5', async () => {
    const accept = { ciphers: ['AES-128-CBC'], keyTransport: ['RSAES-PKCS1-v1_5'] } as const
    expect(decodePlist(await decryptCms(message, device, { accept }))).toEqual(profile.PayloadContent)
    const modern = { accept: { keyTransport: ['RSA-OAEP'] } } as const
    await expectRejection(decryptCms(message, device, modern), 'ERR_ALGORITHM_NOT_ACCEPTED')
  })

  test.each<CipherName>(['AES-128-CBC', 'AES-192-CBC', 'AES-256-CBC', 'DES-EDE3-CBC', 'AES-256-GCM'])(
    '%s by name',
    async (cipher) => {
      const again = await encryptProfile(profile, [device.certificate], { cipher })
      expect(await decryptProfile(again, device, { accept: { ciphers: [cipher] } })).toEqual(profile)
      const others = { accept: { ciphers: ['DES-CBC'] } } as const
      await expectRejection(decryptProfile(again, device, others), 'ERR_ALGORITHM_NOT_ACCEPTED')
    },
  )

  test('to several devices', async () => {
    const both = await encryptProfile(profile, [device.certificate, other.certificate])
    for (const recipient of [device, other]) expect(await decryptProfile(both, recipient)).toEqual(profile)
    expect(await decryptProfile(both, [await identity('signer'), other])).toEqual(profile)
  })

  test('the content of a Profile Service too', async () => {
    const request = buildOtaRequest({ identifier: 'i', uuid: 'u', url: 'https://x.example', attributes: ['UDID'] })
    const hidden = await encryptProfile(request, [device.certificate])
    expect(hidden.PayloadType).toBe('Profile Service')
    expect(await decryptProfile(hidden, device)).toEqual(request)
  })

  test('refuses a second time, nothing, nobody, and keys that cannot', async () => {
    const to = [device.certificate] as const
    await expectRejection(encryptProfile(encrypted, to), 'ERR_PROFILE_INVALID', /no PayloadContent/)
    const half = { ...encrypted, PayloadContent: [] }
    await expectRejection(encryptProfile(half, to), 'ERR_PROFILE_INVALID', /already/)
    await expectRejection(encryptProfile(profile, [] as never), 'ERR_INVALID_ARGUMENT')
    await expectRejection(encryptProfile(profile, [certificate('ecDevice')]), 'ERR_ALGORITHM_NOT_ACCEPTED')
    await expectRejection(encryptProfile(profile, to, { cipher: 'DES-CBC' }), 'ERR_INVALID_ARGUMENT')
    await expectRejection(encryptProfile('x' as never, to), 'ERR_PROFILE_INVALID')
  })
})

describe('decryptProfile', () => {
  test('recognises an encrypted profile by its content alone', async () => {
    const { IsEncrypted: flag, ...unmarked } = encrypted
    expect(flag).toBe(true)
    expect(await decryptProfile(unmarked, device)).toEqual(profile)
    expect(await decryptProfile({ ...unmarked, IsEncrypted: false }, device)).toEqual(profile)
  })

  test('refuses what is not encrypted, or both', async () => {
    await expectRejection(decryptProfile(profile, device), 'ERR_PROFILE_INVALID', /no EncryptedPayloadContent/)
    const both = { ...encrypted, PayloadContent: [] }
    await expectRejection(decryptProfile(both, device), 'ERR_PROFILE_INVALID', /which one counts/)
  })

  test('a wrong key, a changed message and a plaintext that is no profile all look the same', async () => {
    const wrongKey = await rejectionOf(decryptProfile(encrypted, other))
    const holding = async (plaintext: Uint8Array): Promise<Profile> => {
      const hidden = await encryptCms(plaintext, [device.certificate], { keyTransport: 'RSAES-PKCS1-v1_5' })
      return { ...encrypted, EncryptedPayloadContent: hidden }
    }
    const named = (value: PlistValue): Promise<Profile> => holding(encodePlist(value))
    const changed = message.slice()
    changed[changed.length - 1]! ^= 1
    const attempts = [
      decryptProfile({ ...encrypted, EncryptedPayloadContent: changed }, device),
      decryptProfile(await holding(new Uint8Array([1, 2, 3])), device),
      decryptProfile(await holding(new Uint8Array()), device),
      decryptProfile(await named('text'), device),
      decryptProfile(await named({ a: 'dictionary' }), device),
      decryptProfile(await named(['no payload']), device),
      decryptProfile(await named([{ PayloadType: 'without the rest' }]), device),
      decryptProfile(await named([{ ...profile, PayloadVersion: 1.5 }]), device),
    ]
    for (const attempt of attempts) {
      const error = await rejectionOf(attempt)
      expect([error.code, error.message, error.cause]).toEqual(['ERR_DECRYPTION_FAILED', wrongKey.message, undefined])
    }
  })

  test('what can be seen from outside has its own code', async () => {
    const inside = (bytes: Uint8Array): Profile => ({ ...encrypted, EncryptedPayloadContent: bytes })
    await expectRejection(decryptProfile(inside(new Uint8Array([0x30])), device), 'ERR_ENCODING')
    await expectRejection(decryptProfile(inside(message.slice(0, -10)), device), 'ERR_ENCODING')
  })

  test('an outage of the key store passes through', async () => {
    const outage = new Error('KMS is away')
    const recipient = { certificate: device.certificate, unwrapKey: () => Promise.reject(outage) }
    await expect(decryptProfile(encrypted, recipient)).rejects.toBe(outage)
  })
})

describe('openProfile on encrypted profiles', () => {
  const options = { trust: { anchors: [certificate('root')] }, now: NOW } as const

  test('takes off the signature, then the encryption', async () => {
    const signed = await signProfile(encrypted, await identity('signer', ['intermediate']), { now: NOW })
    const opened = await openProfile(signed, { ...options, recipient: device })
    expect(opened.profile).toEqual(profile)
    expect(opened.encrypted).toBe(true)
    expect(opened.signers).toHaveLength(1)
    await expectRejection(openProfile(signed, { ...options, recipient: other }), 'ERR_DECRYPTION_FAILED')
    const outside = await openProfile(signed, options)
    expect(outside).toMatchObject({ profile: encrypted, encrypted: true })
  })

  test('never decrypts what nobody trusted signed', async () => {
    const signed = await signProfile(encrypted, await identity('stranger'), { now: NOW })
    const watched = { certificate: device.certificate, unwrapKey: () => Promise.reject(new Error('was asked')) }
    await expectRejection(openProfile(signed, { ...options, recipient: watched }), 'ERR_CERTIFICATE_UNTRUSTED')
    await expectRejection(
      openProfile(encodeProfile(encrypted), { ...options, recipient: watched }),
      'ERR_PROFILE_INVALID',
    )
  })

  test('an unsigned one where that is allowed', async () => {
    const opened = await openProfile(encodeProfile(encrypted), { ...options, recipient: device, allowUnsigned: true })
    expect(opened).toEqual({ profile, signers: [], encrypted: true })
  })

  test('judges the encryption by the list of devices, or by the one that is named', async () => {
    const old = await encryptProfile(profile, [device.certificate], { cipher: 'DES-EDE3-CBC' })
    const bytes = encodeProfile(old)
    const unsigned = { ...options, recipient: device, allowUnsigned: true }
    expect((await openProfile(bytes, unsigned)).profile).toEqual(profile)
    const strict = { ...unsigned, accept: { ciphers: ['AES-128-CBC'] } } as const
    await expectRejection(openProfile(bytes, strict), 'ERR_ALGORITHM_NOT_ACCEPTED')
  })

  test('a recipient is not needed for what is not encrypted', async () => {
    const signed = await signProfile(profile, await identity('signer', ['intermediate']), { now: NOW })
    expect((await openProfile(signed, { ...options, recipient: device })).encrypted).toBe(false)
  })
})
