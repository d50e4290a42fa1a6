// The identities of the server: its CA and the key that signs profiles, made at the first start.
import {
  createCsr,
  distinguishedName,
  generateKey,
  importIdentity,
  issueCertificate,
  issueSelfSigned,
  parseCertificate,
  parseCsr,
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

/** The key that signs profiles, and a request for its certificate. */
export async function makeSignerKey() {
  const { privateKey } = await generateKey('RSA-2048')
  const { der } = await createCsr({ privateKey, subject: distinguishedName([['CN', 'Profile Signing']]) })
  return { request: toPem('CERTIFICATE REQUEST', der), privateKey: toPem('PRIVATE KEY', privateKey) }
}

/**
 * Signs profiles: a certificate of its own, so that the CA's key does not sign what devices download. It is issued at each
 * start, for a key that is kept: an installed profile is to be updated by the signer that it came from.
 */
async function signerOf({ request, privateKey }, ca, now = new Date()) {
  const { subject, publicKey } = parseCsr(request)
  const certificate = await issueCertificate(
    {
      subject,
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

/** What `createApp` wants, from PEM texts. `ca`, and `oldCa` if there is one: `{ certificate, privateKey }`. */
export async function contextFrom({ ca: current, oldCa, nextCaCertificate, signerKey, secret, store, options, log }) {
  const ca = await importIdentity(current)
  // Requests that are encrypted to it still come, and identities of it still renew.
  const oldCas = oldCa === undefined ? [] : [await importIdentity(oldCa)]
  // It is only announced: its key can stay elsewhere until it takes over.
  const nextCa = nextCaCertificate === undefined ? null : parseCertificate(nextCaCertificate)
  const signer = await signerOf(signerKey, ca)
  return { ca, oldCas, nextCa, signer, secrets: [secret], store, options, log }
}
