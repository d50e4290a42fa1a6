import { requireList, requireObject } from '../../arguments.js'
import { OID } from '../../asn1/oid.js'
import { equalBytes } from '../../bytes/bytes.js'
import { acceptedByDefault } from '../../crypto/accept.js'
import { signatureAlgorithmOf } from '../../crypto/algorithms.js'
import { callContext, type CallContext } from '../../crypto/context.js'
import { fail, isMdmProtocolError } from '../../errors.js'
import { finding } from '../../finding.js'
import type { Certificate, Context, Finding } from '../../types.js'
import { certificateParts } from '../certificate.js'
import { readExtensions } from '../extensions.js'
import { isSelfIssued } from '../name-match.js'
import { buildPath } from '../path.js'
import { isForHost } from './host-name.js'

export type ReserveFinding =
  | 'host-mismatch'
  | 'issuer-untrusted'
  | 'expired'
  | 'not-yet-valid'
  | 'chain-incomplete'
  | 'not-server-auth'
  | 'root-differs'
  | 'rsa-key-too-small'
  | 'root-rsa-key-too-small'
  | 'weak-digest'
  | 'validity-exceeds-current'

/** A server's certificate with what stands above it. `chain`: leaf excluded, root last. */
export interface ServerChain {
  readonly certificate: Certificate
  readonly chain: readonly Certificate[]
}

const MIN_RSA_BITS = 2048
/** A root lives for decades. */
const MIN_ROOT_RSA_BITS = 4096
/** Path rules alone: sizes and digests have findings of their own. */
const ANY = {
  ...acceptedByDefault.device,
  digests: [...acceptedByDefault.device.digests, 'MD5'] as const,
  minRsaBits: 512,
}

/**
 * Whether devices that trust the server's current certificate would follow it to a reserve certificate: asked when the
 * reserve is issued, 60 days before it is needed (`planRenewal`), and not on the morning after.
 *
 * Errors: `host-mismatch` (subject alternative names alone count, wildcards for one label, no common name),
 * `chain-incomplete` (a link or the root is missing), `issuer-untrusted` (the chain is there and does not hold),
 * `expired`, `not-yet-valid` (info while the current one still holds at its beginning, else an error),
 * `not-server-auth` (Apple's devices insist on the extended key usage), `rsa-key-too-small` (2048 bits),
 * `root-rsa-key-too-small` (4096), `weak-digest` (SHA-2 below the root), `validity-exceeds-current` (a longer life than the
 * current certificate has). A warning: `root-differs`; both roots can still be brought by a profile as long as the current
 * certificate holds (docs/lifecycle.md).
 *
 * Throws `ERR_INVALID_ARGUMENT` for an empty host; `ERR_CERTIFICATE_INVALID`, `ERR_ENCODING` for something that is no
 * certificate.
 *
 * @example
 * ```ts
 * const findings = await checkReserveCertificate(
 *   { certificate: reserve, chain: [root] },
 *   { certificate, chain: [root] },
 *   { host: 'mdm.example.com' },
 * )
 * console.log(findings.map(({ kind, level }) => `${level}: ${kind}`))
 * ```
 */
export async function checkReserveCertificate(
  candidate: ServerChain,
  current: ServerChain,
  options: Context & { readonly host: string },
): Promise<readonly Finding<ReserveFinding>[]> {
  const call = callContext(options)
  requireChain(candidate, 'candidate')
  requireChain(current, 'current')
  requireObject(options, 'options')
  if (typeof options.host !== 'string' || options.host === '') fail('ERR_INVALID_ARGUMENT', 'host: a name is expected')
  const { certificate } = candidate
  const findings: Finding<ReserveFinding>[] = []
  if (!isForHost(certificate, options.host))
    findings.push(error('host-mismatch', 'Its subject alternative names do not hold the host name.', certificate))
  findings.push(...(await checkChain(candidate, call)))
  findings.push(...checkDates(candidate, current, call.now))
  if (!readExtensions(certificateParts(certificate).extensions).extendedKeyUsage?.includes(OID.serverAuth))
    findings.push(error('not-server-auth', 'Its extended key usage does not name serverAuth.', certificate))
  findings.push(...checkRoots(candidate, current), ...checkStrength(candidate))
  return findings
}

function requireChain(given: ServerChain, field: string): void {
  requireObject(given, field)
  requireList(given.chain, `${field}.chain`)
}

function error(kind: ReserveFinding, message: string, certificate: Certificate): Finding<ReserveFinding> {
  return finding(kind, 'error', message, { certificate })
}

