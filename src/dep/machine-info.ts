import { requireObject } from '../arguments.js'
import { checkSize } from '../asn1/der-reader.js'
import { latin1Text } from '../bytes/bytes.js'
import { verifyCms, type VerifyOptions } from '../cms/verify.js'
import { acceptedByDefault, acceptList } from '../crypto/accept.js'
import { decodeMessageBase64 } from '../crypto/message-base64.js'
import { fail } from '../errors.js'
import { decodePlist } from '../plist/decode.js'
import { plistField } from '../plist/field.js'
import type { PlistDict, PlistValue } from '../plist/values.js'
import type { VerifiedSigner } from '../types.js'

/** What a device says of itself when it asks for its enrolment profile. */
export interface MachineInfo {
  /** `null` in a user enrolment, which keeps it private. */
  readonly udid: string | null
  /** `null` in a user enrolment. */
  readonly serialNumber: string | null
  /** Model identifier, `iPad13,18`. */
  readonly product: string | null
  /** `OS_VERSION`; older systems send only their build, in `raw.VERSION`. */
  readonly osVersion: string | null
  readonly raw: PlistDict
  readonly signer: VerifiedSigner
}

const SEQUENCE = 0x30
const NAME = 'MachineInfo'

/**
 * Opens the MachineInfo of Automated Device Enrollment: the `x-apple-aspen-deviceinfo` header or `deviceinfo` query value,
 * or the CMS body that a device posts.
 *
 * Checked: the signature, the one signer under `trust`, that the content is a property list with a dictionary. Not
 * checked: that the device is what it says. Every Apple device has a key that signs this, and what it signs is a claim:
 * serial numbers of others have been sent this way. Look the serial number up among the organisation's devices, and ask for
 * something else besides (a password, an attestation) before handing out anything of value.
 *
 * Apple's certificates of the device's signing CA expired in 2014: a trust by anchors needs `validity: 'ignore'`, and should
 * be anchored at Apple's iPhone Device CA, as the Apple root admits every Apple certificate.
 *
 * Throws `ERR_ENCODING`, `ERR_LIMIT`, `ERR_CMS_INVALID`, `ERR_SIGNER_NOT_FOUND`, `ERR_SIGNATURE_INVALID`,
 * `ERR_ALGORITHM_UNKNOWN`, `ERR_ALGORITHM_NOT_ACCEPTED`, `ERR_CERTIFICATE_*`, `ERR_PLIST_INVALID`, `ERR_INVALID_ARGUMENT`, and
 * `ERR_DEP_INVALID` for a header or query value that is missing, more than one signer, or a content that is no dictionary.
 *
 * Apple: "MachineInfo", "Implementing device management".
 *
 * @param message - the header or query value (base64, percent-encoded or not), or what there is instead; or the body's bytes (CMS, or base64 of it)
 * @param options - `accept` defaults to `acceptedByDefault.device`
 *
 * @example
 * ```ts
 * const info = await openMachineInfo(headerValue, { trust: { anchors: [deviceCa], validity: 'ignore' } })
 * console.log(info.serialNumber, info.product)
 * ```
 */
export async function openMachineInfo(
  message: Uint8Array | string | null | undefined,
  options: VerifyOptions,
): Promise<MachineInfo> {
  requireObject(options, 'options')
  const accept = acceptList(options.accept, acceptedByDefault.device)
  const { content, signers } = await verifyCms(messageBytes(message), { ...options, accept })
  const [signer] = signers
  if (signer === undefined || signers.length > 1) return fail('ERR_DEP_INVALID', `${NAME}: one signer is expected`)
  const raw = dictOf(decodePlist(content))
  return {
    udid: plistField(raw, 'UDID', 'string'),
    serialNumber: plistField(raw, 'SERIAL', 'string'),
    product: plistField(raw, 'PRODUCT', 'string'),
    osVersion: plistField(raw, 'OS_VERSION', 'string'),
    raw,
    signer,
  }
}

function messageBytes(message: Uint8Array | string | null | undefined): Uint8Array {
  if (message === null || message === undefined) return fail('ERR_DEP_INVALID', `${NAME}: the message is missing`)
  if (typeof message !== 'string' && !(message instanceof Uint8Array))
    return fail('ERR_INVALID_ARGUMENT', `${NAME}: the message is given as one string or as bytes`)
  // CMS begins with 0x30; its base64 with `M`.
  if (typeof message !== 'string' && message[0] === SEQUENCE) return message
  checkSize(message.length, NAME)
  const text = typeof message === 'string' ? message : latin1Text(message)
  // A query parser that knows forms only turns `+` into a space; a folded header has its spaces after a line end.
  const base64 = unescaped(text)
    .trim()
    .replace(/\r?\n[ \t]*/g, '')
    .replace(/ /g, '+')
  return decodeMessageBase64(base64) ?? fail('ERR_ENCODING', `${NAME}: base64 of a CMS message is expected`)
}

function unescaped(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

function dictOf(value: PlistValue): PlistDict {
  const isDict =
    typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date) && !(value instanceof Uint8Array)
  return isDict ? (value as PlistDict) : fail('ERR_DEP_INVALID', `${NAME}: a dictionary is expected`)
}
