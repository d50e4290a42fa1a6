import { describe, expect, test } from 'vitest'
import { fail } from '../../src/errors.js'
import { certificateParts } from '../../src/x509/certificate.js'
import { distrustOf, signerMemory } from '../../src/x509/crl-signers.js'
import type { PathEntry } from '../../src/x509/path-rules.js'
import { expectRejection } from '../support/hostile.js'
import { makeRoot } from './authority.js'

const { certificate } = await makeRoot('root')
const entry = (): PathEntry => ({ certificate, parts: certificateParts(certificate) })

interface Signer {
  /** Places of those by whose lists this one is judged. */
  readonly judges: readonly number[]
  readonly isRevoked: boolean
}

/** Asks for the signers in this order: which of them are trusted, and how many paths were looked for. */
async function ask(signers: readonly Signer[], order: readonly number[]) {
  const entries = signers.map(entry)
  const memory = signerMemory()
  let work = 0
  const isTrusted = async (at: number): Promise<boolean> => {
    const reason = await distrustOf(entries[at]!, [], memory, async () => {
      work++
      const { judges, isRevoked } = signers[at]!
      for (const judge of judges) if (!(await isTrusted(judge))) fail('ERR_CRL_INVALID', 'CRL: its signer')
      // Last, so that others have been found good by then.
      if (isRevoked) fail('ERR_CERTIFICATE_REVOKED', 'certificate path: revoked')
    })
    return reason === null
  }
  const trusted: boolean[] = []
  for (const at of order) trusted[at] = await isTrusted(at)
  return { trusted, work }
}

/** All but those that are revoked, and those that need one that is not trusted. */
function expected(signers: readonly Signer[]): readonly boolean[] {
  const trusted = signers.map(({ isRevoked }) => !isRevoked)
  for (let round = 0; round < signers.length; round++)
    for (const [at, { judges }] of signers.entries()) trusted[at] &&= judges.every((judge) => trusted[judge])
  return trusted
}

describe('signers that are judged by the lists of each other', () => {
  test('are all trusted where nobody is revoked, each judged once', async () => {
    const everybody = Array.from({ length: 16 }, (_, i) => i)
    const signers = everybody.map(() => ({ judges: everybody, isRevoked: false }))
    expect(await ask(signers, everybody)).toEqual({ trusted: everybody.map(() => true), work: 16 })
  })

  test('one that was found good under the wing of another goes with it', async () => {
    const signers = [
      { judges: [1], isRevoked: true },
      { judges: [0], isRevoked: false },
    ]
    expect((await ask(signers, [0, 1])).trusted).toEqual([false, false])
    expect((await ask(signers, [1, 0])).trusted).toEqual([false, false])
  })

  test('in any net and order', async () => {
    let seed = 1
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below
    for (let run = 0; run < 500; run++) {
      const count = 2 + random(6)
      const places = Array.from({ length: count }, (_, i) => i)
      const signers = places.map(() => ({
        judges: places.filter(() => random(3) === 0),
        isRevoked: random(5) === 0,
      }))
      const order = places.map((at) => (at + run) % count)
      const { trusted, work } = await ask(signers, order)
      expect(trusted).toEqual(expected(signers))
      expect(work).toBeLessThanOrEqual(count * count)
    }
  })
})

test('what says nothing about a signer is no verdict on it', async () => {
  const [memory, signer] = [signerMemory(), entry()]
  for (const code of ['ERR_LIMIT', 'ERR_CRYPTO_UNAVAILABLE'] as const) {
    const judged = distrustOf(signer, [], memory, () => Promise.resolve().then(() => fail(code, 'given up')))
    await expectRejection(judged, code)
  }
  expect(await distrustOf(signer, [], memory, () => Promise.resolve())).toBeNull()
})
