import { requireObject, requireText } from '../arguments.js'
import { contentOf, TAG } from '../asn1/der-reader.js'
import { OID } from '../asn1/oid.js'
import { encodeHex } from '../bytes/hex.js'
import { type Attribute, singleValue } from '../cms/attributes.js'
import { parseBag } from '../cms/certificate-bag.js'
import { identitiesOf, openEnvelope } from '../cms/decrypt.js'
import { parseEnvelopedData } from '../cms/enveloped-data.js'
import { parseEmbeddedCertificates } from '../cms/signed-data.js'
import { verifySigner } from '../cms/signer.js'
import { acceptedByDefault, acceptList } from '../crypto/accept.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { digest } from '../crypto/digest.js'
import { fail, failWith } from '../errors.js'
import type {
  AcceptedAlgorithms,
  Bytes,
  Certificate,
  Context,
  PinnedSigners,
  Recipients,
  VerifiedSigner,
} from '../types.js'
import { certificateParts } from '../x509/certificate.js'
import { checkPins } from '../x509/trust.js'
import type { ScepPending } from './build-request.js'
import { failInfoName, type ScepFailInfo } from './fail-info.js'
import { parsePkiMessage, type PkiMessage, textAttribute } from './message.js'

/** The answer of a trusted CA. FAILURE and PENDING are answers: returned, not thrown. */
export type ScepReply =
  | {
      readonly status: 'SUCCESS'
      /** The one with our key; `null` where none has it, as in the answer to GetCert or GetCRL. */
      readonly certificate: Certificate | null
      readonly certificates: readonly Certificate[]
      /** DER. */
      readonly crl: Bytes | null
      readonly signer: VerifiedSigner
    }
  | { readonly status: 'PENDING'; readonly signer: VerifiedSigner }
  | {
      readonly status: 'FAILURE'
      /** `null` when the number is none of the RFC's five. */
      readonly failInfo: ScepFailInfo | null
      readonly failInfoRaw: string
      readonly failInfoText: string | null
      readonly signer: VerifiedSigner
    }

export interface OpenScepReplyOptions extends Context, PinnedSigners {
  readonly accept?: AcceptedAlgorithms
  readonly pending: ScepPending
  readonly recipient: Recipients
}

/**
 * Opens the CA's answer to a request (RFC 8894 §3.3.2, §4.3.1).
 *
 * Checked: the signature, by one of `pinned` (which may be missing in the message); messageType CertRep; transactionID and
 * recipientNonce against `pending`; algorithms against `accept` (default `acceptedByDefault.scep`). Then the envelope is
 * decrypted. Not checked: whether the issued certificate says what was asked for, nor its path.
 *
 * `pinned` are the CA's or RA's own certificates, `CaCertificates.signers`: under a trust anchor in its place any device
 * that the CA enrolled could answer in its name.
 *
 * Throws `ERR_SCEP_UNEXPECTED` with the field that does not fit, `ERR_SCEP_INVALID`, `ERR_CMS_INVALID`, `ERR_SIGNATURE_INVALID`,
 * `ERR_SIGNER_NOT_FOUND`, `ERR_CERTIFICATE_UNTRUSTED`, `ERR_CERTIFICATE_INVALID`, `ERR_ALGORITHM_*`, `ERR_DECRYPTION_FAILED`, `ERR_ENCODING`, `ERR_LIMIT`.
 *
 * @param options - `recipient`: the identity that signed the request; the answer is encrypted to its certificate.
 * @example
 * ```ts
 * const read = async (message: Uint8Array, pending: ScepPending, ca: CaCertificates) => {
 *   const reply = await openScepReply(message, { pinned: ca.signers, pending, recipient: identity })
 *   return reply.status === 'SUCCESS' ? reply.certificate : null
 * }
 * ```
 */
