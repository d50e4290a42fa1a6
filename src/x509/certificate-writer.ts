import { requireDate, requireObject } from '../arguments.js'
import { contextConstructed } from '../asn1/der-reader.js'
import { derTree, encodeInteger, encodeIntegerOctets, encodeSequence, encodeTime } from '../asn1/der-writer.js'
import { decodeHex } from '../bytes/hex.js'
import type { CallContext } from '../crypto/context.js'
import type { PublicKey } from '../crypto/public-key.js'
import { fail } from '../errors.js'
import type { Bytes, Certificate, CertificateExtension, SigningIdentity } from '../types.js'
import { type CertificateParts, certificateParts, parseKeptCertificate } from './certificate.js'
import { extensionValue, readBasicConstraints } from './extension-values.js'
import { extensionListTree } from './extension-list.js'
import { OID } from '../asn1/oid.js'
import { issuerFault } from './path-rules.js'
import { type KeyPair, signStructure } from './signed-structure.js'

/** The fields of a certificate, as they will stand in it. */
export interface CertificateFields {
  readonly serialNumber: string
  readonly issuerDer: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  readonly subjectDer: Uint8Array
  readonly publicKey: PublicKey
  readonly extensions: readonly CertificateExtension[]
}

/** Version 3 (RFC 5280 §4.1), signed. `prove`: hold the signature against the key before handing it out. */
export async function writeCertificate(
  fields: CertificateFields,
  signer: KeyPair,
  prove: boolean,
  call: CallContext,
): Promise<Certificate> {
  const { issuerDer, subjectDer, publicKey } = fields
  const serial = encodeSerialNumber(fields.serialNumber)
  const validity = encodeValidity(fields)
  const extensions = derTree(contextConstructed(3), extensionListTree(fields.extensions))
  const version = derTree(contextConstructed(0), encodeInteger(2))
  const tbs = (algorithm: Bytes): Bytes =>
    encodeSequence(version, serial, algorithm, issuerDer, validity, subjectDer, publicKey.spki, extensions)
  const { der, check } = await signStructure(signer, undefined, tbs, call)
  if (prove) await check()
  return parseKeptCertificate(der)
}

/** RFC 5280 §4.1.2.2: positive, 20 octets at most. */
export function encodeSerialNumber(hex: string): Bytes {
  const digits = typeof hex === 'string' && hex.length % 2 === 1 ? `0${hex}` : hex
  const octets = typeof digits === 'string' ? decodeHex(digits) : null
  if (octets === null || octets.every((octet) => octet === 0))
    return fail('ERR_INVALID_ARGUMENT', 'serialNumber: hexadecimal digits of a positive number are expected')
  const encoded = encodeIntegerOctets(octets)
  // Tag and length are two octets for everything that is short enough.
  if (encoded.length > 22) fail('ERR_INVALID_ARGUMENT', 'serialNumber: 20 octets at most')
  return encoded
}

function encodeValidity({ notBefore, notAfter }: CertificateFields): Bytes {
  for (const [field, date] of [
    ['notBefore', notBefore],
    ['notAfter', notAfter],
  ] as const)
    requireDate(date, field)
  if (notBefore.getTime() > notAfter.getTime()) fail('ERR_INVALID_ARGUMENT', 'notAfter: not before notBefore')
  return encodeSequence(encodeTime(notBefore, 'notBefore'), encodeTime(notAfter, 'notAfter'))
}

/** Who signs: the certificate's parts, and its key with the public key that is in it. */
export interface Issuer extends KeyPair {
  readonly parts: CertificateParts
}

/**
 * An issuer whose certificates a path will hold for. Throws `ERR_INVALID_ARGUMENT` for one that is no CA, may not sign
 * certificates, or has no name.
 */
export function issuerOf(issuer: SigningIdentity): Issuer {
  requireObject(issuer, 'issuer')
  const { certificate, key } = issuer
  const parts = certificateParts(certificate)
  // Old roots without any extension are taken: as anchors they are valid too.
  if (issuerFault({ certificate, parts }, true) !== null)
    fail('ERR_INVALID_ARGUMENT', 'issuer: the certificate is not that of a CA which may sign certificates')
  if (parts.subjectDer.length === 2) fail('ERR_INVALID_ARGUMENT', 'issuer: the certificate has no subject')
  return { key, publicKey: parts.key, parts }
}

/** What a certificate may not promise because its issuer cannot keep it. */
export function checkAgainstIssuer(fields: CertificateFields, issuer: CertificateParts): void {
  // Certificates count whole seconds.
  if (Math.floor(fields.notAfter.getTime() / 1000) > Math.floor(issuer.notAfter.getTime() / 1000))
    fail('ERR_INVALID_ARGUMENT', 'notAfter: later than the end of the issuer')
  const isCa = extensionValue(fields.extensions, OID.basicConstraints, readBasicConstraints, null)?.ca === true
  const room = extensionValue(issuer.extensions, OID.basicConstraints, readBasicConstraints, null)?.pathLength ?? null
  if (isCa && room === 0) fail('ERR_INVALID_ARGUMENT', 'issuer: its path length allows no CA below it')
}
