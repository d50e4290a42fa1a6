import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { signCms } from '../../src/cms/sign.js'
import { verifyCms } from '../../src/cms/verify.js'
import { encodeProfile, encryptProfile, openProfile, resignProfile, signProfile } from '../../src/profiles.js'
import { unsafeAcceptAnySigner, type RemoteSigner, type Trust } from '../../src/types.js'
import { asyncOutcomes, expectRejection, flips, rejectionOf, truncations } from '../support/hostile.js'
import { enrollmentProfile } from './enrollment.js'
import { identity } from './identities.js'
import { certificate, NOW } from './vectors.js'

const signer = await identity('signer', ['intermediate'])
const trust: Trust = { anchors: [certificate('root')] }
const profile = enrollmentProfile()
const signed = await signProfile(profile, signer, { now: NOW })
const utf8 = new TextEncoder()

/** What a verifier of CMS sees inside. */
async function contentOf(message: Uint8Array): Promise<Uint8Array> {
  return (await verifyCms(message, { trust: unsafeAcceptAnySigner })).content
}

describe('signProfile', () => {
  test('is opened under the root, with chain and signing time', async () => {
    const opened = await openProfile(signed, { trust, now: NOW })
    expect(opened.profile).toEqual(profile)
    expect(opened.encrypted).toBe(false)
    expect(opened.signers).toHaveLength(1)
    const [by] = opened.signers
    expect(by).toMatchObject({ digest: 'SHA-256', signature: 'RSASSA-PKCS1-v1_5', signingTime: NOW })
    expect(by!.path.map(({ serialNumber }) => serialNumber)).toEqual(
      (['signer', 'intermediate', 'root'] as const).map((name) => certificate(name).serialNumber),
    )
  })

  test('carries bytes as they are', async () => {
    const odd = utf8.encode(
      `\uFEFF<?xml version="1.0"?>\n\n${new TextDecoder().decode(encodeProfile(profile)).slice(39)}\r\n \n`,
    )
    expect(await contentOf(await signProfile(odd, signer, { now: NOW }))).toEqual(odd)
    expect(await contentOf(signed)).toEqual(encodeProfile(profile))
  })

  test('carries what it was given, whatever is written there meanwhile', async () => {
    const mine = encodeProfile(profile)
    const message = signProfile(mine, signer, { now: NOW })
    mine.fill(0)
    expect(await contentOf(await message)).toEqual(encodeProfile(profile))
  })

  test('makes the same bytes again', async () => {
    expect(await signProfile(profile, signer, { now: NOW })).toEqual(signed)
  })

  test('signs with elliptic keys', async () => {
    const by = await identity('ecSigner', ['intermediate'])
    const opened = await openProfile(await signProfile(profile, by, { now: NOW }), { trust, now: NOW })
    expect(opened.signers[0]).toMatchObject({ signature: 'ECDSA', digest: 'SHA-256' })
  })

  test('refuses what is signed already, empty, or no profile', async () => {
    await expectRejection(signProfile(signed, signer), 'ERR_PROFILE_INVALID', /already/)
    await expectRejection(signProfile(new Uint8Array(), signer), 'ERR_PROFILE_INVALID', /empty/)
    await expectRejection(signProfile({ PayloadType: 'x' } as never, signer), 'ERR_PROFILE_INVALID', /Payload/)
  })

  test('an outage of the key store passes through', async () => {
    const outage = new Error('HSM is away')
    const key: RemoteSigner = {
      signature: 'RSASSA-PKCS1-v1_5',
      digests: ['SHA-256'],
      sign: () => Promise.reject(outage),
    }
    await expect(signProfile(profile, { certificate: signer.certificate, key })).rejects.toBe(outage)
  })
})

