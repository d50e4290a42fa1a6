import { requireBytes, requireObject, requireText } from '../arguments.js'
import { encodeBase64 } from '../bytes/base64.js'
import { copyBytes, utf8Bytes } from '../bytes/bytes.js'
import { decodeMessageBase64 } from '../crypto/message-base64.js'
import { fail } from '../errors.js'
import type { Bytes, HttpRequestParts, HttpResponseParts } from '../types.js'

/** The operations of a SCEP URL (RFC 8894 §4.1). */
export type ScepOperation = 'GetCACaps' | 'GetCACert' | 'GetNextCACert' | 'PKIOperation'

/** What a SCEP request asks for. */
export interface ScepHttpRequest {
  readonly operation: ScepOperation
  readonly message: Bytes | null
  readonly caIdentifier: string | null
}

const OPERATIONS: readonly ScepOperation[] = ['GetCACaps', 'GetCACert', 'GetNextCACert', 'PKIOperation']

/** Above any pkiMessage in a query, and what the search for `&` has to walk. */
const MAX_URL = 1024 * 1024

export interface ScepHttpRequestInput {
  readonly url: string
  readonly operation: ScepOperation
  readonly message?: Uint8Array
  readonly caIdentifier?: string
  readonly method?: 'GET' | 'POST'
}

/**
 * The HTTP request of a SCEP operation (RFC 8894 §4.1 to §4.7). The caller sends it.
 *
 * @param input - `url`: as configured, its path and query kept (some servers want `/pkiclient.exe`). `message`: the
 *   pkiMessage, for PKIOperation alone. `caIdentifier`: which CA, for the other operations. `method`: default POST for
 *   PKIOperation; GET where the server does not offer `POSTPKIOperation` (`negotiateScep().method`).
 * @throws `ERR_INVALID_ARGUMENT` when message and operation do not fit, or the URL is none.
 * @example
 * ```ts
 * const request = scepHttpRequest({ url: 'https://mdm.example/scep', operation: 'GetCACaps' })
 * console.log(request.method, request.url)
 * ```
 */
export function scepHttpRequest(input: ScepHttpRequestInput): HttpRequestParts {
  requireObject(input, 'input')
  requireText(input.url, 'url')
  if (input.caIdentifier !== undefined) requireText(input.caIdentifier, 'caIdentifier')
  const isMessage = input.operation === 'PKIOperation'
  if (!OPERATIONS.includes(input.operation)) fail('ERR_INVALID_ARGUMENT', 'operation: not one of SCEP')
  if (isMessage !== (input.message !== undefined))
    fail('ERR_INVALID_ARGUMENT', 'message: expected with PKIOperation and only there')
  const method = input.method ?? (isMessage ? 'POST' : 'GET')
  if (!['GET', 'POST'].includes(method)) fail('ERR_INVALID_ARGUMENT', "method: 'GET' or 'POST' is expected")
  if (method === 'POST' && !isMessage) fail('ERR_INVALID_ARGUMENT', 'method: only PKIOperation is posted')
  const url = operationUrl(input.url, input.operation)
  if (input.message !== undefined) {
    const message = copyBytes(input.message)
    if (method === 'POST')
      return { method, url, headers: { 'content-type': 'application/x-pki-message' }, body: message }
    return { method, url: `${url}&message=${encodeURIComponent(encodeBase64(message))}`, headers: {}, body: null }
  }
  const identifier = input.caIdentifier
  const query = identifier === undefined ? '' : `&message=${encodeURIComponent(identifier)}`
  return { method, url: url + query, headers: {}, body: null }
}

