// Key-transport paddings, put on and taken off: the one place for all runtimes.
//
// Taking off never fails. The length of the content key is known before, so every octet of a padding has its place, and
// each one is looked at whatever the others hold. Where anything is wrong the answer is a synthetic key of the right
// length (implicit rejection): the sender learns nothing that a random key would not have told him.

import { fail } from '../errors.js'
import type { Bytes, DigestName } from '../types.js'
import type { CallContext } from './context.js'
import { digest } from './digest.js'
import { digestLength } from './digest-table.js'
import { randomBytes } from './random.js'

/** 0 when the octet is zero, else 1; without a branch. */
function isNonZero(octet: number): number {
  return (-octet >>> 31) & 1
}

/** `real` where `wrong` is 0, else `synthetic`; without a branch. */
function select(wrong: number, real: Uint8Array, synthetic: Uint8Array): Bytes {
  const mask = -isNonZero(wrong) & 0xff
  const chosen = new Uint8Array(real.length)
  for (let i = 0; i < real.length; i++) chosen[i] = ((real[i] as number) & ~mask) | ((synthetic[i] as number) & mask)
  return chosen
}

/** EME-PKCS1-v1_5 (RFC 8017 §7.2.1): 00 02, at least eight octets other than zero, 00, the message. */
export function padPkcs1(message: Uint8Array, length: number, ctx: CallContext): Bytes {
  const block = new Uint8Array(length)
  const end = length - message.length - 1
  block[1] = 2
  fillNonZero(block.subarray(2, end), ctx)
  block.set(message, end + 1)
  return block
}

function fillNonZero(bytes: Uint8Array, ctx: CallContext): void {
  let filled = 0
  // One octet in 256 is zero: a source that needs more rounds than these gives nothing else.
  for (let round = 0; filled < bytes.length; round++) {
    if (round === 64) fail('ERR_CRYPTO_UNAVAILABLE', 'the source of random bytes gives no usable ones')
    const drawn = randomBytes(bytes.length - filled, ctx)
    for (let i = 0; i < drawn.length; i++) if (drawn[i] !== 0) bytes[filled++] = drawn[i] as number
  }
}

/**
 * The message of `synthetic.length` octets at the end of an EME-PKCS1-v1_5 block (RFC 8017 §7.2.2), or `synthetic`.
 * The block has room for it: eleven octets more at least.
 */
export function unpadPkcs1(block: Uint8Array, synthetic: Uint8Array): Bytes {
  const end = block.length - synthetic.length - 1
  let wrong = (block[0] as number) | ((block[1] as number) ^ 2) | (block[end] as number)
  for (let i = 2; i < end; i++) wrong |= isNonZero(block[i] as number) ^ 1
  return select(wrong, block.subarray(end + 1), synthetic)
}

export interface OaepScheme {
  readonly digest: DigestName
  readonly mgfDigest: DigestName
  readonly label: Uint8Array
}

/**
 * The message of `synthetic.length` octets in an EME-OAEP block (RFC 8017 §7.1.2), or `synthetic`. A first octet other
 * than zero is no failure of its own: that one is Manger's oracle. The block has room for the message.
 */
export async function unpadOaep(
  block: Uint8Array,
  scheme: OaepScheme,
  synthetic: Uint8Array,
  ctx: CallContext,
): Promise<Bytes> {
  const size = digestLength(scheme.digest)
  const maskedSeed = block.subarray(1, 1 + size)
  const maskedData = block.subarray(1 + size)
  const seed = xor(maskedSeed, await mask(maskedData, size, scheme.mgfDigest, ctx))
  const data = xor(maskedData, await mask(seed, maskedData.length, scheme.mgfDigest, ctx))
  const label = await digest(scheme.digest, scheme.label, ctx)
  const end = data.length - synthetic.length - 1
  let wrong = (block[0] as number) | ((data[end] as number) ^ 1)
  for (let i = 0; i < size; i++) wrong |= (data[i] as number) ^ (label[i] as number)
  for (let i = size; i < end; i++) wrong |= data[i] as number
  return select(wrong, data.subarray(end + 1), synthetic)
}

/** Whether a message of this length fits into OAEP (RFC 8017 §7.1.1 step 1b). */
export function fitsOaep(blockLength: number, digestName: DigestName, length: number): boolean {
  return length <= blockLength - 2 * digestLength(digestName) - 2
}

/** Whether a message of this length fits into PKCS#1 v1.5 (RFC 8017 §7.2.1 step 1). */
export function fitsPkcs1(blockLength: number, length: number): boolean {
  return length <= blockLength - 11
}

/** MGF1 (RFC 8017 B.2.1). */
async function mask(seed: Uint8Array, length: number, name: DigestName, ctx: CallContext): Promise<Bytes> {
  const size = digestLength(name)
  const out = new Uint8Array(length)
  const input = new Uint8Array(seed.length + 4)
  input.set(seed)
  for (let at = 0, counter = 0; at < length; at += size, counter++) {
    input[seed.length + 3] = counter
    const part = await digest(name, input, ctx)
    out.set(part.subarray(0, length - at), at)
  }
  return out
}

function xor(a: Uint8Array, b: Uint8Array): Bytes {
  const out = new Uint8Array(a.length)
  for (let i = 0; i < a.length; i++) out[i] = (a[i] as number) ^ (b[i] as number)
  return out
}
