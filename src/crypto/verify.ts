import { runtime, type SignatureScheme } from '#runtime'
import type { DigestName } from '../types.js'
import type { CallContext } from './context.js'
import { digest } from './digest.js'
import { digestLength } from './digest-table.js'
import { ecdsaFromDer } from './ecdsa-signature.js'
import { isEncodedDigest } from './emsa.js'
import { nativeOf, subtleOf } from './provider.js'
import { COORDINATE_LENGTH, type EcPublicKey, isRsaBlock, type PublicKey, type RsaPublicKey } from './public-key.js'
import { importVerifyKey } from './subtle-key.js'

export interface VerifyInput {
  readonly key: PublicKey
  readonly algorithm: SignatureScheme
  readonly data: Uint8Array
  /** ECDSA: DER. */
  readonly signature: Uint8Array
}

/**
 * Whether the signature over the data is this key's. A key of another kind, a signature of the wrong length and a key
 * that cannot be used are `false`. A value and not a promise on the native path.
 */
export function verifySignature(input: VerifyInput, ctx: CallContext): boolean | Promise<boolean> {
  const { key, algorithm, data, signature } = input
  if (key.kind === 'EC') return algorithm.signature === 'ECDSA' && verifyEcdsa(key, algorithm, data, signature, ctx)
  if (key.kind !== 'RSA' || algorithm.signature === 'ECDSA') return false
  // RFC 8017 §8.1.2, §8.2.2 steps 1 and 2.
  if (!isRsaBlock(key, signature)) return false
  if (algorithm.signature === 'RSA-PSS') return verifyPss(key, algorithm, data, signature, ctx)
  return verifyRsa(key, algorithm, data, signature, ctx)
}

function verifyEcdsa(
  key: EcPublicKey,
  scheme: SignatureScheme,
  data: Uint8Array,
  signature: Uint8Array,
  ctx: CallContext,
): boolean | Promise<boolean> {
  const numbers = ecdsaFromDer(signature, COORDINATE_LENGTH[key.curve])
  if (numbers === null || scheme.digest === 'MD5') return false
  return verifyByProvider(key, scheme, data, numbers, ctx)
}

function verifyPss(
  key: RsaPublicKey,
  scheme: SignatureScheme,
  data: Uint8Array,
  signature: Uint8Array,
  ctx: CallContext,
): boolean | Promise<boolean> {
  const { saltLength, digest: name } = scheme
  // RFC 8017 §9.1.2 step 3. A provider would throw where the salt cannot fit.
  const room = Math.ceil((key.bits - 1) / 8) - digestLength(name) - 2
  if (saltLength === null || saltLength < 0 || saltLength > room || name === 'MD5') return false
  return verifyByProvider(key, scheme, data, signature, ctx)
}

function verifyByProvider(
  key: RsaPublicKey | EcPublicKey,
  scheme: SignatureScheme,
  data: Uint8Array,
  signature: Uint8Array,
  ctx: CallContext,
): boolean | Promise<boolean> {
  // What OpenSSL does not take goes to WebCrypto: Deno and Bun know more there than in `node:crypto`.
  const judged = nativeOf(ctx)?.verify(key, scheme, data, signature) ?? null
  return judged ?? verifyBySubtle(key, scheme, data, signature, ctx)
}

async function verifyBySubtle(
  key: RsaPublicKey | EcPublicKey,
  scheme: SignatureScheme,
  data: Uint8Array,
  signature: Uint8Array,
  ctx: CallContext,
): Promise<boolean> {
  const subtle = subtleOf(ctx)
  const imported = await importVerifyKey(subtle, key, scheme)
  if (imported === null) return false
  const algorithm = { name: scheme.signature, hash: scheme.digest, saltLength: scheme.saltLength ?? 0 }
  return subtle.verify(algorithm, imported, signature, data)
}

/** The provider first; what it refuses may still be MD5, or a DigestInfo without NULL, or a key that it is too young for. */
function verifyRsa(
  key: RsaPublicKey,
  scheme: SignatureScheme,
  data: Uint8Array,
  signature: Uint8Array,
  ctx: CallContext,
): boolean | Promise<boolean> {
  const first = scheme.digest === 'MD5' ? false : verifyByProvider(key, scheme, data, signature, ctx)
  if (first === true) return true
  return verifyByEncoding(first, key, scheme.digest, data, signature, ctx)
}

/** RFC 8017 §8.2.2: the public operation, and a comparison with what the signer should have encoded. */
async function verifyByEncoding(
  first: boolean | Promise<boolean>,
  key: RsaPublicKey,
  name: DigestName,
  data: Uint8Array,
  signature: Uint8Array,
  ctx: CallContext,
): Promise<boolean> {
  if (await first) return true
  return isEncodedDigest(runtime.rsaPublic(key, signature), name, await digest(name, data, ctx))
}
