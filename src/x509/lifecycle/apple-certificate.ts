import { OID } from '../../asn1/oid.js'
import type { Certificate } from '../../types.js'
import { certificateParts } from '../certificate.js'
import { readExtensions } from '../extensions.js'
import { nameAttribute } from '../name.js'

export type AppleCertificateKind =
  | 'mdm-push'
  | 'mdm-vendor'
  | 'apns-app'
  | 'developer-id-application'
  | 'developer-id-installer'
  | 'apple-development'
  | 'apple-distribution'
  | 'mac-app-distribution'
  | 'apple-ca'
  | 'device'
  | 'other'

export interface AppleClassification {
  readonly kind: AppleCertificateKind
  /** Ten characters, where the certificate is a developer team's. */
  readonly teamIdentifier: string | null
  /** Made and kept by Apple for the team ("Cloud Managed …"). */
  readonly cloudManaged: boolean
}

/**
 * By extension, first match. Apple, Worldwide Developer Relations and Developer ID Certification Practice Statements,
 * "certificate profiles"; each seen in certificates of that kind, but for the rows that say otherwise. Apple
 * Development and Apple Distribution certificates carry the extensions of both platforms; the iOS one comes first.
 */
const BY_EXTENSION: readonly (readonly [oid: string, kind: AppleCertificateKind])[] = [
  [OID.appleDeveloperIdApplication, 'developer-id-application'],
  [OID.appleDeveloperIdInstaller, 'developer-id-installer'],
  [OID.appleIosDevelopment, 'apple-development'],
  [OID.appleMacDevelopment, 'apple-development'],
  [OID.appleIosDistribution, 'apple-distribution'],
  [OID.appleMacAppDistribution, 'mac-app-distribution'],
  // Signs the installer package that goes to the Mac App Store.
  [OID.appleMacInstallerDistribution, 'mac-app-distribution'],
  // Certificates that sign passes carry the extension of push too, and are none of ours.
  [OID.applePassTypeId, 'other'],
  [OID.appleApnsDevelopment, 'apns-app'],
  [OID.appleApnsProduction, 'apns-app'],
  // Not seen by us in a certificate: push for VoIP and the universal push certificates.
  [OID.appleApnsVoip, 'apns-app'],
  [OID.appleApnsUniversal, 'apns-app'],
  [OID.appleDeviceIdentity, 'device'],
]

/** The vendor's certificate has no extension that is published; its common name begins like this, as its holders show it. */
const MDM_VENDOR = /^(Apple )?MDM Vendor:/
/** What Xcode's distribution summary calls the certificates that Apple keeps for a team. */
const CLOUD_MANAGED = /^Cloud Managed /

/**
 * Which of Apple's certificates this is, by its extensions and names, and whose team's.
 *
 * Not checked: that Apple issued it. Anybody can write these extensions and names; verify the path to an Apple root
 * first (`verifyCertificatePath`). For sorting a folder or naming a thing to a person.
 *
 * @example
 * ```ts
 * const { kind, teamIdentifier } = classifyAppleCertificate(certificate)
 * console.log(kind, teamIdentifier)
 * ```
 */
export function classifyAppleCertificate(certificate: Certificate): AppleClassification {
  const { certificate: fields, extensions } = certificateParts(certificate)
  const commonName = nameAttribute(fields.subject, 'CN') ?? ''
  const kind = kindOf(fields, extensions, commonName)
  const unit = nameAttribute(fields.subject, 'OU') ?? ''
  const teamIdentifier = HAS_TEAM.has(kind) && /^[A-Z0-9]{10}$/.test(unit) ? unit : null
  return { kind, teamIdentifier, cloudManaged: HAS_TEAM.has(kind) && CLOUD_MANAGED.test(commonName) }
}

const HAS_TEAM: ReadonlySet<AppleCertificateKind> = /* @__PURE__ */ new Set<AppleCertificateKind>([
  'mdm-vendor',
  'apns-app',
  'developer-id-application',
  'developer-id-installer',
  'apple-development',
  'apple-distribution',
  'mac-app-distribution',
])

function kindOf(fields: Certificate, extensions: Certificate['extensions'], commonName: string): AppleCertificateKind {
  const has = (oid: string): boolean => extensions.some((extension) => extension.oid === oid)
  if (readExtensions(extensions).basicConstraints?.ca === true) return isApple(fields) ? 'apple-ca' : 'other'
  // A push certificate for MDM has the extension of all push certificates; its topic tells.
  if (/^com\.apple\.mgmt\./.test(nameAttribute(fields.subject, 'UID') ?? '')) return 'mdm-push'
  if (MDM_VENDOR.test(commonName)) return 'mdm-vendor'
  const known = BY_EXTENSION.find(([oid]) => has(oid))
  if (known !== undefined) return known[1]
  return nameAttribute(fields.issuer, 'CN') === 'Apple iPhone Device CA' ? 'device' : 'other'
}

function isApple({ subject }: Certificate): boolean {
  const organization = nameAttribute(subject, 'O')
  return organization === 'Apple Inc.' || organization === 'Apple Computer, Inc.'
}
