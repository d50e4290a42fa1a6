// Base64 written as octets, right into a document. Not beside the rest of base64: its table takes a third of a millisecond to
// make, which is much for an entry that writes none.
import { ALPHABET, PADDING } from '../bytes/base64.js'
import { latin1Bytes } from '../bytes/bytes.js'

/** Two digits for each twelve bits: half as many to look up. */
const PAIRS = /* @__PURE__ */ pairsOf(/* @__PURE__ */ latin1Bytes(ALPHABET))

function pairsOf(digits: Uint8Array): Uint16Array {
  const pairs = new Uint16Array(4096)
  for (let i = 0; i < 4096; i++) pairs[i] = ((digits[i >> 6] as number) << 8) | (digits[i & 63] as number)
  return pairs
}

/** The digits of the upper 24 bits, in one store. */
function writeQuad(bits: number, out: DataView, at: number): void {
  out.setUint32(at, ((PAIRS[bits >>> 20] as number) << 16) | (PAIRS[(bits >>> 8) & 4095] as number))
}

/** Writes the base64 of `data[start, end)` into `out` from `at` on; answers with where it ends. */
export function encodeBase64Into(data: DataView, start: number, end: number, out: DataView, at: number): number {
  let i = start
  // Four octets are read, of which three count.
  for (const whole = Math.min(end - 2, data.byteLength - 3); i < whole; i += 3, at += 4)
    writeQuad(data.getUint32(i), out, at)
  for (; i < end; i += 3, at += 4) {
    const rest = end - i
    const second = rest > 1 ? data.getUint8(i + 1) << 16 : 0
    const third = rest > 2 ? data.getUint8(i + 2) << 8 : 0
    writeQuad((data.getUint8(i) << 24) | second | third, out, at)
    for (let missing = rest; missing < 3; missing++) out.setUint8(at + 1 + missing, PADDING)
  }
  return at
}
