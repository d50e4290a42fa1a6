// The cryptography of signing and encrypting a profile called bare.
import {
  constants,
  createCipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  publicEncrypt,
  randomBytes,
  sign,
} from 'node:crypto'

/** `privateKey`: PKCS#8. */
export function signFloor({ content, attributes, privateKey }) {
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' })
  return () => [createHash('sha256').update(content).digest(), sign('sha256', attributes, key)]
}

/** `publicKey`: SubjectPublicKeyInfo. */
export function encryptFloor({ inner, publicKey }) {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
  return () => {
    const contentKey = randomBytes(16)
    const cipher = createCipheriv('aes-128-cbc', contentKey, randomBytes(16))
    const wrapped = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, contentKey)
    return [wrapped, cipher.update(inner), cipher.final()]
  }
}
