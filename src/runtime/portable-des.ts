// DES and DES-EDE3 in CBC where the runtime has neither.

import des from 'des.js'
import { concatBytes } from '../bytes/bytes.js'
import { failDecryption } from '../errors.js'
import type { Bytes } from '../types.js'
import type { Direction } from './runtime.js'

const BLOCK = 8
/** des.js answers in arrays of numbers, eight times the size: a slice at a time. */
const SLICE = 64 * 1024

const single = /* @__PURE__ */ des.CBC.instantiate(des.DES)
const triple = /* @__PURE__ */ des.CBC.instantiate(des.EDE)

/** PKCS#7 padding. Throws `ERR_DECRYPTION_FAILED` when it is wrong. */
export function desCbcPortable(direction: Direction, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Bytes {
  // The padding is put on and taken off here: des.js zeroes a part of a block, and is not strict.
  const maker = key.length === BLOCK ? single : triple
  const cipher = maker.create({ type: direction, key, iv, padding: false })
  const input = direction === 'encrypt' ? padded(data) : data
  const parts: Uint8Array[] = []
  for (let at = 0; at < input.length; at += SLICE)
    parts.push(Uint8Array.from(cipher.update(input.subarray(at, at + SLICE))))
  parts.push(Uint8Array.from(cipher.final()))
  const output = concatBytes(parts)
  return direction === 'encrypt' ? output : unpadded(output)
}

function padded(data: Uint8Array): Bytes {
  const count = BLOCK - (data.length % BLOCK)
  return concatBytes([data, new Uint8Array(count).fill(count)])
}

/** Every octet of the last block is looked at, whatever the first wrong one is. */
function unpadded(data: Bytes): Bytes {
  const count = data[data.length - 1] ?? 0
  let wrong = Number(count < 1) | Number(count > BLOCK) | Number(data.length % BLOCK !== 0)
  for (let i = 1; i <= BLOCK; i++) {
    const inPadding = Number(i <= count)
    wrong |= inPadding * ((data[data.length - i] ?? 0) ^ count)
  }
  if (wrong !== 0) failDecryption()
  return data.slice(0, data.length - count)
}
