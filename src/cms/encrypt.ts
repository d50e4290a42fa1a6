import { requireList } from '../arguments.js'
import { contextTag, TAG } from '../asn1/der-reader.js'
import {
  type DerTree,
  derTree,
  encodeInteger,
  encodeOctetString,
  encodeOid,
  sequenceTree,
  setOfTree,
} from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { copyBytes } from '../bytes/bytes.js'
import { acceptedByDefault } from '../crypto/accept.js'
import { cipherAlgorithmTree, cipherNamed, encodeKeyTransportAlgorithm, type OaepDigest } from '../crypto/algorithms.js'
import { encryptInPieces } from '../crypto/cipher.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { wrapKey } from '../crypto/key-transport.js'
import { randomBytes } from '../crypto/random.js'
import { fail, failWith } from '../errors.js'
import type { Bytes, Certificate, CipherName, Context, KeyTransportName } from '../types.js'
import { type CertificateParts, certificateParts, issuerAndSerialTree } from '../x509/certificate.js'
import { encodeContentInfo } from './content-info.js'

/**
 * Encrypts content to the RSA keys of one or more certificates: EnvelopedData, or AuthEnvelopedData when the cipher is GCM
 * (RFC 5652 §6, RFC 5083, RFC 5084).
 *
 * The certificates are not judged: encrypt to those that you trust. Nothing is signed: the reader cannot tell who sent it.
 *
 * Throws `ERR_ALGORITHM_NOT_ACCEPTED` for a certificate without an RSA key, `ERR_INVALID_ARGUMENT` for DES-CBC, which is
 * read but never written, for a name that is none, or for no recipient at all; `ERR_CERTIFICATE_INVALID`, `ERR_CRYPTO_UNAVAILABLE`.
 *
 * @param options - `cipher`: default AES-256-CBC, which everything reads; Apple's decoders know no GCM. `keyTransport`:
 *   default RSA-OAEP with SHA-256; Apple's devices want RSAES-PKCS1-v1_5.
 * @returns ContentInfo, DER.
 * @example
 * ```ts
 * const message = await encryptCms(new TextEncoder().encode('secret'), [identity.certificate])
 * console.log((await decryptCms(message, identity)).length)
 * ```
 */
export async function encryptCms(
  content: Uint8Array,
  recipients: readonly [Certificate, ...Certificate[]],
  options?: Context & { readonly cipher?: CipherName; readonly keyTransport?: KeyTransportName },
): Promise<Bytes> {
  const call = callContext(options)
  const cipher = options?.cipher ?? 'AES-256-CBC'
  const keyTransport = options?.keyTransport ?? 'RSA-OAEP'
  // A copy: it is read when the keys are there, whatever the caller writes meanwhile.
  return sealEnvelope({ content: copyBytes(content), recipients, cipher, keyTransport }, call)
}

export interface EnvelopeToSeal {
  /** Nobody else writes to it. */
  readonly content: Uint8Array
  readonly recipients: readonly Certificate[]
  readonly cipher: CipherName
  readonly keyTransport: KeyTransportName
  /** Of RSA-OAEP. Default SHA-256. */
  readonly oaepDigest?: OaepDigest
}

export async function sealEnvelope(input: EnvelopeToSeal, call: CallContext): Promise<Bytes> {
  requireList(input.recipients, 'recipients')
  if (input.recipients.length === 0) fail('ERR_INVALID_ARGUMENT', 'recipients: at least one certificate is expected')
  if (input.cipher === 'DES-CBC') fail('ERR_INVALID_ARGUMENT', 'cipher: DES-CBC is read, never written')
  const cipher = cipherNamed(input.cipher)
  if (cipher === undefined) return fail('ERR_INVALID_ARGUMENT', 'cipher: one of the names of CipherName is expected')
  if (!acceptedByDefault.scep.keyTransport.includes(input.keyTransport))
    fail('ERR_INVALID_ARGUMENT', 'keyTransport: one of the names of KeyTransportName is expected')
  // All of them now: nobody joins while a key is wrapped.
  const recipients = input.recipients.map(recipientParts)
  const key = randomBytes(cipher.keyLength, call)
  const iv = randomBytes(cipher.ivLength, call)
  const infos: DerTree[] = []
  for (const parts of recipients) {
    const wrapped = wrapKey(input.keyTransport, parts.key, key, call, input.oaepDigest)
    infos.push(recipientInfo(parts, input, wrapped instanceof Uint8Array ? wrapped : await wrapped))
  }
  const { pieces, tag } = await encryptInPieces(cipher, key, iv, input.content, call)
  const body = [
    encodeInteger(0),
    setOfTree(infos),
    sequenceTree(encodeOid(OID.data), cipherAlgorithmTree(cipher, iv), derTree(contextTag(0), ...pieces)),
  ]
  if (tag === null) return encodeContentInfo(OID.envelopedData, sequenceTree(...body))
  return encodeContentInfo(OID.authEnvelopedData, sequenceTree(...body, encodeOctetString(tag)))
}

function recipientParts(certificate: Certificate): CertificateParts {
  const parts = certificateParts(certificate)
  if (parts.key.kind !== 'RSA')
    failWith('ERR_ALGORITHM_NOT_ACCEPTED', 'recipient: its certificate has no RSA key to encrypt to', {
      kind: 'keyTransport',
      name: parts.key.kind,
    })
  return parts
}

/** KeyTransRecipientInfo version 0: by issuer and serial number, which is what Apple's decoders look for. */
function recipientInfo(
  parts: CertificateParts,
  { keyTransport, oaepDigest }: EnvelopeToSeal,
  encryptedKey: Uint8Array,
): DerTree {
  return sequenceTree(
    encodeInteger(0),
    issuerAndSerialTree(parts),
    encodeKeyTransportAlgorithm(keyTransport, oaepDigest),
    derTree(TAG.OCTET_STRING, encryptedKey),
  )
}
