import { failPlist } from './failure.js'
import { failLimit } from './limits.js'
import type { PlistLimits } from './values.js'

/** Where the objects of a binary property list stand, all of it checked against the length of the input. */
export interface BinaryLayout {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** Octets of one entry of the offset table, and of one reference. */
  readonly offsetSize: number
  readonly referenceSize: number
  readonly objects: number
  readonly root: number
  /** Start of the offset table: where the objects end. */
  readonly table: number
}

const HEADER = 'bplist00'
const TRAILER = 32

/** Whether the input says that it is binary, of whatever version. */
export function looksBinary(bytes: Uint8Array): boolean {
  return startsWith(bytes, 'bplist')
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false
  return true
}

/** Big-endian. Beyond 2^53 the value is not exact, but far above any length that it is compared with. */
export function unsignedAt(bytes: Uint8Array, at: number, size: number): number {
  let value = 0
  for (let i = at; i < at + size; i++) value = value * 256 + (bytes[i] as number)
  return value
}

/** Reads the trailer. Throws before anything is allocated by a number that the input claims. */
export function readLayout(bytes: Uint8Array, limits: Required<PlistLimits>): BinaryLayout {
  if (!startsWith(bytes, HEADER)) failPlist('a binary list of an unknown version', 0, [])
  const trailer = bytes.length - TRAILER
  if (trailer < HEADER.length) failPlist('a binary list without its trailer', bytes.length, [])
  const layout: BinaryLayout = {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    offsetSize: bytes[trailer + 6] as number,
    referenceSize: bytes[trailer + 7] as number,
    objects: unsignedAt(bytes, trailer + 8, 8),
    root: unsignedAt(bytes, trailer + 16, 8),
    table: unsignedAt(bytes, trailer + 24, 8),
  }
  const { offsetSize, referenceSize, objects, root, table } = layout
  if (offsetSize < 1 || offsetSize > 8 || referenceSize < 1 || referenceSize > 8) {
    failPlist('an integer size in the trailer outside of 1 to 8', trailer + 6, [])
  }
  if (table <= HEADER.length || table > trailer || objects > (trailer - table) / offsetSize) {
    failPlist('an offset table that is not inside the data', trailer + 8, [])
  }
  if (root >= objects) failPlist('a root object that is not in the offset table', trailer + 16, [])
  if (objects > limits.maxNodes) failLimit('maxNodes')
  return layout
}
