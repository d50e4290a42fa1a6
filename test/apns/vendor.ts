import type { KeyType } from '../../src/crypto/private-key.js'
import type { Bytes, Certificate, CertificateRequest, Identity } from '../../src/types.js'
import { createCsr } from '../../src/x509/csr.js'
import { importIdentity } from '../../src/x509/identity.js'
import { issueCertificate, issueSelfSigned } from '../../src/x509/issue.js'
import { distinguishedName } from '../../src/x509/name.js'
import { makeKey } from '../support/rsa-keys.js'

/** The moment at which all of these are valid. */
export const now = new Date('2026-06-01T00:00:00Z')
const ca = {
  notBefore: new Date('2020-01-01T00:00:00Z'),
  notAfter: new Date('2040-01-01T00:00:00Z'),
  purpose: 'ca',
} as const

export interface Vendor {
  readonly identity: Identity & { readonly chain: readonly [Certificate, Certificate] }
  readonly root: Certificate
  readonly intermediate: Certificate
  readonly privateKey: Bytes
}

/** Root, intermediate, vendor, as Apple has them: only the names differ. */
export async function makeVendor(
  type: KeyType = 'RSA-2048',
  notAfter = new Date('2027-01-01T00:00:00Z'),
): Promise<Vendor> {
  // Apple's are RSA; these take no time to make.
  const rootKey = (await makeKey('P-256')).privateKey
  const root = await issueSelfSigned({
    ...ca,
    privateKey: rootKey,
    subject: distinguishedName([['CN', 'Test Root CA']]),
    serialNumber: '01',
  })
  const middleKey = await makeKey('P-256')
  const intermediate = await issueCertificate(
    {
      ...ca,
      subject: distinguishedName([['CN', 'Test Developer Relations']]),
      publicKey: middleKey.publicKey,
      serialNumber: '02',
    },
    await importIdentity({ certificate: root, privateKey: rootKey }),
  )
  const { privateKey, publicKey } = await makeKey(type)
  const certificate = await issueCertificate(
    {
      subject: distinguishedName([['CN', 'MDM Vendor: Example']]),
      publicKey,
      serialNumber: '03',
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter,
      purpose: 'custom',
    },
    await importIdentity({ certificate: intermediate, privateKey: middleKey.privateKey }),
  )
  const chain = [intermediate, root] as const
  return { identity: { ...(await importIdentity({ certificate, privateKey })), chain }, root, intermediate, privateKey }
}

export async function makeCsr(type: KeyType = 'RSA-2048'): Promise<CertificateRequest> {
  const { privateKey } = await makeKey(type)
  return createCsr({
    privateKey,
    subject: distinguishedName([
      ['CN', 'Customer'],
      ['C', 'DE'],
    ]),
  })
}
