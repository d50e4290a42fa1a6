// The identities of the server: its CA and the key that signs profiles, made at the first start.
import {
  distinguishedName,
  generateKey,
  importIdentity,
  issueCertificate,
  issueSelfSigned,
  parseCertificate,
  randomSerialNumber,
  toPem,
} from 'mdm-protocol'

const YEAR = 365 * 86_400_000

export async function makeCa(now = new Date()) {
  const { privateKey } = await generateKey('RSA-2048')
  const certificate = await issueSelfSigned({
    subject: distinguishedName([
      ['O', 'Example'],
      ['CN', 'Example Device CA'],
    ]),
    serialNumber: randomSerialNumber(),
    notBefore: new Date(now.getTime() - 300_000),
    notAfter: new Date(now.getTime() + 10 * YEAR),
    purpose: 'ca',
    privateKey,
  })
  return { certificate: toPem('CERTIFICATE', certificate.der), privateKey: toPem('PRIVATE KEY', privateKey) }
}

/** Signs profiles: a certificate of its own, so that the CA's key does not sign what devices download. */
export async function makeSigner(ca, now = new Date()) {
  const { privateKey, publicKey } = await generateKey('RSA-2048')
  const certificate = await issueCertificate(
    {
      subject: distinguishedName([['CN', 'Profile Signing']]),
      publicKey,
      serialNumber: randomSerialNumber(),
      notBefore: new Date(now.getTime() - 300_000),
      notAfter: new Date(Math.min(now.getTime() + YEAR, ca.certificate.notAfter.getTime())),
      purpose: 'profile-signing',
    },
    ca,
  )
  return importIdentity({ certificate, privateKey, chain: [ca.certificate] })
}

/** What `createApp` wants, from PEM texts. */
export async function contextFrom({ caCertificate, caPrivateKey, secret, store, options, log }) {
  const ca = await importIdentity({ certificate: parseCertificate(caCertificate), privateKey: caPrivateKey })
  return { ca, oldCas: [], nextCa: null, signer: await makeSigner(ca), secrets: [secret], store, options, log }
}
