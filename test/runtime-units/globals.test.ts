import { webcrypto } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { runtime as node } from '../../src/runtime/node.js'
import { runtime as portable } from '../../src/runtime/portable.js'
import { everythingWithoutGlobals } from './everything.js'

// The global object before anything heavy was loaded.
let names: readonly PropertyKey[] = []
beforeAll(() => {
  names = Reflect.ownKeys(globalThis)
})

test('both runtimes export the same set', () => {
  expect(Object.keys(portable).sort()).toEqual(Object.keys(node).sort())
  expect([portable.native, typeof node.native]).toEqual([null, 'object'])
  expect(node.provider()).toBe(webcrypto)
})

test('what is loaded late leaves nothing in the global object, and takes nothing from it', async () => {
  const crypto = Object.getOwnPropertyDescriptor(globalThis, 'crypto')
  for (const runtime of [node, portable]) {
    const ciphertext = await runtime.desCbc('encrypt', new Uint8Array(24), new Uint8Array(8), new Uint8Array(3))
    expect(ciphertext).toHaveLength(8)
    await runtime.md5(new Uint8Array(3))
  }
  expect(Reflect.ownKeys(globalThis)).toEqual(names)
  expect(Object.getOwnPropertyDescriptor(globalThis, 'crypto')).toEqual(crypto)
})

test('with a provider and a moment given, neither the global crypto nor the clock is touched', everythingWithoutGlobals)
