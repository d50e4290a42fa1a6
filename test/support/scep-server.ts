import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isMdmProtocolError } from '../../src/errors.js'
import {
  buildCaCertResponse,
  buildNextCaCert,
  buildScepFailure,
  buildScepReply,
  challengeMatches,
  formatCaCaps,
  openScepRequest,
  parseScepHttpRequest,
  peekScepMessage,
  type ScepCapability,
  scepFailInfoOf,
  scepHttpResponse,
  type ScepOutcome,
  type ScepRequest,
} from '../../src/scep.js'
import type { Bytes, Certificate, HttpResponseParts, Identity } from '../../src/types.js'
import { formatName, issueCertificate, nameAttribute, randomSerialNumber } from '../../src/x509.js'

/** A CA for tests, on the loopback interface. Who asks as `CN=fail-badTime` is refused with badTime; `CN=pend-3` is issued at the third try. */
export interface ScepServer {
  readonly url: string
  /** Every request that was opened, and every refusal of one that was not, in the order they came. */
  readonly seen: Seen[]
  close(): Promise<void>
}
export interface Seen {
  readonly method: string
  readonly request: ScepRequest | null
  readonly answer: string
}
export interface ScepServerOptions {
  readonly ca: Identity
  /** Does the CA's talking: one for both roles, or one to encrypt to and one that signs. */
  readonly ra?: readonly [Identity] | readonly [encryption: Identity, signing: Identity]
  readonly capabilities: readonly ScepCapability[]
  readonly challenge: string
  readonly nextCa?: Certificate
}

const DAY = 86_400_000

export async function startScepServer(options: ScepServerOptions): Promise<ScepServer> {
  const { ca, ra = [ca] } = options
  const [recipient, signer = recipient] = ra
  const seen: Seen[] = []
  const tries = new Map<string, number>()

  async function decide(request: ScepRequest): Promise<ScepOutcome> {
    if (request.type === 'GetCert' || request.type === 'GetCRL') return { status: 'FAILURE', failInfo: 'badCertId' }
    const subject = request.type === 'CertPoll' ? request.subject : request.csr.subject
    const pending = wanted.get(request.transactionId)
    if (request.type === 'CertPoll' && pending === undefined) return { status: 'FAILURE', failInfo: 'badCertId' }
    if (request.type === 'PKCSReq' && !challengeMatches(options.challenge, request.csr.challengePassword))
      return { status: 'FAILURE', failInfo: 'badRequest', failInfoText: 'challenge' }
    if (request.type === 'RenewalReq' && formatName(subject) !== formatName(request.previous.subject))
      return { status: 'FAILURE', failInfo: 'badRequest', failInfoText: 'subject' }
    const [word, argument] = (nameAttribute(subject, 'CN') ?? '').split('-')
    if (word === 'fail') return { status: 'FAILURE', failInfo: argument as 'badAlg' }
    const csr = request.type === 'CertPoll' ? pending : request.csr
    const count = (tries.get(request.transactionId) ?? 0) + 1
    tries.set(request.transactionId, count)
    if (csr !== undefined) wanted.set(request.transactionId, csr)
    if (csr === undefined || (word === 'pend' && count < Number(argument))) return { status: 'PENDING' }
    const [notBefore, notAfter] = [new Date(Date.now() - 300_000), new Date(Date.now() + 300 * DAY)]
    const issued = { subject, publicKey: csr.publicKey, serialNumber: randomSerialNumber(), notBefore, notAfter }
    return { status: 'SUCCESS', certificates: [await issueCertificate({ ...issued, purpose: 'device-identity' }, ca)] }
  }
  const wanted = new Map<string, { readonly publicKey: Bytes }>()

  async function operate(method: string, message: Bytes): Promise<Bytes> {
    let request: ScepRequest
    try {
      request = await openScepRequest(message, { recipient, renewalTrust: { anchors: [ca.certificate] } })
    } catch (error) {
      const failInfo = scepFailInfoOf(error)
      seen.push({ method, request: null, answer: failInfo })
      return buildScepFailure(peekScepMessage(message), failInfo, { signer })
    }
    const outcome = await decide(request)
    seen.push({ method, request, answer: outcome.status === 'FAILURE' ? outcome.failInfo : outcome.status })
    return buildScepReply(request, outcome, { signer })
  }

  async function respond(method: string, url: string, body: Bytes): Promise<HttpResponseParts> {
    const { operation, message } = parseScepHttpRequest({ method, url, body })
    if (operation === 'GetCACaps') return scepHttpResponse(operation, formatCaCaps(options.capabilities))
    if (operation === 'GetCACert')
      return buildCaCertResponse({ ca: ca.certificate, ...(options.ra && { ra: raCertificates(options.ra) }) })
    if (operation === 'GetNextCACert')
      return scepHttpResponse(operation, await buildNextCaCert([options.nextCa ?? ca.certificate], signer))
    return scepHttpResponse(operation, await operate(method, message ?? new Uint8Array()))
  }

  const server = createServer((incoming, outgoing) => {
    void bodyOf(incoming)
      .then((body) => respond(incoming.method ?? '', incoming.url ?? '', body))
      .catch((error: unknown): HttpResponseParts => ({
        status: isMdmProtocolError(error) ? 400 : 500,
        headers: {},
        body: new Uint8Array(),
      }))
      .then(({ status, headers, body }) => outgoing.writeHead(status, headers).end(body))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}/scep/pkiclient.exe`,
    seen,
    close: () =>
      new Promise((done) =>
        server.close(() => {
          done()
        }),
      ),
  }
}

function raCertificates(
  ra: NonNullable<ScepServerOptions['ra']>,
): readonly [Certificate] | readonly [Certificate, Certificate] {
  const [first, second] = ra
  return second === undefined ? [first.certificate] : [first.certificate, second.certificate]
}

async function bodyOf(incoming: IncomingMessage): Promise<Bytes> {
  const parts: Buffer[] = []
  for await (const part of incoming) parts.push(part as Buffer)
  return new Uint8Array(Buffer.concat(parts))
}
