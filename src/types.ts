// What every room shares: bytes, the context of a call, the ports to keys, trust, findings. Types only, save one symbol.

/** Octets over a buffer that is not shared: `Uint8Array<ArrayBuffer>` from TypeScript 5.7 on, and plain `Uint8Array` before. */
export type Bytes = ReturnType<typeof Uint8Array.of>

/** The part of WebCrypto that is called. `globalThis.crypto` and `webcrypto` of node:crypto satisfy it. */
export interface CryptoProvider {
  readonly subtle: {
    readonly [
      K in
        'digest' | 'sign' | 'verify' | 'encrypt' | 'decrypt' | 'importKey' | 'exportKey' | 'generateKey' | 'deriveBits'
    ]: (...args: never[]) => Promise<unknown>
  }
  getRandomValues(array: Bytes): Bytes
}
/** What a WebCrypto key looks like, without naming lib DOM. */
export interface CryptoKeyLike {
  readonly type: string
  readonly extractable: boolean
  readonly algorithm: { readonly name: string }
  readonly usages: readonly string[]
}
/** Last parameter, or part of the last parameter, of every function that computes, draws random bytes or reads the time. */
export interface Context {
  /** Default: what this runtime has, looked up at the call. Given, all randomness and everything that standard WebCrypto offers goes through it; DES, 3DES, MD5 and the raw RSA operation come from the package's runtime file in any case, so they work everywhere. */
  readonly crypto?: CryptoProvider
  /** The moment to judge validity at. Default: the clock, read once at the start of the call. */
  readonly now?: Date
}

export type DigestName = 'MD5' | 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512'
export type SignatureName = 'RSASSA-PKCS1-v1_5' | 'RSA-PSS' | 'ECDSA'
export type CipherName =
  'AES-128-CBC' | 'AES-192-CBC' | 'AES-256-CBC' | 'AES-128-GCM' | 'AES-256-GCM' | 'DES-EDE3-CBC' | 'DES-CBC'
export type KeyTransportName = 'RSAES-PKCS1-v1_5' | 'RSA-OAEP'

/** What an incoming message may use. A list REPLACES the function's documented default list. */
export interface AcceptedAlgorithms {
  readonly digests?: readonly DigestName[]
  readonly signatures?: readonly SignatureName[]
  readonly ciphers?: readonly CipherName[]
  readonly keyTransport?: readonly KeyTransportName[]
  /** Default 2048; 1024 in the `device` list (Apple's device identities), and for the throw-away signer and the CSR's key of a first SCEP request. */
  readonly minRsaBits?: number
}

/** Signs for one certificate: a WebCrypto key, or the caller's own HSM/KMS. */
export type SigningKey = CryptoKeyLike | RemoteSigner
/** `importIdentity` returns a key good for every digest. A key without the wanted digest uses its first one. RSA-PSS salts are as long as the digest. */
export interface RemoteSigner {
  readonly signature: SignatureName
  readonly digests: readonly [DigestName, ...DigestName[]]
  /** Default 'der'. */
  readonly ecdsaFormat?: 'der' | 'ieee-p1363'
  sign(data: Bytes, digest: DigestName): Promise<Uint8Array>
}
export interface SigningIdentity {
  readonly certificate: Certificate
  readonly key: SigningKey
  /** Sent along in CMS messages, leaf excluded. */
  readonly chain?: readonly Certificate[]
}
export interface KeyUnwrapRequest {
  readonly algorithm: KeyTransportName
  readonly encryptedKey: Bytes
  /** Bytes of the content key that the cipher needs. */
  readonly keyLength: number
  readonly oaepDigest: DigestName | null
}
/** Undoes key transport. `null` when this key cannot open the value: the library goes on with a random key (no oracle). A rejection passes through unchanged: an outage is not a bad message. */
export type KeyUnwrapper = (request: KeyUnwrapRequest) => Promise<Uint8Array | null>
/** c^d mod n, as HSMs offer it; the library takes the padding off, with implicit rejection. */
export interface RawRsaKey {
  rawDecrypt(block: Bytes): Promise<Uint8Array>
}
export type DecryptionIdentity = { readonly certificate: Certificate } & (
  | { readonly unwrapKey: KeyUnwrapper; readonly rawRsa?: never }
  | { readonly rawRsa: RawRsaKey; readonly unwrapKey?: never }
)
/** Old keys are kept for what was encrypted to them: the one that fits is found by issuer and serial number or by key identifier. */
export type Recipients = DecryptionIdentity | readonly [DecryptionIdentity, ...DecryptionIdentity[]]
/** Certificate and private key, able to sign and to decrypt: what Apple calls an identity. */
export type Identity = SigningIdentity & DecryptionIdentity

