import { describe, expect, test } from 'vitest'
import {
  acmePayload,
  buildOtaRequest,
  certificatePayload,
  checkEnrollmentProfile,
  parseProfile,
  pkcs12Payload,
  type Payload,
  type Profile,
} from '../../src/profiles.js'
import type { Certificate, Finding } from '../../src/types.js'
import { distinguishedName } from '../../src/x509/name.js'
import type { PlistValue } from '../../src/plist/values.js'
import { draw } from '../support/random.js'
import { describeWithFixtures, fixture } from '../support/fixtures.js'
import { drawn } from '../support/hostile.js'
import { enrollmentProfile, MDM, SCEP, withPayload, withScep } from './enrollment.js'
import { certificate } from './vectors.js'

const profile = enrollmentProfile()
const names = { identifier: 'com.example.more', uuid: 'C4B1A7E0-0000-4000-8000-000000000009' }

function withMore(payload: Payload): Profile {
  return { ...profile, PayloadContent: [...(profile.PayloadContent as readonly Payload[]), payload] }
}

/** What there is to say about a changed profile: kind, level and place of each finding. */
function judged(changed: Profile): readonly (readonly [string, string, string])[] {
  return checkEnrollmentProfile(changed).map(({ kind, level, path }) => [kind, level, path.join('.')] as const)
}

test('nothing is said against a good profile', () => {
  const options = { pushCertificate: certificate('push'), serverCertificate: certificate('tlsServer') }
  expect(checkEnrollmentProfile(profile, options)).toEqual([])
})

test('a finding has all its members and a plain sentence', () => {
  const [finding] = checkEnrollmentProfile(withPayload(profile, MDM, { SignMessage: false }))
  expect(finding).toEqual({
    kind: 'sign-message-off',
    level: 'warning',
    message: expect.stringMatching(/^SignMessage is off/) as string,
    since: null,
    certificate: null,
    path: ['PayloadContent', MDM, 'SignMessage'],
  })
})

