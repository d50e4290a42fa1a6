import { callContext } from '../crypto/context.js'
import type { Context } from '../types.js'

/**
 * The context of a public call, to be handed to the functions below it: so that all of them judge at the same moment,
 * and nothing else of the caller's options reaches them.
 */
export function callOnce(context: Context | undefined): Context & { readonly now: Date } {
  const { provider, now } = callContext(context)
  return provider === null ? { now } : { now, crypto: provider }
}
