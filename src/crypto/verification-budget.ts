import type { CurveName } from '#runtime'
import { fail } from '../errors.js'
import type { PublicKey } from './public-key.js'

/**
 * What verifying one message may still cost, in verifications with RSA-4096 or P-256. Whoever sends a message chooses the
 * keys in it, and a single operation with the largest takes as long as sixteen of these.
 */
export interface VerificationBudget {
  left: number
}

/** Enough for every honest message, and some tens of milliseconds at most. */
const USUAL = 64

/** Less than they take, six and ten: a path of ten certificates with the largest, and a message signed below it, fit. */
const CURVE_COST: { readonly [C in CurveName]: number } = { 'P-256': 1, 'P-384': 4, 'P-521': 6 }

/** Usual exponents have three octets, and the work grows with their bits. */
const LARGE_EXPONENT = { octets: 4, cost: 3 } as const

export function verificationBudget(left: number = USUAL): VerificationBudget {
  return { left }
}

/** To be called before the verification. Throws `ERR_LIMIT` where nothing is left for it. */
export function spendVerification(budget: VerificationBudget, key: PublicKey, what: string): void {
  budget.left -= costOf(key)
  if (budget.left < 0) fail('ERR_LIMIT', `${what}: too many signatures to try`)
}

function costOf(key: PublicKey): number {
  if (key.kind === 'EC') return CURVE_COST[key.curve]
  if (key.kind !== 'RSA') return 1
  const factor = key.exponent.length > LARGE_EXPONENT.octets ? LARGE_EXPONENT.cost : 1
  return Math.ceil(factor * (key.bits / 4096) ** 2)
}
