import { type DerFormat, type DerValue, TAG } from '../asn1/der-reader.js'
import { latin1Text, shortAscii } from '../bytes/bytes.js'
import { fail } from '../errors.js'

const utf8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Text of a value of one of the string types that names use; `null` when it is of another type.
 *
 * TeletexString is read as Latin-1, as every issuer that used it meant it. Characters are not held against the type's
 * own alphabet: real PrintableStrings carry `@`, `*` and `_`. UTF-8 that is not UTF-8 is `ERR_ENCODING`.
 */
export function stringOf(value: DerValue, format: DerFormat, field: string): string | null {
  switch (value.tag) {
    case TAG.UTF8_STRING:
      return utf8Text(value, format, field)
    case TAG.PRINTABLE_STRING:
    case TAG.IA5_STRING:
    case TAG.T61_STRING:
    case TAG.NUMERIC_STRING:
    case TAG.VISIBLE_STRING:
      return shortAscii(value.bytes, value.body, value.end) ?? latin1Text(value.bytes.subarray(value.body, value.end))
    case TAG.BMP_STRING:
      return wideText(value, 2, format, field)
    case TAG.UNIVERSAL_STRING:
      return wideText(value, 4, format, field)
    default:
      return null
  }
}

function utf8Text(value: DerValue, format: DerFormat, field: string): string {
  const short = shortAscii(value.bytes, value.body, value.end)
  if (short !== null) return short
  try {
    return utf8.decode(value.bytes.subarray(value.body, value.end))
  } catch {
    return fail('ERR_ENCODING', `${format.name}: ${field} is not UTF-8`)
  }
}

/** BMPString (UTF-16, big-endian) and UniversalString (UTF-32, big-endian). */
function wideText(value: DerValue, width: 2 | 4, format: DerFormat, field: string): string {
  const { bytes, body, end } = value
  if ((end - body) % width !== 0) fail('ERR_ENCODING', `${format.name}: ${field} is cut inside a character`)
  const units: string[] = []
  for (let i = body; i < end; i += width) {
    let code = 0
    for (let j = 0; j < width; j++) code = code * 256 + (bytes[i + j] as number)
    if (code > 0x10ffff) fail('ERR_ENCODING', `${format.name}: ${field} holds a character that does not exist`)
    units.push(width === 2 ? String.fromCharCode(code) : String.fromCodePoint(code))
  }
  return units.join('')
}
