import { concatBytes, latin1Bytes } from '../bytes/bytes.js'
import type { Bytes } from '../types.js'
import { isPlistInteger } from './integers.js'
import type { PlistDict } from './values.js'

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
export function integerObject(value: number | bigint): Bytes {
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

export function realObject(value: number): Bytes {
  return floatObject(0x23, value)
}

/** `time`: in milliseconds from 1970. */
export function dateObject(time: number): Bytes {
  return floatObject(0x33, (time - EPOCH) / 1000)
}

export function booleanObject(value: boolean): Bytes {
  return Uint8Array.of(value ? 0x09 : 0x08)
}

export function dataObject(data: Uint8Array): Bytes {
  return marked(0x40, data.length, data)
}

/** A body behind its marker and count. */
export function marked(type: number, count: number, body: Uint8Array): Bytes {
  const head = count < 15 ? Uint8Array.of(type | count) : concatBytes([Uint8Array.of(type | 15), integerObject(count)])
  return concatBytes([head, body])
}

export function stringObject(text: string): Bytes {
  if (/^[\0-\x7f]*$/.test(text)) return marked(0x50, text.length, latin1Bytes(text))
  const body = new Uint8Array(2 * text.length)
  for (let i = 0; i < text.length; i++) bigEndian(body, 2 * i, 2, text.charCodeAt(i))
  return marked(0x60, text.length, body)
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
