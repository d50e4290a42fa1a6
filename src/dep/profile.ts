import { requireList, requireObject } from '../arguments.js'
import { encodeBase64 } from '../bytes/base64.js'
import { fail } from '../errors.js'
import type { Certificate } from '../types.js'
import { certificateParts } from '../x509/certificate.js'

/** Members of a DEP profile. What is left out is left to Apple's defaults. */
export interface DepProfileInput {
  /** For people; 125 characters at most. */
  readonly profileName: string
  /** Where the device gets its enrolment profile: https, 2,000 characters at most. */
  readonly url: string
  /** The server's TLS chain, where the device would not trust it by itself. */
  readonly anchorCerts?: readonly Certificate[]
  /** Hosts that may pair with the device although pairing is off. */
  readonly supervisingHostCerts?: readonly Certificate[]
  /** Serial numbers that get this profile at once. */
  readonly devices?: readonly string[]
  readonly isMandatory?: boolean
  readonly isMdmRemovable?: boolean
  readonly awaitDeviceConfigured?: boolean
  readonly orgMagic?: string
  readonly department?: string
  readonly supportPhoneNumber?: string
  readonly supportEmailAddress?: string
  /** Apple's names of the panes of Setup Assistant to leave out. */
  readonly skipSetupItems?: readonly string[]
  /** https; the enrolment profile must then come from the same host. */
  readonly configurationWebUrl?: string
  /** Merged last; a clash is `ERR_INVALID_ARGUMENT`. */
  readonly extra?: Readonly<Record<string, unknown>>
}

// Apple, "Define a profile": the service refuses these fields when they are empty or longer.
const MAX_NAME = 125
const MAX_DEPARTMENT = 125
const MAX_MAGIC = 256
const MAX_EMAIL = 250
const MAX_PHONE = 50
const MAX_URL = 2000

/**
 * Certificates as `anchor_certs` and `supervising_host_certs` want them: base64 of the DER, one text for each, no PEM lines.
 *
 * Checked: that each is a certificate. Not checked: whether the server's chain ends at one of them. Misuse: to send PEM
 * text or its base64: the device then trusts nothing and enrolment fails on the device alone.
 *
 * Throws what `parseCertificate` throws: `ERR_ENCODING`, `ERR_LIMIT`, `ERR_CERTIFICATE_INVALID`.
 *
 * Apple: "Profile".
 *
 * @example
 * ```ts
 * const anchors = buildAnchorCerts([parseCertificate(rootPem)])
 * console.log(anchors[0])
 * ```
 */
export function buildAnchorCerts(certificates: readonly Certificate[]): readonly string[] {
  requireList(certificates, 'certificates')
  return certificates.map((certificate) => encodeBase64(certificateParts(certificate).der))
}

/**
 * The JSON to POST to `https://mdmenrollment.apple.com/profile`, which answers with the profile's UUID.
 *
 * Checked: what Apple refuses with CONFIG_NAME_INVALID, CONFIG_URL_INVALID, DEPARTMENT_INVALID, MAGIC_INVALID,
 * SUPPORT_EMAIL_INVALID and SUPPORT_PHONE_INVALID; that URLs are https; that certificates are some. Not checked: names of
 * setup items, which Apple extends every year, and what `extra` holds.
 *
 * Misuse: to look for an update: Apple has none, each call defines a new profile, to which devices are then assigned.
 *
 * Throws `ERR_INVALID_ARGUMENT`, and what `parseCertificate` throws.
 *
 * Apple: "Define a profile", "Profile".
 *
 * @param input.extra - members by Apple's own names, for example `{ is_multi_user: true }`
 *
 * @example
 * ```ts
 * const json = buildDepProfile({
 *   profileName: 'Office',
 *   url: 'https://mdm.example.com/enroll',
 *   isMdmRemovable: false,
 *   skipSetupItems: ['Siri', 'Diagnostics'],
 *   extra: { is_supervised: true },
 * })
 * console.log(json)
 * ```
 */
export function buildDepProfile(input: DepProfileInput): string {
  requireObject(input, 'input')
  const members = new Map(Object.entries(membersOf(input)).filter(([, value]) => value !== undefined))
  for (const [name, value] of Object.entries(input.extra ?? {})) {
    if (members.has(name)) fail('ERR_INVALID_ARGUMENT', 'extra: a member is already set by another option')
    if (value !== undefined) members.set(name, value)
  }
  return toJson(Object.fromEntries(members))
}

function membersOf(input: DepProfileInput): Readonly<Record<string, unknown>> {
  const { anchorCerts, supervisingHostCerts } = input
  return {
    profile_name: text(requireGiven(input.profileName, 'profileName'), 'profileName', MAX_NAME),
    url: httpsUrl(requireGiven(input.url, 'url'), 'url'),
    anchor_certs: anchors(anchorCerts, 'anchorCerts'),
    supervising_host_certs: anchors(supervisingHostCerts, 'supervisingHostCerts'),
    devices: texts(input.devices, 'devices'),
    is_mandatory: flag(input.isMandatory, 'isMandatory'),
    is_mdm_removable: flag(input.isMdmRemovable, 'isMdmRemovable'),
    await_device_configured: flag(input.awaitDeviceConfigured, 'awaitDeviceConfigured'),
    org_magic: text(input.orgMagic, 'orgMagic', MAX_MAGIC),
    department: text(input.department, 'department', MAX_DEPARTMENT),
    support_phone_number: text(input.supportPhoneNumber, 'supportPhoneNumber', MAX_PHONE),
    support_email_address: text(input.supportEmailAddress, 'supportEmailAddress', MAX_EMAIL),
    skip_setup_items: texts(input.skipSetupItems, 'skipSetupItems'),
    configuration_web_url: httpsUrl(input.configurationWebUrl, 'configurationWebUrl'),
  }
}

function requireGiven(value: string | undefined, field: string): string {
  return value ?? fail('ERR_INVALID_ARGUMENT', `${field}: a text is expected`)
}

function anchors(list: DepProfileInput['anchorCerts'], field: string): readonly string[] | undefined {
  if (list === undefined) return undefined
  requireList(list, field)
  return buildAnchorCerts(list)
}

function text(value: unknown, field: string, max: number): string | undefined {
  if (value === undefined) return undefined
  // In characters, not in octets: so Apple counts.
  if (typeof value !== 'string' || value === '' || Array.from(value).length > max)
    return fail('ERR_INVALID_ARGUMENT', `${field}: a text of 1 to ${String(max)} characters is expected`)
  return value
}

function texts(values: unknown, field: string): readonly string[] | undefined {
  if (values === undefined) return undefined
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'string' && value !== ''))
    return fail('ERR_INVALID_ARGUMENT', `${field}: a list of texts is expected`)
  return values as readonly string[]
}

function flag(value: unknown, field: string): boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean')
    return fail('ERR_INVALID_ARGUMENT', `${field}: true or false is expected`)
  return value
}

function httpsUrl(value: string | undefined, field: string): string | undefined {
  if (value === undefined) return undefined
  const url = URL.canParse(value) ? new URL(value) : null
  if (url?.protocol !== 'https:' || url.href.length > MAX_URL)
    return fail('ERR_INVALID_ARGUMENT', `${field}: an https URL of at most ${String(MAX_URL)} characters is expected`)
  return value
}

function toJson(members: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(members)
  } catch {
    return fail('ERR_INVALID_ARGUMENT', 'extra: a value cannot be written as JSON')
  }
}
