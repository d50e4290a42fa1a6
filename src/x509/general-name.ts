import { requireBytes, requireObject, requireText } from '../arguments.js'
import {
  atEnd,
  contentOf,
  contextConstructed,
  contextTag,
  copyEncoding,
  type DerFormat,
  type DerValue,
  derFault,
  enter,
  finish,
  next,
  nextAny,
  schemaFault,
  TAG,
} from '../asn1/der-reader.js'
import { nextOid } from '../asn1/der-values.js'
import { encodeContextConstructed, encodeContextPrimitive, encodeOid, encodeUtf8String } from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { copyBytes, latin1Bytes, latin1Text } from '../bytes/bytes.js'
import { fail } from '../errors.js'
import type { Bytes } from '../types.js'
import { stringOf } from './directory-string.js'
import { formatIpAddress, parseIpAddress } from './ip-address.js'

/**
 * One entry of a subjectAltName. `upn` is Microsoft's user principal name in an otherName. `ip` is dotted (IPv4) or as
 * RFC 5952 writes it (IPv6). `other` is the DER of the whole GeneralName, whatever its choice.
 */
export type GeneralName =
  | { readonly type: 'dns' | 'email' | 'uri' | 'ip' | 'upn'; readonly value: string }
  | { readonly type: 'other'; readonly der: Bytes }

/** Choices of GeneralName (RFC 5280 §4.2.1.6). */
export const GENERAL_NAME = { other: 0, email: 1, dns: 2, directory: 4, uri: 6, ip: 7 } as const

const TEXT_TYPES = { [contextTag(1)]: 'email', [contextTag(2)]: 'dns', [contextTag(6)]: 'uri' } as const

/** GeneralNames: at least one. */
export function readGeneralNames(value: DerValue, format: DerFormat, field: string): readonly GeneralName[] {
  const list = enter(value, TAG.SEQUENCE, format, field)
  const names: GeneralName[] = []
  do names.push(readGeneralName(nextAny(list, field), format, field))
  while (!atEnd(list))
  return names
}

export function readGeneralName(value: DerValue, format: DerFormat, field: string): GeneralName {
  const type = TEXT_TYPES[value.tag]
  if (type !== undefined) return { type, value: ia5Text(value, format, field) }
  if (value.tag === contextTag(GENERAL_NAME.ip)) {
    const address = formatIpAddress(contentOf(value))
    return address === null ? schemaFault(format, `${field}, IP address`) : { type: 'ip', value: address }
  }
  const upn = value.tag === contextConstructed(GENERAL_NAME.other) ? readUpn(value, format, field) : null
  return upn === null ? { type: 'other', der: copyEncoding(value) } : { type: 'upn', value: upn }
}

function ia5Text(value: DerValue, format: DerFormat, field: string): string {
  const octets = contentOf(value)
  for (const octet of octets) if (octet > 0x7f) schemaFault(format, `${field}, an IA5String,`)
  return latin1Text(octets)
}

/** otherName holding Microsoft's user principal name, or `null`. */
function readUpn(value: DerValue, format: DerFormat, field: string): string | null {
  const other = enter(value, value.tag, format, field)
  const oid = nextOid(other, field)
  const wrapped = enter(next(other, contextConstructed(0), field), contextConstructed(0), format, field)
  const inner = nextAny(wrapped, field)
  finish(wrapped, field)
  finish(other, field)
  return oid === OID.userPrincipalName ? stringOf(inner, format, field) : null
}

/** `ERR_INVALID_ARGUMENT` when a value cannot be one of its type. */
export function encodeGeneralName(name: GeneralName): Bytes {
  requireObject(name, 'general name')
  if (name.type === 'other') requireBytes(name.der, 'general name')
  else requireText(name.value, 'general name')
  switch (name.type) {
    case 'dns':
    case 'email':
    case 'uri':
      return encodeContextPrimitive(GENERAL_NAME[name.type], ia5Octets(name.value))
    case 'ip':
      return encodeContextPrimitive(
        GENERAL_NAME.ip,
        parseIpAddress(name.value) ?? fail('ERR_INVALID_ARGUMENT', 'general name: an IP address is expected'),
      )
    case 'upn':
      return encodeContextConstructed(
        GENERAL_NAME.other,
        encodeOid(OID.userPrincipalName),
        encodeContextConstructed(0, encodeUtf8String(name.value)),
      )
    case 'other':
      if (derFault(name.der, 'general name') !== '' || !isGeneralNameTag(name.der[0] as number))
        fail('ERR_INVALID_ARGUMENT', 'general name: DER of a GeneralName is expected')
      return copyBytes(name.der)
    default:
      return fail('ERR_INVALID_ARGUMENT', 'general name: the type is unknown')
  }
}

const CONSTRUCTED: readonly number[] = [GENERAL_NAME.other, 3, GENERAL_NAME.directory, 5]

/** `[0]` to `[8]` (RFC 5280 §4.2.1.6), each in the one form that it has: others read a text in pieces as the text. */
export function isGeneralNameTag(tag: number): boolean {
  const number = tag & 0x1f
  return number <= 8 && tag === (CONSTRUCTED.includes(number) ? contextConstructed(number) : contextTag(number))
}

/** Host names beyond ASCII are written as A-labels, mail addresses as RFC 8398 says; neither is done here. */
function ia5Octets(text: string): Bytes {
  // Visible ASCII only, so that no NUL or line end gets into a name that others compare as text.
  if (!/^[\x21-\x7e]+$/.test(text))
    fail('ERR_INVALID_ARGUMENT', 'general name: visible ASCII is expected (host names as A-labels)')
  return latin1Bytes(text)
}
