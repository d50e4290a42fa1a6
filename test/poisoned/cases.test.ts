import { describe, expect, test, vi } from 'vitest'
import * as lib from '../../src/index.js'
import { cases } from '../runtime/cases/all.mjs'
import { fixedProvider, now, prepare } from '../runtime/support.mjs'
import { withoutDefaults } from '../support/poison.js'
import type { Runtime } from '../../src/runtime/runtime.js'
import { contextParameters } from './contexts.js'

// The cases of the runtime suite, each call with a provider and a moment: then nothing is looked up, not even a default.
vi.mock('#runtime', async (original) => {
  const { runtime } = await original<{ readonly runtime: Runtime }>()
  const refuse = (): never => {
    throw new Error('the provider of the runtime was asked for, though one was given')
  }
  const native = runtime.native === null ? null : new Proxy(runtime.native, { get: refuse })
  return { runtime: { ...runtime, provider: refuse, native } }
})

const positions = contextParameters()
type Call = (...parameters: unknown[]) => unknown

function withContext(name: string, call: Call, position: number): Call {
  return (...parameters) => {
    const given = parameters[position] as object | undefined
    parameters[position] = { crypto: fixedProvider(), now, ...given }
    called.add(name)
    return call(...parameters)
  }
}

const called = new Set<string>()
const given = Object.fromEntries(
  Object.entries(lib).map(([name, value]) => {
    const position = positions.get(name)
    return [name, position === undefined ? value : withContext(name, value as Call, position)]
  }),
)

describe('with a provider and a moment given, nothing global is touched', () => {
  test.each(cases)('$name', async (one) => {
    await withoutDefaults(async () => {
      await one.run(await prepare(given))
    })
  })

  test('every function that takes a Context was called with one', () => {
    expect(positions.size).toBeGreaterThan(30)
    expect([...positions.keys()].filter((name) => !called.has(name))).toEqual([])
  })
})
