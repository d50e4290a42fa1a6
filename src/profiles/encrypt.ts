import { decryptCms, type DecryptOptions } from '../cms/decrypt.js'
import { sealEnvelope } from '../cms/encrypt.js'
import { acceptedByDefault, acceptList } from '../crypto/accept.js'
import { callContext } from '../crypto/context.js'
import { fail, failDecryption, isMdmProtocolError } from '../errors.js'
import { decodePlist } from '../plist/decode.js'
import { encodePlist } from '../plist/encode.js'
import type { PlistValue } from '../plist/values.js'
import type { Bytes, Certificate, CipherName, Context, Recipients } from '../types.js'
import { callOnce } from './call-once.js'
import { without } from './dictionary.js'
import { profileOf, requireContent, type Profile } from './profile.js'

/**
 * Encrypts the payloads of a profile to one or more devices.
 *
 * `PayloadContent` becomes `EncryptedPayloadContent`, a CMS EnvelopedData whose plaintext is the property list of the
 * payload array; the outer members stay readable and `IsEncrypted` is set. AES-128-CBC unless told otherwise (3DES by
 * name for old devices; devices read no GCM), RSAES-PKCS1-v1_5, recipient by issuer and serial number: what Apple's
 * decoders read. The certificates are not judged, and encryption says nothing about the sender: sign afterwards
 * (`signProfile`). Give it the certificate that the device just signed with, never one from a directory that the device
 * could fill.
 *
 * Throws `ERR_PROFILE_INVALID` (no profile, or nothing in the clear to encrypt), `ERR_ALGORITHM_NOT_ACCEPTED` for a
 * certificate without an RSA key, `ERR_INVALID_ARGUMENT` for no recipient or DES-CBC.
 *
 * RFC 5652 §6; Apple, Device Management, TopLevel, IsEncrypted and EncryptedPayloadContent.
 *
 * @example
 * ```ts
 * const profile = buildProfile({ identifier: 'com.example.wifi', uuid: 'A1', payloads: [] })
 * const encrypted = await encryptProfile(profile, [identity.certificate])
 * console.log((await signProfile(encrypted, identity)).length)
 * ```
 */
export async function encryptProfile(
  profile: Profile,
  recipients: readonly [Certificate, ...Certificate[]],
  options?: Context & { readonly cipher?: CipherName },
): Promise<Profile> {
  const { PayloadContent: content, ...outer }: { [key: string]: PlistValue | undefined } = profileOf(profile)
  if (content === undefined) fail('ERR_PROFILE_INVALID', 'the profile has no PayloadContent to encrypt')
  if (outer['EncryptedPayloadContent'] !== undefined) fail('ERR_PROFILE_INVALID', 'the profile is encrypted already')
  const envelope = {
    content: encodePlist(content),
    recipients,
    cipher: options?.cipher ?? 'AES-128-CBC',
    keyTransport: 'RSAES-PKCS1-v1_5',
  } as const
  const encrypted = await sealEnvelope(envelope, callContext(options))
  // One by one: behind a spread each member costs a microsecond.
  outer['IsEncrypted'] = true
  outer['EncryptedPayloadContent'] = encrypted
  return profileOf(outer)
}

/**
 * Decrypts the payloads of an encrypted profile: the profile with `PayloadContent` in place again.
 *
 * An encrypted profile is recognised by `EncryptedPayloadContent` alone. Reads DER and BER, AES and 3DES
 * (`acceptedByDefault.device`), recipients by issuer and serial number or by key identifier. Nothing is authenticated by
 * that: verify the signature around it, which `openProfile` does in the same call.
 *
 * Throws `ERR_PROFILE_INVALID` (no profile, not encrypted, or with payloads in the clear beside the encrypted ones),
 * `ERR_ENCODING`, `ERR_CMS_INVALID`, `ERR_LIMIT`, `ERR_ALGORITHM_*` for what can be seen from outside, and one
 * `ERR_DECRYPTION_FAILED` for all else, an unreadable plaintext included.
 *
 * RFC 5652 §6; Apple, Device Management, TopLevel, EncryptedPayloadContent.
 *
 * @example
 * ```ts
 * const profile = buildProfile({ identifier: 'com.example.wifi', uuid: 'A1', payloads: [] })
 * const encrypted = await encryptProfile(profile, [identity.certificate])
 * console.log((await decryptProfile(encrypted, identity)).PayloadContent)
 * ```
 */
export async function decryptProfile(
  profile: Profile,
  recipient: Recipients,
  options?: DecryptOptions,
): Promise<Profile> {
  const encrypted = profileOf(profile)['EncryptedPayloadContent']
  if (!(encrypted instanceof Uint8Array)) fail('ERR_PROFILE_INVALID', 'the profile has no EncryptedPayloadContent')
  if (profile.PayloadContent !== undefined)
    fail('ERR_PROFILE_INVALID', 'the profile has PayloadContent and EncryptedPayloadContent: which one counts is open')
  const accept = acceptList(options?.accept, acceptedByDefault.device)
  const plaintext = await decryptCms(encrypted, recipient, { ...callOnce(options), accept })
  const outer = without(profile, ['EncryptedPayloadContent', 'IsEncrypted'])
  return profileOf({ ...outer, PayloadContent: contentOf(plaintext, profile.PayloadType) })
}

/** Unauthenticated plaintext: whatever is wrong with it looks like a wrong key. */
function contentOf(plaintext: Bytes, type: Profile['PayloadType']): PlistValue {
  try {
    const content = decodePlist(plaintext)
    requireContent(type, content)
    return content
  } catch (error) {
    if (isMdmProtocolError(error)) return failDecryption()
    throw error
  }
}
