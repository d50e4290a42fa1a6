import { certificateIdOf } from '../cms/identifier.js'
import { parseEnvelopedData } from '../cms/enveloped-data.js'
import { signerHint } from '../cms/verify.js'
import { digestOf } from '../crypto/algorithms.js'
import { isMdmProtocolError } from '../errors.js'
import type { Bytes, CertificateId, DigestName, SignerHint } from '../types.js'
import { messageTypeName, parsePkiMessage } from './message.js'

/** What a pkiMessage says on its outside. Nothing of it is verified. */
export interface ScepEnvelopeInfo {
  /** The RFC's name ('PKCSReq', 'CertRep' …), or the decimal as sent when it has none. */
  readonly messageType: string
  readonly transactionId: string
  readonly senderNonce: Bytes | null
  readonly digest: DigestName
  readonly signer: SignerHint
  readonly recipients: readonly CertificateId[]
}

/**
 * Reads what a pkiMessage says on its outside: enough to choose the CA that it is for, and to refuse it politely with
 * `buildScepFailure`. Nothing is verified or decrypted; decide nothing else on it.
 *
 * `recipients` is empty where the content is absent or no envelope.
 *
 * Throws `ERR_ENCODING`, `ERR_LIMIT`, `ERR_CMS_INVALID`, `ERR_SCEP_INVALID`, `ERR_ALGORITHM_UNKNOWN`,
 * `ERR_CERTIFICATE_INVALID`: answer those with HTTP 400.
 *
 * @example
 * ```ts
 * const which = (message: Uint8Array) => peekScepMessage(message).recipients.map((id) => id.serialNumber)
 * ```
 */
export function peekScepMessage(message: Uint8Array): ScepEnvelopeInfo {
  const { signed, signer, wireType, transactionId, senderNonce } = parsePkiMessage(message)
  return {
    messageType: messageTypeName(wireType),
    transactionId,
    senderNonce,
    digest: digestOf(signer.digestAlgorithm),
    signer: signerHint(signed, signer),
    recipients: recipientsOf(signed.content),
  }
}

function recipientsOf(content: Uint8Array | null): readonly CertificateId[] {
  if (content === null || content.length === 0) return []
  try {
    return parseEnvelopedData(content, true).recipients.map((recipient) => certificateIdOf(recipient.identifier))
  } catch (error) {
    if (isMdmProtocolError(error)) return []
    throw error
  }
}
