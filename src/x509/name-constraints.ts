import {
  atEnd,
  contextConstructed,
  contextTag,
  type DerCursor,
  type DerValue,
  enter,
  enterNext,
  finish,
  nextAny,
  nextIf,
  peekTag,
  readDer,
  schemaFault,
  TAG,
} from '../asn1/der-reader.js'
import { nextOid } from '../asn1/der-values.js'
import { encodeContextConstructed, encodeContextPrimitive } from '../asn1/der-writer.js'
import { utf8Bytes } from '../bytes/bytes.js'
import { OID } from '../asn1/oid.js'
import type { CertificateParts } from './certificate.js'
import { extensionValue } from './extension-values.js'
import { GENERAL_NAME, isGeneralNameTag } from './general-name.js'
import { CONSTRAINTS_FORMAT, isMalformedBase, type Match, nameMatchers } from './name-constraint-match.js'
import { isSelfIssued } from './name-match.js'

/** What one CA allows below itself (RFC 5280 §4.2.1.10). */
interface NameConstraints {
  readonly permitted: readonly DerValue[]
  readonly excluded: readonly DerValue[]
  /** Bounds on the distance to the base, which RFC 5280 rules out. */
  readonly bounded: boolean
  /** Tags of the kinds of names that have a base which is none. */
  readonly malformed: ReadonlySet<number>
}

/** Names of one certificate times constraints above it. */
const MAX_COMPARISONS = 100_000

/** Leaf first. What is wrong with the names on a path, or `null`. */
export function nameConstraintsFault(path: readonly CertificateParts[]): string | null {
  const above: NameConstraints[] = []
  const matcherOf = nameMatchers()
  for (let i = path.length - 1; i >= 0; i--) {
    const parts = path[i] as CertificateParts
    // RFC 5280 §6.1.3 b: a self-issued CA keeps its issuer's name; the leaf is judged in any case.
    const fault = above.length > 0 && (i === 0 || !isSelfIssued(parts)) ? namesFault(parts, above, matcherOf) : null
    if (fault !== null) return fault
    const own = extensionValue(parts.extensions, OID.nameConstraints, readConstraints, null)
    if (own !== null) above.push(own)
  }
  return null
}

type MatcherOf = (tag: number) => Match | null

function namesFault(parts: CertificateParts, above: readonly NameConstraints[], matcherOf: MatcherOf): string | null {
  if (above.some(({ bounded }) => bounded)) return 'a name constraint has a minimum or maximum'
  const names = namesOf(parts)
  const count = above.reduce((sum, { permitted, excluded }) => sum + permitted.length + excluded.length, 0)
  if (names.length * count > MAX_COMPARISONS) return 'there are too many names and name constraints'
  for (const name of names)
    for (const constraints of above) {
      const fault = nameFault(name, constraints, matcherOf)
      if (fault !== null) return fault
    }
  return null
}

function nameFault(name: DerValue, constraints: NameConstraints, matcherOf: MatcherOf): string | null {
  const { permitted, excluded, malformed } = constraints
  const ofKind = (base: DerValue): boolean => base.tag === name.tag
  const allowed = permitted.filter(ofKind)
  const forbidden = excluded.filter(ofKind)
  if (allowed.length === 0 && forbidden.length === 0) return null
  if (malformed.has(name.tag)) return 'a name constraint is malformed'
  const match = matcherOf(name.tag)
  if (match === null) return 'a name of a kind that cannot be compared is constrained'
  if (forbidden.some((base) => match(name, base, true))) return 'a name is excluded by the constraints of a CA'
  if (allowed.length > 0 && !allowed.some((base) => match(name, base, false)))
    return 'a name is outside of what a CA permits'
  return null
}

/** Subject, alternative names, and the mail addresses in the subject: also where RFC 5280 §4.2.1.10 would let those be. */
function namesOf(parts: CertificateParts): readonly DerValue[] {
  const alternative = extensionValue(parts.extensions, OID.subjectAltName, listGeneralNames, [])
  const subject = parts.certificate.subject.length === 0 ? [] : [directoryName(parts.subjectDer)]
  return [...subject, ...subjectEmails(parts), ...alternative.flatMap(asJudged)]
}

/** Mailboxes beyond ASCII are held against the constraints of mail (RFC 9598 §6), which nobody here can compare them with. */
function asJudged(name: DerValue): readonly DerValue[] {
  if (name.tag !== contextConstructed(GENERAL_NAME.other)) return [name]
  const other = enter(name, name.tag, CONSTRAINTS_FORMAT, 'otherName')
  return nextOid(other, 'otherName') === OID.smtpUtf8Mailbox ? [name, mailbox(Uint8Array.of(0xff))] : [name]
}

function directoryName(nameDer: Uint8Array): DerValue {
  return readDer(encodeContextConstructed(GENERAL_NAME.directory, nameDer), CONSTRAINTS_FORMAT)
}

function subjectEmails(parts: CertificateParts): readonly DerValue[] {
  const values = parts.certificate.subject.flat().filter(({ type }) => type === 'emailAddress')
  return values.map(({ value }) => mailbox(utf8Bytes(value)))
}

function mailbox(octets: Uint8Array): DerValue {
  return readDer(encodeContextPrimitive(GENERAL_NAME.email, octets), CONSTRAINTS_FORMAT)
}

function listGeneralNames(value: DerValue): readonly DerValue[] {
  const list = enter(value, TAG.SEQUENCE, CONSTRAINTS_FORMAT, 'subjectAltName')
  const names: DerValue[] = []
  while (!atEnd(list)) names.push(nextGeneralName(list, 'subjectAltName'))
  return names
}

function nextGeneralName(cursor: DerCursor, field: string): DerValue {
  const name = nextAny(cursor, field)
  return isGeneralNameTag(name.tag) ? name : schemaFault(CONSTRAINTS_FORMAT, field)
}

function readConstraints(value: DerValue): NameConstraints {
  const cursor = enter(value, TAG.SEQUENCE, CONSTRAINTS_FORMAT, 'nameConstraints')
  const permitted = readSubtrees(cursor, 0)
  const excluded = readSubtrees(cursor, 1)
  finish(cursor, 'nameConstraints')
  const all = [...permitted, ...excluded]
  return {
    permitted: permitted.map(({ base }) => base),
    excluded: excluded.map(({ base }) => base),
    bounded: all.some((subtree) => subtree.bounded),
    malformed: new Set(all.filter(({ base }) => isMalformedBase(base)).map(({ base }) => base.tag)),
  }
}

interface Subtree {
  readonly base: DerValue
  readonly bounded: boolean
}

function readSubtrees(cursor: DerCursor, number: number): readonly Subtree[] {
  if (peekTag(cursor) !== contextConstructed(number)) return []
  const list = enterNext(cursor, contextConstructed(number), 'subtrees')
  const subtrees: Subtree[] = []
  do {
    const subtree = enterNext(list, TAG.SEQUENCE, 'subtree')
    const base = nextGeneralName(subtree, 'base')
    const minimum = nextIf(subtree, contextTag(0))
    const maximum = nextIf(subtree, contextTag(1))
    finish(subtree, 'subtree')
    subtrees.push({ base, bounded: maximum !== null || (minimum !== null && !isZero(minimum)) })
  } while (!atEnd(list))
  return subtrees
}

/** `minimum 0` written out, though it is the default. */
function isZero(value: DerValue): boolean {
  return value.end - value.body === 1 && value.bytes[value.body] === 0
}
