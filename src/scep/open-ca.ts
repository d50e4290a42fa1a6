import { encodeHex } from '../bytes/hex.js'
import { foldFingerprint } from '../cms/signer.js'
import { acceptedByDefault, acceptList } from '../crypto/accept.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { digest as computeDigest } from '../crypto/digest.js'
import { digestLength, isDigestName } from '../crypto/digest-table.js'
import { verificationBudget } from '../crypto/verification-budget.js'
import { fail, type MdmProtocolError } from '../errors.js'
import type { AcceptedAlgorithms, Certificate, Context, DigestName, Trust } from '../types.js'
import { certificateParts } from '../x509/certificate.js'
import { type CaCertificates, parseCaCertResponse } from './ca-certificates.js'
import { chooseRoles } from './ca-roles.js'
import { BAG_BUDGET, pathFailure } from './path-failure.js'

/** What an answer to GetCACert holds, as far as something that the client knew beforehand vouches for it. */
export interface VouchedCaCertificates extends CaCertificates {
  /** The certificates of the answer that nothing vouches for, each with the reason. None of them has a role or is in `all`. */
  readonly refused: readonly { readonly certificate: Certificate; readonly error: MdmProtocolError }[]
}

export type OpenCaCertOptions = Context & { readonly accept?: AcceptedAlgorithms } & (
    { readonly fingerprint: string; readonly digest: DigestName } | { readonly trust: Trust }
  )

/**
 * Reads the answer to GetCACert and holds it against what the client knows beforehand: the fingerprint of one of its
 * certificates, as `CAFingerprint` of Apple's SCEP payload has it, or a trust anchor.
 *
 * Checked: that each certificate is the one with that fingerprint or chains to it, or to an anchor of `trust`, with the
 * algorithms of `accept` (default `acceptedByDefault.scep`), and by its dates. What is not vouched for is left out before the
 * roles are chosen, and given in `refused` with the reason: an RA that has expired is found there, and the roles are those of
 * the certificates that hold. The fingerprint of an RA's own certificate vouches for the RA alone, which then stands as its
 * own `issuer`.
 *
 * Throws `ERR_CERTIFICATE_UNTRUSTED` where nothing matches; where nothing at all is vouched for, the reason of the first
 * certificate: `ERR_CERTIFICATE_TIME`, `ERR_ALGORITHM_*`; `ERR_LIMIT` for more signatures than a bag of CAs has;
 * `ERR_INVALID_ARGUMENT`; and as `parseCaCertResponse`.
 *
 * @param options - `fingerprint`: hex of the digest over the DER of the certificate (not of its TBSCertificate), any case,
 *   colons and spaces allowed. MD5 and SHA-1 work for old payloads; prefer SHA-256. `accept`: for an old CA,
 *   `{ minRsaBits: 1024 }`. A CA that has expired opens with `trust: { anchors: [ca], validity: 'ignore' }`.
 * @example
 * ```ts
 * const open = async (body: Uint8Array) =>
 *   openCaCertResponse(body, { fingerprint: await certificateFingerprint(ca, 'SHA-256'), digest: 'SHA-256' })
 * ```
 */
export async function openCaCertResponse(body: Uint8Array, options: OpenCaCertOptions): Promise<VouchedCaCertificates> {
  const call = callContext(options)
  const accept = acceptList(options.accept, acceptedByDefault.scep)
  const { all: candidates } = parseCaCertResponse(body)
  const trust = 'trust' in options ? options.trust : await trustByFingerprint(candidates, options, call)
  const path = { trust, candidates, accept, budget: verificationBudget(BAG_BUDGET) }
  const all: Certificate[] = []
  const refused: VouchedCaCertificates['refused'][number][] = []
  for (const certificate of candidates) {
    const error = await pathFailure(certificate, path, call)
    if (error === null) all.push(certificate)
    else refused.push({ certificate, error })
  }
  const [first, ...rest] = all
  if (first === undefined) throw (refused[0] as (typeof refused)[number]).error
  return { ...chooseRoles([first, ...rest]), all, refused }
}

async function trustByFingerprint(
  all: readonly Certificate[],
  options: { readonly fingerprint: string; readonly digest: DigestName },
  call: CallContext,
): Promise<Trust> {
  if (typeof options.fingerprint !== 'string' || !isDigestName(options.digest))
    fail('ERR_INVALID_ARGUMENT', 'fingerprint: hex and the name of its digest are expected')
  const wanted = foldFingerprint(options.fingerprint)
  if (!/^[0-9a-f]+$/.test(wanted) || wanted.length !== 2 * digestLength(options.digest))
    fail('ERR_INVALID_ARGUMENT', 'fingerprint: hex as long as the digest is expected')
  for (const certificate of all) {
    const print = encodeHex(await computeDigest(options.digest, certificateParts(certificate).der, call))
    if (print === wanted) return { anchors: [certificate] }
  }
  return fail('ERR_CERTIFICATE_UNTRUSTED', 'GetCACert: no certificate of the answer has the fingerprint')
}
