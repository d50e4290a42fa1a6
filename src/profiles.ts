// Configuration profiles, over-the-air enrolment, provisioning profiles.
export { acmePayload, type AcmePayloadInput } from './profiles/acme-payload.js'
export { buildProfile, type BuildProfileInput } from './profiles/build-profile.js'
export {
  certificatePayload,
  pkcs12Payload,
  type CertificatePayloadInput,
  type Pkcs12PayloadInput,
} from './profiles/certificate-payload.js'
export { decryptProfile, encryptProfile } from './profiles/encrypt.js'
export { checkEnrollmentProfile, type EnrollmentCheckOptions } from './profiles/enrollment-check.js'
export { mdmPayload, type MdmPayloadInput } from './profiles/mdm-payload.js'
export { openProfile, type OpenedProfile, type OpenProfileOptions } from './profiles/open.js'
export { buildOtaFinal } from './profiles/ota-final.js'
export { buildOtaRequest, type OtaRequestInput } from './profiles/ota-request.js'
export { openOtaResponse, type OpenOtaResponseOptions, type OtaResponse } from './profiles/ota-response.js'
export type { PayloadIdentity } from './profiles/payload-members.js'
export { encodeProfile, parseProfile, type Payload, type Profile } from './profiles/profile.js'
export {
  checkProvisioningProfile,
  type ProvisioningCheckOptions,
  type ProvisioningFinding,
} from './profiles/provisioning-check.js'
export { openProvisioningProfile, type ProvisioningProfile } from './profiles/provisioning.js'
export { scepPayload, type ScepPayloadInput } from './profiles/scep-payload.js'
export { resignProfile, signProfile } from './profiles/sign.js'
export { checkProfileUpdate } from './profiles/update-check.js'
