// The raw RSA operations where a runtime has none of its own (RFC 8017 §5.1).

import { encodeHex } from '../bytes/hex.js'
import { fail } from '../errors.js'
import type { Bytes, RawRsaKey } from '../types.js'
import type { RsaPrivateParts, RsaPublicParts } from './runtime.js'

export function bigintOf(octets: Uint8Array): bigint {
  return octets.length === 0 ? 0n : BigInt(`0x${encodeHex(octets)}`)
}

/** `length` octets, most significant first. The number is known to fit. */
export function octetsOf(value: bigint, length: number): Bytes {
  const digits = value.toString(16).padStart(2 * length, '0')
  const octets = new Uint8Array(length)
  for (let i = 0; i < length; i++) octets[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16)
  return octets
}

/** The number of a block that the key works on: as long as the modulus, above zero and below the modulus. */
function numberOf(block: Uint8Array, modulus: bigint, length: number): bigint {
  const value = block.length === length ? bigintOf(block) : 0n
  if (value === 0n || value >= modulus)
    return fail(
      'ERR_INVALID_ARGUMENT',
      'RSA block: a number above zero and below the modulus, as long as it, is expected',
    )
  return value
}

/** For a public exponent: time depends on it. */
function powerPublic(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = base
  for (const bit of exponent.toString(2).slice(1)) {
    result = (result * result) % modulus
    if (bit === '1') result = (result * base) % modulus
  }
  return result
}

/** For a secret exponent: windows of four bits, a product for each of them whatever it holds. */
function powerSecret(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const powers = [1n]
  for (let i = 1; i < 16; i++) powers.push(((powers[i - 1] as bigint) * base) % modulus)
  let result = 1n
  for (const digit of exponent.toString(16)) {
    for (let i = 0; i < 4; i++) result = (result * result) % modulus
    result = (result * (powers[Number.parseInt(digit, 16)] as bigint)) % modulus
  }
  return result
}

/** `null` when there is none. Takes numbers from 1 to the modulus alone: zero and negative ones have kept others' loops busy. */
export function inverseOf(value: bigint, modulus: bigint): bigint | null {
  if (value <= 0n || value >= modulus) return null
  let [low, high] = [value, modulus]
  let [factor, previous] = [1n, 0n]
  while (low > 0n) {
    const quotient = high / low
    ;[high, low] = [low, high - quotient * low]
    ;[previous, factor] = [factor, previous - quotient * factor]
  }
  if (high !== 1n) return null
  return previous < 0n ? previous + modulus : previous
}

/** m^e mod n. Throws `ERR_INVALID_ARGUMENT` for a block that the key does not work on. */
export function rsaPublicBigInt(key: RsaPublicParts, block: Uint8Array): Bytes {
  const modulus = bigintOf(key.modulus)
  const value = numberOf(block, modulus, key.modulus.length)
  return octetsOf(powerPublic(value, bigintOf(key.exponent), modulus), key.modulus.length)
}

interface PrivateNumbers {
  readonly n: bigint
  readonly e: bigint
  readonly p: bigint
  readonly q: bigint
  readonly dp: bigint
  readonly dq: bigint
  readonly qInverse: bigint
}

function numbersOf(parts: RsaPrivateParts): PrivateNumbers {
  return {
    n: bigintOf(parts.modulus),
    e: bigintOf(parts.publicExponent),
    p: bigintOf(parts.prime1),
    q: bigintOf(parts.prime2),
    dp: bigintOf(parts.exponent1),
    dq: bigintOf(parts.exponent2),
    qInverse: bigintOf(parts.coefficient),
  }
}

/**
 * c^d mod n by the Chinese remainder theorem. BigInt arithmetic takes a time that depends on its numbers, so the base
 * and both exponents are blinded anew each time, and so no number in it is one that the sender chose. The result is
 * held against the public exponent: a single wrong one would give the factors away.
 */
export function rawRsaBigInt(parts: RsaPrivateParts, random: (length: number) => Bytes): RawRsaKey {
  let numbers: PrivateNumbers | null = null
  const { length } = parts.modulus
  const decrypt = (block: Uint8Array): Bytes => {
    const key = (numbers ??= numbersOf(parts))
    const value = numberOf(block, key.n, length)
    const { factor, inverse } = blinding(key.n, length, random)
    const blinded = (value * powerPublic(factor, key.e, key.n)) % key.n
    const root = rootOf(blinded, key, () => bigintOf(random(8)))
    if (powerPublic(root, key.e, key.n) !== blinded)
      fail('ERR_CRYPTO_UNAVAILABLE', 'the RSA operation gave a wrong result: the key is damaged, or the machine is')
    return octetsOf((root * inverse) % key.n, length)
  }
  return {
    rawDecrypt: (block) =>
      new Promise((resolve) => {
        resolve(decrypt(block))
      }),
  }
}

function blinding(
  modulus: bigint,
  length: number,
  random: (length: number) => Bytes,
): { readonly factor: bigint; readonly inverse: bigint } {
  // 64 bits more than the modulus has, so that the remainder is even.
  const factor = bigintOf(random(length + 8)) % modulus
  const inverse = inverseOf(factor, modulus)
  // No inverse: zero, or a multiple of a prime factor. That happens to a broken source of randomness alone.
  if (inverse === null) return fail('ERR_CRYPTO_UNAVAILABLE', 'the source of random bytes gives no usable ones')
  return { factor, inverse }
}

function rootOf(value: bigint, key: PrivateNumbers, mask: () => bigint): bigint {
  const { p, q } = key
  const atP = powerSecret(value % p, key.dp + mask() * (p - 1n), p)
  const atQ = powerSecret(value % q, key.dq + mask() * (q - 1n), q)
  const difference = (((atP - atQ) % p) + p) % p
  return atQ + q * ((difference * key.qInverse) % p)
}
