import { fail } from '../errors.js'
import type { PublicKey } from './public-key.js'

/**
 * What verifying one message may still cost, in verifications with RSA-4096. Whoever sends a message chooses the keys in
 * it, and a single operation with the largest takes as long as sixteen of these.
 */
export interface VerificationBudget {
  left: number
}

/** Enough for every honest message, and some tens of milliseconds at most. */
const USUAL = 64

export function verificationBudget(left: number = USUAL): VerificationBudget {
  return { left }
}

/** To be called before the verification. Throws `ERR_LIMIT` where nothing is left for it. */
export function spendVerification(budget: VerificationBudget, key: PublicKey, what: string): void {
  budget.left -= key.kind === 'RSA' ? Math.ceil((key.bits / 4096) ** 2) : 1
  if (budget.left < 0) fail('ERR_LIMIT', `${what}: too many signatures to try`)
}
