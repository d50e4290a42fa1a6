import { fail } from '../errors.js'

/** One hop of `X-Forwarded-Client-Cert`: its pairs under lower-case names. */
export type XfccElement = ReadonlyMap<string, string>

/** A name, its value with or without quotes, and what follows. */
const PAIR = /[ \t]*([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;]*))[ \t]*([,;]|$)/y

/**
 * Envoy's header: elements separated by commas, pairs by semicolons, values in quotes where they hold either.
 *
 * Throws `ERR_MDM_INVALID` for anything else, and for a `Cert` or `Chain` that one element has twice.
 */
export function parseXfcc(header: string): readonly XfccElement[] {
  const elements: Map<string, string>[] = []
  let element = new Map<string, string>()
  let end: string
  PAIR.lastIndex = 0
  do {
    const match = PAIR.exec(header)
    if (match === null)
      return fail('ERR_MDM_INVALID', 'client certificate header: not of the form of X-Forwarded-Client-Cert')
    const name = (match[1] as string).toLowerCase()
    if (element.has(name) && (name === 'cert' || name === 'chain')) {
      fail('ERR_MDM_INVALID', 'client certificate header: an element with two certificates')
    }
    element.set(name, match[2]?.replace(/\\(.)/g, '$1') ?? (match[3] as string))
    end = match[4] as string
    if (end !== ';') {
      elements.push(element)
      element = new Map()
    }
  } while (end !== '')
  return elements
}
