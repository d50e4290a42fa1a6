import { requireDate, requireObject, requireText } from '../arguments.js'
import { equalBytes } from '../bytes/bytes.js'
import type { PlistDict } from '../plist/values.js'
import type { Certificate, Finding } from '../types.js'
import { parseCertificateDer } from '../x509/certificate.js'
import { requireDays } from '../x509/dates.js'
import { isArray, member } from './dictionary.js'
import { notGranted } from './entitlements.js'
import { finding } from '../finding.js'
import type { ProvisioningProfile } from './provisioning.js'

export type ProvisioningFinding =
  | 'expired'
  | 'renewal-due'
  | 'device-not-listed'
  | 'certificate-expired'
  | 'signing-certificate-not-listed'
  | 'entitlement-not-granted'

export interface ProvisioningCheckOptions {
  /** UDID, in any case. */
  readonly device?: string
  /** What the app was or will be signed with. */
  readonly signingCertificate?: Certificate
  /** Of the app: as signed, or as in Xcode's file with `$(AppIdentifierPrefix)`. */
  readonly entitlements?: PlistDict
  /** How many days before its end a profile is due for renewal. Default 30. */
  readonly renewWithinDays?: number
}

const DAY = 86_400_000

/**
 * Why an app would not install or start with this provisioning profile.
 *
 * Judges dates at `at`, and what `options` give: the device against the list, the signing certificate against those of
 * the profile (equal DER), each entitlement of the app against those granted. A granted text that ends in `*` covers
 * every text that begins so; a granted list covers each of its members; `$(AppIdentifierPrefix)` stands for the
 * profile's own prefix; a requested `false` is always granted. On a Mac, entitlements below `com.apple.security.` need no
 * profile. An App Store profile lists no device, so every device is 'device-not-listed'. Signature and signer are
 * `openProvisioningProfile`'s. What the profile says never makes it throw.
 *
 * Throws `ERR_INVALID_ARGUMENT` for an invalid date or a negative number of days, and `ERR_ENCODING` or
 * `ERR_CERTIFICATE_INVALID` for a certificate that the caller put together himself.
 *
 * Apple, TN3125 "Inside Code Signing: Provisioning Profiles", TN3161.
 *
 * @returns the path of 'entitlement-not-granted' is the place in `options.entitlements`.
 * @example
 * ```ts
 * const findings = checkProvisioningProfile(profile, new Date(), {
 *   device: '00008030-001C2D3E4F50002E',
 *   entitlements: { 'get-task-allow': true, 'aps-environment': 'development' },
 * })
 * for (const { kind, message } of findings) console.log(kind, message)
 * ```
 */
export function checkProvisioningProfile(
  profile: ProvisioningProfile,
  at: Date,
  options: ProvisioningCheckOptions = {},
): readonly Finding<ProvisioningFinding>[] {
  requireObject(profile, 'profile')
  requireDate(profile.expiresAt, 'profile.expiresAt')
  requireDate(at, 'at')
  requireObject(options, 'options')
  const { renewWithinDays = 30 } = options
  requireDays(renewWithinDays, 'renewWithinDays')
  if (options.device !== undefined) requireText(options.device, 'device')
  return [
    ...checkDates(profile, at, renewWithinDays),
    ...checkDevice(profile, options.device ?? null),
    ...checkCertificates(profile, at, options.signingCertificate ?? null),
    ...checkEntitlements(profile, options.entitlements ?? {}),
  ]
}

function checkDates(profile: ProvisioningProfile, at: Date, days: number): readonly Finding<ProvisioningFinding>[] {
  const since = profile.expiresAt
  if (at.getTime() > since.getTime())
    return [finding('expired', 'error', 'The profile has expired.', { since, path: ['ExpirationDate'] })]
  const due = new Date(since.getTime() - days * DAY)
  if (at.getTime() < due.getTime()) return []
  return [
    finding('renewal-due', 'warning', 'The profile is about to expire.', { since: due, path: ['ExpirationDate'] }),
  ]
}

function checkDevice(profile: ProvisioningProfile, device: string | null): readonly Finding<ProvisioningFinding>[] {
  if (device === null || profile.devices === 'all') return []
  const wanted = device.toLowerCase()
  if (profile.devices.some((listed) => listed.toLowerCase() === wanted)) return []
  const message =
    profile.devices.length === 0
      ? 'The profile lists no devices: it is one for the App Store.'
      : 'The device is not among those of the profile.'
  return [finding('device-not-listed', 'error', message, { path: ['ProvisionedDevices'] })]
}

function checkCertificates(
  profile: ProvisioningProfile,
  at: Date,
  signing: Certificate | null,
): readonly Finding<ProvisioningFinding>[] {
  const listed = profile.certificates.map((certificate) => parseCertificateDer(certificate.der))
  const own = signing === null ? -1 : listed.findIndex((certificate) => equalBytes(certificate.der, signing.der))
  const expired = listed.map((certificate) => at.getTime() > certificate.notAfter.getTime())
  const noneLeft = expired.every((gone) => gone)
  const findings = listed.flatMap((certificate, index): Finding<ProvisioningFinding>[] => {
    if (expired[index] !== true) return []
    const level = index === own || noneLeft ? 'error' : 'warning'
    const about = { since: certificate.notAfter, certificate, path: ['DeveloperCertificates', index] }
    return [finding('certificate-expired', level, 'A certificate that may sign the app has expired.', about)]
  })
  if (signing === null || own >= 0) return findings
  const message = 'The signing certificate is not among those of the profile.'
  const about = { certificate: signing, path: ['DeveloperCertificates'] }
  return [...findings, finding('signing-certificate-not-listed', 'error', message, about)]
}

function checkEntitlements(
  profile: ProvisioningProfile,
  requested: PlistDict,
): readonly Finding<ProvisioningFinding>[] {
  const grant = {
    entitlements: profile.entitlements,
    prefix: prefixOf(profile),
    mac: listOf(profile.raw, 'Platform').includes('OSX'),
  }
  return notGranted(requested, grant).map(({ path, reason }) =>
    finding('entitlement-not-granted', 'error', `The entitlement is not granted: ${reason}.`, { path }),
  )
}

function prefixOf(profile: ProvisioningProfile): string | null {
  return listOf(profile.raw, 'ApplicationIdentifierPrefix')[0] ?? profile.teamIdentifiers[0] ?? null
}

function listOf(raw: PlistDict, key: string): readonly string[] {
  const value = member(raw, key)
  return isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
