import { requireDate, requireList, requireObject, requireText } from '../arguments.js'
import { TAG } from '../asn1/der-reader.js'
import {
  type DerTree,
  encodeContextConstructed,
  encodeInteger,
  encodeIntegerHex,
  encodeSequence,
  encodeSequenceOf,
  encodeTime,
  encodeTlv,
} from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { encodeHex } from '../bytes/hex.js'
import { callContext } from '../crypto/context.js'
import { fail } from '../errors.js'
import type { Bytes, Context, SigningIdentity } from '../types.js'
import { type CertificateParts, certificateParts } from './certificate.js'
import { encodeAuthorityKeyIdentifier } from './extension-encoders.js'
import { extensionListTree } from './extension-list.js'
import { extensionValue, readKeyUsage } from './extension-values.js'
import { issuerKeyIdentifier } from './key-identifier.js'
import { signStructure } from './signed-structure.js'

/** What a CRL will say. */
export interface BuildCrlInput {
  readonly revoked: readonly {
    /** Hex, as `Certificate.serialNumber`. */
    readonly serialNumber: string
    readonly at: Date
    /** CRLReason (RFC 5280 §5.3.1). 0 (unspecified) is left out, as the RFC wants it. */
    readonly reason?: number
  }[]
  /** Hex, larger than that of every list before. */
  readonly number: string
  readonly thisUpdate: Date
  readonly nextUpdate: Date
}

/**
 * Makes a certificate revocation list, version 2, signed by `issuer`: DER, for publishing as it is.
 *
 * A list says all that is revoked at its time: certificates of the issuer that are not in it count as good until
 * nextUpdate. `number` grows from list to list; keeping it is the caller's. The list has the issuer's key identifier
 * and its number as extensions, entries their reason.
 *
 * Checked: that the issuer may sign CRLs (key usage), serial numbers, reasons, dates, that no certificate comes twice.
 *
 * Throws `ERR_INVALID_ARGUMENT`, `ERR_KEY_MISMATCH`; what a `RemoteSigner` rejects with passes through unchanged.
 *
 * RFC 5280 §5.
 *
 * @example
 * ```ts
 * const crl = await buildCrl(
 *   {
 *     revoked: [{ serialNumber: certificate.serialNumber, at: new Date('2026-03-01'), reason: 1 }],
 *     number: '02',
 *     thisUpdate: new Date('2026-03-02'),
 *     nextUpdate: new Date('2026-03-09'),
 *   },
 *   ca,
 * )
 * console.log(toPem('X509 CRL', crl))
 * ```
 */
export async function buildCrl(input: BuildCrlInput, issuer: SigningIdentity, context?: Context): Promise<Bytes> {
  const call = callContext(context)
  requireObject(input, 'input')
  requireObject(issuer, 'issuer')
  const parts = certificateParts(issuer.certificate)
  requireCrlSigner(parts)
  const { thisUpdate, nextUpdate } = input
  requireDate(thisUpdate, 'thisUpdate')
  requireDate(nextUpdate, 'nextUpdate')
  const dates = [encodeTime(thisUpdate, 'thisUpdate'), encodeTime(nextUpdate, 'nextUpdate')]
  if (thisUpdate.getTime() > nextUpdate.getTime()) fail('ERR_INVALID_ARGUMENT', 'nextUpdate: not before thisUpdate')
  const entries = encodeEntries(input.revoked)
  const number = { oid: OID.crlNumber, critical: false, value: encodeCrlNumber(input.number) }
  const extensions = encodeContextConstructed(
    0,
    extensionListTree([
      {
        oid: OID.authorityKeyIdentifier,
        critical: false,
        value: encodeAuthorityKeyIdentifier(await issuerKeyIdentifier(parts, call)),
      },
      number,
    ]),
  )
  const tbs = (algorithm: Bytes): Bytes =>
    encodeSequence(encodeInteger(1), algorithm, parts.subjectDer, ...dates, ...entries, extensions)
  const { der } = await signStructure({ key: issuer.key, publicKey: parts.key }, undefined, tbs, call)
  return der
}

function requireCrlSigner(issuer: CertificateParts): void {
  const usage = extensionValue(issuer.extensions, OID.keyUsage, readKeyUsage, null)
  if (usage?.includes('cRLSign') === false)
    fail('ERR_INVALID_ARGUMENT', 'issuer: its key usage does not allow to sign CRLs')
  if (issuer.subjectDer.length === 2) fail('ERR_INVALID_ARGUMENT', 'issuer: the certificate has no subject')
}

/** RFC 5280 §5.2.3: 20 octets at most. */
function encodeCrlNumber(hex: string): Bytes {
  requireText(hex, 'number')
  const encoded = encodeIntegerHex(hex, 'number')
  if (hex.startsWith('-') || encoded.length > 22)
    fail('ERR_INVALID_ARGUMENT', 'number: a whole number of 20 octets at most is expected')
  return encoded
}

/** The field is left out where nothing is revoked (RFC 5280 §5.1.2.6). */
function encodeEntries(revoked: BuildCrlInput['revoked']): readonly Bytes[] {
  requireList(revoked, 'revoked')
  if (revoked.length === 0) return []
  const seen = new Set<string>()
  const entries = revoked.map((entry) => {
    requireObject(entry, 'revoked')
    const { serialNumber, at, reason } = entry
    requireText(serialNumber, 'serialNumber')
    const serial = encodeIntegerHex(serialNumber, 'serialNumber')
    const key = encodeHex(serial)
    if (seen.has(key)) fail('ERR_INVALID_ARGUMENT', 'revoked: one serial number is given twice')
    seen.add(key)
    requireDate(at, 'at')
    return encodeSequence(serial, encodeTime(at, 'at'), ...encodeReason(reason))
  })
  return [encodeSequenceOf(entries)]
}

const REMOVE_FROM_CRL = 8

function encodeReason(reason: number | undefined): readonly DerTree[] {
  if (reason === undefined || reason === 0) return []
  // 7 is not used; 8 belongs into delta CRLs.
  if (!Number.isInteger(reason) || reason < 0 || reason > 10 || reason === 7 || reason === REMOVE_FROM_CRL)
    fail('ERR_INVALID_ARGUMENT', 'reason: 0 to 6, 9 or 10')
  const value = encodeTlv(TAG.ENUMERATED, Uint8Array.of(reason))
  return [extensionListTree([{ oid: OID.crlReason, critical: false, value }])]
}
