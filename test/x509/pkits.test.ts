import { describe, expect, test } from 'vitest'
import { describeWithFixtures } from '../support/fixtures.js'
import {
  PKITS_OUT_OF_SCOPE,
  pkitsLeafResult,
  pkitsName,
  pkitsOtherLeaves,
  pkitsResult,
  pkitsSuite,
  type PkitsTest,
  pkitsTests,
} from './pkits.js'

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

  // Of these the names alone say what NIST expects.
  const leaves = pkitsOtherLeaves()
  const noList = [
    'InvalidBadCRLIssuerNameTest5EE',
    'InvalidIDPwithindirectCRLTest26EE',
    'InvalidcRLIssuerTest32EE',
    'InvalidcRLIssuerTest35EE',
  ]
  const byOtherCa = ['ValidcRLIssuerTest29EE']
  // Not DER: a signature of an impossible count of bits.
  const unreadable = ['InvalidDSASignatureTest6EE']

  test('the end certificates beyond those', async () => {
    const suite = pkitsSuite()
    const results = new Map<string, boolean>()
    for (const name of leaves.filter((leaf) => !unreadable.includes(leaf)))
      results.set(name, (await pkitsLeafResult(name, suite)) === 'ok')
    const surprising = [...results].filter(([name, holds]) => holds !== name.startsWith('Valid')).map(([name]) => name)
    expect(results.size).toBeGreaterThan(50)
    expect(surprising.sort()).toEqual([...noList, ...byOtherCa].sort())
  })
})
