import { failPlist, type PlistPath } from './failure.js'
import { encodableItem, sortedKeys, type PlistItem } from './kinds.js'
import type { PlistDict, PlistValue } from './values.js'

/** A dictionary or array that is being written. `keys` is `null` for an array. */
export interface OpenContainer {
  readonly value: PlistDict | readonly PlistValue[]
  readonly keys: readonly string[] | null
  readonly members: readonly unknown[]
  next: number
}

export type PlistScalar = Exclude<PlistItem, { kind: 'array' | 'dict' }>

/** What a writer does at each step. `depth`: containers around. */
export interface PlistVisitor {
  scalar(item: PlistScalar, depth: number, path: () => PlistPath): void
  /** Whether it wrote this dictionary as one object, so that the walk does not enter it. */
  whole?(dict: PlistDict): boolean
  open(container: OpenContainer, depth: number): void
  key(key: string, depth: number, path: () => PlistPath): void
  close(container: OpenContainer, depth: number): void
}

function openContainer(item: Extract<PlistItem, { kind: 'array' | 'dict' }>): OpenContainer {
  if (item.kind === 'array') return { value: item.value, keys: null, members: item.value, next: 0 }
  const keys = sortedKeys(item.value)
  return { value: item.value, keys, members: keys.map((key) => item.value[key]), next: 0 }
}

function pathOf(open: readonly OpenContainer[]): PlistPath {
  return open.map((container) => container.keys?.[container.next - 1] ?? container.next - 1)
}

/**
 * Walks a value in document order, keys sorted.
 *
 * Open containers wait on a list, so depth costs no stack. One that contains itself is refused.
 */
export function walkPlist(root: PlistValue, visitor: PlistVisitor): void {
  const open: OpenContainer[] = []
  const ancestors = new Set<object>()
  const path = (): PlistPath => pathOf(open)
  const enter = (value: unknown): void => {
    const item = encodableItem(value, path)
    if (item.kind !== 'array' && item.kind !== 'dict') {
      visitor.scalar(item, open.length, path)
      return
    }
    if (item.kind === 'dict' && visitor.whole?.(item.value) === true) return
    if (ancestors.has(item.value)) failPlist('a value that contains itself', null, path())
    const container = openContainer(item)
    visitor.open(container, open.length)
    ancestors.add(item.value)
    open.push(container)
  }
  enter(root)
  for (let container = open.at(-1); container !== undefined; container = open.at(-1)) {
    if (container.next === container.members.length) {
      open.pop()
      ancestors.delete(container.value)
      visitor.close(container, open.length)
    } else {
      const index = container.next++
      if (container.keys !== null) visitor.key(container.keys[index] as string, open.length, path)
      enter(container.members[index])
    }
  }
}
