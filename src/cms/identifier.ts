// Who signed, or for whom a key is encrypted: issuer and serial number, or key identifier (RFC 5652 §5.3, §6.2.1).
import {
  contentOf,
  contextConstructed,
  contextTag,
  type DerCursor,
  encodingOf,
  enterNext,
  finish,
  next,
  nextIf,
  peekTag,
  readDer,
  schemaFault,
  TAG,
} from '../asn1/der-reader.js'
import { hexOfInteger, integerOctets } from '../asn1/der-values.js'
import { encodeOctetString } from '../asn1/der-writer.js'
import { equalBytes } from '../bytes/bytes.js'
import { encodeHex } from '../bytes/hex.js'
import type { Certificate, CertificateId } from '../types.js'
import { OID } from '../asn1/oid.js'
import { certificateParts } from '../x509/certificate.js'
import { nameMatcher, readName } from '../x509/name.js'
import { CMS } from './formats.js'

export type RawIdentifier =
  | {
      readonly issuer: Uint8Array
      /** Whether a name is that of the issuer. By RFC 5280 §7.1: some stacks re-encode them. */
      readonly isIssuer: ReturnType<typeof nameMatcher>
      readonly serial: Uint8Array
      readonly keyIdentifier?: never
    }
  | { readonly keyIdentifier: Uint8Array; readonly issuer?: never }

/** IssuerAndSerialNumber, or `[0]` with the key identifier, which Apple's signers have also wrapped in an OCTET STRING. */
export function readIdentifier(cursor: DerCursor, field: string): RawIdentifier {
  const tag = peekTag(cursor)
  if (tag === TAG.SEQUENCE) return readIssuerAndSerial(cursor, field)
  if (tag === contextTag(0)) return { keyIdentifier: contentOf(next(cursor, tag, field)) }
  if (tag !== contextConstructed(0)) return schemaFault(CMS, field)
  const wrapped = enterNext(cursor, tag, field)
  const octets = nextIf(wrapped, TAG.OCTET_STRING)
  if (octets === null) return schemaFault(CMS, field)
  finish(wrapped, field)
  return { keyIdentifier: contentOf(octets) }
}

function readIssuerAndSerial(cursor: DerCursor, field: string): RawIdentifier & { readonly issuer: Uint8Array } {
  const pair = enterNext(cursor, TAG.SEQUENCE, field)
  const issuer = encodingOf(next(pair, TAG.SEQUENCE, `${field} issuer`))
  const number = next(pair, TAG.INTEGER, `${field} serialNumber`)
  finish(pair, field)
  return { issuer, isIssuer: nameMatcher(issuer), serial: integerOctets(number, CMS, `${field} serialNumber`) }
}

/** For the caller to look a certificate up. */
export function certificateIdOf(identifier: RawIdentifier): CertificateId {
  if (identifier.keyIdentifier !== undefined) return { subjectKeyIdentifier: encodeHex(identifier.keyIdentifier) }
  const issuer = readName(readDer(identifier.issuer, CMS), CMS)
  return { issuer, serialNumber: hexOfInteger(identifier.serial) }
}

/** Whether the identifier means this certificate. */
export function identifies(identifier: RawIdentifier, certificate: Certificate): boolean {
  if (identifier.keyIdentifier !== undefined) {
    const { keyIdentifier } = identifier
    const own = certificateParts(certificate).extensions.find((e) => e.oid === OID.subjectKeyIdentifier)?.value
    // Only what has room for it: an identifier of megabytes is not to be encoded again for each certificate.
    if (own === undefined || own.length < keyIdentifier.length) return false
    // The extension's value is an OCTET STRING of its own; a damaged one matches nothing.
    return equalBytes(own, encodeOctetString(keyIdentifier))
  }
  const parts = certificateParts(certificate)
  return (
    equalBytes(parts.serialDer, identifier.serial) && identifier.isIssuer(parts.issuerDer, () => parts.foldedIssuer)
  )
}
