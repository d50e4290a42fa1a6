import { requireObject } from '../arguments.js'
import { identitiesOf, type OpenedEnvelope, openEnvelope } from '../cms/decrypt.js'
import type { DecryptOptions } from '../cms/decrypt.js'
import { parseEnvelopedData } from '../cms/enveloped-data.js'
import { parseEmbeddedCertificates } from '../cms/signed-data.js'
import { type SignerRules, verifySigner } from '../cms/signer.js'
import { acceptedByDefault, acceptList } from '../crypto/accept.js'
import { type CallContext, callContext } from '../crypto/context.js'
import type { PublicKey } from '../crypto/public-key.js'
import { verificationBudget } from '../crypto/verification-budget.js'
import { equalBytes } from '../bytes/bytes.js'
import { fail, failDecryption, failWith, isMdmProtocolError } from '../errors.js'
import {
  type AcceptedAlgorithms,
  type Bytes,
  type Certificate,
  type CertificateRequest,
  type CipherName,
  type DecryptionIdentity,
  type DigestName,
  type DistinguishedName,
  type KeyTransportName,
  type Recipients,
  type Trust,
  unsafeAcceptAnySigner,
  type VerifiedSigner,
} from '../types.js'
import { certificateParts } from '../x509/certificate.js'
import { provePossession, type ReadCsr, readKeptCsr } from '../x509/csr.js'
import { foldedName } from '../x509/name-match.js'
import { checkTrust } from '../x509/trust.js'
import {
  type IssuerAndSerial,
  type IssuerAndSubject,
  parseIssuerAndSerialNumber,
  parseIssuerAndSubject,
} from './inner-content.js'
import { parsePkiMessage, type PkiMessage } from './message.js'
import { standingOf, type SignerStanding } from './standing.js'

/** What every request says of itself; `buildScepReply` answers from it. */
export interface ScepRequestBase {
  readonly transactionId: string
  readonly senderNonce: Bytes | null
  readonly signer: VerifiedSigner
  /** 'renewal': chains to `renewalTrust`. For CertPoll, compare the signer's key with the pending request's. */
  readonly signerStanding: SignerStanding
  /** Whose identity opened the message: the reply comes from the same CA or RA. */
  readonly recipient: Certificate
  /** The decimal as sent. */
  readonly wireMessageType: string
  readonly digest: DigestName
  readonly cipher: CipherName
  readonly keyTransport: KeyTransportName
  /** Of RSA-OAEP: Windows sends SHA-1. `null` in v1.5. */
  readonly oaepDigest?: DigestName | null
}

/** A request whose signature, decryption and proof of possession hold. */
export type ScepRequest = ScepRequestBase &
  (
    | { readonly type: 'PKCSReq'; readonly csr: CertificateRequest; readonly signerHoldsCsrKey: boolean }
    /** Signed by a certificate that `renewalTrust` holds good, whatever the messageType on the wire (macOS renews with PKCSReq). */
    | { readonly type: 'RenewalReq'; readonly csr: CertificateRequest; readonly previous: Certificate }
    | { readonly type: 'CertPoll'; readonly issuer: DistinguishedName; readonly subject: DistinguishedName }
    | { readonly type: 'GetCert'; readonly issuer: DistinguishedName; readonly serialNumber: string }
    | { readonly type: 'GetCRL'; readonly issuer: DistinguishedName; readonly serialNumber: string }
  )

export interface OpenScepRequestOptions extends DecryptOptions {
  readonly recipient: Recipients
  /** What the old certificate of a renewal must chain to. */
  readonly renewalTrust: Trust
  /** 'csr': a first request must be signed with the CSR's own key, as RFC 8894 §2.3 has it. Default 'any': macOS 10.8 to 10.11 and others sign with a throw-away key; the result says which. */
  readonly signerKey?: 'any' | 'csr'
}

/** Apple's older clients make throw-away signers and keys of 1024 bits; of a first request they are taken unless `accept` says more. */
const FIRST_REQUEST_RSA_BITS = 1024

