import { requireObject } from '../arguments.js'
import { encodingOf } from '../asn1/der-reader.js'
import { copyBytes } from '../bytes/bytes.js'
import { acceptedByDefault, acceptList } from '../crypto/accept.js'
import { callContext } from '../crypto/context.js'
import { verificationBudget } from '../crypto/verification-budget.js'
import { fail } from '../errors.js'
import type {
  AcceptedAlgorithms,
  Bytes,
  Certificate,
  Context,
  SignerHint,
  SignerTrust,
  VerifiedSigner,
} from '../types.js'
import { parseCertificateDer } from '../x509/certificate.js'
import { checkSignerTrust } from '../x509/trust.js'
import { certificateIdOf, identifies } from './identifier.js'
import { parseEmbeddedCertificates, parseSignedData, type SignedData, type SignerInfo } from './signed-data.js'
import { type SignerRules, verifySigner } from './signer.js'

/** The content of a SignedData with everybody who signed it. */
export interface SignedContent {
  readonly content: Bytes
  readonly signers: readonly VerifiedSigner[]
  readonly certificates: readonly Certificate[]
}

/** Whom to trust, and what an incoming message may use. */
export interface VerifyOptions extends Context {
  readonly trust: SignerTrust
  readonly accept?: AcceptedAlgorithms
}

/**
 * Verifies a CMS SignedData message, DER or BER, and gives the content that was verified (RFC 5652 §5).
 *
 * Checked: at least one signer, every one of them found, its signature over the bytes received, the signed content type
 * and message digest, its algorithms against `accept` (default `acceptedByDefault.modern`), its certificate against
 * `trust`. Not checked: what the content means; unsigned attributes, which are passed over.
 *
 * Detached means detached: with `detachedContent` a message that carries content of its own is refused, and without it a
 * message that carries none is. Use the returned `content`, never bytes from elsewhere.
 *
 * Throws `ERR_ENCODING`, `ERR_LIMIT`, `ERR_CMS_INVALID`, `ERR_SIGNER_NOT_FOUND`, `ERR_SIGNATURE_INVALID`,
 * `ERR_ALGORITHM_UNKNOWN`, `ERR_ALGORITHM_NOT_ACCEPTED`, `ERR_CERTIFICATE_*`, `ERR_CRL_*`, `ERR_INVALID_ARGUMENT`.
 *
 * @param message - ContentInfo, DER or BER; not PEM, not base64.
 * @example
 * ```ts
 * const { content, signers } = await verifyCms(message, { trust: { anchors: [root] } })
 * console.log(content.length, signers[0]?.certificate.serialNumber)
 * ```
 */
export async function verifyCms(
  message: Uint8Array,
  options: VerifyOptions & { readonly detachedContent?: Uint8Array },
): Promise<SignedContent> {
  const call = callContext(options)
  requireObject(options, 'options')
  const trust = checkSignerTrust(options.trust)
  const accept = acceptList(options.accept, acceptedByDefault.modern)
  const signed = parseSignedData(message)
  const content = contentToVerify(signed, options.detachedContent)
  if (signed.signers.length === 0) fail('ERR_SIGNER_NOT_FOUND', 'CMS message: there is no signer')
  const certificates = parseEmbeddedCertificates(signed.certificates)
  const rules: SignerRules = { certificates, trust, accept, budget: verificationBudget() }
  const signers: VerifiedSigner[] = []
  for (const info of signed.signers) signers.push(await verifySigner(signed, info, content, rules, call))
  return { content, signers, certificates }
}

/** A copy that the caller gets in the end. */
function contentToVerify(signed: SignedData, detached: Uint8Array | undefined): Bytes {
  if (detached === undefined)
    return copyBytes(
      signed.content ?? fail('ERR_CMS_INVALID', 'CMS message: the content is detached and none was given'),
    )
  // A signature over A must never count for the B that the caller goes on to use.
  if (signed.content !== null) fail('ERR_CMS_INVALID', 'CMS message: content is attached where it should be detached')
  if (!(detached instanceof Uint8Array)) fail('ERR_INVALID_ARGUMENT', 'detachedContent: a Uint8Array is expected')
  return copyBytes(detached)
}

/**
 * Who claims to have signed: which certificate to look up before `verifyCms`. Nothing is verified.
 *
 * Throws `ERR_ENCODING`, `ERR_LIMIT`, `ERR_CMS_INVALID`. `certificate` is `null` when the message carries none that the
 * signer's identifier names. Never decide anything on what this returns but which key to verify with.
 *
 * @example
 * ```ts
 * for (const hint of peekCmsSigners(message)) console.log(hint.signer.serialNumber ?? hint.signer.subjectKeyIdentifier)
 * ```
 */
export function peekCmsSigners(message: Uint8Array): readonly SignerHint[] {
  const signed = parseSignedData(message)
  return signed.signers.map((info) => signerHint(signed, info))
}

export function signerHint(signed: SignedData, info: SignerInfo): SignerHint {
  for (const encoding of signed.certificates) {
    const certificate = parseCertificateDer(encodingOf(encoding))
    if (identifies(info.identifier, certificate)) return { signer: certificateIdOf(info.identifier), certificate }
  }
  return { signer: certificateIdOf(info.identifier), certificate: null }
}
