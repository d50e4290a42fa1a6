import { requireList } from '../arguments.js'
import { fail } from '../errors.js'
import { present } from './dictionary.js'
import { requireIdentity, requireTexts, type PayloadIdentity } from './payload-members.js'
import { profileOf, type Profile } from './profile.js'

export interface OtaRequestInput extends PayloadIdentity {
  /** https; where the device posts its answers, in phase 2 and again in phase 3. */
  readonly url: string
  /** What the device shall tell: UDID, VERSION, PRODUCT, SERIAL, IMEI, MEID, ICCID, DEVICE_NAME, MAC_ADDRESS_EN0 … */
  readonly attributes: readonly string[]
  /** Comes back as `challenge`: one for each enrolment, so that an answer cannot be used twice. */
  readonly challenge?: string
  readonly organization?: string
}

/**
 * Phase 1 of an over-the-air enrolment, server to device: which attributes to send, and where.
 *
 * Sign the result (`signProfile`), or the device shows it as unsigned. The device answers with `openOtaResponse`'s
 * message. Without a challenge an old answer can be posted again: the attributes are signed, not fresh.
 *
 * Throws `ERR_INVALID_ARGUMENT` no attributes, an empty identifier or uuid, a URL that is no text.
 *
 * Apple, Over-the-Air Profile Delivery and Configuration, "Phase 1: Authentication".
 *
 * @example
 * ```ts
 * const request = buildOtaRequest({
 *   identifier: 'com.example.ota',
 *   uuid: 'C4B1A7E0-0000-4000-8000-000000000002',
 *   displayName: 'Example enrolment',
 *   url: 'https://mdm.example.com/ota',
 *   attributes: ['UDID', 'PRODUCT', 'VERSION', 'SERIAL'],
 *   challenge: 'one for each enrolment',
 * })
 * console.log(request.PayloadType)
 * ```
 */
export function buildOtaRequest(input: OtaRequestInput): Profile {
  requireIdentity(input)
  requireTexts(input, ['url'])
  requireList(input.attributes, 'attributes')
  if (input.attributes.length === 0) fail('ERR_INVALID_ARGUMENT', 'attributes is empty')
  return profileOf({
    PayloadType: 'Profile Service',
    PayloadIdentifier: input.identifier,
    PayloadUUID: input.uuid,
    PayloadVersion: 1,
    ...present({ PayloadDisplayName: input.displayName, PayloadOrganization: input.organization }),
    PayloadContent: present({ URL: input.url, DeviceAttributes: input.attributes, Challenge: input.challenge }),
  })
}
