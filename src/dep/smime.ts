import { requireBytes } from '../arguments.js'
import { checkSize } from '../asn1/der-reader.js'
import { readPem } from '../asn1/pem.js'
import { decodeBase64 } from '../bytes/base64.js'
import { latin1Text } from '../bytes/bytes.js'
import { fail } from '../errors.js'

const HEADER = /^[\x21-\x39\x3b-\x7e]+:/
const BLANK_LINE = /\r\n\r\n|\n\n|\r\r/
const SEQUENCE = 0x30

/**
 * CMS bytes out of what people hand over: S/MIME text with CR LF or LF, bare base64, PEM, or the bytes themselves.
 *
 * The forms cannot be confused: CMS begins with octet 0x30, whose base64 begins with `M`, and no header begins with `0`.
 */
export function readSmime(input: Uint8Array | string, name: string): Uint8Array {
  if (typeof input !== 'string') {
    requireBytes(input, name)
    if (input[0] === SEQUENCE) return input
  }
  checkSize(input.length, name)
  const text = (typeof input === 'string' ? input : latin1Text(input)).replace(/^(?:\ufeff|\xef\xbb\xbf)?\s*/, '')
  if (text.includes('-----BEGIN ')) return readPem(text, ['PKCS7', 'CMS'], name).der
  const bytes = decodeBase64(HEADER.test(text) ? bodyOf(text, name) : text)
  if (bytes === null) return fail('ERR_ENCODING', `${name}: S/MIME text, base64, PEM or DER is expected`)
  return bytes
}

/** What follows the header fields, whose encoding must be base64 (RFC 8551 §3.1.3). */
function bodyOf(text: string, name: string): string {
  const blank = BLANK_LINE.exec(text)
  if (blank === null) return fail('ERR_DEP_INVALID', `${name}: the S/MIME text has headers and no body`)
  const encoding = /^content-transfer-encoding:[ \t]*([^\s;]*)/im.exec(text.slice(0, blank.index))?.[1] ?? 'base64'
  if (encoding.toLowerCase() !== 'base64') fail('ERR_DEP_INVALID', `${name}: the S/MIME body must be encoded in base64`)
  return text.slice(blank.index)
}
