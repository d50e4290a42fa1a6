import { readLayout, unsignedAt, type BinaryLayout } from './binary-layout.js'
import { BINARY_SCALARS } from './binary-scalars.js'
import { openDict, type OpenDict } from './dictionary.js'
import { failPlist, type PlistPath } from './failure.js'
import { failLimit } from './limits.js'
import type { PlistLimits, PlistValue } from './values.js'

/** A dictionary or array whose members are being read, or were. */
interface Frame {
  readonly object: number
  readonly isDict: boolean
  /** Where its references stand: those of a dictionary are all keys, then all values. */
  readonly at: number
  readonly members: number
  readonly list: PlistValue[]
  readonly dict: OpenDict
  next: number
  key: string | null
  /** What it comes to with everything that it refers to, shared objects counted each time. */
  nodes: number
  octets: number
  depth: number
}

interface BinaryReader {
  readonly layout: BinaryLayout
  readonly limits: Required<PlistLimits>
  /** By object number, as far as they were read. */
  readonly values: (PlistValue | undefined)[]
  /** Octets of texts and data, by object number. They count each time that they are referred to. */
  readonly lengths: Uint32Array
  /** By object number: those that are open, and those that were closed, with their extents. */
  readonly containers: (Frame | undefined)[]
  readonly frames: Frame[]
  references: number
  octets: number
}

const NO_LIST: PlistValue[] = []
const NO_DICT: OpenDict = {}

function failBinary(reader: BinaryReader, rule: string, offset: number): never {
  const path: (string | number)[] = []
  for (const frame of reader.frames) {
    if (!frame.isDict) path.push(frame.list.length)
    else if (frame.key !== null) path.push(frame.key)
  }
  failPlist(rule, offset, path satisfies PlistPath)
}

function offsetOf(reader: BinaryReader, object: number): number {
  const { bytes, table, offsetSize } = reader.layout
  const offset = unsignedAt(bytes, table + object * offsetSize, offsetSize)
  if (offset < 8 || offset >= table) failBinary(reader, 'an object outside of the data', table + object * offsetSize)
  return offset
}

/** The count in a marker, or in the integer that follows it, and where the body begins. */
function readCount(reader: BinaryReader, offset: number): { readonly count: number; readonly at: number } {
  const { bytes, table } = reader.layout
  const low = (bytes[offset] as number) & 0x0f
  if (low !== 0x0f) return { count: low, at: offset + 1 }
  const marker = offset + 1 < table ? (bytes[offset + 1] as number) : 0
  const size = 1 << (marker & 0x0f)
  if (marker >> 4 !== 1 || size > 8 || offset + 2 + size > table) failBinary(reader, 'a malformed count', offset)
  return { count: unsignedAt(bytes, offset + 2, size), at: offset + 2 + size }
}

function readScalar(reader: BinaryReader, object: number, type: number, offset: number): void {
  const { layout, limits } = reader
  const scalar = BINARY_SCALARS[type]
  if (scalar === undefined) failBinary(reader, 'a kind of object that property lists do not have', offset)
  const sized = type >= 4 && type <= 6
  const { count, at } = sized
    ? readCount(reader, offset)
    : { count: (layout.bytes[offset] as number) & 0x0f, at: offset + 1 }
  const length = scalar.octets(count)
  if (length < 0) failBinary(reader, scalar.rule, offset)
  if (length > layout.table - at) failBinary(reader, 'an object longer than the data', offset)
  const octets = sized ? length : 0
  // Objects may overlap, so what was read is counted and not only what there is.
  if ((reader.octets += octets) > limits.maxBytes) failLimit('maxBytes')
  const value = scalar.read(layout, at, count)
  if (value === null) failBinary(reader, scalar.rule, offset)
  reader.values[object] = value
  reader.lengths[object] = octets
}

