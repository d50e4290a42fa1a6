// Keys and certificates of the measurements. Made anew for each run.
import { generateKeyPairSync } from 'node:crypto'
import {
  distinguishedName,
  importIdentity,
  issueCertificate,
  issueSelfSigned,
  randomSerialNumber,
} from '../../dist/x509.js'

export const NOT_BEFORE = new Date(Date.now() - 86_400_000)
export const NOT_AFTER = new Date(Date.now() + 365 * 86_400_000)

/** PKCS#8 and SPKI for the library, key objects for the floors. */
export function makeKey(bits = 2048) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  return {
    privateKey,
    publicKey,
    pkcs8: new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' })),
    spki: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })),
  }
}

const stated = (commonName, purpose) => ({
  subject: distinguishedName([
    ['O', 'Example Inc'],
    ['CN', commonName],
  ]),
  serialNumber: randomSerialNumber(),
  notBefore: NOT_BEFORE,
  notAfter: NOT_AFTER,
  purpose,
})

/** Self-signed: a CA, or a device before it has a certificate. */
export async function makeSelfSigned(commonName, purpose) {
  const key = makeKey()
  const certificate = await issueSelfSigned({ ...stated(commonName, purpose), privateKey: key.pkcs8 })
  const identity = await importIdentity({ certificate, privateKey: key.pkcs8 })
  return { key, certificate, identity }
}

export async function makeIssued(commonName, purpose, issuer) {
  const key = makeKey()
  const certificate = await issueCertificate({ ...stated(commonName, purpose), publicKey: key.spki }, issuer.identity)
  const identity = await importIdentity({ certificate, privateKey: key.pkcs8 })
  return { key, certificate, identity }
}
