import { requireFilled, requireObject } from '../arguments.js'
import { encodeHex } from '../bytes/hex.js'
import { callContext } from '../crypto/context.js'
import { randomBytes } from '../crypto/random.js'
import { fail } from '../errors.js'
import type { Context } from '../types.js'
import { type OAuthParameter, percentEncode, signOAuth } from './oauth.js'
import type { DepToken } from './token.js'

/**
 * The `authorization` header of the request that opens a session: OAuth 1.0a with HMAC-SHA1, realm "ADM".
 *
 * The service answers a GET of `https://mdmenrollment.apple.com/session` that has it with `{"auth_session_token":"…"}`. All
 * later requests carry that token in `X-ADM-Auth-Session` and no OAuth; on 401, or 403 with FORBIDDEN, open a session anew.
 * Apple also expects a User-Agent on every request and `X-Server-Protocol-Version` on those after this one.
 *
 * Checked: that the URL is one and that all parts of the token are there. Not checked: whether the token has expired
 * (`checkDepToken`). Misuse: to send the same header twice; the nonce is for one request, and the time for a few minutes.
 *
 * Throws `ERR_INVALID_ARGUMENT`, `ERR_CRYPTO_UNAVAILABLE`.
 *
 * RFC 5849; Apple: "Authenticating with the Automated Device Enrollment program".
 *
 * @param input.url - the absolute URL that will be requested, query included
 * @param input.nonce - text that was not used before with this token in the same second. Default: 32 random hex digits
 * @param context - `now` is the timestamp, in whole seconds
 *
 * @example
 * ```ts
 * const token = { consumerKey: 'CK_1', consumerSecret: 'CS_1', accessToken: 'AT_1', accessSecret: 'AS_1', expiresAt: new Date() }
 * const headers = await depSessionHeaders(token, { url: 'https://mdmenrollment.apple.com/session', method: 'GET' })
 * console.log(headers.authorization)
 * ```
 */
export async function depSessionHeaders(
  token: DepToken,
  input: { readonly url: string; readonly method: 'GET'; readonly nonce?: string },
  context?: Context,
): Promise<Readonly<Record<string, string>>> {
  const call = callContext(context)
  requireObject(token, 'token')
  requireObject(input, 'input')
  requireGet(input.method)
  const secrets = {
    consumer: requireFilled(token.consumerSecret, 'token.consumerSecret'),
    token: requireFilled(token.accessSecret, 'token.accessSecret'),
  }
  const nonce = input.nonce === undefined ? encodeHex(randomBytes(16, call)) : requireFilled(input.nonce, 'nonce')
  const before: readonly OAuthParameter[] = [
    ['oauth_consumer_key', requireFilled(token.consumerKey, 'token.consumerKey')],
    ['oauth_token', requireFilled(token.accessToken, 'token.accessToken')],
    ['oauth_signature_method', 'HMAC-SHA1'],
  ]
  const after: readonly OAuthParameter[] = [
    ['oauth_timestamp', String(Math.floor(call.now.getTime() / 1000))],
    ['oauth_nonce', nonce],
    ['oauth_version', '1.0'],
  ]
  const request = { method: input.method, url: urlOf(input.url), parameters: [...before, ...after] }
  const signature = await signOAuth(request, secrets, call)
  // In the order of Apple's own example; the realm takes no part in the signature (RFC 5849 §3.4.1.3.1).
  const parameters: readonly OAuthParameter[] = [...before, ['oauth_signature', signature], ...after]
  const fields = parameters.map(([name, value]) => `${name}="${percentEncode(value)}"`)
  return { authorization: `OAuth ${['realm="ADM"', ...fields].join(', ')}` }
}

function requireGet(method: string): void {
  if (method !== 'GET') fail('ERR_INVALID_ARGUMENT', "method: 'GET' is expected")
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol))
    return fail('ERR_INVALID_ARGUMENT', 'url: an absolute http or https URL is expected')
  return url
}
