import { requireBytes } from '../arguments.js'
import { checkSize } from '../asn1/der-reader.js'
import { pemTextIn, readPem, writePem } from '../asn1/pem.js'
import { fail } from '../errors.js'
import type { Bytes } from '../types.js'

const LABELS = ['CERTIFICATE', 'CERTIFICATE REQUEST', 'PRIVATE KEY', 'PUBLIC KEY', 'X509 CRL', 'PKCS7'] as const

export type PemLabel = (typeof LABELS)[number]

/**
 * PEM text of some DER: 64 characters a line, LF, with a line end at the end.
 *
 * What the DER holds is not looked at: the label is the caller's word. A private key comes out unencrypted.
 *
 * Throws `ERR_INVALID_ARGUMENT` for another label, and for what is no Uint8Array.
 *
 * RFC 7468.
 *
 * @example
 * ```ts
 * const { privateKey } = await generateKey('P-256')
 * console.log(toPem('PRIVATE KEY', privateKey).split('\n')[0]) // -----BEGIN PRIVATE KEY-----
 * ```
 */
export function toPem(label: PemLabel, der: Uint8Array): string {
  if (!LABELS.includes(label)) fail('ERR_INVALID_ARGUMENT', 'toPem: the label is unknown')
  requireBytes(der, 'der')
  return writePem(label, der)
}

/** DER as it is, or out of the one fitting PEM block of a text, which may come as bytes. */
export function derInput<Octets extends Uint8Array>(
  input: Octets | string,
  labels: readonly string[],
  name: string,
): Octets | Bytes {
  if (typeof input === 'string') return readPem(input, labels, name).der
  if (!(input instanceof Uint8Array)) return fail('ERR_INVALID_ARGUMENT', `${name}: bytes or PEM text are expected`)
  checkSize(input.length, name)
  const text = pemTextIn(input)
  return text === null ? input : readPem(text, labels, name).der
}
