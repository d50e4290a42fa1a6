// Node, Deno, Bun: `node:crypto` for what it is fastest at. The only file that imports a `node:` module.

import * as crypto from 'node:crypto'
import { setImmediate } from 'node:timers'
import { concatBytes, copyBytes } from '../bytes/bytes.js'
import type { Bytes, CryptoProvider, DigestName, RawRsaKey } from '../types.js'
import { rawRsaBigInt, rsaPublicBigInt } from './rsa-bigint.js'
import type {
  Direction,
  EcPublicParts,
  NativeCrypto,
  RsaPrivateParts,
  RsaPublicParts,
  Runtime,
  SignatureScheme,
} from './runtime.js'
import { makeTurns, type Turns } from './turns.js'

const HASHES: { readonly [N in DigestName]: string } = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
}

/** Node's reader passes over whatever is no digit. What it read is the text only if it writes the same text again. */
function canonicalBase64(text: string): Bytes | null {
  const octets = Buffer.from(text, 'base64')
  return octets.toString('base64') === text ? plain(octets) : null
}

/** A Buffer is no plain Uint8Array: it prints, slices and compares in its own way. One from a pool is copied out of it. */
function plain({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>): Bytes {
  const view = new Uint8Array(buffer, byteOffset, length)
  return length === buffer.byteLength ? view : view.slice()
}

function randomBytes(length: number): Bytes {
  return crypto.randomFillSync(new Uint8Array(length))
}

function digest(name: DigestName, data: Uint8Array): Bytes {
  return plain(crypto.hash(HASHES[name], data, 'buffer'))
}

function hmac(name: DigestName, key: Uint8Array, data: Uint8Array): Bytes {
  return plain(crypto.createHmac(HASHES[name], key).update(data).digest())
}

function publicKeyObject(key: RsaPublicParts | EcPublicParts): crypto.KeyObject {
  // Keys of stored certificates come by again and again. From the parts: SPKI takes OpenSSL fifty times as long to decode.
  const made = key.prepared ?? crypto.createPublicKey(key.kind === 'RSA' ? pkcs1Of(key) : jwkOf(key))
  key.prepared = made
  return made as crypto.KeyObject
}

function pkcs1Of({ pkcs1: { buffer, byteOffset, length } }: RsaPublicParts): {
  readonly key: Buffer
  readonly format: 'der'
  readonly type: 'pkcs1'
} {
  return { key: Buffer.from(buffer, byteOffset, length), format: 'der', type: 'pkcs1' }
}

function jwkOf({ curve, point }: EcPublicParts): { readonly key: crypto.JsonWebKey; readonly format: 'jwk' } {
  const size = (point.length - 1) / 2
  const text = (from: number): string => Buffer.from(point.subarray(from, from + size)).toString('base64url')
  return { key: { kty: 'EC', crv: curve, x: text(1), y: text(1 + size) }, format: 'jwk' }
}

interface SchemeOptions {
  readonly dsaEncoding: 'ieee-p1363'
  readonly padding?: number
  readonly saltLength?: number
}

/** What `crypto.sign` and `crypto.verify` need beside the key. */
function schemeOptions(scheme: SignatureScheme): SchemeOptions {
  const dsaEncoding = 'ieee-p1363'
  if (scheme.signature !== 'RSA-PSS') return { dsaEncoding }
  return { dsaEncoding, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength ?? 0 }
}

type VerifyKey = SchemeOptions & (ReturnType<typeof pkcs1Of> | { readonly key: crypto.KeyObject })

/** A key object costs more than the key in it: of one that may never come by again OpenSSL gets the octets. */
function verifyKey(key: RsaPublicParts | EcPublicParts, scheme: SignatureScheme): VerifyKey {
  if (key.kind === 'EC' || key.recurs === true) return { key: publicKeyObject(key), ...schemeOptions(scheme) }
  key.recurs = true
  return Object.assign(pkcs1Of(key), schemeOptions(scheme))
}

function verify(
  key: RsaPublicParts | EcPublicParts,
  scheme: SignatureScheme,
  data: Uint8Array,
  signature: Uint8Array,
): boolean | null {
  try {
    return crypto.verify(HASHES[scheme.digest], data, verifyKey(key, scheme), signature)
  } catch {
    // A point off its curve, a modulus that OpenSSL does not work with.
    return null
  }
}

/** A private key, and the turns of the event loop that its operations share. */
interface PrivateKey {
  readonly object: crypto.KeyObject
  /** Of one operation, in RSA-2048 private operations. */
  readonly cost: number
  readonly turns: Turns
  /** Signatures that the thread pool is at. */
  onPool: number
}

function privateKey(object: crypto.KeyObject): PrivateKey {
  return { object, cost: costOf(object), turns: makeTurns(setImmediate), onPool: 0 }
}

function costOf(key: crypto.KeyObject): number {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  if (modulusLength !== undefined) return (modulusLength / 2048) ** 3
  return namedCurve === 'prime256v1' ? 0.1 : 3
}

/** One for signing and for raw RSA. */
const privateKeys = new WeakMap<RsaPrivateParts, PrivateKey>()

function rsaPrivateKey(parts: RsaPrivateParts): PrivateKey {
  const known = privateKeys.get(parts)
  if (known !== undefined) return known
  const made = privateKey(privateKeyObject(parts.pkcs1, 'pkcs1'))
  privateKeys.set(parts, made)
  return made
}

/** Through a view: `Buffer.from` would leave a copy of the key in the memory that all Buffers share. */
function privateKeyObject({ buffer, byteOffset, length }: Uint8Array, type: 'pkcs1' | 'pkcs8'): crypto.KeyObject {
  return crypto.createPrivateKey({ key: Buffer.from(buffer, byteOffset, length), format: 'der', type })
}

function ecPoint(pkcs8: Uint8Array): Bytes {
  const { x = '', y = '' } = crypto.createPublicKey(privateKeyObject(pkcs8, 'pkcs8')).export({ format: 'jwk' })
  return concatBytes([Uint8Array.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
}

/** One after the other, the thread pool costs a tenth more than it gives. Where there is more to do at once it goes there. */
function isAlone({ onPool, turns }: PrivateKey): boolean {
  return onPool === 0 && !turns.isCrowded()
}

type PoolCallback = (error: Error | null, result: Uint8Array<ArrayBuffer>) => void

/** Starts work on the thread pool, and two operations are made on two processors. */
function onPool(key: PrivateKey, start: (done: PoolCallback) => void): Promise<Bytes> {
  key.onPool++
  return new Promise((resolve, reject) => {
    start((error, result) => {
      key.onPool--
      if (error === null) resolve(plain(result))
      else reject(error)
    })
  })
}

function signer(
  source: RsaPrivateParts | { readonly pkcs8: Uint8Array },
): (scheme: SignatureScheme, data: Uint8Array) => Promise<Bytes> {
  const key = 'pkcs8' in source ? privateKey(privateKeyObject(source.pkcs8, 'pkcs8')) : rsaPrivateKey(source)
  return (scheme, data) =>
    key.cost <= 1 && isAlone(key) ? signInTurn(key, scheme, data) : signOnPool(key, scheme, data)
}

async function signInTurn(key: PrivateKey, scheme: SignatureScheme, data: Uint8Array): Promise<Bytes> {
  if (!key.turns.tryGoOn(key.cost)) await key.turns.wait(key.cost)
  if (!isAlone(key)) return signOnPool(key, scheme, data)
  return plain(crypto.sign(HASHES[scheme.digest], data, { key: key.object, ...schemeOptions(scheme) }))
}

function signOnPool(key: PrivateKey, scheme: SignatureScheme, data: Uint8Array): Promise<Bytes> {
  return onPool(key, (done) => {
    crypto.sign(HASHES[scheme.digest], data, { key: key.object, ...schemeOptions(scheme) }, done)
  })
}

const GCM: { readonly [keyLength: number]: crypto.CipherGCMTypes } = { 16: 'aes-128-gcm', 32: 'aes-256-gcm' }

function cbc(direction: Direction, key: Uint8Array, iv: Uint8Array): crypto.Cipher | crypto.Decipher | null {
  const name = `aes-${key.length * 8}-cbc`
  try {
    return direction === 'encrypt' ? crypto.createCipheriv(name, key, iv) : crypto.createDecipheriv(name, key, iv)
  } catch {
    // Deno has AES-192 in WebCrypto alone.
    return null
  }
}

function aes(
  direction: Direction,
  mode: 'CBC' | 'GCM',
  key: Uint8Array,
  iv: Uint8Array,
  data: Uint8Array,
  tagLength: number,
  aad: Uint8Array | null,
): readonly Bytes[] | null {
  if (mode === 'CBC') {
    const cipher = cbc(direction, key, iv)
    return cipher === null ? null : [plain(cipher.update(data)), plain(cipher.final())]
  }
  const name = GCM[key.length] ?? 'aes-256-gcm'
  if (direction === 'encrypt') {
    const cipher = crypto.createCipheriv(name, key, iv, { authTagLength: tagLength })
    if (aad !== null) cipher.setAAD(aad)
    return [plain(cipher.update(data)), plain(cipher.final()), plain(cipher.getAuthTag())]
  }
  const end = data.length - tagLength
  const decipher = crypto.createDecipheriv(name, key, iv, { authTagLength: tagLength })
  if (aad !== null) decipher.setAAD(aad)
  decipher.setAuthTag(data.subarray(end))
  return [plain(decipher.update(data.subarray(0, end))), plain(decipher.final())]
}

function oaepEncrypt(key: RsaPublicParts, name: DigestName, data: Uint8Array): Bytes {
  const padding = crypto.constants.RSA_PKCS1_OAEP_PADDING
  return plain(crypto.publicEncrypt({ key: publicKeyObject(key), padding, oaepHash: HASHES[name] }, data))
}

const native: NativeCrypto = { randomBytes, digest, hmac, verify, signer, ecPoint, aes, oaepEncrypt }

function provider(): CryptoProvider {
  return crypto.webcrypto
}

function rsaPublic(key: RsaPublicParts, block: Uint8Array): Bytes {
  try {
    const padding = crypto.constants.RSA_NO_PADDING
    return plain(crypto.publicEncrypt({ key: publicKeyObject(key), padding }, block))
  } catch {
    // Bun and Deno have keys or paddings that they do not know; the result is the same.
    return rsaPublicBigInt(key, block)
  }
}

/**
 * The secret of RSASVE is the number itself (NIST SP 800-56B §7.2.1): the one raw RSA operation that Node does on its thread
 * pool, from 24.7 on.
 */
type Decapsulate = (key: crypto.KeyObject, block: Uint8Array, done: PoolCallback) => void
const { decapsulate } = crypto as { readonly decapsulate?: Decapsulate }

function rawRsaPrivate(parts: RsaPrivateParts, random: (length: number) => Bytes): RawRsaKey {
  const key = rsaPrivateKey(parts)
  const { object, cost, turns } = key
  const padding = crypto.constants.RSA_NO_PADDING
  const portable = rawRsaBigInt(parts, random)
  const decrypt = (block: Bytes): Bytes | Promise<Uint8Array> => {
    try {
      return plain(crypto.privateDecrypt({ key: object, padding }, block))
    } catch {
      return portable.rawDecrypt(block)
    }
  }
  return {
    rawDecrypt: async (block) => {
      // OpenSSL takes shorter blocks as smaller numbers.
      if (block.length !== parts.modulus.length) return portable.rawDecrypt(block)
      if (decapsulate !== undefined && (cost > 1 || !isAlone(key))) {
        const start = (done: PoolCallback): void => {
          decapsulate(object, block, done)
        }
        // It refuses zero and the like, which anybody may send.
        return onPool(key, start).catch(() => decrypt(block))
      }
      if (!turns.tryBegin(cost)) await turns.wait(cost)
      return decrypt(block)
    },
  }
}

/** Its own types need those of a browser. */
interface DesModule {
  readonly Crypto: new () => CryptoProvider
}
interface DesSubtle {
  importKey(format: 'raw', key: Bytes, algorithm: string, extractable: false, usages: [Direction]): Promise<object>
  encrypt(algorithm: { readonly name: string; readonly iv: Bytes }, key: object, data: Bytes): Promise<ArrayBuffer>
  decrypt(algorithm: { readonly name: string; readonly iv: Bytes }, key: object, data: Bytes): Promise<ArrayBuffer>
}

/** At the first use, which takes 150 ms; afterwards the modules are there. */
async function loadDes(): Promise<DesSubtle> {
  const before = new Set(Object.keys(globalThis))
  const { Crypto } = (await import('@peculiar/webcrypto')) as unknown as DesModule
  // tslib comes along, and writes its functions into the global object as well. Nobody asked for them there.
  for (const name of Object.keys(await import('tslib'))) if (!before.has(name)) Reflect.deleteProperty(globalThis, name)
  return new Crypto().subtle as unknown as DesSubtle
}

async function desCbc(direction: Direction, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Promise<Bytes> {
  const subtle = await loadDes()
  // Single DES is EDE with one key thrice.
  const octets = new Uint8Array(24)
  for (let at = 0; at < 24; at += key.length) octets.set(key, at)
  const algorithm = { name: 'DES-EDE3-CBC', iv: copyBytes(iv) }
  const imported = await subtle.importKey('raw', octets, algorithm.name, false, [direction])
  return new Uint8Array(await subtle[direction](algorithm, imported, copyBytes(data)))
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
  native,
  desCbc,
  md5: (data) => digest('MD5', data),
  canonicalBase64,
  equalBytes: (a, b) => Buffer.compare(a, b) === 0,
  rsaPublic,
  rawRsaPrivate,
}
