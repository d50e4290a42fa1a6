import { describe, expect, test } from 'vitest'
import { checkCertificate } from '../../src/x509.js'
import { expectRefusal } from '../support/hostile.js'
import { makeRoot, NOT_AFTER, NOT_BEFORE } from './authority.js'

const { certificate } = await makeRoot('root')
const DAY = 86_400_000
const kinds = (at: Date, renewWithinDays?: number): readonly string[] =>
  checkCertificate(certificate, at, renewWithinDays === undefined ? undefined : { renewWithinDays }).map(
    ({ kind }) => kind,
  )
const after = (date: Date, milliseconds: number): Date => new Date(date.getTime() + milliseconds)

describe('checkCertificate', () => {
  test('both ends belong to the time of validity', () => {
    expect(kinds(after(NOT_BEFORE, -1))).toEqual(['not-yet-valid'])
    expect(kinds(NOT_BEFORE)).toEqual([])
    expect(kinds(NOT_AFTER, 0)).toEqual(['renewal-due'])
    expect(kinds(after(NOT_AFTER, 1))).toEqual(['expired'])
  })

  test('renewal is due some days before the end', () => {
    expect(kinds(after(NOT_AFTER, -30 * DAY - 1))).toEqual([])
    expect(kinds(after(NOT_AFTER, -30 * DAY))).toEqual(['renewal-due'])
    expect(kinds(after(NOT_AFTER, -60 * DAY), 60)).toEqual(['renewal-due'])
    expect(kinds(after(NOT_AFTER, -1), 0)).toEqual([])
  })

  test('says how bad, since when and about what', () => {
    const [expired] = checkCertificate(certificate, after(NOT_AFTER, DAY))
    expect(expired).toEqual({
      kind: 'expired',
      level: 'error',
      message: 'The certificate expired at 2036-01-01T00:00:00Z.',
      since: NOT_AFTER,
      certificate,
      path: [],
    })
    const [due] = checkCertificate(certificate, after(NOT_AFTER, -DAY))
    expect([due?.level, due?.since]).toEqual(['warning', after(NOT_AFTER, -30 * DAY)])
    const [early] = checkCertificate(certificate, new Date(0))
    expect([early?.level, early?.since]).toEqual(['error', null])
  })

  test('believes der alone', () => {
    const forged = { ...certificate, notAfter: new Date(0) }
    expect(checkCertificate(forged, NOT_BEFORE)).toEqual([])
  })

  test('refuses dates and days that are none', () => {
    expectRefusal(() => checkCertificate(certificate, new Date('x')), 'ERR_INVALID_ARGUMENT')
    expectRefusal(() => checkCertificate(certificate, 0 as unknown as Date), 'ERR_INVALID_ARGUMENT')
    for (const days of [-1, NaN, Infinity, 36_526, 1e9])
      expectRefusal(() => kinds(NOT_BEFORE, days), 'ERR_INVALID_ARGUMENT')
    expect(kinds(NOT_BEFORE, 36_525)).toEqual(['renewal-due'])
  })
})
