import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { signCms } from '../../src/cms/sign.js'
import { encodePlist } from '../../src/plist/encode.js'
import type { PlistDict } from '../../src/plist/values.js'
import {
  checkProvisioningProfile,
  openProvisioningProfile,
  type ProvisioningCheckOptions,
  type ProvisioningProfile,
} from '../../src/profiles.js'
import { unsafeAcceptAnySigner, type Trust, type VerifiedSigner } from '../../src/types.js'
import { parseCertificate } from '../../src/x509/certificate.js'
import { nameAttribute } from '../../src/x509/name.js'
import { asyncOutcomes, expectRefusal, expectRejection, flips, truncations } from '../support/hostile.js'
import { describeWithFixtures, fixture, fixtureJson } from '../support/fixtures.js'
import { identity } from './identities.js'
import { answerVector, certificate, NOW } from './vectors.js'

const signer = await identity('signer', ['intermediate'])
const trust: Trust = { anchors: [certificate('root')] }

const content = {
  UUID: '98264c6b-5151-4349-8d0f-66691e48ae35',
  Name: 'Example Development',
  TeamIdentifier: ['ABCDE12345'],
  ApplicationIdentifierPrefix: ['ABCDE12345'],
  CreationDate: new Date('2026-01-01T00:00:00Z'),
  ExpirationDate: new Date('2026-12-31T00:00:00Z'),
  Platform: ['iOS'],
  ProvisionedDevices: ['00008030-001C2D3E4F50002E', 'e2cd3a02c1a3f69a5ff05bce3ea1b1092b30efe0'],
  DeveloperCertificates: [certificate('signer').der, certificate('rekeyed').der],
  Entitlements: {
    'application-identifier': 'ABCDE12345.com.example.*',
    'com.apple.developer.team-identifier': 'ABCDE12345',
    'keychain-access-groups': ['ABCDE12345.*', 'com.apple.token'],
    'get-task-allow': true,
    'aps-environment': 'development',
    'beta-reports-active': false,
    'com.apple.developer.associated-domains': '*',
    'com.apple.developer.icloud-container-environment': ['Development', 'Production'],
    'com.apple.security.application-groups': ['group.com.example.shared'],
    'com.apple.developer.networking.limit': 4,
    'com.apple.developer.nested': { a: ['x.*'], b: true },
  },
} satisfies PlistDict

async function opened(change: PlistDict = {}): Promise<ProvisioningProfile> {
  return openProvisioningProfile(await signCms(encodePlist({ ...content, ...change }), signer, { now: NOW }), {
    trust,
    now: NOW,
  })
}

const profile = await opened()

