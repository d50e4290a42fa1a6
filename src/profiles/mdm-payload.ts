import type { PlistDict } from '../plist/values.js'
import { present } from './dictionary.js'
import { payloadOf, requireTexts, withSettings, type PayloadIdentity } from './payload-members.js'
import type { Payload } from './profile.js'

export interface MdmPayloadInput extends PayloadIdentity {
  /** https; where the device fetches commands. */
  readonly serverUrl: string
  /** https; default on the device: `serverUrl`. */
  readonly checkInUrl?: string
  /** The push certificate's: `pushTopicOf` reads it. */
  readonly topic: string
  /** `uuid` of the payload with the device's identity: SCEP, ACME or PKCS#12. */
  readonly identityUuid: string
  /** Sum of bits, 8191 for all. An update may take bits away, never add one. */
  readonly accessRights?: number
  /** Messages carry the `Mdm-Signature` header. Device default false. */
  readonly signMessage?: boolean
  readonly checkOutWhenRemoved?: boolean
  /** Such as `com.apple.mdm.per-user-connections`, `com.apple.mdm.bootstraptoken`, `com.apple.mdm.token`. */
  readonly serverCapabilities?: readonly string[]
  readonly useDevelopmentApns?: boolean
  /** Account-driven enrolment, with `enrollmentMode`. */
  readonly assignedManagedAppleId?: string
  readonly enrollmentMode?: 'BYOD' | 'ADDE'
  /** Merged into the payload, such as `PinningRevocationCheckRequired`; a clash is `ERR_INVALID_ARGUMENT`. */
  readonly settings?: PlistDict
}

/**
 * The payload that enrols a device with a management server.
 *
 * Writes what it is given and nothing else: no default of its own. Whether a device would enrol with it depends on the
 * payloads beside it, so that is `checkEnrollmentProfile`'s question, over the whole profile. Topic, URLs,
 * `assignedManagedAppleId` and `enrollmentMode` can never change in an update: choose them for the life of the fleet.
 *
 * Throws `ERR_INVALID_ARGUMENT` `settings` repeats a member, an empty identifier or uuid, what is
 * no text where one is needed.
 *
 * Apple, Device Management, MDM (`com.apple.mdm`).
 *
 * @example
 * ```ts
 * const payload = mdmPayload({
 *   identifier: 'com.example.mdm',
 *   uuid: '2F7C5D3E-6C1C-4F0B-9B0C-7B9A3A1F0003',
 *   serverUrl: 'https://mdm.example.com/connect',
 *   checkInUrl: 'https://mdm.example.com/checkin',
 *   topic: 'com.apple.mgmt.External.6e8f5c52-2d5b-4f43-9d1c-000000000000',
 *   identityUuid: '2F7C5D3E-6C1C-4F0B-9B0C-7B9A3A1F0001',
 *   accessRights: 8191,
 *   signMessage: true,
 *   checkOutWhenRemoved: true,
 * })
 * console.log(payload.PayloadType)
 * ```
 */
export function mdmPayload(input: MdmPayloadInput): Payload {
  requireTexts(input, ['serverUrl', 'topic', 'identityUuid'])
  const members = present({
    IdentityCertificateUUID: input.identityUuid,
    Topic: input.topic,
    ServerURL: input.serverUrl,
    CheckInURL: input.checkInUrl,
    AccessRights: input.accessRights,
    SignMessage: input.signMessage,
    CheckOutWhenRemoved: input.checkOutWhenRemoved,
    ServerCapabilities: input.serverCapabilities,
    UseDevelopmentAPNS: input.useDevelopmentApns,
    AssignedManagedAppleID: input.assignedManagedAppleId,
    EnrollmentMode: input.enrollmentMode,
  })
  return payloadOf('com.apple.mdm', input, withSettings(members, input.settings))
}
