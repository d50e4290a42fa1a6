import { fail, failWith, type PlainErrorCode } from '../errors.js'
import type { AcceptedAlgorithms, Certificate } from '../types.js'

/**
 * Why a path does not hold. Where several candidates fail, the one that came nearest to holding tells its reason:
 * higher rank wins, and of equals the first.
 */
export interface PathFailure {
  readonly rank: number
  raise(): never
}

/** From "nobody knows the issuer" to "all holds but the revocation list". */
export const RANK = { noIssuer: 0, signature: 1, link: 2, algorithm: 3, rules: 4, time: 5, revocation: 6 } as const

export function untrusted(rank: number, reason: string): PathFailure {
  return { rank, raise: () => fail('ERR_CERTIFICATE_UNTRUSTED', `certificate path: ${reason}`) }
}

export function plainFailure(rank: number, code: PlainErrorCode, text: string): PathFailure {
  return { rank, raise: () => fail(code, text) }
}

export function notAccepted(kind: keyof AcceptedAlgorithms, name: string): PathFailure {
  return {
    rank: RANK.algorithm,
    raise: () =>
      failWith('ERR_ALGORITHM_NOT_ACCEPTED', `certificate path: ${name} is not accepted here`, { kind, name }),
  }
}

export function outsideValidity(certificate: Certificate, now: Date, text: string): PathFailure {
  return {
    rank: RANK.time,
    raise: () => failWith('ERR_CERTIFICATE_TIME', `certificate path: ${text}`, { certificate, now }),
  }
}

export function nearer(a: PathFailure | null, b: PathFailure): PathFailure {
  return a === null || b.rank > a.rank ? b : a
}
