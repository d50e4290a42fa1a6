import { contentOf, encodingOf, enter, atEnd, nextAny, readDer, TAG, type DerValue } from '../../src/asn1/der-reader.js'
import { concatBytes } from '../../src/bytes/bytes.js'
import type { Bytes } from '../../src/types.js'
import { indefinite, THING, tlv } from '../support/asn1.js'

/** The same values with indefinite lengths throughout and OCTET STRINGs in segments of 100 octets. */
export function toBer(der: Uint8Array): Bytes {
  return berOf(readDer(der, THING))
}

function berOf(value: DerValue): Bytes {
  if (value.tag === TAG.OCTET_STRING && value.end - value.body > 100) return segments(0x24, contentOf(value))
  // [0] IMPLICIT OCTET STRING: the encrypted content.
  if (value.tag === 0x80) return segments(0xa0, contentOf(value))
  if ((value.tag & 0x20) === 0) return encodingOf(value).slice()
  const cursor = enter(value, value.tag, THING, 'value')
  const parts: Bytes[] = []
  while (!atEnd(cursor)) parts.push(berOf(nextAny(cursor, 'value')))
  return indefinite(value.tag, ...parts)
}

function segments(tag: number, content: Uint8Array): Bytes {
  const parts: Bytes[] = []
  for (let at = 0; at < content.length; at += 100) parts.push(tlv(TAG.OCTET_STRING, content.subarray(at, at + 100)))
  return indefinite(tag, concatBytes(parts))
}
