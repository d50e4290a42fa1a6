import { type ErrorCode, isMdmProtocolError } from '../errors.js'

/** Why a CA refused (RFC 8894 §3.2.1.4). */
export type ScepFailInfo = 'badAlg' | 'badMessageCheck' | 'badRequest' | 'badTime' | 'badCertId'

/** In the order of their numbers, 0 to 4. */
const FAIL_INFOS: readonly ScepFailInfo[] = ['badAlg', 'badMessageCheck', 'badRequest', 'badTime', 'badCertId']

export function failInfoNumber(failInfo: ScepFailInfo): number {
  return FAIL_INFOS.indexOf(failInfo)
}

/** `null` for a number outside the RFC's five, which real servers send. */
export function failInfoName(raw: string): ScepFailInfo | null {
  return FAIL_INFOS.find((_, number) => String(number) === raw) ?? null
}

const BY_CODE: { readonly [C in ErrorCode]?: ScepFailInfo } = {
  ERR_ALGORITHM_UNKNOWN: 'badAlg',
  ERR_ALGORITHM_NOT_ACCEPTED: 'badAlg',
  ERR_SIGNATURE_INVALID: 'badMessageCheck',
  ERR_SIGNER_NOT_FOUND: 'badMessageCheck',
  ERR_CMS_INVALID: 'badMessageCheck',
  ERR_DECRYPTION_FAILED: 'badMessageCheck',
  ERR_KEY_MISMATCH: 'badMessageCheck',
  ERR_CERTIFICATE_UNTRUSTED: 'badMessageCheck',
  ERR_CERTIFICATE_TIME: 'badTime',
}

/**
 * The failInfo with which to refuse a request that could not be opened (RFC 8894 §3.2.1.4).
 *
 * `ERR_ALGORITHM_*` is badAlg; `ERR_SIGNATURE_INVALID`, `ERR_SIGNER_NOT_FOUND`, `ERR_CMS_INVALID`, `ERR_DECRYPTION_FAILED`,
 * `ERR_KEY_MISMATCH` and `ERR_CERTIFICATE_UNTRUSTED` are badMessageCheck; `ERR_CERTIFICATE_TIME` is badTime; every other
 * code is badRequest. What is no `MdmProtocolError` is thrown on: a key store that is down is not a bad message, and
 * belongs into a 5xx.
 *
 * @example
 * ```ts
 * const refuse = async (message: Uint8Array, error: unknown) =>
 *   buildScepFailure(peekScepMessage(message), scepFailInfoOf(error), { signer: identity })
 * ```
 */
export function scepFailInfoOf(error: unknown): ScepFailInfo {
  if (!isMdmProtocolError(error)) throw error
  return BY_CODE[error.code] ?? 'badRequest'
}
