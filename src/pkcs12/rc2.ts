// RC2 (RFC 2268), decryption alone: Windows and older OpenSSL hid the certificates of a PKCS#12 file behind 40 bits of it.
import { failDecryption } from '../errors.js'
import type { Bytes } from '../types.js'

const BLOCK = 8
const SHIFTS = [1, 2, 3, 5] as const

/** RFC 2268 §2: the permutation of the octets that the digits of π give. */
const PI_TABLE =
  'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32' +
  'bd8f40eb86b77b0bf09521225c6b4e8254d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626' +
  '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed708e8eade8052eef784aa72ac354d6a2a' +
  '961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
  '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2e' +
  'c5f3db47e5a59c770aa62068fe7fc1ad'

function pi(octet: number): number {
  return Number.parseInt(PI_TABLE.slice(2 * octet, 2 * octet + 2), 16)
}

/** RFC 2268 §2: 64 words from a key of 1 to 128 octets, of which `bits` bits count. */
export function expandRc2Key(key: Uint8Array, bits: number): Uint16Array {
  const octets = new Uint8Array(128)
  octets.set(key)
  for (let i = key.length; i < 128; i++)
    octets[i] = pi(((octets[i - 1] as number) + (octets[i - key.length] as number)) & 0xff)
  const length = (bits + 7) >> 3
  const mask = 0xff >> (8 * length - bits)
  octets[128 - length] = pi((octets[128 - length] as number) & mask)
  for (let i = 127 - length; i >= 0; i--) octets[i] = pi((octets[i + 1] as number) ^ (octets[i + length] as number))
  return Uint16Array.from({ length: 64 }, (_, i) => (octets[2 * i] as number) | ((octets[2 * i + 1] as number) << 8))
}

/** RFC 2268 §4: one block in place. */
export function decryptRc2Block(words: Uint16Array, block: Uint8Array): void {
  const r = Uint16Array.from({ length: 4 }, (_, i) => (block[2 * i] as number) | ((block[2 * i + 1] as number) << 8))
  let j = 63
  for (let round = 15; round >= 0; round--) {
    for (let i = 3; i >= 0; i--) unmix(r, i, words[j--] as number)
    // Two mashing rounds: after the first five mixing rounds from the end and after the next six.
    if (round === 11 || round === 5)
      for (let i = 3; i >= 0; i--) r[i] = (r[i] as number) - (words[(r[(i + 3) & 3] as number) & 63] as number)
  }
  for (let i = 0; i < 4; i++) {
    block[2 * i] = r[i] as number
    block[2 * i + 1] = (r[i] as number) >> 8
  }
}

function unmix(r: Uint16Array, i: number, word: number): void {
  const value = r[i] as number
  const shift = SHIFTS[i] as number
  const rotated = (value >> shift) | (value << (16 - shift))
  const before = r[(i + 3) & 3] as number
  r[i] = rotated - word - (before & (r[(i + 2) & 3] as number)) - (~before & (r[(i + 1) & 3] as number))
}

/** CBC with PKCS#7 padding. Whatever is wrong is `ERR_DECRYPTION_FAILED`. */
export function decryptRc2Cbc(key: Uint8Array, bits: number, iv: Uint8Array, data: Uint8Array): Bytes {
  if (data.length === 0 || data.length % BLOCK !== 0 || iv.length !== BLOCK) failDecryption()
  const words = expandRc2Key(key, bits)
  const out = new Uint8Array(data)
  for (let at = 0; at < out.length; at += BLOCK) {
    const block = out.subarray(at, at + BLOCK)
    decryptRc2Block(words, block)
    const chained = at === 0 ? iv : data.subarray(at - BLOCK, at)
    for (let i = 0; i < BLOCK; i++) block[i] = (block[i] as number) ^ (chained[i] as number)
  }
  const padding = out[out.length - 1] as number
  if (padding < 1 || padding > BLOCK || !out.subarray(-padding).every((octet) => octet === padding)) failDecryption()
  return out.slice(0, -padding)
}
