// What differs by runtime. `node.ts` and `portable.ts` export one value of this type each, and nothing else.

import type { Bytes, CryptoProvider, DigestName, RawRsaKey } from '../types.js'

export type CurveName = 'P-256' | 'P-384' | 'P-521'
export type Direction = 'encrypt' | 'decrypt'

/**
 * What the runtime made of a key, kept with it. Not in a WeakMap: keyed by objects that live for one message, it would keep
 * what it holds through every collection of V8's young generation.
 */
export interface Prepared {
  prepared?: object
  /** That it will be used more than once, or has been: then it pays to keep what was made of it. */
  recurs?: boolean
}

/** RSAPublicKey in parts (unsigned, no leading zero) and as DER (RFC 8017 A.1.1). */
export interface RsaPublicParts extends Prepared {
  readonly kind: 'RSA'
  readonly modulus: Uint8Array
  readonly exponent: Uint8Array
  readonly pkcs1: Uint8Array
}
/** `point`: 04 ‖ X ‖ Y. */
export interface EcPublicParts extends Prepared {
  readonly kind: 'EC'
  readonly curve: CurveName
  readonly point: Uint8Array
}

/** RSAPrivateKey in parts (unsigned, no leading zero) and as DER (RFC 8017 A.1.2). The parts are known to fit together. */
export interface RsaPrivateParts {
  readonly modulus: Uint8Array
  readonly publicExponent: Uint8Array
  readonly privateExponent: Uint8Array
  readonly prime1: Uint8Array
  readonly prime2: Uint8Array
  readonly exponent1: Uint8Array
  readonly exponent2: Uint8Array
  readonly coefficient: Uint8Array
  readonly pkcs1: Uint8Array
}

/** The scheme of a signature. ECDSA signatures are r ‖ s (IEEE P1363) below `crypto/`; DER is made and read above. */
export interface SignatureScheme {
  readonly signature: 'RSASSA-PKCS1-v1_5' | 'RSA-PSS' | 'ECDSA'
  readonly digest: DigestName
  /** Octets of a PSS salt. */
  readonly saltLength: number | null
}

/** The synchronous fast paths of `node:crypto`. Nothing here validates: the caller has. */
export interface NativeCrypto {
  randomBytes(length: number): Bytes
  digest(name: DigestName, data: Uint8Array): Bytes
  hmac(name: DigestName, key: Uint8Array, data: Uint8Array): Bytes
  /** `null`: this runtime's OpenSSL has no answer, because it does not take the key or does not know the scheme. */
  verify(
    key: RsaPublicParts | EcPublicParts,
    scheme: SignatureScheme,
    data: Uint8Array,
    signature: Uint8Array,
  ): boolean | null
  /** A signing function for one key. What takes long, or is one of many, is computed off the main thread. */
  signer(
    key: RsaPrivateParts | { readonly pkcs8: Uint8Array },
  ): (scheme: SignatureScheme, data: Uint8Array) => Promise<Bytes>
  /** 04 ‖ X ‖ Y of an EC key that does not bring it. */
  ecPoint(pkcs8: Uint8Array): Bytes
  /**
   * AES with PKCS#7 padding in CBC; in GCM the tag stands behind the ciphertext. The result comes in pieces, to be joined
   * where it goes to. Throws when decryption fails; `null` where this runtime does not know the cipher natively.
   */
  aes(
    direction: Direction,
    mode: 'CBC' | 'GCM',
    key: Uint8Array,
    iv: Uint8Array,
    data: Uint8Array,
    tagLength: number,
    aad: Uint8Array | null,
  ): readonly Bytes[] | null
  oaepEncrypt(key: RsaPublicParts, digest: DigestName, data: Uint8Array): Bytes
}

export interface Runtime {
  /** The WebCrypto of this runtime, looked up at the call. `null`: it has none. */
  provider(): CryptoProvider | null
  readonly native: NativeCrypto | null
  /** PKCS#7 padding. Key: 8 octets (DES) or 24 (DES-EDE3). Rejects when decryption fails. */
  desCbc(direction: Direction, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Promise<Bytes>
  md5(data: Uint8Array): Bytes | Promise<Bytes>
  /** Octets of the standard alphabet on one line with its padding; `null` for all else, and where there is no native way. */
  canonicalBase64(text: string): Bytes | null
  /** As `equalBytes`, in the fastest way of this runtime. */
  equalBytes(a: Uint8Array, b: Uint8Array): boolean
  /** m^e mod n, as long as the modulus. `block` is as long as the modulus and below it. */
  rsaPublic(key: RsaPublicParts, block: Uint8Array): Bytes
  /** c^d mod n. `random` blinds the operation where this runtime has no native one. */
  rawRsaPrivate(parts: RsaPrivateParts, random: (length: number) => Bytes): RawRsaKey
}
