import {
  atEnd,
  contextTag,
  type DerFormat,
  type DerValue,
  enter,
  enterNext,
  finish,
  nextIf,
  TAG,
} from '../asn1/der-reader.js'
import { nextOid, smallInteger } from '../asn1/der-values.js'
import { OID } from '../asn1/oid.js'
import type { CertificateExtension } from '../types.js'
import type { CertificateParts } from './certificate.js'
import { extensionValue, findExtension } from './extension-values.js'
import { isSelfIssued } from './name-match.js'

const FORMAT: DerFormat = { name: 'certificate policies', code: 'ERR_CERTIFICATE_INVALID' }

/**
 * RFC 5280 §6.1 for a caller who asks for no policy in particular: then policies matter only where a CA demands that
 * every certificate below has one (policyConstraints). Of the policy tree only the lowest level is kept, which is what
 * decides; it grows with the sizes of the certificates and not with their product (RFC 9618).
 */
interface PolicyState {
  /** Certificates until a policy is required, mapping is forbidden, anyPolicy does not count: 0 is from now on. */
  explicitPolicy: number
  policyMapping: number
  anyPolicy: number
  /** Policies of this level, each with those that may stand for it in the next. Empty: the tree is no more. */
  level: Map<string, ReadonlySet<string>>
}

/** Leaf first. What is wrong with the policies on a path, or `null`. */
export function policiesFault(path: readonly CertificateParts[]): string | null {
  const below = path.slice(0, -1).reverse()
  if (!below.some(({ extensions }) => demandsPolicies(extensions))) return null
  const far = below.length + 1
  const state: PolicyState = {
    explicitPolicy: far,
    policyMapping: far,
    anyPolicy: far,
    level: new Map([[OID.anyPolicy, new Set([OID.anyPolicy])]]),
  }
  for (const [i, parts] of below.entries()) {
    const isLast = i === below.length - 1
    state.level = nextLevel(parts, state, isLast)
    if (state.explicitPolicy === 0 && state.level.size === 0)
      return 'a CA on it demands a policy that a certificate below lacks'
    if (!isLast && !applyMappings(parts, state)) return 'anyPolicy is mapped'
    countDown(parts, state, isLast)
  }
  return state.explicitPolicy === 0 && state.level.size === 0 ? 'a policy is demanded that the leaf lacks' : null
}

function demandsPolicies(extensions: readonly CertificateExtension[]): boolean {
  return [OID.policyConstraints, OID.policyMappings].some((oid) => findExtension(extensions, oid) !== null)
}

/** §6.1.3 d, e. */
function nextLevel(parts: CertificateParts, state: PolicyState, isLast: boolean): PolicyState['level'] {
  const none: readonly string[] = []
  const policies = extensionValue(parts.extensions, OID.certificatePolicies, readPolicies, none)
  const expected = new Set([...state.level.values()].flatMap((set) => [...set]))
  const level: PolicyState['level'] = new Map()
  for (const policy of policies)
    if (policy !== OID.anyPolicy && (expected.has(policy) || state.level.has(OID.anyPolicy)))
      level.set(policy, new Set([policy]))
  const anyCounts = state.anyPolicy > 0 || (!isLast && isSelfIssued(parts))
  if (policies.includes(OID.anyPolicy) && anyCounts)
    for (const policy of expected) if (!level.has(policy)) level.set(policy, new Set([policy]))
  return level
}

/** §6.1.4 a, b. */
function applyMappings({ extensions }: CertificateParts, state: PolicyState): boolean {
  const mappings = extensionValue(extensions, OID.policyMappings, readMappings, [])
  const bySource = new Map<string, Set<string>>()
  for (const [from, to] of mappings) {
    if (from === OID.anyPolicy || to === OID.anyPolicy) return false
    bySource.set(from, (bySource.get(from) ?? new Set()).add(to))
  }
  for (const [from, to] of bySource) {
    if (state.policyMapping === 0) state.level.delete(from)
    else if (state.level.has(from) || state.level.has(OID.anyPolicy)) state.level.set(from, to)
  }
  return true
}

/** §6.1.4 h to j; for the last certificate §6.1.5 a, b. */
function countDown(parts: CertificateParts, state: PolicyState, isLast: boolean): void {
  if (isLast || !isSelfIssued(parts)) {
    state.explicitPolicy = Math.max(0, state.explicitPolicy - 1)
    state.policyMapping = Math.max(0, state.policyMapping - 1)
    state.anyPolicy = Math.max(0, state.anyPolicy - 1)
  }
  const { extensions } = parts
  const { explicitPolicy, policyMapping } = extensionValue(
    extensions,
    OID.policyConstraints,
    readConstraints,
    NO_LIMITS,
  )
  if (isLast) {
    if (explicitPolicy === 0) state.explicitPolicy = 0
    return
  }
  state.explicitPolicy = Math.min(state.explicitPolicy, explicitPolicy)
  state.policyMapping = Math.min(state.policyMapping, policyMapping)
  state.anyPolicy = Math.min(state.anyPolicy, extensionValue(extensions, OID.inhibitAnyPolicy, readSkip, Infinity))
}

const NO_LIMITS = { explicitPolicy: Infinity, policyMapping: Infinity } as const

function readPolicies(value: DerValue): readonly string[] {
  const list = enter(value, TAG.SEQUENCE, FORMAT, 'certificatePolicies')
  const policies: string[] = []
  // Qualifiers behind the identifier are for people.
  while (!atEnd(list)) policies.push(nextOid(enterNext(list, TAG.SEQUENCE, 'policyInformation'), 'policyIdentifier'))
  return policies
}

function readMappings(value: DerValue): readonly (readonly [from: string, to: string])[] {
  const list = enter(value, TAG.SEQUENCE, FORMAT, 'policyMappings')
  const mappings: (readonly [string, string])[] = []
  while (!atEnd(list)) {
    const pair = enterNext(list, TAG.SEQUENCE, 'policyMappings')
    mappings.push([nextOid(pair, 'issuerDomainPolicy'), nextOid(pair, 'subjectDomainPolicy')])
    finish(pair, 'policyMappings')
  }
  return mappings
}

function readConstraints(value: DerValue): { readonly explicitPolicy: number; readonly policyMapping: number } {
  const cursor = enter(value, TAG.SEQUENCE, FORMAT, 'policyConstraints')
  const explicitPolicy = readCount(nextIf(cursor, contextTag(0)))
  const policyMapping = readCount(nextIf(cursor, contextTag(1)))
  finish(cursor, 'policyConstraints')
  return { explicitPolicy, policyMapping }
}

/** IMPLICIT INTEGER; absent is no limit. */
function readCount(value: DerValue | null): number {
  return value === null ? Infinity : readSkip({ ...value, tag: TAG.INTEGER })
}

function readSkip(value: DerValue): number {
  return smallInteger(value, FORMAT, 'number of certificates')
}
