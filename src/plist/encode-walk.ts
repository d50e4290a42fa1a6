import { failPlist, type PlistPath } from './failure.js'
import { fitsPlist, isPlistInteger } from './integers.js'
import { sortedMembers } from './members.js'
import type { PlistDict, PlistValue } from './values.js'

/** A dictionary or array that is being written. `keys` is `null` for an array. */
interface OpenContainer {
  readonly container: object
  readonly keys: readonly string[] | null
  readonly values: readonly unknown[]
  readonly count: number
  next: number
}

/** What a writer does at each step: a method for each kind, as an object for each value takes longer than to write it. */
export interface PlistVisitor {
  string(value: string, path: () => PlistPath): void
  integer(value: number | bigint): void
  real(value: number, path: () => PlistPath): void
  boolean(value: boolean): void
  date(value: Date, path: () => PlistPath): void
  data(value: Uint8Array): void
  /** Whether it wrote this dictionary as one object, so that the walk does not enter it. */
  whole?(dict: PlistDict): boolean
  /** Of `count` values; a dictionary also says its keys. */
  open(keys: readonly string[] | null, count: number): void
  key(key: string, path: () => PlistPath): void
  /** What was opened last. */
  close(keys: readonly string[] | null, count: number): void
}

/** A literal or one without prototype, of any realm. Maps, sets and instances of classes are not. */
function isDict(value: object): value is PlistDict {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function isArray(value: object): value is readonly unknown[] {
  return Array.isArray(value)
}

function pathOf(open: readonly OpenContainer[]): PlistPath {
  return open.map((container) => container.keys?.[container.next - 1] ?? container.next - 1)
}

const NO_TYPE = 'a value that is of no property-list type'

/** Containers this deep are remembered, to find one that contains itself. It comes by again and again, and so it is found. */
const DEEP = 32

/** Where a value stands for the second time inside itself. */
function failCycle(open: readonly OpenContainer[], again: object): never {
  const before = new Set<object>()
  const second = [...open.map(({ container }) => container), again].findIndex(
    (value) => before.size === before.add(value).size,
  )
  failPlist('a value that contains itself', null, pathOf(open.slice(0, second)))
}

/**
 * Walks a value in document order, keys sorted. Throws `ERR_PLIST_INVALID` for what no property list holds.
 *
 * Open containers wait on a list, so depth costs no stack. One that contains itself is refused.
 */
export function walkPlist(root: PlistValue, visitor: PlistVisitor): void {
  const open: OpenContainer[] = []
  const deep = new Set<object>()
  const path = (): PlistPath => pathOf(open)
  const begin = (container: object, keys: readonly string[] | null, values: readonly unknown[]): void => {
    if (open.length >= DEEP) {
      if (deep.has(container)) failCycle(open, container)
      deep.add(container)
    }
    const count = values.length
    visitor.open(keys, count)
    open.push({ container, keys, values, count, next: 0 })
  }
  const enterObject = (value: object): void => {
    if (value instanceof Uint8Array) visitor.data(value)
    else if (isArray(value)) begin(value, null, value)
    else if (value instanceof Date) visitor.date(value, path)
    else if (!isDict(value)) failPlist(NO_TYPE, null, path())
    else if (visitor.whole?.(value) !== true) {
      const { keys, values } = sortedMembers(value)
      begin(value, keys, values)
    }
  }
  const enter = (value: unknown): void => {
    if (typeof value === 'string') visitor.string(value, path)
    else if (typeof value === 'boolean') visitor.boolean(value)
    else if (typeof value === 'number') {
      if (isPlistInteger(value)) visitor.integer(value)
      else visitor.real(value, path)
    } else if (typeof value === 'bigint') {
      if (!fitsPlist(value)) failPlist('an integer that does not fit 64 bits', null, path())
      visitor.integer(value)
    } else if (typeof value === 'object' && value !== null) enterObject(value)
    else failPlist(NO_TYPE, null, path())
  }
  enter(root)
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const { container, keys, values, count } = last
    if (last.next === count) {
      open.pop()
      if (open.length >= DEEP) deep.delete(container)
      visitor.close(keys, count)
      continue
    }
    const index = last.next++
    const key = keys?.[index]
    if (key !== undefined) visitor.key(key, path)
    enter(values[index])
  }
}
