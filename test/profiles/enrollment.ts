import type { PlistValue } from '../../src/plist/values.js'
import {
  buildProfile,
  certificatePayload,
  mdmPayload,
  scepPayload,
  type Payload,
  type Profile,
} from '../../src/profiles.js'
import { distinguishedName } from '../../src/x509/name.js'
import { certificate } from './vectors.js'

export const TOPIC = 'com.apple.mgmt.External.6e8f5c52-2d5b-4f43-9d1c-000000000000'

const uuid = (last: number): string => `C4B1A7E0-0000-4000-8000-00000000000${last}`

/** An enrolment profile that nothing can be said against: root, SCEP and MDM payload. */
export function enrollmentProfile(): Profile {
  return buildProfile({
    identifier: 'com.example.mdm',
    uuid: uuid(0),
    displayName: 'Example',
    scope: 'System',
    payloads: [
      certificatePayload({
        identifier: 'com.example.mdm.root',
        uuid: uuid(1),
        certificate: certificate('root'),
        kind: 'root',
      }),
      scepPayload({
        identifier: 'com.example.mdm.scep',
        uuid: uuid(2),
        url: 'https://mdm.example.com/scep',
        subject: distinguishedName([['CN', 'device']]),
        challenge: 'secret',
        keyUsage: 5,
      }),
      mdmPayload({
        identifier: 'com.example.mdm.mdm',
        uuid: uuid(3),
        serverUrl: 'https://mdm.example.com/connect',
        checkInUrl: 'https://mdm.example.com/checkin',
        topic: TOPIC,
        identityUuid: uuid(2),
        accessRights: 8191,
        signMessage: true,
      }),
    ],
  })
}

export const SCEP = 1
export const MDM = 2

/** The profile with members of one payload replaced; `undefined` takes one away. */
export function withPayload(
  profile: Profile,
  index: number,
  change: Readonly<Record<string, PlistValue | undefined>>,
): Profile {
  const payloads = profile.PayloadContent as readonly Payload[]
  const changed = payloads.map((payload, at) => (at === index ? { ...payload, ...change } : payload))
  return { ...profile, PayloadContent: changed }
}

/** … and with members of the dictionary inside the SCEP payload replaced. */
export function withScep(profile: Profile, change: Readonly<Record<string, PlistValue | undefined>>): Profile {
  const scep = (profile.PayloadContent as readonly Payload[])[SCEP]!
  return withPayload(profile, SCEP, { PayloadContent: { ...(scep['PayloadContent'] as object), ...change } })
}
