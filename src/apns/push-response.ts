import { requireObject } from '../arguments.js'
import { fail } from '../errors.js'

/** What became of a push. An open union: keep a default branch. */
export type PushResult =
  | { readonly outcome: 'accepted'; readonly apnsId: string | null }
  | { readonly outcome: 'unregistered'; readonly since: Date | null }
  | { readonly outcome: 'retry'; readonly reason: string; readonly afterSeconds: number | null }
  /** 'sender', so every push: 403, BadTopic, TopicDisallowed, MissingTopic, DeviceTokenNotForTopic, BadDeviceToken (usually the wrong environment). All other 4xx: 'request'. */
  | {
      readonly outcome: 'rejected'
      readonly scope: 'request' | 'sender'
      readonly reason: string
      readonly status: number
    }

/** fetch's Headers, node's IncomingHttpHeaders, or pairs; names in any case. */
export type HeaderSource =
  Iterable<readonly [string, string]> | Readonly<Record<string, string | readonly string[] | undefined>>

const SENDER_REASONS: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'BadTopic',
  'TopicDisallowed',
  'MissingTopic',
  'DeviceTokenNotForTopic',
  'BadDeviceToken',
])
// Apple's answers have some 60 characters. A proxy's error page is not read.
const MAX_BODY = 65_536
const MAX_REASON = 200

/**
 * Reads Apple's answer to a push. Total for whatever comes over the wire: any status, headers and body give a result.
 * `ERR_INVALID_ARGUMENT` where `response` is no object, or its status no number.
 *
 * - 200 `accepted`: Apple has it. Whether the device gets it is not known.
 * - 410 `unregistered`: this token is finished; no push to it until the device sends a new TokenUpdate. The only outcome that
 *   says something about the device.
 * - 429 and 5xx `retry`: later, not before `afterSeconds` where Apple says so.
 * - `rejected`: with scope 'sender' the certificate, the topic or the environment is wrong and every other push will end the
 *   same way: stop, tell somebody, retire nothing. With scope 'request' this one request was malformed. A status that is not
 *   Apple's (a proxy's redirect) counts as 'sender'.
 *
 * Misuse: to delete a device's token on `rejected`. BadDeviceToken and DeviceTokenNotForTopic are what the whole fleet gets
 * when the wrong environment or the wrong certificate was chosen. And to stop everything at the first of these two: the token is
 * what a device said it is, and one device must not be able to silence all others. Stop when several devices get them.
 *
 * `reason` is Apple's word for it, `HTTP <status>` when the body has none. `afterSeconds`: the Retry-After header, whole
 * seconds or an HTTP date (RFC 9110 §5.6.7), which is counted from the answer's own Date header; `null` for all else. `since`: from when on the token was invalid.
 *
 * Apple: "Handling notification responses from APNs".
 *
 * @example
 * ```ts
 * const result = parsePushResponse({ status: 410, headers: {}, body: '{"reason":"Unregistered","timestamp":1700000000000}' })
 * if (result.outcome === 'unregistered') console.log('token invalid since', result.since)
 * ```
 */
export function parsePushResponse(response: {
  readonly status: number
  readonly headers: HeaderSource
  readonly body: string
}): PushResult {
  requireObject(response, 'response')
  const { status, headers } = response
  if (typeof status !== 'number') fail('ERR_INVALID_ARGUMENT', 'status: a number is expected')
  const body = readBody(response.body)
  if (status === 200) return { outcome: 'accepted', apnsId: headerOf(headers, 'apns-id') }
  if (status === 410) return { outcome: 'unregistered', since: dateOf(body.timestamp) }
  const reason =
    typeof body.reason === 'string' && body.reason !== '' ? body.reason.slice(0, MAX_REASON) : `HTTP ${String(status)}`
  if (status === 429 || (status >= 500 && status <= 599))
    return { outcome: 'retry', reason, afterSeconds: retryAfter(headers) }
  const isRequest = status >= 400 && status <= 499 && status !== 403 && !SENDER_REASONS.has(reason)
  return { outcome: 'rejected', scope: isRequest ? 'request' : 'sender', reason, status }
}

function readBody(text: unknown): { readonly reason?: unknown; readonly timestamp?: unknown } {
  if (typeof text !== 'string' || text.length > MAX_BODY) return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

/** Milliseconds since 1970, as Apple documents it. */
function dateOf(timestamp: unknown): Date | null {
  if (typeof timestamp !== 'number') return null
  const at = new Date(timestamp)
  return Number.isNaN(at.getTime()) ? null : at
}

function retryAfter(headers: unknown): number | null {
  const text = headerOf(headers, 'retry-after')?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text)
  // The clock of the answer, not ours: RFC 9110 §10.2.3 has a date here too.
  const seconds = (httpDate(text) - httpDate(headerOf(headers, 'date')?.trim() ?? '')) / 1000
  return Number.isNaN(seconds) ? null : Math.max(0, seconds)
}

/** IMF-fixdate (RFC 9110 §5.6.7), else NaN: `Date.parse` alone makes a date of '1.5' and of '-5'. */
function httpDate(text: string): number {
  const at = Date.parse(text)
  // The one form that every runtime writes so (ECMA-262, Date.prototype.toUTCString).
  return new Date(at).toUTCString() === text ? at : NaN
}

/** Of anything: what is no header counts as none. */
function headerOf(headers: unknown, name: string): string | null {
  for (const pair of pairsOf(headers)) {
    const parts: readonly unknown[] = Array.isArray(pair) ? pair : []
    const [key, value] = parts
    if (typeof key !== 'string' || key.toLowerCase() !== name) continue
    const text: unknown = Array.isArray(value) ? value[0] : value
    if (typeof text === 'string') return text
  }
  return null
}

function pairsOf(headers: unknown): Iterable<unknown> {
  if (typeof headers !== 'object' || headers === null) return []
  return isIterable(headers) ? headers : Object.entries(headers)
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value && typeof value[Symbol.iterator] === 'function'
}
