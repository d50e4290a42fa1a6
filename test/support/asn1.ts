import type { DerFormat } from '../../src/asn1/der-reader.js'
import { concatBytes } from '../../src/bytes/bytes.js'
import type { Bytes } from '../../src/types.js'

/** A format for tests that are about the encoding: what is well-formed but wrong gives `ERR_CMS_INVALID`. */
export const THING: DerFormat = { name: 'thing', code: 'ERR_CMS_INVALID' }

export function hex(text: string): Bytes {
  return new Uint8Array(Buffer.from(text.replace(/\s/g, ''), 'hex'))
}

/** Identifier, a length of the fewest octets, content: on purpose not the library's own writer. */
export function tlv(tag: number, ...content: readonly Uint8Array[]): Bytes {
  const body = concatBytes(content)
  const length: number[] = []
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256)
  const header = body.length < 128 ? [tag, body.length] : [tag, 0x80 | length.length, ...length]
  return concatBytes([Uint8Array.from(header), body])
}

/** The same with an indefinite length (X.690 §8.1.3.6). */
export function indefinite(tag: number, ...content: readonly Uint8Array[]): Bytes {
  return concatBytes([Uint8Array.of(tag, 0x80), ...content, Uint8Array.of(0, 0)])
}

/** A value inside `depth` SEQUENCEs, by definite or indefinite lengths. */
export function nested(depth: number, wrap: (tag: number, ...content: readonly Uint8Array[]) => Bytes): Bytes {
  let value = tlv(0x05)
  for (let level = 0; level < depth; level++) value = wrap(0x30, value)
  return value
}
