import { requireObject, requireText } from '../arguments.js'
import { isPrintableString } from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { copyBytes } from '../bytes/bytes.js'
import { encodeHex } from '../bytes/hex.js'
import { sealEnvelope } from '../cms/encrypt.js'
import { sentAlong, signContent } from '../cms/sign.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { digest } from '../crypto/digest.js'
import { readPublicKey } from '../crypto/public-key.js'
import { randomBytes } from '../crypto/random.js'
import { fail } from '../errors.js'
import type { Bytes, Certificate, CertificateRequest, Context, DistinguishedName, SigningIdentity } from '../types.js'
import { certificateParts } from '../x509/certificate.js'
import { parseCsr } from '../x509/csr.js'
import type { ScepChoice } from './capabilities.js'
import { encodeIssuerAndSerialNumber, encodeIssuerAndSubject } from './inner-content.js'
import { encodeScepAttributes, messageTypeNumber } from './message.js'
import { scepTransactionId } from './transaction-id.js'

/** What a client asks a CA for (RFC 8894 §3.3). */
export type ScepRequestInput =
  | {
      readonly type: 'PKCSReq' | 'RenewalReq'
      readonly csr: CertificateRequest
      readonly transactionId?: string
    }
  | {
      readonly type: 'CertPoll'
      readonly issuer: DistinguishedName
      readonly subject: DistinguishedName
      readonly transactionId: string
      /** SubjectPublicKeyInfo that the certificate was asked for. Default: the signer's. */
      readonly publicKey?: Uint8Array
    }
  | {
      readonly type: 'GetCert' | 'GetCRL'
      readonly issuer: DistinguishedName
      readonly serialNumber: string
      readonly transactionId?: string
    }

/**
 * Kept by the client between request and reply; plain JSON data. `senderNonce` and `publicKeySha256` (of the
 * SubjectPublicKeyInfo that the certificate is asked for) are lower-case hex.
 */
export interface ScepPending {
  readonly transactionId: string
  readonly senderNonce: string
  readonly type: ScepRequestInput['type']
  readonly publicKeySha256: string | null
}

export interface BuildScepRequestOptions extends Context {
  readonly signer: SigningIdentity
  readonly recipient: Certificate
  readonly choice: Pick<ScepChoice, 'digest' | 'cipher'>
}

/**
 * Builds a client's pkiMessage (RFC 8894 §3.3): the content encrypted to the CA or RA with RSAES-PKCS1-v1_5, which is what
 * every server reads, signed by the client.
 *
 * @param input - PKCSReq and RenewalReq carry a CSR; a poll names the issuer and the subject asked for, with the
 *   transactionID of the request that is pending, and the key of its CSR where that is not the signer's: after a renewal with a
 *   new key, `csr.publicKey`, or the certificate would not be recognised. `transactionId`: characters of a PrintableString, default `scepTransactionId` of the CSR's key, and
 *   random for GetCert and GetCRL. `serialNumber`: hex, with or without colons.
 * @param options - `signer`: for a first request a self-signed certificate over the CSR's key (`issueSelfSigned`); for a
 *   renewal the certificate that is being renewed. `recipient`: `CaCertificates.recipient`. `choice`: `negotiateScep`.
 * @returns The message to send with `scepHttpRequest`, and what `openScepReply` wants to know later.
 * @throws `ERR_INVALID_ARGUMENT` for DES-CBC or MD5, which are never written; `ERR_ALGORITHM_NOT_ACCEPTED` for a recipient
 *   without an RSA key; `ERR_CSR_INVALID`, `ERR_CERTIFICATE_INVALID`.
 * @example
 * ```ts
 * const { message, pending } = await buildScepRequest(
 *   { type: 'PKCSReq', csr },
 *   { signer: identity, recipient: ca, choice: { digest: 'SHA-256', cipher: 'AES-128-CBC' } },
 * )
 * console.log(message.length, pending.transactionId)
 * ```
 */
export async function buildScepRequest(
  input: ScepRequestInput,
  options: BuildScepRequestOptions,
): Promise<{ readonly message: Bytes; readonly pending: ScepPending }> {
  const call = callContext(options)
  requireObject(input, 'input')
  requireObject(options, 'options')
  const { signer, choice } = options
  requireObject(choice, 'choice')
  const certificates = sentAlong(signer)
  if (choice.digest === 'MD5') fail('ERR_INVALID_ARGUMENT', 'choice: MD5 is read, never written')
  const inner = await innerContent(input, signer, options, call)
  const senderNonce = randomBytes(16, call)
  const envelope = await sealEnvelope(
    {
      content: inner.content,
      recipients: [options.recipient],
      cipher: choice.cipher,
      keyTransport: 'RSAES-PKCS1-v1_5',
    },
    call,
  )
  const wireType = messageTypeNumber(input.type)
  const message = await signContent(
    {
      content: envelope,
      contentType: OID.data,
      detached: false,
      digest: choice.digest,
      signingTime: call.now,
      furtherAttributes: encodeScepAttributes({ wireType, transactionId: inner.transactionId, senderNonce }),
      certificates,
    },
    signer,
    call,
  )
  const pending: ScepPending = {
    transactionId: inner.transactionId,
    senderNonce: encodeHex(senderNonce),
    type: input.type,
    publicKeySha256: inner.publicKey === null ? null : encodeHex(await digest('SHA-256', inner.publicKey, call)),
  }
  return { message, pending }
}

interface InnerContent {
  readonly content: Bytes
  readonly transactionId: string
  /** SubjectPublicKeyInfo that the certificate will be for. */
  readonly publicKey: Uint8Array | null
}

async function innerContent(
  input: ScepRequestInput,
  signer: SigningIdentity,
  context: Context,
  call: CallContext,
): Promise<InnerContent> {
  if (input.type === 'CertPoll') {
    const publicKey =
      input.publicKey === undefined
        ? certificateParts(signer.certificate).key.spki
        : readPublicKey(copyBytes(input.publicKey)).spki
    return { content: encodeIssuerAndSubject(input), transactionId: checkedId(input.transactionId), publicKey }
  }
  if ('csr' in input) {
    // Of a CertificateRequest only `der` is believed.
    requireObject(input.csr, 'csr')
    const { der, publicKey } = parseCsr(input.csr.der)
    const transactionId = input.transactionId ?? (await scepTransactionId(publicKey, context))
    return { content: der, transactionId: checkedId(transactionId), publicKey }
  }
  const transactionId = input.transactionId ?? encodeHex(randomBytes(16, call)).toUpperCase()
  return { content: encodeIssuerAndSerialNumber(input), transactionId: checkedId(transactionId), publicKey: null }
}

function checkedId(transactionId: string): string {
  requireText(transactionId, 'transactionId')
  // RFC 8894 §3.2.1.1.
  if (transactionId.length < 1 || transactionId.length > 255 || !isPrintableString(transactionId))
    fail('ERR_INVALID_ARGUMENT', 'transactionId: 1 to 255 characters of a PrintableString are expected')
  return transactionId
}
