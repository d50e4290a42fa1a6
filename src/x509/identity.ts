import { requireList, requireObject } from '../arguments.js'
import { equalBytes } from '../bytes/bytes.js'
import { callContext } from '../crypto/context.js'
import { importPrivateKey, readPrivateKey } from '../crypto/private-key.js'
import { type PublicKey, readPublicKey } from '../crypto/public-key.js'
import { fail } from '../errors.js'
import type { Certificate, Context, Identity } from '../types.js'
import { certificateParts, parseCertificate } from './certificate.js'

/** A certificate, its private key, and what is sent along in CMS messages. */
export interface ImportIdentityInput {
  /** Parsed, DER, or PEM. */
  readonly certificate: Certificate | Uint8Array | string
  /** PKCS#8 DER, or PEM, as text or as bytes: PKCS#8, PKCS#1, SEC 1, each also encrypted. */
  readonly privateKey: Uint8Array | string
  readonly password?: string
  /** Leaf excluded. */
  readonly chain?: readonly Certificate[]
}

/**
 * Brings a certificate and its private key together, able to sign with every digest and, with an RSA key, to decrypt.
 *
 * Checked: that the private key is whole and is that of the certificate. Not checked: dates, the path, what the key
 * usage allows. The key is read once, here, so keep the identity and not the files. The private key stays in memory for as
 * long as the identity does; a key in an HSM or KMS is used by putting `SigningIdentity` and `DecryptionIdentity`
 * together by hand, with `RemoteSigner` and `KeyUnwrapper`.
 *
 * An EC identity cannot decrypt: its `unwrapKey` answers `null`, as for a message for somebody else.
 *
 * Throws `ERR_KEY_MISMATCH`, `ERR_ENCODING`, `ERR_ALGORITHM_UNKNOWN`, `ERR_DECRYPTION_FAILED` (wrong password),
 * `ERR_CERTIFICATE_INVALID`, `ERR_LIMIT`, `ERR_INVALID_ARGUMENT` (password missing).
 *
 * RFC 5958, RFC 8017 A.1, RFC 5915, RFC 8018.
 *
 * @example
 * ```ts
 * const ca = await importIdentity({ certificate: caPem, privateKey: caKeyPem, password: 'secret' })
 * ```
 */
export async function importIdentity(input: ImportIdentityInput, context?: Context): Promise<Identity> {
  const call = callContext(context)
  requireObject(input, 'input')
  if (input.chain !== undefined) requireList(input.chain, 'chain')
  const certificate = certificateOfInput(input.certificate)
  const { key } = certificateParts(certificate)
  const privateKey = await readPrivateKey(input.privateKey, input.password, call)
  const handle = await importPrivateKey(privateKey, call)
  if (!isSameKey(key, readPublicKey(handle.publicKey)))
    fail('ERR_KEY_MISMATCH', 'identity: the private key is not that of the certificate')
  const common = { certificate, key: handle.signer, ...(input.chain === undefined ? {} : { chain: input.chain }) }
  const { rawRsa } = handle
  return rawRsa === null ? { ...common, unwrapKey: () => Promise.resolve(null) } : { ...common, rawRsa }
}

function certificateOfInput(input: Certificate | Uint8Array | string): Certificate {
  return typeof input === 'string' || input instanceof Uint8Array ? parseCertificate(input) : input
}

/** By the key itself: one SubjectPublicKeyInfo may write NULL where another leaves it out. */
function isSameKey(a: PublicKey, b: PublicKey): boolean {
  if (a.kind !== b.kind || !equalBytes(a.keyBits, b.keyBits)) return false
  return a.kind !== 'EC' || b.kind !== 'EC' || a.curve === b.curve
}
