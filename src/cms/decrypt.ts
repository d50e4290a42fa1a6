import { requireObject } from '../arguments.js'
import { acceptedByDefault, acceptList, requireAccepted } from '../crypto/accept.js'
import { decryptContent } from '../crypto/cipher.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { unwrapKey } from '../crypto/key-transport.js'
import { fail, failDecryption } from '../errors.js'
import type {
  AcceptedAlgorithms,
  Bytes,
  Certificate,
  CipherName,
  Context,
  DecryptionIdentity,
  DigestName,
  KeyTransportName,
  Recipients,
} from '../types.js'
import { certificateParts } from '../x509/certificate.js'
import { type EnvelopedData, type KeyTransportRecipient, parseEnvelopedData } from './enveloped-data.js'
import { identifies } from './identifier.js'

/** What an incoming encrypted message may use. */
export interface DecryptOptions extends Context {
  readonly accept?: AcceptedAlgorithms
}

/**
 * Decrypts a CMS EnvelopedData or AuthEnvelopedData message, DER or BER (RFC 5652 §6, RFC 5083).
 *
 * The recipient is found by issuer and serial number or by key identifier among all identities given, so old keys stay
 * useful. Key transport with RSA only. Algorithms are held against `accept` (default `acceptedByDefault.modern`: no
 * RSAES-PKCS1-v1_5 and no 3DES, name them for what devices send).
 *
 * Without GCM nothing is authenticated: anybody can encrypt to a public certificate, and a wrong key shows in the padding
 * alone, so that one in 256 such messages comes out as garbage. Whoever needs to know the sender verifies a signature
 * around the message first.
 *
 * Throws `ERR_ENCODING`, `ERR_LIMIT`, `ERR_CMS_INVALID`, `ERR_ALGORITHM_UNKNOWN`, `ERR_ALGORITHM_NOT_ACCEPTED` for what
 * can be seen from outside, and one `ERR_DECRYPTION_FAILED` for all that a key is needed to see: no recipient of ours, a
 * wrong key, wrong padding. What a `KeyUnwrapper` or `RawRsaKey` rejects with passes through.
 *
 * @example
 * ```ts
 * const content = await decryptCms(message, identity)
 * console.log(content.length)
 * ```
 */
export async function decryptCms(message: Uint8Array, recipient: Recipients, options?: DecryptOptions): Promise<Bytes> {
  const call = callContext(options)
  const accept = acceptList(options?.accept, acceptedByDefault.modern)
  return (await openEnvelope(parseEnvelopedData(message), recipient, accept, call)).content
}

export interface OpenedEnvelope {
  readonly content: Bytes
  readonly contentType: string
  /** The identity that opened it. */
  readonly recipient: Certificate
  readonly cipher: CipherName
  readonly keyTransport: KeyTransportName
  /** `null` in v1.5. */
  readonly oaepDigest: DigestName | null
}

export async function openEnvelope(
  envelope: EnvelopedData,
  recipients: Recipients,
  accept: Required<AcceptedAlgorithms>,
  call: CallContext,
): Promise<OpenedEnvelope> {
  requireAccepted(accept, 'ciphers', envelope.cipher.name)
  const { identity, info } = findRecipient(envelope, identitiesOf(recipients))
  const transport = info.transport()
  requireAccepted(accept, 'keyTransport', transport.name)
  const { key } = certificateParts(identity.certificate)
  const contentKey = await unwrapKey(identity, key, transport, info.encryptedKey, envelope.cipher.keyLength, call)
  const { cipher, iv, ciphertext, authenticated } = envelope
  const content = await decryptContent(cipher, contentKey, iv, ciphertext, call, authenticated)
  return {
    content,
    contentType: envelope.contentType,
    recipient: identity.certificate,
    cipher: cipher.name,
    keyTransport: transport.name,
    oaepDigest: transport.oaepDigest,
  }
}

interface FoundRecipient {
  readonly identity: DecryptionIdentity
  readonly info: KeyTransportRecipient
}

function findRecipient(envelope: EnvelopedData, identities: readonly DecryptionIdentity[]): FoundRecipient {
  for (const info of envelope.recipients) {
    const identity = identities.find((candidate) => identifies(info.identifier, candidate.certificate))
    if (identity !== undefined) return { identity, info }
  }
  return failDecryption()
}

/** A list of its own, as it is at the moment of the call. */
export function identitiesOf(recipients: Recipients): readonly [DecryptionIdentity, ...DecryptionIdentity[]] {
  const given: DecryptionIdentity | readonly DecryptionIdentity[] = recipients
  const [first, ...others] = isList(given) ? given : [given]
  if (first === undefined) return fail('ERR_INVALID_ARGUMENT', 'recipient: at least one identity is expected')
  const identities = [first, ...others] as const
  for (const identity of identities) {
    requireObject(identity, 'recipient')
    if ((identity.rawRsa === undefined) === (identity.unwrapKey === undefined))
      fail('ERR_INVALID_ARGUMENT', 'recipient: either unwrapKey or rawRsa is expected')
  }
  return identities
}

/** `Array.isArray` does not narrow lists that are readonly. */
function isList<T>(given: T | readonly T[]): given is readonly T[] {
  return Array.isArray(given)
}
