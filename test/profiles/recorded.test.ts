import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { verifyCms } from '../../src/cms/verify.js'
import { decodePlist } from '../../src/plist/decode.js'
import { decryptProfile, openProfile, parseProfile, resignProfile } from '../../src/profiles.js'
import {
  unsafeAcceptAnySigner,
  type AcceptedAlgorithms,
  type Bytes,
  type Certificate,
  type Trust,
} from '../../src/types.js'
import { acceptedByDefault } from '../../src/crypto/accept.js'
import { parseCertificate } from '../../src/x509/certificate.js'
import { importIdentity } from '../../src/x509/identity.js'
import { nameAttribute } from '../../src/x509/name.js'
import { asyncOutcomes, expectRejection, truncations } from '../support/hostile.js'
import { describeWithFixtures, fixture, fixtureJson, fixtureText, listFixtures } from '../support/fixtures.js'
import { identity } from './identities.js'

interface Structure {
  readonly content: { readonly size: number; readonly sha256: string }
  readonly digestAlgorithms: readonly string[]
  readonly certificates: readonly { readonly serial: string }[]
  readonly opensslSignature: string
}

const SHA1 = '1.3.14.3.2.26'
const old: AcceptedAlgorithms = acceptedByDefault.device

function apple(name: string): Certificate {
  return parseCertificate(fixture(`apple-certs/apple-oss-distributions__Security/si-20-sectrust-policies-data/${name}`))
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function embedded(message: Uint8Array): Promise<readonly Certificate[]> {
  return (await verifyCms(message, { trust: unsafeAcceptAnySigner, accept: old })).certificates
}

describeWithFixtures('signed profiles', () => {
  const folder = 'profiles-signed'
  const structures = fixtureJson(`${folder}/structure.shared.json`) as Readonly<Record<string, Structure>>
  const signed = Object.keys(structures)
  const notAProfile = 'zone-eu__mobileconfig/signed-string.der'

  test('are all of those that the folder has', () => {
    const files = listFixtures(folder, /\.(mobileconfig|der)$/).filter((path) => !path.includes('unsigned'))
    expect(files.map((path) => path.slice(folder.length + 1)).sort()).toEqual([...signed].sort())
  })

  test.each(signed)('%s: signature, content, signer', async (path) => {
    const structure = structures[path]!
    const message = fixture(`${folder}/${path}`)
    expect(structure.opensslSignature).toBe('ok')
    const { content, signers } = await verifyCms(message, { trust: unsafeAcceptAnySigner, accept: old })
    expect([content.length, sha256(content)]).toEqual([structure.content.size, structure.content.sha256])
    const serials = structure.certificates.map(({ serial }) => BigInt(serial))
    expect(serials).toContain(BigInt(`0x${signers[0]!.certificate.serialNumber}`))
    const reading = openProfile(message, { trust: unsafeAcceptAnySigner, accept: old })
    if (path === notAProfile) {
      await expectRejection(reading, 'ERR_PLIST_INVALID')
      return
    }
    expect((await reading).profile).toEqual(parseProfile(content))
    expect((await reading).encrypted).toBe(false)
  })

  test.each(signed)('%s: the default list refuses SHA-1 and nothing else', async (path) => {
    const reading = openProfile(fixture(`${folder}/${path}`), { trust: unsafeAcceptAnySigner })
    if (structures[path]!.digestAlgorithms.includes(SHA1)) await expectRejection(reading, 'ERR_ALGORITHM_NOT_ACCEPTED')
    else if (path === notAProfile) await expectRejection(reading, 'ERR_PLIST_INVALID')
    else expect((await reading).signers[0]!.digest).toBe('SHA-256')
  })

  test.each(signed)('%s: nobody trusts it by another root, and no shortened one is read', async (path) => {
    const message = fixture(`${folder}/${path}`)
    const trust: Trust = { anchors: [apple('FakeAppleRootCA.cer')], validity: 'ignore' }
    await expectRejection(openProfile(message, { trust, accept: old }), 'ERR_CERTIFICATE_UNTRUSTED')
    const options = { trust: unsafeAcceptAnySigner, accept: old } as const
    expect((await asyncOutcomes(truncations(message, 60), (bytes) => openProfile(bytes, options))).values).toBe(0)
  })

  const twins = listFixtures(`${folder}/paulmillr__encrypted-dns/2026-head/unsigned`)
  test.each(twins)('%s: the signed twin has the same content', async (path) => {
    const message = fixture(path.replace('/unsigned/', '/signed/'))
    const certificates = await embedded(message)
    const issuer = certificates.find(({ subject }) => nameAttribute(subject, 'CN') === 'E8')!
    const options = { trust: { anchors: [issuer] }, now: new Date('2026-04-01') } as const
    const opened = await openProfile(message, options)
    expect(opened.profile).toEqual(parseProfile(fixture(path)))
    expect(opened.signers[0]).toMatchObject({ signature: 'ECDSA', signingTime: null })
    expect(opened.signers[0]!.path).toHaveLength(2)
    await expectRejection(openProfile(message, { ...options, now: new Date('2026-07-01') }), 'ERR_CERTIFICATE_TIME')
  })

  test('Developer ID of 2021 chains to Apple’s root, in BER and without signing time', async () => {
    const message = fixture(`${folder}/paulmillr__encrypted-dns/2021-developerid/cloudflare-family-https.mobileconfig`)
    const trust: Trust = { anchors: [apple('AppleRootCA.cer')] }
    const opened = await openProfile(message, { trust, accept: old, now: new Date('2021-12-01') })
    expect(opened.signers[0]!.path).toHaveLength(3)
    expect(nameAttribute(opened.signers[0]!.certificate.subject, 'OU')).toBe('RJNC97Y8QD')
    const late = { trust, accept: old, now: new Date('2026-11-01') }
    await expectRejection(openProfile(message, late), 'ERR_CERTIFICATE_TIME')
  })

  test('a developer’s of 2011 by the time that he claims, with the intermediate given', async () => {
    const message = fixture(`${folder}/alex520biao__showudid/signed.mobileconfig`)
    const trust: Trust = {
      anchors: [apple('AppleRootCA.cer')],
      intermediates: [apple('AppleWWDR-expired.cer')],
      validity: 'signing-time',
    }
    const opened = await openProfile(message, { trust, accept: old })
    expect(opened.profile.PayloadType).toBe('Profile Service')
    expect(opened.profile.PayloadContent).toMatchObject({ DeviceAttributes: expect.any(Array) as unknown })
    expect(opened.signers[0]!.path).toHaveLength(3)
    const now = { ...trust, validity: 'now' } as const
    await expectRejection(openProfile(message, { trust: now, accept: old }), 'ERR_CERTIFICATE_TIME')
    const alone: Trust = { anchors: [apple('AppleRootCA.cer')], validity: 'ignore' }
    await expectRejection(openProfile(message, { trust: alone, accept: old }), 'ERR_CERTIFICATE_UNTRUSTED')
  })

  test('re-signing keeps the content of a real profile', async () => {
    const by = await identity('signer', ['intermediate'])
    for (const path of signed.filter((one) => one !== notAProfile)) {
      const again = await resignProfile(fixture(`${folder}/${path}`), by, { trust: unsafeAcceptAnySigner, accept: old })
      const { content } = await verifyCms(again, { trust: { pinned: [by.certificate] } })
      expect(sha256(content)).toBe(structures[path]!.content.sha256)
    }
  })
})

describeWithFixtures('encrypted profiles', () => {
  const folder = 'cms-encrypted-profile/rtrouton__jp400-09-2019'

  describe('what mdmclient of macOS 10.14 made', () => {
    const read = async (): Promise<Bytes> => Promise.resolve(fixture(`${folder}/Company_WiFi.encrypted.mobileconfig`))
    const recipient = importIdentity({
      certificate: fixtureText(`${folder}/server.crt`),
      privateKey: fixtureText(`${folder}/server.key`),
    })

    test('decrypts: BER, 3DES, two segments, an array, no IsEncrypted', async () => {
      const encrypted = parseProfile(await read())
      expect([encrypted.PayloadContent, encrypted['IsEncrypted']]).toEqual([undefined, undefined])
      const decrypted = await decryptProfile(encrypted, await recipient)
      const plain = parseProfile(fixture(`${folder}/Company_WiFi.mobileconfig`))
      expect(decrypted.PayloadContent).toEqual(plain.PayloadContent)
      expect(decrypted.PayloadContent).toEqual(decodePlist(fixture(`${folder}/expected-decrypted-payloads.plist`)))
      expect(decrypted).toEqual(plain)
    })

    test('is recognised and opened in one call', async () => {
      const options = { trust: unsafeAcceptAnySigner, allowUnsigned: true } as const
      const opened = await openProfile(await read(), { ...options, recipient: await recipient })
      expect(opened).toMatchObject({ encrypted: true, signers: [] })
      expect(opened.profile.PayloadContent).toHaveLength(1)
      expect((await openProfile(await read(), options)).encrypted).toBe(true)
    })

    test('is not for others, and not for lists without 3DES', async () => {
      const encrypted = parseProfile(await read())
      await expectRejection(decryptProfile(encrypted, await identity('device')), 'ERR_DECRYPTION_FAILED')
      const accept = { ciphers: ['AES-128-CBC'] } as const
      await expectRejection(decryptProfile(encrypted, await recipient, { accept }), 'ERR_ALGORITHM_NOT_ACCEPTED')
    })
  })
})
