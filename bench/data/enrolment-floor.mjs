// The cryptography of one enrolment on the server, called bare: keys ready, nothing encoded, the same octets.
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  privateDecrypt,
  publicEncrypt,
  randomFillSync,
  sign,
  verify,
} from 'node:crypto'

const sha256 = (data) => createHash('sha256').update(data).digest()

function open({ received, envelope, request, publicKey }, caKey) {
  if (sha256(received.content).length !== 32) throw new Error('digest')
  if (!verify('sha256', received.signedAttributes, publicKey, received.signature)) throw new Error('signature')
  // Node 20 takes the padding off only where OpenSSL hides its failures; the server does it itself.
  const block = privateDecrypt({ key: caKey, padding: constants.RSA_NO_PADDING }, envelope.encryptedKey)
  const decipher = createDecipheriv('aes-128-cbc', block.subarray(-16), envelope.iv)
  if (decipher.update(envelope.ciphertext).length + decipher.final().length === 0) throw new Error('content')
  if (!verify('sha256', request.tbs, publicKey, request.signature)) throw new Error('proof of possession')
}

/** Serial number, content key, IV and nonce in one draw each, as any implementation has to. */
function seal({ keyBits, bag, publicKey }) {
  createHash('sha1').update(keyBits).digest()
  const key = randomFillSync(new Uint8Array(16))
  const iv = randomFillSync(new Uint8Array(16))
  publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, key)
  const cipher = createCipheriv('aes-128-cbc', key, iv)
  cipher.update(bag)
  cipher.final()
}

/** One thread, nothing waits. */
export function floorSync(data, caKey) {
  open(data, caKey)
  randomFillSync(new Uint8Array(16))
  sign('sha256', data.tbs, caKey)
  seal(data)
  randomFillSync(new Uint8Array(16))
  sha256(data.sent.content)
  return sign('sha256', data.sent.signedAttributes, caKey)
}

const signLater = (data, key) =>
  new Promise((resolve, reject) => {
    sign('sha256', data, key, (error, signature) => (error === null ? resolve(signature) : reject(error)))
  })

/** Signatures on the thread pool: what makes sense with several enrolments in flight. */
export async function floorAsync(data, caKey) {
  open(data, caKey)
  randomFillSync(new Uint8Array(16))
  await signLater(data.tbs, caKey)
  seal(data)
  randomFillSync(new Uint8Array(16))
  sha256(data.sent.content)
  return signLater(data.sent.signedAttributes, caKey)
}
