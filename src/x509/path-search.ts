import { OID } from '../asn1/oid.js'
import { equalBytes } from '../bytes/bytes.js'
import { type SignatureAlgorithm, signatureAlgorithmOf } from '../crypto/algorithms.js'
import type { CallContext } from '../crypto/context.js'
import { spendVerification, type VerificationBudget, verificationBudget } from '../crypto/verification-budget.js'
import { verifySignature } from '../crypto/verify.js'
import { fail, isMdmProtocolError } from '../errors.js'
import type { CertificateExtension, DigestName } from '../types.js'
import { distrustOf, hasSigned, type ListSignatures, type SignerMemory, signerMemory } from './crl-signers.js'
import { findExtension } from './extension-values.js'
import { nearer, notAccepted, type PathFailure, RANK, untrusted } from './path-failure.js'
import { issuerFault, keyFault, type PathEntry, pathFault, type PathRules, skewOf } from './path-rules.js'
import type { CrlSigners } from './revocation.js'

export interface PathSearchInput {
  readonly leaf: PathEntry
  readonly anchors: readonly PathEntry[]
  readonly others: readonly PathEntry[]
  readonly rules: PathRules
  readonly call: CallContext
  /** Shared where one message asks for several paths. */
  readonly budget?: VerificationBudget
}

/** What the search for the leaf's path shares with those for the signers of revocation lists. */
interface SharedWork {
  /** Each pair is judged once, in whichever path it comes up again. */
  readonly links: Map<PathEntry, Map<PathEntry, PathFailure | null>>
  readonly budget: VerificationBudget
  readonly signatures: ListSignatures
  steps: number
}

interface PathSearch extends PathSearchInput {
  readonly shared: SharedWork
  failure: PathFailure | null
}

const MAX_CERTIFICATES = 10
const MAX_STEPS = 256
/** Certificates of the name of a list's issuer that are tried. */
const MAX_SIGNERS = 16

/** Depth first from the leaf, anchors before others. Throws the failure that came nearest to holding. */
export async function findPath(input: PathSearchInput): Promise<readonly PathEntry[]> {
  const budget = input.budget ?? verificationBudget()
  const shared: SharedWork = { links: new Map(), budget, signatures: new Map(), steps: 0 }
  const search: PathSearch = { ...input, shared, failure: null }
  const path = await extend([search.leaf], search)
  return path ?? raiseFailure(search)
}

function raiseFailure({ failure }: PathSearch): never {
  return (failure ?? untrusted(RANK.noIssuer, 'there is none')).raise()
}

function takeStep({ shared }: PathSearch): void {
  if (++shared.steps > MAX_STEPS) fail('ERR_LIMIT', 'certificate path: too many ways to try')
}

async function extend(path: readonly PathEntry[], search: PathSearch): Promise<readonly PathEntry[] | null> {
  takeStep(search)
  const last = path[path.length - 1] as PathEntry
  if (isAnchor(last, search)) {
    const fault =
      guarded(() => pathFault(path, search.rules)) ??
      (await revocationFault(path, search, crlSigners(search, signerMemory(), null)))
    return fault === null ? path : note(search, fault)
  }
  if (path.length === MAX_CERTIFICATES) return note(search, untrusted(RANK.link, 'it is longer than 10 certificates'))
  const issuers = issuersOf(path, search)
  if (issuers.length === 0) note(search, untrusted(RANK.noIssuer, 'the issuer of a certificate is not known'))
  for (const issuer of issuers) {
    const fault = await linkFault(last, issuer, search)
    const found = fault === null ? await extend([...path, issuer], search) : note(search, fault)
    if (found !== null) return found
  }
  return null
}

function note(search: PathSearch, failure: PathFailure): null {
  search.failure = nearer(search.failure, failure)
  return null
}

function isAnchor(entry: PathEntry, search: PathSearch): boolean {
  return search.anchors.some(({ parts }) => equalBytes(parts.der, entry.parts.der))
}

