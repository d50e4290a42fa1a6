import {
  buildOtaFinal,
  buildProfile,
  type Identity,
  openOtaResponse,
  type OtaResponse,
  type Profile,
  unsafeAcceptAnySigner,
} from 'mdm-protocol'

declare const profile: Profile
declare const response: OtaResponse
declare const signer: Identity
declare const message: Uint8Array
const trust = { anchors: [signer.certificate] } as const

// right: the last phase after the phase was looked at
if (response.phase === 'enrolled') void buildOtaFinal(profile, response, signer)
void openOtaResponse(message, { deviceTrust: unsafeAcceptAnySigner, identityTrust: trust })

// wrong: a device in phase 2 has no identity yet to encrypt to
if (response.phase === 'device') void buildOtaFinal(profile, response, signer)

// wrong: the phase was not looked at
void buildOtaFinal(profile, response, signer)

// wrong: any identity whatsoever enrols
void openOtaResponse(message, { deviceTrust: trust, identityTrust: unsafeAcceptAnySigner })

// wrong: one trust for both
void openOtaResponse(message, { deviceTrust: trust })

// wrong: a profile without identifier and UUID
buildProfile({ payloads: [] })

// wrong: a scope that there is not
buildProfile({ identifier: 'a', uuid: 'b', payloads: [], scope: 'Everybody' })
