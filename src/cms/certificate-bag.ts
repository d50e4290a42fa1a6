import { contextConstructed, copyEncoding, type DerFormat, enter, readDer, TAG } from '../asn1/der-reader.js'
import {
  type DerPart,
  derTree,
  encodeInteger,
  encodeOid,
  encodeSequence,
  encodeSetOf,
  sequenceTree,
} from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { fail } from '../errors.js'
import type { Bytes, Certificate } from '../types.js'
import { parseOneOfMany } from '../x509/certificate.js'
import { encodeContentInfo } from './content-info.js'
import { certificateSet } from './sign.js'
import { parseSignedData } from './signed-data.js'

/**
 * Certificates alone: a SignedData without content and without signers, "certs-only" or "degenerate PKCS#7"
 * (RFC 8894 §3.4, RFC 8551 §3.8). They keep the order given.
 *
 * Nothing is signed and nothing is checked but that each `der` is a certificate: `ERR_CERTIFICATE_INVALID`, `ERR_ENCODING`.
 *
 * @returns ContentInfo, DER.
 * @example
 * ```ts
 * const bag = buildCertificateBag([leaf, issuer])
 * console.log(parseCertificateBag(bag).length)
 * ```
 */
export function buildCertificateBag(certificates: readonly Certificate[]): Bytes {
  return encodeBag(certificateSet(certificates))
}

/**
 * A CRL in place of the certificates, as the answer to GetCRL has it (RFC 8894 §3.3.4). Checked is no more than that it is
 * one SEQUENCE in DER: `ERR_ENCODING`, `ERR_CRL_INVALID`.
 */
export function buildCrlBag(crl: Uint8Array): Bytes {
  enter(readDer(crl, CRL), TAG.SEQUENCE, CRL, 'CertificateList')
  return encodeBag([derTree(contextConstructed(1), crl)])
}

const CRL: DerFormat = { name: 'CRL', code: 'ERR_CRL_INVALID' }

function encodeBag(members: readonly DerPart[]): Bytes {
  const content = encodeSequence(encodeOid(OID.data))
  return encodeContentInfo(
    OID.signedData,
    sequenceTree(encodeInteger(1), encodeSetOf([]), content, ...members, encodeSetOf([])),
  )
}

/**
 * The certificates of a certs-only message, DER or BER, in its order. Nothing is trusted: they are whatever the sender put in.
 *
 * A message with content or signers is not one of these: `ERR_CMS_INVALID`. Also throws `ERR_ENCODING`, `ERR_LIMIT`,
 * `ERR_CERTIFICATE_INVALID`.
 *
 * @example
 * ```ts
 * for (const certificate of parseCertificateBag(bag)) console.log(formatName(certificate.subject))
 * ```
 */
export function parseCertificateBag(message: Uint8Array): readonly Certificate[] {
  return parseBag(message).certificates
}

export interface CertificateBag {
  readonly certificates: readonly Certificate[]
  readonly crls: readonly Bytes[]
}

export function parseBag(message: Uint8Array): CertificateBag {
  const signed = parseSignedData(message)
  if (signed.signers.length > 0) fail('ERR_CMS_INVALID', 'certificate bag: there is a signer')
  if (signed.content !== null && signed.content.length > 0) fail('ERR_CMS_INVALID', 'certificate bag: there is content')
  return { certificates: signed.certificates.map((value) => parseOneOfMany(copyEncoding(value))), crls: signed.crls }
}