/**
 * Opens a client's pkiMessage on the server (RFC 8894 §3.3, §4.3): signature, decryption, and the CSR's proof of possession.
 *
 * What is opened is not yet allowed: check the challenge password of a PKCSReq (`openScepChallenge`, `challengeMatches`) and,
 * for a RenewalReq, that the subject is the one that `previous` had. A renewal is told by its signer and not by its
 * messageType: a signer whose certificate `renewalTrust` holds good. A signer that chains there but has expired or was
 * revoked is refused (`graceDays` of `renewalTrust.validity` gives time); one of another CA has the standing 'other' and
 * proves nothing, and so has one of ours that `accept` does not take: with `minRsaBits: 1024` those old devices renew, too. A CA, be it an anchor or below one, is no device and has no standing.
 *
 * Algorithms are held against `accept` (default `acceptedByDefault.scep`; 1024 bits suffice for the throw-away signer and
 * the CSR of a first request unless `accept.minRsaBits` is given). Several CA or RA identities can be given as `recipient`.
 * A signer without an RSA key is refused, as no answer can be encrypted to it. GetCert and GetCRL have to name a CA of ours as
 * issuer: a recipient or the issuer of one, an anchor or intermediate of `renewalTrust`. So does a CertPoll whose subject is
 * not that of its signer.
 *
 * Throws `ERR_SCEP_UNEXPECTED` for a messageType that is no request (18, UpdateReq, among them), `ERR_SCEP_INVALID`,
 * `ERR_SIGNATURE_INVALID`, `ERR_SIGNER_NOT_FOUND`, `ERR_CMS_INVALID`, `ERR_KEY_MISMATCH` under `signerKey: 'csr'`,
 * `ERR_CERTIFICATE_*`, `ERR_CRL_*`, `ERR_ALGORITHM_*`, `ERR_ENCODING`, `ERR_LIMIT`, and one `ERR_DECRYPTION_FAILED` for all
 * from the content key to the parse of what it opens and, where the signer does not hold the key of the CSR, to the proof of
 * possession: each difference would tell who has recorded a request what is in it. Answer with `buildScepFailure(peekScepMessage(message),
 * scepFailInfoOf(error), …)`, or with HTTP 400 when `peekScepMessage` throws too.
 *
 * @param message - `parseScepHttpRequest().message`: ContentInfo, DER or BER.
 * @example
 * ```ts
 * const open = async (message: Uint8Array) => {
 *   const request = await openScepRequest(message, { recipient: identity, renewalTrust: { anchors: [ca] } })
 *   return request.type === 'PKCSReq' ? request.csr.challengePassword : null
 * }
 * ```
 */
export async function openScepRequest(message: Uint8Array, options: OpenScepRequestOptions): Promise<ScepRequest> {
  const call = callContext(options)
  requireObject(options, 'options')
  const { signerKey = 'any' } = options
  // Of a word that is neither, the lenient one would be made.
  if (!['any', 'csr'].includes(signerKey)) fail('ERR_INVALID_ARGUMENT', "signerKey: 'any' or 'csr' is expected")
  const renewalTrust = checkTrust(options.renewalTrust)
  const accept = acceptList(options.accept, acceptedByDefault.scep)
  const recipients = identitiesOf(options.recipient)
  const firstAccept = acceptList({ minRsaBits: options.accept?.minRsaBits ?? FIRST_REQUEST_RSA_BITS }, accept)
  const pki = parsePkiMessage(message)
  if (!/^(17|19|20|21|22)$/.test(pki.wireType))
    failWith('ERR_SCEP_UNEXPECTED', 'pkiMessage: messageType is not that of a request', { field: 'messageType' })
  const content = pki.signed.content
  if (content === null || content.length === 0) return fail('ERR_SCEP_INVALID', 'pkiMessage: there is no content')
  const certificates = parseEmbeddedCertificates(pki.signed.certificates)
  const budget = verificationBudget()
  const rules: SignerRules = {
    certificates,
    trust: unsafeAcceptAnySigner,
    accept: firstAccept,
    // It is that of the request as a rule, and the one to encrypt the reply for.
    keyRecurs: true,
    budget,
  }
  const signer = await verifySigner(pki.signed, pki.signer, content, rules, call)
  requireAnswerable(signer.certificate)
  const path = { trust: renewalTrust, candidates: certificates, accept, budget }
  const judged = standingOf(signer.certificate, path, pki.wireType === '17', call)
  const standing = typeof judged === 'string' ? judged : await judged
  const envelope = await openEnvelope(parseEnvelopedData(content, true), recipients, accept, call)
  const base = requestBase(pki, signer, standing, envelope)
  const ours = <T extends Inner>(inner: T): T => requireOurs(inner, recipients, renewalTrust)
  const polled = (plaintext: Bytes): IssuerAndSubject => {
    const inner = parseIssuerAndSubject(plaintext)
    return isNamed(inner.subject, signer.certificate) ? inner : ours(inner)
  }
  const numbered = (plaintext: Bytes): IssuerAndSerial => ours(parseIssuerAndSerialNumber(plaintext))
  if (pki.wireType === '20') return { ...base, type: 'CertPoll', ...decrypted(envelope, polled) }
  if (pki.wireType === '21') return { ...base, type: 'GetCert', ...decrypted(envelope, numbered) }
  if (pki.wireType === '22') return { ...base, type: 'GetCRL', ...decrypted(envelope, numbered) }
  const csr = decrypted(envelope, readKeptCsr)
  // Awaited: a promise that an async function returns is waited for twice.
  return await openEnrolment(base, csr, standing === 'renewal' ? accept : firstAccept, signerKey, call)
}

