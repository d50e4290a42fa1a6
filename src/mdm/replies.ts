// Answers to check-ins that need a body. All others are answered with an empty one.
import { encodePlist } from '../plist/encode.js'
import type { Bytes } from '../types.js'

/**
 * The answer to GetBootstrapToken. `null`: there is none, which is an empty body.
 *
 * Nothing is checked: the token is what SetBootstrapToken brought, octet for octet.
 *
 * Written in: Apple, Device Management, Get Bootstrap Token.
 *
 * @example
 * ```ts
 * console.log(buildBootstrapTokenReply(null).length)
 * ```
 */
export function buildBootstrapTokenReply(token: Uint8Array | null): Bytes {
  return token === null || token.length === 0 ? new Uint8Array() : encodePlist({ BootstrapToken: token })
}

/**
 * The answer to UserAuthenticate: the challenge of HTTP digest access authentication that the user's password answers, or
 * `''` for none, which lets the user in at once. To refuse the user, answer with status 410 and no body instead.
 *
 * Throws `ERR_PLIST_INVALID` for characters that XML cannot hold.
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
  return encodePlist({ DigestChallenge: digestChallenge })
}

/**
 * The answer to GetToken: for `com.apple.maid` the octets of the JSON Web Token that your service signs.
 *
 * Nothing is checked. To refuse, answer with an error status instead.
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
  return encodePlist({ TokenData: tokenData })
}
