import { describe, expect, test } from 'vitest'
import { encodePlist } from '../../src/plist/encode.js'
import type { PlistValue } from '../../src/plist/values.js'
import { encodeProfile, parseProfile, type Profile } from '../../src/profiles.js'
import { errorOf, expectRefusal, flips, outcomes, truncations } from '../support/hostile.js'
import { describeWithFixtures, fixture, fixtureText, listFixtures } from '../support/fixtures.js'

const names = { PayloadIdentifier: 'com.example', PayloadUUID: 'U', PayloadVersion: 1 }
const payload = { ...names, PayloadType: 'com.apple.dock' }
const profile: Profile = { ...names, PayloadType: 'Configuration', PayloadContent: [payload] }

describe('parseProfile', () => {
  test('gives back what encodeProfile wrote, from bytes and from text', () => {
    const bytes = encodeProfile(profile)
    expect(parseProfile(bytes)).toEqual(profile)
    expect(parseProfile(new TextDecoder().decode(bytes))).toEqual(profile)
    expect(encodeProfile(parseProfile(bytes))).toEqual(bytes)
  })

  test('takes an encrypted profile as it is', () => {
    const encrypted = {
      ...names,
      PayloadType: 'Configuration',
      EncryptedPayloadContent: new Uint8Array([0x30]),
    } as const
    expect(parseProfile(encodePlist(encrypted))).toEqual(encrypted)
  })

  test.each<[string, RegExp, PlistValue]>([
    ['an array', /not a dictionary/, [profile]],
    ['no type', /PayloadType/, names],
    ['another type', /neither/, { ...names, PayloadType: 'com.apple.dock' }],
    ['no identifier', /PayloadIdentifier/, { ...profile, PayloadIdentifier: undefined }],
    ['no UUID', /PayloadUUID/, { ...profile, PayloadUUID: undefined }],
    ['a UUID that is a number', /PayloadUUID/, { ...profile, PayloadUUID: 7 }],
    ['no version', /PayloadVersion/, { ...profile, PayloadVersion: undefined }],
    ['a version that is a text', /PayloadVersion/, { ...profile, PayloadVersion: '1' }],
    ['a version with a fraction', /PayloadVersion/, { ...profile, PayloadVersion: 1.5 }],
    ['content that is a text', /not an array/, { ...profile, PayloadContent: 'x' }],
    ['content that is a dictionary', /not an array/, { ...profile, PayloadContent: payload }],
    [
      'a payload that is a text',
      /PayloadContent\[1\] is not a dictionary/,
      { ...profile, PayloadContent: [payload, 'x'] },
    ],
    ['a payload without type', /PayloadContent\[0\]\.PayloadType/, { ...profile, PayloadContent: [names] }],
    ['a service with an array', /Profile Service/, { ...profile, PayloadType: 'Profile Service' }],
    ['encrypted content that is a text', /EncryptedPayloadContent/, { ...profile, EncryptedPayloadContent: 'x' }],
  ])('refuses %s', (_, reason, value) => {
    expectRefusal(() => parseProfile(encodePlist(value)), 'ERR_PROFILE_INVALID', reason)
    if (!Array.isArray(value)) expectRefusal(() => encodeProfile(value as never), 'ERR_PROFILE_INVALID', reason)
  })

  test('points at openProfile for a signed one', () => {
    expectRefusal(() => parseProfile(new Uint8Array([0x30, 0x80])), 'ERR_PROFILE_INVALID', /openProfile/)
  })

  test('never puts what the profile says into the error', () => {
    const secret = 'do-not-print-me'
    const error = errorOf(() => parseProfile(encodePlist({ ...profile, PayloadType: secret })))
    expect(error.message).not.toContain(secret)
  })

  test('refuses or reads every damaged profile, and never fails otherwise', () => {
    const bytes = encodeProfile(profile)
    expect(outcomes(truncations(bytes), parseProfile).values).toBeLessThan(3)
    const flipped = flips(bytes, 2000)
    expect(outcomes(flipped, parseProfile).refusals).toBeGreaterThan(flipped.length / 3)
  })

  test('keeps to limits', () => {
    expectRefusal(() => parseProfile(encodeProfile(profile), { maxNodes: 3 }), 'ERR_LIMIT')
  })
})

describeWithFixtures('recorded profiles', () => {
  const files = listFixtures('profiles', /\.mobileconfig$/)
  const invalid = new Map([
    ['not-a-plist', 'ERR_PLIST_INVALID'],
    ['missing-payload-uuid', 'ERR_PROFILE_INVALID'],
    ['wrong-outer-type', 'ERR_PROFILE_INVALID'],
    ['multiple-nt-principals-error', 'ERR_PLIST_INVALID'],
    ['multistring-error', 'ERR_PLIST_INVALID'],
    // Five of its certificates end in "-----END CERTIFICATE-----" inside of <data>.
    ['ac-icp-brasil-full', 'ERR_PLIST_INVALID'],
  ])

  test('are there', () => {
    expect(files.length).toBeGreaterThan(10)
  })

  test.each(files)('%s', (path) => {
    const name = /([^/]+)\.mobileconfig$/.exec(path)?.[1] ?? ''
    const code = invalid.get(name)
    if (code !== undefined) {
      expect(errorOf(() => parseProfile(fixture(path))).code).toBe(code)
      return
    }
    const parsed = parseProfile(fixture(path))
    expect(parsed.PayloadType).toBe('Configuration')
    expect(parseProfile(fixtureText(path))).toEqual(parsed)
    expect(parseProfile(encodeProfile(parsed))).toEqual(parsed)
  })
})
