// Certificates as proxies write them into headers.
import { decodeBase64 } from '../bytes/base64.js'
import { fail } from '../errors.js'
import type { Bytes } from '../types.js'

const MOST_ELEMENTS = 32

/** Throws `ERR_LIMIT` for a header that no proxy writes. */
export function checkElements(count: number): void {
  if (count > MOST_ELEMENTS) fail('ERR_LIMIT', 'client certificate header: more certificates than any proxy sends')
}

/** Base64 of one DER certificate, white space allowed. `lenient`: padding may be missing (RFC 8941 §4.2.7). */
export function certificateOctets(base64: string, lenient = false): Bytes {
  const der = /[-_]/.test(base64) ? null : decodeBase64(base64, { lenient })
  if (der === null) fail('ERR_ENCODING', 'client certificate header: not base64')
  if (der.length === 0) fail('ERR_MDM_INVALID', 'client certificate header: an empty element')
  return der
}

/** `%2B` and the like, nothing else: a plus sign stays one, as AWS leaves those of base64 unescaped. */
export function percentDecoded(text: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) fail('ERR_ENCODING', 'client certificate header: a malformed percent escape')
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_escape, hex: string) => String.fromCharCode(parseInt(hex, 16)))
}

/** White space or, between elements that proxies joined, a comma. Escapers of forms write a space as a plus sign. */
const BLOCK = /[\s,]*-----BEGIN[ +]CERTIFICATE-----([^-]*)-----END[ +]CERTIFICATE-----[\s,]*/y

/** The PEM blocks of a text that holds nothing else. Line breaks may be missing or be spaces. */
export function pemOctets(text: string): readonly Bytes[] {
  const blocks: Bytes[] = []
  BLOCK.lastIndex = 0
  while (BLOCK.lastIndex < text.length) {
    const match = BLOCK.exec(text)
    if (match === null) return fail('ERR_MDM_INVALID', 'client certificate header: not a list of PEM certificates')
    blocks.push(certificateOctets(match[1] as string))
  }
  return blocks
}
