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
  readonly indirect: boolean
}

const EVERYTHING: CrlScope = {
  names: [],
  onlyUserCertificates: false,
  onlyCaCertificates: false,
  onlyAttributeCertificates: false,
  indirect: false,
}

function readScope({ extensions, issuer }: ReadCrl): CrlScope {
  const extension = extensions.find(({ oid }) => oid === OID.issuingDistributionPoint)
  if (extension === undefined) return EVERYTHING
  const cursor = enter(readDer(extension.value, CRL_FORMAT), TAG.SEQUENCE, CRL_FORMAT, 'issuingDistributionPoint')
  const names = readPointNames(cursor, issuer)
  const onlyUserCertificates = readFlag(cursor, 1)
  const onlyCaCertificates = readFlag(cursor, 2)
  // onlySomeReasons: what it lists is revoked, and what it does not list it does not clear. Nothing changes here.
  nextIf(cursor, contextTag(3))
  const indirect = readFlag(cursor, 4)
  const onlyAttributeCertificates = readFlag(cursor, 5)
  finish(cursor, 'issuingDistributionPoint')
  return { names, onlyUserCertificates, onlyCaCertificates, onlyAttributeCertificates, indirect }
}

function readFlag(cursor: DerCursor, number: number): boolean {
  const flag = nextIf(cursor, contextTag(number))
  return flag !== null && contentOf(flag)[0] !== 0
}

/** Whether entries may be those of other issuers, which is not supported. */
export function isIndirect(crl: ReadCrl): boolean {
  return readScope(crl).indirect
}

/** Whether the CRL speaks of this certificate of its issuer. */
export function covers(crl: ReadCrl, certificate: CertificateParts): boolean {
  const scope = readScope(crl)
  if (scope.onlyAttributeCertificates) return false
  const isCa = extensionValue(certificate.extensions, OID.basicConstraints, readBasicConstraints, null)?.ca === true
  if (isCa ? scope.onlyUserCertificates : scope.onlyCaCertificates) return false
  if (scope.names.length === 0) return true
  const own = extensionValue(certificate.extensions, OID.crlDistributionPoints, pointNamesOf(crl.issuer), [])
  return own.some((name) => scope.names.some((other) => equalBytes(name, other)))
}

const POINTS: DerFormat = { name: 'cRLDistributionPoints', code: 'ERR_CERTIFICATE_INVALID' }

/** Names of all distribution points of a certificate. Relative ones are relative to its issuer, who is the CRL's. */
function pointNamesOf(issuer: DerValue): (value: DerValue) => readonly Uint8Array[] {
  return (value) => {
    const points = enter(value, TAG.SEQUENCE, POINTS, 'cRLDistributionPoints')
    const names: Uint8Array[] = []
    while (!atEnd(points)) names.push(...readPointNames(enterNext(points, TAG.SEQUENCE, 'distributionPoint'), issuer))
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
