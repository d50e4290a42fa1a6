import { expect } from 'vitest'

// A setup file for vitest. `toEqual` looks at each octet of an array by its name, which was a sixth of the time of the
// whole suite; these are compared at once. What is not plain octets on both sides is left to `toEqual`.

/** Files share a worker, and with it the testers. */
const mark = Symbol.for('mdm-protocol.equal-bytes')
if (!(mark in globalThis)) {
  Object.defineProperty(globalThis, mark, { value: true })
  expect.addEqualityTesters([
    (a: unknown, b: unknown): boolean | undefined => {
      if (!(a instanceof Uint8Array && b instanceof Uint8Array)) return undefined
      return a.constructor === b.constructor ? Buffer.compare(a, b) === 0 : undefined
    },
  ])
}
