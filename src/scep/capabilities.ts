import { requireList, requireObject, requireText } from '../arguments.js'
import { acceptedByDefault, acceptList } from '../crypto/accept.js'
import { fail, failWith } from '../errors.js'
import type { AcceptedAlgorithms, CipherName, DigestName } from '../types.js'

/** What a SCEP server can do, in the words of RFC 8894 §3.5.2. */
export type ScepCapability =
  | 'AES'
  | 'DES3'
  | 'GetNextCACert'
  | 'POSTPKIOperation'
  | 'Renewal'
  | 'SCEPStandard'
  | 'SHA-1'
  | 'SHA-256'
  | 'SHA-512'
  | 'Update'

/** The answer to GetCACaps. `unknown`: lines that are no capability of RFC 8894, as sent. */
export interface ScepCapabilities {
  readonly known: readonly ScepCapability[]
  readonly unknown: readonly string[]
}

/** How to talk to this server: what `buildScepRequest` and `scepHttpRequest` need to know. */
export interface ScepChoice {
  readonly digest: DigestName
  readonly cipher: CipherName
  readonly method: 'GET' | 'POST'
  readonly renewal: boolean
}

const KNOWN: readonly ScepCapability[] = [
  'AES',
  'DES3',
  'GetNextCACert',
  'POSTPKIOperation',
  'Renewal',
  'SCEPStandard',
  'SHA-1',
  'SHA-256',
  'SHA-512',
  'Update',
]

const MAX_TEXT = 65_536

/**
 * Reads the answer to GetCACaps (RFC 8894 §3.5.2): one capability a line, compared whole and in any case, lines ended by
 * LF, CR LF or CR, repetitions dropped. What is not known is kept apart; an empty text or an error page has no capabilities
 * and is no error.
 *
 * Nothing authenticates this answer: whoever sits between can shorten it. `negotiateScep` therefore takes a floor.
 *
 * Throws `ERR_LIMIT` above 64 KiB, `ERR_INVALID_ARGUMENT` for what is no text.
 *
 * @example
 * ```ts
 * console.log(parseCaCaps('AES\r\nSHA-256\r\nPOSTPKIOperation\r\n').known)
 * ```
 */
export function parseCaCaps(text: string): ScepCapabilities {
  requireText(text, 'text')
  if (text.length > MAX_TEXT) fail('ERR_LIMIT', `GetCACaps: more than ${String(MAX_TEXT)} characters`)
  const known = new Set<ScepCapability>()
  const unknown = new Set<string>()
  for (const line of text.split(/[\r\n]+/)) {
    const token = line.trim()
    if (token === '') continue
    const capability = KNOWN.find((candidate) => candidate.toLowerCase() === token.toLowerCase())
    if (capability === undefined) unknown.add(token)
    else known.add(capability)
  }
  return { known: [...known], unknown: [...unknown] }
}

/**
 * The body of the answer to GetCACaps: the capabilities in the order given, one a line, LF between them.
 *
 * Advertise only what the server does: Apple's clients sign with the strongest digest named here, and send 3DES to a
 * server that does not name `AES`. They do not read `SCEPStandard`, so name `AES`, `SHA-256` and `POSTPKIOperation` beside it.
 *
 * Throws `ERR_INVALID_ARGUMENT` for a name that is none of `ScepCapability`.
 *
 * @example
 * ```ts
 * const body = formatCaCaps(['AES', 'POSTPKIOperation', 'SHA-256', 'Renewal', 'SCEPStandard'])
 * console.log(scepHttpResponse('GetCACaps', body).headers['content-type'])
 * ```
 */
export function formatCaCaps(capabilities: Iterable<ScepCapability>): string {
  if (!isIterable(capabilities)) return fail('ERR_INVALID_ARGUMENT', 'capabilities: a list is expected')
  const lines = [...new Set(capabilities)]
  if (!lines.every((line) => KNOWN.includes(line)))
    fail('ERR_INVALID_ARGUMENT', 'capabilities: only names of ScepCapability are expected')
  return lines.join('\n')
}

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

/**
 * The strongest digest and cipher that the server offers and `accept` allows, POST where it is offered.
 *
 * A server that offers nothing gets what RFC 8894 §3.5.2 falls back to: SHA-1 and 3DES over GET. That is also what an
 * attacker can make of the answer, since it is not authenticated: pass `accept` to set a floor. An `AES` server is sent
 * AES-128-CBC, which is what the word means.
 *
 * Throws `ERR_ALGORITHM_NOT_ACCEPTED` where nothing fits `accept` (default `acceptedByDefault.scep`).
 *
 * @example
 * ```ts
 * const choice = negotiateScep(parseCaCaps('AES\nSHA-256\nPOSTPKIOperation'), { digests: ['SHA-256'], ciphers: ['AES-128-CBC'] })
 * console.log(choice.digest, choice.cipher, choice.method)
 * ```
 */
export function negotiateScep(capabilities: ScepCapabilities, accept?: AcceptedAlgorithms): ScepChoice {
  requireObject(capabilities, 'capabilities')
  requireList(capabilities.known, 'capabilities.known')
  const list = acceptList(accept, acceptedByDefault.scep)
  const offers = (name: ScepCapability): boolean => capabilities.known.includes(name)
  const standard = offers('SCEPStandard')
  const digests: DigestName[] = []
  if (offers('SHA-512')) digests.push('SHA-512')
  if (offers('SHA-256') || standard) digests.push('SHA-256')
  if (offers('SHA-1') || digests.length === 0) digests.push('SHA-1')
  const ciphers: CipherName[] = []
  if (offers('AES') || standard) ciphers.push('AES-128-CBC')
  if (offers('DES3') || ciphers.length === 0) ciphers.push('DES-EDE3-CBC')
  return {
    digest: firstAccepted('digests', digests, list.digests),
    cipher: firstAccepted('ciphers', ciphers, list.ciphers),
    method: offers('POSTPKIOperation') || standard ? 'POST' : 'GET',
    renewal: offers('Renewal'),
  }
}

function firstAccepted<T extends string>(
  kind: 'digests' | 'ciphers',
  offered: readonly T[],
  accepted: readonly T[],
): T {
  return (
    offered.find((name) => accepted.includes(name)) ??
    failWith('ERR_ALGORITHM_NOT_ACCEPTED', `GetCACaps: the server offers none of the accepted ${kind}`, {
      kind,
      name: offered.join(', '),
    })
  )
}
