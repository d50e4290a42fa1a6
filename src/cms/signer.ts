// One signer of a SignedData: found, checked over the bytes received, trusted (RFC 5652 §5.4, §5.6).
import { OID } from '../asn1/oid.js'
import { equalBytes } from '../bytes/bytes.js'
import { requireAccepted } from '../crypto/accept.js'
import { digestOf, signatureAlgorithmOf } from '../crypto/algorithms.js'
import type { CallContext } from '../crypto/context.js'
import { digest } from '../crypto/digest.js'
import { spendVerification, type VerificationBudget, verificationBudget } from '../crypto/verification-budget.js'
import { verifySignature } from '../crypto/verify.js'
import { fail, isMdmProtocolError, type MdmProtocolError } from '../errors.js'
import {
  type AcceptedAlgorithms,
  type Certificate,
  type DigestName,
  type PinnedFingerprints,
  type PinnedSigners,
  type SignatureName,
  type SignerTrust,
  type Trust,
  unsafeAcceptAnySigner,
  type VerifiedSigner,
} from '../types.js'
import { certificateParts, fingerprintOf } from '../x509/certificate.js'
import { buildPath } from '../x509/path.js'
import { checkContentType, looksLikeSignedAttributes, messageDigestOf, signingTimeOf } from './attributes.js'
import { identifies } from './identifier.js'
import type { SignedData, SignerInfo } from './signed-data.js'

export interface SignerRules {
  /** Those of the message, parsed. May be a getter: where the signer is pinned they are not asked for. */
  readonly certificates: readonly Certificate[]
  readonly trust: SignerTrust
  readonly accept: Required<AcceptedAlgorithms>
  /** That the key of the signer will be used for more than this signature. */
  readonly keyRecurs?: boolean
  /** Shared by the signers of a message, and by what else is verified of it; without it the signer has one of its own. */
  readonly budget?: VerificationBudget
}

interface SignerAlgorithm {
  readonly signature: SignatureName
  readonly digest: DigestName
  readonly saltLength: number | null
}

/** A key that signs under several certificates has them all tried; more than this is no renewal but an attack. */
const MAX_CANDIDATES = 8

export async function verifySigner(
  signed: SignedData,
  info: SignerInfo,
  content: Uint8Array,
  rules: SignerRules,
  call: CallContext,
): Promise<VerifiedSigner> {
  const algorithm = signerAlgorithm(info)
  requireAccepted(rules.accept, 'digests', algorithm.digest)
  requireAccepted(rules.accept, 'signatures', algorithm.signature)
  const candidates = findCandidates(info, rules)
  const covered = signedBytes(signed, info, content)
  if (covered.messageDigest !== null) {
    const computed = digest(algorithm.digest, content, call)
    if (!equalBytes(computed instanceof Uint8Array ? computed : await computed, covered.messageDigest))
      fail('ERR_SIGNATURE_INVALID', 'CMS message: the signed digest is not that of the content')
  }
  const { trust, budget = verificationBudget() } = rules
  const demands = { algorithm, accept: rules.accept, budget, keyRecurs: rules.keyRecurs ?? false }
  let distrust: MdmProtocolError | null = null
  for (const certificate of candidates) {
    const judged = isSignedBy(certificate, info.signature, covered, demands, call)
    if (judged !== true && !(await judged)) continue
    const { signingTime } = covered
    try {
      const path = isTakenAsItIs(trust)
        ? [certificate]
        : await trustedPath(certificate, trust, rules, { signingTime, budget }, call)
      return { certificate, path, digest: algorithm.digest, signature: algorithm.signature, signingTime }
    } catch (error) {
      // Another certificate of the same key may be trusted. An outage is no judgement.
      if (!isMdmProtocolError(error)) throw error
      distrust ??= error
    }
  }
  if (distrust !== null) throw distrust
  return fail('ERR_SIGNATURE_INVALID', 'CMS message: the signature is not valid for the signer and the content')
}

/** What the SignerInfo names. The digest of the signature and that of the content are the same one (RFC 8933 §3). */
function signerAlgorithm(info: SignerInfo): SignerAlgorithm {
  const contentDigest = digestOf(info.digestAlgorithm)
  // Apple's signers name the key's algorithm also where it is an EC key (RFC 5753 §2.1.1 has ecdsa-with-SHA2).
  if (info.signatureAlgorithm.oid === OID.ecPublicKey)
    return { signature: 'ECDSA', digest: contentDigest, saltLength: null }
  const { signature, digest: own, saltLength } = signatureAlgorithmOf(info.signatureAlgorithm)
  if (own !== null && own !== contentDigest)
    fail('ERR_CMS_INVALID', 'CMS message: the digests of signature and content differ')
  return { signature, digest: contentDigest, saltLength }
}

