import { isMdmProtocolError } from '../errors.js'

/** What a reader gives, or what it says is wrong. Other exceptions are defects and pass. */
export function attempt<T>(read: () => T): { readonly value: T } | { readonly fault: string } {
  try {
    return { value: read() }
  } catch (error) {
    if (!isMdmProtocolError(error)) throw error
    return { fault: error.message }
  }
}
