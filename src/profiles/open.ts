import { requireBytes, requireObject } from '../arguments.js'
import { verifyCms, type VerifyOptions } from '../cms/verify.js'
import { acceptedByDefault, acceptList } from '../crypto/accept.js'
import { fail } from '../errors.js'
import { decodePlist } from '../plist/decode.js'
import type { AcceptedAlgorithms, Context, Recipients, VerifiedSigner } from '../types.js'
import { callOnce } from './call-once.js'
import { decryptProfile } from './encrypt.js'
import { isEncrypted, isSigned, profileOf, type Profile } from './profile.js'

export interface OpenedProfile {
  readonly profile: Profile
  /** Empty only for an unsigned profile under `allowUnsigned`. */
  readonly signers: readonly VerifiedSigner[]
  /** Whether the profile came encrypted; with a recipient given, `profile` is the decrypted one. */
  readonly encrypted: boolean
}

export interface OpenProfileOptions extends VerifyOptions {
  /** Whose keys open `EncryptedPayloadContent`. Without it an encrypted profile is returned as it is. */
  readonly recipient?: Recipients
  /** Default false. */
  readonly allowUnsigned?: boolean
}

/**
 * Opens a profile as it was served: verifies and takes off the signature, then decrypts when a recipient is given.
 *
 * The signature is judged by `accept`, default `acceptedByDefault.modern`; the encryption by `accept`, default
 * `acceptedByDefault.device`. A list in `accept` replaces both defaults, so name there what either needs. The default of
 * `trust.validity` is 'now'; 'signing-time' judges at the moment that the signer claims, as Apple's devices do.
 * `unsafeAcceptAnySigner` reads a profile without trusting it. An unsigned profile throws unless `allowUnsigned`; then
 * `signers` is empty, and nobody vouches for the content. What the payloads say is not judged.
 *
 * Throws `ERR_PROFILE_INVALID` (unsigned, or no profile inside), `ERR_PLIST_INVALID`, `ERR_ENCODING`, `ERR_LIMIT`,
 * `ERR_CMS_INVALID`, `ERR_SIGNER_NOT_FOUND`, `ERR_SIGNATURE_INVALID`, `ERR_ALGORITHM_*`, `ERR_CERTIFICATE_*`,
 * `ERR_CRL_*`, `ERR_DECRYPTION_FAILED`, `ERR_INVALID_ARGUMENT`.
 *
 * RFC 5652; Apple, Device Management, TopLevel.
 *
 * @param input - Content of a `.mobileconfig` file: CMS in DER or BER, or a property list.
 * @example
 * ```ts
 * const signed = await signProfile(buildProfile({ identifier: 'com.example.wifi', uuid: 'A1', payloads: [] }), identity)
 * const { profile, signers } = await openProfile(signed, { trust: { pinned: [identity.certificate] } })
 * console.log(profile.PayloadIdentifier, signers[0]?.signingTime)
 * ```
 */
export async function openProfile(input: Uint8Array, options: OpenProfileOptions): Promise<OpenedProfile> {
  requireBytes(input, 'input')
  requireObject(options, 'options')
  const call = callOnce(options)
  const { profile, signers } = await verified(input, options, call)
  const encrypted = isEncrypted(profile)
  if (!encrypted || options.recipient === undefined) return { profile, signers, encrypted }
  const decryption = withAccept(call, options.accept)
  return { profile: await decryptProfile(profile, options.recipient, decryption), signers, encrypted }
}

async function verified(
  input: Uint8Array,
  options: OpenProfileOptions,
  call: Context,
): Promise<Pick<OpenedProfile, 'profile' | 'signers'>> {
  if (!isSigned(input)) {
    if (options.allowUnsigned !== true) fail('ERR_PROFILE_INVALID', 'the profile is not signed')
    return { profile: profileOf(decodePlist(input)), signers: [] }
  }
  const accept = acceptList(options.accept, acceptedByDefault.modern)
  const { content, signers } = await verifyCms(input, { ...call, trust: options.trust, accept })
  return { profile: profileOf(decodePlist(content)), signers }
}

function withAccept(call: Context, accept: AcceptedAlgorithms | undefined): Context & { accept?: AcceptedAlgorithms } {
  return accept === undefined ? call : { ...call, accept }
}
