import { requireObject } from '../arguments.js'
import { parseEmbeddedCertificates, type SignedData } from '../cms/signed-data.js'
import { type SignerRules, verifySigner } from '../cms/signer.js'
import { signerHint } from '../cms/verify.js'
import { acceptedByDefault, acceptList } from '../crypto/accept.js'
import { callContext } from '../crypto/context.js'
import { fail } from '../errors.js'
import {
  type AcceptedAlgorithms,
  type Context,
  type SignerHint,
  type SignerTrust,
  unsafeAcceptAnySigner,
  type VerifiedSigner,
} from '../types.js'
import { checkSignerTrust } from '../x509/trust.js'
import { readMdmSignature } from './signature-header.js'

/** Whom to trust, and what the signature may use (default `acceptedByDefault.device`). */
export interface VerifyMdmSignatureOptions extends Context {
  readonly trust: SignerTrust
  readonly accept?: AcceptedAlgorithms
}

/**
 * Who claims to have signed: which stored identity certificate to pin before `verifyMdmSignature`. Nothing is verified,
 * so decide nothing else on it.
 *
 * `certificate` is `null` when the header carries none that its signer names: then `signer` says which one to look up.
 *
 * Throws `ERR_MDM_SIGNATURE_MISSING`, `ERR_ENCODING`, `ERR_LIMIT`, `ERR_CMS_INVALID`, `ERR_SIGNER_NOT_FOUND`,
 * `ERR_CERTIFICATE_INVALID`.
 *
 * @param header - The value of `Mdm-Signature`.
 * @example
 * ```ts
 * const { signer, certificate } = peekMdmSignature(header)
 * console.log(signer.serialNumber, certificate === null ? 'look it up' : formatName(certificate.issuer))
 * ```
 */
export function peekMdmSignature(header: string): SignerHint {
  const { signed, signer } = readMdmSignature(header)
  return signerHint(signed, signer)
}

/** Devices go on signing with identities that have expired: what has to be renewed is not a forgery. */
function withoutDates(trust: SignerTrust): SignerTrust {
  if (trust === unsafeAcceptAnySigner || trust.anchors === undefined || trust.validity !== undefined) return trust
  return { ...trust, validity: 'ignore' }
}

/**
 * Verifies the `Mdm-Signature` header over the request body: this very body was signed by a trusted identity.
 *
 * Both forms of Apple's devices are read, BER without signed attributes and DER with them; line breaks, missing padding
 * and the URL-safe alphabet in the header are taken. Checked: one signer, detached, its signature over these octets, its
 * algorithms against `accept` (default `acceptedByDefault.device`: also SHA-1, RSA from 1024 bits), its certificate
 * against `trust`. Dates are ignored unless `trust.validity` says otherwise: devices keep signing with expired identities;
 * `checkCertificate` judges them.
 *
 * Not checked: that the signer is the device that the body names. Pin the identity stored for that enrolment, or compare
 * `certificate` with it; a certificate of the right CA alone is any of your devices. `unsafeAcceptAnySigner` accepts a
 * certificate that the sender made up.
 *
 * Pass the body as it came in, before anything parses it or changes its line ends. On failure answer 400, never 401:
 * a device that is answered 401 un-enrols itself.
 *
 * Throws `ERR_MDM_SIGNATURE_MISSING` (no or empty header), `ERR_ENCODING`, `ERR_LIMIT`, `ERR_CMS_INVALID` (attached
 * content, two signers), `ERR_SIGNATURE_INVALID`, `ERR_SIGNER_NOT_FOUND`, `ERR_ALGORITHM_UNKNOWN`,
 * `ERR_ALGORITHM_NOT_ACCEPTED`, `ERR_CERTIFICATE_*`, `ERR_CRL_*`, `ERR_INVALID_ARGUMENT`.
 *
 * Written in: Apple, Device Management, Pass an identity certificate through a proxy (SignMessage of the MDM payload);
 * RFC 5652 §5.
 *
 * @param header - The value of `Mdm-Signature`, or what there is instead.
 * @param body - The request body, octet for octet.
 * @example
 * ```ts
 * const signer = await verifyMdmSignature(header, body, { trust: { pinned: [storedIdentity] } })
 * console.log(signer.certificate.serialNumber, signer.digest)
 * ```
 */
export async function verifyMdmSignature(
  header: string | null | undefined,
  body: Uint8Array,
  options: VerifyMdmSignatureOptions,
): Promise<VerifiedSigner> {
  const call = callContext(options)
  requireObject(options, 'options')
  const trust = checkSignerTrust(options.trust)
  const accept = acceptList(options.accept, acceptedByDefault.device)
  if (!(body instanceof Uint8Array)) fail('ERR_INVALID_ARGUMENT', 'the body is given as the bytes that came in')
  const { signed, signer } = readMdmSignature(header)
  const rules: Pick<SignerRules, 'trust' | 'accept'> & LazyCertificates = {
    encodings: signed.certificates,
    parsed: null,
    trust: withoutDates(trust),
    accept,
  }
  return verifySigner(signed, signer, body, Object.assign(Object.create(readsCertificates) as Lazy, rules), call)
}

type Lazy = Pick<SignerRules, 'certificates'>
interface LazyCertificates {
  readonly encodings: SignedData['certificates']
  parsed: SignerRules['certificates'] | null
}

/**
 * Read when asked for: under a pinned identity the certificates of the header say nothing. On a prototype: V8 keeps the
 * accessors of a literal, and the message that they close over, until its next full collection.
 */
const readsCertificates: Lazy & ThisType<LazyCertificates> = {
  get certificates() {
    return (this.parsed ??= parseEmbeddedCertificates(this.encodings))
  },
}
