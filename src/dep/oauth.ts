// OAuth 1.0a, HMAC-SHA1 (RFC 5849 §3.4, §3.5.1): what Apple's enrolment service asks of the session request alone.
import { encodeBase64 } from '../bytes/base64.js'
import { utf8Bytes } from '../bytes/bytes.js'
import type { CallContext } from '../crypto/context.js'
import { hmac } from '../crypto/digest.js'

export type OAuthParameter = readonly [name: string, value: string]

export interface OAuthRequest {
  readonly method: string
  readonly url: URL
  /** Those of the Authorization header, without realm and signature, and those of a form body, decoded. */
  readonly parameters: readonly OAuthParameter[]
}

/** The signature in base64, not yet percent-encoded. */
export async function signOAuth(
  request: OAuthRequest,
  secrets: { readonly consumer: string; readonly token: string },
  ctx: CallContext,
): Promise<string> {
  const key = `${percentEncode(secrets.consumer)}&${percentEncode(secrets.token)}`
  return encodeBase64(await hmac('SHA-1', utf8Bytes(key), utf8Bytes(signatureBaseString(request)), ctx))
}

/** RFC 5849 §3.4.1. The query of the URL counts; its fragment does not. */
export function signatureBaseString({ method, url, parameters }: OAuthRequest): string {
  const pairs = [...url.searchParams, ...parameters]
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => order(nameA, nameB) || order(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
  // URL has lower-cased scheme and host and left out a default port, as §3.4.1.2 wants it.
  const base = `${url.protocol}//${url.host}${url.pathname}`
  return [method.toUpperCase(), base, pairs.join('&')].map(percentEncode).join('&')
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** RFC 5849 §3.6: the unreserved characters of RFC 3986 stay, each other octet of the UTF-8 becomes %XX in upper case. */
export function percentEncode(text: string): string {
  let encoded = ''
  for (const octet of utf8Bytes(text)) {
    const character = String.fromCharCode(octet)
    encoded += /[A-Za-z0-9\-._~]/.test(character) ? character : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}
