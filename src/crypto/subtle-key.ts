// Public keys as keys of a WebCrypto provider.

import { runtime, type SignatureScheme } from '#runtime'
import { encodeBase64 } from '../bytes/base64.js'
import { fail } from '../errors.js'
import { isNotSupported, type JsonWebKey, type Subtle, type SubtleAlgorithm, type SubtleKey } from './provider.js'
import type { EcPublicKey, RsaPublicKey } from './public-key.js'

type KeyByUse = Map<string, SubtleKey>
/** Keys of stored certificates come by again and again: imported once for each provider and use. */
const imported = /* @__PURE__ */ new WeakMap<Subtle, WeakMap<object, KeyByUse>>()

function keysOf(subtle: Subtle, key: object): KeyByUse {
  let keys = imported.get(subtle)
  if (keys === undefined) imported.set(subtle, (keys = new WeakMap<object, KeyByUse>()))
  let uses = keys.get(key)
  if (uses === undefined) keys.set(key, (uses = new Map<string, SubtleKey>()))
  return uses
}

/** `null` when the provider does not take the key: a point off its curve, a size it does not do. */
export async function importVerifyKey(
  subtle: Subtle,
  key: RsaPublicKey | EcPublicKey,
  scheme: SignatureScheme,
): Promise<SubtleKey | null> {
  const algorithm: SubtleAlgorithm =
    key.kind === 'EC' ? { name: 'ECDSA', namedCurve: key.curve } : { name: scheme.signature, hash: scheme.digest }
  return importPublicKey(subtle, key, algorithm, 'verify')
}

export async function importPublicKey(
  subtle: Subtle,
  key: RsaPublicKey | EcPublicKey,
  algorithm: SubtleAlgorithm,
  usage: 'verify' | 'encrypt',
): Promise<SubtleKey | null> {
  const uses = keysOf(subtle, key)
  const use = `${algorithm.name} ${algorithm.hash ?? ''}`
  const known = uses.get(use)
  if (known !== undefined) return known
  try {
    const made = await importParts(subtle, key, algorithm, usage)
    uses.set(use, made)
    return made
  } catch (error) {
    if (isNotSupported(error))
      fail('ERR_CRYPTO_UNAVAILABLE', `the WebCrypto provider has no ${algorithm.name} for this key`)
    return null
  }
}

/**
 * On Node from its numbers: OpenSSL takes five times as long to decode a SubjectPublicKeyInfo. In browsers and workers it is
 * the other way round; what they do not decode, such as one without NULL, still has its numbers.
 */
async function importParts(
  subtle: Subtle,
  key: RsaPublicKey | EcPublicKey,
  algorithm: SubtleAlgorithm,
  usage: 'verify' | 'encrypt',
): Promise<SubtleKey> {
  const fromNumbers = (): Promise<SubtleKey> => subtle.importKey('jwk', jsonWebKey(key), algorithm, false, [usage])
  if (runtime.native !== null) return fromNumbers()
  return subtle.importKey('spki', key.spki, algorithm, false, [usage]).catch(fromNumbers)
}

function jsonWebKey(key: RsaPublicKey | EcPublicKey): JsonWebKey {
  if (key.kind === 'RSA') return { kty: 'RSA', n: base64Url(key.modulus), e: base64Url(key.exponent) }
  const size = (key.point.length - 1) / 2
  const x = base64Url(key.point.subarray(1, 1 + size))
  return { kty: 'EC', crv: key.curve, x, y: base64Url(key.point.subarray(1 + size)) }
}

function base64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
