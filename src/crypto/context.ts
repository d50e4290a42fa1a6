import { requireDate } from '../arguments.js'
import { fail } from '../errors.js'
import type { Bytes, Context, CryptoProvider } from '../types.js'

/** What a call works with: the provider as the caller gave it, and the moment to judge validity at. */
export interface CallContext {
  /** `null`: none was given, so this runtime's fastest way is open. */
  readonly provider: CryptoProvider | null
  readonly now: Date
  /** Random octets that were drawn and not yet given out: see `random.ts`. */
  stock?: Bytes | undefined
}

/**
 * Resolves the `Context` of a public call, once, to be passed down. The only reader of the clock: at the first use of
 * `now` in the call and never again in it, so a call that judges no dates needs no clock.
 */
export function callContext(context: Context | undefined): CallContext {
  const provider = context?.crypto ?? null
  if (provider !== null && !isProvider(provider))
    fail('ERR_INVALID_ARGUMENT', 'context.crypto: a WebCrypto object with subtle and getRandomValues is expected')
  const given = context?.now
  if (given !== undefined) requireDate(given, 'context.now')
  // A copy: the caller may change his Date while the call waits.
  const moment = given === undefined ? null : new Date(given.getTime())
  // All its own, so that nothing is taken from a prototype that somebody wrote to.
  return Object.assign(Object.create(readsClock) as Pick<CallContext, 'now'>, { provider, moment, stock: undefined })
}

/** On a prototype: V8 keeps the accessors of a literal, and all they close over, until its next full collection. */
const readsClock: Pick<CallContext, 'now'> & ThisType<{ moment: Date | null }> = {
  get now() {
    return (this.moment ??= new Date())
  },
}

function isProvider(value: { readonly subtle?: unknown; readonly getRandomValues?: unknown }): boolean {
  const { subtle, getRandomValues } = value
  return typeof subtle === 'object' && subtle !== null && typeof getRandomValues === 'function'
}
