// Profiles of 20 KB, and somebody to sign them and to encrypt them for.
import { randomBytes } from 'node:crypto'
import { encodePlist } from '../../dist/plist.js'
import { buildProfile, encodeProfile } from '../../dist/profiles.js'
import { makeSelfSigned } from './identities.mjs'
import { distinguishedName, generateKey, importIdentity, issueSelfSigned } from '../../dist/x509.js'

export const NOW = new Date('2026-06-01T12:00:00Z')

const numbered = (index) => `D1C9922C-D540-5FFE-A181-9C353869${String(1000 + index)}`

const payload = (type, index, members) => ({
  PayloadType: type,
  PayloadIdentifier: `com.example.profile.${index}`,
  PayloadUUID: numbered(index),
  PayloadVersion: 1,
  ...members,
})

/** What a device gets at its enrolment: certificates, identity, network, restrictions, an icon. 20 KB as XML. */
function enrollmentProfile(certificates) {
  const [root, issuing, radius] = certificates.map(({ der }) => der)
  const restrictions = Array.from({ length: 56 }, (_, index) => [`allowManagedFeature${index}`, index % 3 === 0])
  const content = [
    payload('com.apple.security.root', 0, { PayloadDisplayName: 'Example Root CA', PayloadContent: root }),
    payload('com.apple.security.pkcs1', 1, { PayloadDisplayName: 'Example Issuing CA', PayloadContent: issuing }),
    payload('com.apple.security.pkcs1', 2, { PayloadDisplayName: 'radius.example.com', PayloadContent: radius }),
    payload('com.apple.security.scep', 3, {
      PayloadContent: {
        URL: 'https://mdm.example.com/scep',
        Name: 'Example Issuing CA',
        Subject: [[['O', 'Example Inc']], [['CN', 'DEVICE-C39VK0M9HG7J']]],
        Challenge: '0.5f2b1c9e8d7a6b5c4d3e2f1a0b9c8d7e',
        'Key Type': 'RSA',
        Keysize: 2048,
        'Key Usage': 5,
        CAFingerprint: radius.slice(0, 32),
      },
    }),
    payload('com.apple.mdm', 4, {
      IdentityCertificateUUID: numbered(3),
      ServerURL: 'https://mdm.example.com/command',
      CheckInURL: 'https://mdm.example.com/checkin',
      Topic: 'com.apple.mgmt.External.FF4C5D7C-B03E-59A9-9B18-89511D1A7D4F',
      AccessRights: 8191,
      SignMessage: true,
      CheckOutWhenRemoved: true,
      ServerCapabilities: ['com.apple.mdm.per-user-connections', 'com.apple.mdm.bootstraptoken'],
    }),
    payload('com.apple.wifi.managed', 5, {
      SSID_STR: 'Example Staff',
      EncryptionType: 'WPA3',
      AutoJoin: true,
      PayloadCertificateUUID: numbered(3),
      EAPClientConfiguration: {
        AcceptEAPTypes: [13],
        PayloadCertificateAnchorUUID: [numbered(0), numbered(2)],
        TLSTrustedServerNames: ['radius.example.com'],
        TLSMinimumVersion: '1.2',
      },
    }),
    payload('com.apple.mobiledevice.passwordpolicy', 6, { forcePIN: true, minLength: 8, maxFailedAttempts: 10 }),
    payload('com.apple.applicationaccess', 7, Object.fromEntries(restrictions)),
    payload('com.apple.webClip.managed', 8, {
      URL: 'https://help.example.com/',
      Label: 'Example Help Desk',
      Icon: new Uint8Array(randomBytes(5400)),
    }),
  ]
  return buildProfile({ identifier: 'com.example.enrolment', uuid: numbered(99), payloads: content })
}

/** Thirty small payloads, a key and a value to each thirty octets: more to write for its 20 KB than any of the recorded. */
function settingsProfile() {
  const DNSSettings = {
    DNSProtocol: 'TLS',
    ServerName: 'dns.example.com',
    ServerAddresses: ['192.0.2.1', '2001:db8::1'],
  }
  const content = Array.from({ length: 28 }, (_, index) =>
    payload('com.apple.dnsSettings.managed', index, {
      PayloadDisplayName: `Encrypted DNS ${index}`,
      DNSSettings,
      ProhibitDisablement: false,
    }),
  )
  return buildProfile({ identifier: 'com.example.dns', uuid: numbered(99), payloads: content })
}

async function makeSigner() {
  const { privateKey, publicKey } = await generateKey('RSA-2048')
  const certificate = await issueSelfSigned({
    privateKey,
    subject: distinguishedName([['CN', 'profiles.example.com']]),
    serialNumber: '0123456789abcdef',
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2027-01-01'),
    purpose: 'profile-signing',
  })
  return { privateKey, publicKey, identity: await importIdentity({ certificate, privateKey }) }
}

/** `content`: the profile as XML; `inner`: what is encrypted of it; `attributes`: as many octets as are signed. */
const withOctets = (signer, profile) => ({
  ...signer,
  profile,
  content: encodeProfile(profile),
  inner: encodePlist(profile.PayloadContent),
  attributes: randomBytes(105),
})

export async function makeProfile() {
  const authorities = await Promise.all(['Root', 'Issuing', 'RADIUS'].map((name) => makeSelfSigned(name, 'ca')))
  return withOctets(await makeSigner(), enrollmentProfile(authorities.map(({ certificate }) => certificate)))
}

/** The same for the settings. */
export async function makeSettingsProfile() {
  return withOctets(await makeSigner(), settingsProfile())
}
