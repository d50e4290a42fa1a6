import { requireList } from '../arguments.js'
import { fail } from '../errors.js'
import type { PlistDict } from '../plist/values.js'
import type { DistinguishedName } from '../types.js'
import { copyBytes } from '../bytes/bytes.js'
import { present } from './dictionary.js'
import { payloadOf, requireTexts, subjectArray, withSettings, type PayloadIdentity } from './payload-members.js'
import type { Payload } from './profile.js'

export interface ScepPayloadInput extends PayloadIdentity {
  readonly url: string
  /** Of the certificate that the device asks for. Empty: the CA chooses. */
  readonly subject: DistinguishedName
  /** Which CA of the server; sent as `message` of GetCACert. */
  readonly name?: string
  readonly challenge?: string
  /** Default 2048. Always written: devices that find none make a key of 1024 bits. */
  readonly keyBits?: 1024 | 2048 | 4096
  /** 1 signing, 4 encryption, 5 both. Device default 0: not asked for. */
  readonly keyUsage?: number
  /** Digest over the DER of the CA's certificate; devices tell MD5, SHA-1 and SHA-2 apart by its length. */
  readonly caFingerprint?: Uint8Array
  /** How often the device asks again while the server says PENDING. Device default 3. */
  readonly retries?: number
  /** Seconds between two of them. Device default 10. */
  readonly retryDelay?: number
  /** Merged into the inner dictionary, such as `SubjectAltName`; a clash is `ERR_INVALID_ARGUMENT`. */
  readonly settings?: PlistDict
}

/**
 * A payload that makes the device generate a key and fetch a certificate by SCEP.
 *
 * Nests the subject as iOS wants it and states the key size. Checks only that nothing is set twice and that the subject's
 * attribute types are known, and the numbers that devices give a meaning to; it does not open the URL and does not judge the challenge. A static challenge in a profile
 * is readable by whoever gets the profile: issue one for each device (`issueScepChallenge`), or encrypt the profile.
 *
 * Throws `ERR_INVALID_ARGUMENT` `settings` repeats a member, an attribute type without a known number, an empty
 * identifier or uuid, a URL that is no text, a key size that devices do not make, another key usage, a fingerprint of a
 * length that no digest has, retries or a delay that are no whole number from 0 on.
 *
 * Apple, Device Management, SCEP (`com.apple.security.scep`).
 *
 * @example
 * ```ts
 * const payload = scepPayload({
 *   identifier: 'com.example.mdm.scep',
 *   uuid: '2F7C5D3E-6C1C-4F0B-9B0C-7B9A3A1F0001',
 *   url: 'https://mdm.example.com/scep',
 *   subject: distinguishedName([['O', 'Example'], ['CN', 'device identity']]),
 *   challenge: 'one for each device',
 *   keyUsage: 5,
 * })
 * console.log(payload.PayloadType)
 * ```
 */
export function scepPayload(input: ScepPayloadInput): Payload {
  requireTexts(input, ['url'])
  requireList(input.subject, 'subject')
  const { keyBits = 2048, keyUsage = 0, caFingerprint, retries = 0, retryDelay = 0 } = input
  if (![1024, 2048, 4096].includes(keyBits)) fail('ERR_INVALID_ARGUMENT', 'keyBits is none of 1024, 2048, 4096')
  if (!isScepKeyUsage(keyUsage)) fail('ERR_INVALID_ARGUMENT', 'keyUsage is none of 0, 1, 4, 5')
  if (caFingerprint !== undefined && !isFingerprint(caFingerprint))
    fail('ERR_INVALID_ARGUMENT', 'caFingerprint has not the length of a digest')
  if (!isCount(retries) || !isCount(retryDelay))
    fail('ERR_INVALID_ARGUMENT', 'retries and retryDelay are whole numbers from 0 on')
  const members = present({
    URL: input.url,
    Name: input.name,
    Subject: input.subject.length === 0 ? undefined : subjectArray(input.subject),
    Challenge: input.challenge,
    Keysize: keyBits,
    'Key Type': 'RSA',
    'Key Usage': input.keyUsage,
    CAFingerprint: caFingerprint === undefined ? undefined : copyBytes(caFingerprint),
    Retries: input.retries,
    RetryDelay: input.retryDelay,
  })
  return payloadOf('com.apple.security.scep', input, { PayloadContent: withSettings(members, input.settings) })
}

/** A sum of 1 and 4, or the default of Apple's page. */
export function isScepKeyUsage(value: unknown): boolean {
  return value === 0 || value === 1 || value === 4 || value === 5
}

// MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512: Apple's client chooses by the length (SecSCEPValidateCACertMessage).
const DIGEST_LENGTHS = [16, 20, 28, 32, 48, 64]

export function isFingerprint(value: unknown): boolean {
  return value instanceof Uint8Array && DIGEST_LENGTHS.includes(value.length)
}

/** A whole number that is not negative. */
export function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