/** Of the right name, anchors first, and not on the path already under the same name and key (RFC 4158 §2.4.2). */
function issuersOf(path: readonly PathEntry[], search: PathSearch): readonly PathEntry[] {
  const child = path[path.length - 1] as PathEntry
  const named = (entry: PathEntry): boolean => isNamed(entry, child)
  const others = search.others.filter((entry) => named(entry) && !path.some((known) => isSameEntity(known, entry)))
  const { extensions } = child.parts
  return [...byKeyIdentifier(search.anchors.filter(named), extensions), ...byKeyIdentifier(others, extensions)]
}

function isNamed(issuer: PathEntry, child: PathEntry): boolean {
  return (
    equalBytes(issuer.parts.subjectDer, child.parts.issuerDer) ||
    issuer.parts.foldedSubject === child.parts.foldedIssuer
  )
}

function isSameEntity(a: PathEntry, b: PathEntry): boolean {
  return equalBytes(a.parts.spki, b.parts.spki) && a.parts.foldedSubject === b.parts.foldedSubject
}

/** Those whose key identifier is the one that what they signed names come first. A hint: identifiers are whatever an issuer wrote. */
function byKeyIdentifier(
  issuers: readonly PathEntry[],
  extensions: readonly CertificateExtension[],
): readonly PathEntry[] {
  if (issuers.length < 2) return issuers
  const wanted = findExtension(extensions, OID.authorityKeyIdentifier)?.value
  if (wanted === undefined) return issuers
  const fits = (issuer: PathEntry): boolean => {
    const own = findExtension(issuer.parts.extensions, OID.subjectKeyIdentifier)?.value
    // SEQUENCE { [0] identifier … } against OCTET STRING { identifier }, by their octets: good enough for a hint.
    return own !== undefined && equalBytes(wanted.subarray(3, 2 + own.length), own.subarray(1))
  }
  return [...issuers.filter(fits), ...issuers.filter((issuer) => !fits(issuer))]
}

async function linkFault(child: PathEntry, issuer: PathEntry, search: PathSearch): Promise<PathFailure | null> {
  const known = search.shared.links.get(child)?.get(issuer)
  if (known !== undefined) return known
  const fault = await judgeLink(child, issuer, search)
  const row = search.shared.links.get(child) ?? new Map<PathEntry, PathFailure | null>()
  search.shared.links.set(child, row.set(issuer, fault))
  return fault
}

async function judgeLink(child: PathEntry, issuer: PathEntry, search: PathSearch): Promise<PathFailure | null> {
  const fault = guarded(() => issuerFault(issuer, isAnchor(issuer, search)) ?? algorithmFault(child, issuer, search))
  if (fault !== null) return fault
  // A message may bring hundreds of CAs of one name.
  spendVerification(search.shared.budget, issuer.parts.key, 'certificate path')
  const { signatureAlgorithm, tbs, signature } = child.parts
  const algorithm = withDigest(signatureAlgorithmOf(signatureAlgorithm)) as SigningAlgorithm
  const valid = await verifySignature({ key: issuer.parts.key, algorithm, data: tbs, signature }, search.call)
  return valid ? null : untrusted(RANK.signature, 'a signature is not that of the issuer')
}

type SigningAlgorithm = SignatureAlgorithm & { readonly digest: DigestName }

/** `rsaEncryption` names a key and no digest: nothing signs a certificate with it. */
function withDigest(algorithm: SignatureAlgorithm): SigningAlgorithm | null {
  return algorithm.digest === null ? null : { ...algorithm, digest: algorithm.digest }
}

function algorithmFault(child: PathEntry, issuer: PathEntry, { rules }: PathSearch): PathFailure | null {
  const algorithm = withDigest(signatureAlgorithmOf(child.parts.signatureAlgorithm))
  if (algorithm === null) return untrusted(RANK.algorithm, 'the signature algorithm of a certificate names no digest')
  if (!rules.accept.digests.includes(algorithm.digest)) return notAccepted('digests', algorithm.digest)
  if (!rules.accept.signatures.includes(algorithm.signature)) return notAccepted('signatures', algorithm.signature)
  return keyFault(issuer.parts.key, rules.accept)
}

