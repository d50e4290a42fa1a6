import {
  atEnd,
  contentOf,
  contextConstructed,
  type DerCursor,
  type DerFormat,
  type DerValue,
  encodingOf,
  enter,
  enterNext,
  finish,
  next,
  nextAny,
  nextIf,
  peekTag,
  readDer,
  TAG,
} from '../asn1/der-reader.js'
import { bitStringOctets, integerHex, smallInteger, timeOf } from '../asn1/der-values.js'
import { OID } from '../asn1/oid.js'
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from '../crypto/algorithms.js'
import { fail } from '../errors.js'
import type { CertificateExtension } from '../types.js'
import { sameAlgorithm } from './algorithm-match.js'
import { readExtensionList } from './extension-list.js'
import { GENERAL_NAME } from './general-name.js'
import { nameMatcher } from './name.js'

/** One entry of a CRL. */
export interface RevokedCertificate {
  /** Lower-case hex, as `Certificate.serialNumber`. */
  readonly serialNumber: string
  readonly at: Date
  /** CRLReason (RFC 5280 §5.3.1): 1 keyCompromise, 3 affiliationChanged, 4 superseded, 5 cessationOfOperation, … */
  readonly reason: number | null
}

/** CertificateList (RFC 5280 §5.1). */
export interface ReadCrl {
  readonly tbs: Uint8Array
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
  readonly issuer: DerValue
  readonly thisUpdate: Date
  readonly nextUpdate: Date | null
  readonly extensions: readonly CertificateExtension[]
  readonly revoked: readonly RevokedCertificate[]
  /** An extension of an entry is critical and not understood: the list says something else than it seems to. */
  readonly unknownEntryExtension: boolean
}

export const CRL_FORMAT: DerFormat = { name: 'CRL', code: 'ERR_CRL_INVALID' }

export function readCrl(der: Uint8Array): ReadCrl {
  const outer = enter(readDer(der, CRL_FORMAT), TAG.SEQUENCE, CRL_FORMAT, 'CertificateList')
  const tbs = next(outer, TAG.SEQUENCE, 'tbsCertList')
  const algorithm = next(outer, TAG.SEQUENCE, 'signatureAlgorithm')
  const signature = bitStringOctets(next(outer, TAG.BIT_STRING, 'signatureValue'), CRL_FORMAT, 'signatureValue')
  finish(outer, 'CertificateList')
  const cursor = enter(tbs, TAG.SEQUENCE, CRL_FORMAT, 'tbsCertList')
  readVersion(cursor)
  if (!sameAlgorithm(next(cursor, TAG.SEQUENCE, 'signature'), algorithm))
    fail('ERR_CRL_INVALID', 'CRL: the signed signature algorithm is not the one outside')
  const issuer = next(cursor, TAG.SEQUENCE, 'issuer')
  const thisUpdate = timeOf(nextAny(cursor, 'thisUpdate'), CRL_FORMAT, 'thisUpdate')
  const nextUpdate = nextIf(cursor, TAG.UTC_TIME) ?? nextIf(cursor, TAG.GENERALIZED_TIME)
  const entries = readEntries(nextIf(cursor, TAG.SEQUENCE), issuer)
  const wrapped =
    peekTag(cursor) === contextConstructed(0) ? enterNext(cursor, contextConstructed(0), 'crlExtensions') : null
  finish(cursor, 'tbsCertList')
  return {
    tbs: encodingOf(tbs),
    signatureAlgorithm: readAlgorithmIdentifier(algorithm, CRL_FORMAT, 'signatureAlgorithm'),
    signature,
    issuer,
    thisUpdate,
    nextUpdate: nextUpdate === null ? null : timeOf(nextUpdate, CRL_FORMAT, 'nextUpdate'),
    ...entries,
    extensions: wrapped === null ? [] : readExtensions(wrapped),
  }
}

/** Version 1 has no field, version 2 says 1. */
function readVersion(cursor: DerCursor): void {
  const version = nextIf(cursor, TAG.INTEGER)
  if (version !== null && smallInteger(version, CRL_FORMAT, 'version') > 1)
    fail('ERR_CRL_INVALID', 'CRL: the version is unknown')
}

function readExtensions(wrapped: DerCursor): readonly CertificateExtension[] {
  const extensions = readExtensionList(nextAny(wrapped, 'crlExtensions'), CRL_FORMAT, 'crlExtensions')
  finish(wrapped, 'crlExtensions')
  return extensions
}

type Entries = Pick<ReadCrl, 'revoked' | 'unknownEntryExtension'>

function readEntries(list: DerValue | null, issuer: DerValue): Entries {
  if (list === null) return { revoked: [], unknownEntryExtension: false }
  const cursor = enter(list, TAG.SEQUENCE, CRL_FORMAT, 'revokedCertificates')
  const revoked: RevokedCertificate[] = []
  let unknownEntryExtension = false
  const isIssuer = nameMatcher(encodingOf(issuer))
  // Holds for all entries that follow (RFC 5280 §5.3.3).
  let isOwn = true
  while (!atEnd(cursor)) {
    const entry = enterNext(cursor, TAG.SEQUENCE, 'revokedCertificates')
    const serialNumber = integerHex(nextAny(entry, 'userCertificate'), CRL_FORMAT, 'userCertificate')
    const at = timeOf(nextAny(entry, 'revocationDate'), CRL_FORMAT, 'revocationDate')
    const extensions = nextIf(entry, TAG.SEQUENCE)
    finish(entry, 'revokedCertificates')
    const list = extensions === null ? [] : readExtensionList(extensions, CRL_FORMAT, 'crlEntryExtensions')
    unknownEntryExtension ||= list.some(({ oid, critical }) => critical && !ENTRY_UNDERSTOOD.includes(oid))
    const other = list.find(({ oid }) => oid === OID.certificateIssuer)
    if (other !== undefined) isOwn = namesDirectory(other.value, isIssuer)
    if (isOwn) revoked.push({ serialNumber, at, reason: reasonOf(list) })
  }
  return { revoked, unknownEntryExtension }
}

const ENTRY_UNDERSTOOD: readonly string[] = [OID.crlReason, OID.invalidityDate, OID.certificateIssuer]

/** Whether one of the GeneralNames is a directory name that fits. */
function namesDirectory(names: Uint8Array, fits: (name: Uint8Array) => boolean): boolean {
  const cursor = enter(readDer(names, CRL_FORMAT), TAG.SEQUENCE, CRL_FORMAT, 'certificateIssuer')
  const tag = contextConstructed(GENERAL_NAME.directory)
  while (!atEnd(cursor)) {
    const value = nextAny(cursor, 'certificateIssuer')
    if (value.tag === tag && fits(contentOf(value))) return true
  }
  return false
}

function reasonOf(extensions: readonly CertificateExtension[]): number | null {
  const extension = extensions.find(({ oid }) => oid === OID.crlReason)
  if (extension === undefined) return null
  const value = readDer(extension.value, CRL_FORMAT)
  const octet = value.bytes[value.body]
  if (value.tag !== TAG.ENUMERATED || value.end - value.body !== 1 || octet === undefined || octet > 10)
    return fail('ERR_CRL_INVALID', 'CRL: a reason is not one of RFC 5280')
  return octet
}

/** `cRLNumber` in hex, or `null`. */
export function crlNumberOf(extensions: readonly CertificateExtension[]): string | null {
  const extension = extensions.find(({ oid }) => oid === OID.crlNumber)
  return extension === undefined ? null : integerHex(readDer(extension.value, CRL_FORMAT), CRL_FORMAT, 'cRLNumber')
}
