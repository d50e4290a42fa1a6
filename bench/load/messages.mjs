// What the devices send, made before anything is measured. Keys are few, since to make them takes longest; requests,
// challenges, transaction identifiers and certificates are one a device.
import {
  buildMdmSignature,
  buildScepRequest,
  createCsr,
  distinguishedName,
  encodePlist,
  generateKey,
  importIdentity,
  issueScepChallenge,
  issueSelfSigned,
  openScepReply,
  randomSerialNumber,
} from 'mdm-protocol'

const DAY = 86_400_000
const TOPIC = 'com.apple.mgmt.External.00000000-0000-0000-0000-000000000000'
const choice = { digest: 'SHA-256', cipher: 'AES-128-CBC' }

/** A key with the self-signed certificate of a first request. */
export async function makeKeys(count) {
  const keys = []
  for (let i = 0; i < count; i++) {
    const { privateKey } = await generateKey('RSA-2048')
    const certificate = await issueSelfSigned({
      subject: distinguishedName([['CN', 'throw-away']]),
      serialNumber: randomSerialNumber(),
      notBefore: new Date(Date.now() - DAY),
      notAfter: new Date(Date.now() + DAY),
      purpose: 'device-identity',
      privateKey,
    })
    keys.push({ privateKey, signer: await importIdentity({ certificate, privateKey }) })
  }
  return keys
}

/** A first SCEP request of each device: what to send, and what to open the answer with. */
export async function makeEnrolments(count, { keys, ca, secret }) {
  const devices = []
  for (let i = 0; i < count; i++) {
    const { privateKey, signer } = keys[i % keys.length]
    const device = `device-${String(i)}`
    const challengePassword = await issueScepChallenge(
      { purpose: 'enroll', device, expiresAt: new Date(Date.now() + DAY) },
      secret,
    )
    const csr = await createCsr({ privateKey, subject: distinguishedName([['CN', device]]), challengePassword })
    const { message, pending } = await buildScepRequest(
      { type: 'PKCSReq', csr, transactionId: device },
      { signer, recipient: ca, choice },
    )
    const headers = { 'content-type': 'application/x-pki-message' }
    const request = { method: 'POST', path: '/scep?operation=PKIOperation', headers, body: message }
    devices.push({ udid: `UDID-${String(i)}`, privateKey, signer, pending, request })
  }
  return devices
}

/** Opens the answer as a device does: signature, transaction, decryption, the certificate for its key. */
export async function identityFrom(device, reply, ca) {
  const opened = await openScepReply(reply, { pinned: [ca], pending: device.pending, recipient: device.signer })
  if (opened.status !== 'SUCCESS' || opened.certificate === null) throw new Error(`SCEP: ${opened.status}`)
  return importIdentity({ certificate: opened.certificate, privateKey: device.privateKey })
}

/** Authenticate, and the TokenUpdate that is repeated. */
export async function makeCheckins({ udid }, identity) {
  const signed = async (message) => {
    const body = encodePlist({ UDID: udid, Topic: TOPIC, ...message })
    const headers = {
      'content-type': 'application/x-apple-aspen-mdm-checkin',
      'mdm-signature': await buildMdmSignature(body, identity, { digest: 'SHA-256' }),
    }
    return { method: 'PUT', path: '/checkin', headers, body }
  }
  const token = globalThis.crypto.getRandomValues(new Uint8Array(32))
  return {
    authenticate: await signed({ MessageType: 'Authenticate', SerialNumber: 'LOAD' }),
    tokenUpdate: await signed({ MessageType: 'TokenUpdate', Token: token, PushMagic: 'magic' }),
  }
}
