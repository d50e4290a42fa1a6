// RSASSA-PSS-params and RSAES-OAEP-params (RFC 8017 A.2.1, A.2.3; RFC 4055 §3.1, §4.1): read and written.

import {
  contextConstructed,
  contentOf,
  type DerCursor,
  type DerFormat,
  type DerValue,
  enter,
  enterNext,
  finish,
  next,
  nextAny,
  nextIf,
  schemaFault,
  TAG,
} from '../asn1/der-reader.js'
import { nextOid, smallInteger } from '../asn1/der-values.js'
import { encodeContextConstructed, encodeInteger, encodeOid, encodeSequence } from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import type { Bytes, DigestName } from '../types.js'
import { digestOfOid, encodeDigestAlgorithm } from './digest-table.js'

const FORMAT: DerFormat = { name: 'RSA algorithm parameters', code: 'ERR_ALGORITHM_UNKNOWN' }

export interface PssParameters {
  readonly digest: DigestName
  readonly mgfDigest: DigestName
  readonly saltLength: number
}
export interface OaepParameters {
  readonly digest: DigestName
  readonly mgfDigest: DigestName
  readonly label: Uint8Array
}

export function readPssParameters(parameters: DerValue): PssParameters {
  const cursor = enter(parameters, TAG.SEQUENCE, FORMAT, 'RSASSA-PSS-params')
  const { digest, mgfDigest } = readDigests(cursor)
  const salt = enterIf(cursor, 2)
  const saltLength = salt === null ? 20 : smallInteger(nextAny(salt, 'saltLength'), FORMAT, 'saltLength')
  if (salt !== null) finish(salt, 'saltLength')
  const trailer = enterIf(cursor, 3)
  // trailerFieldBC (1) is the only one there is.
  if (trailer !== null && smallInteger(nextAny(trailer, 'trailerField'), FORMAT, 'trailerField') !== 1)
    schemaFault(FORMAT, 'trailerField')
  finish(cursor, 'RSASSA-PSS-params')
  return { digest, mgfDigest, saltLength }
}

/** Absent parameters and an empty SEQUENCE both mean SHA-1 and MGF1 with SHA-1: what Windows sends. */
export function readOaepParameters(parameters: DerValue | null): OaepParameters {
  if (parameters === null || parameters.tag === TAG.NULL)
    return { digest: 'SHA-1', mgfDigest: 'SHA-1', label: new Uint8Array(0) }
  const cursor = enter(parameters, TAG.SEQUENCE, FORMAT, 'RSAES-OAEP-params')
  const digests = readDigests(cursor)
  const source = enterIf(cursor, 2)
  const label = source === null ? new Uint8Array(0) : readLabel(source)
  finish(cursor, 'RSAES-OAEP-params')
  return { ...digests, label }
}

function readDigests(cursor: DerCursor): { readonly digest: DigestName; readonly mgfDigest: DigestName } {
  const hash = enterIf(cursor, 0)
  const digest = hash === null ? 'SHA-1' : readDigest(hash, 'hashAlgorithm')
  const mask = enterIf(cursor, 1)
  const mgfDigest = mask === null ? 'SHA-1' : readMask(mask)
  return { digest, mgfDigest }
}

function enterIf(cursor: DerCursor, number: number): DerCursor | null {
  const value = nextIf(cursor, contextConstructed(number))
  return value === null ? null : enter(value, contextConstructed(number), FORMAT, 'parameters')
}

function readDigest(parent: DerCursor, field: string): DigestName {
  const algorithm = enterNext(parent, TAG.SEQUENCE, field)
  const name = digestOfOid(nextOid(algorithm, field))
  nextIf(algorithm, TAG.NULL)
  finish(algorithm, field)
  finish(parent, field)
  return name
}

function readMask(parent: DerCursor): DigestName {
  const algorithm = enterNext(parent, TAG.SEQUENCE, 'maskGenAlgorithm')
  expectOid(algorithm, OID.mgf1, 'maskGenAlgorithm')
  finish(parent, 'maskGenAlgorithm')
  return readDigest(algorithm, 'maskGenAlgorithm')
}

function expectOid(cursor: DerCursor, oid: string, field: string): void {
  if (nextOid(cursor, field) !== oid) schemaFault(FORMAT, field)
}

function readLabel(parent: DerCursor): Uint8Array {
  const algorithm = enterNext(parent, TAG.SEQUENCE, 'pSourceAlgorithm')
  expectOid(algorithm, OID.pSpecified, 'pSourceAlgorithm')
  finish(parent, 'pSourceAlgorithm')
  const label = contentOf(next(algorithm, TAG.OCTET_STRING, 'pSourceAlgorithm'))
  finish(algorithm, 'pSourceAlgorithm')
  return label
}

/** MGF1 with the same digest, a salt as long as the digest (RFC 4055 §3.1). */
export function encodePssParameters(digest: DigestName, saltLength: number): Bytes {
  const salt = saltLength === 20 ? [] : [encodeContextConstructed(2, encodeInteger(saltLength))]
  return encodeSequence(...encodeDigests(digest), ...salt)
}

/** MGF1 with the same digest, no label. */
export function encodeOaepParameters(digest: DigestName): Bytes {
  return encodeSequence(...encodeDigests(digest))
}

/** SHA-1 is the default of both, and DER leaves defaults out. */
function encodeDigests(digest: DigestName): readonly Bytes[] {
  if (digest === 'SHA-1') return []
  const algorithm = encodeDigestAlgorithm(digest)
  return [
    encodeContextConstructed(0, algorithm),
    encodeContextConstructed(1, encodeSequence(encodeOid(OID.mgf1), algorithm)),
  ]
}
