import { requireBytes, requireObject } from '../arguments.js'
import { copyBytes } from '../bytes/bytes.js'
import { signOwnData } from '../cms/sign.js'
import { verifyCms, type VerifyOptions } from '../cms/verify.js'
import { acceptedByDefault, acceptList } from '../crypto/accept.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { fail } from '../errors.js'
import { decodePlist } from '../plist/decode.js'
import type { Bytes, Context, SigningIdentity } from '../types.js'
import { callOnce } from './call-once.js'
import { encodeProfile, isSigned, profileOf, type Profile } from './profile.js'

/**
 * Signs a profile: CMS SignedData around it, SHA-256, with the signer's certificate, its chain and signingTime.
 *
 * A profile given as bytes is carried byte for byte; a profile given as data is written by `encodeProfile`. The bytes are
 * not read: only that they are not a signed message already. Give `signer.chain` every intermediate certificate: a
 * device fetches none and shows "Unverified" where one is missing; the root may be left out. The signing time is `now`,
 * so a profile that was signed before its certificate ended is still verified afterwards. A device says "Verified" where
 * it trusts the root of the chain, whoever that is.
 *
 * Throws `ERR_PROFILE_INVALID` (no profile, or signed already), `ERR_PLIST_INVALID` and `ERR_INVALID_ARGUMENT` for what
 * cannot be written or signed with; what a `RemoteSigner` rejects with passes through.
 *
 * RFC 5652 §5; Apple, Configuration Profile Reference, "Signing a Profile".
 *
 * @param profile - The profile, or its XML or binary property list.
 * @returns ContentInfo, DER: the content of a `.mobileconfig` file, served as `application/x-apple-aspen-config`.
 * @example
 * ```ts
 * const profile = buildProfile({ identifier: 'com.example.wifi', uuid: 'A1', payloads: [] })
 * const signed = await signProfile(profile, identity)
 * console.log(signed.length)
 * ```
 */
export async function signProfile(
  profile: Profile | Uint8Array,
  signer: SigningIdentity,
  context?: Context,
): Promise<Bytes> {
  const content = profile instanceof Uint8Array ? copyBytes(profile) : encodeProfile(profile)
  return signOwn(content, signer, callContext(context))
}

/** `content`: nobody else writes to it. */
async function signOwn(content: Bytes, signer: SigningIdentity, call: CallContext): Promise<Bytes> {
  if (content.length === 0) fail('ERR_PROFILE_INVALID', 'the profile is empty')
  if (isSigned(content))
    fail('ERR_PROFILE_INVALID', 'the profile is signed already: resignProfile replaces a signature')
  return signOwnData({ content, detached: false, digest: 'SHA-256', signingTime: call.now }, signer, call)
}

/**
 * Replaces the signature of a profile, after the signing certificate was renewed.
 *
 * The old signature is verified first under `trust` (default algorithms `acceptedByDefault.modern`; an old SHA-1
 * signature has to be named in `accept`), and the content must be a profile. It is carried byte for byte, so a device
 * sees the same profile from a renewed signer. Pin the old certificate (`{ pinned: [old] }`), or use `validity:
 * 'signing-time'` with anchors, when it has expired meanwhile. Whether devices take the result as an update:
 * `checkProfileUpdate`.
 *
 * Throws what `openProfile` throws for a signed profile, and what `signProfile` throws.
 *
 * RFC 5652 §5; Apple, MDM Protocol Reference, "Updating Expired Profiles".
 *
 * @example
 * ```ts
 * const signed = await signProfile(buildProfile({ identifier: 'com.example.wifi', uuid: 'A1', payloads: [] }), identity)
 * const renewed = await resignProfile(signed, identity, { trust: { pinned: [identity.certificate] } })
 * console.log(renewed.length)
 * ```
 */
export async function resignProfile(
  signed: Uint8Array,
  signer: SigningIdentity,
  options: VerifyOptions,
): Promise<Bytes> {
  requireBytes(signed, 'signed')
  requireObject(options, 'options')
  if (!isSigned(signed)) fail('ERR_PROFILE_INVALID', 'the profile is not signed: signProfile signs it')
  const call = callOnce(options)
  const accept = acceptList(options.accept, acceptedByDefault.modern)
  const { content } = await verifyCms(signed, { ...call, trust: options.trust, accept })
  profileOf(decodePlist(content))
  return signOwn(content, signer, callContext(call))
}
