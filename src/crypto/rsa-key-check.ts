import type { RsaPrivateParts } from '#runtime'
import { fail } from '../errors.js'
import { bitLength, MAX_MODULUS_BITS } from './public-key.js'
import { encodeHex } from '../bytes/hex.js'

/**
 * Holds the numbers of a private key against each other (RFC 8017 §3.2), for a wrong one gives the factors away with
 * the first signature. That the factors are prime is not tested. Throws `ERR_ENCODING`.
 */
export function checkRsaParts(parts: RsaPrivateParts): void {
  if (bitLength(parts.modulus) > MAX_MODULUS_BITS)
    fail('ERR_LIMIT', `private key: modulus of more than ${MAX_MODULUS_BITS} bits`)
  const [n, e, d] = [bigintOf(parts.modulus), bigintOf(parts.publicExponent), bigintOf(parts.privateExponent)]
  const [p, q] = [bigintOf(parts.prime1), bigintOf(parts.prime2)]
  const [dp, dq] = [bigintOf(parts.exponent1), bigintOf(parts.exponent2)]
  const fits =
    parts.publicExponent.length <= 8 &&
    p > 1n &&
    q > 1n &&
    p * q === n &&
    d < n &&
    (e * d) % (p - 1n) === 1n &&
    (e * d) % (q - 1n) === 1n &&
    dp === d % (p - 1n) &&
    dq === d % (q - 1n) &&
    (bigintOf(parts.coefficient) * q) % p === 1n
  if (!fits) fail('ERR_ENCODING', 'private key: the numbers of the RSA key do not belong together')
}

function bigintOf(octets: Uint8Array): bigint {
  return BigInt(`0x${encodeHex(octets)}`)
}
