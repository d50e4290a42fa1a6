import { fail } from '../errors.js'
import { present } from './dictionary.js'
import { requireIdentity, type PayloadIdentity } from './payload-members.js'
import { profileOf, type Payload, type Profile } from './profile.js'

export interface BuildProfileInput extends PayloadIdentity {
  readonly payloads: readonly Payload[]
  readonly organization?: string
  readonly description?: string
  /** macOS: for the whole machine, or for one user. MDM profiles are 'System'. */
  readonly scope?: 'System' | 'User'
  /** Whether only the management server can take it away. */
  readonly removalDisallowed?: boolean
}

/**
 * A configuration profile around payloads.
 *
 * Checks that each payload has the members that every payload needs; what the payloads say is the caller's.
 * `checkEnrollmentProfile` tells whether a device would enrol with it. The identifier decides what an installed profile
 * is replaced by: keep it for updates.
 *
 * Throws `ERR_INVALID_ARGUMENT` an empty identifier or uuid, another `scope` · `ERR_PROFILE_INVALID` a payload without
 * its type, identifier, UUID or version.
 *
 * Apple, Device Management, TopLevel.
 *
 * @example
 * ```ts
 * const profile = buildProfile({
 *   identifier: 'com.example.enrollment',
 *   uuid: 'C4B1A7E0-0000-4000-8000-000000000001',
 *   displayName: 'Example enrolment',
 *   organization: 'Example',
 *   payloads: [],
 * })
 * console.log(profile.PayloadVersion)
 * ```
 */
export function buildProfile(input: BuildProfileInput): Profile {
  requireIdentity(input)
  if (input.scope !== undefined && !['System', 'User'].includes(input.scope))
    fail('ERR_INVALID_ARGUMENT', 'scope is neither System nor User')
  return profileOf({
    PayloadType: 'Configuration',
    PayloadIdentifier: input.identifier,
    PayloadUUID: input.uuid,
    PayloadVersion: 1,
    ...present({
      PayloadDisplayName: input.displayName,
      PayloadOrganization: input.organization,
      PayloadDescription: input.description,
      PayloadScope: input.scope,
      PayloadRemovalDisallowed: input.removalDisallowed,
    }),
    PayloadContent: input.payloads,
  })
}
