// Keys and certificates of the measurements. Made anew for each run.
import { generateKeyPairSync } from 'node:crypto'
import {
  distinguishedName,
  importIdentity,
  issueCertificate,
  issueSelfSigned,
  randomSerialNumber,
} from '../../dist/x509.js'

export const VALIDITY = {
  notBefore: new Date(Date.now() - 86_400_000),
  notAfter: new Date(Date.now() + 365 * 86_400_000),
}

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
  ...VALIDITY,
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

/** Octets of the numbers of an RSA key, as the portable operation takes them. */
export function rsaParts(privateKey) {
  const jwk = privateKey.export({ format: 'jwk' })
  const octets = (name) => new Uint8Array(Buffer.from(jwk[name], 'base64url'))
  return {
    kind: 'RSA',
    pkcs1: new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs1' })),
    modulus: octets('n'),
    publicExponent: octets('e'),
    privateExponent: octets('d'),
    prime1: octets('p'),
    prime2: octets('q'),
    exponent1: octets('dp'),
    exponent2: octets('dq'),
    coefficient: octets('qi'),
  }
}
