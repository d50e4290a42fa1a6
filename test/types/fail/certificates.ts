import {
  type Certificate,
  distinguishedName,
  type Identity,
  issueCertificate,
  issueSelfSigned,
  openPkcs12,
  verifyCertificatePath,
  verifyCsr,
} from 'mdm-protocol'

declare const certificate: Certificate
declare const ca: Identity
declare const privateKey: Uint8Array
const subject = distinguishedName([['CN', 'device']])
const dates = { serialNumber: '1', notBefore: new Date(0), notAfter: new Date(1) }

// right: everything stated
void issueCertificate({ ...dates, subject, publicKey: certificate.publicKey, purpose: 'device-identity' }, ca)
void issueSelfSigned({ ...dates, subject, purpose: 'ca', privateKey })
void verifyCertificatePath(certificate, { anchors: [certificate] })

// wrong: a certificate without a purpose
void issueCertificate({ ...dates, subject, publicKey: certificate.publicKey }, ca)

// wrong: a certificate without a subject
void issueCertificate({ ...dates, publicKey: certificate.publicKey, purpose: 'ca' }, ca)

// wrong: nobody issues it
void issueCertificate({ ...dates, subject, publicKey: certificate.publicKey, purpose: 'ca' })

// wrong: dates as numbers
void issueCertificate({ ...dates, notAfter: 5, subject, publicKey: certificate.publicKey, purpose: 'ca' }, ca)

// wrong: a path to nowhere
void verifyCertificatePath(certificate, { anchors: [] })

// wrong: pinned certificates are no path
void verifyCertificatePath(certificate, { pinned: [certificate] })

// wrong: PEM where a parsed request is expected
void verifyCsr('-----BEGIN CERTIFICATE REQUEST-----')

// wrong: no password
void openPkcs12(privateKey)

// wrong: a parsed certificate is read, not written
certificate.serialNumber = '2'
