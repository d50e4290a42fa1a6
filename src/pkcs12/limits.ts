import { type DerFormat, type DerValue, encodingOf, type Header, readHeader } from '../asn1/der-reader.js'
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
  const value = readBer(bytes, PKCS12)
  if (countValues(value) > MAX_VALUES) fail('ERR_LIMIT', `PKCS#12: more than ${String(MAX_VALUES)} values`)
  return encodingOf(value)
}

function countValues({ bytes, start, end }: DerValue): number {
  const header: Header = { tag: 0, body: 0, end: 0 }
  let count = 0
  // Checked by the reader already: steps into what is constructed, over what is not.
  for (let at = start; at < end; count++) {
    readHeader(bytes, at, end, header)
    at = (header.tag & 0x20) !== 0 ? header.body : header.end
  }
  return count
}
