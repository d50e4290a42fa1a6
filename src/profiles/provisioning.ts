import { requireObject } from '../arguments.js'
import { verifyCms, type VerifyOptions } from '../cms/verify.js'
import { acceptedByDefault, acceptList } from '../crypto/accept.js'
import { fail } from '../errors.js'
import { decodePlist } from '../plist/decode.js'
import { plistField } from '../plist/field.js'
import type { PlistDict, PlistFieldTypes, PlistValue } from '../plist/values.js'
import type { Certificate, VerifiedSigner } from '../types.js'
import { parseCertificateDer } from '../x509/certificate.js'
import { callOnce } from './call-once.js'
import { isDictionary } from './dictionary.js'

/** A provisioning profile: which code, signed by whom, may run where, with which entitlements. */
export interface ProvisioningProfile {
  readonly uuid: string
  readonly name: string
  readonly teamIdentifiers: readonly string[]
  readonly createdAt: Date
  readonly expiresAt: Date
  /** UDIDs as written; empty for the App Store; 'all' for in-house distribution. */
  readonly devices: readonly string[] | 'all'
  /** Who may sign the code. */
  readonly certificates: readonly Certificate[]
  readonly entitlements: PlistDict
  readonly signer: VerifiedSigner
  readonly raw: PlistDict
}

/**
 * Opens a provisioning profile (`.mobileprovision`, `.provisionprofile`): verifies the CMS signature and reads the
 * signed property list.
 *
 * Checks signature and signer under `trust`, algorithms under `accept` (default `acceptedByDefault.device`: real ones are
 * SHA-1), that there is one signer, and the type of every member that the result has. Apple's signers have expired for
 * many a profile in use: anchor at an Apple root with `validity: 'signing-time'` or 'ignore'. Anchoring at the Apple root
 * alone admits every certificate that Apple issued; add the issuing CA as the anchor to be strict. Whether the profile
 * fits an app or a device: `checkProvisioningProfile`. `raw` has the other members, unchecked.
 *
 * Throws `ERR_PROFILE_INVALID` (no provisioning profile inside, not one signer), `ERR_PLIST_INVALID`, and what
 * `verifyCms` throws: a bare property list is `ERR_ENCODING`, a changed one `ERR_SIGNATURE_INVALID`.
 *
 * Apple, TN3125 "Inside Code Signing: Provisioning Profiles".
 *
 * @example
 * ```ts
 * const profile = await openProvisioningProfile(file, { trust: { anchors: [appleRoot], validity: 'signing-time' } })
 * console.log(profile.name, profile.expiresAt, profile.entitlements)
 * ```
 */
export async function openProvisioningProfile(
  message: Uint8Array,
  options: VerifyOptions,
): Promise<ProvisioningProfile> {
  requireObject(options, 'options')
  const accept = acceptList(options.accept, acceptedByDefault.device)
  const { content, signers } = await verifyCms(message, { ...callOnce(options), trust: options.trust, accept })
  const [signer, second] = signers
  if (signer === undefined || second !== undefined)
    return fail('ERR_PROFILE_INVALID', 'the provisioning profile has not exactly one signer')
  const raw = decodePlist(content)
  if (!isDictionary(raw)) return fail('ERR_PROFILE_INVALID', 'the provisioning profile is not a dictionary')
  return {
    uuid: required(raw, 'UUID', 'string'),
    name: required(raw, 'Name', 'string'),
    teamIdentifiers: strings(raw, 'TeamIdentifier'),
    createdAt: required(raw, 'CreationDate', 'date'),
    expiresAt: required(raw, 'ExpirationDate', 'date'),
    devices: plistField(raw, 'ProvisionsAllDevices', 'boolean') === true ? 'all' : strings(raw, 'ProvisionedDevices'),
    certificates: (plistField(raw, 'DeveloperCertificates', 'array') ?? []).map(certificateOf),
    entitlements: required(raw, 'Entitlements', 'dict'),
    signer,
    raw,
  }
}

function required<T extends keyof PlistFieldTypes>(raw: PlistDict, key: string, type: T): PlistFieldTypes[T] {
  const value = plistField(raw, key, type)
  return value === null ? fail('ERR_PROFILE_INVALID', `the provisioning profile has no ${key}`) : value
}

function strings(raw: PlistDict, key: string): readonly string[] {
  return (plistField(raw, key, 'array') ?? []).map((value) =>
    typeof value === 'string' ? value : fail('ERR_PROFILE_INVALID', `${key} holds something else than strings`),
  )
}

function certificateOf(value: PlistValue): Certificate {
  if (!(value instanceof Uint8Array)) return fail('ERR_PROFILE_INVALID', 'DeveloperCertificates holds no data')
  return parseCertificateDer(value)
}
