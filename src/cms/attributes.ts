// Signed attributes of a SignerInfo (RFC 5652 §5.3, §11): reading what was signed, writing what is to be signed.
import {
  atEnd,
  contextConstructed,
  type DerCursor,
  type DerFormat,
  type DerValue,
  encodingOf,
  enter,
  enterNext,
  finish,
  next,
  nextAny,
  readDer,
  TAG,
} from '../asn1/der-reader.js'
import { nextOid, oidOf, timeOf } from '../asn1/der-values.js'
import { derTree, encodeAttribute, encodeOid, encodeSetOf, encodeTime, sortEncodings } from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { concatBytes } from '../bytes/bytes.js'
import { fail } from '../errors.js'
import type { Bytes } from '../types.js'
import { CMS } from './formats.js'

export interface Attribute {
  readonly type: string
  /** The values of its SET. */
  readonly values: readonly DerValue[]
}

export interface SignedAttributes {
  readonly list: readonly Attribute[]
  /** The attributes as they were received, under the SET OF tag that they are signed with. */
  readonly received: Bytes
  /** The same in DER order; `null` when that is how they were received. */
  readonly sorted: () => Bytes | null
}

/** Attributes side by side, as SignerInfo's `[0] IMPLICIT SET OF Attribute` holds them. Repeated types are refused (§11). */
export function readSignedAttributes(value: DerValue): SignedAttributes {
  const cursor = enter(value, contextConstructed(0), CMS, 'signedAttrs')
  const list: Attribute[] = []
  const members: DerValue[] = []
  const types = new Set<string>()
  while (!atEnd(cursor)) {
    const encoding = next(cursor, TAG.SEQUENCE, 'signed attribute')
    const attribute = readAttribute(encoding, CMS)
    if (types.has(attribute.type)) fail('ERR_CMS_INVALID', `${CMS.name}: a signed attribute is repeated`)
    types.add(attribute.type)
    list.push(attribute)
    members.push(encoding)
  }
  if (list.length === 0) fail('ERR_CMS_INVALID', `${CMS.name}: signedAttrs is empty`)
  // RFC 5652 §5.4: signed as SET OF, though it travels as [0] IMPLICIT.
  const received = value.bytes.slice(value.start, value.end)
  received[0] = TAG.SET
  const sorted = (): Bytes | null => {
    const encodings = members.map(encodingOf)
    const inOrder = sortEncodings(encodings)
    return inOrder.every((encoding, i) => encoding === encodings[i]) ? null : retagged(received, inOrder)
  }
  return { list, received, sorted }
}

function retagged(received: Bytes, encodings: readonly Uint8Array[]): Bytes {
  const members = concatBytes(encodings)
  return concatBytes([received.subarray(0, received.length - members.length), members])
}

export function readAttribute(value: DerValue, format: DerFormat): Attribute {
  const cursor = enter(value, TAG.SEQUENCE, format, 'attribute')
  const type = nextOid(cursor, 'attribute type')
  const set = enterNext(cursor, TAG.SET, 'attribute values')
  finish(cursor, 'attribute')
  return { type, values: allValues(set) }
}

function allValues(set: DerCursor): readonly DerValue[] {
  if (atEnd(set)) return []
  const values = [nextAny(set, 'attribute value')]
  while (!atEnd(set)) values.push(nextAny(set, 'attribute value'))
  return values
}

/** The one value of an attribute; `null` when the attribute is absent. More than one, or none, is `ERR_CMS_INVALID`. */
export function singleValue(attributes: readonly Attribute[], type: string, field: string): DerValue | null {
  const attribute = attributes.find((candidate) => candidate.type === type)
  if (attribute === undefined) return null
  const [value, ...more] = attribute.values
  if (value === undefined || more.length > 0)
    return fail('ERR_CMS_INVALID', `${CMS.name}: ${field} does not have exactly one value`)
  return value
}

/** The signer's claim of when it signed (RFC 5652 §11.3). */
export function signingTimeOf(attributes: readonly Attribute[]): Date | null {
  const value = singleValue(attributes, OID.signingTime, 'signingTime')
  return value === null ? null : timeOf(value, CMS, 'signingTime')
}

/** The content type that was signed; it must be there and be the content's own (RFC 5652 §11.1). */
export function checkContentType(attributes: readonly Attribute[], contentType: string): void {
  const value = singleValue(attributes, OID.contentType, 'contentType')
  if (value === null || oidOf(value, CMS, 'contentType') !== contentType)
    fail('ERR_CMS_INVALID', `${CMS.name}: the signed contentType is missing or not that of the content`)
}

/** The digest that was signed (RFC 5652 §11.2). */
export function messageDigestOf(attributes: readonly Attribute[]): Uint8Array {
  const value = singleValue(attributes, OID.messageDigest, 'messageDigest')
  if (value?.tag !== TAG.OCTET_STRING)
    return fail('ERR_CMS_INVALID', `${CMS.name}: the signed messageDigest is missing`)
  return value.bytes.subarray(value.body, value.end)
}

/**
 * Whether these octets are themselves a SET OF attributes that could have been signed elsewhere. Without signed
 * attributes the signature covers the content directly, and a signature over somebody's attributes would be one over
 * that content: such content is refused.
 */
export function looksLikeSignedAttributes(content: Uint8Array): boolean {
  // Spares all other content, which may be large, the reading.
  if (content[0] !== TAG.SET) return false
  try {
    const cursor = enter(readDer(content, CMS), TAG.SET, CMS, 'attributes')
    while (!atEnd(cursor)) {
      const { type } = readAttribute(nextAny(cursor, 'attribute'), CMS)
      if (type === OID.messageDigest || type === OID.contentType) return true
    }
  } catch {
    return false
  }
  return false
}

export interface AttributesToSign {
  readonly contentType: string
  readonly messageDigest: Uint8Array
  readonly signingTime: Date | null
  /** Further attributes, encoded. */
  readonly further: readonly Uint8Array[]
}

/** SET OF the signed attributes, in DER order. */
export function encodeSignedAttributes(input: AttributesToSign): Bytes {
  const attributes = [
    encodeAttribute(OID.contentType, encodeOid(input.contentType)),
    encodeAttribute(OID.messageDigest, derTree(TAG.OCTET_STRING, input.messageDigest)),
    ...input.further,
  ]
  if (input.signingTime !== null)
    attributes.push(encodeAttribute(OID.signingTime, encodeTime(input.signingTime, 'signingTime')))
  return encodeSetOf(attributes)
}
