import { fail } from '../errors.js'
import { checkElements } from './certificate-text.js'

/** One hop of `X-Forwarded-Client-Cert`: of its pairs those with a certificate, under lower-case names. */
export type XfccElement = ReadonlyMap<string, string>

// Searched for and not matched: each begins and ends at one character, so that no value costs more than its length.
const NOT_SPACE = /[^ \t]/
const NOT_LETTER = /[^A-Za-z]/
const AFTER_BARE = /[",;]/
const QUOTE_OR_ESCAPE = /["\\]/

/**
 * Envoy's header: elements separated by commas, pairs by semicolons, values in quotes where they hold either.
 *
 * Throws `ERR_MDM_INVALID` for anything else, and for a `Cert` or `Chain` that one element has twice; `ERR_LIMIT`.
 */
export function parseXfcc(header: string): readonly XfccElement[] {
  const elements: Map<string, string>[] = []
  let element = new Map<string, string>()
  let at = 0
  for (;;) {
    const start = search(NOT_SPACE, header, at)
    const equals = search(NOT_LETTER, header, start)
    if (equals === start || header[equals] !== '=') failForm()
    const quoted = header[equals + 1] === '"'
    const from = quoted ? equals + 2 : equals + 1
    const to = quoted ? closingQuote(header, from) : search(AFTER_BARE, header, from)
    const value = header.slice(from, to)
    keepCertificate(element, header.slice(start, equals).toLowerCase(), quoted ? unescaped(value) : value)
    const end = search(NOT_SPACE, header, quoted ? to + 1 : to)
    if (end < header.length && header[end] !== ',' && header[end] !== ';') failForm()
    if (header[end] !== ';') {
      elements.push(element)
      checkElements(elements.length)
      element = new Map()
    }
    if (end === header.length) return elements
    at = end + 1
  }
}

/** Where the pattern is found next, or the end. */
function search(pattern: RegExp, text: string, from: number): number {
  // A place to go on from belongs to one search.
  const searching = new RegExp(pattern, 'g')
  searching.lastIndex = from
  return searching.exec(text)?.index ?? text.length
}

function closingQuote(header: string, from: number): number {
  let at = search(QUOTE_OR_ESCAPE, header, from)
  while (header[at] === '\\') at = search(QUOTE_OR_ESCAPE, header, at + 2)
  return at < header.length ? at : failForm()
}

function unescaped(value: string): string {
  return value.replace(/\\(.)/gs, '$1')
}

function keepCertificate(element: Map<string, string>, name: string, value: string): void {
  if (name !== 'cert' && name !== 'chain') return
  if (element.has(name)) fail('ERR_MDM_INVALID', 'client certificate header: an element with two certificates')
  element.set(name, value)
}

function failForm(): never {
  fail('ERR_MDM_INVALID', 'client certificate header: not of the form of X-Forwarded-Client-Cert')
}
