// SCEP: who may have a certificate, what goes into it, and where it is written down.
import {
  buildCaCertResponse,
  buildNextCaCert,
  buildScepFailure,
  buildScepReply,
  challengeMatches,
  distinguishedName,
  formatCaCaps,
  issueCertificate,
  nameAttribute,
  openScepChallenge,
  openScepRequest,
  parseCertificate,
  parseScepHttpRequest,
  peekScepMessage,
  randomSerialNumber,
  scepFailInfoOf,
  scepHttpResponse,
  toPem,
} from 'mdm-protocol'
import { OTA } from './enroll.mjs'

const CAPABILITIES = ['AES', 'POSTPKIOperation', 'SHA-256', 'SHA-512', 'SHA-1', 'DES3', 'Renewal', 'SCEPStandard']
const MINUTE = 60_000
const YEAR = 365 * 86_400_000

export async function handleScep(request, context) {
  const { operation, message } = parseScepHttpRequest(request)
  if (operation === 'GetCACaps') {
    const next = context.nextCa === null ? [] : ['GetNextCACert']
    return scepHttpResponse(operation, formatCaCaps([...CAPABILITIES, ...next]))
  }
  if (operation === 'GetCACert') return buildCaCertResponse({ ca: context.ca.certificate })
  if (operation === 'GetNextCACert') {
    if (context.nextCa === null) return { status: 404, headers: {}, body: new Uint8Array(0) }
    return scepHttpResponse(operation, await buildNextCaCert([context.nextCa], context.ca))
  }
  return scepHttpResponse('PKIOperation', await answer(message, context))
}

async function answer(message, context) {
  const cas = [context.ca, ...context.oldCas]
  try {
    const renewalTrust = { anchors: cas.map((ca) => ca.certificate) }
    const request = await openScepRequest(message, { recipient: cas, renewalTrust })
    // The answer comes from the CA that the client encrypted to: that is the one whose certificate it holds.
    const signer = cas.find((ca) => ca.certificate === request.recipient) ?? context.ca
    return await buildScepReply(request, await decide(request, context), { signer })
  } catch (error) {
    // Throws on what is no refusal: an outage is a 500, not a bad message.
    return buildScepFailure(peekScepMessage(message), scepFailInfoOf(error), { signer: context.ca })
  }
}

async function decide(request, context) {
  switch (request.type) {
    case 'PKCSReq':
      return firstCertificate(request, context)
    case 'RenewalReq':
      return renewal(request, context)
    case 'CertPoll':
      return polled(request, context)
    case 'GetCert': {
      const known = await context.store.certificate(request.serialNumber)
      return known === null ? refuse('badCertId') : { status: 'SUCCESS', certificates: [known.certificate] }
    }
    default:
      return refuse('badRequest')
  }
}

const refuse = (failInfo, failInfoText) => ({
  status: 'FAILURE',
  failInfo,
  ...(failInfoText === undefined ? {} : { failInfoText }),
})

async function firstCertificate(request, context) {
  const device = await deviceOf(request, context)
  if (device === null) return refuse('badRequest', 'the challenge is not valid')
  const previous = await context.store.issuedFor(request.transactionId, request.csr.der)
  // A device that repeats its request, since the answer got lost, gets the same certificate again.
  if (previous !== null) return { status: 'SUCCESS', certificates: [previous] }
  if (context.options.approval === true) {
    const waits = await context.store.pend(request.transactionId, { device, csr: request.csr.der, key: keyOf(request) })
    return waits ? { status: 'PENDING' } : refuse('badRequest', 'the transaction is of another key')
  }
  return issue(device, request, context)
}

/**
 * Which device the challenge was made for; `null` when it does not hold, is of phase 1 over the air, or was used for another
 * request. Who has the static one names himself, so those names are kept apart from the ones that are given here.
 */
async function deviceOf(request, context) {
  const { challengePassword, subject, der } = request.csr
  if (context.options.challenge !== undefined && challengeMatches(context.options.challenge, challengePassword))
    return `named-${nameAttribute(subject, 'CN') ?? 'not'}`
  try {
    const claims = await openScepChallenge(challengePassword, context.secrets, { purpose: 'enroll' })
    if (claims.device === OTA) return null
    return (await context.store.useChallenge(claims.id, der)) ? claims.device : null
  } catch (error) {
    if (error.code === 'ERR_CHALLENGE_INVALID') return null
    throw error
  }
}

/** Who renews stays who he is: the device is the one that the old certificate was issued to. */
async function renewal(request, context) {
  const known = await context.store.certificate(request.previous.serialNumber)
  return known === null ? refuse('badCertId') : issue(known.device, request, context)
}

/** The transactionID is no secret: a poll counts only when it is signed with the key of the request. */
async function polled(request, context) {
  const pending = await context.store.pending(request.transactionId)
  if (pending === null) return refuse('badCertId')
  if (pending.key !== keyOf(request)) return refuse('badMessageCheck')
  if (pending.certificate !== undefined)
    return { status: 'SUCCESS', certificates: [parseCertificate(pending.certificate)] }
  return pending.refused === true ? refuse('badRequest') : { status: 'PENDING' }
}

/** The key that signed the request, as text. */
function keyOf({ signer }) {
  return toPem('PUBLIC KEY', signer.certificate.publicKey)
}

export async function issue(device, request, { ca, store }) {
  const now = Date.now()
  const certificate = await issueCertificate(
    {
      subject: distinguishedName([['CN', device]]),
      publicKey: request.csr.publicKey,
      serialNumber: randomSerialNumber(),
      // Devices whose clock is behind would not yet believe a certificate that begins now.
      notBefore: new Date(now - 5 * MINUTE),
      notAfter: new Date(Math.min(now + YEAR, ca.certificate.notAfter.getTime())),
      purpose: 'device-identity',
    },
    ca,
  )
  await store.saveCertificate(certificate, device, request.transactionId, request.csr.der)
  return { status: 'SUCCESS', certificates: [certificate] }
}