describe('the MDM payload', () => {
  test.each<[string, Record<string, never>, string, Finding['level'], string]>(
    (
      [
        [
          'no identity named',
          { IdentityCertificateUUID: undefined },
          'identity-missing',
          'error',
          'IdentityCertificateUUID',
        ],
        [
          'another identity named',
          { IdentityCertificateUUID: 'x' },
          'identity-missing',
          'error',
          'IdentityCertificateUUID',
        ],
        [
          'the identity in another case',
          { IdentityCertificateUUID: 'c4b1a7e0-0000-4000-8000-000000000002' },
          'identity-missing',
          'error',
          'IdentityCertificateUUID',
        ],
        [
          'a certificate without key named',
          { IdentityCertificateUUID: 'C4B1A7E0-0000-4000-8000-000000000001' },
          'identity-not-an-identity',
          'error',
          'IdentityCertificateUUID',
        ],
        ['no topic', { Topic: undefined }, 'topic-missing', 'error', 'Topic'],
        ['an app as topic', { Topic: 'com.example.app' }, 'topic-malformed', 'error', 'Topic'],
        ['a topic with nothing behind', { Topic: 'com.apple.mgmt.' }, 'topic-malformed', 'error', 'Topic'],
        ['no server', { ServerURL: undefined }, 'server-url-missing', 'error', 'ServerURL'],
        ['a plain server', { ServerURL: 'http://mdm.example.com' }, 'server-url-not-https', 'error', 'ServerURL'],
        [
          'a server with a space',
          { ServerURL: ' https://mdm.example.com' },
          'server-url-not-https',
          'error',
          'ServerURL',
        ],
        ['a server without a host', { ServerURL: 'https://' }, 'server-url-not-https', 'error', 'ServerURL'],
        ['no check-in', { CheckInURL: undefined }, 'check-in-url-missing', 'info', 'CheckInURL'],
        ['a plain check-in', { CheckInURL: 'http://x.example' }, 'check-in-url-not-https', 'error', 'CheckInURL'],
        ['a check-in that is a number', { CheckInURL: 1 }, 'check-in-url-not-https', 'error', 'CheckInURL'],
        ['no signatures', { SignMessage: undefined }, 'sign-message-off', 'warning', 'SignMessage'],
        ['no rights stated', { AccessRights: undefined }, 'access-rights-missing', 'warning', 'AccessRights'],
        ['no rights', { AccessRights: 0 }, 'access-rights-range', 'error', 'AccessRights'],
        ['too many rights', { AccessRights: 8192 }, 'access-rights-range', 'error', 'AccessRights'],
        ['half a right', { AccessRights: 1.5 }, 'access-rights-range', 'error', 'AccessRights'],
        ['install without inspect', { AccessRights: 8191 - 1 }, 'access-rights-incomplete', 'error', 'AccessRights'],
        ['provision without inspect', { AccessRights: 8191 - 64 }, 'access-rights-incomplete', 'error', 'AccessRights'],
        [
          'another mode',
          { EnrollmentMode: 'COPE', AssignedManagedAppleID: 'a' },
          'enrollment-mode',
          'error',
          'EnrollmentMode',
        ],
        ['no account', { EnrollmentMode: 'ADDE' }, 'assigned-account-missing', 'error', 'AssignedManagedAppleID'],
        ['the old account', { ManagedAppleID: 'a@b' }, 'managed-apple-id-removed', 'warning', 'ManagedAppleID'],
        [
          'a pin on nothing',
          { ServerURLPinningCertificateUUIDs: ['x'] },
          'pinned-certificate-missing',
          'error',
          'ServerURLPinningCertificateUUIDs.0',
        ],
      ] as const
    ).map((row) => row as never),
  )('%s', (_, change, kind, level, key) => {
    expect(judged(withPayload(profile, MDM, change))).toEqual([[kind, level, `PayloadContent.${MDM}.${key}`]])
  })

  test('pins that are there are not remarked upon', () => {
    const pins = { CheckInURLPinningCertificateUUIDs: ['C4B1A7E0-0000-4000-8000-000000000001'] }
    expect(judged(withPayload(profile, MDM, pins))).toEqual([])
  })

  test('access rights are not the payload’s where a user enrols', () => {
    const change = { EnrollmentMode: 'BYOD', AssignedManagedAppleID: 'a', AccessRights: undefined }
    expect(judged(withPayload(profile, MDM, change))).toEqual([])
  })

  test('is missing, or there twice', () => {
    const none = withPayload(profile, MDM, { PayloadType: 'com.apple.dock' })
    expect(judged(none)).toEqual([['mdm-payload-missing', 'error', 'PayloadContent']])
    const twice = withMore({
      ...(profile.PayloadContent as readonly Payload[])[MDM]!,
      PayloadUUID: 'C4B1A7E0-0000-4000-8000-000000000004',
    })
    expect(judged(twice)).toEqual([['mdm-payload-duplicate', 'error', 'PayloadContent.3']])
  })

  test('the topic is that of the push certificate', () => {
    const pushCertificate = certificate('push')
    const other = withPayload(profile, MDM, { Topic: 'com.apple.mgmt.External.other' })
    const [finding, more] = checkEnrollmentProfile(other, { pushCertificate })
    expect(finding).toMatchObject({ kind: 'topic-mismatch', level: 'error', certificate: pushCertificate })
    expect(more).toBeUndefined()
    // Of a certificate only its bytes are believed.
    const forged = { ...certificate('push'), subject: distinguishedName([['UID', 'com.apple.mgmt.External.other']]) }
    expect(checkEnrollmentProfile(other, { pushCertificate: forged }).map(({ kind }) => kind)).toEqual([
      'topic-mismatch',
    ])
    expect(checkEnrollmentProfile(profile, { pushCertificate: certificate('root') })).toHaveLength(1)
  })
})

