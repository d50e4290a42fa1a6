// mdm-protocol/x509: certificates, requests, names, paths, issuing.
export { checkCertificate, type CertificateFinding } from './x509/check-certificate.js'
export { certificateFingerprint, parseCertificate, parseCertificates } from './x509/certificate.js'
export { buildCrl, type BuildCrlInput } from './x509/crl-build.js'
export { type Crl, parseCrl, verifyCrl } from './x509/crl.js'
export type { RevokedCertificate } from './x509/crl-reader.js'
export { createCsr, type CreateCsrInput, parseCsr, verifyCsr } from './x509/csr.js'
export { buildExtensions, type CertificateExtensions, type ExtensionsInput, readExtensions } from './x509/extensions.js'
export type { BasicConstraints, KeyUsageName } from './x509/extension-values.js'
export type { GeneralName } from './x509/general-name.js'
export { importIdentity, type ImportIdentityInput } from './x509/identity.js'
export { issueCertificate, type IssueCertificateInput, issueSelfSigned, randomSerialNumber } from './x509/issue.js'
export type { KeySource } from './x509/key-source.js'
export { distinguishedName, formatName, nameAttribute } from './x509/name.js'
export { verifyCertificatePath } from './x509/path.js'
export { toPem, type PemLabel } from './x509/pem.js'
export type { CertificatePurpose } from './x509/purpose.js'
export { generateKey, type GeneratedKey, type KeyType } from './crypto/private-key.js'
export {
  type AppleCertificateKind,
  type AppleClassification,
  classifyAppleCertificate,
} from './x509/lifecycle/apple-certificate.js'
export { checkCaRollover, type CaRolloverFinding, issueCaLinks } from './x509/lifecycle/ca-rollover.js'
export { type CertificateQuery, findCertificate } from './x509/lifecycle/find-certificate.js'
export { planRenewal, type RenewalPlan, type RenewalPolicy } from './x509/lifecycle/plan-renewal.js'
export { renewCertificate, type RenewCertificateInput } from './x509/lifecycle/renew-certificate.js'
export { checkReserveCertificate, type ReserveFinding, type ServerChain } from './x509/lifecycle/reserve-certificate.js'
