import { requireList, requireObject, requireText } from '../../arguments.js'
import { fail } from '../../errors.js'
import type { Certificate } from '../../types.js'
import { certificateParts } from '../certificate.js'
import { nameAttribute } from '../name.js'

/** By what a person reads in a notice or a keychain. */
export interface CertificateQuery {
  /** The subject's common name, in full. */
  readonly commonName?: string
  /** The issuer's common name, in full. */
  readonly issuerCommonName?: string
  /** Decimal, hex or 0x-hex, in any case, with or without colons. */
  readonly serialNumber?: string
}

/**
 * Finds the certificate that a renewal notice or an administrator means, by full common names and serial number.
 *
 * Names are compared whole and exactly. Digits alone can be a decimal or a hexadecimal number: the reading that `0x`, a
 * letter or colons do not decide is tried both ways, hexadecimal first. Of several that fit, as after a renewal under one
 * name, the one that ends last is taken. `null` where none fits.
 *
 * Nothing is verified: this compares names. Throws `ERR_INVALID_ARGUMENT` for an empty query or a serial number that is
 * no number.
 *
 * @example
 * ```ts
 * const found = findCertificate(certificates, { commonName: 'mdm.example.com', serialNumber: '4A:2F' })
 * console.log(found?.notAfter)
 * ```
 */
export function findCertificate(certificates: readonly Certificate[], query: CertificateQuery): Certificate | null {
  requireList(certificates, 'certificates')
  requireObject(query, 'query')
  const { commonName, issuerCommonName, serialNumber } = query
  if (commonName === undefined && issuerCommonName === undefined && serialNumber === undefined)
    return fail('ERR_INVALID_ARGUMENT', 'query: a name or a serial number is expected')
  const named = certificates.filter((candidate) => {
    const { subject, issuer } = certificateParts(candidate).certificate
    if (commonName !== undefined && nameAttribute(subject, 'CN') !== commonName) return false
    return issuerCommonName === undefined || nameAttribute(issuer, 'CN') === issuerCommonName
  })
  if (serialNumber === undefined) return lastToEnd(named)
  for (const hex of readings(serialNumber)) {
    const found = lastToEnd(named.filter((one) => certificateParts(one).certificate.serialNumber === hex))
    if (found !== null) return found
  }
  return null
}

function lastToEnd(certificates: readonly Certificate[]): Certificate | null {
  const end = (certificate: Certificate): number => certificateParts(certificate).notAfter.getTime()
  return certificates.reduce<Certificate | null>(
    (best, candidate) => (best === null || end(candidate) > end(best) ? candidate : best),
    null,
  )
}

/** The numbers that a text can mean, as `Certificate.serialNumber` spells them. */
function readings(text: string): readonly string[] {
  requireText(text, 'serialNumber')
  const compact = text.replace(/[\s:]/g, '').toLowerCase()
  const digits = compact.replace(/^0x/, '')
  if (!/^[0-9a-f]{1,80}$/.test(digits)) return fail('ERR_INVALID_ARGUMENT', 'serialNumber: decimal or hex is expected')
  const hex = spelled(BigInt(`0x${digits}`))
  const isHex = compact !== digits || text.includes(':') || /[a-f]/.test(digits)
  return isHex ? [hex] : [hex, spelled(BigInt(digits))]
}

function spelled(number: bigint): string {
  const hex = number.toString(16)
  return hex.length % 2 === 0 ? hex : `0${hex}`
}