function rootOf({ certificate, chain }: ServerChain): Certificate | null {
  const last = chain[chain.length - 1] ?? certificate
  return isSelfIssued(certificateParts(last)) ? last : null
}

async function checkChain(candidate: ServerChain, call: CallContext): Promise<readonly Finding<ReserveFinding>[]> {
  const { certificate, chain } = candidate
  const all = [certificate, ...chain]
  const root = rootOf(candidate)
  const broken = all.find((one, at) => {
    const above = all[at + 1]
    return above !== undefined && certificateParts(one).foldedIssuer !== certificateParts(above).foldedSubject
  })
  if (root === null || broken !== undefined)
    return [error('chain-incomplete', 'The chain does not lead to its root without a gap.', broken ?? certificate)]
  try {
    const trust = { anchors: [root], validity: 'ignore' } as const
    await buildPath(certificate, { trust, candidates: chain, accept: ANY }, call)
    return []
  } catch (caught) {
    if (!isMdmProtocolError(caught)) throw caught
    return [error('issuer-untrusted', `The chain does not hold: ${caught.message}.`, certificate)]
  }
}

function checkDates(candidate: ServerChain, current: ServerChain, now: Date): readonly Finding<ReserveFinding>[] {
  const { certificate } = candidate
  const own = certificateParts(certificate)
  const other = certificateParts(current.certificate)
  const findings: Finding<ReserveFinding>[] = []
  const expired = [certificate, ...candidate.chain].find((one) => certificateParts(one).notAfter < now)
  if (expired !== undefined) {
    const since = certificateParts(expired).notAfter
    findings.push(
      finding('expired', 'error', 'It, or a certificate above it, has expired.', { certificate: expired, since }),
    )
  }
  if (own.notBefore > now) {
    // A reserve may begin later, as long as there is no gap.
    const level = own.notBefore <= other.notAfter ? 'info' : 'error'
    findings.push(finding('not-yet-valid', level, 'It is not valid yet.', { certificate }))
  }
  const life = (parts: typeof own): number => parts.notAfter.getTime() - parts.notBefore.getTime()
  if (life(own) > life(other))
    findings.push(
      error('validity-exceeds-current', 'It is valid for longer than the current certificate.', certificate),
    )
  return findings
}

function checkRoots(candidate: ServerChain, current: ServerChain): readonly Finding<ReserveFinding>[] {
  const [own, other] = [rootOf(candidate), rootOf(current)]
  if (own === null || other === null || isSameRoot(own, other)) return []
  const message =
    'It leads to another root: bring both roots to the devices by a profile while the current certificate holds.'
  return [finding('root-differs', 'warning', message, { certificate: own })]
}

/** A root that was renewed with its key is the same one to a device. */
function isSameRoot(a: Certificate, b: Certificate): boolean {
  const [one, other] = [certificateParts(a), certificateParts(b)]
  return one.foldedSubject === other.foldedSubject && equalBytes(one.key.keyBits, other.key.keyBits)
}

function checkStrength(candidate: ServerChain): readonly Finding<ReserveFinding>[] {
  const root = rootOf(candidate)
  const findings: Finding<ReserveFinding>[] = []
  for (const certificate of [candidate.certificate, ...candidate.chain]) {
    const isRoot = certificate === root
    const { key, signatureAlgorithm } = certificateParts(certificate)
    if (key.kind === 'RSA' && key.bits < (isRoot ? MIN_ROOT_RSA_BITS : MIN_RSA_BITS))
      findings.push(
        isRoot
          ? error(
              'root-rsa-key-too-small',
              `The RSA key of the root has less than ${String(MIN_ROOT_RSA_BITS)} bits.`,
              certificate,
            )
          : error('rsa-key-too-small', `An RSA key has less than ${String(MIN_RSA_BITS)} bits.`, certificate),
      )
    // What a root signs itself with is looked at by nobody.
    if (!isRoot && isWeak(signatureAlgorithm))
      findings.push(error('weak-digest', 'A certificate is not signed over SHA-2.', certificate))
  }
  return findings
}

function isWeak(algorithm: Parameters<typeof signatureAlgorithmOf>[0]): boolean {
  try {
    const { digest } = signatureAlgorithmOf(algorithm)
    return digest === null || !acceptedByDefault.modern.digests.includes(digest)
  } catch (caught) {
    if (!isMdmProtocolError(caught)) throw caught
    return true
  }
}
