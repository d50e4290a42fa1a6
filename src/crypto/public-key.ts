import type { CurveName, EcPublicParts, RsaPublicParts } from '#runtime'
import {
  type DerFormat,
  enter,
  enterNext,
  finish,
  next,
  nextIf,
  readDer,
  TAG,
  type DerCursor,
} from '../asn1/der-reader.js'
import { bitStringOctets, integerOctets, nextOid, oidOf } from '../asn1/der-values.js'
import { OID } from '../asn1/oid.js'
import { copyBytes } from '../bytes/bytes.js'
import { fail } from '../errors.js'

interface KeyCommon {
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array
  /** Content of the subjectPublicKey BIT STRING: what key identifiers are computed over (RFC 5280 §4.2.1.2). */
  readonly keyBits: Uint8Array
}
export interface RsaPublicKey extends KeyCommon, RsaPublicParts {
  readonly bits: number
}
export interface EcPublicKey extends KeyCommon, EcPublicParts {}
/** Of an algorithm, or on a curve, that this package cannot compute with. */
export interface OtherPublicKey extends KeyCommon {
  readonly kind: 'other'
  readonly oid: string
}
export type PublicKey = RsaPublicKey | EcPublicKey | OtherPublicKey

const FORMAT: DerFormat = { name: 'public key', code: 'ERR_CERTIFICATE_INVALID' }
/** Above it a single operation takes seconds. */
export const MAX_MODULUS_BITS = 16384
/** Real exponents have 17 bits, and the largest moduli cost enough with those. */
const LARGE_MODULUS_BITS = 8192
const MAX_EXPONENT_OCTETS = { usual: 8, large: 4 } as const

const CURVES: { readonly [oid: string]: { readonly curve: CurveName; readonly size: number } } = {
  [OID.p256]: { curve: 'P-256', size: 32 },
  [OID.p384]: { curve: 'P-384', size: 48 },
  [OID.p521]: { curve: 'P-521', size: 66 },
}

/** Octets of one coordinate, or of r and s. */
export const COORDINATE_LENGTH: { readonly [C in CurveName]: number } = { 'P-256': 32, 'P-384': 48, 'P-521': 66 }

export function oidOfCurve(curve: CurveName): string {
  return curve === 'P-256' ? OID.p256 : curve === 'P-384' ? OID.p384 : OID.p521
}
export function curveOfOid(oid: string): CurveName | null {
  return CURVES[oid]?.curve ?? null
}

/**
 * Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). Algorithms and curves that are not ours give `kind: 'other'`.
 *
 * Refused: RSA moduli that are even, negative or zero; exponents that are even, below 3 or above 2^64; EC points that
 * are compressed or of the wrong length. That a point lies on its curve is checked where the key is used.
 *
 * Throws `ERR_ENCODING`, `ERR_CERTIFICATE_INVALID`, or `ERR_LIMIT` for moduli above 16384 bits, and for exponents above
 * 2^32 with moduli above 8192 bits.
 */
export function readPublicKey(spki: Uint8Array): PublicKey {
  return readKeptPublicKey(copyBytes(spki))
}

/** The same of octets that nobody outside can reach: they are not copied. */
export function readKeptPublicKey(kept: Uint8Array): PublicKey {
  const outer = enter(readDer(kept, FORMAT), TAG.SEQUENCE, FORMAT, 'SubjectPublicKeyInfo')
  const algorithm = enterNext(outer, TAG.SEQUENCE, 'algorithm')
  const oid = nextOid(algorithm, 'algorithm')
  const keyBits = bitStringOctets(next(outer, TAG.BIT_STRING, 'subjectPublicKey'), FORMAT, 'subjectPublicKey')
  finish(outer, 'SubjectPublicKeyInfo')
  if (oid === OID.rsaEncryption) return rsaKey(kept, keyBits, algorithm)
  if (oid === OID.ecPublicKey) return ecKey(kept, keyBits, algorithm)
  return { kind: 'other', spki: kept, keyBits, oid }
}

function ecKey(spki: Uint8Array, keyBits: Uint8Array, algorithm: DerCursor): EcPublicKey | OtherPublicKey {
  const parameters = nextIf(algorithm, TAG.OID)
  const named = parameters === null ? undefined : CURVES[oidOf(parameters, FORMAT, 'curve')]
  if (named === undefined) return { kind: 'other', spki, keyBits, oid: OID.ecPublicKey }
  finish(algorithm, 'algorithm')
  if (keyBits.length !== 1 + 2 * named.size || keyBits[0] !== 4)
    fail('ERR_CERTIFICATE_INVALID', 'public key: an uncompressed point of the length of its curve is expected')
  return { kind: 'EC', spki, keyBits, curve: named.curve, point: keyBits }
}

function rsaKey(spki: Uint8Array, keyBits: Uint8Array, algorithm: DerCursor): RsaPublicKey {
  // NULL by RFC 3279 §2.3.1; left out by some issuers.
  nextIf(algorithm, TAG.NULL)
  finish(algorithm, 'algorithm')
  const key = enter(readDer(keyBits, FORMAT), TAG.SEQUENCE, FORMAT, 'RSAPublicKey')
  const modulus = positive(key, 'modulus')
  const exponent = positive(key, 'publicExponent')
  finish(key, 'RSAPublicKey')
  const bits = bitLength(modulus)
  if (bits > MAX_MODULUS_BITS) fail('ERR_LIMIT', `public key: modulus of more than ${MAX_MODULUS_BITS} bits`)
  if (!isOdd(modulus)) fail('ERR_CERTIFICATE_INVALID', 'public key: the modulus is even')
  if (
    !isOdd(exponent) ||
    exponent.length > MAX_EXPONENT_OCTETS.usual ||
    (exponent.length === 1 && (exponent[0] as number) < 3)
  )
    fail('ERR_CERTIFICATE_INVALID', 'public key: the exponent is not an odd number from 3 to 2^64')
  if (bits > LARGE_MODULUS_BITS && exponent.length > MAX_EXPONENT_OCTETS.large)
    fail('ERR_LIMIT', `public key: an exponent above 2^32 with a modulus of more than ${LARGE_MODULUS_BITS} bits`)
  return { kind: 'RSA', spki, keyBits, modulus, exponent, bits, pkcs1: keyBits }
}

function positive(cursor: DerCursor, field: string): Uint8Array {
  const octets = integerOctets(next(cursor, TAG.INTEGER, field), FORMAT, field)
  if ((octets[0] as number) >= 0x80 || (octets.length === 1 && octets[0] === 0))
    fail('ERR_CERTIFICATE_INVALID', `public key: ${field} is not positive`)
  return octets[0] === 0 ? octets.subarray(1) : octets
}

function isOdd(octets: Uint8Array): boolean {
  return ((octets[octets.length - 1] as number) & 1) === 1
}

/** Of an unsigned number above zero without leading zero octet. */
export function bitLength(octets: Uint8Array): number {
  return 8 * octets.length - Math.clz32(octets[0] as number) + 24
}

/** Whether these octets are a number that the key works on: as long as the modulus, above zero and below it (RFC 8017 §5.1). */
export function isRsaBlock(key: RsaPublicParts, block: Uint8Array): boolean {
  if (block.length !== key.modulus.length || block.every((octet) => octet === 0)) return false
  for (let i = 0; i < block.length; i++) {
    const difference = (block[i] as number) - (key.modulus[i] as number)
    if (difference !== 0) return difference < 0
  }
  return false
}
