// One enrolment on the server, HTTP in, HTTP out: in nothing but what every runtime has.
import { issueCertificate, randomSerialNumber } from '../../dist/x509.js'
import {
  buildScepReply,
  challengeMatches,
  openScepRequest,
  parseScepHttpRequest,
  scepHttpResponse,
} from '../../dist/scep.js'

export const CHALLENGE = 'a shared secret of the usual length'

/** `ca`: its certificate and identity. `validity`: notBefore and notAfter of what is issued. */
export async function enrol(http, ca, validity) {
  const { message } = parseScepHttpRequest(http)
  const request = await openScepRequest(message, {
    recipient: ca.identity,
    renewalTrust: { anchors: [ca.certificate] },
  })
  if (request.type !== 'PKCSReq' || !challengeMatches(CHALLENGE, request.csr.challengePassword))
    throw new Error('not the enrolment that was sent')
  const certificate = await issueCertificate(
    {
      subject: request.csr.subject,
      publicKey: request.csr.publicKey,
      serialNumber: randomSerialNumber(),
      notBefore: validity.notBefore,
      notAfter: validity.notAfter,
      purpose: 'device-identity',
    },
    ca.identity,
  )
  const reply = await buildScepReply(
    request,
    { status: 'SUCCESS', certificates: [certificate] },
    { signer: ca.identity },
  )
  const response = scepHttpResponse('PKIOperation', reply)
  return { response, message: reply, certificate }
}
