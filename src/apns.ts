// mdm-protocol/apns: the MDM push, and the certificate that it needs.
export { buildMdmcertRequest, type MdmcertRequestInput, parseMdmcertResponse } from './apns/mdmcert.js'
export { openMdmcertReply } from './apns/mdmcert-reply.js'
export { buildMdmPush, type MdmPushInput } from './apns/push.js'
export { checkPushCertificate, type PushCertificateFinding, pushTopicOf } from './apns/push-certificate.js'
export { buildPushCertificateRequest, openPushCertificateRequest } from './apns/push-request.js'
export { type HeaderSource, parsePushResponse, type PushResult } from './apns/push-response.js'
export type { OpenedPushCertificateRequest } from './apns/vendor-request.js'
