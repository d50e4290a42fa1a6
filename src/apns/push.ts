import { requireDate, requireObject } from '../arguments.js'
import { isBytes, utf8Bytes } from '../bytes/bytes.js'
import { encodeHex } from '../bytes/hex.js'
import { fail } from '../errors.js'
import type { HttpRequestParts } from '../types.js'

/** What a push needs: all of it comes from the device's last TokenUpdate, save the time and the environment. */
export interface MdmPushInput {
  /** The `Token` of TokenUpdate as bytes, not its base64 or hex text. */
  readonly token: Uint8Array
  /** The `PushMagic` of TokenUpdate, unchanged. */
  readonly pushMagic: string
  /** The `Topic` of TokenUpdate, which is the UID of the push certificate: `com.apple.mgmt.…`. */
  readonly topic: string
  /** Until when Apple keeps the push for a device that is offline. Default: Apple's own limit. `new Date(0)`: not at all. */
  readonly expiresAt?: Date
  /** Default 'production'. MDM tokens of devices in the field are production tokens. */
  readonly environment?: 'production' | 'development'
}

const HOSTS = { production: 'api.push.apple.com', development: 'api.sandbox.push.apple.com' } as const
// Apple states no length but "up to 100 bytes" in its client documentation; today's tokens have 32.
const MAX_TOKEN_BYTES = 256

/**
 * The HTTP/2 request that makes a device connect to its MDM server: a POST of `{"mdm":"…"}` and nothing else.
 *
 * Checked: that token, push magic and topic are there, that the topic can stand in a header, that the time is a date.
 * Not checked: that the topic is the push certificate's (`pushTopicOf`) and that the token belongs to it; Apple answers
 * that (`parsePushResponse`).
 *
 * The caller sends it over HTTP/2 with the push certificate as TLS client certificate; over HTTP/1.1 Apple refuses it. One
 * connection serves many pushes. Do not add an `aps` member: the device would ignore the push.
 *
 * Throws `ERR_INVALID_ARGUMENT`.
 *
 * Apple: "Sending notification requests to APNs", "Setting up push notifications for your MDM customers".
 *
 * @param input.token - bytes of the device token; sent as lower-case hex
 * @param input.expiresAt - sent as `apns-expiration` in whole seconds since 1970
 *
 * @example
 * ```ts
 * const push = buildMdmPush({
 *   token: Uint8Array.from({ length: 32 }, (_, at) => at),
 *   pushMagic: '7E51A9C1-3D2B-4F5E-9A7C-0C9B5B7D1E11',
 *   topic: 'com.apple.mgmt.External.18a16429-886b-41f1-9c30-2bd04ae4fc37',
 * })
 * console.log(push.url, push.headers)
 * ```
 */
export function buildMdmPush(input: MdmPushInput): HttpRequestParts {
  requireObject(input, 'input')
  const { token, pushMagic, topic, expiresAt, environment = 'production' } = input
  if (!isBytes(token) || token.length === 0 || token.length > MAX_TOKEN_BYTES)
    fail('ERR_INVALID_ARGUMENT', `token: 1 to ${String(MAX_TOKEN_BYTES)} bytes are expected`)
  if (!isText(pushMagic)) fail('ERR_INVALID_ARGUMENT', 'pushMagic: a text is expected')
  if (!isText(topic) || !/^[\x21-\x7e]+$/.test(topic))
    fail('ERR_INVALID_ARGUMENT', 'topic: printable ASCII without spaces is expected')
  if (!Object.hasOwn(HOSTS, environment))
    fail('ERR_INVALID_ARGUMENT', "environment: 'production' or 'development' is expected")
  const expiration = expiresAt === undefined ? {} : { 'apns-expiration': secondsOf(expiresAt) }
  return {
    method: 'POST',
    url: `https://${HOSTS[environment]}/3/device/${encodeHex(token)}`,
    headers: { 'apns-push-type': 'mdm', 'apns-topic': topic, 'apns-priority': '10', ...expiration },
    // Escaped as JSON: a push magic with a quotation mark must not add members.
    body: utf8Bytes(JSON.stringify({ mdm: pushMagic })),
  }
}

// `unknown`: JavaScript callers store these in databases and get them back as something else.
function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function secondsOf(at: Date): string {
  requireDate(at, 'expiresAt')
  const seconds = Math.floor(at.getTime() / 1000)
  if (!(seconds >= 0)) fail('ERR_INVALID_ARGUMENT', 'expiresAt: a date from 1970 on is expected')
  return String(seconds)
}
