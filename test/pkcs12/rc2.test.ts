import { describe, expect, test } from 'vitest'
import { decryptRc2Block, decryptRc2Cbc, expandRc2Key } from '../../src/pkcs12/rc2.js'
import { decodeHex, encodeHex } from '../../src/bytes/hex.js'
import { describeWithTools, runOk } from '../support/openssl.js'

const hex = (text: string): Uint8Array => decodeHex(text) ?? new Uint8Array()

describe('RC2', () => {
  // RFC 2268 §5: key, effective bits, plaintext, ciphertext.
  test.each([
    ['0000000000000000', 63, '0000000000000000', 'ebb773f993278eff'],
    ['ffffffffffffffff', 64, 'ffffffffffffffff', '278b27e42e2f0d49'],
    ['3000000000000000', 64, '1000000000000001', '30649edf9be7d2c2'],
    ['88', 64, '0000000000000000', '61a8a244adacccf0'],
    ['88bca90e90875a', 64, '0000000000000000', '6ccf4308974c267f'],
    ['88bca90e90875a7f0f79c384627bafb2', 64, '0000000000000000', '1a807d272bbe5db1'],
    ['88bca90e90875a7f0f79c384627bafb2', 128, '0000000000000000', '2269552ab0f85ca6'],
    ['88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e', 129, '0000000000000000', '5b78d3a43dfff1f1'],
  ])('key %s with %i bits', (key, bits, plaintext, ciphertext) => {
    const block = hex(ciphertext).slice()
    decryptRc2Block(expandRc2Key(hex(key), bits), block)
    expect(encodeHex(block)).toBe(plaintext)
  })

  const key = hex('88bca90e90875a7f0f79c384627bafb2')
  const iv = hex('0011223344556677')
  const failed = expect.objectContaining({ code: 'ERR_DECRYPTION_FAILED' }) as Error

  test.each([0, 7, 9])('%i octets are no blocks', (length) => {
    expect(() => decryptRc2Cbc(key, 128, iv, new Uint8Array(length))).toThrow(failed)
  })

  test('an IV of another length is refused', () => {
    expect(() => decryptRc2Cbc(key, 128, iv.slice(1), new Uint8Array(8))).toThrow(failed)
  })

  test('every wrong padding is refused, every right one taken off', () => {
    // With the known block of zeros the IV is the plaintext.
    const block = hex('2269552ab0f85ca6')
    const plain = (text: string): Uint8Array => decryptRc2Cbc(key, 128, hex(text), block)
    expect(encodeHex(plain('1122334455660202'))).toBe('112233445566')
    expect(encodeHex(plain('0808080808080808'))).toBe('')
    expect(encodeHex(plain('1122334455667701'))).toBe('11223344556677')
    // All zero: `subarray(-0)` is the whole of it, and each octet there is the zero that the last one says.
    for (const wrong of [
      '0000000000000000',
      '1122334455667700',
      '1122334455660302',
      '1122334455667709',
      '08080808080808ff',
    ])
      expect(() => plain(wrong)).toThrow(failed)
  })
})

describeWithTools('RC2 in CBC against OpenSSL', ['openssl'], () => {
  const data = new Uint8Array(100).map((_, at) => at * 7)
  const iv = '0011223344556677'
  test.each([
    ['-rc2-40-cbc', '8899aabbcc', 40],
    ['-rc2-cbc', '88bca90e90875a7f0f79c384627bafb2', 128],
  ])('%s', (cipher, key, bits) => {
    const args = ['enc', cipher, '-K', key, '-iv', iv, '-provider', 'legacy', '-provider', 'default', '-in', 'plain']
    const { stdout } = runOk('openssl', args, { inputs: { plain: data } })
    expect(decryptRc2Cbc(hex(key), bits, hex(iv), stdout)).toEqual(data)
  })
})
