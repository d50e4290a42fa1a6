// A pkiMessage as it was received (RFC 8894 §3): one SignerInfo, and what SCEP says in its signed attributes. Unverified.
import { contentOf, type DerValue, TAG } from '../asn1/der-reader.js'
import { OID } from '../asn1/oid.js'
import { copyBytes, latin1Text } from '../bytes/bytes.js'
import { type Attribute, singleValue } from '../cms/attributes.js'
import { parseSignedData, type SignedData, type SignerInfo } from '../cms/signed-data.js'
import { derTree, encodeAttribute, encodeDirectoryString, encodePrintableString } from '../asn1/der-writer.js'
import { fail } from '../errors.js'
import type { Bytes } from '../types.js'

/** Wire numbers and names of RFC 8894 §3.2.1.2. 18 (UpdateReq) was in drafts only and has no name here. */
const MESSAGE_TYPES: readonly (readonly [wire: string, name: string])[] = [
  ['3', 'CertRep'],
  ['17', 'RenewalReq'],
  ['19', 'PKCSReq'],
  ['20', 'CertPoll'],
  ['21', 'GetCert'],
  ['22', 'GetCRL'],
]

/** The RFC's name of a wire number, or the number as sent when it has none. */
export function messageTypeName(wire: string): string {
  return MESSAGE_TYPES.find(([number]) => number === wire)?.[1] ?? wire
}

export function messageTypeNumber(name: string): string {
  return MESSAGE_TYPES.find(([, known]) => known === name)?.[0] ?? fail('ERR_INVALID_ARGUMENT', 'type: not one of SCEP')
}

export interface PkiMessage {
  readonly signed: SignedData
  readonly signer: SignerInfo
  readonly attributes: readonly Attribute[]
  /** The decimal as sent. */
  readonly wireType: string
  readonly transactionId: string
  readonly senderNonce: Bytes | null
  readonly recipientNonce: Bytes | null
}

/** Recorded clients go from 8 octets to 32. */
const MAX_NONCE = 64
/** RFC 8894 §3.2.1.1 sets no bound; a PrintableString that every database column takes. */
const MAX_TRANSACTION_ID = 255

export function parsePkiMessage(message: Uint8Array): PkiMessage {
  const signed = parseSignedData(message)
  const [signer, ...more] = signed.signers
  if (signer === undefined || more.length > 0)
    return fail('ERR_SCEP_INVALID', 'pkiMessage: exactly one signer is expected')
  const attributes = signer.signedAttributes?.list
  if (attributes === undefined) return fail('ERR_SCEP_INVALID', 'pkiMessage: there are no signed attributes')
  const wireType = textAttribute(attributes, OID.scepMessageType, 'messageType', 8)
  const transactionId = textAttribute(attributes, OID.scepTransactionId, 'transactionID', MAX_TRANSACTION_ID)
  if (wireType === null || transactionId === null || transactionId === '')
    return fail('ERR_SCEP_INVALID', 'pkiMessage: messageType or transactionID is missing')
  return {
    signed,
    signer,
    attributes,
    wireType,
    transactionId,
    senderNonce: nonceAttribute(attributes, OID.scepSenderNonce, 'senderNonce'),
    recipientNonce: nonceAttribute(attributes, OID.scepRecipientNonce, 'recipientNonce'),
  }
}

/** PrintableString by the RFC; UTF8String and IA5String of others are read, as long as they hold the same characters. */
export function textAttribute(
  attributes: readonly Attribute[],
  type: string,
  field: string,
  maxLength: number,
): string | null {
  const value = singleValue(attributes, type, field)
  if (value === null) return null
  const isText = value.tag === TAG.PRINTABLE_STRING || value.tag === TAG.UTF8_STRING || value.tag === TAG.IA5_STRING
  const octets = contentOf(value)
  if (!isText || octets.length > maxLength || !isPrintable(octets))
    return fail('ERR_SCEP_INVALID', `pkiMessage: ${field} is not a short printable text`)
  return latin1Text(octets)
}

function isPrintable(octets: Uint8Array): boolean {
  for (const octet of octets) if (octet < 0x20 || octet >= 0x7f) return false
  return true
}

function nonceAttribute(attributes: readonly Attribute[], type: string, field: string): Bytes | null {
  const value: DerValue | null = singleValue(attributes, type, field)
  if (value === null) return null
  const octets = contentOf(value)
  if (value.tag !== TAG.OCTET_STRING || octets.length === 0 || octets.length > MAX_NONCE)
    return fail('ERR_SCEP_INVALID', `pkiMessage: ${field} is not an OCTET STRING of 1 to ${String(MAX_NONCE)} octets`)
  return copyBytes(octets)
}

export interface ScepAttributes {
  readonly wireType: string
  readonly transactionId: string
  readonly senderNonce: Uint8Array
  readonly recipientNonce?: Uint8Array | null
}

/** The attributes that every pkiMessage of ours signs (RFC 8894 §3.2.1). */
export function encodeScepAttributes(input: ScepAttributes): readonly Bytes[] {
  const attributes = [
    encodeAttribute(OID.scepMessageType, encodePrintableString(input.wireType)),
    // Echoed as it came: clients compare it. Base64 and hex are PrintableString; free text may not be.
    encodeAttribute(OID.scepTransactionId, encodeDirectoryString(input.transactionId)),
    encodeAttribute(OID.scepSenderNonce, derTree(TAG.OCTET_STRING, input.senderNonce)),
  ]
  if (input.recipientNonce !== undefined && input.recipientNonce !== null)
    attributes.push(encodeAttribute(OID.scepRecipientNonce, derTree(TAG.OCTET_STRING, input.recipientNonce)))
  return attributes
}
