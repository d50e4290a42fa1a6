import { generateKey } from '../../src/x509.js'
import type { CertificatePurpose } from '../../src/x509.js'
import type { Identity } from '../../src/types.js'
import {
  distinguishedName,
  importIdentity,
  issueCertificate,
  issueSelfSigned,
  randomSerialNumber,
} from '../../src/x509.js'

/** A self-signed CA that encrypts and signs for itself, as small SCEP installations have it. */
export async function makeCa(commonName: string): Promise<Identity> {
  const { privateKey } = await generateKey('RSA-2048')
  const certificate = await issueSelfSigned({ ...profile(commonName, 'ca'), privateKey })
  return importIdentity({ certificate, privateKey })
}

/** A registration authority below the CA. */
export async function makeRa(
  commonName: string,
  ca: Identity,
  purpose: CertificatePurpose = 'scep-ra',
): Promise<Identity> {
  const { privateKey, publicKey } = await generateKey('RSA-2048')
  const certificate = await issueCertificate({ ...profile(commonName, purpose), publicKey }, ca)
  return importIdentity({ certificate, privateKey })
}

function profile(commonName: string, purpose: CertificatePurpose) {
  return {
    subject: distinguishedName([
      ['C', 'CH'],
      ['O', 'mdm-protocol tests'],
      ['CN', commonName],
    ]),
    serialNumber: randomSerialNumber(),
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + (purpose === 'ca' ? 3650 : 365) * 86_400_000),
    purpose,
  }
}
