import { requireBytes, requireList, requireObject, requireText } from '../arguments.js'
import { encodeAttribute, encodePrintableString, encodeUtf8String } from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { buildCertificateBag, buildCrlBag } from '../cms/certificate-bag.js'
import { sealEnvelope } from '../cms/encrypt.js'
import { sentAlong, signContent } from '../cms/sign.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { randomBytes } from '../crypto/random.js'
import { fail } from '../errors.js'
import type { Bytes, Certificate, CipherName, Context, DigestName, SigningIdentity } from '../types.js'
import { failInfoNumber, type ScepFailInfo } from './fail-info.js'
import { encodeScepAttributes } from './message.js'
import type { ScepRequestBase } from './open-request.js'
import type { ScepEnvelopeInfo } from './peek.js'
import { replyTransport } from './reply-transport.js'

/** What the CA decided. */
export type ScepOutcome =
  | { readonly status: 'SUCCESS'; readonly certificates: readonly [Certificate, ...Certificate[]] }
  | { readonly status: 'SUCCESS'; readonly crl: Uint8Array }
  | { readonly status: 'PENDING' }
  | { readonly status: 'FAILURE'; readonly failInfo: ScepFailInfo; readonly failInfoText?: string }

/**
 * Builds the CA's answer to an opened request (RFC 8894 §3.3.2), as Apple's clients and the others accept it: leaf first,
 * PrintableStrings, `rsaEncryption`, no unsigned attributes, the transactionID and the nonce echoed, a zero-length content
 * for PENDING and FAILURE.
 *
 * Encrypted to the request's signer alone, whatever other certificates the request carried. Digest, cipher and key transport
 * mirror the request, the digest of RSA-OAEP among them, since a client reads what it writes; but DES-CBC and MD5 are never
 * written: AES-128-CBC and SHA-256 instead. OAEP is written with one digest for hash and mask, and without a label; where the
 * client's RSA key has no room for the content key beside that digest, with SHA-256, and where it has none for that either
 * (below 784 bits with AES-256), RSAES-PKCS1-v1_5 is written.
 *
 * Not checked: that the certificate is for the key of the request. That is the issuer's business.
 *
 * @param outcome - `certificates`: the issued one first. `crl`: DER, for GetCRL.
 * @param options - `signer`: the identity whose certificate clients pin: the CA's or RA's own, the one that the request was
 *   encrypted to or its signing twin.
 * @returns ContentInfo, DER, for `scepHttpResponse('PKIOperation', …)`.
 * @throws `ERR_ALGORITHM_NOT_ACCEPTED` when the request's signer has no RSA key to encrypt to; `ERR_INVALID_ARGUMENT` for
 *   DES-CBC or MD5 by name, or an unknown failInfo; `ERR_ENCODING` or `ERR_CRL_INVALID` for a CRL that is not DER, PEM
 *   among them.
 * @example
 * ```ts
 * const refuse = (request: ScepRequest) =>
 *   buildScepReply(request, { status: 'FAILURE', failInfo: 'badRequest' }, { signer: identity })
 * ```
 */
export async function buildScepReply(
  request: ScepRequestBase,
  outcome: ScepOutcome,
  options: Context & { readonly signer: SigningIdentity; readonly digest?: DigestName; readonly cipher?: CipherName },
): Promise<Bytes> {
  const call = callContext(options)
  requireObject(request, 'request')
  requireObject(outcome, 'outcome')
  requireObject(options, 'options')
  const digest = options.digest ?? withoutMd5(request.digest)
  if (digest === 'MD5') fail('ERR_INVALID_ARGUMENT', 'digest: MD5 is read, never written')
  if ('certificates' in outcome) {
    requireList(outcome.certificates, 'certificates')
    if (outcome.certificates.length === 0)
      fail('ERR_INVALID_ARGUMENT', 'certificates: at least the issued one is expected')
  }
  if (outcome.status !== 'SUCCESS') return signReply(request, outcome, new Uint8Array(0), digest, options.signer, call)
  const cipher = options.cipher ?? (request.cipher === 'DES-CBC' ? 'AES-128-CBC' : request.cipher)
  if ('crl' in outcome) requireBytes(outcome.crl, 'crl')
  const content = 'crl' in outcome ? buildCrlBag(outcome.crl) : buildCertificateBag(outcome.certificates)
  requireObject(request.signer, 'request.signer')
  const recipients = [request.signer.certificate]
  const envelope = await sealEnvelope({ content, recipients, cipher, ...replyTransport(request, cipher) }, call)
  // Awaited: a promise that an async function returns is waited for twice.
  return await signReply(request, outcome, envelope, digest, options.signer, call)
}

