import { OID } from '../asn1/oid.js'
import type { AcceptList } from '../crypto/accept.js'
import type { PublicKey } from '../crypto/public-key.js'
import type { Certificate, Trust } from '../types.js'
import type { CertificateParts } from './certificate.js'
import { DAY, SECOND } from './dates.js'
import {
  extensionValue,
  findExtension,
  readBasicConstraints,
  readExtendedKeyUsage,
  readKeyUsage,
} from './extension-values.js'
import { nameConstraintsFault } from './name-constraints.js'
import { isSelfIssued } from './name-match.js'
import { policiesFault } from './policies.js'
import { notAccepted, outsideValidity, type PathFailure, RANK, untrusted } from './path-failure.js'

/** One certificate of a path: the caller's object and what its bytes say. */
export interface PathEntry {
  readonly certificate: Certificate
  readonly parts: CertificateParts
}

export interface PathRules {
  readonly trust: Trust
  readonly accept: AcceptList
  /** Extended key usage that the leaf has to have: that of `trust`, but none of a signer of revocation lists. */
  readonly purpose: string | undefined
  /** The moment to judge dates at; asked for only where dates are judged. */
  readonly at: () => Date
}

/** Critical extensions that are processed here, or that say nothing about whether a path holds. */
const UNDERSTOOD: ReadonlySet<string> = /* @__PURE__ */ new Set<string>([
  OID.keyUsage,
  OID.extendedKeyUsage,
  OID.basicConstraints,
  OID.nameConstraints,
  OID.subjectAltName,
  OID.issuerAltName,
  OID.subjectKeyIdentifier,
  // Never critical by RFC 5280, and found so in the field: a hint for the search, no more.
  OID.authorityKeyIdentifier,
  OID.crlDistributionPoints,
  OID.authorityInfoAccess,
  OID.certificatePolicies,
  OID.policyMappings,
  OID.policyConstraints,
  OID.inhibitAnyPolicy,
])

/** Apple marks its leaves with critical extensions below this arc: what it issued them for, no constraint on the path. */
function isUnderstood(oid: string): boolean {
  return UNDERSTOOD.has(oid) || oid.startsWith(`${OID.appleCertificateExtensions}.`)
}

/** Whether `issuer` may sign certificates at all (RFC 5280 §6.1.4 k, n). */
export function issuerFault(issuer: PathEntry, isAnchor: boolean): PathFailure | null {
  const { extensions } = issuer.parts
  const constraints = extensionValue(extensions, OID.basicConstraints, readBasicConstraints, null)
  // Roots from before version 3 have no extensions at all: as an anchor the caller's word is enough.
  const oldRoot = isAnchor && extensions.length === 0
  if (constraints?.ca !== true && !oldRoot) return untrusted(RANK.link, 'an issuer is not a CA (basicConstraints)')
  const usage = extensionValue(extensions, OID.keyUsage, readKeyUsage, null)
  if (usage !== null && !usage.includes('keyCertSign'))
    return untrusted(RANK.link, 'the key usage of an issuer does not allow to sign certificates')
  return null
}

/** A key too small for the list. */
export function keyFault(key: PublicKey, accept: AcceptList): PathFailure | null {
  return key.kind === 'RSA' && key.bits < accept.minRsaBits ? notAccepted('minRsaBits', String(key.bits)) : null
}

/** All that RFC 5280 §6.1 asks of a whole path, leaf first, but signatures and revocation. Dates come last. */
export function pathFault(path: readonly PathEntry[], rules: PathRules): PathFailure | null {
  return (
    criticalFault(path) ??
    lengthFault(path) ??
    purposeFault(path[0] as PathEntry, rules.purpose) ??
    namesFault(path) ??
    rulesFault(policiesFault(path.map(({ parts }) => parts))) ??
    keysFault(path, rules.accept) ??
    timeFault(path, rules)
  )
}

function criticalFault(path: readonly PathEntry[]): PathFailure | null {
  const unknown = path.some(({ parts }) => parts.extensions.some(({ oid, critical }) => critical && !isUnderstood(oid)))
  return unknown ? untrusted(RANK.rules, 'a certificate has a critical extension that is not understood') : null
}

/** Self-issued certificates do not count (RFC 5280 §4.2.1.9). */
function lengthFault(path: readonly PathEntry[]): PathFailure | null {
  let below = 0
  for (const { parts } of path.slice(1)) {
    const limit = extensionValue(parts.extensions, OID.basicConstraints, readBasicConstraints, null)?.pathLength ?? null
    if (limit !== null && below > limit) return untrusted(RANK.rules, 'it is longer than a CA on it allows')
    if (!isSelfIssued(parts)) below++
  }
  return null
}

/**
 * The leaf alone is asked. RFC 5280 does not nest extended key usages, and real device CAs carry `serverAuth` above
 * leaves for `clientAuth`: what a CA's own extension says is not held against what it issued.
 */
function purposeFault(leaf: PathEntry, wanted: string | undefined): PathFailure | null {
  if (wanted === undefined) return null
  const purposes = extensionValue(leaf.parts.extensions, OID.extendedKeyUsage, readExtendedKeyUsage, null)
  if (purposes?.some((purpose) => purpose === wanted || purpose === OID.anyExtendedKeyUsage) === true) return null
  return untrusted(RANK.rules, 'the leaf lacks the required extended key usage')
}

function namesFault(path: readonly PathEntry[]): PathFailure | null {
  if (!path.some(({ parts }) => findExtension(parts.extensions, OID.nameConstraints) !== null)) return null
  return rulesFault(nameConstraintsFault(path.map(({ parts }) => parts)))
}

function rulesFault(fault: string | null): PathFailure | null {
  return fault === null ? null : untrusted(RANK.rules, fault)
}

function keysFault(path: readonly PathEntry[], accept: AcceptList): PathFailure | null {
  for (const { parts } of path) {
    const fault = keyFault(parts.key, accept)
    if (fault !== null) return fault
  }
  return null
}

/** How far the clocks of two machines may be apart, in milliseconds. */
export function skewOf({ validity }: Trust): number {
  return typeof validity === 'object' ? (validity.skewSeconds ?? 0) * SECOND : 0
}

/** RFC 5280 §4.1.2.5: valid from notBefore through notAfter, both included. The anchor is judged like the rest. */
function timeFault(path: readonly PathEntry[], { trust, at }: PathRules): PathFailure | null {
  const validity = trust.validity ?? 'now'
  if (validity === 'ignore') return null
  const { graceDays = 0 } = typeof validity === 'object' ? validity : {}
  const skew = skewOf(trust)
  const now = at()
  for (const { certificate, parts } of path) {
    const { notBefore, notAfter } = parts
    if (now.getTime() < notBefore.getTime() - skew)
      return outsideValidity(certificate, now, 'a certificate is not valid yet')
    if (now.getTime() > notAfter.getTime() + skew + graceDays * DAY)
      return outsideValidity(certificate, now, 'a certificate has expired')
  }
  return null
}
