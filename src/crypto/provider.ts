// Which implementation a call goes to: the caller's provider, this runtime's native one, or this runtime's WebCrypto.

import { type NativeCrypto, runtime } from '#runtime'
import { fail } from '../errors.js'
import type { Bytes, CryptoProvider } from '../types.js'
import type { CallContext } from './context.js'

export type { NativeCrypto } from '#runtime'

/** WebCrypto's algorithm dictionaries, as far as they are used here. */
export interface SubtleAlgorithm {
  readonly name: string
  readonly hash?: string
  readonly [parameter: string]: unknown
}
export interface JsonWebKey {
  readonly kty: string
  readonly [member: string]: unknown
}
/** A key of some provider. Opaque: it goes back to the provider that it came from. */
export type SubtleKey = object

/** SubtleCrypto with the parameters that are used here; `CryptoProvider` leaves them open. */
export interface Subtle {
  digest(algorithm: string, data: Uint8Array): Promise<ArrayBuffer>
  sign(algorithm: SubtleAlgorithm, key: SubtleKey, data: Uint8Array): Promise<ArrayBuffer>
  verify(algorithm: SubtleAlgorithm, key: SubtleKey, signature: Uint8Array, data: Uint8Array): Promise<boolean>
  encrypt(algorithm: SubtleAlgorithm, key: SubtleKey, data: Uint8Array): Promise<ArrayBuffer>
  decrypt(algorithm: SubtleAlgorithm, key: SubtleKey, data: Uint8Array): Promise<ArrayBuffer>
  importKey(
    format: string,
    data: Uint8Array | JsonWebKey,
    algorithm: SubtleAlgorithm,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<SubtleKey>
  exportKey(format: 'pkcs8' | 'spki', key: SubtleKey): Promise<ArrayBuffer>
  exportKey(format: 'jwk', key: SubtleKey): Promise<JsonWebKey>
  generateKey(
    algorithm: SubtleAlgorithm,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<{ readonly privateKey: SubtleKey; readonly publicKey: SubtleKey }>
  deriveBits(algorithm: SubtleAlgorithm, key: SubtleKey, bits: number): Promise<ArrayBuffer>
}

/** The native fast path, closed as soon as the caller names a provider. */
export function nativeOf(ctx: CallContext): NativeCrypto | null {
  return ctx.provider === null ? runtime.native : null
}

export function providerOf(ctx: CallContext): CryptoProvider {
  const provider = ctx.provider ?? runtime.provider()
  if (provider === null)
    return fail('ERR_CRYPTO_UNAVAILABLE', 'this runtime has no WebCrypto, and context.crypto gives none')
  return provider
}

export function subtleOf(ctx: CallContext): Subtle {
  return providerOf(ctx).subtle as unknown as Subtle
}

export function bytesOf(buffer: ArrayBuffer): Bytes {
  return new Uint8Array(buffer)
}

/** A provider that does not know an algorithm says so by this name. */
export function isNotSupported(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && (error as { readonly name?: unknown }).name === 'NotSupportedError'
  )
}