describe('the SCEP payload', () => {
  test.each([
    ['flat', ['CN', 'x']],
    ['pairs without RDNs', [['CN', 'x']]],
    ['a text', 'CN=x'],
    ['three parts', [[['CN', 'x', 'y']]]],
    ['an empty RDN', [[]]],
    ['a number', [[['CN', 1]]]],
  ])('subject that iOS does not take: %s', (_, Subject) => {
    const place = `PayloadContent.${SCEP}.PayloadContent.Subject`
    expect(judged(withScep(profile, { Subject: Subject }))).toEqual([['scep-subject-malformed', 'error', place]])
  })

  test.each([
    ['no URL', { URL: undefined }, 'scep-url', 'error', 'URL'],
    ['another scheme', { URL: 'ftp://x' }, 'scep-url', 'error', 'URL'],
    ['no key size', { Keysize: undefined }, 'scep-key-size-missing', 'warning', 'Keysize'],
    ['a small key', { Keysize: 1024 }, 'scep-key-size-small', 'warning', 'Keysize'],
    ['a key that nobody makes', { Keysize: 3072 }, 'scep-key-size', 'error', 'Keysize'],
    ['a fingerprint in hex', { CAFingerprint: 'ab'.repeat(20) }, 'scep-ca-fingerprint', 'error', 'CAFingerprint'],
    ['half a digest', { CAFingerprint: new Uint8Array(10) }, 'scep-ca-fingerprint', 'error', 'CAFingerprint'],
    ['a key on a curve', { 'Key Type': 'ECSECPrimeRandom' }, 'scep-key-type', 'error', 'Key Type'],
    ['a usage without a bit for it', { 'Key Usage': 2 }, 'scep-key-usage', 'warning', 'Key Usage'],
    ['a usage in words', { 'Key Usage': '5' }, 'scep-key-usage', 'warning', 'Key Usage'],
    ['fewer retries than none', { Retries: -1 }, 'scep-retries', 'warning', 'Retries'],
    ['a delay into the past', { RetryDelay: -10 }, 'scep-retries', 'warning', 'RetryDelay'],
    ['half a second', { RetryDelay: 0.5 }, 'scep-retries', 'warning', 'RetryDelay'],
    ['names that are a text', { SubjectAltName: 'x' }, 'scep-subject-alt-name-malformed', 'error', 'SubjectAltName'],
    [
      'a name that is a number',
      { SubjectAltName: { uniformResourceIdentifier: 42 } },
      'scep-subject-alt-name-malformed',
      'error',
      'SubjectAltName.uniformResourceIdentifier',
    ],
    [
      'two principals',
      { SubjectAltName: { ntPrincipalName: ['a', 'b'] } },
      'scep-subject-alt-name-malformed',
      'error',
      'SubjectAltName.ntPrincipalName',
    ],
  ])('%s', (_, change, kind, level, key) => {
    expect(judged(withScep(profile, change as never))).toEqual([
      [kind, level, `PayloadContent.${SCEP}.PayloadContent.${key}`],
    ])
  })

  test('what devices know is not remarked upon', () => {
    for (const octets of [16, 20, 28, 32, 48, 64])
      expect(judged(withScep(profile, { CAFingerprint: new Uint8Array(octets) }))).toEqual([])
    for (const usage of [undefined, 0, 1, 4, 5]) expect(judged(withScep(profile, { 'Key Usage': usage }))).toEqual([])
    expect(judged(withScep(profile, { 'Key Type': undefined, Retries: 0, RetryDelay: 0 }))).toEqual([])
    expect(judged(withScep(profile, { Retries: 5, RetryDelay: 60 }))).toEqual([])
  })

  test('plain http and several mail addresses are allowed', () => {
    expect(judged(withScep(profile, { URL: 'http://scep.example.com' }))).toEqual([])
    expect(judged(withScep(profile, { SubjectAltName: { rfc822Name: ['a@b', 'c@d'] } }))).toEqual([])
    expect(judged(withScep(profile, { Subject: undefined }))).toEqual([])
  })

  test('no dictionary inside', () => {
    expect(judged(withPayload(profile, SCEP, { PayloadContent: 'x' }))).toEqual([
      ['scep-content-missing', 'error', `PayloadContent.${SCEP}.PayloadContent`],
    ])
  })
})

describe('other payloads', () => {
  const acme = acmePayload({
    ...names,
    directoryUrl: 'https://acme.example.com/d',
    clientIdentifier: 'c',
    subject: distinguishedName([['CN', 'x']]),
    keyType: 'ECSECPrimeRandom',
    keyBits: 256,
    hardwareBound: true,
  })

  test('an identity by ACME serves as well', () => {
    const byAcme = withPayload(withMore(acme), MDM, { IdentityCertificateUUID: names.uuid })
    expect(judged(byAcme)).toEqual([])
  })

  test.each([
    ['http', { DirectoryURL: 'http://acme.example.com/d' }, 'acme-url', 'DirectoryURL'],
    ['nobody', { ClientIdentifier: undefined }, 'acme-client-identifier', 'ClientIdentifier'],
    ['no subject', { Subject: undefined }, 'acme-subject-missing', 'Subject'],
    ['a flat subject', { Subject: [['CN', 'x']] }, 'acme-subject-malformed', 'Subject'],
    ['attestation in software', { HardwareBound: false, Attest: true }, 'acme-key', 'KeySize'],
    ['no key size', { KeySize: undefined }, 'acme-key', 'KeySize'],
  ])('ACME: %s', (_, change, kind, key) => {
    expect(judged(withMore({ ...acme, ...change }))).toEqual([[kind, 'error', `PayloadContent.3.${key}`]])
  })

  test('an empty PKCS#12, a certificate that is none', () => {
    const empty = pkcs12Payload({ ...names, pkcs12: new Uint8Array() })
    expect(judged(withMore(empty))).toEqual([['pkcs12-content-missing', 'error', 'PayloadContent.3.PayloadContent']])
    const broken = { ...empty, PayloadType: 'com.apple.security.pem' }
    expect(judged(withMore(broken))).toEqual([['certificate-unreadable', 'error', 'PayloadContent.3.PayloadContent']])
  })

  test('versions and UUIDs', () => {
    expect(judged(withPayload(profile, 0, { PayloadVersion: 2 }))).toEqual([
      ['payload-version', 'error', 'PayloadContent.0.PayloadVersion'],
    ])
    expect(judged({ ...profile, PayloadVersion: 2 })).toEqual([['payload-version', 'error', 'PayloadVersion']])
    expect(judged(withPayload(profile, 0, { PayloadUUID: 'not a uuid' }))).toEqual([
      ['payload-uuid-form', 'warning', 'PayloadContent.0.PayloadUUID'],
    ])
    expect(judged(withMore({ ...acme, PayloadUUID: 'C4B1A7E0-0000-4000-8000-000000000001' }))).toEqual([
      ['payload-uuid-duplicate', 'error', 'PayloadContent.3.PayloadUUID'],
    ])
  })
})