describe('openProfile', () => {
  test('takes a pinned signer, a fingerprint, or reads without trust by name', async () => {
    const print = createHash('sha256').update(signer.certificate.der).digest('hex')
    for (const other of [
      { pinned: [signer.certificate] },
      { pinnedFingerprints: [print], digest: 'SHA-256' },
      unsafeAcceptAnySigner,
    ] as const) {
      const opened = await openProfile(signed, { trust: other })
      expect(opened.profile).toEqual(profile)
      expect(opened.signers[0]!.path).toHaveLength(1)
    }
  })

  test('refuses another root, another pin, an empty trust', async () => {
    const stranger = certificate('stranger')
    await expectRejection(
      openProfile(signed, { trust: { anchors: [stranger] }, now: NOW }),
      'ERR_CERTIFICATE_UNTRUSTED',
    )
    await expectRejection(openProfile(signed, { trust: { pinned: [stranger] } }), 'ERR_CERTIFICATE_UNTRUSTED')
    await expectRejection(openProfile(signed, { trust: { anchors: [] as never } }), 'ERR_INVALID_ARGUMENT')
  })

  test('judges an expired signer now, or at the time that he claims', async () => {
    const later = new Date('2030-01-01')
    await expectRejection(openProfile(signed, { trust, now: later }), 'ERR_CERTIFICATE_TIME')
    const asDevices = { ...trust, validity: 'signing-time' } as const
    expect((await openProfile(signed, { trust: asDevices, now: later })).profile).toEqual(profile)
    const tooLate = await signProfile(profile, signer, { now: later })
    await expectRejection(openProfile(tooLate, { trust: asDevices, now: later }), 'ERR_CERTIFICATE_TIME')
  })

  test('judges the signature by the modern list', async () => {
    const old = await signCms(encodeProfile(profile), signer, { digest: 'SHA-1' })
    const pinned = { trust: { pinned: [signer.certificate] } } as const
    await expectRejection(openProfile(old, pinned), 'ERR_ALGORITHM_NOT_ACCEPTED')
    const opened = await openProfile(old, { ...pinned, accept: { digests: ['SHA-1'] } })
    expect(opened.signers[0]!.digest).toBe('SHA-1')
  })

  test('what is no bytes at all is refused like the rest', async () => {
    for (const nothing of [undefined, null, 'text', {}])
      for (const allowUnsigned of [true, false])
        await rejectionOf(openProfile(nothing as never, { trust, allowUnsigned }))
  })

  test('an unsigned profile throws unless it is allowed', async () => {
    const bytes = encodeProfile(profile)
    await expectRejection(openProfile(bytes, { trust }), 'ERR_PROFILE_INVALID', /not signed/)
    await expectRejection(openProfile(bytes, { trust, allowUnsigned: false }), 'ERR_PROFILE_INVALID')
    expect(await openProfile(bytes, { trust, allowUnsigned: true })).toEqual({ profile, signers: [], encrypted: false })
  })

  test('a signed profile is verified also where unsigned ones are allowed', async () => {
    const options = { trust: { pinned: [certificate('stranger')] }, allowUnsigned: true } as const
    await expectRejection(openProfile(signed, options), 'ERR_CERTIFICATE_UNTRUSTED')
  })

  test('refuses a signature around something else', async () => {
    const options = { trust: { pinned: [signer.certificate] } } as const
    await expectRejection(openProfile(await signCms(utf8.encode('Hello ŠŽ 👻'), signer), options), 'ERR_PLIST_INVALID')
    await expectRejection(openProfile(await signCms(signed, signer), options), 'ERR_PLIST_INVALID')
    const detached = await signCms(encodeProfile(profile), signer, { detached: true })
    await expectRejection(openProfile(detached, options), 'ERR_CMS_INVALID', /detached/)
    // Nothing of the options reaches the verifier but what belongs to it.
    const smuggled = { ...options, detachedContent: encodeProfile(profile) }
    await expectRejection(openProfile(detached, smuggled), 'ERR_CMS_INVALID', /detached/)
  })

  test('refuses every changed or shortened message', async () => {
    const options = { trust: { pinned: [signer.certificate] }, now: NOW } as const
    expect((await asyncOutcomes(truncations(signed, 200), (bytes) => openProfile(bytes, options))).values).toBe(0)
    const content = encodeProfile(profile)
    const at = indexOf(signed, content)
    const changed = [0, 40, content.length - 1].map((offset) => {
      const copy = signed.slice()
      copy[at + offset]! ^= 1
      return copy
    })
    for (const bytes of changed) await expectRejection(openProfile(bytes, options), 'ERR_SIGNATURE_INVALID')
    const inContent = (bytes: Uint8Array): boolean => indexOf(bytes, content) === at
    const outside = flips(signed, 700).filter(inContent)
    for (const bytes of outside) {
      const opened = await openProfile(bytes, options).catch(() => null)
      if (opened !== null) expect(opened.profile).toEqual(profile)
    }
  })
})

describe('resignProfile', () => {
  test('replaces the signature and keeps every byte of the content', async () => {
    const renewed = await identity('renewed', ['intermediate'])
    const later = new Date('2027-06-01')
    const old = { trust: { pinned: [signer.certificate] } } as const
    const again = await resignProfile(signed, renewed, { ...old, now: later })
    expect(await contentOf(again)).toEqual(await contentOf(signed))
    const opened = await openProfile(again, { trust, now: later })
    expect(opened.signers.map((by) => by.certificate.serialNumber)).toEqual([renewed.certificate.serialNumber])
    expect(opened.signers[0]!.signingTime).toEqual(later)
  })

  test('verifies the old signature first', async () => {
    const options = { trust, now: NOW }
    const stranger = await identity('stranger')
    await expectRejection(
      resignProfile(await signProfile(profile, stranger), signer, options),
      'ERR_CERTIFICATE_UNTRUSTED',
    )
    const copy = signed.slice()
    copy[indexOf(signed, utf8.encode('com.example.mdm'))]! ^= 1
    await expectRejection(resignProfile(copy, signer, options), 'ERR_SIGNATURE_INVALID')
    await expectRejection(resignProfile(encodeProfile(profile), signer, options), 'ERR_PROFILE_INVALID', /not signed/)
    await expectRejection(resignProfile(signed, signer, { trust, now: new Date('2030-01-01') }), 'ERR_CERTIFICATE_TIME')
    const text = await signCms(utf8.encode('no profile'), signer)
    await expectRejection(resignProfile(text, signer, options), 'ERR_PLIST_INVALID')
    const list = await signCms(utf8.encode('<plist><array/></plist>'), signer)
    await expectRejection(resignProfile(list, signer, options), 'ERR_PROFILE_INVALID')
    const old = await signCms(encodeProfile(profile), signer, { digest: 'SHA-1' })
    await expectRejection(resignProfile(old, signer, options), 'ERR_ALGORITHM_NOT_ACCEPTED')
  })

  test('keeps encrypted content as it is', async () => {
    const encrypted = await encryptProfile(profile, [certificate('device')])
    const first = await signProfile(encrypted, signer, { now: NOW })
    const again = await resignProfile(first, signer, { trust, now: NOW })
    expect(await contentOf(again)).toEqual(encodeProfile(encrypted))
  })
})

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(part)
}