describe('openProvisioningProfile', () => {
  test('gives what the signed content says, typed', () => {
    expect(profile).toMatchObject({
      uuid: content.UUID,
      name: content.Name,
      teamIdentifiers: ['ABCDE12345'],
      createdAt: content.CreationDate,
      expiresAt: content.ExpirationDate,
      devices: content.ProvisionedDevices,
      entitlements: content.Entitlements,
    })
    expect(profile.certificates.map(({ der }) => der)).toEqual(content.DeveloperCertificates)
    expect(profile.raw).toEqual(content)
    expect(profile.signer.path).toHaveLength(3)
  })

  test('tells all devices, some, and none apart', async () => {
    expect((await opened({ ProvisionsAllDevices: true })).devices).toBe('all')
    expect((await opened({ ProvisionsAllDevices: false })).devices).toHaveLength(2)
    expect((await opened({ ProvisionedDevices: undefined })).devices).toEqual([])
  })

  test('older ones have no team', async () => {
    expect((await opened({ TeamIdentifier: undefined })).teamIdentifiers).toEqual([])
    expect((await opened({ DeveloperCertificates: undefined })).certificates).toEqual([])
  })

  test.each(['UUID', 'Name', 'CreationDate', 'ExpirationDate', 'Entitlements'])('%s has to be there', async (key) => {
    await expectRejection(opened({ [key]: undefined }), 'ERR_PROFILE_INVALID', new RegExp(key))
    await expectRejection(opened({ [key]: 7 }), 'ERR_PLIST_INVALID')
  })

  test('members of another type are refused', async () => {
    await expectRejection(opened({ ProvisionedDevices: 'all' }), 'ERR_PLIST_INVALID')
    await expectRejection(opened({ ProvisionedDevices: [1] }), 'ERR_PROFILE_INVALID', /ProvisionedDevices/)
    await expectRejection(opened({ ProvisionsAllDevices: 'yes' }), 'ERR_PLIST_INVALID')
    await expectRejection(opened({ TeamIdentifier: [true] }), 'ERR_PROFILE_INVALID', /TeamIdentifier/)
    await expectRejection(opened({ DeveloperCertificates: ['x'] }), 'ERR_PROFILE_INVALID', /DeveloperCertificates/)
    await expectRejection(opened({ DeveloperCertificates: [new Uint8Array([1])] }), 'ERR_ENCODING')
  })

  test('the signer has to be trusted, and the content be the signed one', async () => {
    const message = await signCms(encodePlist(content), signer, { now: NOW })
    const other = { trust: { anchors: [certificate('stranger')] }, now: NOW } as const
    await expectRejection(openProvisioningProfile(message, other), 'ERR_CERTIFICATE_UNTRUSTED')
    expect(
      (await asyncOutcomes(truncations(message, 100), (bytes) => openProvisioningProfile(bytes, { trust, now: NOW })))
        .values,
    ).toBe(0)
    for (const bytes of flips(message, 300)) {
      const read = await openProvisioningProfile(bytes, { trust, now: NOW }).catch(() => null)
      if (read !== null) expect(read.raw).toEqual(content)
    }
    await expectRejection(openProvisioningProfile(encodePlist(content), { trust }), 'ERR_ENCODING')
    const two = openProvisioningProfile(answerVector('two-signers'), { trust, now: NOW })
    await expectRejection(two, 'ERR_PROFILE_INVALID', /one signer/)
    const list = await signCms(encodePlist(['x']), signer, { now: NOW })
    await expectRejection(openProvisioningProfile(list, { trust, now: NOW }), 'ERR_PROFILE_INVALID', /dictionary/)
  })
})

