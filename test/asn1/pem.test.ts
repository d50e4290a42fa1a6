import { describe, expect, test } from 'vitest'
import { DER_LIMITS } from '../../src/asn1/der-reader.js'
import { readPem, readPemBlocks, writePem } from '../../src/asn1/pem.js'
import { encodeBase64 } from '../../src/bytes/base64.js'
import { hex } from '../support/asn1.js'
import { errorOf, expectRefusal, growth, outcomes } from '../support/hostile.js'
import { describeWithTools, runOk } from '../support/openssl.js'
import { draw } from '../support/random.js'

const DER = hex('30 03 02 01 07')
const BODY = encodeBase64(DER)
const block = (label: string, body: string = BODY, end = label): string =>
  `-----BEGIN ${label}-----\n${body}\n-----END ${end}-----\n`

describe('writePem', () => {
  test.each([0, 1, 47, 48, 49, 96, 1000])('%d octets come back, 64 characters a line', (length) => {
    const der = draw(length).bytes(length)
    const text = writePem('CERTIFICATE', der)
    expect(text).toMatch(
      /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/]{64}\n)*([A-Za-z0-9+/=]{1,64}\n)?-----END CERTIFICATE-----\n$/,
    )
    expect(readPemBlocks(text)).toEqual([{ label: 'CERTIFICATE', headers: [], der }])
  })
})

describe('readPemBlocks takes', () => {
  const expected = [{ label: 'CERTIFICATE', headers: [], der: DER }]
  test.each([
    ['one block', block('CERTIFICATE')],
    ['CR LF', block('CERTIFICATE').replaceAll('\n', '\r\n')],
    ['CR alone', block('CERTIFICATE').replaceAll('\n', '\r')],
    ['no line end at the end', block('CERTIFICATE').trimEnd()],
    ['indented lines', block('CERTIFICATE').replace(/^/gm, '   ')],
    ['an end behind a blank that base64 does not have', block('CERTIFICATE').replace('-----END', '\u2028-----END')],
    ['trailing blanks', block('CERTIFICATE').replaceAll('\n', ' \t\n')],
    ['text before and after', `subject=CN = x\n${block('CERTIFICATE')}the end\n`],
    ['text that looks like a header', `Bag Attributes:\n    x: y\n${block('CERTIFICATE')}`],
    ['broken lines inside', block('CERTIFICATE', [...BODY].join('\n'))],
    ['blank lines inside', block('CERTIFICATE', `\n${BODY}\n\n`)],
    ['a byte order mark before text', `\ufeffx\n${block('CERTIFICATE')}`],
  ])('%s', (_, text) => {
    expect(readPemBlocks(text)).toEqual(expected)
  })

  test('no block at all', () => {
    for (const text of ['', 'MAMCAQc=', '-----BEGIN certificate-----\n', 'x -----BEGIN X-----\n', '-----BEGIN X----\n'])
      expect(readPemBlocks(text)).toEqual([])
  })

  test('several blocks in order', () => {
    const text = block('CERTIFICATE') + block('RSA PRIVATE KEY') + block('X509 CRL')
    expect(readPemBlocks(text).map(({ label }) => label)).toEqual(['CERTIFICATE', 'RSA PRIVATE KEY', 'X509 CRL'])
  })

  test('blocks of any size, none of them touched by a later one', () => {
    const ders = [10, 5000, 1, 3072, 0, 20_000, 3073, 4096].map((length) => draw(length).bytes(length))
    const blocks = readPemBlocks(ders.map((der) => writePem('CERTIFICATE', der)).join(''))
    expect(blocks.map(({ der }) => der)).toEqual(ders)
    for (const { der } of blocks) expect(der.buffer.byteLength).toBe(der.length)
  })

  test('headers of an old private key', () => {
    const headers = ['Proc-Type: 4,ENCRYPTED', 'DEK-Info: DES-EDE3-CBC,0123456789ABCDEF']
    const text = block('RSA PRIVATE KEY', `${headers.join('\n')}\n\n${BODY}`)
    expect(readPemBlocks(text)).toEqual([{ label: 'RSA PRIVATE KEY', headers, der: DER }])
    const expected = [{ label: 'RSA PRIVATE KEY', headers, der: DER }]
    for (const lineEnd of ['\r\n', '\r', ' \n', '\t\r\n'])
      expect(readPemBlocks(text.replaceAll('\n', lineEnd))).toEqual(expected)
    expect(readPemBlocks(text.replace(/^/gm, ' \t'))).toEqual(expected)
  })
})