function findCandidates(info: SignerInfo, rules: SignerRules): readonly Certificate[] {
  const { trust } = rules
  const fitting = (certificates: readonly Certificate[]): readonly Certificate[] =>
    distinct(certificates.filter((certificate) => identifies(info.identifier, certificate)))
  if (trust === unsafeAcceptAnySigner || trust.pinnedFingerprints !== undefined)
    return atLeastOne(fitting(rules.certificates))
  if (trust.pinned !== undefined) {
    const pinned = fitting(trust.pinned)
    if (pinned.length === 0 && fitting(rules.certificates).length > 0)
      fail('ERR_CERTIFICATE_UNTRUSTED', 'CMS message: the signer is none of the pinned certificates')
    return atLeastOne(pinned)
  }
  return atLeastOne(fitting([...rules.certificates, ...trust.anchors, ...(trust.intermediates ?? [])]))
}

function atLeastOne(candidates: readonly Certificate[]): readonly Certificate[] {
  if (candidates.length === 0)
    fail('ERR_SIGNER_NOT_FOUND', 'CMS message: the certificate of the signer is neither in the message nor known')
  if (candidates.length > MAX_CANDIDATES) fail('ERR_LIMIT', 'CMS message: too many certificates fit the signer')
  return candidates
}

function distinct(certificates: readonly Certificate[]): readonly Certificate[] {
  if (certificates.length < 2) return certificates
  return certificates.filter(
    (certificate, at) => certificates.findIndex((other) => equalBytes(other.der, certificate.der)) === at,
  )
}

interface SignedBytes {
  /** What the signature covers: the bytes received … */
  readonly received: Uint8Array
  /** … or, where these are attributes and not in DER order, the sorted ones: asked for when the first do not fit. */
  readonly sorted: () => Uint8Array | null
  /** What the digest of the content has to be; `null` where the signature covers the content itself. */
  readonly messageDigest: Uint8Array | null
  readonly signingTime: Date | null
}

function signedBytes(signed: SignedData, info: SignerInfo, content: Uint8Array): SignedBytes {
  const attributes = info.signedAttributes
  if (attributes === null) {
    if (looksLikeSignedAttributes(content))
      fail('ERR_CMS_INVALID', 'CMS message: the content could be the signed attributes of another message')
    return { received: content, sorted: () => null, messageDigest: null, signingTime: null }
  }
  const { list, received, sorted } = attributes
  checkContentType(list, signed.contentType)
  return { received, sorted, messageDigest: messageDigestOf(list), signingTime: signingTimeOf(list) }
}

interface SignatureDemands {
  readonly algorithm: SignerAlgorithm
  readonly accept: Required<AcceptedAlgorithms>
  readonly budget: VerificationBudget
  readonly keyRecurs: boolean
}

function isSignedBy(
  certificate: Certificate,
  signature: Uint8Array,
  { received, sorted }: SignedBytes,
  { algorithm, accept, budget, keyRecurs }: SignatureDemands,
  call: CallContext,
): boolean | Promise<boolean> {
  const { key } = certificateParts(certificate)
  if (key.kind === 'RSA') {
    requireAccepted(accept, 'minRsaBits', String(key.bits))
    if (keyRecurs) key.recurs = true
  }
  const verify = (data: Uint8Array): boolean | Promise<boolean> => {
    spendVerification(budget, key, 'CMS message')
    return verifySignature({ key, algorithm, data, signature }, call)
  }
  const judged = verify(received)
  return judged === true || isSignedSorted(judged, sorted, verify)
}

async function isSignedSorted(
  asReceived: boolean | Promise<boolean>,
  sorted: () => Uint8Array | null,
  verify: (data: Uint8Array) => boolean | Promise<boolean>,
): Promise<boolean> {
  if (await asReceived) return true
  const data = sorted()
  return data !== null && verify(data)
}

function isTakenAsItIs(trust: SignerTrust): trust is PinnedSigners | typeof unsafeAcceptAnySigner {
  return trust === unsafeAcceptAnySigner || trust.pinned !== undefined
}

async function trustedPath(
  certificate: Certificate,
  trust: Trust | PinnedFingerprints,
  { certificates: candidates, accept }: SignerRules,
  { signingTime, budget }: { readonly signingTime: Date | null; readonly budget: VerificationBudget },
  call: CallContext,
): Promise<readonly Certificate[]> {
  if (trust.pinnedFingerprints !== undefined) {
    if (await hasPinnedFingerprint(certificate, trust, call)) return [certificate]
    return fail('ERR_CERTIFICATE_UNTRUSTED', 'CMS message: the signer has none of the pinned fingerprints')
  }
  // Its own claim: of the future nothing can be known.
  const at =
    trust.validity === 'signing-time' && signingTime !== null
      ? { at: signingTime < call.now ? signingTime : call.now }
      : {}
  return buildPath(certificate, { trust, candidates, accept, budget, ...at }, call)
}

export async function hasPinnedFingerprint(
  certificate: Certificate,
  { pinnedFingerprints, digest: name }: PinnedFingerprints,
  call: CallContext,
): Promise<boolean> {
  const print = await fingerprintOf(certificate, name, call)
  return pinnedFingerprints.some((wanted) => foldFingerprint(wanted) === print)
}

/** Fingerprints are written in any case, with colons or spaces. */
export function foldFingerprint(text: string): string {
  return text.replace(/[\s:]/g, '').toLowerCase()
}