/** Before a certificate is issued that nobody could be given: the answer is encrypted to the signer. */
function requireAnswerable(signer: Certificate): void {
  const { kind } = certificateParts(signer).key
  if (kind !== 'RSA')
    failWith('ERR_ALGORITHM_NOT_ACCEPTED', 'pkiMessage: the signer has no RSA key to encrypt the answer to', {
      kind: 'keyTransport',
      name: kind,
    })
}

function requestBase(
  pki: PkiMessage,
  signer: VerifiedSigner,
  signerStanding: SignerStanding,
  envelope: OpenedEnvelope,
): ScepRequestBase {
  return {
    transactionId: pki.transactionId,
    senderNonce: pki.senderNonce,
    signer,
    signerStanding,
    recipient: envelope.recipient,
    wireMessageType: pki.wireType,
    digest: signer.digest,
    cipher: envelope.cipher,
    keyTransport: envelope.keyTransport,
    oaepDigest: envelope.oaepDigest,
  }
}

/**
 * Anybody can sign a request: until it parses, the plaintext is unauthenticated, and has one failure. Who has recorded a request
 * may send its content key with other ciphertext under a signature of his own, and learns from each difference between two
 * answers what the content of the recorded one was.
 */
function decrypted<T>(envelope: OpenedEnvelope, parse: (content: Bytes) => T): T {
  try {
    return parse(envelope.content)
  } catch (error) {
    if (isMdmProtocolError(error)) return failDecryption()
    throw error
  }
}

async function openEnrolment(
  base: ScepRequestBase,
  { csr, request }: ReadCsr,
  accept: Required<AcceptedAlgorithms>,
  signerKey: 'any' | 'csr',
  call: CallContext,
): Promise<ScepRequest> {
  const previous = base.signer.certificate
  const own = certificateParts(previous).key
  let key: PublicKey
  try {
    key = await provePossession(request, accept, call, own)
  } catch (error) {
    refuseProof(error, request, own)
  }
  // Not a spread with members behind it: V8 takes microseconds for that.
  if (base.signerStanding === 'renewal') return Object.assign({ type: 'RenewalReq', csr, previous } as const, base)
  const signerHoldsCsrKey = equalBytes(own.keyBits, key.keyBits)
  if (signerKey === 'csr' && !signerHoldsCsrKey)
    fail('ERR_KEY_MISMATCH', 'pkiMessage: the signer does not hold the key of the certificate request')
  return Object.assign({ type: 'PKCSReq', csr, signerHoldsCsrKey } as const, base)
}

/**
 * What is wrong with the proof is told only to who signed with the key of the request: nobody puts his own key into a content
 * that he does not know. Of all others it is not even known that they have sent a certificate request: see `decrypted`.
 */
function refuseProof(error: unknown, request: ReadCsr['request'], own: PublicKey): never {
  if (!isMdmProtocolError(error) || equalBytes(request.publicKey, own.spki)) throw error
  failDecryption()
}

type Inner = { readonly issuer: DistinguishedName }

/** An empty name says nothing: two octets of anything can be read as one. */
function isNamed(name: DistinguishedName, certificate: Certificate): boolean {
  return name.length > 0 && certificateParts(certificate).foldedSubject === foldedName(name)
}

/**
 * Any SEQUENCE of two values can be read as one of these; with the name of a CA of ours in it, it is no accident. Nor is it with
 * the subject of its signer in a CertPoll: strongSwan puts the name of a signing RA in the issuer's place.
 */
function requireOurs<T extends Inner>(inner: T, recipients: readonly DecryptionIdentity[], trust: Trust): T {
  const { issuer } = inner
  const isOurs = [...trust.anchors, ...(trust.intermediates ?? [])].some((one) => isNamed(issuer, one))
  // An RA is asked in the name of its CA.
  const isTheirs = ({ certificate }: DecryptionIdentity): boolean =>
    isNamed(issuer, certificate) || certificateParts(certificate).foldedIssuer === foldedName(issuer)
  return isOurs || recipients.some(isTheirs)
    ? inner
    : fail('ERR_SCEP_INVALID', 'pkiMessage content: the issuer is none of those that are asked')
}
