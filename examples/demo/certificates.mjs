import {
  distinguishedName,
  generateKey,
  importIdentity,
  issueCertificate,
  issueSelfSigned,
  randomSerialNumber,
} from 'mdm-protocol'

export const DAY = 86_400_000

/** A CA with a key of its own: certificate and key in one identity. */
export async function makeCa(commonName, days, now) {
  const { privateKey } = await generateKey('RSA-2048')
  const certificate = await issueSelfSigned({
    subject: distinguishedName([
      ['O', 'Example'],
      ['CN', commonName],
    ]),
    serialNumber: randomSerialNumber(),
    notBefore: now,
    notAfter: new Date(now.getTime() + days * DAY),
    purpose: 'ca',
    privateKey,
  })
  return importIdentity({ certificate, privateKey })
}

/** What the CA issues to a device: the subject that the server decided on, the key that the device proved to have. */
export async function issueIdentity(ca, commonName, publicKey, now, days = 365) {
  return issueCertificate(
    {
      subject: distinguishedName([['CN', commonName]]),
      publicKey,
      serialNumber: randomSerialNumber(),
      // Devices whose clock is behind would not yet believe a certificate that begins now.
      notBefore: new Date(now.getTime() - 5 * 60_000),
      notAfter: new Date(Math.min(now.getTime() + days * DAY, ca.certificate.notAfter.getTime())),
      purpose: 'device-identity',
    },
    ca,
  )
}

/** The throw-away certificate with which a device signs its first request: over the same key as its CSR. */
export async function throwAwayIdentity(privateKey, now) {
  const certificate = await issueSelfSigned({
    subject: distinguishedName([['CN', 'throw-away']]),
    serialNumber: randomSerialNumber(),
    notBefore: new Date(now.getTime() - DAY),
    notAfter: new Date(now.getTime() + DAY),
    purpose: 'device-identity',
    privateKey,
  })
  return importIdentity({ certificate, privateKey })
}
