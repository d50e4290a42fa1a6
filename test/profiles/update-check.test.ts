import { describe, expect, test } from 'vitest'
import type { PlistValue } from '../../src/plist/values.js'
import { checkProfileUpdate, type OpenedProfile, type Profile } from '../../src/profiles.js'
import { enrollmentProfile, MDM, withPayload } from './enrollment.js'
import { certificate, type VectorName } from './vectors.js'

const profile = enrollmentProfile()

function opened(content: Profile, by: VectorName | null): OpenedProfile {
  if (by === null) return { profile: content, signers: [], encrypted: false }
  const leaf = certificate(by)
  const signer = {
    certificate: leaf,
    path: [leaf],
    digest: 'SHA-256',
    signature: 'RSASSA-PKCS1-v1_5',
    signingTime: null,
  } as const
  return { profile: content, signers: [signer], encrypted: false }
}

function judged(current: OpenedProfile, next: OpenedProfile): readonly string[] {
  return checkProfileUpdate(current, next).map(({ kind, level, path }) => [level, kind, ...path].join(' '))
}

const current = opened(profile, 'signer')

describe('checkProfileUpdate', () => {
  test('says nothing against the same profile, or another content of it', () => {
    expect(judged(current, current)).toEqual([])
    const changed = withPayload({ ...profile, PayloadUUID: 'new', PayloadDisplayName: 'new' }, MDM, {
      SignMessage: false,
      CheckOutWhenRemoved: true,
      IdentityCertificateUUID: 'another',
      AccessRights: 3,
    })
    expect(judged(current, opened(changed, 'signer'))).toEqual([])
  })

  test('another profile is no update', () => {
    const other = { ...profile, PayloadIdentifier: 'com.example.other' }
    expect(judged(current, opened(other, 'signer'))).toEqual(['error identifier-changed PayloadIdentifier'])
    const service = { ...profile, PayloadType: 'Profile Service', PayloadContent: {} } as const
    expect(judged(current, opened(service, 'signer'))).toEqual([
      'error type-changed PayloadType',
      'error mdm-payload-removed PayloadContent',
    ])
    const user = { ...profile, PayloadScope: 'User' }
    expect(judged(current, opened(user, 'signer'))).toEqual(['warning scope-changed PayloadScope'])
  })

  test('a profile that states no scope is one for a user', () => {
    const [absent, user] = [undefined, 'User'].map((scope) => opened({ ...profile, PayloadScope: scope }, 'signer'))
    expect(judged(absent!, user!)).toEqual([])
    expect(judged(user!, absent!)).toEqual([])
    expect(judged(absent!, current)).toEqual(['warning scope-changed PayloadScope'])
    expect(judged(current, absent!)).toEqual(['warning scope-changed PayloadScope'])
  })

  test.each<[VectorName | null, VectorName | null, readonly string[]]>([
    ['signer', 'renewed', []],
    ['signer', 'rekeyed', ['warning signer-key-changed']],
    ['signer', 'moved', ['warning signer-issuer-changed']],
    ['signer', 'stranger', ['error signer-changed']],
    ['signer', 'intermediate', ['error signer-changed']],
    ['signer', null, ['error signature-missing']],
    [null, 'signer', []],
    [null, null, []],
  ])('signer %s, then %s', (before, after, expected) => {
    expect(judged(opened(profile, before), opened(profile, after))).toEqual(expected)
  })

  test('of a signer only the bytes of the certificate are believed', () => {
    const next = opened(profile, 'stranger')
    const forged = {
      ...certificate('stranger'),
      subject: certificate('signer').subject,
      publicKey: certificate('signer').publicKey,
    }
    const lying = { ...next, signers: next.signers.map((signer) => ({ ...signer, certificate: forged })) }
    expect(judged(current, lying)).toEqual(['error signer-changed'])
  })

  test.each(['Topic', 'ServerURL', 'CheckInURL', 'AssignedManagedAppleID', 'EnrollmentMode', 'RequiredAppIDForMDM'])(
    '%s cannot change, come or go',
    (key) => {
      const expected = [`error mdm-key-changed PayloadContent ${MDM} ${key}`]
      const withKey = opened(withPayload(profile, MDM, { [key]: 'a' }), 'signer')
      const changed = opened(withPayload(profile, MDM, { [key]: 'b' }), 'signer')
      const without = opened(withPayload(profile, MDM, { [key]: undefined }), 'signer')
      expect(judged(withKey, changed)).toEqual(expected)
      expect(judged(withKey, without)).toEqual(expected)
      expect(judged(without, withKey)).toEqual(expected)
      expect(judged(withKey, withKey)).toEqual([])
    },
  )

  test('access rights may shrink and never grow', () => {
    const few = opened(withPayload(profile, MDM, { AccessRights: 3 }), 'signer')
    const grown = [`error access-rights-grown PayloadContent ${MDM} AccessRights`]
    expect(judged(few, current)).toEqual(grown)
    expect(judged(current, few)).toEqual([])
    // Less as a number, yet a right that was not there.
    const [more, less] = [16, 8].map((rights) => opened(withPayload(profile, MDM, { AccessRights: rights }), 'signer'))
    expect(judged(more!, less!)).toEqual(grown)
    expect(judged(less!, more!)).toEqual(grown)
    const none = opened(withPayload(profile, MDM, { AccessRights: undefined }), 'signer')
    expect(judged(none, few)).toEqual(grown)
    expect(judged(few, none)).toEqual([])
  })

  test('access rights do not count where a user enrols', () => {
    const byod = { EnrollmentMode: 'BYOD', AccessRights: 1 }
    const before = opened(withPayload(profile, MDM, byod), 'signer')
    expect(judged(before, opened(withPayload(profile, MDM, { ...byod, AccessRights: 8191 }), 'signer'))).toEqual([])
  })

  test('per-user connections can neither come nor go', () => {
    const capable = opened(
      withPayload(profile, MDM, { ServerCapabilities: ['com.apple.mdm.per-user-connections'] }),
      'signer',
    )
    const expected = [`error per-user-connections-changed PayloadContent ${MDM} ServerCapabilities`]
    expect(judged(current, capable)).toEqual(expected)
    expect(judged(capable, current)).toEqual(expected)
    const token = opened(withPayload(profile, MDM, { ServerCapabilities: ['com.apple.mdm.token'] }), 'signer')
    expect(judged(current, token)).toEqual([])
  })

  test('the MDM payload cannot go', () => {
    const gone = opened({ ...profile, PayloadContent: [] }, 'signer')
    expect(judged(current, gone)).toEqual(['error mdm-payload-removed PayloadContent'])
    expect(judged(gone, current)).toEqual([])
  })

  test('encrypted content and nonsense are findings, not errors', () => {
    const encryptedProfile = { ...profile, PayloadContent: [], EncryptedPayloadContent: new Uint8Array([0x30]) }
    const hidden = opened(encryptedProfile, 'signer')
    expect(judged(current, hidden)).toEqual(['warning content-encrypted EncryptedPayloadContent'])
    expect(judged(current, { ...current, profile: 'x' as never })).toEqual(['error profile-invalid'])
  })
})

