import { copyBytes, shortAscii } from '../bytes/bytes.js'
import { isPlistDate } from './dates.js'
import { openDict } from './dictionary.js'
import { fitsPlist, plistInteger } from './integers.js'
import type { BinaryLayout } from './binary-layout.js'
import { utf16Text } from './utf16.js'
import type { PlistValue } from './values.js'
import { hasLoneSurrogate } from './xml-characters.js'

/** Seconds since 2001-01-01T00:00:00Z, in milliseconds since 1970. */
const EPOCH = 978307200000

const utf8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function integerAt({ bytes, view }: BinaryLayout, at: number, size: number): number | bigint | null {
  if (size === 1) return bytes[at] as number
  if (size === 2) return view.getUint16(at)
  if (size === 4) return view.getUint32(at)
  if (size === 8) return plistInteger(view.getBigInt64(at))
  const value = (view.getBigInt64(at) << 64n) | view.getBigUint64(at + 8)
  return fitsPlist(value) ? plistInteger(value) : null
}

function dateAt(view: DataView, at: number): Date | null {
  const milliseconds = Math.round(view.getFloat64(at) * 1000) + EPOCH
  return isPlistDate(milliseconds) ? new Date(milliseconds) : null
}

/** Marked as ASCII. Some writers put UTF-8 there, and Apple's readers take it. */
function narrowTextAt(bytes: Uint8Array, at: number, length: number): string | null {
  const short = shortAscii(bytes, at, at + length)
  if (short !== null) return short
  try {
    return utf8.decode(bytes.subarray(at, at + length))
  } catch {
    return null
  }
}

function wideTextAt(bytes: Uint8Array, at: number, units: number): string | null {
  const text = utf16Text(bytes, at, units, false)
  return hasLoneSurrogate(text) ? null : text
}

function uidAt(bytes: Uint8Array, at: number, size: number): PlistValue {
  let value = 0n
  for (let i = at; i < at + size; i++) value = (value << 8n) | BigInt(bytes[i] as number)
  const dict = openDict()
  dict['CF$UID'] = plistInteger(value)
  return dict
}

/** How one kind of object is read: octets of its body for the count in its marker, and what they mean. */
export interface BinaryScalar {
  readonly rule: string
  /** -1: no such object. */
  readonly octets: (count: number) => number
  readonly read: (layout: BinaryLayout, at: number, count: number) => PlistValue | null
}

/** By the upper half of the marker. */
export const BINARY_SCALARS: { readonly [type: number]: BinaryScalar } = {
  0x0: {
    rule: 'null, or a kind of object that property lists do not have',
    octets: (count) => (count === 8 || count === 9 ? 0 : -1),
    read: (_layout, _at, count) => count === 9,
  },
  0x1: {
    rule: 'an integer that does not fit 64 bits',
    octets: (count) => (count <= 4 ? 1 << count : -1),
    read: (layout, at, count) => integerAt(layout, at, 1 << count),
  },
  0x2: {
    rule: 'a real that is neither of 4 nor of 8 octets',
    octets: (count) => (count === 2 || count === 3 ? 1 << count : -1),
    read: ({ view }, at, count) => (count === 2 ? view.getFloat32(at) : view.getFloat64(at)),
  },
  0x3: {
    rule: 'a date outside of the years 0000 to 9999',
    octets: (count) => (count === 3 ? 8 : -1),
    read: ({ view }, at) => dateAt(view, at),
  },
  0x4: {
    rule: 'data',
    octets: (count) => count,
    read: ({ bytes }, at, count) => copyBytes(bytes.subarray(at, at + count)),
  },
  0x5: {
    rule: 'a string that is neither ASCII nor UTF-8',
    octets: (count) => count,
    read: ({ bytes }, at, count) => narrowTextAt(bytes, at, count),
  },
  0x6: {
    rule: 'a string that is not UTF-16',
    octets: (count) => 2 * count,
    read: ({ bytes }, at, count) => wideTextAt(bytes, at, count),
  },
  0x8: {
    rule: 'a UID of more than 8 octets',
    octets: (count) => (count < 8 ? count + 1 : -1),
    read: ({ bytes }, at, count) => uidAt(bytes, at, count + 1),
  },
}