describe('readPemBlocks refuses with ERR_ENCODING', () => {
  const unended = /^PEM: a block is not ended by the label that began it$/
  const content = /^PEM: a block holds something else than base64$/
  test.each([
    ['a block without end', `-----BEGIN CERTIFICATE-----\n${BODY}\n`, unended],
    ['a begin alone', '-----BEGIN CERTIFICATE-----', unended],
    ['another label at the end', block('CERTIFICATE', BODY, 'X509 CRL'), unended],
    ['a begin inside a block', block('CERTIFICATE', '-----BEGIN CERTIFICATE-----'), unended],
    ['dashes inside a block', block('CERTIFICATE', `-----\n${BODY}`), unended],
    ['text behind the end', `${block('CERTIFICATE').trimEnd()} x`, unended],
    ['another alphabet', block('CERTIFICATE', 'MAMC*Qc='), content],
    ['the URL-safe alphabet', block('CERTIFICATE', 'MAMCAQ-_'), content],
    ['padding that is missing', block('CERTIFICATE', 'MAMCAQc'), content],
    ['a header without blank line', block('RSA PRIVATE KEY', `Proc-Type: 4,ENCRYPTED\n${BODY}`), content],
    ['text after the base64', block('CERTIFICATE', `${BODY}\nx y z`), content],
  ])('%s', (_, text, reason) => {
    expectRefusal(() => readPemBlocks(text), 'ERR_ENCODING', reason)
  })

  test('a character of no alphabet, whatever the block before it left behind', () => {
    const digits = writePem('CERTIFICATE', new Uint8Array(300).fill(0x41))
    for (const rest of ['', 'A', 'AA', 'AAA', 'A'.repeat(200)])
      expectRefusal(() => readPemBlocks(digits + block('CERTIFICATE', `\u00e9${rest}`)), 'ERR_ENCODING', content)
  })

  test('without a word of the text', () => {
    expect(errorOf(() => readPemBlocks(block('SECRET', 'my-password'))).message).not.toMatch(/SECRET|password/)
  })
})

describe('readPem', () => {
  test('finds the one block of the labels, beside others', () => {
    const text = block('PRIVATE KEY') + block('CERTIFICATE', encodeBase64(hex('05 00')))
    expect(readPem(text, ['X509 CERTIFICATE', 'CERTIFICATE'], 'certificate').der).toEqual(hex('05 00'))
  })

  test.each([
    ['none', block('PRIVATE KEY')],
    ['two', block('CERTIFICATE') + block('CERTIFICATE')],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    const reason = /^certificate: exactly one PEM block "CERTIFICATE" is expected$/
    expectRefusal(() => readPem(text, ['CERTIFICATE'], 'certificate'), 'ERR_ENCODING', reason)
  })
})

describe('hostile input', () => {
  test('more than the limit is refused without a look inside', () => {
    expectRefusal(
      () => readPemBlocks(' '.repeat(DER_LIMITS.maxBytes + 1)),
      'ERR_LIMIT',
      /PEM: more than 33554432 bytes/,
    )
    expect(readPemBlocks(' '.repeat(DER_LIMITS.maxBytes))).toEqual([])
  })

  test('any text gives blocks or a refusal', () => {
    const source = draw(40)
    const pieces = [
      '-----BEGIN A-----',
      '-----END A-----',
      '-----END B-----',
      'AAAA',
      'A: b',
      '',
      ':',
      '-----',
      '\u2028',
    ]
    const texts = Array.from({ length: 3000 }, () =>
      Array.from({ length: source.below(8) }, () => source.pick(pieces)).join(source.pick(['\n', '\r\n', '\r', ' '])),
    )
    const { values, refusals } = outcomes(texts, readPemBlocks)
    expect(values).toBeGreaterThan(500)
    expect(refusals).toBeGreaterThan(500)
  })

  test('time is linear in blocks, lines and begins without end', () => {
    const inputs = [
      (size: number) => block('CERTIFICATE').repeat(size),
      (size: number) => block('CERTIFICATE', `${BODY.slice(0, 4)}\n`.repeat(size).trimEnd()),
      (size: number) => `A: b\n`.repeat(4 * size),
    ]
    for (const input of inputs)
      expect(
        growth((size) => {
          const text = input(size)
          return () => readPemBlocks(text)
        }, 8_000),
      ).toBeLessThan(3)
  })
})

describeWithTools('OpenSSL', ['openssl'], () => {
  test('reads what is written, and is read', () => {
    const key = runOk('openssl', ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'])
    const [read] = readPemBlocks(key.stdoutText)
    expect(read?.label).toBe('PRIVATE KEY')
    const again = runOk('openssl', ['pkey'], { stdin: writePem('PRIVATE KEY', read!.der) })
    expect(again.stdoutText).toBe(key.stdoutText)
  })
})
