import { describe, expect, test } from 'vitest'
import { describeWithFixtures } from '../support/fixtures.js'
import { PKITS_OUT_OF_SCOPE, pkitsName, pkitsResult, type PkitsTest, pkitsTests } from './pkits.js'

describeWithFixtures('NIST PKITS', () => {
  const all = pkitsTests()
  const outOfScope = Object.values(PKITS_OUT_OF_SCOPE).flat()
  const isCovered = (given: PkitsTest): boolean => !outOfScope.includes(pkitsName(given))
  const sections = [...new Set(all.map(({ n }) => n.split('.').slice(0, 2).join('.')))]

  test('there are 166 tests, 20 of them out of scope', () => {
    expect(all).toHaveLength(166)
    expect(
      all
        .filter((given) => !isCovered(given))
        .map(pkitsName)
        .sort(),
    ).toEqual([...outOfScope].sort())
  })

  describe.each(sections)('section %s', (section) => {
    test.each(
      all.filter(({ n }) => n.startsWith(`${section}.`)).map((given) => [`${given.n} ${given.title}`, given] as const),
    )('%s', async (_, given) => {
      const holds = (await pkitsResult(given)) === 'ok'
      expect(holds).toBe(isCovered(given) ? given.shouldValidate : !given.shouldValidate)
    })
  })

  test.each([
    ['4.1.2', 'ERR_CERTIFICATE_INVALID'],
    ['4.2.2', 'ERR_CERTIFICATE_TIME'],
    ['4.4.3', 'ERR_CERTIFICATE_REVOKED'],
    ['4.4.9', 'ERR_CRL_INVALID'],
    ['4.4.12', 'ERR_CRL_TIME'],
    ['4.6.1', 'ERR_CERTIFICATE_UNTRUSTED'],
    ['4.13.3', 'ERR_CERTIFICATE_UNTRUSTED'],
  ])('%s is refused with %s', async (number, code) => {
    const [given] = all.filter(({ n }) => n === number)
    expect(given && (await pkitsResult(given))).toBe(code)
  })
})
