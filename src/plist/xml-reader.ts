import { openDict, type OpenDict } from './dictionary.js'
import type { PlistPath } from './failure.js'
import { failLimit } from './limits.js'
import type { PlistLimits, PlistValue } from './values.js'
import { failXml, skipToTag, xmlCursor, type XmlCursor } from './xml-cursor.js'
import { readProlog, skipAsides } from './xml-prolog.js'
import { XML_SCALARS } from './xml-scalars.js'
import type { XmlSource } from './xml-source.js'
import { readCloseTag, readOpenTag, type XmlElement } from './xml-tags.js'
import { readText } from './xml-text.js'

/** An element that is still open. The root element `plist` is one whose list takes a single value. */
interface Frame {
  readonly element: 'plist' | 'array' | 'dict'
  readonly list: PlistValue[]
  readonly dict: OpenDict
  /** The key that waits for its value. */
  key: string | null
}

interface XmlReader {
  readonly cursor: XmlCursor
  readonly limits: Required<PlistLimits>
  readonly frames: Frame[]
  nodes: number
}

const NO_LIST: PlistValue[] = []
const NO_DICT: OpenDict = {}

function openFrame(element: Frame['element']): Frame {
  return element === 'dict'
    ? { element, list: NO_LIST, dict: openDict(), key: null }
    : { element, list: [], dict: NO_DICT, key: null }
}

function valueOf(frame: Frame): PlistValue {
  return frame.element === 'dict' ? frame.dict : frame.list
}

function pathOf(frames: readonly Frame[]): PlistPath {
  const path: (string | number)[] = []
  for (const frame of frames) {
    if (frame.element === 'array') path.push(frame.list.length)
    else if (frame.key !== null) path.push(frame.key)
  }
  return path
}

function readKey(reader: XmlReader, frame: Frame, start: number, empty: boolean): void {
  const { cursor } = reader
  if (frame.element !== 'dict') failXml(cursor, 'a key outside of a dictionary', start)
  if (frame.key !== null) failXml(cursor, 'a key without a value', start)
  const key = empty ? '' : readText(cursor, 'key')
  frame.key = key
  if (key in frame.dict) failXml(cursor, 'a key that is there twice', start)
}

function place(reader: XmlReader, frame: Frame, value: PlistValue, start: number): void {
  if (frame.element === 'dict') {
    frame.dict[frame.key as string] = value
    frame.key = null
  } else {
    if (frame.element === 'plist' && frame.list.length > 0) {
      failXml(reader.cursor, 'a second value beside the root', start)
    }
    frame.list.push(value)
  }
}

/**
 * The same text in memory of its own. A part of a string keeps the whole alive: without this, who stores one UDID would
 * store the message that it came in.
 */
function detached(text: string): string {
  return ` ${text}`.slice(1)
}

function readScalar(cursor: XmlCursor, element: XmlElement, empty: boolean): PlistValue {
  if (element === 'string') return empty ? '' : detached(readText(cursor, element))
  const start = cursor.at
  const text = empty ? '' : readText(cursor, element)
  if (element === 'true' || element === 'false') {
    if (text !== '') failXml(cursor, 'text where none belongs', start)
    return element === 'true'
  }
  const scalar = XML_SCALARS[element]
  const value = scalar?.parse(text) ?? null
  if (value === null) failXml(cursor, scalar?.rule ?? 'an element where none belongs', start)
  return value
}

function readElement(reader: XmlReader, frame: Frame): void {
  const { cursor, limits } = reader
  const start = cursor.at
  const { element, empty } = readOpenTag(cursor)
  if (++reader.nodes > limits.maxNodes) failLimit('maxNodes')
  if (element === 'key') {
    readKey(reader, frame, start, empty)
    return
  }
  if (frame.element === 'dict' && frame.key === null) failXml(cursor, 'a value without a key', start)
  if (element === 'plist') failXml(cursor, 'a root element inside of the root element', start)
  if (element === 'dict' || element === 'array') openContainer(reader, frame, element, empty)
  else place(reader, frame, readScalar(cursor, element, empty), start)
}

function openContainer(reader: XmlReader, frame: Frame, element: 'dict' | 'array', empty: boolean): void {
  const { cursor, limits, frames } = reader
  if (frames.length > limits.maxDepth) failLimit('maxDepth')
  const opened = openFrame(element)
  if (empty) place(reader, frame, valueOf(opened), cursor.at)
  else frames.push(opened)
}

/** Closes the innermost element and puts its value into the one around it; whether that was the root. */
function closeElement(reader: XmlReader, frame: Frame): boolean {
  const { cursor, frames } = reader
  const start = cursor.at
  if (frame.key !== null) failXml(cursor, 'a key without a value', start)
  readCloseTag(cursor, frame.element)
  frames.pop()
  const around = frames.at(-1)
  if (around === undefined) return true
  place(reader, around, valueOf(frame), start)
  return false
}

function readRoot(reader: XmlReader): PlistValue {
  const { cursor, frames } = reader
  const start = cursor.at
  if (cursor.text.charCodeAt(start) !== 0x3c) failXml(cursor, 'neither XML nor binary', start)
  const { element, empty } = readOpenTag(cursor)
  if (element !== 'plist') failXml(cursor, 'a root element that is not plist', start)
  const root = openFrame('plist')
  frames.push(root)
  for (let done = empty; !done;) {
    skipToTag(cursor)
    const frame = frames.at(-1) as Frame
    if (cursor.text.charCodeAt(cursor.at + 1) === 0x2f) done = closeElement(reader, frame)
    else readElement(reader, frame)
  }
  const value = root.list[0]
  if (value === undefined) failXml(cursor, 'no value', start)
  return value
}

/** Reads an XML property list in one pass. Nothing but white space, comments and instructions follows the root element. */
export function readXmlPlist(source: XmlSource, limits: Required<PlistLimits>): PlistValue {
  const frames: Frame[] = []
  const cursor = xmlCursor(source, () => pathOf(frames))
  readProlog(cursor)
  const value = readRoot({ cursor, limits, frames, nodes: 0 })
  skipAsides(cursor)
  if (cursor.at < cursor.text.length) failXml(cursor, 'text after the root element', cursor.at)
  return value
}
