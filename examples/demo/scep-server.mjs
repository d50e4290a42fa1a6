// A SCEP server without sockets: an HTTP request in, an HTTP response out. What an MDM server would do with a database is a
// Map here.
import {
  buildCaCertResponse,
  buildNextCaCert,
  buildScepFailure,
  buildScepReply,
  formatCaCaps,
  formatName,
  isMdmProtocolError,
  openScepChallenge,
  openScepRequest,
  parseScepHttpRequest,
  peekScepMessage,
  scepFailInfoOf,
  scepHttpResponse,
} from 'mdm-protocol'
import { issueIdentity } from './certificates.mjs'

const CAPABILITIES = ['AES', 'POSTPKIOperation', 'SHA-256', 'Renewal', 'GetNextCACert', 'SCEPStandard']

const badRequest = { status: 400, headers: { 'content-type': 'text/plain' }, body: new Uint8Array(0) }

/** `state`: `ca`, the CA that issues; `nextCa`, the one to come; `oldCas`, kept for what is still on its way; `secret`. */
export function createScepServer(state, now) {
  const usedChallenges = new Map()

  async function issueFor(request) {
    if (request.type === 'RenewalReq') {
      // Who renews stays who he is: the name comes from the certificate that signed, never from the CSR.
      const commonName = formatName(request.previous.subject).replace(/^CN=/, '')
      return issueIdentity(state.ca, commonName, request.csr.publicKey, now)
    }
    const claims = await openScepChallenge(request.csr.challengePassword, [state.secret], { purpose: 'enroll', now })
    const used = usedChallenges.get(claims.id)
    // The same CSR again is a lost answer; another one is somebody else with the same challenge.
    if (used !== undefined && used !== request.transactionId) return null
    usedChallenges.set(claims.id, request.transactionId)
    return issueIdentity(state.ca, claims.device, request.csr.publicKey, now)
  }

  async function answer(message) {
    const cas = [state.ca, ...state.oldCas]
    const request = await openScepRequest(message, {
      recipient: cas,
      renewalTrust: { anchors: cas.map((ca) => ca.certificate) },
      signerKey: 'csr',
      now,
    })
    // The answer comes from the CA that the client encrypted to: that is the one whose certificate it pinned.
    const signer = cas.find((ca) => ca.certificate === request.recipient) ?? state.ca
    if (request.type !== 'PKCSReq' && request.type !== 'RenewalReq')
      return buildScepReply(request, { status: 'FAILURE', failInfo: 'badRequest' }, { signer, now })
    const certificate = await issueFor(request)
    const outcome =
      certificate === null
        ? { status: 'FAILURE', failInfo: 'badRequest', failInfoText: 'the challenge was used before' }
        : { status: 'SUCCESS', certificates: [certificate] }
    return buildScepReply(request, outcome, { signer, now })
  }

  async function refuse(message, error) {
    // Throws on what is no refusal: an outage is a 500, not a bad message.
    const failInfo = scepFailInfoOf(error)
    return buildScepFailure(peekScepMessage(message), failInfo, { signer: state.ca, now })
  }

  return async function handle(httpRequest) {
    try {
      const { operation, message } = parseScepHttpRequest(httpRequest)
      if (operation === 'GetCACaps') return scepHttpResponse('GetCACaps', formatCaCaps(CAPABILITIES))
      if (operation === 'GetCACert') return buildCaCertResponse({ ca: state.ca.certificate })
      if (operation === 'GetNextCACert') {
        if (state.nextCa === null) return { ...badRequest, status: 404 }
        return scepHttpResponse(operation, await buildNextCaCert([state.nextCa.certificate], state.ca, { now }))
      }
      const reply = await answer(message).catch((error) => refuse(message, error))
      return scepHttpResponse('PKIOperation', reply)
    } catch (error) {
      if (isMdmProtocolError(error)) return badRequest
      throw error
    }
  }
}
