import { requireList, requireObject } from '../arguments.js'
import { OID } from '../asn1/oid.js'
import { equalBytes } from '../bytes/bytes.js'
import { buildCertificateBag, parseBag } from '../cms/certificate-bag.js'
import { encodeContentInfo } from '../cms/content-info.js'
import { signContent } from '../cms/sign.js'
import { parseEmbeddedCertificates, parseSignedData, type SignedData } from '../cms/signed-data.js'
import { verifySigner } from '../cms/signer.js'
import { acceptedByDefault, acceptList, type AcceptList } from '../crypto/accept.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { type VerificationBudget, verificationBudget } from '../crypto/verification-budget.js'
import { fail, isMdmProtocolError, type MdmProtocolError } from '../errors.js'
import type { AcceptedAlgorithms, Bytes, Certificate, Context, PinnedSigners, SigningIdentity } from '../types.js'
import { checkPins } from '../x509/trust.js'
import { abilitiesOf } from './ca-roles.js'
import { BAG_BUDGET, pathFailure } from './path-failure.js'

/**
 * Builds the answer to GetNextCACert (RFC 8894 §4.6.1): the certificates of the coming CA as a certificate bag, inside a
 * SignedData by the current CA.
 *
 * @param certificates - The next CA's certificate first, then its RA and chain if it has them.
 * @param signer - The current CA itself. A client must not take it from anybody whom the CA merely issued.
 * @returns ContentInfo, DER, for `scepHttpResponse('GetNextCACert', …)`.
 * @throws `ERR_INVALID_ARGUMENT` for no certificate or a key that cannot sign; `ERR_CERTIFICATE_INVALID`.
 * @example
 * ```ts
 * const announce = (next: Certificate) => buildNextCaCert([next], identity)
 * ```
 */
export async function buildNextCaCert(
  certificates: readonly [Certificate, ...Certificate[]],
  signer: SigningIdentity,
  context?: Context,
): Promise<Bytes> {
  const call = callContext(context)
  requireList(certificates, 'certificates')
  requireObject(signer, 'signer')
  if (certificates.length === 0) fail('ERR_INVALID_ARGUMENT', 'certificates: at least one is expected')
  return signContent(
    {
      content: buildCertificateBag(certificates),
      contentType: OID.signedData,
      detached: false,
      digest: 'SHA-256',
      signingTime: call.now,
      furtherAttributes: [],
      certificates: [signer.certificate],
    },
    signer,
    call,
  )
}

/**
 * Opens the answer to GetNextCACert (RFC 8894 §4.6.1): the certificates of the coming CA.
 *
 * Checked: the signature, by one of `pinned`, which are the current CA's own certificates (`CaCertificates.signers` where
 * the CA does its own work, else `issuer`); algorithms against `accept` (default `acceptedByDefault.scep`). Not checked:
 * dates, which are the future's.
 *
 * Some servers sign no content and put the new certificates beside the signature, which does not cover them: anybody
 * could exchange them. From such an answer only CA certificates are given out, and of them those that the pinned CA vouches
 * for in another way: it issued them, or a link certificate of theirs (`issueCaLinks`).
 *
 * Throws `ERR_CERTIFICATE_UNTRUSTED`, `ERR_SIGNATURE_INVALID`, `ERR_SIGNER_NOT_FOUND`, `ERR_SCEP_INVALID`, `ERR_CMS_INVALID`,
 * `ERR_ALGORITHM_*`, `ERR_ENCODING`, `ERR_LIMIT`, `ERR_CERTIFICATE_INVALID`, `ERR_INVALID_ARGUMENT`.
 *
 * @example
 * ```ts
 * const next = async (message: Uint8Array) => openNextCaCert(message, { pinned: [ca] })
 * ```
 */
export async function openNextCaCert(
  message: Uint8Array,
  options: Context & PinnedSigners & { readonly accept?: AcceptedAlgorithms },
): Promise<readonly Certificate[]> {
  const call = callContext(options)
  requireObject(options, 'options')
  const accept = acceptList(options.accept, acceptedByDefault.scep)
  const trust = checkPins(options.pinned)
  const signed = parseSignedData(message)
  const [info, ...more] = signed.signers
  if (info === undefined || more.length > 0)
    return fail('ERR_SCEP_INVALID', 'GetNextCACert: exactly one signer is expected')
  // Every FAILURE of the CA is its signature over nothing, too.
  if (info.signedAttributes?.list.some(({ type }) => type === OID.scepMessageType) === true)
    fail('ERR_SCEP_INVALID', 'GetNextCACert: the answer is a pkiMessage')
  const certificates = parseEmbeddedCertificates(signed.certificates)
  const content = signed.content ?? new Uint8Array(0)
  await verifySigner(signed, info, content, { certificates, trust, accept }, call)
  if (signed.content === null) return vouchedBesides(certificates, trust.pinned, accept, call)
  const next = parseBag(bagOf(signed, signed.content)).certificates
  if (next.length === 0) fail('ERR_SCEP_INVALID', 'GetNextCACert: the answer holds no certificate')
  return next
}

/** The content is a ContentInfo, or, as its type says literally, the SignedData inside one. */
function bagOf(signed: SignedData, content: Uint8Array): Uint8Array {
  if (signed.contentType !== OID.signedData) return content
  try {
    parseBag(content)
    return content
  } catch (error) {
    if (!isMdmProtocolError(error)) throw error
    return encodeContentInfo(OID.signedData, content)
  }
}

async function vouchedBesides(
  certificates: readonly Certificate[],
  pinned: PinnedSigners['pinned'],
  accept: AcceptList,
  call: CallContext,
): Promise<readonly Certificate[]> {
  // CAs alone: a device that the CA enrolled has a certificate of it too, and anybody can put that one here.
  const cas = certificates.filter((one) => abilitiesOf(one).isCa && !pinned.some((own) => equalBytes(own.der, one.der)))
  const budget = verificationBudget(BAG_BUDGET)
  const links = await issuedBy(pinned, cas, accept, budget, call)
  const [first, ...rest] = links.issued
  // The links themselves, and what they are for: the self-signed certificate of the next CA.
  if (first !== undefined) return (await issuedBy([first, ...rest], cas, accept, budget, call)).issued
  if (links.failure !== null) throw links.failure
  return fail('ERR_CERTIFICATE_UNTRUSTED', 'GetNextCACert: nothing is signed, and the current CA issued none of these')
}

interface Issued {
  readonly issued: readonly Certificate[]
  /** Why one was not accepted, where it is not that somebody else issued it. */
  readonly failure: MdmProtocolError | null
}

/** Those that one of the anchors signed itself, or that are one of them. */
async function issuedBy(
  anchors: PinnedSigners['pinned'],
  certificates: readonly Certificate[],
  accept: AcceptList,
  budget: VerificationBudget,
  call: CallContext,
): Promise<Issued> {
  const path = { trust: { anchors, validity: 'ignore' }, candidates: [], accept, budget } as const
  const issued: Certificate[] = []
  let failure: MdmProtocolError | null = null
  for (const certificate of certificates) {
    const error = await pathFailure(certificate, path, call)
    if (error === null) issued.push(certificate)
    else if (error.code !== 'ERR_CERTIFICATE_UNTRUSTED') failure ??= error
  }
  return { issued, failure }
}
