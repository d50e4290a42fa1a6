import { describe, expect, test } from 'vitest'
import {
  formatCaCaps,
  negotiateScep,
  parseCaCaps,
  scepFailInfoOf,
  scepTransactionId,
  type ScepCapability,
} from '../../src/scep.js'
import { failInfoName } from '../../src/scep/fail-info.js'
import type { AcceptedAlgorithms } from '../../src/types.js'
import { fail, failWith, type ErrorCode } from '../../src/errors.js'
import { errorOf, expectRefusal, expectRejection } from '../support/hostile.js'
import { craftKey } from '../x509/craft.js'
import { rsaKey } from '../support/rsa-keys.js'

const ALL: readonly ScepCapability[] = [
  'AES',
  'DES3',
  'GetNextCACert',
  'POSTPKIOperation',
  'Renewal',
  'SCEPStandard',
  'SHA-1',
  'SHA-256',
  'SHA-512',
  'Update',
]

describe('parseCaCaps', () => {
  test.each([
    ['LF', 'AES\nSHA-256', ['AES', 'SHA-256'], []],
    ['CR LF, and one behind', 'AES\r\nSHA-256\r\n', ['AES', 'SHA-256'], []],
    ['CR', 'AES\rSHA-256', ['AES', 'SHA-256'], []],
    [
      'any case, and white space around',
      ' aes \n\tSHA-256\t\npostPKIoperation',
      ['AES', 'SHA-256', 'POSTPKIOperation'],
      [],
    ],
    ['repetitions', 'AES\nAES\naes', ['AES'], []],
    ['empty lines', '\n\n\nAES\n\n', ['AES'], []],
    ['what is not of the RFC', 'AES\nSHA-384\nAES-256\nAESx', ['AES'], ['SHA-384', 'AES-256', 'AESx']],
    ['nothing', '', [], []],
    ['an error page', '<html>\n<body>AES</body>', [], ['<html>', '<body>AES</body>']],
    ['names of Object', '__proto__\nconstructor\nAES', ['AES'], ['__proto__', 'constructor']],
  ])('%s', (_, text, known, unknown) => {
    expect(parseCaCaps(text)).toEqual({ known, unknown })
  })

  test('all of them, there and back', () => {
    expect(parseCaCaps(formatCaCaps(ALL)).known).toEqual(ALL)
  })

  test('above 64 KiB', () => {
    expect(parseCaCaps('A\n'.repeat(32_768)).unknown).toEqual(['A'])
    expectRefusal(() => parseCaCaps('A'.repeat(65_537)), 'ERR_LIMIT', /65536/)
  })
})

test('formatCaCaps: one a line, LF, in the order given, each once; nothing else than the names of the RFC', () => {
  expect(formatCaCaps(['SHA-256', 'AES', 'SHA-256'])).toBe('SHA-256\nAES')
  expect(formatCaCaps(new Set<ScepCapability>())).toBe('')
  for (const bad of ['aes', 'SHA-384', 'AES\nDES3', ''])
    expectRefusal(() => formatCaCaps([bad as ScepCapability]), 'ERR_INVALID_ARGUMENT', /ScepCapability/)
})

