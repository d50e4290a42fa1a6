// PBES2 with PBKDF2 (RFC 8018 §5.2, §6.2): how private keys are encrypted with a password.

import {
  contentOf,
  type DerFormat,
  type DerValue,
  enter,
  enterNext,
  finish,
  next,
  nextIf,
  atEnd,
  nextAny,
  TAG,
} from '../asn1/der-reader.js'
import { nextOid, smallInteger } from '../asn1/der-values.js'
import { OID } from '../asn1/oid.js'
import { fail } from '../errors.js'
import type { Bytes, DigestName } from '../types.js'
import { type CipherUse, cipherOf, readAlgorithmIdentifier } from './algorithms.js'
import { decryptContent } from './cipher.js'
import type { CallContext } from './context.js'
import { bytesOf, subtleOf } from './provider.js'

export interface Pbes2Parameters {
  readonly salt: Uint8Array
  readonly iterations: number
  readonly keyLength: number | null
  readonly prf: DigestName
  readonly encryption: CipherUse
}

/** An iteration takes a third of a microsecond: this many, some three seconds. */
export const MAX_PBKDF2_ITERATIONS = 10_000_000

const PRFS: ReadonlyMap<string, DigestName> = /* @__PURE__ */ new Map([
  [OID.hmacWithSha1, 'SHA-1'],
  [OID.hmacWithSha256, 'SHA-256'],
  [OID.hmacWithSha384, 'SHA-384'],
  [OID.hmacWithSha512, 'SHA-512'],
] as const)

/**
 * Reads PBES2-params. Throws `ERR_ALGORITHM_UNKNOWN` for other schemes than PBKDF2 and AES or DES-EDE3 in CBC, and the
 * format's code for what is malformed.
 */
export function readPbes2Parameters(parameters: DerValue | null, format: DerFormat): Pbes2Parameters {
  if (parameters === null) return fail(format.code, `${format.name}: PBES2 without its parameters`)
  const outer = enter(parameters, TAG.SEQUENCE, format, 'PBES2-params')
  const derivation = readAlgorithmIdentifier(nextAny(outer, 'keyDerivationFunc'), format, 'keyDerivationFunc')
  const encryption = cipherOf(
    readAlgorithmIdentifier(nextAny(outer, 'encryptionScheme'), format, 'encryptionScheme'),
    format,
  )
  finish(outer, 'PBES2-params')
  if (derivation.oid !== OID.pbkdf2 || derivation.parameters === null)
    return fail('ERR_ALGORITHM_UNKNOWN', `${format.name}: PBKDF2 is the one key derivation that is supported`)
  if (encryption.cipher.mode !== 'CBC' || encryption.cipher.name === 'DES-CBC')
    return fail('ERR_ALGORITHM_UNKNOWN', `${format.name}: ${encryption.cipher.name} with a password is not supported`)
  const cursor = enter(derivation.parameters, TAG.SEQUENCE, format, 'PBKDF2-params')
  const salt = contentOf(next(cursor, TAG.OCTET_STRING, 'salt'))
  const iterations = smallInteger(nextAny(cursor, 'iterationCount'), format, 'iterationCount')
  const length = nextIf(cursor, TAG.INTEGER)
  const keyLength = length === null ? null : smallInteger(length, format, 'keyLength')
  const prf = atEnd(cursor) ? 'SHA-1' : readPrf(enterNext(cursor, TAG.SEQUENCE, 'prf'), format)
  finish(cursor, 'PBKDF2-params')
  if (iterations < 1 || (keyLength !== null && keyLength !== encryption.cipher.keyLength))
    fail(format.code, `${format.name}: PBKDF2-params has values that are out of range`)
  return { salt, iterations, keyLength, prf, encryption }
}

function readPrf(algorithm: ReturnType<typeof enterNext>, format: DerFormat): DigestName {
  const name = PRFS.get(nextOid(algorithm, 'prf'))
  nextIf(algorithm, TAG.NULL)
  finish(algorithm, 'prf')
  return name ?? fail('ERR_ALGORITHM_UNKNOWN', `${format.name}: an unknown pseudo-random function in PBKDF2`)
}

/** Throws `ERR_LIMIT` above `maxIterations`: whoever wrote the file chooses how long it takes to read. */
export async function decryptPbes2(
  parameters: Pbes2Parameters,
  password: Uint8Array,
  ciphertext: Uint8Array,
  maxIterations: number,
  ctx: CallContext,
): Promise<Bytes> {
  const { salt, iterations, prf, encryption } = parameters
  if (iterations > maxIterations) fail('ERR_LIMIT', `PBKDF2: more than ${maxIterations} iterations`)
  const key = await pbkdf2(prf, password, salt, iterations, encryption.cipher.keyLength, ctx)
  return decryptContent(encryption.cipher, key, encryption.iv, ciphertext, ctx)
}

/** Throws `ERR_CRYPTO_UNAVAILABLE` where the provider does not compute this: some have a limit for the iterations. */
export async function pbkdf2(
  prf: DigestName,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  length: number,
  ctx: CallContext,
): Promise<Bytes> {
  const subtle = subtleOf(ctx)
  try {
    const key = await subtle.importKey('raw', password, { name: 'PBKDF2' }, false, ['deriveBits'])
    return bytesOf(await subtle.deriveBits({ name: 'PBKDF2', hash: prf, salt, iterations }, key, 8 * length))
  } catch (error) {
    return fail('ERR_CRYPTO_UNAVAILABLE', 'the WebCrypto provider does not compute this PBKDF2', error)
  }
}