describe('trust in the server', () => {
  const serverCertificate = certificate('tlsServer')
  const bare = withPayload(profile, 0, { PayloadType: 'com.apple.dock' })

  test('is missing where neither certificate nor issuer is in the profile', () => {
    const [finding, more] = checkEnrollmentProfile(bare, { serverCertificate })
    expect(finding).toMatchObject({ kind: 'server-trust-missing', level: 'warning', certificate: serverCertificate })
    expect(more).toBeUndefined()
    // Same name as the issuer's, another key.
    const lookalike = certificatePayload({ ...names, certificate: certificate('stranger'), kind: 'root' })
    expect(checkEnrollmentProfile({ ...bare, PayloadContent: [lookalike] }, { serverCertificate })).toContainEqual(
      expect.objectContaining({ kind: 'server-trust-missing' }),
    )
  })

  test('is there by the certificate itself, or by its issuer in PEM', () => {
    for (const [carried, kind] of [
      ['tlsServer', 'pkcs1'],
      ['root', 'pem'],
    ] as const) {
      const payload = certificatePayload({ ...names, certificate: certificate(carried), kind })
      const carrying = { ...bare, PayloadContent: [...(bare.PayloadContent as readonly Payload[]), payload] }
      expect(checkEnrollmentProfile(carrying, { serverCertificate })).toEqual([])
    }
  })
})

describe('a certificate that cannot be read hides no other finding', () => {
  const serverCertificate = certificate('tlsServer')
  const pushCertificate = certificate('push')
  const wrongTopic = withPayload(profile, MDM, { Topic: 'com.apple.mgmt.External.other' })
  const kinds = (of: Profile, options: Parameters<typeof checkEnrollmentProfile>[1]): readonly string[] =>
    checkEnrollmentProfile(of, options).map(({ kind, path }) => [kind, ...path].join(' '))
  const unreadable = 'certificate-unreadable PayloadContent 0 PayloadContent'
  const mismatch = `topic-mismatch PayloadContent ${MDM} Topic`

  /** The certificate with a text where its key identifier has octets: certificate and DER stay readable. */
  function malformed(der: Uint8Array): Uint8Array {
    const hex = Buffer.from(der).toString('hex')
    const changed = hex.replace('0603551d0e04160414', '0603551d0e04160c14')
    expect(changed).not.toBe(hex)
    return new Uint8Array(Buffer.from(changed, 'hex'))
  }

  test('in a payload', () => {
    const broken = withPayload(wrongTopic, 0, { PayloadContent: malformed(certificate('root').der) })
    expect(kinds(broken, {})).toEqual([unreadable])
    expect(kinds(broken, { pushCertificate })).toEqual([mismatch, unreadable])
    const expected = [mismatch, unreadable, 'server-trust-missing PayloadContent']
    expect(kinds(broken, { pushCertificate, serverCertificate })).toEqual(expected)
  })

  test.each([
    ['that is no DER', new Uint8Array([0x30, 0x01])],
    ['with a malformed extension', malformed(serverCertificate.der)],
  ])('as the certificate of the server: one %s', (_, der) => {
    const options = { pushCertificate, serverCertificate: { ...serverCertificate, der } as Certificate }
    expect(kinds(wrongTopic, options)).toEqual([mismatch, 'certificate-unreadable'])
  })

  test('as the push certificate', () => {
    const options = { pushCertificate: { ...pushCertificate, der: new Uint8Array([0x30, 0x01]) } }
    const silent = withPayload(wrongTopic, MDM, { SignMessage: false })
    expect(kinds(silent, options)).toEqual([
      'certificate-unreadable',
      `sign-message-off PayloadContent ${MDM} SignMessage`,
    ])
  })
})

