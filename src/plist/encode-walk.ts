import { failPlist, type PlistPath } from './failure.js'
import { encodableItem, type PlistItem, sortedMembers } from './kinds.js'
import type { PlistDict, PlistValue } from './values.js'

/** A dictionary or array that is being written. `keys` is `null` for an array. */
export interface OpenContainer {
  readonly item: ContainerItem
  readonly keys: readonly string[] | null
  readonly values: readonly unknown[]
  readonly count: number
  next: number
}

type ContainerItem = Extract<PlistItem, { kind: 'array' | 'dict' }>
export type PlistScalar = Exclude<PlistItem, ContainerItem>

/** What a writer does at each step. `depth`: containers around. */
export interface PlistVisitor {
  scalar(item: PlistScalar, depth: number, path: () => PlistPath): void
  /** Whether it wrote this dictionary as one object, so that the walk does not enter it. */
  whole?(dict: PlistDict): boolean
  open(container: OpenContainer, depth: number): void
  key(key: string, depth: number, path: () => PlistPath): void
  close(container: OpenContainer, depth: number): void
}

function openContainer(item: ContainerItem): OpenContainer {
  if (item.kind === 'array') return { item, keys: null, values: item.value, count: item.value.length, next: 0 }
  const { keys, values } = sortedMembers(item.value)
  return { item, keys, values, count: keys.length, next: 0 }
}

function pathOf(open: readonly OpenContainer[]): PlistPath {
  return open.map((container) => container.keys?.[container.next - 1] ?? container.next - 1)
}

/** Containers this deep are remembered, to find one that contains itself. It comes by again and again, and so it is found. */
const DEEP = 32

/** Where a value stands for the second time inside itself. */
function failCycle(open: readonly OpenContainer[], again: object): never {
  const before = new Set<object>()
  const second = [...open.map(({ item }): object => item.value), again].findIndex(
    (value) => before.size === before.add(value).size,
  )
  failPlist('a value that contains itself', null, pathOf(open.slice(0, second)))
}

/**
 * Walks a value in document order, keys sorted.
 *
 * Open containers wait on a list, so depth costs no stack. One that contains itself is refused.
 */
export function walkPlist(root: PlistValue, visitor: PlistVisitor): void {
  const open: OpenContainer[] = []
  const deep = new Set<object>()
  const path = (): PlistPath => pathOf(open)
  const enter = (value: unknown): void => {
    const item = encodableItem(value, path)
    if (item.kind !== 'array' && item.kind !== 'dict') {
      visitor.scalar(item, open.length, path)
      return
    }
    if (item.kind === 'dict' && visitor.whole?.(item.value) === true) return
    if (open.length >= DEEP) {
      if (deep.has(item.value)) failCycle(open, item.value)
      deep.add(item.value)
    }
    const container = openContainer(item)
    visitor.open(container, open.length)
    open.push(container)
  }
  enter(root)
  for (let container = open.at(-1); container !== undefined; container = open.at(-1)) {
    const { item, keys, values, count } = container
    if (container.next === count) {
      open.pop()
      if (open.length >= DEEP) deep.delete(item.value)
      visitor.close(container, open.length)
      continue
    }
    const index = container.next++
    const key = keys?.[index]
    if (key !== undefined) visitor.key(key, open.length, path)
    enter(values[index])
  }
}
