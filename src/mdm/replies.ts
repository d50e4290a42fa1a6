// Answers to check-ins that need a body. All others are answered with an empty one.
import { copyBytes } from '../bytes/bytes.js'
import { fail } from '../errors.js'
import { encodePlist } from '../plist/encode.js'
import type { Bytes } from '../types.js'

/**
 * The answer to GetBootstrapToken. `null`: there is none, which is an empty body.
 *
 * What is in it is not looked at: it is what SetBootstrapToken brought, octet for octet. Throws `ERR_INVALID_ARGUMENT` for what are
 * no octets.
 *
 * Written in: Apple, Device Management, Get Bootstrap Token.
 *
 * @example
 * ```ts
 * console.log(buildBootstrapTokenReply(null).length)
 * ```
 */
export function buildBootstrapTokenReply(token: Uint8Array | null): Bytes {
  const octets = token === null ? new Uint8Array() : copyBytes(token)
  return octets.length === 0 ? octets : encodePlist({ BootstrapToken: octets })
}

/**
 * The answer to UserAuthenticate: the challenge of HTTP digest access authentication that the user's password answers, or
 * `''` for none, which lets the user in at once. To refuse the user, answer with status 410 and no body instead.
 *
 * Throws `ERR_PLIST_INVALID` for characters that XML cannot hold, `ERR_INVALID_ARGUMENT` for what is no text.
 *
 * Written in: Apple, Device Management, User Authenticate.
 *
 * @example
 * ```ts
 * const body = buildUserAuthenticateReply('')
 * console.log(new TextDecoder().decode(body))
 * ```
 */
export function buildUserAuthenticateReply(digestChallenge: string): Bytes {
  if (typeof digestChallenge !== 'string') fail('ERR_INVALID_ARGUMENT', 'digestChallenge: a text is expected')
  return encodePlist({ DigestChallenge: digestChallenge })
}

/**
 * The answer to GetToken: for `com.apple.maid` the octets of the JSON Web Token that your service signs.
 *
 * What is in it is not looked at. To refuse, answer with an error status instead. Throws `ERR_INVALID_ARGUMENT` for what are no
 * octets.
 *
 * Written in: Apple, Device Management, Get Token.
 *
 * @example
 * ```ts
 * const body = buildGetTokenReply(new TextEncoder().encode('header.payload.signature'))
 * console.log(new TextDecoder().decode(body))
 * ```
 */
export function buildGetTokenReply(tokenData: Uint8Array): Bytes {
  return encodePlist({ TokenData: copyBytes(tokenData) })
}
