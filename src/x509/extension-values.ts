import {
  atEnd,
  contentOf,
  contextConstructed,
  contextTag,
  type DerFormat,
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
import { booleanOf, namedBits, nextOid, smallInteger } from '../asn1/der-values.js'
import { OID } from '../asn1/oid.js'
import { encodeHex } from '../bytes/hex.js'
import type { CertificateExtension } from '../types.js'
import { type GeneralName, readGeneralName, readGeneralNames } from './general-name.js'

/** How the values of certificate extensions are read (RFC 5280 §4.2.1, §4.2.2). */
const FORMAT: DerFormat = { name: 'certificate extension', code: 'ERR_CERTIFICATE_INVALID' }

export type KeyUsageName =
  | 'digitalSignature'
  | 'contentCommitment'
  | 'keyEncipherment'
  | 'dataEncipherment'
  | 'keyAgreement'
  | 'keyCertSign'
  | 'cRLSign'
  | 'encipherOnly'
  | 'decipherOnly'

/** In the order of their bits (RFC 5280 §4.2.1.3). */
export const KEY_USAGE_NAMES: readonly KeyUsageName[] = [
  'digitalSignature',
  'contentCommitment',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
]

export function findExtension(extensions: readonly CertificateExtension[], oid: string): CertificateExtension | null {
  return extensions.find((extension) => extension.oid === oid) ?? null
}

/** The value of one extension through its reader, or what stands for an extension that is not there. */
export function extensionValue<T, N>(
  extensions: readonly CertificateExtension[],
  oid: string,
  read: (value: DerValue) => T,
  absent: N,
): T | N {
  const extension = findExtension(extensions, oid)
  return extension === null ? absent : read(readDer(extension.value, FORMAT))
}

/** Bits beyond the nine that RFC 5280 names are passed over. */
export function readKeyUsage(value: DerValue): readonly KeyUsageName[] {
  const names: KeyUsageName[] = []
  for (const bit of namedBits(value, FORMAT, 'keyUsage')) {
    const name = KEY_USAGE_NAMES[bit]
    if (name !== undefined) names.push(name)
  }
  return names
}

export function readExtendedKeyUsage(value: DerValue): readonly string[] {
  const list = enter(value, TAG.SEQUENCE, FORMAT, 'extendedKeyUsage')
  const purposes: string[] = []
  do purposes.push(nextOid(list, 'extendedKeyUsage'))
  while (!atEnd(list))
  return purposes
}

/** RFC 5280 §4.2.1.9. `pathLength`: how many CAs may follow below; `null` for any number. */
export interface BasicConstraints {
  readonly ca: boolean
  readonly pathLength: number | null
}

/** `cA FALSE` written out and a path length beside it are not DER, or not useful, and found in the field. */
export function readBasicConstraints(value: DerValue): BasicConstraints {
  const cursor = enter(value, TAG.SEQUENCE, FORMAT, 'basicConstraints')
  const ca =
    peekTag(cursor) === TAG.BOOLEAN && booleanOf(nextAny(cursor, 'basicConstraints'), FORMAT, 'basicConstraints, cA')
  const length = nextIf(cursor, TAG.INTEGER)
  finish(cursor, 'basicConstraints')
  return { ca, pathLength: length === null ? null : smallInteger(length, FORMAT, 'basicConstraints, path length') }
}

export function readSubjectAltNames(value: DerValue): readonly GeneralName[] {
  return readGeneralNames(value, FORMAT, 'subjectAltName')
}

export function readSubjectKeyIdentifier(value: DerValue): string {
  if (value.tag !== TAG.OCTET_STRING) schemaFault(FORMAT, 'subjectKeyIdentifier')
  return encodeHex(contentOf(value))
}

/** `keyIdentifier` alone: issuer and serial number of the issuer are hints that nobody here needs. */
export function readAuthorityKeyIdentifier(value: DerValue): string | null {
  const cursor = enter(value, TAG.SEQUENCE, FORMAT, 'authorityKeyIdentifier')
  const keyIdentifier = nextIf(cursor, contextTag(0))
  nextIf(cursor, contextConstructed(1))
  nextIf(cursor, contextTag(2))
  finish(cursor, 'authorityKeyIdentifier')
  return keyIdentifier === null ? null : encodeHex(contentOf(keyIdentifier))
}

/** URLs of cRLDistributionPoints: fullName of each point, the rest passed over. */
export function readCrlUrls(value: DerValue): readonly string[] {
  const points = enter(value, TAG.SEQUENCE, FORMAT, 'cRLDistributionPoints')
  const urls: string[] = []
  while (!atEnd(points)) {
    const point = enterNext(points, TAG.SEQUENCE, 'cRLDistributionPoints')
    if (peekTag(point) !== contextConstructed(0)) continue
    const choice = nextAny(enterNext(point, contextConstructed(0), 'distributionPoint'), 'distributionPoint')
    if (choice.tag !== contextConstructed(0)) continue
    const names = enter(choice, contextConstructed(0), FORMAT, 'fullName')
    while (!atEnd(names)) urls.push(...urlOf(nextAny(names, 'fullName')))
  }
  return urls
}

/** OCSP responders of authorityInfoAccess. */
export function readOcspUrls(value: DerValue): readonly string[] {
  const list = enter(value, TAG.SEQUENCE, FORMAT, 'authorityInfoAccess')
  const urls: string[] = []
  while (!atEnd(list)) {
    const access = enterNext(list, TAG.SEQUENCE, 'authorityInfoAccess')
    const method = nextOid(access, 'accessMethod')
    const location = nextAny(access, 'accessLocation')
    finish(access, 'authorityInfoAccess')
    if (method === OID.ocsp) urls.push(...urlOf(location))
  }
  return urls
}

function urlOf(value: DerValue): readonly string[] {
  const name = readGeneralName(value, FORMAT, 'general name')
  return name.type === 'uri' ? [name.value] : []
}
