import { concatBytes, utf8Bytes } from '../bytes/bytes.js'
import type { Bytes } from '../types.js'
import {
  bigEndian,
  booleanObject,
  dataObject,
  dateObject,
  integerObject,
  marked,
  octetsFor,
  realObject,
  stringObject,
  uidObject,
  uidOf,
} from './binary-objects.js'
import { isPlistDate } from './dates.js'
import { walkPlist } from './encode-walk.js'
import { failPlist, type PlistPath } from './failure.js'
import type { PlistValue } from './values.js'
import { hasLoneSurrogate } from './xml-characters.js'

/** A dictionary or array, by the numbers of its objects. */
interface BinaryContainer {
  readonly type: 0xa0 | 0xd0
  readonly keys: number[]
  readonly members: number[]
}
/** An object that is written: its bytes, or what they are made of once all objects are counted. */
type BinaryObject = Bytes | BinaryContainer

/** Gives equal scalars one number: Apple's writer does so too, and keys repeat in every dictionary of a list. */
interface ObjectTable {
  readonly objects: BinaryObject[]
  readonly numbers: Map<string, number>
}

function numberOf(table: ObjectTable, identity: string, make: () => Bytes): number {
  const known = table.numbers.get(identity)
  if (known !== undefined) return known
  table.numbers.set(identity, table.objects.length)
  return table.objects.push(make()) - 1
}

function tableOf(value: PlistValue): readonly BinaryObject[] {
  const table: ObjectTable = { objects: [], numbers: new Map() }
  const { objects } = table
  const open: BinaryContainer[] = []
  const add = (object: number): void => void open.at(-1)?.members.push(object)
  const addNew = (object: BinaryObject): void => {
    add(objects.push(object) - 1)
  }
  const textNumber = (text: string, path: () => PlistPath): number => {
    if (hasLoneSurrogate(text)) failPlist('half of a surrogate pair', null, path())
    return numberOf(table, `s${text}`, () => stringObject(text))
  }
  walkPlist(value, {
    string: (item, path) => {
      add(textNumber(item, path))
    },
    integer: (item) => {
      add(numberOf(table, `i${String(item)}`, () => integerObject(item)))
    },
    // A zero among them is -0: the other one is an integer.
    real: (item) => {
      add(numberOf(table, `r${String(item)}`, () => realObject(item)))
    },
    boolean: (item) => {
      add(numberOf(table, `b${String(item)}`, () => booleanObject(item)))
    },
    date: (item, path) => {
      const time = item.getTime()
      if (!isPlistDate(time)) failPlist('a date outside of the years 0000 to 9999', null, path())
      add(numberOf(table, `d${String(time)}`, () => dateObject(time)))
    },
    // Not compared with others.
    data: (item) => {
      addNew(dataObject(item))
    },
    whole: (dict) => {
      const uid = uidOf(dict)
      if (uid === null) return false
      addNew(uidObject(uid))
      return true
    },
    key: (key, path) => {
      open.at(-1)?.keys.push(textNumber(key, path))
    },
    open: (keys) => {
      const container: BinaryContainer = { type: keys === null ? 0xa0 : 0xd0, keys: [], members: [] }
      addNew(container)
      open.push(container)
    },
    close: () => {
      open.pop()
    },
  })
  return objects
}

function objectBytes(object: BinaryObject, referenceSize: number): Bytes {
  if (object instanceof Uint8Array) return object
  const numbers = [...object.keys, ...object.members]
  const references = new Uint8Array(numbers.length * referenceSize)
  numbers.forEach((number, i) => {
    bigEndian(references, i * referenceSize, referenceSize, number)
  })
  return marked(object.type, object.members.length, references)
}

function trailer(offsetSize: number, referenceSize: number, objects: number, table: number): Bytes {
  const bytes = new Uint8Array(32)
  bytes[6] = offsetSize
  bytes[7] = referenceSize
  bigEndian(bytes, 8, 8, objects)
  bigEndian(bytes, 24, 8, table)
  return bytes
}

/**
 * Writes a binary property list (`bplist00`).
 *
 * Equal values give equal bytes in every runtime: keys are sorted by UTF-16 units, equal strings and numbers are written
 * once. A dictionary whose only member is `CF$UID`, a whole number from 0 to 2^64-1, is written as a UID. Dates keep
 * their milliseconds, reals may be NaN or infinite, strings may hold control characters. What `decodePlist` read from a
 * binary list comes back the same.
 *
 * Throws `ERR_PLIST_INVALID` with the `path` in its details for lone surrogates, bigints beyond 64 bits, years outside of
 * 0000 to 9999, null, `undefined` in an array, values of other types, and a value that contains itself. Members that are
 * `undefined` are left out.
 *
 * The form is not in a standard; it is as Apple's CFBinaryPList.c has it.
 *
 * @example
 * ```ts
 * const bytes = encodeBinaryPlist({ Serial: 18446744073709551615n, Token: new Uint8Array([1, 2, 3]) })
 * console.log(decodePlist(bytes))
 * ```
 */
export function encodeBinaryPlist(value: PlistValue): Bytes {
  const objects = tableOf(value)
  const referenceSize = octetsFor(objects.length - 1)
  const parts: Bytes[] = [utf8Bytes('bplist00')]
  const offsets: number[] = []
  let at = 8
  for (const object of objects) {
    const bytes = objectBytes(object, referenceSize)
    offsets.push(at)
    parts.push(bytes)
    at += bytes.length
  }
  const offsetSize = octetsFor(at)
  const table = new Uint8Array(offsets.length * offsetSize)
  offsets.forEach((offset, i) => {
    bigEndian(table, i * offsetSize, offsetSize, offset)
  })
  return concatBytes([...parts, table, trailer(offsetSize, referenceSize, objects.length, at)])
}
