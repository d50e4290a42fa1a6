import { requireObject } from '../arguments.js'
import { foldFingerprint } from '../cms/signer.js'
import { acceptedByDefault, acceptList } from '../crypto/accept.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { digestLength, isDigestName } from '../crypto/digest-table.js'
import { verificationBudget } from '../crypto/verification-budget.js'
import { fail, type MdmProtocolError } from '../errors.js'
import type {
  AcceptedAlgorithms,
  Certificate,
  Context,
  DigestName,
  PinnedFingerprints,
  PinnedSigners,
  Trust,
} from '../types.js'
import { fingerprintOf } from '../x509/certificate.js'
import { buildPath } from '../x509/path.js'
import { checkTrust } from '../x509/trust.js'
import { type CaCertificates, parseCaCertResponse } from './ca-certificates.js'
import { chooseRoles } from './ca-roles.js'
import { BAG_BUDGET, failureOf } from './path-failure.js'
import { checkNamedRas, isMarkedAuthority, isNamedRa, type NamedRas } from './ra-mark.js'

/** What an answer to GetCACert holds, as far as something that the client knew beforehand vouches for it. */
export interface VouchedCaCertificates extends CaCertificates {
  /**
   * The certificates of the answer that nothing vouches for, or that nothing makes an RA, each with the reason. None of them
   * has a role or is in `all`.
   */
  readonly refused: readonly { readonly certificate: Certificate; readonly error: MdmProtocolError }[]
}

export type OpenCaCertOptions = Context & {
  readonly accept?: AcceptedAlgorithms
  /** RAs that do not say of themselves that they are: the certificates, or fingerprints of them. */
  readonly ra?: PinnedSigners | PinnedFingerprints
} & ({ readonly fingerprint: string; readonly digest: DigestName } | { readonly trust: Trust })

/**
 * Reads the answer to GetCACert and holds it against what the client knows beforehand: the fingerprint of one of its
 * certificates, as `CAFingerprint` of Apple's SCEP payload has it, or a trust anchor.
 *
 * Checked: that each certificate is the one with that fingerprint or chains to it, or to an anchor of `trust`, with the
 * algorithms of `accept` (default `acceptedByDefault.scep`), and by its dates. And that each is a CA or an RA: GetCACert
 * comes over plain HTTP, and every device that the CA enrolled has a certificate that chains to it, too. Taken for an RA is
 *
 * - what has an RA's extended key usage: id-kp-cmcRA (RFC 6402), or Microsoft's certificate request agent, as the RAs of
 *   NDES and of `issueCertificate` with purpose `scep-ra` have;
 * - what has the basic constraints of a CA;
 * - the certificate that the fingerprint is of, or that is itself an anchor;
 * - what `ra` names.
 *
 * The RAs of OpenXPKI, of jscep and of other CAs have no extended key usage, and some devices have none either: name these
 * RAs in `ra`. A name alone vouches for nothing, the path is asked for as well. Misuse: to name in `ra` whatever the answer
 * holds; that is for an answer that came from the CA's own server over TLS.
 *
 * What is not vouched for, or not a CA or an RA, is left out before the roles are chosen, and given in `refused` with the
 * reason: an RA that has expired is found there, and the roles are those of the certificates that hold. Requests are then
 * encrypted to the CA, which an RA cannot open: look at `refused` when enrolment fails. The fingerprint of an RA's own
 * certificate vouches for the RA alone, which then stands as its own `issuer`.
 *
 * Throws `ERR_CERTIFICATE_UNTRUSTED` where nothing matches; where nothing at all is left, the reason of the first
 * certificate: `ERR_CERTIFICATE_UNTRUSTED`, `ERR_CERTIFICATE_TIME`, `ERR_ALGORITHM_*`; `ERR_LIMIT` for more signatures than a
 * bag of CAs has; `ERR_CRYPTO_UNAVAILABLE`; `ERR_INVALID_ARGUMENT`; and as `parseCaCertResponse`.
 *
 * @param options - `fingerprint`: hex of the digest over the DER of the certificate (not of its TBSCertificate), any case,
 *   colons and spaces allowed. MD5 and SHA-1 work for old payloads; prefer SHA-256. `accept`: for an old CA,
 *   `{ minRsaBits: 1024 }`. `ra`: `{ pinned: [certificate] }`, or `{ pinnedFingerprints: [hex], digest: 'SHA-256' }`. A CA that
 *   has expired opens with `trust: { anchors: [ca], validity: 'ignore' }`.
 * @example
 * ```ts
 * const open = async (body: Uint8Array) =>
 *   openCaCertResponse(body, { fingerprint: await certificateFingerprint(ca, 'SHA-256'), digest: 'SHA-256' })
 * ```
 */
export async function openCaCertResponse(body: Uint8Array, options: OpenCaCertOptions): Promise<VouchedCaCertificates> {
  const call = callContext(options)
  requireObject(options, 'options')
  const accept = acceptList(options.accept, acceptedByDefault.scep)
  const ra = options.ra === undefined ? undefined : checkNamedRas(options.ra)
  const { all: candidates } = parseCaCertResponse(body)
  const trust = 'trust' in options ? checkTrust(options.trust) : await trustByFingerprint(candidates, options, call)
  const path = { trust, candidates, accept, budget: verificationBudget(BAG_BUDGET) }
  const all: Certificate[] = []
  const refused: VouchedCaCertificates['refused'][number][] = []
  for (const certificate of candidates) {
    const error = await failureOf(async () => {
      const { length } = await buildPath(certificate, path, call)
      // One that is itself the anchor was chosen by the caller.
      if (length > 1) await requireAuthority(certificate, ra, call)
    })
    if (error === null) all.push(certificate)
    else refused.push({ certificate, error })
  }
  const [first, ...rest] = all
  if (first === undefined) throw (refused[0] as (typeof refused)[number]).error
  return { ...chooseRoles([first, ...rest]), all, refused }
}

/** A device that the CA enrolled must not read requests and answer them. */
async function requireAuthority(certificate: Certificate, ra: NamedRas | undefined, call: CallContext): Promise<void> {
  if (isMarkedAuthority(certificate)) return
  if (ra !== undefined && (await isNamedRa(certificate, ra, call))) return
  fail(
    'ERR_CERTIFICATE_UNTRUSTED',
    'GetCACert: a certificate that is no CA has no extended key usage of an RA; if it is one, name it in the option ra',
  )
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
  for (const certificate of all)
    if ((await fingerprintOf(certificate, options.digest, call)) === wanted) return { anchors: [certificate] }
  return fail('ERR_CERTIFICATE_UNTRUSTED', 'GetCACert: no certificate of the answer has the fingerprint')
}
