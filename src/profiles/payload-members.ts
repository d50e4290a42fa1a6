import { requireObject, requireText } from '../arguments.js'
import { fail } from '../errors.js'
import type { PlistDict } from '../plist/values.js'
import type { DistinguishedName } from '../types.js'
import { requireName } from '../x509/name.js'
import { nameTypeByOid, nameTypeOid } from '../x509/name-types.js'
import { present } from './dictionary.js'
import type { Payload } from './profile.js'

/** What tells a payload or a profile from every other. Inputs, so that the same call gives the same profile. */
export interface PayloadIdentity {
  /** Reverse-DNS: a profile with the same identifier replaces the installed one. */
  readonly identifier: string
  /** Unique in the profile; other payloads refer to it. */
  readonly uuid: string
  /** What people read on the device. */
  readonly displayName?: string
}

/** The members that every payload has, then those of its type. */
export function payloadOf(type: string, identity: PayloadIdentity, members: PlistDict): Payload {
  requireIdentity(identity)
  return {
    PayloadType: type,
    PayloadIdentifier: identity.identifier,
    PayloadUUID: identity.uuid,
    PayloadVersion: 1,
    ...present({ PayloadDisplayName: identity.displayName }),
    ...members,
  }
}

export function requireIdentity(identity: PayloadIdentity): void {
  requireTexts(identity, ['identifier', 'uuid'])
  if (identity.identifier === '') fail('ERR_INVALID_ARGUMENT', 'identifier is empty')
  if (identity.uuid === '') fail('ERR_INVALID_ARGUMENT', 'uuid is empty')
}

/** What is no text would be left out of the profile, or written as something else, without a word. */
export function requireTexts<K extends string>(input: Readonly<Record<K, unknown>>, fields: readonly K[]): void {
  requireObject(input, 'input')
  for (const field of fields) requireText(input[field], field)
}

/** The caller's own members beside the known ones; none may stand twice. */
export function withSettings(members: PlistDict, settings: PlistDict | undefined): PlistDict {
  if (settings === undefined) return members
  const clash = Object.keys(settings).find((key) => Object.hasOwn(members, key) || isBaseMember(key))
  if (clash !== undefined) fail('ERR_INVALID_ARGUMENT', 'settings: a member is set already by another option')
  return { ...members, ...settings }
}

const BASE_MEMBERS = ['PayloadType', 'PayloadIdentifier', 'PayloadUUID', 'PayloadVersion', 'PayloadDisplayName']

function isBaseMember(key: string): boolean {
  return BASE_MEMBERS.includes(key)
}

// Apple's list of shortcuts; every other type is written as its dotted number.
const SHORTCUTS = ['C', 'L', 'ST', 'O', 'OU', 'CN']

/**
 * A name as Apple's payloads nest it: `[[["C", "US"]], [["CN", "x"]]]`, an array of RDNs, each an array of pairs. macOS
 * also takes flatter ones, iOS does not.
 */
export function subjectArray(name: DistinguishedName): readonly (readonly (readonly string[])[])[] {
  requireName(name, 'subject')
  return name.map((rdn) => rdn.map(({ type, value }) => [payloadNameType(type), value]))
}

function payloadNameType(type: string): string {
  const oid = nameTypeOid(type) ?? fail('ERR_INVALID_ARGUMENT', 'subject: the type of an attribute is not known')
  const short = nameTypeByOid(oid)?.short
  return short !== undefined && SHORTCUTS.includes(short) ? short : oid
}
