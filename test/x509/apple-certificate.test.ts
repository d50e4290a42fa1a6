import { beforeAll, describe, expect, test } from 'vitest'
import { OID } from '../../src/asn1/oid.js'
import { ENCODED_NULL } from '../../src/asn1/der-writer.js'
import { verifyCms } from '../../src/cms/verify.js'
import { generateKey } from '../../src/crypto/private-key.js'
import { acceptedByDefault } from '../../src/crypto/accept.js'
import { openProvisioningProfile } from '../../src/profiles.js'
import { parseCertificate } from '../../src/x509/certificate.js'
import { issueSelfSigned } from '../../src/x509/issue.js'
import { type AppleCertificateKind, classifyAppleCertificate } from '../../src/x509/lifecycle/apple-certificate.js'
import { distinguishedName } from '../../src/x509/name.js'
import { type Certificate, unsafeAcceptAnySigner } from '../../src/types.js'
import { describeWithFixtures, fixture, listFixtures } from '../support/fixtures.js'

const DEVELOPER_CERTIFICATES = [
  ['3rd-party-mac', 'mac-app-distribution', true],
  ['apple-development', 'apple-development', true],
  ['apple-distribution', 'apple-distribution', true],
  ['developer-id-application', 'developer-id-application', true],
  ['developer-id-installer', 'developer-id-installer', true],
]

let privateKey: Uint8Array
beforeAll(async () => {
  privateKey = (await generateKey('P-256')).privateKey
})

async function made(names: readonly (readonly [string, string])[], oids: readonly string[] = []): Promise<Certificate> {
  return issueSelfSigned({
    subject: distinguishedName(names),
    serialNumber: '1',
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2027-01-01'),
    purpose: 'custom',
    extensions: oids.map((oid) => ({ oid, critical: false, value: ENCODED_NULL })),
    privateKey,
  })
}

describe('made in the test', () => {
  test.each<
    [string, readonly (readonly [string, string])[], readonly string[], AppleCertificateKind, string | null, boolean]
  >([
    [
      'an MDM vendor',
      [
        ['CN', 'MDM Vendor: Example Inc.'],
        ['OU', 'A1B2C3D4E5'],
      ],
      [],
      'mdm-vendor',
      'A1B2C3D4E5',
      false,
    ],
    [
      'kept by Apple for a team',
      [
        ['CN', 'Cloud Managed Apple Distribution: Example'],
        ['OU', 'A1B2C3D4E5'],
      ],
      [OID.appleIosDistribution],
      'apple-distribution',
      'A1B2C3D4E5',
      true,
    ],
    [
      'Developer ID Application',
      [
        ['CN', 'Developer ID Application: E'],
        ['OU', 'A1B2C3D4E5'],
      ],
      [OID.appleDeveloperIdApplication],
      'developer-id-application',
      'A1B2C3D4E5',
      false,
    ],
    [
      'both platforms, development',
      [['CN', 'Apple Development: E']],
      [OID.appleMacDevelopment, OID.appleIosDevelopment],
      'apple-development',
      null,
      false,
    ],
    [
      'both platforms, distribution',
      [['CN', 'Apple Distribution: E']],
      [OID.appleMacAppDistribution, OID.appleIosDistribution],
      'apple-distribution',
      null,
      false,
    ],
    [
      'Mac App Store',
      [['CN', '3rd Party Mac Developer Application: E']],
      [OID.appleMacAppDistribution],
      'mac-app-distribution',
      null,
      false,
    ],
    [
      'a unit that is no team',
      [
        ['CN', 'x'],
        ['OU', 'Some department'],
      ],
      [OID.appleIosDevelopment],
      'apple-development',
      null,
      false,
    ],
    [
      'a pass type',
      [
        ['CN', 'Pass Type ID: pass.x'],
        ['OU', 'A1B2C3D4E5'],
      ],
      [OID.applePassTypeId, OID.appleApnsProduction],
      'other',
      null,
      false,
    ],
    [
      'push for an app',
      [
        ['CN', 'Apple Push Services: x'],
        ['OU', 'A1B2C3D4E5'],
      ],
      [OID.appleApnsProduction],
      'apns-app',
      'A1B2C3D4E5',
      false,
    ],
    [
      'push for MDM',
      [
        ['UID', 'com.apple.mgmt.External.1'],
        ['CN', 'APSP:1'],
      ],
      [OID.appleApnsProduction],
      'mdm-push',
      null,
      false,
    ],
    ['a cloud name without the extension', [['CN', 'Cloud Managed whatever']], [], 'other', null, false],
    ['anything else', [['CN', 'x']], [], 'other', null, false],
  ])('%s', async (_, names, oids, kind, teamIdentifier, cloudManaged) => {
    expect(classifyAppleCertificate(await made(names, oids))).toEqual({ kind, teamIdentifier, cloudManaged })
  })
})