/**
 * The refusal of a message that could not be opened (RFC 8894 §3.3.2.2): signed, nothing encrypted.
 *
 * Nothing of `message` was verified: it is echoed and believed in nothing else.
 *
 * @param message - What `peekScepMessage` read.
 * @param failInfo - What `scepFailInfoOf` made of the error.
 * @param options - `failInfoText`: for a person at the other end. Say no more than the client may know.
 * @throws `ERR_INVALID_ARGUMENT` for an unknown failInfo.
 * @example
 * ```ts
 * const refuse = (message: Uint8Array, error: unknown) =>
 *   buildScepFailure(peekScepMessage(message), scepFailInfoOf(error), { signer: identity })
 * ```
 */
export async function buildScepFailure(
  message: Pick<ScepEnvelopeInfo, 'transactionId' | 'senderNonce' | 'digest'>,
  failInfo: ScepFailInfo,
  options: Context & { readonly signer: SigningIdentity; readonly failInfoText?: string },
): Promise<Bytes> {
  const call = callContext(options)
  requireObject(message, 'message')
  requireObject(options, 'options')
  const text = options.failInfoText
  const outcome: ScepOutcome = { status: 'FAILURE', failInfo, ...(text === undefined ? {} : { failInfoText: text }) }
  return signReply(message, outcome, new Uint8Array(0), withoutMd5(message.digest), options.signer, call)
}

function withoutMd5(digest: DigestName): Exclude<DigestName, 'MD5'> {
  return digest === 'MD5' ? 'SHA-256' : digest
}

function signReply(
  request: Pick<ScepRequestBase, 'transactionId' | 'senderNonce'>,
  outcome: ScepOutcome,
  content: Bytes,
  digest: DigestName,
  signer: SigningIdentity,
  call: CallContext,
): Promise<Bytes> {
  requireText(request.transactionId, 'transactionId')
  if (request.senderNonce !== null) requireBytes(request.senderNonce, 'senderNonce')
  const attributes = encodeScepAttributes({
    wireType: '3',
    transactionId: request.transactionId,
    senderNonce: randomBytes(16, call),
    recipientNonce: request.senderNonce,
  })
  return signContent(
    {
      content,
      contentType: OID.data,
      detached: false,
      digest,
      signingTime: call.now,
      furtherAttributes: [...attributes, ...outcomeAttributes(outcome)],
      certificates: sentAlong(signer),
    },
    signer,
    call,
  )
}

function outcomeAttributes(outcome: ScepOutcome): readonly Bytes[] {
  if (outcome.status === 'SUCCESS') return [encodeStatus('0')]
  if (outcome.status === 'PENDING') return [encodeStatus('3')]
  const number = failInfoNumber(outcome.failInfo)
  if (number < 0) fail('ERR_INVALID_ARGUMENT', 'failInfo: one of the five of RFC 8894 is expected')
  const attributes = [encodeStatus('2'), encodeAttribute(OID.scepFailInfo, encodePrintableString(String(number)))]
  if (outcome.failInfoText === undefined) return attributes
  requireText(outcome.failInfoText, 'failInfoText')
  attributes.push(encodeAttribute(OID.scepFailInfoText, encodeUtf8String(outcome.failInfoText)))
  return attributes
}

function encodeStatus(status: '0' | '2' | '3'): Bytes {
  return encodeAttribute(OID.scepPkiStatus, encodePrintableString(status))
}
