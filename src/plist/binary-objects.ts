import { concatBytes, copyBytes, latin1Bytes } from '../bytes/bytes.js'
import type { Bytes } from '../types.js'
import { isPlistDate } from './dates.js'
import type { PlistScalar } from './encode-walk.js'
import { failPlist, type PlistPath } from './failure.js'
import { isPlistInteger } from './integers.js'
import type { PlistDict } from './values.js'
import { hasLoneSurrogate } from './xml-characters.js'

/** Milliseconds from 1970 to 2001, where the dates of binary lists begin. */
const EPOCH = 978307200000

export function bigEndian(bytes: Uint8Array, at: number, size: number, value: number): void {
  for (let i = at + size - 1; i >= at; i--) {
    bytes[i] = value % 256
    value = Math.floor(value / 256)
  }
}

/** The least octets of 1, 2, 4 or 8 that hold a whole number. */
export function octetsFor(value: number): number {
  return value < 0x100 ? 1 : value < 0x10000 ? 2 : value < 0x100000000 ? 4 : 8
}

/** Up to 4 octets without sign, 8 with sign, 16 for what 8 with sign do not hold. */
function integerObject(value: number | bigint): Bytes {
  if (value >= 0 && value < 0x100000000) {
    const size = octetsFor(Number(value))
    const bytes = new Uint8Array(1 + size)
    bytes[0] = 0x10 | Math.log2(size)
    bigEndian(bytes, 1, size, Number(value))
    return bytes
  }
  const wide = BigInt.asIntN(64, BigInt(value)) !== BigInt(value)
  const bytes = new Uint8Array(wide ? 17 : 9)
  bytes[0] = wide ? 0x14 : 0x13
  new DataView(bytes.buffer).setBigUint64(bytes.length - 8, BigInt.asUintN(64, BigInt(value)))
  return bytes
}

function floatObject(marker: number, value: number): Bytes {
  const bytes = new Uint8Array(9)
  bytes[0] = marker
  new DataView(bytes.buffer).setFloat64(1, value)
  return bytes
}

/** A body behind its marker and count. */
export function marked(type: number, count: number, body: Bytes): Bytes {
  const head = count < 15 ? Uint8Array.of(type | count) : concatBytes([Uint8Array.of(type | 15), integerObject(count)])
  return concatBytes([head, body])
}

function stringObject(text: string): Bytes {
  if (/^[\0-\x7f]*$/.test(text)) return marked(0x50, text.length, latin1Bytes(text))
  const body = new Uint8Array(2 * text.length)
  for (let i = 0; i < text.length; i++) bigEndian(body, 2 * i, 2, text.charCodeAt(i))
  return marked(0x60, text.length, body)
}

/** The object of a scalar, made when it is asked for, and what tells equal ones; data is not compared. */
export function binaryScalar(
  item: PlistScalar,
  path: () => PlistPath,
): { readonly identity: string | null; readonly bytes: () => Bytes } {
  switch (item.kind) {
    case 'string':
      if (hasLoneSurrogate(item.value)) failPlist('half of a surrogate pair', null, path())
      return { identity: `s${item.value}`, bytes: () => stringObject(item.value) }
    case 'integer':
      return { identity: `i${String(item.value)}`, bytes: () => integerObject(item.value) }
    case 'real':
      return {
        identity: `r${Object.is(item.value, -0) ? '-0' : String(item.value)}`,
        bytes: () => floatObject(0x23, item.value),
      }
    case 'boolean':
      return { identity: `b${String(item.value)}`, bytes: () => Uint8Array.of(item.value ? 0x09 : 0x08) }
    case 'date': {
      const time = item.value.getTime()
      if (!isPlistDate(time)) failPlist('a date outside of the years 0000 to 9999', null, path())
      return { identity: `d${String(time)}`, bytes: () => floatObject(0x33, (time - EPOCH) / 1000) }
    }
    case 'data':
      return { identity: null, bytes: () => marked(0x40, item.value.length, copyBytes(item.value)) }
  }
}

/** The number of a UID when the dictionary stands for one (the form that Apple's XML gives it). */
export function uidOf(dict: PlistDict): bigint | null {
  const uid = dict['CF$UID']
  if (typeof uid !== 'bigint' && !(typeof uid === 'number' && isPlistInteger(uid))) return null
  const others = Object.keys(dict).some((key) => key !== 'CF$UID' && dict[key] !== undefined)
  return others || BigInt(uid) !== BigInt.asUintN(64, BigInt(uid)) ? null : BigInt(uid)
}

export function uidObject(uid: bigint): Bytes {
  const size = uid <= 0xffffffffn ? octetsFor(Number(uid)) : 8
  const bytes = new Uint8Array(9)
  new DataView(bytes.buffer).setBigUint64(1, uid)
  const object = bytes.slice(8 - size)
  object[0] = 0x80 | (size - 1)
  return object
}
