import { requireDate, requireList, requireObject } from '../arguments.js'
import { contextConstructed, TAG } from '../asn1/der-reader.js'
import {
  type DerTree,
  derTree,
  encodeInteger,
  encodeOid,
  encodeSetOf,
  sequenceTree,
  setOfTree,
  treeOf,
} from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { copyBytes } from '../bytes/bytes.js'
import { encodeDigestAlgorithm, encodeSignatureAlgorithm, RSA_ENCRYPTION_ALGORITHM } from '../crypto/algorithms.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { digest } from '../crypto/digest.js'
import { chooseSignature, type ChosenSignature, signData } from '../crypto/sign.js'
import type { Bytes, Certificate, Context, DigestName, SigningIdentity } from '../types.js'
import { certificateParts, issuerAndSerialTree } from '../x509/certificate.js'
import { encodeSignedAttributes } from './attributes.js'
import { encodeContentInfo } from './content-info.js'

/**
 * Signs content as CMS SignedData with one signer (RFC 5652 §5): signed attributes contentType, messageDigest and
 * signingTime in DER order, the signer's certificate and `signer.chain` in that order, no unsigned attributes.
 *
 * Not checked: that the key belongs to the certificate (`importIdentity` does), nor that anybody trusts it. RSA signatures
 * are marked `rsaEncryption`, which old devices insist on. A key that cannot do `digest` uses the first one that it can.
 *
 * Throws `ERR_INVALID_ARGUMENT` for a key that cannot sign, or that would sign with MD5; `ERR_CERTIFICATE_INVALID`, `ERR_CRYPTO_UNAVAILABLE`; what a
 * `RemoteSigner` rejects with passes through.
 *
 * @param content - The content octets, carried byte for byte.
 * @param options - `detached`: the message does not carry the content. `digest`: default SHA-256. `signingTime`: default
 *   `now`; `false` leaves it out.
 * @returns ContentInfo, DER.
 * @example
 * ```ts
 * const message = await signCms(new TextEncoder().encode('hello'), identity)
 * console.log(toPem('PKCS7', message))
 * ```
 */
export async function signCms(
  content: Uint8Array,
  signer: SigningIdentity,
  options?: Context & {
    readonly detached?: boolean
    readonly digest?: DigestName
    readonly signingTime?: Date | false
  },
): Promise<Bytes> {
  const call = callContext(options)
  const detached = options?.detached === true
  const signingTime = options?.signingTime === false ? null : (options?.signingTime ?? call.now)
  if (signingTime !== null) requireDate(signingTime, 'signingTime')
  // A copy: what was digested is what is carried, whatever becomes of the caller's while the signature waits.
  const data = copyBytes(content)
  return signOwnData({ content: data, detached, digest: options?.digest ?? 'SHA-256', signingTime }, signer, call)
}

/** Signs content of no further type, which nobody writes to any more. */
export async function signOwnData(
  data: Pick<ContentToSign, 'content' | 'detached' | 'digest' | 'signingTime'>,
  signer: SigningIdentity,
  call: CallContext,
): Promise<Bytes> {
  return signContent(
    {
      content: data.content,
      contentType: OID.data,
      detached: data.detached,
      digest: data.digest,
      signingTime: data.signingTime,
      furtherAttributes: [],
      certificates: sentAlong(signer),
    },
    signer,
    call,
  )
}

/** The leaf first. */
export function sentAlong(signer: SigningIdentity): readonly Certificate[] {
  requireObject(signer, 'signer')
  const { certificate, chain = [] } = signer
  requireList(chain, 'signer.chain')
  return [certificate, ...chain]
}

export interface ContentToSign {
  readonly content: Uint8Array
  readonly contentType: string
  readonly detached: boolean
  readonly digest: DigestName
  readonly signingTime: Date | null
  /** Encoded attributes to sign besides contentType, messageDigest and signingTime. */
  readonly furtherAttributes: readonly Uint8Array[]
  readonly certificates: readonly Certificate[]
}

export async function signContent(input: ContentToSign, signer: SigningIdentity, call: CallContext): Promise<Bytes> {
  const chosen = chooseSignature(signer.key, input.digest)
  // A copy: the caller may change his Date while the digest is computed.
  const signingTime = input.signingTime === null ? null : new Date(input.signingTime.getTime())
  const computed = digest(chosen.digest, input.content, call)
  const attributes = encodeSignedAttributes({
    contentType: input.contentType,
    messageDigest: computed instanceof Uint8Array ? computed : await computed,
    signingTime,
    further: input.furtherAttributes,
  })
  const signature = await signData(signer.key, chosen, attributes, call)
  // RFC 5652 §5.4: signed as SET OF, sent as [0] IMPLICIT.
  attributes[0] = contextConstructed(0)
  return assembleSignedData(input, encodeSignerInfo(signer.certificate, chosen, attributes, signature), chosen.digest)
}

/** SignerInfo version 1: issuer and serial number. `attributes`: `[0]`, or nothing for none. */
function encodeSignerInfo(
  certificate: Certificate,
  chosen: ChosenSignature,
  attributes: Uint8Array,
  signature: Uint8Array,
): DerTree {
  return sequenceTree(
    encodeInteger(1),
    issuerAndSerialTree(certificateParts(certificate)),
    encodeDigestAlgorithm(chosen.digest),
    attributes,
    encodeSignerAlgorithm(chosen),
    derTree(TAG.OCTET_STRING, signature),
  )
}

/** As Apple's signers name it: the key's algorithm for PKCS#1 v1.5, the digest being named beside it. */
function encodeSignerAlgorithm(chosen: ChosenSignature): Bytes {
  return chosen.signature === 'RSASSA-PKCS1-v1_5'
    ? RSA_ENCRYPTION_ALGORITHM
    : encodeSignatureAlgorithm(chosen.signature, chosen.digest)
}

function assembleSignedData(
  input: Pick<ContentToSign, 'content' | 'contentType' | 'detached' | 'certificates'>,
  signerInfo: DerTree,
  digestName: DigestName,
): Bytes {
  const eContent = input.detached ? [] : [derTree(contextConstructed(0), derTree(TAG.OCTET_STRING, input.content))]
  const signedData = sequenceTree(
    // RFC 5652 §5.1: version 3 when the content is not plain data.
    encodeInteger(input.contentType === OID.data ? 1 : 3),
    encodeSetOf([encodeDigestAlgorithm(digestName)]),
    sequenceTree(encodeOid(input.contentType), ...eContent),
    ...certificateSet(input.certificates),
    setOfTree([signerInfo]),
  )
  return encodeContentInfo(OID.signedData, signedData)
}

/** `[0] IMPLICIT CertificateSet`, the leaf first: clients take the first one, so the order is the caller's. */
export function certificateSet(certificates: readonly Certificate[]): readonly DerTree[] {
  requireList(certificates, 'certificates')
  if (certificates.length === 0) return []
  return [
    treeOf(
      contextConstructed(0),
      certificates.map((certificate) => certificateParts(certificate).der),
    ),
  ]
}
