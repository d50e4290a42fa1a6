import { requireBytes, requireList, requireObject, requireText } from '../arguments.js'
import {
  atEnd,
  type DerCursor,
  type DerFormat,
  type DerValue,
  enter,
  enterNext,
  finish,
  next,
  peekTag,
  TAG,
} from '../asn1/der-reader.js'
import { booleanOf, nextOid } from '../asn1/der-values.js'
import { derTree, type DerTree, encodeBoolean, encodeOid, sequenceOfTree, sequenceTree } from '../asn1/der-writer.js'
import { fail } from '../errors.js'
import type { Bytes, CertificateExtension } from '../types.js'

/** Extensions of a certificate, a request, a CRL or a CRL entry. One of a kind: RFC 5280 §4.2. Values are views of the bytes. */
export function readExtensionList(value: DerValue, format: DerFormat, field: string): readonly CertificateExtension[] {
  const list = enter(value, TAG.SEQUENCE, format, field)
  const extensions: CertificateExtension[] = []
  const seen = new Set<string>()
  do {
    const extension = readExtension(list, field)
    if (seen.has(extension.oid)) fail(format.code, `${format.name}: ${field} holds one extension twice`)
    seen.add(extension.oid)
    extensions.push(extension)
  } while (!atEnd(list))
  // Exact: a list that something was pushed to has room for seventeen, and certificates are kept.
  return extensions.slice()
}

function readExtension(list: DerCursor, field: string): CertificateExtension {
  const cursor = enterNext(list, TAG.SEQUENCE, field)
  const oid = nextOid(cursor, field)
  // DER leaves a default out; real certificates write `critical FALSE` all the same.
  const critical =
    peekTag(cursor) === TAG.BOOLEAN && booleanOf(next(cursor, TAG.BOOLEAN, field), cursor.format, `${field}, critical`)
  const { body, end } = next(cursor, TAG.OCTET_STRING, field)
  finish(cursor, field)
  return { oid, critical, value: list.bytes.subarray(body, end) as Bytes }
}

/** SEQUENCE OF Extension, in the given order. `ERR_INVALID_ARGUMENT` when one OID comes twice. */
export function extensionListTree(extensions: readonly CertificateExtension[]): DerTree {
  requireList(extensions, 'extensions')
  extensions.forEach(requireExtension)
  if (new Set(extensions.map((extension) => extension.oid)).size !== extensions.length)
    fail('ERR_INVALID_ARGUMENT', 'extensions: one object identifier is given twice')
  return sequenceOfTree(extensions.map(extensionTree))
}

function requireExtension(extension: CertificateExtension): void {
  requireObject(extension, 'extensions')
  requireText(extension.oid, 'extensions: oid')
  requireBytes(extension.value, 'extensions: value')
}

function extensionTree({ oid, critical, value }: CertificateExtension): DerTree {
  const octets = derTree(TAG.OCTET_STRING, value)
  return critical ? sequenceTree(encodeOid(oid), encodeBoolean(true), octets) : sequenceTree(encodeOid(oid), octets)
}
