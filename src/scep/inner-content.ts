// What is inside the envelope of a request that carries no CSR (RFC 8894 §3.3.3, §3.3.4).
import { requireText } from '../arguments.js'
import { enter, finish, next, nextAny, readDer, TAG, type DerFormat } from '../asn1/der-reader.js'
import { integerHex } from '../asn1/der-values.js'
import { encodeIntegerHex, encodeSequence } from '../asn1/der-writer.js'
import type { Bytes, DistinguishedName } from '../types.js'
import { encodeName, readName } from '../x509/name.js'

const INNER: DerFormat = { name: 'pkiMessage content', code: 'ERR_SCEP_INVALID' }

export interface IssuerAndSubject {
  readonly issuer: DistinguishedName
  readonly subject: DistinguishedName
}

export function encodeIssuerAndSubject(input: IssuerAndSubject): Bytes {
  return encodeSequence(encodeName(input.issuer), encodeName(input.subject))
}

export function parseIssuerAndSubject(content: Uint8Array): IssuerAndSubject {
  const cursor = enter(readDer(content, INNER), TAG.SEQUENCE, INNER, 'IssuerAndSubject')
  const issuer = readName(next(cursor, TAG.SEQUENCE, 'issuer'), INNER)
  const subject = readName(next(cursor, TAG.SEQUENCE, 'subject'), INNER)
  finish(cursor, 'IssuerAndSubject')
  return { issuer, subject }
}

export interface IssuerAndSerial {
  readonly issuer: DistinguishedName
  readonly serialNumber: string
}

export function encodeIssuerAndSerialNumber(input: IssuerAndSerial): Bytes {
  requireText(input.serialNumber, 'serialNumber')
  // Printed with colons as a rule; `findCertificate` takes them too.
  const digits = input.serialNumber.replace(/[\s:]/g, '')
  return encodeSequence(encodeName(input.issuer), encodeIntegerHex(digits, 'serialNumber'))
}

export function parseIssuerAndSerialNumber(content: Uint8Array): IssuerAndSerial {
  const cursor = enter(readDer(content, INNER), TAG.SEQUENCE, INNER, 'IssuerAndSerialNumber')
  const issuer = readName(next(cursor, TAG.SEQUENCE, 'issuer'), INNER)
  const serialNumber = integerHex(nextAny(cursor, 'serialNumber'), INNER, 'serialNumber')
  finish(cursor, 'IssuerAndSerialNumber')
  return { issuer, serialNumber }
}
