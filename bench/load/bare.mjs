// The cryptography of the same work and nothing else, by node:crypto in this process: no formats, no checks, no HTTP.
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'

const key = generateKeyPairSync('rsa', { modulusLength: 2048 })
const padding = constants.RSA_PKCS1_PADDING
const data = randomBytes(400)
const content = randomBytes(1200)
const signature = sign('sha256', data, key.privateKey)

function crypt(make, secret, vector, input) {
  const cipher = make('aes-128-cbc', secret, vector)
  return Buffer.concat([cipher.update(input), cipher.final()])
}

const contentKey = randomBytes(16)
const iv = randomBytes(16)
const envelope = {
  wrapped: publicEncrypt({ key: key.publicKey, padding }, contentKey),
  encrypted: crypt(createCipheriv, contentKey, iv, content),
}

function enrolment() {
  verify('sha256', data, key.publicKey, signature) // the message
  crypt(createDecipheriv, unwrap(envelope.wrapped), iv, envelope.encrypted)
  verify('sha256', data, key.publicKey, signature) // the request inside: proof of possession
  sign('sha256', data, key.privateKey) // the certificate
  publicEncrypt({ key: key.publicKey, padding }, contentKey)
  crypt(createCipheriv, contentKey, iv, content)
  sign('sha256', data, key.privateKey) // the answer
}

/** Some builds of Node 20 refuse to take this padding off; without it, it is the same operation. */
function unwrap(wrapped) {
  const block = privateDecrypt({ key: key.privateKey, padding: constants.RSA_NO_PADDING }, wrapped)
  return block.subarray(block.length - 16)
}

function checkin() {
  createHash('sha256').update(content).digest()
  verify('sha256', data, key.publicKey, signature)
}

function measure(work, count, deadline) {
  for (let i = 0; i < 20; i++) work()
  const cpu = process.cpuUsage()
  const began = performance.now()
  let done = 0
  while (done < count && performance.now() < deadline) {
    work()
    done++
  }
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { count: done, perSecond: done / seconds, cpuMs: (user + system) / 1000 / done }
}

export const bareEnrolments = (count, deadline) => measure(enrolment, count, deadline)
export const bareCheckins = (count, deadline) => measure(checkin, count, deadline)
