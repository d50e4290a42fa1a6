import { requireObject } from '../arguments.js'
import { fail } from '../errors.js'
import type { Bytes, CipherName, Context, SigningIdentity } from '../types.js'
import { callOnce } from './call-once.js'
import { encryptProfile } from './encrypt.js'
import type { OtaResponse } from './ota-response.js'
import type { Profile } from './profile.js'
import { signProfile } from './sign.js'

/**
 * Answer to phase 3 of an over-the-air enrolment: the profile, encrypted to the identity that just signed, then signed
 * by the server.
 *
 * Takes only what `openOtaResponse` opened as phase 3: the recipient is the verified signer, so nobody else can read the
 * profile, whoever fetched it. An answer of phase 2 does not fit by type, and is refused in JavaScript: an Apple device
 * certificate is shared knowledge of no one's CA. AES-128-CBC unless told otherwise.
 *
 * Throws `ERR_INVALID_ARGUMENT` (not an answer of phase 3), `ERR_ALGORITHM_NOT_ACCEPTED` (the identity has no RSA key),
 * and what `encryptProfile` and `signProfile` throw.
 *
 * Apple, Over-the-Air Profile Delivery and Configuration, phase 3.
 *
 * @returns ContentInfo, DER, to be served as `application/x-apple-aspen-config`.
 * @example
 * ```ts
 * const response = await openOtaResponse(body, { deviceTrust, identityTrust: { anchors: [ownCa] } })
 * if (response.phase === 'enrolled') {
 *   const profile = buildProfile({ identifier: 'com.example.wifi', uuid: 'A1', payloads: [] })
 *   console.log((await buildOtaFinal(profile, response, identity)).length)
 * }
 * ```
 */
export async function buildOtaFinal(
  profile: Profile,
  response: Extract<OtaResponse, { phase: 'enrolled' }>,
  signer: SigningIdentity,
  options?: Context & { readonly cipher?: CipherName },
): Promise<Bytes> {
  requireObject(response, 'response')
  if ((response as OtaResponse).phase !== 'enrolled')
    fail('ERR_INVALID_ARGUMENT', 'response: only an answer of phase 3 has an identity to encrypt to')
  requireObject(response.signer, 'response.signer')
  requireObject(signer, 'signer')
  const call = callOnce(options)
  const cipher = options?.cipher === undefined ? {} : { cipher: options.cipher }
  const encrypted = await encryptProfile(profile, [response.signer.certificate], { ...call, ...cipher })
  return signProfile(encrypted, signer, call)
}