export async function openScepReply(message: Uint8Array, options: OpenScepReplyOptions): Promise<ScepReply> {
  const call = callContext(options)
  requireObject(options, 'options')
  requirePending(options.pending)
  const accept = acceptList(options.accept, acceptedByDefault.scep)
  const trust = checkPins(options.pinned)
  const pending: ScepPending = { ...options.pending }
  const recipients = identitiesOf(options.recipient)
  const reply = parsePkiMessage(message)
  const content = reply.signed.content ?? new Uint8Array(0)
  const certificates = parseEmbeddedCertificates(reply.signed.certificates)
  const signer = await verifySigner(reply.signed, reply.signer, content, { certificates, trust, accept }, call)
  checkAnswers(reply, pending)
  const status = textAttribute(reply.attributes, OID.scepPkiStatus, 'pkiStatus', 8)
  if (status === '3') return { status: 'PENDING', signer }
  if (status === '2') return { status: 'FAILURE', ...failureOf(reply.attributes), signer }
  if (status !== '0') return fail('ERR_SCEP_INVALID', 'pkiMessage: pkiStatus is missing or none of RFC 8894')
  const envelope = await openEnvelope(parseEnvelopedData(content, true), recipients, accept, call)
  // The CA signed the envelope, so what is wrong inside may be said.
  const bag = parseBag(envelope.content)
  const certificate = await certificateWithKey(bag.certificates, pending.publicKeySha256, call)
  return { status: 'SUCCESS', certificate, certificates: bag.certificates, crl: bag.crls[0] ?? null, signer }
}

/** It comes out of the client's own storage. */
export function requirePending(pending: ScepPending): void {
  requireObject(pending, 'pending')
  requireText(pending.transactionId, 'pending.transactionId')
  requireText(pending.senderNonce, 'pending.senderNonce')
  if (pending.publicKeySha256 !== null) requireText(pending.publicKeySha256, 'pending.publicKeySha256')
}

function checkAnswers(reply: PkiMessage, pending: ScepPending): void {
  if (reply.wireType !== '3') unexpected('messageType')
  if (reply.transactionId !== pending.transactionId) unexpected('transactionId')
  if (reply.recipientNonce === null || encodeHex(reply.recipientNonce) !== pending.senderNonce.toLowerCase())
    unexpected('recipientNonce')
}

function unexpected(field: 'transactionId' | 'recipientNonce' | 'messageType'): never {
  return failWith('ERR_SCEP_UNEXPECTED', `pkiMessage: ${field} is not that of an answer to the request`, { field })
}

/** Real servers send numbers outside the RFC's five, and none at all: kept as text, never a reason to throw. */
export function failureOf(attributes: readonly Attribute[]): {
  readonly failInfo: ScepFailInfo | null
  readonly failInfoRaw: string
  readonly failInfoText: string | null
} {
  const failInfoRaw = anyTextOf(attributes, OID.scepFailInfo, 'failInfo') ?? ''
  const failInfoText = anyTextOf(attributes, OID.scepFailInfoText, 'failInfoText')
  return { failInfo: failInfoName(failInfoRaw), failInfoRaw, failInfoText }
}

const TEXT_TAGS: readonly number[] = [TAG.UTF8_STRING, TAG.PRINTABLE_STRING, TAG.IA5_STRING]

/** More than any reason takes. */
const MAX_REASON = 1024

/** Of whatever kind of text it is, as far as it can be read; `null` for what is none. */
function anyTextOf(attributes: readonly Attribute[], type: string, field: string): string | null {
  const value = singleValue(attributes, type, field)
  if (value === null || !TEXT_TAGS.includes(value.tag)) return null
  return new TextDecoder().decode(contentOf(value).subarray(0, MAX_REASON))
}

async function certificateWithKey(
  certificates: readonly Certificate[],
  publicKeySha256: string | null,
  call: CallContext,
): Promise<Certificate | null> {
  if (publicKeySha256 === null) return null
  for (const certificate of certificates) {
    const print = encodeHex(await digest('SHA-256', certificateParts(certificate).key.spki, call))
    if (print === publicKeySha256.toLowerCase()) return certificate
  }
  return null
}