test('a key that must not change is compared to its last member', () => {
  const path = `error mdm-key-changed PayloadContent ${MDM} ServerURL`
  const having = (ServerURL: PlistValue): OpenedProfile => opened(withPayload(profile, MDM, { ServerURL }), 'signer')
  const dictionary = having({ a: 1, b: ['x', new Uint8Array([1])] })
  expect(judged(dictionary, having({ b: ['x', new Uint8Array([1])], a: 1n }))).toEqual([])
  expect(judged(dictionary, having({ a: 1, b: ['x', new Uint8Array([2])] }))).toEqual([path])
  expect(judged(dictionary, having({ a: 2, b: ['x', new Uint8Array([1])] }))).toEqual([path])
  expect(judged(dictionary, having({ a: 1 }))).toEqual([path])
  expect(judged(dictionary, having({ a: 1, c: ['x', new Uint8Array([1])] }))).toEqual([path])
})

test('of several signers one that stays is enough', () => {
  const [one, other] = [opened(profile, 'signer'), opened(profile, 'stranger')]
  const both = { ...one, signers: [...one.signers, ...other.signers] }
  expect(judged(both, one)).toEqual([])
  expect(judged(both, other)).toEqual([])
  expect(judged(one, both)).toEqual([])
  expect(judged(other, both)).toEqual([])
})
