import { fileURLToPath } from 'node:url'
import * as pkijs from 'pkijs'

// A setup file for vitest: what is global, and would be used behind the caller's back, throws where the library touches
// it. Tests and their tools go on as ever. Who touches it is read off the stack: the nearest frame of this project.

const root = fileURLToPath(new URL('../..', import.meta.url))
const source = `${root}src/`
/** Where a default may be looked up, when a call was given no provider or no moment. */
const DEFAULTS = /src\/(?:crypto\/context|runtime\/(?:portable|node))\.ts/

let evenDefaults = false

/** While `work` runs, every call is given its Context, and defaults throw like the rest. */
export async function withoutDefaults<T>(work: () => Promise<T>): Promise<T> {
  evenDefaults = true
  try {
    return await work()
  } finally {
    evenDefaults = false
  }
}

/** The nearest frame of src/ or test/; packages in between act for whoever called them. */
function nearestFrame(): string {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 60
  const lines = (new Error().stack ?? '').split('\n').slice(1)
  Error.stackTraceLimit = limit
  const isOurs = (line: string): boolean =>
    line.includes(root) && !line.includes('/node_modules/') && !line.includes('/test/support/poison.ts')
  return lines.find(isOurs) ?? ''
}

function refuse(what: string): void {
  const frame = nearestFrame()
  if (!frame.includes(source)) return
  if (!evenDefaults && DEFAULTS.test(frame)) return
  throw new Error(`${what} was touched by ${frame.slice(frame.indexOf(source) + source.length)}`)
}

/** Every access to a member is judged. */
function poisoned<T extends object>(what: string, value: T): T {
  return new Proxy(value, {
    get(target, name) {
      refuse(`${what}.${String(name)}`)
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...parameters: unknown[]) => Reflect.apply(member, target, parameters) as unknown
    },
  })
}

const RealDate = globalThis.Date
const PoisonedDate: DateConstructor = new Proxy(RealDate, {
  construct(target, parameters: readonly unknown[]): object {
    if (parameters.length === 0) refuse('new Date()')
    return Reflect.construct(target, parameters) as object
  },
  apply(target): string {
    refuse('Date()')
    return target()
  },
  get(target, name) {
    if (name === 'now') refuse('Date.now')
    return Reflect.get(target, name) as unknown
  },
})

const realFetch = globalThis.fetch
const realRandom = Math.random

function replace(holder: object, name: PropertyKey, value: unknown, what?: string): void {
  const get = (): unknown => {
    if (what !== undefined) refuse(what)
    return value
  }
  const set = (next: unknown): void => {
    replace(holder, name, next)
  }
  Object.defineProperty(holder, name, { get, set, configurable: true })
}

/** Files share a worker, so that the globals may be poisoned already. */
const mark = Symbol.for('mdm-protocol.poisoned')
if (!(mark in globalThis)) {
  replace(globalThis, 'crypto', globalThis.crypto, 'crypto')
  replace(globalThis, 'console', globalThis.console, 'console')
  replace(globalThis, 'Date', PoisonedDate)
  replace(globalThis, 'fetch', realFetch, 'fetch')
  replace(Math, 'random', realRandom, 'Math.random')
  replace(globalThis, mark, true)
}

// The one engine that all users of pkijs in a process share: tests may use it as the other implementation.
const engine = pkijs.getEngine()
pkijs.setEngine('poisoned', poisoned('the engine of pkijs', engine.crypto ?? globalThis.crypto) as never)
