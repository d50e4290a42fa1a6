import {
  atEnd,
  contextConstructed,
  copyEncoding,
  type DerFormat,
  type DerValue,
  enter,
  enterNext,
  finish,
  next,
  nextAny,
  peekTag,
  readDer,
  TAG,
} from '../asn1/der-reader.js'
import { bitStringOctets, nextOid, smallInteger } from '../asn1/der-values.js'
import { OID } from '../asn1/oid.js'
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from '../crypto/algorithms.js'
import { fail } from '../errors.js'
import type { Bytes, CertificateExtension, DistinguishedName } from '../types.js'
import { stringOf } from './directory-string.js'
import { readExtensionList } from './extension-list.js'
import { readName } from './name.js'

export interface ReadRequest extends RequestAttributes {
  /** CertificationRequestInfo: what is signed. */
  readonly info: DerValue
  readonly subject: DistinguishedName
  readonly publicKey: Bytes
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
}

interface RequestAttributes {
  readonly challengePassword: string | null
  readonly requestedExtensions: readonly CertificateExtension[]
}

const FORMAT: DerFormat = { name: 'certificate request', code: 'ERR_CSR_INVALID' }

/** RFC 2986 §4. */
export function readRequest(der: Uint8Array): ReadRequest {
  const outer = enter(readDer(der, FORMAT), TAG.SEQUENCE, FORMAT, 'CertificationRequest')
  const info = next(outer, TAG.SEQUENCE, 'certificationRequestInfo')
  const algorithm = next(outer, TAG.SEQUENCE, 'signatureAlgorithm')
  const signature = bitStringOctets(next(outer, TAG.BIT_STRING, 'signature'), FORMAT, 'signature')
  finish(outer, 'CertificationRequest')
  const cursor = enter(info, TAG.SEQUENCE, FORMAT, 'certificationRequestInfo')
  // 0 is the only version there is; a macOS sends 2.
  if (smallInteger(next(cursor, TAG.INTEGER, 'version'), FORMAT, 'version') > 2)
    fail('ERR_CSR_INVALID', 'certificate request: the version is unknown')
  const subject = readName(next(cursor, TAG.SEQUENCE, 'subject'), FORMAT, 'subject')
  const publicKey = copyEncoding(next(cursor, TAG.SEQUENCE, 'subjectPublicKeyInfo'))
  const attributes = peekTag(cursor) === contextConstructed(0) ? nextAny(cursor, 'attributes') : null
  finish(cursor, 'certificationRequestInfo')
  const { challengePassword, requestedExtensions } = readAttributes(attributes)
  const signatureAlgorithm = readAlgorithmIdentifier(algorithm, FORMAT, 'signatureAlgorithm')
  return { info, subject, publicKey, challengePassword, requestedExtensions, signatureAlgorithm, signature }
}

/** A SET OF whose order does not matter for reading, and is not held against the sender. */
function readAttributes(attributes: DerValue | null): RequestAttributes {
  let challengePassword: string | null = null
  let requestedExtensions: readonly CertificateExtension[] | null = null
  if (attributes === null) return { challengePassword, requestedExtensions: [] }
  const set = enter(attributes, contextConstructed(0), FORMAT, 'attributes')
  while (!atEnd(set)) {
    const attribute = enterNext(set, TAG.SEQUENCE, 'attribute')
    const oid = nextOid(attribute, 'attribute')
    const values = next(attribute, TAG.SET, 'attribute')
    finish(attribute, 'attribute')
    if (oid === OID.challengePassword) {
      if (challengePassword !== null) failTwice('challengePassword')
      challengePassword = readChallenge(onlyValue(values, 'challengePassword'))
    } else if (oid === OID.extensionRequest) {
      if (requestedExtensions !== null) failTwice('extensionRequest')
      requestedExtensions = readRequestedExtensions(onlyValue(values, 'extensionRequest'))
    }
  }
  return { challengePassword, requestedExtensions: requestedExtensions ?? [] }
}

/** Two of them: one reader takes the first, another the last, and an attacker chooses. */
function failTwice(field: string): never {
  fail('ERR_CSR_INVALID', `certificate request: ${field} comes twice`)
}

function onlyValue(values: DerValue, field: string): DerValue {
  const cursor = enter(values, TAG.SET, FORMAT, field)
  const value = nextAny(cursor, field)
  finish(cursor, field)
  return value
}

function readChallenge(value: DerValue): string {
  const text = stringOf(value, FORMAT, 'challengePassword')
  return text ?? fail('ERR_CSR_INVALID', 'certificate request: challengePassword is not a string')
}

/** Empty where a client asks for no extension and says so. */
function readRequestedExtensions(value: DerValue): readonly CertificateExtension[] {
  const isEmpty = value.tag === TAG.SEQUENCE && value.body === value.end
  return isEmpty ? [] : readExtensionList(value, FORMAT, 'extensionRequest')
}
