import type { Bytes, Certificate, CertificateRequest, Identity } from '../../src/types.js'
import {
  createCsr,
  distinguishedName,
  generateKey,
  importIdentity,
  issueCertificate,
  issueSelfSigned,
  randomSerialNumber,
  toPem,
} from '../../src/x509.js'

/** What the functions of the documentation are called with. */
export interface World {
  readonly now: Date
  readonly ca: Identity & { readonly privateKey: Bytes }
  readonly device: Identity & { readonly privateKey: Bytes }
  /** The device before it has a certificate of the CA: RFC 8894 §2.3. */
  readonly newcomer: Identity
  readonly push: Certificate
  /** The device's key under an intermediate CA, as Apple's vendors have it. */
  readonly vendor: Identity & { readonly intermediate: Certificate }
  readonly csr: CertificateRequest
  readonly pem: (certificate: Certificate) => string
  readonly keyPem: (privateKey: Bytes) => string
}

export async function makeWorld(): Promise<World> {
  const now = new Date()
  const hour = 3_600_000
  const dates = (hours: number) => ({
    serialNumber: randomSerialNumber(),
    notBefore: new Date(now.getTime() - hour),
    notAfter: new Date(now.getTime() + hours * hour),
  })
  const caKey = await generateKey('RSA-2048')
  const named = (name: string) => distinguishedName([['CN', name]])
  const root = await issueSelfSigned({
    ...{ ...dates(20 * 8760), subject: named('Example Device CA'), purpose: 'ca' },
    privateKey: caKey.privateKey,
  })
  const ca = await importIdentity({ certificate: root, privateKey: caKey.privateKey })
  const { privateKey, publicKey } = await generateKey('RSA-2048')
  const certificate = await issueCertificate(
    { ...dates(8760), subject: named('device-1'), publicKey, purpose: 'device-identity' },
    ca,
  )
  const own = await issueSelfSigned({
    ...{ ...dates(24), subject: named('device-1'), purpose: 'device-identity' },
    privateKey,
  })
  const topic = distinguishedName([
    ['UID', 'com.apple.mgmt.External.6e8f5c52-2d5b-4f43-9d1c-8f6d0a1b2c3d'],
    ['CN', 'APSP'],
  ])
  const middleKey = await generateKey('P-256')
  const middle = { subject: named('Intermediate'), publicKey: middleKey.publicKey, purpose: 'ca' } as const
  const intermediate = await issueCertificate({ ...dates(9000), ...middle }, ca)
  const issuer = await importIdentity({ certificate: intermediate, privateKey: middleKey.privateKey })
  const vendor = await issueCertificate(
    { ...dates(8760), subject: named('vendor'), publicKey, purpose: 'device-identity' },
    issuer,
  )
  return {
    now,
    vendor: {
      ...(await importIdentity({ certificate: vendor, privateKey, chain: [intermediate, root] })),
      intermediate,
    },
    newcomer: await importIdentity({ certificate: own, privateKey }),
    push: await issueCertificate({ ...dates(8760), subject: topic, publicKey, purpose: 'device-identity' }, ca),
    ca: { ...ca, privateKey: caKey.privateKey },
    device: { ...(await importIdentity({ certificate, privateKey })), privateKey },
    csr: await createCsr({ privateKey, subject: named('device-1') }),
    pem: ({ der }) => toPem('CERTIFICATE', der),
    keyPem: (key) => toPem('PRIVATE KEY', key),
  }
}
