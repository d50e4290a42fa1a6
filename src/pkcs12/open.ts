import { checkSize } from '../asn1/der-reader.js'
import { copyBytes, equalBytes } from '../bytes/bytes.js'
import { encodeHex } from '../bytes/hex.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { importPrivateKey } from '../crypto/private-key.js'
import { readPublicKey } from '../crypto/public-key.js'
import { fail, isMdmProtocolError } from '../errors.js'
import type { Bytes, Certificate, Context } from '../types.js'
import { certificateParts, parseCertificateDer } from '../x509/certificate.js'
import { type Bags, type CertificateBag, type KeyBag, readBags } from './bags.js'
import { boundedDer, iterationBudget } from './limits.js'
import { verifyMac } from './mac.js'
import { readPfx } from './pfx.js'

/** One identity out of a PKCS#12 file: what `importIdentity` takes. */
export interface Pkcs12Contents {
  /** PKCS#8, DER. */
  readonly privateKey: Bytes
  readonly certificate: Certificate
  /** All other certificates of the file: first the issuers of `certificate` in their order, then the rest. */
  readonly chain: readonly Certificate[]
  readonly friendlyName: string | null
}

const DEFAULT_MAX_ITERATIONS = 1_000_000

/**
 * Opens a PKCS#12 file (.p12, .pfx) with one private key and its certificate, as Keychain, OpenSSL, Windows and Java write it.
 *
 * Reads DER and BER; PBES2 (PBKDF2 with AES or 3DES), 3DES, RC2-128 and RC2-40; MACs with SHA-1, SHA-256, SHA-384 and
 * SHA-512. The MAC is required, and verified in constant time before anything inside is looked at.
 *
 * Checked: the MAC, that there is one RSA or EC key, that one certificate belongs to it. Not checked: the certificate's
 * dates and issuer, and that the chain is one (`verifyCertificatePath`).
 *
 * A wrong password and a file that was tampered with are the same `ERR_DECRYPTION_FAILED`. Misuse: to let strangers
 * choose file and password together with a high `maxIterations`: the file says how much work its password costs.
 *
 * Throws `ERR_DECRYPTION_FAILED`; `ERR_PKCS12_INVALID` without MAC, without certificate, or with no key or more than
 * one; `ERR_KEY_MISMATCH` when no certificate belongs to the key; `ERR_ALGORITHM_UNKNOWN` for RC4, PBMAC1, other MAC digests, Ed25519 keys;
 * `ERR_LIMIT`, `ERR_ENCODING`, `ERR_CERTIFICATE_INVALID`, `ERR_INVALID_ARGUMENT`, `ERR_CRYPTO_UNAVAILABLE`.
 *
 * RFC 7292; RFC 8018.
 *
 * @param input - the file's bytes; not base64
 * @param password - may be empty; encoded as UTF-16 or, in PBES2, as UTF-8
 * @param options.maxIterations - turns of one key derivation; default 1,000,000, and four times that for the whole file
 *
 * @example
 * ```ts
 * const contents = await openPkcs12(file, 'secret')
 * const identity = await importIdentity(contents)
 * console.log(contents.friendlyName, identity.certificate.notAfter)
 * ```
 */
export async function openPkcs12(
  input: Uint8Array,
  password: string,
  options?: Context & { readonly maxIterations?: number },
): Promise<Pkcs12Contents> {
  const ctx = callContext(options)
  if (typeof (password as unknown) !== 'string') fail('ERR_INVALID_ARGUMENT', 'password: a text is expected')
  const maxIterations = options?.maxIterations ?? DEFAULT_MAX_ITERATIONS
  if (!Number.isInteger(maxIterations) || maxIterations < 1)
    fail('ERR_INVALID_ARGUMENT', 'maxIterations: a whole number from 1 is expected')
  const budget = iterationBudget(maxIterations)
  const pfx = readPfx(privateCopy(input))
  try {
    const form = await verifyMac(pfx, password, budget, ctx)
    const pkijs = await import('pkijs')
    const bags = await readBags(pfx.content, { pkijs, password: form, budget, ctx })
    return await chooseIdentity(bags, ctx)
  } catch (error) {
    if (!isMdmProtocolError(error, 'ERR_DECRYPTION_FAILED')) throw error
    // One text for all of it, and no key: what the caller gave is a password.
    return fail('ERR_DECRYPTION_FAILED', 'PKCS#12: the password is wrong, or the file was changed')
  }
}

/** So that nobody exchanges the octets between the MAC and the reading of what it vouched for. */
function privateCopy(input: unknown): Bytes {
  if (!(input instanceof Uint8Array)) return fail('ERR_INVALID_ARGUMENT', 'input: the bytes of the file are expected')
  checkSize(input.length, 'PKCS#12')
  return copyBytes(input)
}

async function chooseIdentity({ keys, certificates }: Bags, ctx: CallContext): Promise<Pkcs12Contents> {
  const [key] = keys
  if (key === undefined) return fail('ERR_PKCS12_INVALID', 'PKCS#12: there is no private key')
  if (keys.length > 1) return fail('ERR_PKCS12_INVALID', 'PKCS#12: there is more than one private key')
  if (certificates.length === 0) return fail('ERR_PKCS12_INVALID', 'PKCS#12: there is no certificate')
  const privateKey = boundedDer(await key.open()).slice()
  const { publicKey } = await importPrivateKey(privateKey, ctx)
  const parsed = certificates.map((bag) => ({ bag, certificate: parseCertificateDer(bag.der) }))
  const fitting = parsed.filter(({ certificate }) => isSameKey(certificate, publicKey))
  // Renewed with the same key there are two; the file's own mark says which one is meant.
  const chosen = fitting.find(({ bag }) => isMarked(key, bag)) ?? fitting[0]
  if (chosen === undefined) return fail('ERR_KEY_MISMATCH', 'PKCS#12: no certificate belongs to the private key')
  const others = parsed.filter((other) => other !== chosen).map(({ certificate }) => certificate)
  return {
    privateKey,
    certificate: chosen.certificate,
    chain: inOrder(chosen.certificate, others),
    friendlyName: key.friendlyName ?? chosen.bag.friendlyName,
  }
}

function isSameKey(certificate: Certificate, publicKey: Uint8Array): boolean {
  const ours = readPublicKey(publicKey)
  const theirs = certificateParts(certificate).key
  return ours.kind === theirs.kind && equalBytes(ours.keyBits, theirs.keyBits)
}

function isMarked(key: KeyBag, certificate: CertificateBag): boolean {
  return (
    key.localKeyId !== null && certificate.localKeyId !== null && equalBytes(key.localKeyId, certificate.localKeyId)
  )
}

function inOrder(leaf: Certificate, others: readonly Certificate[]): readonly Certificate[] {
  const bySubject = new Map(others.map((other) => [encodeHex(certificateParts(other).subjectDer), other] as const))
  const issuers = new Set<Certificate>()
  let issuer = bySubject.get(encodeHex(certificateParts(leaf).issuerDer))
  while (issuer !== undefined && !issuers.has(issuer)) {
    issuers.add(issuer)
    issuer = bySubject.get(encodeHex(certificateParts(issuer).issuerDer))
  }
  return [...issuers, ...others.filter((other) => !issuers.has(other))]
}