/** A path must end at one of `anchors`. */
export interface Trust {
  readonly anchors: readonly [Certificate, ...Certificate[]]
  readonly intermediates?: readonly Certificate[]
  /** Required extended key usage of the leaf (dotted OID). */
  readonly extendedKeyUsage?: string
  /** How dates are judged; all else is checked in any case. 'ignore': Apple's device CA expired in 2014. 'signing-time' is the signer's own claim: for profiles. Default 'now', for `verifyMdmSignature` 'ignore'. */
  readonly validity?: 'now' | 'signing-time' | 'ignore' | { readonly skewSeconds?: number; readonly graceDays?: number }
  /** DER CRLs that the caller fetched. Each is verified against its issuer on the path: `ERR_CRL_INVALID`; past nextUpdate: `ERR_CRL_TIME`; revoked: `ERR_CERTIFICATE_REVOKED`. A certificate for whose issuer none is given is not judged. */
  readonly crls?: readonly Uint8Array[]
  readonly pinned?: never
  readonly pinnedFingerprints?: never
}
/** The signer is one of these very certificates (equal DER). Dates are not judged: `checkCertificate` does that. */
export interface PinnedSigners {
  readonly pinned: readonly [Certificate, ...Certificate[]]
  readonly anchors?: never
  readonly pinnedFingerprints?: never
}
/** The signer's certificate, which must be in the message, has one of these fingerprints (hex of the digest over its DER). */
export interface PinnedFingerprints {
  readonly pinnedFingerprints: readonly [string, ...string[]]
  readonly digest: 'SHA-256' | 'SHA-384' | 'SHA-512'
  readonly anchors?: never
  readonly pinned?: never
}
/** @deprecated Stands out in review: accepts any signer whose signature is valid. */
export const unsafeAcceptAnySigner: unique symbol = Symbol.for('mdm-protocol.unsafeAcceptAnySigner')
export type SignerTrust = Trust | PinnedSigners | PinnedFingerprints | typeof unsafeAcceptAnySigner

export interface VerifiedSigner {
  readonly certificate: Certificate
  /** Leaf to anchor; only the leaf when pinned or under `unsafeAcceptAnySigner`. */
  readonly path: readonly Certificate[]
  readonly digest: DigestName
  readonly signature: SignatureName
  /** The signer's own claim. */
  readonly signingTime: Date | null
}
/** Unverified: which certificate to look up before verifying. */
export type CertificateId =
  | { readonly issuer: DistinguishedName; readonly serialNumber: string; readonly subjectKeyIdentifier?: never }
  | { readonly subjectKeyIdentifier: string; readonly issuer?: never; readonly serialNumber?: never }
export interface SignerHint {
  readonly signer: CertificateId
  readonly certificate: Certificate | null
}

/** A pure judgement, returned and never thrown. */
export interface Finding<K extends string = string> {
  readonly kind: K
  readonly level: 'error' | 'warning' | 'info'
  readonly message: string
  /** From when on it holds, where a date is the reason. */
  readonly since: Date | null
  /** What it is about: a certificate, or a place in a profile or message. */
  readonly certificate: Certificate | null
  readonly path: readonly (string | number)[]
}

export interface NameAttribute {
  readonly type: string
  readonly value: string
}
export type DistinguishedName = readonly (readonly NameAttribute[])[]
export interface CertificateExtension {
  readonly oid: string
  readonly critical: boolean
  readonly value: Bytes
}
export interface Certificate {
  readonly der: Bytes
  readonly subject: DistinguishedName
  readonly issuer: DistinguishedName
  /** Lower-case hex, no leading zero octet. */
  readonly serialNumber: string
  readonly notBefore: Date
  readonly notAfter: Date
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Bytes
  readonly extensions: readonly CertificateExtension[]
}
export interface CertificateRequest {
  readonly der: Bytes
  readonly subject: DistinguishedName
  readonly publicKey: Bytes
  readonly challengePassword: string | null
  readonly requestedExtensions: readonly CertificateExtension[]
}

/** An HTTP request to send by whatever means. Header names in lower case; `body` null: none. */
export interface HttpRequestParts {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Bytes | null
}
/** An HTTP response to send by whatever means. Header names in lower case. */
export interface HttpResponseParts {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Bytes
}
