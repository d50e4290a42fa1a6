// Browsers and edge workers: bare WebCrypto, and what it lacks in JavaScript.

import { equalBytes } from '../bytes/bytes.js'
import type { Bytes, CryptoProvider } from '../types.js'
import { rawRsaBigInt, rsaPublicBigInt } from './rsa-bigint.js'
import type { Direction, Runtime } from './runtime.js'

function provider(): CryptoProvider | null {
  const found = (globalThis as { readonly crypto?: Partial<CryptoProvider> }).crypto
  // Outside a secure context browsers have random numbers alone.
  return found?.subtle === undefined ? null : (found as CryptoProvider)
}

async function md5(data: Uint8Array): Promise<Bytes> {
  const { md5: hash } = await import('@noble/hashes/legacy.js')
  return new Uint8Array(hash(data))
}

async function desCbc(direction: Direction, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Promise<Bytes> {
  const { desCbcPortable } = await import('./portable-des.js')
  return desCbcPortable(direction, key, iv, data)
}

// The same from both files, so that `#runtime` is one module to the compiler.
export type {
  CurveName,
  Direction,
  EcPublicParts,
  NativeCrypto,
  RsaPrivateParts,
  RsaPublicParts,
  Runtime,
  SignatureScheme,
} from './runtime.js'

export const runtime: Runtime = {
  provider,
  native: null,
  desCbc,
  md5,
  canonicalBase64: () => null,
  equalBytes,
  rsaPublic: rsaPublicBigInt,
  rawRsaPrivate: rawRsaBigInt,
}
