import type { AcceptedAlgorithms, Certificate } from './types.js'

/** Every code an `MdmProtocolError` can carry. An open union: keep a default branch. */
export type ErrorCode =
  | 'ERR_INVALID_ARGUMENT'
  | 'ERR_CRYPTO_UNAVAILABLE'
  | 'ERR_ALGORITHM_UNKNOWN'
  | 'ERR_ALGORITHM_NOT_ACCEPTED'
  | 'ERR_ENCODING'
  | 'ERR_LIMIT'
  | 'ERR_CERTIFICATE_INVALID'
  | 'ERR_CERTIFICATE_TIME'
  | 'ERR_CERTIFICATE_UNTRUSTED'
  | 'ERR_CERTIFICATE_REVOKED'
  | 'ERR_CRL_INVALID'
  | 'ERR_CRL_TIME'
  | 'ERR_CSR_INVALID'
  | 'ERR_KEY_MISMATCH'
  | 'ERR_CMS_INVALID'
  | 'ERR_SIGNATURE_INVALID'
  | 'ERR_SIGNER_NOT_FOUND'
  | 'ERR_DECRYPTION_FAILED'
  | 'ERR_PLIST_INVALID'
  | 'ERR_SCEP_INVALID'
  | 'ERR_SCEP_UNEXPECTED'
  | 'ERR_CHALLENGE_INVALID'
  | 'ERR_MDM_INVALID'
  | 'ERR_MDM_SIGNATURE_MISSING'
  | 'ERR_PROFILE_INVALID'
  | 'ERR_OTA_INVALID'
  | 'ERR_PUSH_INVALID'
  | 'ERR_DEP_INVALID'
  | 'ERR_PKCS12_INVALID'

/** What `details` holds, for the codes that have any. */
export interface ErrorDetails {
  ERR_ALGORITHM_NOT_ACCEPTED: { readonly kind: keyof AcceptedAlgorithms; readonly name: string }
  ERR_CERTIFICATE_TIME: { readonly certificate: Certificate; readonly now: Date }
  ERR_PLIST_INVALID: { readonly offset: number | null; readonly path: readonly (string | number)[] }
  ERR_SCEP_UNEXPECTED: { readonly field: 'transactionId' | 'recipientNonce' | 'messageType' }
}

type DetailsOf<C extends ErrorCode> = C extends keyof ErrorDetails ? ErrorDetails[C] : undefined
type CodeWithDetails = keyof ErrorDetails
/** The codes that need no details. */
export type PlainErrorCode = Exclude<ErrorCode, CodeWithDetails>

let construct: <C extends ErrorCode>(
  code: C,
  message: string,
  details: DetailsOf<C>,
  cause?: unknown,
) => MdmProtocolErrorClass<C>

class MdmProtocolErrorClass<C extends ErrorCode> extends Error {
  override readonly name = 'MdmProtocolError'
  readonly code: C
  readonly details: DetailsOf<C>

  static {
    // What stack traces and consoles print.
    Object.defineProperty(this, 'name', { value: 'MdmProtocolError' })
    construct = (code, message, details, cause) => new MdmProtocolErrorClass(code, message, details, cause)
  }

  private constructor(code: C, message: string, details: DetailsOf<C>, cause: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.details = details
  }
}

/**
 * The one error class of this package. `switch (error.code)` narrows `error.details`.
 *
 * Texts name the field and the rule that it broke, never bytes of the message. Not constructed by callers:
 * `new MdmProtocolError()` does not compile.
 */
export type MdmProtocolError<C extends ErrorCode = ErrorCode> = C extends ErrorCode ? MdmProtocolErrorClass<C> : never
export const MdmProtocolError: typeof MdmProtocolErrorClass = MdmProtocolErrorClass

/**
 * Whether something caught is an error of this package, of this `code` if one is given.
 *
 * By shape and not by `instanceof`, so it holds across two installed copies of the package and across realms.
 *
 * @example
 * ```ts
 * try {
 *   parseCertificate('not a certificate')
 * } catch (error) {
 *   if (!isMdmProtocolError(error)) throw error
 *   console.log(error.code)
 * }
 * ```
 */
export function isMdmProtocolError(error: unknown): error is MdmProtocolError
export function isMdmProtocolError<C extends ErrorCode>(error: unknown, code: C): error is MdmProtocolError<C>
export function isMdmProtocolError(error: unknown, code?: ErrorCode): boolean {
  if (typeof error !== 'object' || error === null) return false
  const candidate = error as { readonly name?: unknown; readonly code?: unknown }
  if (candidate.name !== 'MdmProtocolError' || typeof candidate.code !== 'string') return false
  return code === undefined ? candidate.code.startsWith('ERR_') : candidate.code === code
}

/** Throws an error whose code has no details. The text names the field and the rule, never the value. */
export function fail(code: PlainErrorCode, message: string, cause?: unknown): never {
  throw construct(code, message, undefined, cause)
}

/** Throws an error of a code that has details. */
export function failWith<C extends CodeWithDetails>(code: C, message: string, details: ErrorDetails[C]): never {
  throw construct<CodeWithDetails>(code, message, details)
}

/** The one failure between key unwrapping and the parse of unauthenticated plaintext: one text, no cause. */
export function failDecryption(): never {
  fail('ERR_DECRYPTION_FAILED', 'the message could not be decrypted with the given key')
}

/** Why something could not be read. */
export interface Fault {
  readonly fault: string
  readonly code: ErrorCode
}

/** What a reader gives, or what it says is wrong. Other exceptions are defects and pass. */
export function attempt<T>(read: () => T): { readonly value: T } | Fault {
  try {
    return { value: read() }
  } catch (error) {
    return faultOf(error)
  }
}

/** What an error of this package says. Other exceptions are defects and pass. */
export function faultOf(error: unknown): Fault {
  if (!isMdmProtocolError(error)) throw error
  return { fault: error.message, code: error.code }
}