describeWithFixtures('recorded', () => {
  const at = (file: string) => classifyAppleCertificate(parseCertificate(fixture(file)))

  test.each([
    ['apns/micromdm__nanomdm/push.pem', 'mdm-push', null],
    ['apns/micromdm__micromdm/appleca_signed.pem', 'device', null],
    ['apple-certs/indygreg__apple-platform-rs/AppleWWDRCAG3.cer', 'apple-ca', null],
    ['apple-certs/indygreg__apple-platform-rs/AppleRootCA-G3.cer', 'apple-ca', null],
    ['apple-certs/indygreg__apple-platform-rs/DeveloperIDG2CA.cer', 'apple-ca', null],
    ['apple-certs/smallstep__certificates/apple-att-ca.crt', 'apple-ca', null],
  ])('%s', (file, kind, teamIdentifier) => {
    expect(at(file)).toEqual({ kind, teamIdentifier, cloudManaged: false })
  })

  test('a Developer ID of a team', () => {
    const [file] = listFixtures('apple-certs', /developer_id_installer\.cer$/)
    expect(at(file!)).toEqual({ kind: 'developer-id-installer', teamIdentifier: '7Z6EMTD2C6', cloudManaged: false })
  })

  test('the distribution certificates inside provisioning profiles', async () => {
    const file = 'provisioning/fastlane__fastlane/fastlane-test.mobileprovision'
    const profile = await openProvisioningProfile(fixture(file), { trust: unsafeAcceptAnySigner })
    expect(profile.certificates.map((one) => classifyAppleCertificate(one))).toEqual([
      { kind: 'apple-distribution', teamIdentifier: '439BBM9367', cloudManaged: false },
    ])
  })

  test('certificates that Apple made for developers, by the names of their files', () => {
    const kinds = listFixtures('pkcs12/indygreg__apple-platform-rs', /apple-signed-.*\.cer$/).map((file) => {
      const { kind, teamIdentifier } = at(file)
      return [/apple-signed-(.*)\.cer$/.exec(file)?.[1], kind, teamIdentifier !== null]
    })
    expect(kinds).toEqual(DEVELOPER_CERTIFICATES)
  })

  test('the signer of a profile that was signed with a Developer ID', async () => {
    const [file] = listFixtures('profiles-signed/paulmillr__encrypted-dns', /2021.*\.mobileconfig$/)
    const accept = acceptedByDefault.device
    const { signers } = await verifyCms(fixture(file!), { trust: unsafeAcceptAnySigner, accept })
    expect(classifyAppleCertificate(signers[0]!.certificate).kind).toBe('developer-id-installer')
  })
})

test.each([
  ['Apple Inc.', 'apple-ca'],
  ['Apple Computer, Inc.', 'apple-ca'],
  ['Apple', 'other'],
])('a CA of %s', async (organization, kind) => {
  const certificate = await issueSelfSigned({
    subject: distinguishedName([
      ['O', organization],
      ['CN', 'Root CA'],
    ]),
    serialNumber: '1',
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2027-01-01'),
    purpose: 'ca',
    privateKey,
  })
  expect(classifyAppleCertificate(certificate).kind).toBe(kind)
})
