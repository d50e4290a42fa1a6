// A profile of 20 KB, and somebody to sign it and to encrypt it for.
import { randomBytes } from 'node:crypto'
import { encodePlist } from '../../dist/plist.js'
import { buildProfile, encodeProfile } from '../../dist/profiles.js'
import { distinguishedName, generateKey, importIdentity, issueSelfSigned } from '../../dist/x509.js'

export const NOW = new Date('2026-06-01T12:00:00Z')

/** Some thirty payloads: 20 KB as XML. */
function sampleProfile() {
  const payloads = Array.from({ length: 28 }, (_, index) => ({
    PayloadType: 'com.apple.dnsSettings.managed',
    PayloadIdentifier: `com.example.dns.${index}`,
    PayloadUUID: `D1C9922C-D540-5FFE-A181-9C353869${String(1000 + index)}`,
    PayloadVersion: 1,
    PayloadDisplayName: `Encrypted DNS ${index}`,
    DNSSettings: { DNSProtocol: 'TLS', ServerName: 'dns.example.com', ServerAddresses: ['192.0.2.1', '2001:db8::1'] },
    ProhibitDisablement: false,
  }))
  return buildProfile({ identifier: 'com.example.dns', uuid: 'FF4C5D7C-B03E-59A9-9B18-89511D1A7D4F', payloads })
}

/** `content`: the profile as XML; `inner`: what is encrypted of it; `attributes`: as many octets as are signed. */
export async function makeProfile() {
  const { privateKey, publicKey } = await generateKey('RSA-2048')
  const certificate = await issueSelfSigned({
    privateKey,
    subject: distinguishedName([['CN', 'profiles.example.com']]),
    serialNumber: '0123456789abcdef',
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2027-01-01'),
    purpose: 'profile-signing',
  })
  const profile = sampleProfile()
  const identity = await importIdentity({ certificate, privateKey })
  const inner = encodePlist(profile.PayloadContent)
  const attributes = randomBytes(105)
  return { profile, content: encodeProfile(profile), inner, attributes, identity, privateKey, publicKey }
}
