import { readDer } from '../../src/asn1/der-reader.js'
import type { Certificate, CertificateExtension, DistinguishedName, SigningIdentity } from '../../src/types.js'
import {
  type CertificatePurpose,
  distinguishedName,
  importIdentity,
  issueCertificate,
  type IssueCertificateInput,
  issueSelfSigned,
} from '../../src/x509.js'
import { type CraftKey, craftKey } from './craft.js'

// Small hierarchies on P-256 keys, made by the library itself.

export const NOT_BEFORE = new Date('2026-01-01T00:00:00Z')
export const NOT_AFTER = new Date('2036-01-01T00:00:00Z')
/** A moment inside of what the hierarchies are valid for. */
export const NOW = new Date('2027-06-01T00:00:00Z')

export interface Entity {
  readonly key: CraftKey
  readonly certificate: Certificate
  readonly identity: SigningIdentity
}

type Changes = Partial<Omit<IssueCertificateInput, 'subject' | 'publicKey'>> & { readonly subject?: DistinguishedName }
export type EntityInput = Changes & { readonly key?: CraftKey }

let serial = 0x1000

function inputOf(
  name: string,
  purpose: CertificatePurpose,
  changes: Changes,
): Omit<IssueCertificateInput, 'publicKey'> {
  const subject = distinguishedName([['CN', name]])
  return {
    subject,
    serialNumber: (++serial).toString(16),
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    purpose,
    ...changes,
  }
}

async function entityOf(certificate: Certificate, key: CraftKey): Promise<Entity> {
  return { key, certificate, identity: await importIdentity({ certificate, privateKey: key.pkcs8 }) }
}

export async function makeRoot(name: string, input: EntityInput = {}): Promise<Entity> {
  const { key = craftKey(), ...changes } = input
  return entityOf(await issueSelfSigned({ ...inputOf(name, 'ca', changes), privateKey: key.pkcs8 }), key)
}

export async function makeCa(name: string, issuer: Entity, input: EntityInput = {}): Promise<Entity> {
  const { key = craftKey(), ...changes } = input
  return entityOf(
    await issueCertificate({ ...inputOf(name, 'ca', changes), publicKey: key.spki }, issuer.identity),
    key,
  )
}

export async function makeLeaf(name: string, issuer: Entity, input: EntityInput = {}): Promise<Certificate> {
  const { key = craftKey(), ...changes } = input
  return issueCertificate({ ...inputOf(name, 'device-identity', changes), publicKey: key.spki }, issuer.identity)
}

/** An extension of any kind. `value`: DER. */
export function extension(oid: string, critical: boolean, value: Uint8Array): CertificateExtension {
  readDer(value, { name: 'test extension', code: 'ERR_CERTIFICATE_INVALID' })
  return { oid, critical, value: new Uint8Array(value) }
}
