import { type BaseBlock, fromBER } from 'asn1js'
import type { Bytes } from '../../src/types.js'
import { tlv } from './asn1.js'

/** DER by way of asn1js: it decides where each value begins and ends. `null` when it cannot read the bytes. */
export function derByAsn1js(bytes: Bytes): Bytes | null {
  const { offset, result } = fromBER(bytes)
  return offset === bytes.length ? derOf(result) : null
}

const UNIVERSAL = 1
const STRUCTURES = [8, 11, 16, 17]

function derOf(block: BaseBlock): Bytes {
  const { tagClass, tagNumber, isConstructed } = block.idBlock
  const isString = tagClass === UNIVERSAL && !STRUCTURES.includes(tagNumber)
  if (!isConstructed) return tlv(tagOf(block), contentOf(block))
  if (!isString) return tlv(tagOf(block), ...childrenOf(block).map(derOf))
  const segments = segmentsOf(block)
  if (tagNumber !== 3) return tlv(tagNumber, ...segments)
  const unused = segments.at(-1)?.subarray(0, 1) ?? Uint8Array.of(0)
  return tlv(tagNumber, unused, ...segments.map((segment) => segment.subarray(1)))
}

/** Contents of the primitive segments, however deep. */
function segmentsOf(block: BaseBlock): readonly Uint8Array[] {
  return block.idBlock.isConstructed ? childrenOf(block).flatMap(segmentsOf) : [contentOf(block)]
}

function childrenOf(block: BaseBlock): readonly BaseBlock[] {
  const { value } = block.valueBlock as unknown as { readonly value: readonly BaseBlock[] }
  // End-of-contents octets are values to asn1js.
  return value.filter((child) => child.idBlock.tagClass !== UNIVERSAL || child.idBlock.tagNumber !== 0)
}

function contentOf(block: BaseBlock): Uint8Array {
  const whole = new Uint8Array(block.valueBeforeDecodeView)
  return whole.subarray(block.idBlock.blockLength + block.lenBlock.blockLength)
}

/** The identifier octet; the recorded messages have no tag above 30. */
function tagOf(block: BaseBlock): number {
  const { tagClass, tagNumber, isConstructed } = block.idBlock
  if (tagNumber > 30) throw new Error('a tag above 30')
  return ((tagClass - 1) << 6) | (isConstructed ? 0x20 : 0) | tagNumber
}
