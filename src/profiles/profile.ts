import { decodePlist } from '../plist/decode.js'
import { encodePlist } from '../plist/encode.js'
import type { PlistDict, PlistLimits, PlistValue } from '../plist/values.js'
import { fail } from '../errors.js'
import type { Bytes } from '../types.js'
import { isArray, isDictionary, member } from './dictionary.js'

/** One payload of a profile: the members that every payload has, and those of its type. */
export interface Payload {
  readonly PayloadType: string
  readonly PayloadIdentifier: string
  /** Any text that is unique in the profile: Apple's devices do not ask for the form of a UUID. */
  readonly PayloadUUID: string
  /** 1 is the only version that devices know. */
  readonly PayloadVersion: number
  readonly [key: string]: PlistValue | undefined
}

/**
 * A configuration profile, or the request that starts an over-the-air enrolment ('Profile Service').
 *
 * `PayloadContent` is an array of payloads in the first and a dictionary in the second, and absent where the profile is
 * encrypted: then `EncryptedPayloadContent` holds the CMS message.
 */
export interface Profile {
  readonly PayloadType: 'Configuration' | 'Profile Service'
  readonly PayloadIdentifier: string
  readonly PayloadUUID: string
  readonly PayloadVersion: number
  readonly PayloadContent?: readonly Payload[] | PlistDict
  readonly [key: string]: PlistValue | undefined
}

/**
 * Reads a profile that carries no signature: XML or binary property list.
 *
 * Checks that it is a property list, that the four members which every profile and every payload needs are there and of
 * their types, and that the content is of the kind that `PayloadType` asks for. An encrypted profile stays as it is.
 * Does not check what any payload says (`checkEnrollmentProfile` does, for enrolment), the form of UUIDs, or that
 * `PayloadVersion` is 1. Nothing here is trusted: for a profile from somebody else use `openProfile`, which refuses
 * unsigned ones.
 *
 * Throws `ERR_PLIST_INVALID` not a property list · `ERR_LIMIT` above the limits · `ERR_PROFILE_INVALID` not a profile,
 * or a signed one.
 *
 * Apple, Device Management, TopLevel and CommonPayloadKeys; MDM Protocol Reference, "Structure of MDM Payloads".
 *
 * @param input - XML or binary property list; text is XML.
 * @example
 * ```ts
 * const bytes = encodeProfile(buildProfile({ identifier: 'com.example.empty', uuid: 'A1', payloads: [] }))
 * console.log(parseProfile(bytes).PayloadIdentifier)
 * ```
 */
export function parseProfile(input: Uint8Array | string, limits?: PlistLimits): Profile {
  if (isSigned(input)) fail('ERR_PROFILE_INVALID', 'the profile is signed: openProfile takes the signature off')
  return profileOf(decodePlist(input, limits))
}

/**
 * Writes a profile as an XML property list.
 *
 * Checks what `parseProfile` checks. Members whose value is `undefined` are left out; texts are escaped, so no value can
 * become markup. The same profile always gives the same bytes. Not signed: `signProfile` does both.
 *
 * Throws `ERR_PROFILE_INVALID` not a profile · `ERR_PLIST_INVALID` where XML cannot hold a value, such as a control
 * character.
 *
 * Apple, Device Management, TopLevel.
 *
 * @example
 * ```ts
 * const profile = buildProfile({ identifier: 'com.example.empty', uuid: 'A1', displayName: 'R & D', payloads: [] })
 * console.log(new TextDecoder().decode(encodeProfile(profile)).includes('R &amp; D'))
 * ```
 */
export function encodeProfile(profile: Profile): Bytes {
  return encodePlist(profileOf(profile))
}

/**
 * Whether the bytes are a CMS message: it begins with the tag of a SEQUENCE. Neither XML, nor a byte order mark, nor
 * `bplist` begins with that octet, so the two are never confused.
 */
export function isSigned(input: Uint8Array | string): boolean {
  return input instanceof Uint8Array && input[0] === 0x30
}

/** Recognised by the content alone: neither Apple's `mdmclient` nor Jamf sets `IsEncrypted`. */
export function isEncrypted(profile: Profile): boolean {
  return profile['EncryptedPayloadContent'] !== undefined
}

/** The payloads, none where the content is encrypted or a dictionary. */
export function payloadsOf(profile: Profile): readonly Payload[] {
  const content = profile.PayloadContent
  return isPayloads(content) ? content : []
}

/** The one door: a property-list value as a profile. */
export function profileOf(value: PlistValue): Profile {
  if (!isDictionary(value)) fail('ERR_PROFILE_INVALID', 'the profile is not a dictionary')
  requireBaseMembers(value, '')
  if (!hasProfileType(value))
    fail('ERR_PROFILE_INVALID', 'PayloadType of the profile is neither Configuration nor Profile Service')
  const encrypted = member(value, 'EncryptedPayloadContent')
  if (encrypted !== undefined && !(encrypted instanceof Uint8Array))
    fail('ERR_PROFILE_INVALID', 'EncryptedPayloadContent is not data')
  requireContent(value.PayloadType, member(value, 'PayloadContent'))
  return value
}

type BaseMembers = Pick<Payload, 'PayloadType' | 'PayloadIdentifier' | 'PayloadUUID' | 'PayloadVersion'>

function hasProfileType(value: PlistDict & BaseMembers): value is PlistDict & BaseMembers & Profile {
  return value.PayloadType === 'Configuration' || value.PayloadType === 'Profile Service'
}

/** Content of the kind that this type of profile carries; absent is for the checks to judge. */
export function requireContent(type: Profile['PayloadType'], content: PlistValue | undefined): void {
  if (content === undefined) return
  if (type === 'Profile Service') {
    if (!isDictionary(content)) fail('ERR_PROFILE_INVALID', 'PayloadContent of a Profile Service is not a dictionary')
    return
  }
  if (!isArray(content)) fail('ERR_PROFILE_INVALID', 'PayloadContent is not an array')
  content.forEach((payload, index) => {
    if (!isDictionary(payload)) fail('ERR_PROFILE_INVALID', `PayloadContent[${index}] is not a dictionary`)
    requireBaseMembers(payload, `PayloadContent[${index}].`)
  })
}

function isPayloads(content: Profile['PayloadContent']): content is readonly Payload[] {
  return Array.isArray(content)
}

function requireBaseMembers(value: PlistDict, place: string): asserts value is PlistDict & BaseMembers {
  for (const key of ['PayloadType', 'PayloadIdentifier', 'PayloadUUID']) {
    if (typeof member(value, key) !== 'string') fail('ERR_PROFILE_INVALID', `${place}${key} is missing or not a string`)
  }
  if (!Number.isSafeInteger(member(value, 'PayloadVersion')))
    fail('ERR_PROFILE_INVALID', `${place}PayloadVersion is missing or not an integer`)
}
