import {
  contextConstructed,
  enter,
  enterNext,
  finish,
  type DerFormat,
  type DerValue,
  nextAny,
  TAG,
} from '../asn1/der-reader.js'
import { nextOid } from '../asn1/der-values.js'
import { type DerPart, derTree, encodeOid, encodeSequence } from '../asn1/der-writer.js'
import { readBer } from '../asn1/ber.js'
import { copyBytes } from '../bytes/bytes.js'
import { fail } from '../errors.js'
import type { Bytes } from '../types.js'
import { CMS } from './formats.js'

/** The content of a ContentInfo, which must be of this type (RFC 5652 §3). Takes BER. */
export function readContentInfo(message: Uint8Array, type: string, what: string, isOurs = false): DerValue {
  const info = readAnyContentInfo(message, isOurs)
  if (info.type !== type) fail('ERR_CMS_INVALID', `${CMS.name}: the content type is not ${what}`)
  return info.content
}

/** Type and content of a ContentInfo. `isOurs`: nobody else has the message. */
export function readAnyContentInfo(
  message: Uint8Array,
  isOurs = false,
): { readonly type: string; readonly content: DerValue } {
  if (!(message instanceof Uint8Array)) return fail('ERR_INVALID_ARGUMENT', `${CMS.name}: a Uint8Array is expected`)
  const value = readBer(message, CMS)
  // DER is read where it lies. A copy: what is checked must not change while a check waits, and `slice` of a Node Buffer
  // is a view on the caller's bytes.
  if (isOurs || value.bytes !== message) return contentInfoOf(value, CMS)
  const { tag, start, body, end } = value
  return contentInfoOf({ bytes: copyBytes(message), tag, start, body, end }, CMS)
}

export function contentInfoOf(
  value: DerValue,
  format: DerFormat,
): { readonly type: string; readonly content: DerValue } {
  const cursor = enter(value, TAG.SEQUENCE, format, 'ContentInfo')
  const type = nextOid(cursor, 'contentType')
  const explicit = enterNext(cursor, contextConstructed(0), 'content')
  const content = nextAny(explicit, 'content')
  finish(explicit, 'content')
  finish(cursor, 'ContentInfo')
  return { type, content }
}

export function encodeContentInfo(type: string, content: DerPart): Bytes {
  return encodeSequence(encodeOid(type), derTree(contextConstructed(0), content))
}