describe('profiles that enrol nobody', () => {
  test('a Profile Service, an encrypted one, none at all, one for a user', () => {
    const request = buildOtaRequest({ ...names, url: 'https://x.example', attributes: ['UDID'] })
    expect(judged(request)).toEqual([['profile-type', 'error', 'PayloadType']])
    const encrypted = { ...profile, PayloadContent: [], EncryptedPayloadContent: new Uint8Array([0x30]) }
    expect(judged(encrypted)).toEqual([['content-encrypted', 'warning', 'EncryptedPayloadContent']])
    expect(judged('nonsense' as never)).toEqual([['profile-invalid', 'error', '']])
    expect(judged(null as never)).toEqual([['profile-invalid', 'error', '']])
    expect(judged({ ...profile, PayloadScope: 'User' })).toEqual([['scope-user', 'warning', 'PayloadScope']])
  })
})

test('never throws, whatever a payload holds', () => {
  const source = draw(40)
  const values: readonly unknown[] = [
    null,
    undefined,
    0,
    -1,
    1e300,
    2n ** 70n,
    '',
    'x',
    true,
    [],
    [[]],
    {},
    new Date(NaN),
    new Uint8Array(3),
    [null],
    { a: null },
  ]
  const keys = ['PayloadContent', 'Topic', 'ServerURL', 'CheckInURL', 'AccessRights', 'IdentityCertificateUUID']
  const more = ['ServerURLPinningCertificateUUIDs', 'EnrollmentMode', 'ManagedAppleID', 'SignMessage', 'Subject']
  for (let round = 0; round < drawn(2000); round++) {
    const key = source.pick([...keys, ...more, 'PayloadType', 'PayloadUUID', 'SubjectAltName', 'Keysize', 'URL'])
    const changed = source.pick([withPayload, withPayload, withInner])(profile, source.below(3), {
      [key]: source.pick(values) as PlistValue,
    })
    const judgement = checkEnrollmentProfile(changed, { serverCertificate: certificate('tlsServer') })
    expect(judgement.every(({ message }) => message.endsWith('.'))).toBe(true)
  }
})

function withInner(about: Profile, _index: number, change: Record<string, PlistValue>): Profile {
  return withScep(about, change)
}

describeWithFixtures('recorded profiles', () => {
  const judgedFile = (path: string): readonly string[] =>
    checkEnrollmentProfile(parseProfile(fixture(`profiles/${path}`))).map(({ kind }) => kind)

  test('what the file names promise is found', () => {
    const folder = 'Talieisin__mobileconfig-validator/invalid'
    expect(judgedFile(`${folder}/invalid-uuid-format.mobileconfig`)).toContain('payload-uuid-form')
    expect(judgedFile(`${folder}/wrong-payload-version.mobileconfig`)).toContain('payload-version')
    const valid = 'Talieisin__mobileconfig-validator/valid/dock-basic.mobileconfig'
    expect(judgedFile(valid)).toEqual(['mdm-payload-missing'])
  })

  test('a real ACME payload is good', () => {
    expect(judgedFile('jessepeterson__cfgprofiles/acme-da.mobileconfig')).toEqual(['mdm-payload-missing'])
  })
})

test('an identity reference in another case is told from one that names nothing', () => {
  const payloads = profile.PayloadContent as readonly Payload[]
  const said = (IdentityCertificateUUID: string): string | undefined =>
    checkEnrollmentProfile(withPayload(profile, MDM, { IdentityCertificateUUID }))[0]?.message
  expect(said(payloads[SCEP]!.PayloadUUID.toLowerCase())).toMatch(/another case/)
  expect(said('C4B1A7E0-0000-4000-8000-000000000008')).toMatch(/names no payload/)
})

test('white space inside of a URL, which its parser would take', () => {
  for (const ServerURL of ['https://mdm.example.com/a b', 'https://mdm.example.com/a\nb', 'https://mdm.example.com/\t'])
    expect(judged(withPayload(profile, MDM, { ServerURL }))).toContainEqual([
      'server-url-not-https',
      'error',
      `PayloadContent.${String(MDM)}.ServerURL`,
    ])
})
