import type { Bytes } from '../../src/types.js'

/** UTF-16 without a mark of its own. */
export function utf16(text: string, littleEndian: boolean): Bytes {
  const bytes = new Uint8Array(2 * text.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), littleEndian)
  return bytes
}
