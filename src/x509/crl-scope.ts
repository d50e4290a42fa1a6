import {
  atEnd,
  contentOf,
  contextConstructed,
  contextTag,
  type DerCursor,
  type DerFormat,
  type DerValue,
  encodingOf,
  enter,
  enterNext,
  finish,
  nextAny,
  nextIf,
  peekTag,
  readDer,
  TAG,
} from '../asn1/der-reader.js'
import { namedBits } from '../asn1/der-values.js'
import { encodeContextConstructed, encodeSequence, encodeTlv } from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { equalBytes } from '../bytes/bytes.js'
import type { CertificateParts } from './certificate.js'
import { CRL_FORMAT, type ReadCrl } from './crl-reader.js'
import { extensionValue, readBasicConstraints } from './extension-values.js'
import { GENERAL_NAME } from './general-name.js'

/** Which certificates of its issuer a CRL speaks of (issuingDistributionPoint, RFC 5280 §5.2.5). */
interface CrlScope {
  /** Encodings of the names of the distribution point; empty: all. */
  readonly names: readonly Uint8Array[]
  readonly onlyUserCertificates: boolean
  readonly onlyCaCertificates: boolean
  readonly onlyAttributeCertificates: boolean
  /** One bit for each reason of ReasonFlags. */
  readonly reasons: number
}

/** Bits 1 to 8 of ReasonFlags (RFC 5280 §4.2.1.13): whatever a certificate can be revoked for. */
export const ALL_REASONS = 0x1fe

const EVERYTHING: CrlScope = {
  names: [],
  onlyUserCertificates: false,
  onlyCaCertificates: false,
  onlyAttributeCertificates: false,
  reasons: ALL_REASONS,
}

function readScope({ extensions, issuer }: ReadCrl): CrlScope {
  const extension = extensions.find(({ oid }) => oid === OID.issuingDistributionPoint)
  if (extension === undefined) return EVERYTHING
  const cursor = enter(readDer(extension.value, CRL_FORMAT), TAG.SEQUENCE, CRL_FORMAT, 'issuingDistributionPoint')
  const names = readPointNames(cursor, issuer)
  const onlyUserCertificates = readFlag(cursor, 1)
  const onlyCaCertificates = readFlag(cursor, 2)
  const reasons = readReasons(nextIf(cursor, contextTag(3)))
  // Entries of other issuers, which an indirect list has, are told apart when the list is read.
  readFlag(cursor, 4)
  const onlyAttributeCertificates = readFlag(cursor, 5)
  finish(cursor, 'issuingDistributionPoint')
  return { names, onlyUserCertificates, onlyCaCertificates, onlyAttributeCertificates, reasons }
}

function readReasons(flags: DerValue | null): number {
  if (flags === null) return ALL_REASONS
  const bits = namedBits({ ...flags, tag: TAG.BIT_STRING }, CRL_FORMAT, 'onlySomeReasons')
  return bits.reduce((sum, bit) => sum | (1 << bit), 0) & ALL_REASONS
}

function readFlag(cursor: DerCursor, number: number): boolean {
  const flag = nextIf(cursor, contextTag(number))
  return flag !== null && contentOf(flag)[0] !== 0
}

/** The reasons for which the CRL speaks of this certificate of its issuer, as bits: 0 when it does not at all. */
export function coveredReasons(crl: ReadCrl, certificate: CertificateParts): number {
  const scope = readScope(crl)
  if (scope.onlyAttributeCertificates) return 0
  const isCa = extensionValue(certificate.extensions, OID.basicConstraints, readBasicConstraints, null)?.ca === true
  if (isCa ? scope.onlyUserCertificates : scope.onlyCaCertificates) return 0
  if (scope.names.length === 0) return scope.reasons
  const own = extensionValue(certificate.extensions, OID.crlDistributionPoints, pointNamesOf(crl.issuer), [])
  return own.some((name) => scope.names.some((other) => equalBytes(name, other))) ? scope.reasons : 0
}

const POINTS: DerFormat = { name: 'cRLDistributionPoints', code: 'ERR_CERTIFICATE_INVALID' }

/** Names of all distribution points of a certificate. Relative ones are relative to its issuer, who is the CRL's. */
function pointNamesOf(issuer: DerValue): (value: DerValue) => readonly Uint8Array[] {
  return (value) => {
    const points = enter(value, TAG.SEQUENCE, POINTS, 'cRLDistributionPoints')
    const names: Uint8Array[] = []
    // One by one: what is spread goes over the stack, and a certificate may have more than there is room for.
    while (!atEnd(points))
      for (const name of readPointNames(enterNext(points, TAG.SEQUENCE, 'distributionPoint'), issuer)) names.push(name)
    return names
  }
}

/** DistributionPointName in `[0]`: the encodings of its GeneralNames, a relative name made whole. */
function readPointNames(cursor: DerCursor, issuer: DerValue): readonly Uint8Array[] {
  if (peekTag(cursor) !== contextConstructed(0)) return []
  const choice = nextAny(enterNext(cursor, contextConstructed(0), 'distributionPoint'), 'distributionPoint')
  if (choice.tag === contextConstructed(1)) {
    const whole = encodeSequence(contentOf(issuer), encodeTlv(TAG.SET, contentOf(choice)))
    return [encodeContextConstructed(GENERAL_NAME.directory, whole)]
  }
  const names: Uint8Array[] = []
  const list = enter(choice, contextConstructed(0), cursor.format, 'fullName')
  while (!atEnd(list)) names.push(encodingOf(nextAny(list, 'fullName')))
  return names
}
