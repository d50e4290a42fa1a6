// mdm-protocol/dep: Automated Device Enrollment.
export { type MachineInfo, openMachineInfo } from './dep/machine-info.js'
export { buildAnchorCerts, buildDepProfile, type DepProfileInput } from './dep/profile.js'
export { depSessionHeaders } from './dep/session.js'
export { checkDepToken, type DepToken, openDepToken } from './dep/token.js'
