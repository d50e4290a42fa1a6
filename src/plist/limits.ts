import { requireObject } from '../arguments.js'
import { fail } from '../errors.js'
import type { PlistLimits } from './values.js'

const DEFAULTS: Required<PlistLimits> = { maxBytes: 32 * 1024 * 1024, maxDepth: 64, maxNodes: 2_000_000 }

function limitOf(name: keyof PlistLimits, given: number | undefined): number {
  if (given === undefined) return DEFAULTS[name]
  if (!(Number.isInteger(given) || given === Infinity) || given < 0) {
    fail('ERR_INVALID_ARGUMENT', `${name} must be a whole number, zero or more`)
  }
  return given
}

/** The limits of one call, the defaults filled in. Throws `ERR_INVALID_ARGUMENT`. */
export function plistLimits(given: PlistLimits | undefined): Required<PlistLimits> {
  if (given === undefined) return DEFAULTS
  requireObject(given, 'limits')
  return {
    maxBytes: limitOf('maxBytes', given.maxBytes),
    maxDepth: limitOf('maxDepth', given.maxDepth),
    maxNodes: limitOf('maxNodes', given.maxNodes),
  }
}

/** Throws `ERR_LIMIT` naming the limit. */
export function failLimit(name: keyof PlistLimits): never {
  fail('ERR_LIMIT', `property list: larger than ${name} allows`)
}
