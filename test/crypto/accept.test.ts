import { describe, expect, test } from 'vitest'
import { acceptedByDefault, acceptList, requireAccepted } from '../../src/crypto/accept.js'
import type { AcceptedAlgorithms } from '../../src/types.js'
import { errorOf, expectRefusal } from '../support/hostile.js'

const { modern, scep, device } = acceptedByDefault

describe('the default lists', () => {
  test('modern is SHA-2, AES and OAEP with keys from 2048 bits', () => {
    expect(modern).toEqual({
      digests: ['SHA-256', 'SHA-384', 'SHA-512'],
      signatures: ['RSASSA-PKCS1-v1_5', 'RSA-PSS', 'ECDSA'],
      ciphers: ['AES-128-CBC', 'AES-192-CBC', 'AES-256-CBC', 'AES-128-GCM', 'AES-256-GCM'],
      keyTransport: ['RSA-OAEP'],
      minRsaBits: 2048,
    })
  })

  test('scep and device add what Apple devices speak, and nothing else', () => {
    for (const list of [scep, device]) {
      expect(new Set(list.digests)).toEqual(new Set([...modern.digests, 'SHA-1']))
      expect(new Set(list.ciphers)).toEqual(new Set([...modern.ciphers, 'DES-EDE3-CBC']))
      expect(new Set(list.keyTransport)).toEqual(new Set([...modern.keyTransport, 'RSAES-PKCS1-v1_5']))
    }
    expect([scep.minRsaBits, device.minRsaBits]).toEqual([2048, 1024])
  })

  test('MD5 and single DES are in none', () => {
    for (const list of [modern, scep, device])
      expect([...list.digests, ...list.ciphers]).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^MD5$|^DES-CBC$/)]),
      )
  })
})

describe('acceptList', () => {
  test('a list that is given replaces the default one, the others stay', () => {
    const list = acceptList({ digests: ['MD5'] }, modern)
    expect(list).toEqual({ ...modern, digests: ['MD5'] })
    expect(acceptList(undefined, scep)).toBe(scep)
    expect(acceptList({}, scep)).toEqual(scep)
    expect(acceptList({ minRsaBits: 1024 }, scep)).toEqual({ ...scep, minRsaBits: 1024 })
    expect(acceptList({ ciphers: [] }, scep).ciphers).toEqual([])
  })

  test.each([
    ['digests', { digests: ['SHA256'] }],
    ['digests', { digests: 'SHA-256' }],
    ['digests', { digests: ['toString'] }],
    ['digests', { digests: [['SHA-256']] }],
    ['signatures', { signatures: ['RSA'] }],
    ['ciphers', { ciphers: ['AES-128-CBC', 'RC4'] }],
    ['ciphers', { ciphers: ['constructor'] }],
    ['keyTransport', { keyTransport: ['OAEP'] }],
    ['minRsaBits', { minRsaBits: 0 }],
    ['minRsaBits', { minRsaBits: Number.NaN }],
    ['minRsaBits', { minRsaBits: '2048' }],
  ])('refuses what is no list of known names: %s', (field, given) => {
    const call = (): unknown => acceptList(given as AcceptedAlgorithms, modern)
    expectRefusal(call, 'ERR_INVALID_ARGUMENT', new RegExp(`accept\\.${field}`))
  })
})

describe('requireAccepted', () => {
  test.each([
    ['digests', 'SHA-256', 'SHA-1'],
    ['signatures', 'ECDSA', 'DSA'],
    ['ciphers', 'AES-256-GCM', 'DES-EDE3-CBC'],
    ['keyTransport', 'RSA-OAEP', 'RSAES-PKCS1-v1_5'],
    ['minRsaBits', '2048', '2047'],
  ] as const)('%s: %s, but not %s', (kind, accepted, refused) => {
    requireAccepted(modern, kind, accepted)
    const error = errorOf(() => {
      requireAccepted(modern, kind, refused)
    })
    expect(error.code).toBe('ERR_ALGORITHM_NOT_ACCEPTED')
    expect(error.details).toEqual({ kind, name: refused })
  })
})
