import type { Certificate, Identity } from '../../src/types.js'
import {
  type CertificatePurpose,
  distinguishedName,
  importIdentity,
  issueCertificate,
  type IssueCertificateInput,
  issueSelfSigned,
} from '../../src/x509.js'
import type { CraftKey } from '../x509/craft.js'

// Identities with RSA keys that lie ready.

/** A moment at which all of them are valid. */
export const NOW: Date = new Date('2026-06-01T12:00:00Z')

export type Entity = Identity & { readonly raw: CraftKey }

// From here on serial numbers need an octet of their own for the sign.
let serial = 0x80

function template(name: string, purpose: CertificatePurpose): Omit<IssueCertificateInput, 'publicKey'> {
  return {
    subject: distinguishedName([
      ['O', 'Example'],
      ['CN', name],
    ]),
    serialNumber: (++serial).toString(16),
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2030-01-01T00:00:00Z'),
    purpose,
  }
}

export async function selfSigned(
  name: string,
  raw: CraftKey,
  changes: Partial<IssueCertificateInput> = {},
): Promise<Entity> {
  const input = { ...template(name, 'ca'), ...changes }
  return entityOf(await issueSelfSigned({ ...input, privateKey: raw.pkcs8 }), raw)
}

export async function issued(
  name: string,
  raw: CraftKey,
  issuer: Identity,
  changes: Partial<IssueCertificateInput> = {},
): Promise<Entity> {
  const input = { ...template(name, 'device-identity'), ...changes, publicKey: raw.spki }
  return entityOf(await issueCertificate(input, issuer), raw)
}

export async function entityOf(certificate: Certificate, raw: CraftKey): Promise<Entity> {
  return { ...(await importIdentity({ certificate, privateKey: raw.pkcs8 })), raw }
}