describe('negotiateScep', () => {
  const choose = (text: string, accept?: AcceptedAlgorithms) => {
    const { digest, cipher, method, renewal } = negotiateScep(parseCaCaps(text), accept)
    return `${digest} ${cipher} ${method}${renewal ? ' renewal' : ''}`
  }
  test.each([
    ['', 'SHA-1 DES-EDE3-CBC GET'],
    ['SHA-1\nDES3', 'SHA-1 DES-EDE3-CBC GET'],
    ['SHA-256', 'SHA-256 DES-EDE3-CBC GET'],
    ['SHA-512\nSHA-256\nSHA-1\nAES\nDES3\nPOSTPKIOperation\nRenewal', 'SHA-512 AES-128-CBC POST renewal'],
    ['SHA-1\nSHA-256\nDES3\nAES', 'SHA-256 AES-128-CBC GET'],
    ['SCEPStandard', 'SHA-256 AES-128-CBC POST'],
    ['SCEPStandard\nRenewal\nSHA-512', 'SHA-512 AES-128-CBC POST renewal'],
    ['POSTPKIOperation', 'SHA-1 DES-EDE3-CBC POST'],
  ])('%j: %s', (text, expected) => {
    expect(choose(text)).toBe(expected)
  })

  test('a floor holds against an answer that was cut short', () => {
    const floor = { digests: ['SHA-256', 'SHA-512'], ciphers: ['AES-128-CBC'] } as const
    expect(choose('SHA-256\nAES', floor)).toBe('SHA-256 AES-128-CBC GET')
    expect(choose('SHA-512\nSHA-1\nAES', floor)).toBe('SHA-512 AES-128-CBC GET')
    for (const text of ['', 'AES', 'SHA-1\nAES', '<html>'])
      expectRefusal(() => choose(text, floor), 'ERR_ALGORITHM_NOT_ACCEPTED', /digests/)
    expectRefusal(() => choose('SHA-256\nDES3', floor), 'ERR_ALGORITHM_NOT_ACCEPTED', /ciphers/)
    const error = errorOf(() => choose('SHA-256\nDES3', floor))
    expect(error.details).toEqual({ kind: 'ciphers', name: 'DES-EDE3-CBC' })
    expect(choose('SHA-512\nSHA-256\nAES', { digests: ['SHA-256'] })).toBe('SHA-256 AES-128-CBC GET')
    expect(choose('SHA-256\nSHA-1\nAES', { digests: ['SHA-1'] })).toBe('SHA-1 AES-128-CBC GET')
    expect(choose('SHA-256\nAES\nDES3', { ciphers: ['DES-EDE3-CBC'] })).toBe('SHA-256 DES-EDE3-CBC GET')
  })
})

function caught(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('failInfo', () => {
  const rows: readonly (readonly [ErrorCode, string])[] = [
    ['ERR_ALGORITHM_UNKNOWN', 'badAlg'],
    ['ERR_ALGORITHM_NOT_ACCEPTED', 'badAlg'],
    ['ERR_SIGNATURE_INVALID', 'badMessageCheck'],
    ['ERR_SIGNER_NOT_FOUND', 'badMessageCheck'],
    ['ERR_CMS_INVALID', 'badMessageCheck'],
    ['ERR_DECRYPTION_FAILED', 'badMessageCheck'],
    ['ERR_KEY_MISMATCH', 'badMessageCheck'],
    ['ERR_CERTIFICATE_UNTRUSTED', 'badMessageCheck'],
    ['ERR_CERTIFICATE_TIME', 'badTime'],
    ['ERR_CERTIFICATE_REVOKED', 'badRequest'],
    ['ERR_ENCODING', 'badRequest'],
    ['ERR_SCEP_INVALID', 'badRequest'],
    ['ERR_SCEP_UNEXPECTED', 'badRequest'],
    ['ERR_CHALLENGE_INVALID', 'badRequest'],
  ]
  test.each(rows)('of %s: %s', (code, expected) => {
    expect(scepFailInfoOf(errorOf(() => fail(code as 'ERR_ENCODING', 'x')))).toBe(expected)
  })

  test('what is no error of the package is thrown on', () => {
    for (const thrown of [new Error('the database is down'), undefined, null, 'text', { code: 'ERR_ENCODING' }])
      expect(caught(() => scepFailInfoOf(thrown))).toBe(thrown)
    const unexpected = errorOf(() => failWith('ERR_SCEP_UNEXPECTED', 'x', { field: 'messageType' }))
    expect(scepFailInfoOf(unexpected)).toBe('badRequest')
  })

  test('numbers outside the five have no name', () => {
    expect(['0', '1', '2', '3', '4'].map(failInfoName)).toEqual([
      'badAlg',
      'badMessageCheck',
      'badRequest',
      'badTime',
      'badCertId',
    ])
    for (const raw of [
      '',
      '5',
      '-1',
      '04',
      '4 ',
      ' 4',
      '14606',
      '1e0',
      '4.0',
      '0x1',
      'NaN',
      '９',
      '99999999999999999999',
      '4\n',
    ])
      expect(failInfoName(raw)).toBeNull()
  })
})

test('scepTransactionId: 40 upper-case hex digits, the same for the same key; refuses what is no key', async () => {
  const id = await scepTransactionId(rsaKey(0).spki)
  expect(id).toMatch(/^[0-9A-F]{40}$/)
  expect(await scepTransactionId(Buffer.from(rsaKey(0).spki))).toBe(id)
  expect(await scepTransactionId(craftKey().spki)).not.toBe(id)
  await expectRejection(scepTransactionId(rsaKey(0).spki.subarray(1)), 'ERR_ENCODING')
  await expectRejection(scepTransactionId(Uint8Array.of(0x30, 0)), 'ERR_CERTIFICATE_INVALID')
})
