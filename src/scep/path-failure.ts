// Judging the certificates of an answer one by one: each has a path of its own.
import type { CallContext } from '../crypto/context.js'
import { type ErrorCode, isMdmProtocolError, type MdmProtocolError } from '../errors.js'
import type { Certificate } from '../types.js'
import { buildPath, type PathInput } from '../x509/path.js'

/** What all of them together may cost: more than one signed message, yet bounded. */
export const BAG_BUDGET = 256

/** Why there is no path; `null` where there is one. What says nothing about the certificate is thrown. */
export function pathFailure(
  certificate: Certificate,
  path: PathInput,
  call: CallContext,
): Promise<MdmProtocolError | null> {
  return failureOf(() => buildPath(certificate, path, call))
}

/** What `judge` has against a certificate; `null`: nothing. What says nothing about the certificate is thrown. */
export async function failureOf(judge: () => Promise<unknown>): Promise<MdmProtocolError | null> {
  try {
    await judge()
    return null
  } catch (error) {
    if (!isMdmProtocolError(error) || saysNothing(error.code)) throw error
    return error
  }
}

/** The search was given up, or the provider cannot compute: with more time or another one the certificate might hold. */
export function saysNothing(code: ErrorCode): boolean {
  return code === 'ERR_LIMIT' || code === 'ERR_CRYPTO_UNAVAILABLE'
}
