import {
  contextConstructed,
  contextTag,
  type DerCursor,
  type DerFormat,
  type DerValue,
  enter,
  enterNext,
  finish,
  next,
  nextAny,
  nextIf,
  peekTag,
  readDer,
  sameEncoding,
  TAG,
} from '../asn1/der-reader.js'
import { bitStringOctets, integerHex, integerOctets, smallInteger, timeOf } from '../asn1/der-values.js'
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from '../crypto/algorithms.js'
import { fail } from '../errors.js'
import type { Bytes, Certificate, CertificateExtension } from '../types.js'
import { sameAlgorithm } from './algorithm-match.js'
import { readExtensionList } from './extension-list.js'
import { readName } from './name.js'
import { foldedName } from './name-match.js'

/** Where the fields of a certificate lie in its bytes (RFC 5280 §4.1). */
export interface CertificateLayout {
  readonly tbs: DerValue
  readonly serial: DerValue
  readonly issuer: DerValue
  readonly notBefore: DerValue
  readonly notAfter: DerValue
  readonly subject: DerValue
  readonly publicKey: DerValue
  readonly extensions: DerValue | null
  readonly signatureAlgorithm: DerValue
  readonly signature: Uint8Array
}

const FORMAT: DerFormat = { name: 'certificate', code: 'ERR_CERTIFICATE_INVALID' }

export function readCertificateLayout(bytes: Uint8Array): CertificateLayout {
  const outer = enter(readDer(bytes, FORMAT), TAG.SEQUENCE, FORMAT, 'Certificate')
  const tbs = next(outer, TAG.SEQUENCE, 'tbsCertificate')
  const signatureAlgorithm = next(outer, TAG.SEQUENCE, 'signatureAlgorithm')
  const signature = bitStringOctets(next(outer, TAG.BIT_STRING, 'signatureValue'), FORMAT, 'signatureValue')
  finish(outer, 'Certificate')
  const cursor = enter(tbs, TAG.SEQUENCE, FORMAT, 'tbsCertificate')
  const version = readVersion(cursor)
  const serial = next(cursor, TAG.INTEGER, 'serialNumber')
  const innerAlgorithm = next(cursor, TAG.SEQUENCE, 'signature')
  if (!sameAlgorithm(innerAlgorithm, signatureAlgorithm))
    fail('ERR_CERTIFICATE_INVALID', 'certificate: the signed signature algorithm is not the one outside')
  const issuer = next(cursor, TAG.SEQUENCE, 'issuer')
  const validity = enterNext(cursor, TAG.SEQUENCE, 'validity')
  const notBefore = nextAny(validity, 'notBefore')
  const notAfter = nextAny(validity, 'notAfter')
  finish(validity, 'validity')
  const subject = next(cursor, TAG.SEQUENCE, 'subject')
  const publicKey = next(cursor, TAG.SEQUENCE, 'subjectPublicKeyInfo')
  const extensions = readOptionalFields(cursor, version)
  return { tbs, serial, issuer, notBefore, notAfter, subject, publicKey, extensions, signatureAlgorithm, signature }
}

/** DER leaves version 1 out; written out it is read all the same. OpenSCEP meant version 3 and wrote the number 3: version 4. */
function readVersion(cursor: DerCursor): number {
  if (peekTag(cursor) !== contextConstructed(0)) return 1
  const wrapped = enterNext(cursor, contextConstructed(0), 'version')
  const version = smallInteger(next(wrapped, TAG.INTEGER, 'version'), FORMAT, 'version') + 1
  finish(wrapped, 'version')
  if (version > 4) fail('ERR_CERTIFICATE_INVALID', 'certificate: the version is unknown')
  return version
}

/** issuerUniqueID and subjectUniqueID, which nobody uses, and the extensions. */
function readOptionalFields(cursor: DerCursor, version: number): DerValue | null {
  nextIf(cursor, contextTag(1))
  nextIf(cursor, contextTag(2))
  const wrapper = nextIf(cursor, contextConstructed(3))
  finish(cursor, 'tbsCertificate')
  if (wrapper === null) return null
  if (version < 3) fail('ERR_CERTIFICATE_INVALID', 'certificate: extensions need version 3')
  const wrapped = enter(wrapper, contextConstructed(3), FORMAT, 'extensions')
  const extensions = nextAny(wrapped, 'extensions')
  finish(wrapped, 'extensions')
  return extensions
}

/**
 * Everything that a caller sees. Fails where a field is malformed. `der` is a copy for him: key and extension values are
 * views into it, as ten small copies would cost more than all the reading.
 */
export function certificateOf(layout: CertificateLayout, der: Bytes): Certificate {
  // Each member written out: what stands behind a spread costs V8 a microsecond.
  const { notBefore, notAfter } = validityOf(layout)
  const subject = readName(layout.subject, FORMAT, 'subject')
  return {
    der,
    subject,
    // Most of a file of anchors are self-issued: one name is half as much to keep as two.
    issuer: sameEncoding(layout.issuer, layout.subject) ? subject : readName(layout.issuer, FORMAT, 'issuer'),
    serialNumber: integerHex(layout.serial, FORMAT, 'serialNumber'),
    notBefore,
    notAfter,
    publicKey: der.subarray(layout.publicKey.start, layout.publicKey.end),
    extensions: extensionsOf(layout, der),
  }
}

export function validityOf(layout: CertificateLayout): { readonly notBefore: Date; readonly notAfter: Date } {
  return {
    notBefore: timeOf(layout.notBefore, FORMAT, 'notBefore'),
    notAfter: timeOf(layout.notAfter, FORMAT, 'notAfter'),
  }
}

export function foldedNameAt(value: DerValue): string {
  return foldedName(readName(value, FORMAT))
}

/** `der`: the bytes that the values are to be views of. */
export function extensionsOf({ extensions }: CertificateLayout, der: Bytes): readonly CertificateExtension[] {
  if (extensions === null) return []
  const { tag, start, body, end } = extensions
  return readExtensionList({ bytes: der, tag, start, body, end }, FORMAT, 'extensions')
}

export function serialOctets(layout: CertificateLayout): Uint8Array {
  return integerOctets(layout.serial, FORMAT, 'serialNumber')
}

export function readSignatureAlgorithm(layout: CertificateLayout): AlgorithmIdentifier {
  return readAlgorithmIdentifier(layout.signatureAlgorithm, FORMAT, 'signatureAlgorithm')
}
