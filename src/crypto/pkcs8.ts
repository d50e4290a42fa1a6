// PrivateKeyInfo (RFC 5958) with RSA keys (RFC 8017 A.1.2) and EC keys (RFC 5915): read and written.

import type { CurveName, RsaPrivateParts } from '#runtime'
import {
  contentOf,
  contextConstructed,
  contextTag,
  copyEncoding,
  type DerCursor,
  type DerFormat,
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
import { bitStringOctets, integerOctets, nextOid, oidOf, smallInteger } from '../asn1/der-values.js'
import {
  encodeContextConstructed,
  encodeInteger,
  encodeIntegerOctets,
  encodeBitString,
  encodeOctetString,
  encodeOid,
  encodeSequence,
} from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { fail } from '../errors.js'
import type { Bytes } from '../types.js'
import { RSA_ENCRYPTION_ALGORITHM } from './algorithms.js'
import { COORDINATE_LENGTH, curveOfOid, oidOfCurve } from './public-key.js'

export const PRIVATE_KEY: DerFormat = { name: 'private key', code: 'ERR_ENCODING' }

export interface RsaPrivateKey extends RsaPrivateParts {
  readonly kind: 'RSA'
}
/** `scalar`: as long as the field. `point`: the public one, where the key brings it. */
export interface EcPrivateKey {
  readonly kind: 'EC'
  readonly curve: CurveName
  readonly scalar: Uint8Array
  readonly point: Uint8Array | null
}

/** Throws `ERR_ENCODING`, or `ERR_ALGORITHM_UNKNOWN` for keys of other kinds. The numbers are not held against each other. */
export function readPkcs8(pkcs8: Uint8Array): RsaPrivateKey | EcPrivateKey {
  const cursor = enter(readDer(pkcs8, PRIVATE_KEY), TAG.SEQUENCE, PRIVATE_KEY, 'PrivateKeyInfo')
  // An EncryptedPrivateKeyInfo begins otherwise.
  requirePkcs8(cursor, TAG.INTEGER)
  if (smallInteger(nextAny(cursor, 'version'), PRIVATE_KEY, 'version') > 1)
    fail('ERR_ENCODING', 'private key: a version that PKCS#8 does not have')
  // PKCS#1 and SEC 1 go on otherwise.
  requirePkcs8(cursor, TAG.SEQUENCE)
  const algorithm = enterNext(cursor, TAG.SEQUENCE, 'privateKeyAlgorithm')
  const oid = nextOid(algorithm, 'privateKeyAlgorithm')
  const key = contentOf(next(cursor, TAG.OCTET_STRING, 'privateKey'))
  nextIf(cursor, contextConstructed(0))
  nextIf(cursor, contextTag(1))
  finish(cursor, 'PrivateKeyInfo')
  if (oid === OID.rsaEncryption) return { kind: 'RSA', ...readPkcs1(key) }
  if (oid === OID.ecPublicKey) return readSec1(key, curveOf(algorithm))
  return fail('ERR_ALGORITHM_UNKNOWN', `private key: ${oid === OID.ed25519 ? 'Ed25519' : 'this kind'} is not supported`)
}

function requirePkcs8(cursor: DerCursor, tag: number): void {
  if (peekTag(cursor) !== tag)
    fail('ERR_ENCODING', 'private key: PKCS#8 that is not encrypted is expected; other forms have to be PEM')
}

function curveOf(cursor: DerCursor): CurveName {
  const oid = nextIf(cursor, TAG.OID)
  const curve = oid === null ? null : curveOfOid(oidOf(oid, PRIVATE_KEY, 'curve'))
  return curve ?? fail('ERR_ALGORITHM_UNKNOWN', 'private key: an elliptic curve other than P-256, P-384 and P-521')
}

function readPkcs1(der: Uint8Array): RsaPrivateParts {
  const root = readDer(der, PRIVATE_KEY)
  const cursor = enter(root, TAG.SEQUENCE, PRIVATE_KEY, 'RSAPrivateKey')
  if (smallInteger(nextAny(cursor, 'version'), PRIVATE_KEY, 'version') !== 0)
    fail('ERR_ALGORITHM_UNKNOWN', 'private key: RSA with more than two primes is not supported')
  const parts = {
    modulus: positive(cursor, 'modulus'),
    publicExponent: positive(cursor, 'publicExponent'),
    privateExponent: positive(cursor, 'privateExponent'),
    prime1: positive(cursor, 'prime1'),
    prime2: positive(cursor, 'prime2'),
    exponent1: positive(cursor, 'exponent1'),
    exponent2: positive(cursor, 'exponent2'),
    coefficient: positive(cursor, 'coefficient'),
  }
  finish(cursor, 'RSAPrivateKey')
  return { ...parts, pkcs1: copyEncoding(root) }
}

function positive(cursor: DerCursor, field: string): Uint8Array {
  const octets = integerOctets(next(cursor, TAG.INTEGER, field), PRIVATE_KEY, field)
  if ((octets[0] as number) >= 0x80 || (octets.length === 1 && octets[0] === 0))
    fail('ERR_ENCODING', `private key: ${field} is not positive`)
  return octets[0] === 0 ? octets.slice(1) : octets.slice()
}

/** `curve`: from outside; `null`: the key itself must name it. */
function readSec1(der: Uint8Array, curve: CurveName | null): EcPrivateKey {
  const cursor = enter(readDer(der, PRIVATE_KEY), TAG.SEQUENCE, PRIVATE_KEY, 'ECPrivateKey')
  if (smallInteger(nextAny(cursor, 'version'), PRIVATE_KEY, 'version') !== 1)
    fail('ERR_ENCODING', 'private key: a version that SEC 1 does not have')
  const secret = contentOf(next(cursor, TAG.OCTET_STRING, 'privateKey'))
  const own = nextIf(cursor, contextConstructed(0))
  const named = own === null ? null : curveOf(enter(own, contextConstructed(0), PRIVATE_KEY, 'parameters'))
  const found = curve ?? named ?? fail('ERR_ENCODING', 'private key: the elliptic curve is not named')
  if (named !== null && named !== found) fail('ERR_ENCODING', 'private key: two elliptic curves are named')
  const outer = nextIf(cursor, contextConstructed(1))
  const point = outer === null ? null : readPoint(enter(outer, contextConstructed(1), PRIVATE_KEY, 'publicKey'), found)
  finish(cursor, 'ECPrivateKey')
  return { kind: 'EC', curve: found, scalar: scalarOf(secret, COORDINATE_LENGTH[found]), point }
}

/** As long as the field (RFC 5915 §3); some writers leave leading zeros out. */
function scalarOf(secret: Uint8Array, size: number): Bytes {
  if (secret.length === 0 || secret.length > size)
    fail('ERR_ENCODING', 'private key: the secret number has not the length of its curve')
  if (secret.every((octet) => octet === 0)) fail('ERR_ENCODING', 'private key: the secret number is zero')
  const scalar = new Uint8Array(size)
  scalar.set(secret, size - secret.length)
  return scalar
}

function readPoint(cursor: DerCursor, curve: CurveName): Uint8Array {
  const point = bitStringOctets(next(cursor, TAG.BIT_STRING, 'publicKey'), PRIVATE_KEY, 'publicKey')
  finish(cursor, 'publicKey')
  if (point.length !== 1 + 2 * COORDINATE_LENGTH[curve] || point[0] !== 4)
    fail('ERR_ENCODING', 'private key: an uncompressed public point is expected')
  return point.slice()
}

/** PKCS#8 around an RSAPrivateKey, which is not looked into. */
export function wrapPkcs1(der: Uint8Array): Bytes {
  const key = encodingOf(readDer(der, PRIVATE_KEY))
  return encodeSequence(encodeInteger(0), RSA_ENCRYPTION_ALGORITHM, encodeOctetString(key))
}

/** PKCS#8 around an ECPrivateKey that names its curve. */
export function wrapSec1(der: Uint8Array): Bytes {
  const { curve, scalar, point } = readSec1(der, null)
  return encodeEcPkcs8(curve, scalar, point)
}

export function encodeEcPkcs8(curve: CurveName, scalar: Uint8Array, point: Uint8Array | null): Bytes {
  const publicKey = point === null ? [] : [encodeContextConstructed(1, encodeBitString(point))]
  const key = encodeSequence(encodeInteger(1), encodeOctetString(scalar), ...publicKey)
  return encodeSequence(encodeInteger(0), ecAlgorithm(curve), encodeOctetString(key))
}

/** SubjectPublicKeyInfo of the key. */
export function encodeEcSpki(curve: CurveName, point: Uint8Array): Bytes {
  return encodeSequence(ecAlgorithm(curve), encodeBitString(point))
}

/** SubjectPublicKeyInfo of the key. */
export function encodeRsaSpki(modulus: Uint8Array, exponent: Uint8Array): Bytes {
  const key = encodeSequence(encodeIntegerOctets(modulus), encodeIntegerOctets(exponent))
  return encodeSequence(RSA_ENCRYPTION_ALGORITHM, encodeBitString(key))
}

function ecAlgorithm(curve: CurveName): Bytes {
  return encodeSequence(encodeOid(OID.ecPublicKey), encodeOid(oidOfCurve(curve)))
}