function operationUrl(url: string, operation: ScepOperation): string {
  const base = withoutFragment(url)
  if (!/^https?:\/\/[^/?#]/i.test(base)) return fail('ERR_INVALID_ARGUMENT', 'url: an http or https URL is expected')
  const separator = !base.includes('?') ? '?' : /[?&]$/.test(base) ? '' : '&'
  return `${base}${separator}operation=${operation}`
}

/**
 * What a SCEP client asks for, from the request as it came in (RFC 8894 §4.1).
 *
 * A GET carries the pkiMessage in `message=`, in every spelling of base64 that clients are known to send: `+`, `/` and `=`
 * raw or escaped, once or twice, `+` turned into a space, URL-safe, unpadded, broken into lines. A POST carries it as
 * the body. POST is also taken for the other operations, as some macOS versions send them.
 *
 * Not checked: the pkiMessage itself, and the Content-Type, which clients get wrong.
 *
 * Throws `ERR_SCEP_INVALID` for another method, an unknown operation, or a PKIOperation without message; `ERR_ENCODING`
 * when `message=` is not base64; `ERR_LIMIT` for a URL above 1 MiB. Each is an HTTP 400.
 *
 * @param input - `url` may be a path with query; do not decode it before.
 * @example
 * ```ts
 * const { operation } = parseScepHttpRequest({ method: 'GET', url: '/scep?operation=GetCACert&message=', body: null })
 * console.log(operation)
 * ```
 */
export function parseScepHttpRequest(input: {
  readonly method: string
  readonly url: string
  readonly body: Uint8Array | null
}): ScepHttpRequest {
  requireObject(input, 'input')
  requireText(input.method, 'method')
  requireText(input.url, 'url')
  if (input.body !== null) requireBytes(input.body, 'body')
  const method = input.method.toUpperCase()
  if (method !== 'GET' && method !== 'POST')
    fail('ERR_SCEP_INVALID', 'SCEP request: the method is neither GET nor POST')
  if (input.url.length > MAX_URL) fail('ERR_LIMIT', `SCEP request: a URL of more than ${String(MAX_URL)} characters`)
  const query = queryOf(input.url)
  const asked = query('operation')
  // Most spell it as the RFC does.
  const operation =
    OPERATIONS.find((name) => name === asked) ?? OPERATIONS.find((name) => name.toLowerCase() === asked?.toLowerCase())
  if (operation === undefined) return fail('ERR_SCEP_INVALID', 'SCEP request: the operation is missing or unknown')
  const parameter = query('message')
  if (operation !== 'PKIOperation') return { operation, message: null, caIdentifier: identifierOf(parameter) }
  const posted = method === 'POST' && input.body !== null && input.body.length > 0 ? copyBytes(input.body) : null
  const message = posted ?? messageOf(parameter)
  if (message === null) return fail('ERR_SCEP_INVALID', 'SCEP request: PKIOperation without a message')
  return { operation, message, caIdentifier: null }
}

/** Values of the raw query string: an URLSearchParams would turn the `+` of base64 into a space. First one counts. */
function queryOf(url: string): (name: string) => string | null {
  const whole = withoutFragment(url)
  const start = whole.indexOf('?')
  const pairs = start < 0 ? [] : whole.slice(start + 1).split('&')
  return (name) => {
    const pair = pairs.find((candidate) => candidate.startsWith(`${name}=`))
    return pair === undefined ? null : pair.slice(name.length + 1)
  }
}

function withoutFragment(url: string): string {
  const end = url.indexOf('#')
  return end < 0 ? url : url.slice(0, end)
}

function identifierOf(parameter: string | null): string | null {
  if (parameter === null || parameter === '') return null
  return percentDecoded(parameter.replaceAll('+', ' '))
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return fail('ERR_ENCODING', 'SCEP request: the query has a broken percent escape')
  }
}

function messageOf(parameter: string | null): Bytes | null {
  if (parameter === null) return null
  // Base64 has no %, so an escape that is still there after decoding was escaped twice.
  const once = percentDecoded(parameter)
  const text = once.includes('%') ? percentDecoded(once) : once
  const message = decodeMessageBase64(text.replaceAll(' ', '+'))
  if (message === null) return fail('ERR_ENCODING', 'SCEP request: message= is not base64')
  return message.length === 0 ? null : message
}

const CONTENT_TYPES = {
  GetCACaps: 'text/plain',
  GetNextCACert: 'application/x-x509-next-ca-cert',
  PKIOperation: 'application/x-pki-message',
} as const

/**
 * The HTTP answer to an operation, with the content type that clients want to see. GetCACert has `buildCaCertResponse`.
 *
 * A pkiMessage that says FAILURE or PENDING is a 200 like any other.
 *
 * Throws `ERR_INVALID_ARGUMENT` for another operation, and for a body that is neither text nor Uint8Array.
 *
 * @param body - `formatCaCaps`'s text, or the bytes of `buildNextCaCert` or `buildScepReply`.
 * @example
 * ```ts
 * console.log(scepHttpResponse('GetCACaps', formatCaCaps(['AES', 'SHA-256'])).headers)
 * ```
 */
export function scepHttpResponse(
  operation: 'GetCACaps' | 'GetNextCACert' | 'PKIOperation',
  body: Uint8Array | string,
): HttpResponseParts {
  if (!Object.hasOwn(CONTENT_TYPES, operation)) fail('ERR_INVALID_ARGUMENT', 'operation: not one that is answered so')
  const bytes = typeof body === 'string' ? utf8Bytes(body) : copyBytes(body)
  return { status: 200, headers: { 'content-type': CONTENT_TYPES[operation] }, body: bytes }
}
