import {
  atEnd,
  contentOf,
  contextConstructed,
  type DerCursor,
  type DerFormat,
  enter,
  enterNext,
  next,
  nextAny,
  nextIf,
  readDer,
  TAG,
} from '../asn1/der-reader.js'
import { nextOid, timeOf } from '../asn1/der-values.js'
import { OID } from '../asn1/oid.js'
import { copyBytes } from '../bytes/bytes.js'
import { fail } from '../errors.js'
import type { Bytes, Certificate } from '../types.js'

/** The few fields that this room asks a certificate for before anything is signed or verified. */
export interface CertificateFields {
  readonly der: Bytes
  /** UID of the subject; the first, if there are more. */
  readonly userId: string | null
  readonly notBefore: Date
  readonly notAfter: Date
  /** Object identifier of the public key's algorithm. Read when it is asked for: `parseCertificate` takes one that is malformed. */
  keyAlgorithm(): string
}

const FORMAT: DerFormat = { name: 'certificate', code: 'ERR_CERTIFICATE_INVALID' }

/**
 * From `der` alone: the other fields of the object are for the caller to read.
 *
 * Not by way of the certificate room, which brings the runtime's cryptography along: a process that only sends pushes would wait
 * for it longer than for all the rest.
 */
export function certificateFields(certificate: Certificate): CertificateFields {
  const given: unknown = (certificate as Certificate | null | undefined)?.der
  if (!(given instanceof Uint8Array)) return fail('ERR_INVALID_ARGUMENT', 'certificate: an object with der is expected')
  const der = copyBytes(given)
  const outer = enter(readDer(der, FORMAT), TAG.SEQUENCE, FORMAT, 'Certificate')
  const cursor = enterNext(outer, TAG.SEQUENCE, 'tbsCertificate')
  nextIf(cursor, contextConstructed(0))
  next(cursor, TAG.INTEGER, 'serialNumber')
  next(cursor, TAG.SEQUENCE, 'signature')
  next(cursor, TAG.SEQUENCE, 'issuer')
  const validity = enterNext(cursor, TAG.SEQUENCE, 'validity')
  const notBefore = timeOf(nextAny(validity, 'notBefore'), FORMAT, 'notBefore')
  const notAfter = timeOf(nextAny(validity, 'notAfter'), FORMAT, 'notAfter')
  const userId = userIdOf(enterNext(cursor, TAG.SEQUENCE, 'subject'))
  const key = enterNext(cursor, TAG.SEQUENCE, 'subjectPublicKeyInfo')
  const keyAlgorithm = (): string => nextOid(enterNext(key, TAG.SEQUENCE, 'algorithm'), 'algorithm')
  return { der, userId, notBefore, notAfter, keyAlgorithm }
}

const TEXT_TAGS: readonly number[] = [TAG.UTF8_STRING, TAG.PRINTABLE_STRING, TAG.IA5_STRING]

function userIdOf(names: DerCursor): string | null {
  while (!atEnd(names)) {
    const attributes = enterNext(names, TAG.SET, 'subject')
    while (!atEnd(attributes)) {
      const attribute = enterNext(attributes, TAG.SEQUENCE, 'subject')
      const type = nextOid(attribute, 'subject')
      const value = nextAny(attribute, 'subject')
      if (type === OID.userId && TEXT_TAGS.includes(value.tag)) return new TextDecoder().decode(contentOf(value))
    }
  }
  return null
}
