// Keys from passwords as PKCS#12 makes them (RFC 7292 appendix B).
import { concatBytes } from '../bytes/bytes.js'
import type { CallContext } from '../crypto/context.js'
import { digest } from '../crypto/digest.js'
import { digestLength } from '../crypto/digest-table.js'
import type { Bytes, DigestName } from '../types.js'

/** RFC 7292 §B.3: what the octets are for. */
export const PURPOSE = { key: 1, iv: 2, mac: 3 } as const

export interface KeyRequest {
  readonly digest: DigestName
  /** As `bmpPassword` gives it. */
  readonly password: Uint8Array
  readonly salt: Uint8Array
  readonly iterations: number
  readonly purpose: (typeof PURPOSE)[keyof typeof PURPOSE]
  readonly length: number
}

/** RFC 7292 §B.1: UTF-16, most significant octet first, with two zero octets at the end. */
export function bmpPassword(password: string): Bytes {
  const bytes = new Uint8Array(2 * password.length + 2)
  for (let i = 0; i < password.length; i++) {
    const unit = password.charCodeAt(i)
    bytes[2 * i] = unit >> 8
    bytes[2 * i + 1] = unit
  }
  return bytes
}

/** RFC 7292 §B.2. Costs `iterations` digests for each digest's length of key. */
export async function pkcs12Key(request: KeyRequest, ctx: CallContext): Promise<Bytes> {
  const { digest: name, length } = request
  const block = blockLength(name)
  const diversifier = new Uint8Array(block).fill(request.purpose)
  const input = concatBytes([filled(request.salt, block), filled(request.password, block)])
  const parts: Bytes[] = []
  for (let have = 0; have < length; have += digestLength(name)) {
    const part = await repeatedDigest(name, concatBytes([diversifier, input]), request.iterations, ctx)
    parts.push(part)
    const addend = repeated(part, block)
    for (let at = 0; at < input.length; at += block) addOne(input.subarray(at, at + block), addend)
  }
  return concatBytes(parts).slice(0, length)
}

async function repeatedDigest(name: DigestName, data: Uint8Array, times: number, ctx: CallContext): Promise<Bytes> {
  let value = await digest(name, data, ctx)
  for (let i = 1; i < times; i++) {
    // Awaited only where it is a promise: a hundred thousand turns of the job queue cost more than the digests.
    const next = digest(name, value, ctx)
    value = next instanceof Uint8Array ? next : await next
  }
  return value
}

/** Octets that the digest takes at a time: the v of RFC 7292 §B.2. */
function blockLength(name: DigestName): number {
  return name === 'SHA-384' || name === 'SHA-512' ? 128 : 64
}

/** Repeated until it fills whole blocks; of nothing, nothing. */
function filled(octets: Uint8Array, block: number): Bytes {
  return repeated(octets, block * Math.ceil(octets.length / block))
}

function repeated(octets: Uint8Array, length: number): Bytes {
  return Uint8Array.from({ length }, (_, at) => octets[at % octets.length] as number)
}

/** value = value + addend + 1, as numbers of that many octets, in place. */
function addOne(value: Uint8Array, addend: Uint8Array): void {
  let carry = 1
  for (let i = value.length - 1; i >= 0; i--) {
    const sum = (value[i] as number) + (addend[i] as number) + carry
    value[i] = sum
    carry = sum >> 8
  }
}
