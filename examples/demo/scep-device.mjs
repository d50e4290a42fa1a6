// The client side of SCEP as a device does it. `send` takes the parts of an HTTP request and answers with those of a response.
import {
  buildScepRequest,
  createCsr,
  distinguishedName,
  importIdentity,
  negotiateScep,
  openCaCertResponse,
  openNextCaCert,
  openScepReply,
  parseCaCaps,
  scepHttpRequest,
} from 'mdm-protocol'
import { bytes, short } from './print.mjs'

const url = 'https://mdm.example/scep'

export async function getCapabilities(send, note) {
  const response = await send(scepHttpRequest({ url, operation: 'GetCACaps' }))
  const capabilities = parseCaCaps(new TextDecoder().decode(response.body))
  // A floor, since nothing authenticates this answer: somebody in between can shorten it.
  const choice = negotiateScep(capabilities, { digests: ['SHA-256', 'SHA-512'], ciphers: ['AES-128-CBC'] })
  note(`${capabilities.known.join(' ')} → ${choice.digest}, ${choice.cipher}, ${choice.method}`)
  return choice
}

export async function getCa(send, fingerprint, now, note) {
  const response = await send(scepHttpRequest({ url, operation: 'GetCACert' }))
  const ca = await openCaCertResponse(response.body, { fingerprint, digest: 'SHA-256', now })
  note(`${response.headers['content-type']}, ${bytes(response.body)}, fingerprint matches`)
  return ca
}

/** A request and its answer. `signer` is the identity that signs; the answer is encrypted to it. */
export async function enrol({ send, type, privateKey, commonName, challenge, signer, ca, choice, now, note }) {
  const csr = await createCsr({
    privateKey,
    subject: distinguishedName([['CN', commonName]]),
    ...(challenge === undefined ? {} : { challengePassword: challenge }),
  })
  const { message, pending } = await buildScepRequest({ type, csr }, { signer, recipient: ca.recipient, choice, now })
  note(`→ ${type}, transaction ${short(pending.transactionId)}, ${bytes(message)}`)
  const response = await send(scepHttpRequest({ url, operation: 'PKIOperation', message, method: choice.method }))
  const reply = await openScepReply(response.body, { pinned: ca.signers, pending, recipient: signer, now })
  note(
    `← ${reply.status}${reply.status === 'FAILURE' ? ` ${reply.failInfo}: ${reply.failInfoText}` : ''}, ${bytes(response.body)}`,
  )
  if (reply.status !== 'SUCCESS') return null
  return importIdentity({ certificate: reply.certificate, privateKey })
}

export async function getNextCa(send, ca, note, now) {
  const response = await send(scepHttpRequest({ url, operation: 'GetNextCACert' }))
  const [next] = await openNextCaCert(response.body, { pinned: [ca.issuer], now })
  note(`${response.headers['content-type']}, ${bytes(response.body)}, signed by the CA of today`)
  return next
}
