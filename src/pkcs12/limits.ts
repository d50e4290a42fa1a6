import { type DerFormat, encodingOf } from '../asn1/der-reader.js'
import { readBer } from '../asn1/ber.js'
import { fail } from '../errors.js'

export const PKCS12: DerFormat = { name: 'PKCS#12', code: 'ERR_PKCS12_INVALID' }

/** Turns of a key derivation that a file may cost: for one key, and what is left for all of them together. */
export interface IterationBudget {
  readonly perKey: number
  left: number
}

/** A file whose counts are honest has three keys: integrity, certificates, private key. */
const KEYS = 4

export function iterationBudget(perKey: number): IterationBudget {
  return { perKey, left: KEYS * perKey }
}

/** Asked before each derivation: the count comes from the file, and computing it out is what an attacker wants. */
export function spendIterations(budget: IterationBudget, iterations: number): void {
  if (iterations < 1) fail('ERR_PKCS12_INVALID', 'PKCS#12: an iteration count is zero')
  budget.left -= iterations
  if (iterations > budget.perKey || budget.left < 0)
    fail('ERR_LIMIT', `PKCS#12: more than ${String(budget.perKey)} iterations for one key, or too many such keys`)
}

/** Real ones have 8 to 64 octets. It is digested as often as the count of the iterations says, or once for each block of a key. */
const MAX_SALT = 1024

export function boundedSalt(salt: Uint8Array): Uint8Array {
  if (salt.length > MAX_SALT) fail('ERR_LIMIT', `PKCS#12: a salt of more than ${String(MAX_SALT)} octets`)
  return salt
}

// A file with a long chain has some 500 values. pkijs takes microseconds for each, so the package's two million are too many.
const MAX_VALUES = 20_000

/** DER for pkijs out of what may be BER: bounded, so that its time is. */
export function boundedDer(bytes: Uint8Array): Uint8Array {
  const der = encodingOf(readBer(bytes, PKCS12))
  if (countObjects(der) > MAX_VALUES) fail('ERR_LIMIT', `PKCS#12: more than ${String(MAX_VALUES)} values`)
  return der
}

const BIT_STRING = 3
const OCTET_STRING = 4
const OBJECT_IDENTIFIER = 6
const RELATIVE_OID = 13

/**
 * What asn1js makes objects of: values, each arc of an object identifier, and the same inside of strings: whatever they hold, it
 * tries to read that too, in looser rules than those of this package.
 */
function countObjects(bytes: Uint8Array): number {
  const ranges: Range[] = [{ at: 0, end: bytes.length }]
  let count = 0
  for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
    let { at, end } = range
    for (let isFirst = true; at < end && count <= MAX_VALUES; isFirst = false) {
      const value = looseValue(bytes, at, end)
      if (value === null) break
      if (isFirst) end = value.end
      count += 1 + (isIdentifier(value) ? value.end - value.body : 0)
      if (value.number === OCTET_STRING) ranges.push({ at: value.body, end: value.end })
      if (value.number === BIT_STRING) ranges.push({ at: value.body + 1, end: value.end })
      at = value.isConstructed ? value.body : value.end
    }
  }
  return count
}

interface Range {
  readonly at: number
  readonly end: number
}

interface LooseValue {
  /** Of a universal tag; -1 for the others. */
  readonly number: number
  readonly isConstructed: boolean
  readonly body: number
  readonly end: number
}

function isIdentifier({ number }: LooseValue): boolean {
  return number === OBJECT_IDENTIFIER || number === RELATIVE_OID
}

/** Of any BER, with tags and lengths that are longer than they need be; what has no length ends with what is around it. */
function looseValue(bytes: Uint8Array, start: number, limit: number): LooseValue | null {
  const octet = (index: number): number => bytes[index] ?? 0
  const first = octet(start)
  let at = start + 1
  let number = first & 0x1f
  if (number === 0x1f) {
    number = 0
    do number = number * 128 + (octet(at) & 0x7f)
    while (octet(at++) >= 0x80 && at < limit)
  }
  let length = octet(at++)
  const size = length > 0x80 ? length & 0x7f : 0
  const isIndefinite = length === 0x80
  if (size > 0) length = 0
  for (let i = 0; i < size; i++) length = length * 256 + octet(at++)
  const end = isIndefinite ? limit : at + length
  if (at > limit || end > limit) return null
  const isConstructed = (first & 0x20) !== 0 || isIndefinite
  return { number: (first & 0xc0) === 0 ? number : -1, isConstructed, body: at, end }
}
