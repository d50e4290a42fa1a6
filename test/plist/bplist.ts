import type { Bytes } from '../../src/types.js'

/** Parts of the trailer, where they are not what the objects make them. */
export interface BplistParts {
  readonly offsetSize?: number
  readonly referenceSize?: number
  readonly offsets?: readonly number[]
  readonly objects?: bigint
  readonly root?: bigint
  readonly table?: bigint
}

/** A binary list of these encoded objects, the first one its root. References in them are one octet unless said. */
export function bplist(objects: readonly (readonly number[])[], parts: BplistParts = {}): Bytes {
  const body = objects.flat()
  const starts: number[] = []
  let at = 8
  for (const object of objects) {
    starts.push(at)
    at += object.length
  }
  const size = parts.offsetSize ?? (at < 256 ? 1 : 4)
  const trailer = new DataView(new ArrayBuffer(32))
  trailer.setUint8(6, size)
  trailer.setUint8(7, parts.referenceSize ?? 1)
  trailer.setBigUint64(8, parts.objects ?? BigInt(objects.length))
  trailer.setBigUint64(16, parts.root ?? 0n)
  trailer.setBigUint64(24, parts.table ?? BigInt(at))
  const table = (parts.offsets ?? starts).flatMap((offset) => bigEndian(offset, size))
  return Uint8Array.from([...Buffer.from('bplist00'), ...body, ...table, ...new Uint8Array(trailer.buffer)])
}

export function bigEndian(value: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** (size - 1 - i)) % 256)
}
