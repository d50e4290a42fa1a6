import { requireObject } from '../arguments.js'
import { verifyCms } from '../cms/verify.js'
import { acceptedByDefault, acceptList } from '../crypto/accept.js'
import { fail, isMdmProtocolError } from '../errors.js'
import { decodePlist } from '../plist/decode.js'
import type { PlistDict } from '../plist/values.js'
import {
  unsafeAcceptAnySigner,
  type AcceptedAlgorithms,
  type Bytes,
  type Context,
  type SignerTrust,
  type VerifiedSigner,
} from '../types.js'
import { checkSignerTrust } from '../x509/trust.js'
import { callOnce } from './call-once.js'
import { isDictionary, member } from './dictionary.js'

/** @inline */
interface OtaAnswer {
  /** What the device tells about itself. Signed by its key, and still a claim. */
  readonly attributes: PlistDict
  /** The CHALLENGE among them: compare it with the one that was issued. */
  readonly challenge: string | null
  readonly signer: VerifiedSigner
}

/** Which phase an answer belongs to is decided by who signed it, never by what it says. */
export type OtaResponse =
  | (OtaAnswer & {
      /** Phase 2: signed by a key that Apple put into the device. Answer with a profile that makes an identity. */
      readonly phase: 'device'
    })
  | (OtaAnswer & {
      /** Phase 3: signed by the identity that the own CA issued. Answer with `buildOtaFinal`. */
      readonly phase: 'enrolled'
    })

export interface OpenOtaResponseOptions extends Context {
  /**
   * Who signs phase 2. Anchor it at Apple's iPhone Device CA, with `validity: 'ignore'` since that CA ended in 2014; the
   * Apple root would admit every certificate that Apple ever issued.
   */
  readonly deviceTrust: SignerTrust
  /** Who signs phase 3: the own CA, or stored identities pinned. */
  readonly identityTrust: Exclude<SignerTrust, typeof unsafeAcceptAnySigner>
  /** Default `acceptedByDefault.device`: SHA-1 and RSA keys of 1024 bits are what Apple's device certificates have. */
  readonly accept?: AcceptedAlgorithms
}

/**
 * Opens what a device posts in phases 2 and 3 of an over-the-air enrolment, and tells which of the two it is.
 *
 * Checks the signature over the attributes, that there is one signer, and whose it is: `identityTrust` is tried first,
 * then `deviceTrust`. A signer of the own CA that is expired or revoked is refused and never taken for a device. Not
 * checked: whether `challenge` is the one that was issued and unused (`challengeMatches` compares in constant time), and
 * whether the attributes are true.
 *
 * Throws `ERR_OTA_INVALID` (the signed content is no dictionary, CHALLENGE is no text, not one signer),
 * `ERR_CERTIFICATE_UNTRUSTED` when neither trust holds, and what `verifyCms` throws: `ERR_ENCODING`, `ERR_CMS_INVALID`,
 * `ERR_SIGNATURE_INVALID`, `ERR_SIGNER_NOT_FOUND`, `ERR_ALGORITHM_*`, `ERR_CERTIFICATE_*`, `ERR_CRL_*`;
 * `ERR_PLIST_INVALID`, `ERR_INVALID_ARGUMENT`.
 *
 * Apple, Over-the-Air Profile Delivery and Configuration, phases 2 and 3.
 *
 * @param message - Body of the POST: CMS in DER or BER.
 * @example
 * ```ts
 * const response = await openOtaResponse(body, {
 *   deviceTrust: { anchors: [appleDeviceCa], validity: 'ignore' },
 *   identityTrust: { anchors: [ownCa] },
 * })
 * console.log(response.phase, response.challenge)
 * ```
 */
export async function openOtaResponse(message: Uint8Array, options: OpenOtaResponseOptions): Promise<OtaResponse> {
  requireObject(options, 'options')
  const { identityTrust } = options
  // JavaScript can hand in what the type forbids, and then anybody would be enrolled.
  if ((identityTrust as SignerTrust) === unsafeAcceptAnySigner)
    fail('ERR_INVALID_ARGUMENT', 'identityTrust: who may sign phase 3 has to be named')
  // Looked at second, and yet those of the moment of the call.
  const deviceTrust = checkSignerTrust(options.deviceTrust)
  const call = { ...callOnce(options), accept: acceptList(options.accept, acceptedByDefault.device) }
  const enrolled = await answerUnder(message, { ...call, trust: identityTrust }, true)
  if (enrolled !== null) return { phase: 'enrolled', ...enrolled }
  const device = await answerUnder(message, { ...call, trust: deviceTrust }, false)
  return { phase: 'device', ...device }
}

interface Rules extends Context {
  readonly trust: SignerTrust
  readonly accept: AcceptedAlgorithms
}

/** `null`, where that is allowed: well signed as far as one can see, but not by anybody under this trust. */
async function answerUnder(message: Uint8Array, rules: Rules, mayBeOther: false): Promise<OtaAnswer>
async function answerUnder(message: Uint8Array, rules: Rules, mayBeOther: true): Promise<OtaAnswer | null>
async function answerUnder(message: Uint8Array, rules: Rules, mayBeOther: boolean): Promise<OtaAnswer | null> {
  try {
    const { content, signers } = await verifyCms(message, rules)
    const [signer, second] = signers
    if (signer === undefined || second !== undefined)
      return fail('ERR_OTA_INVALID', 'the answer of the device has not exactly one signer')
    return answerOf(content, signer)
  } catch (error) {
    if (mayBeOther && isSomebodyElse(error)) return null
    throw error
  }
}

/** An expired or revoked signer of this trust is not somebody else: those errors go to the caller. */
function isSomebodyElse(error: unknown): boolean {
  return isMdmProtocolError(error, 'ERR_CERTIFICATE_UNTRUSTED') || isMdmProtocolError(error, 'ERR_SIGNER_NOT_FOUND')
}

function answerOf(content: Bytes, signer: VerifiedSigner): OtaAnswer {
  const attributes = decodePlist(content)
  if (!isDictionary(attributes)) return fail('ERR_OTA_INVALID', 'the answer of the device is not a dictionary')
  const challenge = member(attributes, 'CHALLENGE') ?? null
  if (challenge !== null && typeof challenge !== 'string')
    return fail('ERR_OTA_INVALID', 'CHALLENGE in the answer of the device is not a string')
  return { attributes, challenge, signer }
}
