import { constants, createHash, type KeyObject, sign } from 'node:crypto'
import type { Bytes, Certificate } from '../../src/types.js'
import { concatBytes } from '../../src/bytes/bytes.js'
import { certificateParts } from '../../src/x509/certificate.js'
import { hex, tlv } from '../support/asn1.js'

// CMS messages that the library would never make, put together octet by octet and signed by node:crypto.

/** Contents of OBJECT IDENTIFIERs. */
export const OIDS = {
  data: '2a864886f70d010701',
  signedData: '2a864886f70d010702',
  envelopedData: '2a864886f70d010703',
  authEnvelopedData: '2a864886f70d0109100117',
  contentType: '2a864886f70d010903',
  messageDigest: '2a864886f70d010904',
  signingTime: '2a864886f70d010905',
  countersignature: '2a864886f70d010906',
  rsaEncryption: '2a864886f70d010101',
  sha256: '608648016503040201',
  sha1: '2b0e03021a',
  md5: '2a864886f70d0205',
  sha256WithRsa: '2a864886f70d01010b',
  aes128Cbc: '608648016503040102',
  aes256Cbc: '60864801650304012a',
} as const

export function oid(content: string): Bytes {
  return tlv(0x06, hex(content))
}

export function algorithm(content: string, parameters: Uint8Array | null = tlv(0x05)): Bytes {
  return tlv(0x30, oid(content), ...(parameters === null ? [] : [parameters]))
}

export function attribute(type: string, ...values: readonly Uint8Array[]): Bytes {
  return tlv(0x30, oid(type), tlv(0x31, ...values))
}

export function sha256(data: Uint8Array): Bytes {
  return new Uint8Array(createHash('sha256').update(data).digest())
}

/** contentType and messageDigest: what RFC 5652 asks for. */
export function usualAttributes(content: Uint8Array, type: string = OIDS.data): readonly Bytes[] {
  return [attribute(OIDS.contentType, oid(type)), attribute(OIDS.messageDigest, tlv(0x04, sha256(content)))]
}

export interface CraftSigner {
  readonly certificate: Certificate
  readonly key: KeyObject
  /** As they stand in the message; `null`: none. Default: the usual ones. */
  readonly attributes?: readonly Uint8Array[] | null
  /** What the signature covers. Default: the attributes as SET OF, or the content. */
  readonly covered?: Uint8Array
  readonly sid?: Uint8Array
  readonly version?: Uint8Array
  readonly digestAlgorithm?: Uint8Array
  readonly signatureAlgorithm?: Uint8Array
  readonly signature?: Uint8Array
  /** Behind the signature: unsigned attributes. */
  readonly after?: readonly Uint8Array[]
  readonly hash?: string
}

export function issuerAndSerial(certificate: Certificate): Bytes {
  const { issuerDer, serialDer } = certificateParts(certificate)
  return tlv(0x30, issuerDer, tlv(0x02, serialDer))
}

export function craftSigner(content: Uint8Array, signer: CraftSigner): Bytes {
  const attributes = signer.attributes === undefined ? usualAttributes(content) : signer.attributes
  const covered = signer.covered ?? (attributes === null ? content : tlv(0x31, ...attributes))
  const signature = signer.signature ?? new Uint8Array(sign(signer.hash ?? 'sha256', covered, signer.key))
  return tlv(
    0x30,
    signer.version ?? tlv(0x02, Uint8Array.of(1)),
    signer.sid ?? issuerAndSerial(signer.certificate),
    signer.digestAlgorithm ?? algorithm(OIDS.sha256),
    ...(attributes === null ? [] : [tlv(0xa0, ...attributes)]),
    signer.signatureAlgorithm ?? algorithm(OIDS.rsaEncryption),
    tlv(0x04, signature),
    ...(signer.after ?? []),
  )
}

export interface CraftSigned {
  /** `null`: detached. */
  readonly content: Uint8Array | null
  readonly signers: readonly Uint8Array[]
  readonly certificates?: readonly Uint8Array[]
  readonly contentType?: string
  readonly crls?: readonly Uint8Array[]
  readonly digestAlgorithms?: readonly Uint8Array[]
  readonly version?: Uint8Array
  /** The whole EncapsulatedContentInfo. */
  readonly encapsulated?: Uint8Array
}

export function craftSigned(input: CraftSigned): Bytes {
  const eContent = input.content === null ? [] : [tlv(0xa0, tlv(0x04, input.content))]
  return contentInfo(
    OIDS.signedData,
    tlv(
      0x30,
      input.version ?? tlv(0x02, Uint8Array.of(1)),
      tlv(0x31, ...(input.digestAlgorithms ?? [algorithm(OIDS.sha256)])),
      input.encapsulated ?? tlv(0x30, oid(input.contentType ?? OIDS.data), ...eContent),
      ...(input.certificates === undefined ? [] : [tlv(0xa0, ...input.certificates)]),
      ...(input.crls === undefined ? [] : [tlv(0xa1, ...input.crls)]),
      tlv(0x31, ...input.signers),
    ),
  )
}

export function contentInfo(type: string, content: Uint8Array): Bytes {
  return tlv(0x30, oid(type), tlv(0xa0, content))
}

export interface CraftEnveloped {
  readonly recipients: readonly Uint8Array[]
  readonly ciphertext: Uint8Array | null
  readonly cipher: Uint8Array
  readonly version?: Uint8Array
  /** Between version and recipients. */
  readonly originator?: Uint8Array
  /** The whole encryptedContent in place of `[0]` and the ciphertext. */
  readonly encryptedContent?: Uint8Array
  readonly contentType?: string
  /** Behind the encrypted content. */
  readonly after?: readonly Uint8Array[]
  readonly type?: string
}

export function craftEnveloped(input: CraftEnveloped): Bytes {
  const body = input.encryptedContent ?? (input.ciphertext === null ? null : tlv(0x80, input.ciphertext))
  return contentInfo(
    input.type ?? OIDS.envelopedData,
    tlv(
      0x30,
      input.version ?? tlv(0x02, Uint8Array.of(0)),
      ...(input.originator === undefined ? [] : [input.originator]),
      tlv(0x31, ...input.recipients),
      tlv(0x30, oid(input.contentType ?? OIDS.data), input.cipher, ...(body === null ? [] : [body])),
      ...(input.after ?? []),
    ),
  )
}

export function craftRecipient(
  rid: Uint8Array,
  encryptedKey: Uint8Array,
  keyAlgorithm: Uint8Array = algorithm(OIDS.rsaEncryption),
): Bytes {
  return tlv(0x30, tlv(0x02, Uint8Array.of(0)), rid, keyAlgorithm, tlv(0x04, encryptedKey))
}

export const NO_PADDING: number = constants.RSA_NO_PADDING

/** A block of RSA's size: `head`, nonzero filling, `tail`. */
export function rsaBlock(length: number, head: Uint8Array, tail: Uint8Array, filling = 0xa5): Bytes {
  return concatBytes([head, new Uint8Array(length - head.length - tail.length).fill(filling), tail])
}