describe('checkProvisioningProfile', () => {
  function judged(options: ProvisioningCheckOptions = {}, at = NOW, about = profile): readonly string[] {
    return checkProvisioningProfile(about, at, options).map(({ kind, level, path }) => [level, kind, ...path].join(' '))
  }
  function asking(entitlements: PlistDict, about = profile): readonly string[] {
    return checkProvisioningProfile(about, NOW, { entitlements }).map(({ path }) => path.join(' '))
  }

  test('says nothing against an app that fits', () => {
    const options = {
      device: '00008030-001c2d3e4f50002e',
      signingCertificate: certificate('signer'),
      entitlements: {
        'application-identifier': 'ABCDE12345.com.example.app',
        'com.apple.developer.team-identifier': 'ABCDE12345',
        'get-task-allow': true,
        'keychain-access-groups': ['ABCDE12345.com.example.shared', 'com.apple.token'],
      },
    }
    expect(judged(options)).toEqual([])
  })

  test('expired, and about to expire', () => {
    const [finding] = checkProvisioningProfile(profile, new Date('2027-01-01'))
    expect(finding).toMatchObject({ kind: 'expired', level: 'error', since: content.ExpirationDate })
    expect(judged({}, content.ExpirationDate)).toContain('warning renewal-due ExpirationDate')
    expect(judged({}, new Date('2026-12-02'))).toEqual(['warning renewal-due ExpirationDate'])
    expect(judged({}, new Date('2026-11-30'))).toEqual([])
    expect(judged({ renewWithinDays: 365 })).toEqual(['warning renewal-due ExpirationDate'])
    const due = checkProvisioningProfile(profile, new Date('2026-12-02'))[0]
    expect(due?.since).toEqual(new Date('2026-12-01'))
  })

  test('device', () => {
    expect(judged({ device: 'another' })).toEqual(['error device-not-listed ProvisionedDevices'])
    expect(judged({ device: 'another' }, NOW, { ...profile, devices: 'all' })).toEqual([])
    const store = checkProvisioningProfile({ ...profile, devices: [] }, NOW, { device: 'any' })
    expect(store.map(({ message }) => message)).toEqual([expect.stringMatching(/App Store/)])
  })

  test('certificates', () => {
    const stranger = certificate('stranger')
    expect(judged({ signingCertificate: stranger })).toEqual([
      'error signing-certificate-not-listed DeveloperCertificates',
    ])
    // Of a certificate only the bytes count.
    const forged = { ...certificate('signer'), der: stranger.der }
    expect(judged({ signingCertificate: forged })).toHaveLength(1)
    const later = { ...profile, expiresAt: new Date('2040-01-01') }
    expect(judged({}, new Date('2027-06-01'), later)).toEqual(['warning certificate-expired DeveloperCertificates 0'])
    expect(judged({ signingCertificate: certificate('signer') }, new Date('2027-06-01'), later)).toEqual([
      'error certificate-expired DeveloperCertificates 0',
    ])
    expect(judged({ signingCertificate: certificate('rekeyed') }, new Date('2027-06-01'), later)).toEqual([
      'warning certificate-expired DeveloperCertificates 0',
    ])
    expect(judged({}, new Date('2030-01-01'), later)).toEqual([
      'error certificate-expired DeveloperCertificates 0',
      'error certificate-expired DeveloperCertificates 1',
    ])
    const [finding] = checkProvisioningProfile(later, new Date('2027-06-01'))
    expect(finding).toMatchObject({ since: certificate('signer').notAfter })
    expect(finding?.certificate?.der).toEqual(certificate('signer').der)
  })

  test.each<[string, PlistDict, readonly string[]]>([
    ['the very value', { 'aps-environment': 'development' }, []],
    ['another value', { 'aps-environment': 'production' }, ['aps-environment']],
    ['a wildcard', { 'application-identifier': 'ABCDE12345.com.example.app' }, []],
    ['the wildcard itself', { 'application-identifier': 'ABCDE12345.com.example.*' }, []],
    ['beside the wildcard', { 'application-identifier': 'ABCDE12345.com.other.app' }, ['application-identifier']],
    ['another team', { 'application-identifier': 'ZZZZZ99999.com.example.app' }, ['application-identifier']],
    ['no team', { 'application-identifier': 'com.example.app' }, ['application-identifier']],
    ['the variable of the team', { 'application-identifier': '$(AppIdentifierPrefix)com.example.app' }, []],
    ['… in braces', { 'keychain-access-groups': ['${TeamIdentifierPrefix}com.example.app'] }, []],
    [
      '… in the middle',
      { 'application-identifier': 'x$(AppIdentifierPrefix)com.example.app' },
      ['application-identifier'],
    ],
    [
      'a star that is not the last',
      { 'com.apple.developer.team-identifier': 'ABC*' },
      ['com.apple.developer.team-identifier'],
    ],
    ['members of a list', { 'keychain-access-groups': ['ABCDE12345.a', 'com.apple.token'] }, []],
    ['one that is not in the list', { 'keychain-access-groups': ['ABCDE12345.a', 'b'] }, ['keychain-access-groups 1']],
    ['a text out of a list', { 'com.apple.developer.icloud-container-environment': 'Production' }, []],
    ['a list of domains', { 'com.apple.developer.associated-domains': ['applinks:a', 'webcredentials:b'] }, []],
    [
      'another group',
      { 'com.apple.security.application-groups': ['group.x'] },
      ['com.apple.security.application-groups 0'],
    ],
    ['an empty list', { 'com.apple.security.application-groups': [] }, []],
    ['what the profile does not have', { 'com.apple.developer.healthkit': true }, ['com.apple.developer.healthkit']],
    ['nothing of it', { 'com.apple.developer.healthkit': false }, []],
    ['what the profile has switched off', { 'beta-reports-active': true }, ['beta-reports-active']],
    ['less than the profile has', { 'get-task-allow': false }, []],
    ['a text where a switch is', { 'get-task-allow': 'true' }, ['get-task-allow']],
    ['the same number', { 'com.apple.developer.networking.limit': 4 }, []],
    ['another number', { 'com.apple.developer.networking.limit': 5 }, ['com.apple.developer.networking.limit']],
    ['a part of a dictionary', { 'com.apple.developer.nested': { a: ['x.y'] } }, []],
    ['more than the dictionary', { 'com.apple.developer.nested': { c: true } }, ['com.apple.developer.nested']],
    ['the sandbox on iOS', { 'com.apple.security.app-sandbox': true }, ['com.apple.security.app-sandbox']],
    ['__proto__', JSON.parse('{"__proto__": "x"}') as PlistDict, ['__proto__']],
  ])('entitlements: %s', (_, entitlements, expected) => {
    expect(asking(entitlements)).toEqual(expected)
  })

  test('on a Mac the sandbox needs no profile', () => {
    const mac = { ...profile, raw: { ...profile.raw, Platform: ['OSX'] } }
    expect(asking({ 'com.apple.security.app-sandbox': true, 'com.apple.security.cs.allow-jit': true }, mac)).toEqual([])
    expect(asking({ 'com.apple.developer.healthkit': true }, mac)).toEqual(['com.apple.developer.healthkit'])
  })

  test('tells a wrong team from a wrong value', () => {
    const reason = (entitlements: PlistDict): string | undefined =>
      checkProvisioningProfile(profile, NOW, { entitlements })[0]?.message
    expect(reason({ 'application-identifier': 'ZZZZZ99999.com.example.app' })).toMatch(/team prefix/)
    expect(reason({ 'aps-environment': 'production' })).toMatch(/another value/)
    expect(reason({ 'com.apple.developer.healthkit': true })).toMatch(/does not have it/)
  })

  test('refuses a moment that is none', () => {
    expectRefusal(() => checkProvisioningProfile(profile, new Date(NaN)), 'ERR_INVALID_ARGUMENT', /at/)
    for (const renewWithinDays of [-1, Number.NaN, 36_526])
      expectRefusal(() => judged({ renewWithinDays }), 'ERR_INVALID_ARGUMENT', /renewWithinDays/)
  })
})