/** A candidate that turns out malformed is no reason to give up on the others. */
function guarded(judge: () => PathFailure | null): PathFailure | null {
  try {
    return judge()
  } catch (error) {
    return caught(error, RANK.link)
  }
}

/** Raised as it is; what is not ours is a fault of the runtime or of a port, and passes through at once. */
function caught(error: unknown, rank: number): PathFailure {
  if (!isMdmProtocolError(error)) throw error
  return {
    rank,
    raise: () => {
      throw error
    },
  }
}

async function revocationFault(
  path: readonly PathEntry[],
  { rules: { trust, accept }, call }: PathSearch,
  signers: CrlSigners,
): Promise<PathFailure | null> {
  if (trust.crls === undefined || trust.crls.length === 0) return null
  // Most trust has no lists, and most that is bundled for a browser needs none of this.
  const { requireNotRevoked } = await import('./revocation.js')
  try {
    await requireNotRevoked(path, trust.crls, { accept, skewMilliseconds: skewOf(trust), signers }, call)
    return null
  } catch (error) {
    // As with the signatures of certificates: nothing is left to try another way with.
    if (isMdmProtocolError(error, 'ERR_LIMIT')) throw error
    return caught(error, RANK.revocation)
  }
}

/** `memory`: of one path. `judged`: the signer that it begins with. */
function crlSigners(search: PathSearch, memory: SignerMemory, judged: PathEntry | null): CrlSigners {
  const { shared, call } = search
  return {
    judged,
    named: ({ foldedSubject }, { extensions }) => {
      const named = [...search.anchors, ...search.others].filter(({ parts }) => parts.foldedSubject === foldedSubject)
      return byKeyIdentifier(named.slice(0, MAX_SIGNERS), extensions)
    },
    hasSigned: (certificate, crl, algorithm) => {
      const spend = (): void => {
        spendVerification(shared.budget, certificate.key, 'CRL')
      }
      return hasSigned(certificate, crl, algorithm, { signatures: shared.signatures, call, spend })
    },
    distrustOf: (signer, above) => distrustOf(signer, above, memory, () => judgeSigner(signer, above, search, memory)),
  }
}

/**
 * A signer of lists is an anchor, or issued by a certificate that stands on the path itself, at the issuer of the list or above.
 * RFC 5280 §6.3.3 (f) asks for the same anchor alone; but somebody below that issuer could then make a signer of its name,
 * and with it a list that leaves himself out.
 */
async function judgeSigner(
  signer: PathEntry,
  above: readonly PathEntry[],
  given: PathSearch,
  memory: SignerMemory,
): Promise<void> {
  takeStep(given)
  // What the caller asks of the leaf is not asked of the signers of lists, and their lists are of today.
  const rules: PathRules = { ...given.rules, purpose: undefined, at: () => given.call.now }
  const search: PathSearch = { ...given, rules, failure: null }
  const ways = isAnchor(signer, search) ? [[]] : above.map((_, at) => above.slice(at))
  for (const way of ways) {
    const fault = await signerFault([signer, ...way], search, memory)
    if (fault === null) return
    note(search, fault)
  }
  raiseFailure(search)
}

async function signerFault(
  path: readonly PathEntry[],
  search: PathSearch,
  memory: SignerMemory,
): Promise<PathFailure | null> {
  const [signer, issuer] = path as readonly [PathEntry, PathEntry?]
  if (issuer !== undefined) {
    if (!isNamed(issuer, signer)) return untrusted(RANK.noIssuer, 'the issuer of a certificate is not known')
    const fault = await linkFault(signer, issuer, search)
    if (fault !== null) return fault
  }
  const fault = guarded(() => pathFault(path, search.rules))
  return fault ?? revocationFault(path, search, crlSigners(search, memory, signer))
}
