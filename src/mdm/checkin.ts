import { fail } from '../errors.js'
import type { PlistDict, PlistLimits } from '../plist/values.js'
import type { Bytes } from '../types.js'
import { enrollmentOf, type Enrollment } from './enrollment.js'
import { optional, readMessage, requiredText } from './message.js'

/** What every check-in has: who speaks, and the whole dictionary. */
export interface CheckinBase {
  readonly enrollment: Enrollment
  /** All members as they were sent. */
  readonly raw: PlistDict
}

/** A check-in, told apart by `messageType`. `unknown`: a type that this version does not know, under its `name`. */
export type Checkin = CheckinBase & CheckinMessage

/** @inline */
type CheckinMessage =
  | { readonly messageType: 'Authenticate'; readonly topic: string; readonly serialNumber: string | null }
  | {
      readonly messageType: 'TokenUpdate'
      readonly topic: string
      readonly token: Bytes
      readonly pushMagic: string
      /** `null`: this update says nothing about it; keep the one that is stored. */
      readonly unlockToken: Bytes | null
    }
  | { readonly messageType: 'CheckOut' }
  | {
      readonly messageType: 'SetBootstrapToken'
      /** `null`: forget the one that is stored. */
      readonly bootstrapToken: Bytes | null
    }
  | { readonly messageType: 'GetBootstrapToken' }
  | { readonly messageType: 'UserAuthenticate'; readonly digestResponse: string | null }
  | { readonly messageType: 'DeclarativeManagement'; readonly endpoint: string; readonly data: Bytes | null }
  | { readonly messageType: 'GetToken'; readonly tokenServiceType: string }
  | { readonly messageType: 'unknown'; readonly name: string }

/** Data that is there and not empty. */
function filledData(message: PlistDict, key: string): Bytes | null {
  const data = optional(message, key, 'data')
  return data === null || data.length === 0 ? null : data
}

function requiredData(message: PlistDict, key: string): Bytes {
  return filledData(message, key) ?? fail('ERR_MDM_INVALID', `device message: ${key} is missing or empty`)
}

/** One reader for each message type. */
const READERS: { readonly [name: string]: (message: PlistDict) => CheckinMessage } = {
  Authenticate: (message) => ({
    messageType: 'Authenticate',
    topic: requiredText(message, 'Topic'),
    serialNumber: optional(message, 'SerialNumber', 'string'),
  }),
  TokenUpdate: (message) => ({
    messageType: 'TokenUpdate',
    topic: requiredText(message, 'Topic'),
    token: requiredData(message, 'Token'),
    pushMagic: requiredText(message, 'PushMagic'),
    unlockToken: filledData(message, 'UnlockToken'),
  }),
  CheckOut: () => ({ messageType: 'CheckOut' }),
  SetBootstrapToken: (message) => ({
    messageType: 'SetBootstrapToken',
    bootstrapToken: filledData(message, 'BootstrapToken'),
  }),
  GetBootstrapToken: () => ({ messageType: 'GetBootstrapToken' }),
  UserAuthenticate: (message) => ({
    messageType: 'UserAuthenticate',
    digestResponse: optional(message, 'DigestResponse', 'string'),
  }),
  DeclarativeManagement: (message) => ({
    messageType: 'DeclarativeManagement',
    endpoint: requiredText(message, 'Endpoint'),
    data: optional(message, 'Data', 'data'),
  }),
  GetToken: (message) => ({ messageType: 'GetToken', tokenServiceType: requiredText(message, 'TokenServiceType') }),
}

/**
 * Reads a check-in: the body of a request to CheckInURL (`application/x-apple-aspen-mdm-checkin`), XML or binary.
 *
 * Checked: that it is a property list within `limits`, that it says who speaks by Apple's rules, and for a known message
 * type that its members are there and of their types. Not checked: who really speaks — verify the same bytes with
 * `verifyMdmSignature`, or the client certificate, before anything is stored — nor that the topic is yours.
 *
 * A message type that this version does not know is no error: `unknown`, with its name and the whole dictionary in `raw`.
 * A new `Authenticate` begins the enrolment anew: forget the bootstrap and unlock tokens of the one before.
 *
 * Throws `ERR_MDM_INVALID` (a known message that is malformed, no or contradicting identity), `ERR_PLIST_INVALID`,
 * `ERR_LIMIT`, `ERR_INVALID_ARGUMENT`.
 *
 * Written in: Apple, Device Management, Check-in (https://developer.apple.com/documentation/devicemanagement/check-in).
 *
 * @param body - The request body, octet for octet.
 * @example
 * ```ts
 * const body = encodePlist({ MessageType: 'CheckOut', UDID: '00008101-000000000000001E', Topic: 'com.apple.mgmt.x' })
 * const checkin = parseCheckin(body)
 * console.log(checkin.messageType, checkin.enrollment.id)
 * ```
 */
export function parseCheckin(body: Uint8Array, limits?: PlistLimits): Checkin {
  const raw = readMessage(body, limits)
  const name = requiredText(raw, 'MessageType')
  const enrollment = enrollmentOf(raw)
  const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined
  return { enrollment, raw, ...(read === undefined ? { messageType: 'unknown', name } : read(raw)) }
}
