import { fail } from '../errors.js'
import type { PlistDict } from '../plist/values.js'
import { optionalText, requiredText } from './message.js'

/**
 * Who speaks, as the message says: a claim, until the signature or the client certificate is matched to it.
 *
 * - `device`: `id` is the UDID.
 * - `user`: a user of a Mac, `id` is the UserID, `parentId` the UDID.
 * - `shared-ipad`: a user of a Shared iPad, `id` is the UserShortName, `parentId` the UDID.
 * - `user-enrollment-device`: a device under User Enrollment, `id` is the EnrollmentID.
 * - `user-enrollment`: a user under User Enrollment, `id` is the EnrollmentUserID, `parentId` the EnrollmentID.
 *
 * `parentId` is `null` on the device channel. A UserID alone names nobody: a network user has the same one on every Mac,
 * so store under `parentId` and `id` together.
 */
export interface Enrollment {
  readonly kind: 'device' | 'user' | 'shared-ipad' | 'user-enrollment-device' | 'user-enrollment'
  readonly id: string
  readonly parentId: string | null
}

/** The UserID that every user of a Shared iPad has. */
const SHARED_IPAD_USER = 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF'

/** Apple's check-in schema: UDID, or EnrollmentID under User Enrollment, never both. Throws `ERR_MDM_INVALID`. */
export function enrollmentOf(message: PlistDict): Enrollment {
  const udid = optionalText(message, 'UDID')
  const enrollmentId = optionalText(message, 'EnrollmentID')
  if (udid !== null && enrollmentId !== null) {
    fail('ERR_MDM_INVALID', 'device message: UDID and EnrollmentID are both there')
  }
  if (udid !== null) return udidEnrollment(message, udid)
  if (enrollmentId !== null) return userEnrollment(message, enrollmentId)
  return fail('ERR_MDM_INVALID', 'device message: neither UDID nor EnrollmentID is there')
}

function udidEnrollment(message: PlistDict, udid: string): Enrollment {
  if (optionalText(message, 'EnrollmentUserID') !== null) {
    fail('ERR_MDM_INVALID', 'device message: EnrollmentUserID belongs with EnrollmentID, not with UDID')
  }
  const userId = optionalText(message, 'UserID')
  if (userId === null) return { kind: 'device', id: udid, parentId: null }
  if (userId.toUpperCase() !== SHARED_IPAD_USER) return { kind: 'user', id: userId, parentId: udid }
  return { kind: 'shared-ipad', id: requiredText(message, 'UserShortName'), parentId: udid }
}

function userEnrollment(message: PlistDict, enrollmentId: string): Enrollment {
  const userId = optionalText(message, 'EnrollmentUserID')
  if (userId !== null) return { kind: 'user-enrollment', id: userId, parentId: enrollmentId }
  // Read as the device, a message of a user would change the device's own record.
  if (optionalText(message, 'UserID') !== null) {
    fail('ERR_MDM_INVALID', 'device message: UserID belongs with UDID, not with EnrollmentID')
  }
  return { kind: 'user-enrollment-device', id: enrollmentId, parentId: null }
}
