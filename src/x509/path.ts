import { acceptedByDefault, acceptList, type AcceptList } from '../crypto/accept.js'
import { type CallContext, callContext } from '../crypto/context.js'
import type { VerificationBudget } from '../crypto/verification-budget.js'
import type { AcceptedAlgorithms, Certificate, Context, Trust } from '../types.js'
import { certificateParts } from './certificate.js'
import type { PathEntry } from './path-rules.js'
import { findPath } from './path-search.js'
import { checkTrust } from './trust.js'

export interface PathInput {
  /** Checked by `checkTrust` here, and copied before anything is waited for. */
  readonly trust: Trust
  /** More certificates that may stand between leaf and anchor: those of a message. Not trusted. */
  readonly candidates: readonly Certificate[]
  readonly accept: AcceptList
  /** The moment to judge dates at; without it the call's `now`, asked for only where dates are judged. */
  readonly at?: Date
  /** What is left of the message's; without it the path has one of its own. */
  readonly budget?: VerificationBudget
}

/** Leaf first, anchor last. Throws where no path holds. */
export async function buildPath(
  leaf: Certificate,
  input: PathInput,
  call: CallContext,
): Promise<readonly Certificate[]> {
  const { candidates, accept, at, budget } = input
  const trust = checkTrust(input.trust)
  const path = await findPath({
    leaf: entryOf(leaf),
    anchors: trust.anchors.map(entryOf),
    others: [...(trust.intermediates ?? []), ...candidates].map(entryOf),
    rules: { trust, accept, purpose: trust.extendedKeyUsage, at: () => at ?? call.now },
    call,
    ...(budget === undefined ? {} : { budget }),
  })
  return path.map(({ certificate }) => certificate)
}

function entryOf(certificate: Certificate): PathEntry {
  return { certificate, parts: certificateParts(certificate) }
}

/**
 * Finds a path from a certificate to one of the anchors, and holds it against the rules: leaf first, anchor last.
 *
 * Checked (RFC 5280 §6.1): every signature, against `accept` (default `acceptedByDefault.modern`, which judges digests,
 * signature schemes and the RSA size of every key on the path; an anchor's own signature is not looked at); issuer and
 * subject names; basicConstraints, key usage and path length of every issuer; name constraints; policies where a CA demands
 * them (no policy is asked for here); the extended key usage that `trust` requires of the leaf; no critical extension that
 * is not understood; dates as `trust.validity` says, the anchor's too, `'signing-time'` meaning now, as there is no message;
 * the given CRLs, always against now. A path has 10 certificates at most. Of several issuers with one name, each is tried;
 * the authority key identifier only says which first.
 *
 * Not checked: who the leaf is (names are for the caller to compare), revocation without `trust.crls`, and whether
 * extended key usages of CAs cover those of what they issued: RFC 5280 does not nest them, and real device CAs do not.
 *
 * Misuse: taking a path for an authorisation. It says that an anchor vouches for the certificate, nothing more.
 *
 * Throws `ERR_CERTIFICATE_UNTRUSTED` with the reason; `ERR_CERTIFICATE_TIME` (details: certificate, now) when a path
 * fails in its dates alone; `ERR_ALGORITHM_NOT_ACCEPTED` or `ERR_ALGORITHM_UNKNOWN` when it fails in its algorithms;
 * `ERR_CERTIFICATE_REVOKED`, `ERR_CRL_TIME`, `ERR_CRL_INVALID` for whatever else is wrong with a list; `ERR_LIMIT` when
 * too many signatures would have to be tried; `ERR_INVALID_ARGUMENT`, for an empty list of anchors too.
 *
 * RFC 5280 §6.
 *
 * @example
 * ```ts
 * const path = await verifyCertificatePath(leaf, { anchors: [root], intermediates: [issuing] })
 * console.log(path.map((certificate) => formatName(certificate.subject)))
 * ```
 */
export async function verifyCertificatePath(
  leaf: Certificate,
  trust: Trust,
  options?: Context & { readonly accept?: AcceptedAlgorithms },
): Promise<readonly Certificate[]> {
  const accept = acceptList(options?.accept, acceptedByDefault.modern)
  return buildPath(leaf, { trust, candidates: [], accept }, callContext(options))
}