function openContainer(reader: BinaryReader, object: number, isDict: boolean, offset: number): void {
  const { layout, limits, frames } = reader
  const { count, at } = readCount(reader, offset)
  const members = isDict ? 2 * count : count
  if (members > (layout.table - at) / layout.referenceSize)
    failBinary(reader, 'more members than the data holds', offset)
  if ((reader.references += members) > limits.maxNodes) failLimit('maxNodes')
  if (frames.length >= limits.maxDepth) failLimit('maxDepth')
  const frame: Frame = {
    object,
    isDict,
    at,
    members,
    list: isDict ? NO_LIST : [],
    dict: isDict ? openDict() : NO_DICT,
    next: 0,
    key: null,
    nodes: 1,
    octets: 0,
    depth: 1,
  }
  reader.containers[object] = frame
  frames.push(frame)
}

/** Whether the object is read now: scalars at once, containers by and by. */
function visit(reader: BinaryReader, object: number): boolean {
  const offset = offsetOf(reader, object)
  if (reader.values[object] !== undefined) return true
  if (reader.containers[object] !== undefined) failBinary(reader, 'an object that contains itself', offset)
  const type = (reader.layout.bytes[offset] as number) >> 4
  const isContainer = type === 0xa || type === 0xd
  if (isContainer) openContainer(reader, object, type === 0xd, offset)
  else readScalar(reader, object, type, offset)
  return !isContainer
}

function placeKey(reader: BinaryReader, frame: Frame, key: PlistValue): void {
  if (typeof key !== 'string') failBinary(reader, 'a key that is not a string', frame.at)
  frame.key = key
  if (key in frame.dict) failBinary(reader, 'a key that is there twice', frame.at)
}

function place(reader: BinaryReader, frame: Frame, object: number): void {
  const { limits, frames } = reader
  const value = reader.values[object] as PlistValue
  const inner = reader.containers[object]
  const depth = inner === undefined ? 0 : inner.depth
  frame.next++
  if ((frame.nodes += inner === undefined ? 1 : inner.nodes) > limits.maxNodes) failLimit('maxNodes')
  if ((frame.octets += inner === undefined ? (reader.lengths[object] as number) : inner.octets) > limits.maxBytes)
    failLimit('maxBytes')
  if (frames.length + depth > limits.maxDepth) failLimit('maxDepth')
  if (frame.depth <= depth) frame.depth = depth + 1
  if (!frame.isDict) frame.list.push(value)
  else if (frame.key === null) placeKey(reader, frame, value)
  else {
    frame.dict[frame.key] = value
    frame.key = null
  }
}

/** The object number of the next member: keys and values in turn. */
function nextMember(reader: BinaryReader, frame: Frame): number {
  const { bytes, referenceSize, objects } = reader.layout
  const { next, members } = frame
  const index = !frame.isDict ? next : (next >> 1) + (next % 2 === 0 ? 0 : members / 2)
  const at = frame.at + index * referenceSize
  const object = unsignedAt(bytes, at, referenceSize)
  if (object >= objects) failBinary(reader, 'a reference to no object', at)
  return object
}

function close(reader: BinaryReader, { object, isDict, dict, list }: Frame): void {
  reader.values[object] = isDict ? dict : list
  reader.frames.pop()
}

/**
 * Reads a binary property list.
 *
 * Each object is read once and shared where it is referred to again; what the sharing expands to is bounded by the same
 * limits as if it were written out. Containers wait on a list of their own, so depth costs no stack.
 */
export function readBinaryPlist(bytes: Uint8Array, limits: Required<PlistLimits>): PlistValue {
  const layout = readLayout(bytes, limits)
  const reader: BinaryReader = {
    layout,
    limits,
    values: new Array<PlistValue | undefined>(layout.objects),
    lengths: new Uint32Array(layout.objects),
    containers: new Array<Frame | undefined>(layout.objects),
    frames: [],
    references: 0,
    octets: 0,
  }
  let object = layout.root
  let isRead = visit(reader, object)
  for (;;) {
    const frame = reader.frames.at(-1)
    if (frame === undefined) return reader.values[object] as PlistValue
    if (isRead) place(reader, frame, object)
    isRead = frame.next === frame.members
    object = isRead ? frame.object : nextMember(reader, frame)
    if (isRead) close(reader, frame)
    else isRead = visit(reader, object)
  }
}
