import { copyBytes, isBytes } from '../bytes/bytes.js'
import { fail } from '../errors.js'
import type { Bytes, CryptoKeyLike, DigestName, RemoteSigner, SignatureName, SigningKey } from '../types.js'
import type { CallContext } from './context.js'
import { digestLength, isDigestName } from './digest-table.js'
import { ecdsaToDer, isEcdsaDer } from './ecdsa-signature.js'
import { ownSignerOf } from './key-signer.js'
import { bytesOf, subtleOf } from './provider.js'

export interface ChosenSignature {
  readonly signature: SignatureName
  readonly digest: DigestName
}

const SIGNATURES: readonly string[] = ['RSASSA-PKCS1-v1_5', 'RSA-PSS', 'ECDSA']

function isRemoteSigner(key: SigningKey): key is RemoteSigner {
  return typeof (key as { readonly sign?: unknown }).sign === 'function'
}

/**
 * What the key will sign with: the wanted digest if it can, else its first one.
 *
 * Throws `ERR_INVALID_ARGUMENT` for what is no signing key.
 */
export function chooseSignature(key: SigningKey, wanted: DigestName): ChosenSignature {
  if (typeof key !== 'object' || (key as unknown) === null)
    return fail('ERR_INVALID_ARGUMENT', 'key: a CryptoKey or a RemoteSigner is expected')
  return isRemoteSigner(key) ? chooseRemote(key, wanted) : chooseCryptoKey(key, wanted)
}

function chooseRemote(key: RemoteSigner, wanted: DigestName): ChosenSignature {
  const { signature } = key
  if (ownSignerOf(key) !== undefined)
    return { signature, digest: key.digests.includes(wanted) ? wanted : key.digests[0] }
  const digests: unknown = key.digests
  if (!SIGNATURES.includes(signature)) fail('ERR_INVALID_ARGUMENT', 'key.signature: an unknown signature scheme')
  if (!Array.isArray(digests) || digests.length === 0 || !digests.every(isDigestName))
    return fail('ERR_INVALID_ARGUMENT', 'key.digests: at least one digest name is expected, and no others')
  const written: readonly DigestName[] = key.digests.filter((digest) => digest !== 'MD5')
  const [first] = written
  if (first === undefined) return fail('ERR_INVALID_ARGUMENT', 'key.digests: MD5 is read and never written')
  return { signature, digest: written.includes(wanted) ? wanted : first }
}

function chooseCryptoKey(key: CryptoKeyLike, wanted: DigestName): ChosenSignature {
  const algorithm = key.algorithm as
    { readonly name?: unknown; readonly hash?: { readonly name?: unknown } } | undefined
  const name = algorithm?.name
  if (typeof name !== 'string' || !SIGNATURES.includes(name))
    return fail('ERR_INVALID_ARGUMENT', 'key: a CryptoKey for RSASSA-PKCS1-v1_5, RSA-PSS or ECDSA is expected')
  const usages: unknown = key.usages
  if (key.type !== 'private' || !Array.isArray(usages) || !usages.includes('sign'))
    return fail('ERR_INVALID_ARGUMENT', "key: a private CryptoKey with the usage 'sign' is expected")
  if (name === 'ECDSA') return { signature: name, digest: wanted === 'MD5' ? 'SHA-256' : wanted }
  const hash = algorithm?.hash?.name
  // An RSA key of WebCrypto is bound to one digest.
  if (!isDigestName(hash) || hash === 'MD5')
    return fail('ERR_INVALID_ARGUMENT', 'key: an RSA CryptoKey for SHA-1, SHA-256, SHA-384 or SHA-512 is expected')
  return { signature: name as SignatureName, digest: hash }
}

/**
 * Signs `data`, which nobody may change until that is done. ECDSA signatures are returned as DER whatever the key gives. What a RemoteSigner rejects with passes through
 * unchanged; what it resolves with is checked for its shape: `ERR_INVALID_ARGUMENT`, as for a CryptoKey that is not the
 * provider's.
 */
export function signData(key: SigningKey, chosen: ChosenSignature, data: Bytes, ctx: CallContext): Promise<Bytes> {
  if (!isRemoteSigner(key)) return signWithCryptoKey(key, chosen, data, ctx)
  return ownSignerOf(key)?.(data, chosen.digest) ?? signRemotely(key, chosen, data)
}

async function signRemotely(key: RemoteSigner, { digest }: ChosenSignature, data: Bytes): Promise<Bytes> {
  return checkRemote(key, await key.sign(copyBytes(data), digest))
}

async function signWithCryptoKey(
  key: CryptoKeyLike,
  { signature, digest }: ChosenSignature,
  data: Bytes,
  ctx: CallContext,
): Promise<Bytes> {
  const algorithm = { name: signature, hash: digest, saltLength: digestLength(digest) }
  const made = await subtleOf(ctx)
    .sign(algorithm, key, data)
    .then(bytesOf, (error: unknown) =>
      fail('ERR_INVALID_ARGUMENT', 'key: the WebCrypto provider does not sign with this CryptoKey', error),
    )
  return signature === 'ECDSA' ? ecdsaToDer(made) : made
}

/** r ‖ s on P-256, P-384 and P-521. */
const P1363_LENGTHS: readonly number[] = [64, 96, 132]

function checkRemote(key: RemoteSigner, result: unknown): Bytes {
  if (!isBytes(result)) return fail('ERR_INVALID_ARGUMENT', 'key.sign: a Uint8Array is expected as signature')
  const signature = copyBytes(result)
  if (key.signature !== 'ECDSA') {
    if (signature.length < 64 || signature.length > 2048)
      fail('ERR_INVALID_ARGUMENT', 'key.sign: the signature is not as long as an RSA modulus')
    return signature
  }
  if (key.ecdsaFormat === 'ieee-p1363' && !P1363_LENGTHS.includes(signature.length))
    fail('ERR_INVALID_ARGUMENT', 'key.sign: r and s of equal length are expected as ECDSA signature')
  const der = key.ecdsaFormat === 'ieee-p1363' ? ecdsaToDer(signature) : signature
  if (!isEcdsaDer(der)) fail('ERR_INVALID_ARGUMENT', 'key.sign: an ECDSA signature in DER is expected')
  return der
}