interface Structure {
  readonly content: { readonly size: number; readonly sha256: string }
  readonly opensslSignature: string
}

describeWithFixtures('recorded provisioning profiles', () => {
  const folder = 'provisioning'
  const structures = fixtureJson(`${folder}/structure.shared.json`) as Readonly<Record<string, Structure>>
  const read = (path: string): Uint8Array => fixture(`${folder}/${path}`)
  const appleRoot = parseCertificate(
    fixture('apple-certs/apple-oss-distributions__Security/si-20-sectrust-policies-data/AppleRootCA.cer'),
  )
  const apple: Trust = { anchors: [appleRoot], validity: 'signing-time' }
  const leafName = (by: VerifiedSigner): string | null => nameAttribute(by.certificate.subject, 'CN')

  test.each(Object.keys(structures))('%s: as OpenSSL judges it', async (path) => {
    const { opensslSignature } = structures[path]!
    const reading = openProvisioningProfile(read(path), { trust: unsafeAcceptAnySigner })
    if (opensslSignature !== 'ok') {
      expect(opensslSignature).toMatch(/content verify error/)
      await expectRejection(reading, 'ERR_SIGNATURE_INVALID')
      return
    }
    const file = await reading
    expect(file.uuid).toMatch(/^[0-9a-f-]{36}$/)
    expect(file.certificates).toHaveLength(1)
    expect(file.teamIdentifiers).toHaveLength(1)
  })

  test.each([
    [
      'fastlane__fastlane/fastlane-test.mobileprovision',
      '98264c6b-5151-4349-8d0f-66691e48ae35',
      '2016-11-07T20:58:52Z',
    ],
    [
      'fastlane__fastlane/match-AppStore_tools.fastlane.app.mobileprovision.encrypted',
      '736590c3-dfe8-4c25-b2eb-2404b8e65fb8',
      '2016-12-03T03:02:08Z',
    ],
  ])('%s: Apple’s own signature', async (path, uuid, end) => {
    const file = await openProvisioningProfile(read(path), { trust: apple })
    expect(file).toMatchObject({ uuid, devices: [], teamIdentifiers: ['439BBM9367'], expiresAt: new Date(end) })
    expect(leafName(file.signer)).toBe('Apple iPhone OS Provisioning Profile Signing')
    expect(file.signer.path).toHaveLength(3)
    expect(file.signer).toMatchObject({ digest: 'SHA-1' })
    const strict = { trust: apple, accept: { digests: ['SHA-256'] } } as const
    await expectRejection(openProvisioningProfile(read(path), strict), 'ERR_ALGORITHM_NOT_ACCEPTED')
    const now = { trust: { anchors: [appleRoot] }, now: new Date('2026-11-22') } as const
    await expectRejection(openProvisioningProfile(read(path), now), 'ERR_CERTIFICATE_TIME')
  })

  test('what others signed is not Apple’s', async () => {
    for (const path of [
      'saucelabs__isign/test.mobileprovision',
      'fastlane__fastlane/very-capable-app.embedded.mobileprovision',
    ])
      await expectRejection(openProvisioningProfile(read(path), { trust: apple }), 'ERR_CERTIFICATE_UNTRUSTED')
  })

  test('a development profile with devices: what a developer would be told', async () => {
    const path = 'saucelabs__isign/test.mobileprovision'
    const file = await openProvisioningProfile(read(path), { trust: unsafeAcceptAnySigner })
    expect(file.devices).toHaveLength(2)
    const at = new Date('2017-11-01')
    const kinds = (options: ProvisioningCheckOptions): readonly string[] =>
      checkProvisioningProfile(file, at, options).map(({ kind }) => kind)
    const wanted = {
      'application-identifier': 'ISIGNTESTS.com.example.app',
      'keychain-access-groups': ['ISIGNTESTS.x'],
    }
    const device = 'E2CD3A02C1A3F69A5FF05BCE3EA1B1092B30EFE0'
    expect(kinds({ device, entitlements: wanted, signingCertificate: file.certificates[0]! })).toEqual(['renewal-due'])
    const asked = { 'aps-environment': 'development' }
    expect(kinds({ device: 'x', entitlements: asked, signingCertificate: certificate('signer') })).toEqual([
      'renewal-due',
      'device-not-listed',
      'signing-certificate-not-listed',
      'entitlement-not-granted',
    ])
  })

  test('wildcards and lists of a real capable app', async () => {
    const path = 'fastlane__fastlane/very-capable-app.embedded.mobileprovision'
    const file = await openProvisioningProfile(read(path), { trust: unsafeAcceptAnySigner })
    expect(Object.keys(file.entitlements)).toHaveLength(26)
    const paths = checkProvisioningProfile(file, new Date('2018-06-01'), {
      entitlements: {
        'com.apple.developer.icloud-services': ['CloudKit', 'CloudDocuments'],
        'com.apple.developer.icloud-container-environment': 'Production',
        'com.apple.developer.associated-domains': ['applinks:example.com'],
        'com.apple.developer.networking.networkextension': ['dns-proxy', 'app-push-provider'],
        'com.apple.developer.pass-type-identifiers': ['TestFixture.pass', 'Other.pass'],
      },
    }).map(({ path: place }) => place.join(' '))
    expect(paths).toEqual([
      'com.apple.developer.networking.networkextension 1',
      'com.apple.developer.pass-type-identifiers 1',
    ])
  })

  test.each([
    ['facebook__buck2/sample.mobileprovision', 'bare'],
    ['bazelbuild__rules_apple/integration_testing_ios.mobileprovision', 'bare'],
    ['bazelbuild__rules_apple/integration_testing_macos.provisionprofile', 'bare'],
    ['fastlane__fastlane/spaceship-downloaded.mobileprovision', 'bare'],
    ['bazelbuild__rules_apple/bogus.mobileprovision', 'junk'],
  ])('%s (%s) is not signed', async (path) => {
    await expectRejection(openProvisioningProfile(read(path), { trust: unsafeAcceptAnySigner }), 'ERR_ENCODING')
  })

  test('one changed character of the content is noticed', async () => {
    const path = 'fastlane__fastlane/fastlane-test.mobileprovision'
    const bytes = read(path).slice()
    const at = Buffer.from(bytes).indexOf('<key>UUID</key>')
    bytes[at + 30]! ^= 1
    await expectRejection(openProvisioningProfile(bytes, { trust: apple }), 'ERR_SIGNATURE_INVALID')
    expect(createHash('sha256').update(bytes).digest('hex')).not.toBe(structures[path]!.content.sha256)
  })
})

test('an entitlement that is not granted is an error', () => {
  const [found] = checkProvisioningProfile(profile, NOW, { entitlements: { 'aps-environment': 'production' } })
  expect([found?.kind, found?.level]).toEqual(['entitlement-not-granted', 'error'])
})
