import { expect, test } from 'vitest'
import { encodeBase64Into } from '../../src/plist/xml-base64.js'
import { draw } from '../support/random.js'

test('octets are written into the middle of others, from any part, and beyond it nothing is', () => {
  const bytes = draw(1).bytes(64)
  const data = new DataView(bytes.buffer, bytes.byteOffset + 3, 50)
  for (let start = 0; start < 6; start++) {
    for (let end = start; end <= 50; end++) {
      const out = new Uint8Array(80).fill(0x2a)
      const text = Buffer.from(bytes.subarray(3 + start, 3 + end)).toString('base64')
      expect(encodeBase64Into(data, start, end, new DataView(out.buffer), 5)).toBe(5 + text.length)
      expect(Buffer.from(out).toString('latin1')).toBe(`*****${text}`.padEnd(80, '*'))
    }
  }
})
