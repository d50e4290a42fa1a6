import { requireList, requireObject, requireText } from '../arguments.js'
import { copyBytes, equalBytes } from '../bytes/bytes.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { digest } from '../crypto/digest.js'
import { importPrivateKey } from '../crypto/private-key.js'
import { readPublicKey } from '../crypto/public-key.js'
import { randomBytes } from '../crypto/random.js'
import { fail } from '../errors.js'
import type { Bytes, Certificate, Context } from '../types.js'
import { type CertificateParts, certificateParts } from '../x509/certificate.js'
import { nameAttribute } from '../x509/name.js'
import { computeMac, type Pkcs12Password, pkcs12Password } from './mac.js'
import { encryptAes256, encryptTripleDes, type PbeCiphertext } from './pbe.js'
import { encodeAuthenticatedSafe, encodeCertificates, encodePfx, loadLibraries } from './writer.js'

/** 'apple-compat': 3DES and SHA-1 MAC, every OS. 'apple-modern': PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-256, SHA-256 MAC. */
export type Pkcs12Preset = 'apple-compat' | 'apple-modern'

/** The identity to put into a file. */
export interface Pkcs12Input {
  /** PKCS#8, DER. */
  readonly privateKey: Uint8Array
  readonly certificate: Certificate
  readonly chain?: readonly Certificate[]
  /** What Keychain and Windows show. Default: the common name of the certificate's subject. */
  readonly friendlyName?: string
}

interface Preset {
  readonly iterations: number
  readonly mac: { readonly digest: 'SHA-1' | 'SHA-256'; readonly saltLength: number }
  readonly encrypt: (
    data: Uint8Array,
    password: Pkcs12Password,
    iterations: number,
    ctx: CallContext,
  ) => Promise<PbeCiphertext>
}

// The modern count is held down by the MAC: its key derivation is a digest a turn, which WebCrypto computes slowly.
const PRESETS: { readonly [P in Pkcs12Preset]: Preset } = {
  'apple-compat': { iterations: 2048, mac: { digest: 'SHA-1', saltLength: 8 }, encrypt: encryptTripleDes },
  'apple-modern': { iterations: 20_000, mac: { digest: 'SHA-256', saltLength: 16 }, encrypt: encryptAes256 },
}
const MAX_ITERATIONS = 10_000_000

/**
 * Writes a key and its certificates as a PKCS#12 file that Apple's devices import.
 *
 * 'apple-compat' (the default) is read by every version of iOS and macOS, by Windows, Java, OpenSSL and GnuTLS; its 3DES and
 * SHA-1 protect no better than the password does. 'apple-modern' needs iOS 18 or macOS 15, inferred from Apple's published
 * sources: older ones say "wrong password". Apple's importer computes no other PBES2 than this preset's.
 *
 * Checked: that the key is the certificate's. Not checked: dates, and that the chain is one.
 *
 * With a fixed `crypto` that draws the same bytes the file is the same, byte for byte. Misuse: to send the password by
 * the same way as the file.
 *
 * Throws `ERR_KEY_MISMATCH`, `ERR_INVALID_ARGUMENT` (an empty password among others: Apple's importers disagree on
 * what it is), `ERR_ALGORITHM_UNKNOWN` for keys that are neither RSA nor EC, `ERR_ENCODING`, `ERR_CERTIFICATE_INVALID`,
 * `ERR_CRYPTO_UNAVAILABLE`.
 *
 * RFC 7292; RFC 8018.
 *
 * @param contents - `privateKey` as PKCS#8 DER; `chain` without the certificate itself
 * @param password - one character at least; encoded as UTF-16 or, in PBES2, as UTF-8
 * @param options.iterations - turns of each key derivation; default 2,048 ('apple-compat') or 20,000 ('apple-modern')
 *
 * @example
 * ```ts
 * const file = await buildPkcs12({ privateKey, certificate, chain: [issuer] }, 'secret', { preset: 'apple-modern' })
 * console.log(file.length)
 * ```
 */
export async function buildPkcs12(
  contents: Pkcs12Input,
  password: string,
  options?: Context & { readonly preset?: Pkcs12Preset; readonly iterations?: number },
): Promise<Bytes> {
  const ctx = callContext(options)
  const { encrypt, mac, iterations: usual } = presetOf(options?.preset ?? 'apple-compat')
  const iterations = requireIterations(options?.iterations ?? usual)
  const form = pkcs12Password(requirePassword(password))
  requireObject(contents, 'contents')
  const leaf = certificateParts(contents.certificate)
  const chain = chainOf(contents)
  const privateKey = await requireKeyOf(leaf, contents.privateKey, ctx)
  const friendlyName = friendlyNameOf(contents, leaf)
  const names = { friendlyName, localKeyId: await digest('SHA-1', leaf.der, ctx) }
  const libraries = await loadLibraries()
  const certificates = await encrypt(encodeCertificates(libraries, [leaf, ...chain], names), form, iterations, ctx)
  const key = await encrypt(privateKey, form, iterations, ctx)
  const content = encodeAuthenticatedSafe(libraries, certificates, key, names)
  const parameters = { digest: mac.digest, salt: randomBytes(mac.saltLength, ctx), iterations }
  return encodePfx(libraries, content, parameters, await computeMac(content, form, parameters, ctx))
}

function chainOf({ chain = [] }: Pkcs12Input): readonly CertificateParts[] {
  requireList(chain, 'chain')
  return chain.map(certificateParts)
}

function friendlyNameOf({ friendlyName }: Pkcs12Input, leaf: CertificateParts): string | null {
  const given: unknown = friendlyName
  // `null` is how openPkcs12 says that there is none.
  if (given === undefined || given === null) return nameAttribute(leaf.certificate.subject, 'CN')
  requireText(given, 'friendlyName')
  return given
}

function presetOf(name: Pkcs12Preset): Preset {
  if (!Object.hasOwn(PRESETS, name))
    fail('ERR_INVALID_ARGUMENT', "preset: 'apple-compat' or 'apple-modern' is expected")
  return PRESETS[name]
}

function requireIterations(iterations: number): number {
  if (!Number.isInteger(iterations) || iterations < 1 || iterations > MAX_ITERATIONS)
    fail('ERR_INVALID_ARGUMENT', `iterations: a whole number from 1 to ${String(MAX_ITERATIONS)} is expected`)
  return iterations
}

function requirePassword(password: unknown): string {
  if (typeof password !== 'string' || password === '')
    return fail('ERR_INVALID_ARGUMENT', 'password: one character at least is expected')
  return password
}

async function requireKeyOf(leaf: CertificateParts, given: unknown, ctx: CallContext): Promise<Bytes> {
  if (!(given instanceof Uint8Array))
    return fail('ERR_INVALID_ARGUMENT', 'privateKey: the bytes of a PKCS#8 key are expected')
  const privateKey = copyBytes(given)
  const { publicKey } = await importPrivateKey(privateKey, ctx)
  const ours = readPublicKey(publicKey)
  if (ours.kind !== leaf.key.kind || !equalBytes(ours.keyBits, leaf.key.keyBits))
    fail('ERR_KEY_MISMATCH', "privateKey: it is not the certificate's")
  return privateKey
}
