import { copyBytes } from '../bytes/bytes.js'
import { fail } from '../errors.js'
import type { Bytes, DigestName, RemoteSigner } from '../types.js'
import type { CallContext } from './context.js'
import { digestLength } from './digest-table.js'
import { ecdsaToDer } from './ecdsa-signature.js'
import type { EcPrivateKey, RsaPrivateKey } from './pkcs8.js'
import { bytesOf, isNotSupported, nativeOf, type SubtleAlgorithm, subtleOf, type SubtleKey } from './provider.js'

/** Frozen: every signer shows this one list, and signs by it. */
const DIGESTS = /* @__PURE__ */ Object.freeze(['SHA-256', 'SHA-384', 'SHA-512', 'SHA-1'] as const)

/** RFC 8017 §9.2: nineteen octets of a DigestInfo, and eleven of padding. */
const AROUND_DIGEST = 30

/** `signature`: r ‖ s from an EC key. */
type RawSign = (data: Uint8Array, digest: DigestName) => Promise<Bytes>

/** Signs octets that nobody changes while the signature waits for its turn or its key. */
type SignOwned = (data: Bytes, digest: DigestName) => Promise<Bytes>

const signersOfKeys = /* @__PURE__ */ new WeakMap<RemoteSigner, SignOwned>()

/** The way without a copy, of a signer that was made here; it is frozen, so it still is what was made. */
export function ownSignerOf(key: RemoteSigner): SignOwned | undefined {
  return signersOfKeys.get(key)
}

/** Signs with a private key in hand, through the provider of the call that imported it: good for every digest but MD5. */
export function keySigner(key: RsaPrivateKey | EcPrivateKey, pkcs8: Uint8Array, ctx: CallContext): RemoteSigner {
  const signature = key.kind === 'RSA' ? 'RSASSA-PKCS1-v1_5' : 'ECDSA'
  const signRaw = nativeSign(key, pkcs8, ctx) ?? subtleSign(key, pkcs8, ctx)
  const signOwned: SignOwned = (data, digest) => {
    if (!(DIGESTS as readonly DigestName[]).includes(digest))
      fail('ERR_INVALID_ARGUMENT', 'digest: this key signs SHA-256, SHA-384, SHA-512 and SHA-1')
    if (key.kind === 'RSA' && key.modulus.length < digestLength(digest) + AROUND_DIGEST)
      fail('ERR_INVALID_ARGUMENT', 'digest: the RSA key is too small for it')
    const made = signRaw(data, digest)
    return key.kind === 'RSA' ? made : made.then(ecdsaToDer)
  }
  const signer = Object.freeze<RemoteSigner>({
    signature,
    digests: DIGESTS,
    sign: async (data, digest) => signOwned(copyBytes(data), digest),
  })
  signersOfKeys.set(signer, signOwned)
  return signer
}

function nativeSign(key: RsaPrivateKey | EcPrivateKey, pkcs8: Uint8Array, ctx: CallContext): RawSign | null {
  const native = nativeOf(ctx)
  if (native === null) return null
  const signature = key.kind === 'RSA' ? 'RSASSA-PKCS1-v1_5' : 'ECDSA'
  const sign = native.signer(key.kind === 'RSA' ? key : { pkcs8 })
  return (data, digest) => sign({ signature, digest, saltLength: null }, data)
}

function subtleSign(key: RsaPrivateKey | EcPrivateKey, pkcs8: Uint8Array, ctx: CallContext): RawSign {
  const subtle = subtleOf(ctx)
  // An RSA key of WebCrypto is bound to one digest.
  const keys = new Map<string, Promise<SubtleKey>>()
  const keyFor = (use: string, algorithm: SubtleAlgorithm): Promise<SubtleKey> => {
    const known = keys.get(use)
    if (known !== undefined) return known
    const made = subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign'])
    keys.set(use, made)
    return made
  }
  return async (data, digest) => {
    if (key.kind === 'EC') {
      const made = await keyFor('', { name: 'ECDSA', namedCurve: key.curve })
      return bytesOf(await subtle.sign({ name: 'ECDSA', hash: digest }, made, data))
    }
    const made = await keyFor(digest, { name: 'RSASSA-PKCS1-v1_5', hash: digest })
    return bytesOf(await subtle.sign({ name: 'RSASSA-PKCS1-v1_5' }, made, data))
  }
}

/** What a provider or `node:crypto` says of a key that it does not take. */
export function failImport(error: unknown): never {
  if (isNotSupported(error)) fail('ERR_CRYPTO_UNAVAILABLE', 'private key: the WebCrypto provider has none of this kind')
  fail('ERR_ENCODING', 'private key: the numbers of the key do not belong together')
}
