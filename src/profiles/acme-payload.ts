import { fail } from '../errors.js'
import type { PlistDict } from '../plist/values.js'
import type { DistinguishedName } from '../types.js'
import { present } from './dictionary.js'
import { payloadOf, requireTexts, subjectArray, withSettings, type PayloadIdentity } from './payload-members.js'
import type { Payload } from './profile.js'

export interface AcmePayloadInput extends PayloadIdentity {
  readonly directoryUrl: string
  /** Names one device to the ACME server; whoever learns it can ask in the device's name. */
  readonly clientIdentifier: string
  readonly subject: DistinguishedName
  readonly keyType: 'RSA' | 'ECSECPrimeRandom'
  /** RSA: 1024 to 4096, a multiple of 8. ECSECPrimeRandom: 192, 256, 384 or 521, and 256 or 384 when hardware-bound. */
  readonly keyBits: number
  /** The key is made in the Secure Enclave and stays there: only with ECSECPrimeRandom. */
  readonly hardwareBound: boolean
  /** Asks for Apple's attestation of the key and the device: only with `hardwareBound`. */
  readonly attest?: boolean
  /** Merged into the payload, such as `ExtendedKeyUsage`; a clash is `ERR_INVALID_ARGUMENT`. */
  readonly settings?: PlistDict
}

/**
 * A payload that makes the device generate a key and fetch a certificate by ACME (iOS 16, macOS 13.1 and later).
 *
 * Checks the combinations of key type, size and binding that Apple's page allows, and that nothing is set twice. Does not
 * check that the hardware of a device can do it: an attestation needs an A11, an M1 or later.
 *
 * Throws `ERR_INVALID_ARGUMENT` a key that no device makes, attestation without `hardwareBound`, `settings` that repeat
 * a member, an attribute type without a known number, what is no text where one is needed.
 *
 * Apple, Device Management, ACMECertificate (`com.apple.security.acme`).
 *
 * @example
 * ```ts
 * const payload = acmePayload({
 *   identifier: 'com.example.mdm.acme',
 *   uuid: '2F7C5D3E-6C1C-4F0B-9B0C-7B9A3A1F0002',
 *   directoryUrl: 'https://ca.example.com/acme/directory',
 *   clientIdentifier: '8A2F…',
 *   subject: distinguishedName([['CN', 'device identity']]),
 *   keyType: 'ECSECPrimeRandom',
 *   keyBits: 384,
 *   hardwareBound: true,
 *   attest: true,
 * })
 * console.log(payload.PayloadType)
 * ```
 */
export function acmePayload(input: AcmePayloadInput): Payload {
  requireTexts(input, ['directoryUrl', 'clientIdentifier'])
  const fault = acmeKeyFault(input.keyType, input.keyBits, input.hardwareBound, input.attest === true)
  if (fault !== null) fail('ERR_INVALID_ARGUMENT', fault)
  const members = present({
    DirectoryURL: input.directoryUrl,
    ClientIdentifier: input.clientIdentifier,
    KeyType: input.keyType,
    KeySize: input.keyBits,
    HardwareBound: input.hardwareBound,
    Attest: input.attest,
    Subject: subjectArray(input.subject),
  })
  return payloadOf('com.apple.security.acme', input, withSettings(members, input.settings))
}

/** Why a device would not make this key; `null` when it would. */
export function acmeKeyFault(type: string, bits: number, hardwareBound: boolean, attest: boolean): string | null {
  if (attest && !hardwareBound) return 'Attest needs HardwareBound'
  if (type === 'RSA') {
    if (hardwareBound) return 'HardwareBound needs KeyType ECSECPrimeRandom'
    return bits >= 1024 && bits <= 4096 && bits % 8 === 0 ? null : 'KeySize of RSA is a multiple of 8 from 1024 to 4096'
  }
  if (type !== 'ECSECPrimeRandom') return 'KeyType is neither RSA nor ECSECPrimeRandom'
  if (hardwareBound && bits !== 256 && bits !== 384) return 'KeySize of a hardware-bound key is 256 or 384'
  return [192, 256, 384, 521].includes(bits) ? null : 'KeySize of ECSECPrimeRandom is 192, 256, 384 or 521'
}
