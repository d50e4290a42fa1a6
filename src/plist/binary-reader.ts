import { readLayout, unsignedAt, type BinaryLayout } from './binary-layout.js'
import { BINARY_SCALARS } from './binary-scalars.js'
import { openDict, type OpenDict } from './dictionary.js'
import { failPlist, type PlistPath } from './failure.js'
import { failLimit } from './limits.js'
import type { PlistLimits, PlistValue } from './values.js'

/** A dictionary or array whose members are being read. Used again at its depth: what is kept, V8 has to move. */
interface Frame {
  object: number
  isDict: boolean
  /** Where its references stand: those of a dictionary are all keys, then all values. */
  at: number
  members: number
  list: PlistValue[]
  dict: OpenDict
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
  /** What each comes to, by object number, as far as they were read. Both count each time that one is referred to. */
  readonly nodes: Float64Array
  readonly octets: Float64Array
  /** By object number: containers, and all that they hold. 0 of scalars and of what was not read. */
  readonly depths: Uint32Array
  readonly frames: Frame[]
  /** Of the frames, those that are open. */
  open: number
  references: number
  read: number
}

/** In `depths`, of what is being read. */
const OPEN = 0xffffffff

const NO_LIST: PlistValue[] = []
const NO_DICT: OpenDict = {}

function failBinary(reader: BinaryReader, rule: string, offset: number): never {
  const path: (string | number)[] = []
  for (const frame of reader.frames.slice(0, reader.open)) {
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
  if ((reader.read += octets) > limits.maxBytes) failLimit('maxBytes')
  const value = scalar.read(layout, at, count)
  if (value === null) failBinary(reader, scalar.rule, offset)
  reader.values[object] = value
  reader.nodes[object] = 1
  reader.octets[object] = octets
}

/** What `openContainer` writes over, and a key that is not read yet. */
function newFrame(): Frame {
  return {
    object: 0,
    isDict: false,
    at: 0,
    members: 0,
    list: NO_LIST,
    dict: NO_DICT,
    next: 0,
    key: null,
    nodes: 1,
    octets: 0,
    depth: 1,
  }
}

function openContainer(reader: BinaryReader, object: number, isDict: boolean, offset: number): void {
  const { layout, limits, frames } = reader
  const { count, at } = readCount(reader, offset)
  const members = isDict ? 2 * count : count
  if (members > (layout.table - at) / layout.referenceSize)
    failBinary(reader, 'more members than the data holds', offset)
  if ((reader.references += members) > limits.maxNodes) failLimit('maxNodes')
  if (reader.open >= limits.maxDepth) failLimit('maxDepth')
  const frame = (frames[reader.open++] ??= newFrame())
  frame.object = object
  frame.isDict = isDict
  frame.at = at
  frame.members = members
  frame.list = isDict ? NO_LIST : []
  frame.dict = isDict ? openDict() : NO_DICT
  frame.next = 0
  frame.nodes = 1
  frame.octets = 0
  frame.depth = 1
  reader.depths[object] = OPEN
}

/** Whether the object is read now: scalars at once, containers by and by. */
function visit(reader: BinaryReader, object: number): boolean {
  const offset = offsetOf(reader, object)
  if (reader.values[object] !== undefined) return true
  if (reader.depths[object] === OPEN) failBinary(reader, 'an object that contains itself', offset)
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
  const { limits } = reader
  const value = reader.values[object] as PlistValue
  const depth = reader.depths[object] as number
  frame.next++
  if ((frame.nodes += reader.nodes[object] as number) > limits.maxNodes) failLimit('maxNodes')
  if ((frame.octets += reader.octets[object] as number) > limits.maxBytes) failLimit('maxBytes')
  if (reader.open + depth > limits.maxDepth) failLimit('maxDepth')
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

function close(reader: BinaryReader, frame: Frame): void {
  const { object } = frame
  reader.values[object] = frame.isDict ? frame.dict : frame.list
  reader.nodes[object] = frame.nodes
  reader.octets[object] = frame.octets
  reader.depths[object] = frame.depth
  reader.open--
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
    nodes: new Float64Array(layout.objects),
    octets: new Float64Array(layout.objects),
    depths: new Uint32Array(layout.objects),
    frames: [],
    open: 0,
    references: 0,
    read: 0,
  }
  let object = layout.root
  let isRead = visit(reader, object)
  for (;;) {
    if (reader.open === 0) return reader.values[object] as PlistValue
    const frame = reader.frames[reader.open - 1] as Frame
    if (isRead) place(reader, frame, object)
    isRead = frame.next === frame.members
    object = isRead ? frame.object : nextMember(reader, frame)
    if (isRead) close(reader, frame)
    else isRead = visit(reader, object)
  }
}
