import { requireBytes, requireObject } from '../arguments.js'
import { TAG } from '../asn1/der-reader.js'
import { OID } from '../asn1/oid.js'
import { encodeHex } from '../bytes/hex.js'
import { singleValue } from '../cms/attributes.js'
import { parseEnvelopedData } from '../cms/enveloped-data.js'
import { identifies } from '../cms/identifier.js'
import { parseEmbeddedCertificates } from '../cms/signed-data.js'
import { verifySigner } from '../cms/signer.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { attempt, isMdmProtocolError } from '../errors.js'
import { finding } from '../finding.js'
import type { AcceptedAlgorithms, Context, Finding } from '../types.js'
import type { ScepPending } from './build-request.js'
import { parseCaCertResponse, type CaCertificates } from './ca-certificates.js'
import { parsePkiMessage, type PkiMessage } from './message.js'
import { failureOf, requirePending } from './open-reply.js'

/** What Apple's decoders read: MD5 to SHA-512, RSA; no OAEP and no GCM to rely on. */
const APPLE_ACCEPTS: Required<AcceptedAlgorithms> = {
  digests: ['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'],
  signatures: ['RSASSA-PKCS1-v1_5', 'ECDSA'],
  ciphers: ['AES-128-CBC', 'AES-192-CBC', 'AES-256-CBC', 'DES-EDE3-CBC', 'DES-CBC'],
  keyTransport: ['RSAES-PKCS1-v1_5'],
  minRsaBits: 512,
}

/**
 * What an Apple device, or another client in the field, would object to in a server's CertRep: the answer to "The SCEP
 * server returned an invalid response".
 *
 * Judged by the rules of Apple's published SCEP client and of those whose traffic was recorded: who signed, how the status
 * is spelled, what iOS crashed on, what others insist on. Nothing is decrypted, so what is inside the envelope is not
 * judged. Whatever the server sent makes findings and is never thrown; `ERR_INVALID_ARGUMENT` for arguments of another type.
 *
 * Kinds: `ca-unreadable`, `unreadable`, `signature-invalid`, `signer-absent`, `message-type`, `status-string-type`,
 * `status-unknown`, `unsigned-attributes`, `digest-algorithms`, `signature-algorithm`, `attributes-unsorted`,
 * `content-absent`, `envelope-unreadable`, `envelope-algorithm`, `recipient-identifier`, `fail-info`,
 * `transaction-differs`, `recipient-nonce`, `sender-nonce`.
 *
 * @param options - `caCertBody`: the answer to GetCACert of the same server. `pending`: what `buildScepRequest` returned, if
 *   the answer is to a request of ours.
 * @example
 * ```ts
 * const diagnose = async (message: Uint8Array, caCertBody: Uint8Array) =>
 *   (await checkScepReply(message, { caCertBody })).map((finding) => finding.message)
 * ```
 */
export async function checkScepReply(
  message: Uint8Array,
  options: Context & { readonly caCertBody: Uint8Array; readonly pending?: ScepPending },
): Promise<readonly Finding[]> {
  const call = callContext(options)
  requireBytes(message, 'message')
  requireObject(options, 'options')
  requireBytes(options.caCertBody, 'caCertBody')
  if (options.pending !== undefined) requirePending(options.pending)
  const ca = attempt(() => parseCaCertResponse(options.caCertBody))
  if ('fault' in ca) return [finding('ca-unreadable', 'error', `The answer to GetCACert cannot be read: ${ca.fault}.`)]
  const reply = attempt(() => parsePkiMessage(message))
  if ('fault' in reply) return [finding('unreadable', 'error', `The answer is no pkiMessage: ${reply.fault}.`)]
  return [
    ...(await checkSigner(reply.value, ca.value, call)),
    ...checkForm(reply.value),
    ...checkStatus(reply.value),
    ...checkEcho(reply.value, options.pending),
  ]
}

async function checkSigner(reply: PkiMessage, ca: CaCertificates, call: CallContext): Promise<readonly Finding[]> {
  const { signed, signer } = reply
  const findings: Finding[] = []
  const certificates = attempt(() => parseEmbeddedCertificates(signed.certificates))
  const embedded = 'value' in certificates ? certificates.value : []
  if (!embedded.some((certificate) => identifies(signer.identifier, certificate)))
    findings.push(
      finding(
        'signer-absent',
        'info',
        'The message does not carry its signer; Apple takes that, other clients do not.',
      ),
    )
  try {
    const rules = { certificates: embedded, trust: { pinned: ca.signers }, accept: APPLE_ACCEPTS }
    await verifySigner(signed, signer, signed.content ?? new Uint8Array(0), rules, call)
  } catch (error) {
    if (!isMdmProtocolError(error)) throw error
    const who = 'It has to be signed by the very certificate that GetCACert named for signing'
    findings.push(finding('signature-invalid', 'error', `${who}: ${error.message}.`, { certificate: ca.signers[0] }))
  }
  return findings
}

function checkForm(reply: PkiMessage): readonly Finding[] {
  const { signer } = reply
  const findings: Finding[] = []
  if (signer.hasUnsignedAttributes)
    findings.push(
      finding(
        'unsigned-attributes',
        'error',
        'There are unsigned attributes; Apple fails on them unless they are a timestamp.',
      ),
    )
  if (!listsOnlyTheDigest(reply))
    findings.push(
      finding(
        'digest-algorithms',
        'error',
        'digestAlgorithms does not list the digest of the signature alone; iOS 10 and 11 crashed on that.',
      ),
    )
  if (signer.signatureAlgorithm.oid !== OID.rsaEncryption)
    findings.push(
      finding(
        'signature-algorithm',
        'warning',
        'The signature algorithm is not rsaEncryption; old clients know no other.',
      ),
    )
  if ((signer.signedAttributes?.sorted() ?? null) !== null)
    findings.push(
      finding(
        'attributes-unsorted',
        'warning',
        'The signed attributes are not in DER order; strict clients refuse them.',
      ),
    )
  return findings
}

function listsOnlyTheDigest({ signed, signer }: PkiMessage): boolean {
  const [listed, ...more] = signed.digestAlgorithms
  return listed?.oid === signer.digestAlgorithm.oid && more.length === 0
}

/** messageType, pkiStatus, and what each status has to come with. */
export function checkStatus(reply: PkiMessage): readonly Finding[] {
  const findings: Finding[] = []
  if (reply.wireType !== '3') findings.push(finding('message-type', 'error', 'messageType is not 3, CertRep.'))
  const status = statusOf(reply)
  if (!status.printable)
    findings.push(finding('status-string-type', 'error', 'messageType and pkiStatus have to be PrintableStrings.'))
  if (!['0', '2', '3'].includes(status.text))
    return [...findings, finding('status-unknown', 'error', 'pkiStatus is none of 0, 2 and 3.')]
  if (status.text === '0') return [...findings, ...checkEnvelope(reply)]
  if (reply.signed.content === null)
    findings.push(
      finding('content-absent', 'warning', 'There is no content; certmonger fails on that and takes an empty one.'),
    )
  if (status.text === '2') findings.push(...checkFailure(reply))
  return findings
}

function statusOf({ attributes }: PkiMessage): { readonly text: string; readonly printable: boolean } {
  const read = (type: string, field: string): { readonly text: string; readonly printable: boolean } => {
    const value = attempt(() => singleValue(attributes, type, field))
    if ('fault' in value || value.value === null) return { text: '', printable: false }
    const { bytes, body, end, tag } = value.value
    return {
      text: String.fromCharCode(...bytes.subarray(body, Math.min(end, body + 8))),
      printable: tag === TAG.PRINTABLE_STRING,
    }
  }
  const status = read(OID.scepPkiStatus, 'pkiStatus')
  return { text: status.text, printable: status.printable && read(OID.scepMessageType, 'messageType').printable }
}

function checkFailure({ attributes }: PkiMessage): readonly Finding[] {
  const failure = attempt(() => failureOf(attributes))
  if ('value' in failure && failure.value.failInfo !== null) return []
  return [finding('fail-info', 'warning', 'failInfo is missing or none of the five of RFC 8894.')]
}

function checkEnvelope(reply: PkiMessage): readonly Finding[] {
  const content = reply.signed.content
  const envelope = attempt(() => parseEnvelopedData(content ?? new Uint8Array(0)))
  if ('fault' in envelope)
    return [finding('envelope-unreadable', 'error', `SUCCESS without an envelope that can be read: ${envelope.fault}.`)]
  const { recipients, cipher } = envelope.value
  const findings: Finding[] = []
  const transports = recipients.map((recipient) => attempt(recipient.transport))
  const isOldTransport = transports.every((one) => 'value' in one && one.value.name === 'RSAES-PKCS1-v1_5')
  if (!APPLE_ACCEPTS.ciphers.includes(cipher.name) || !isOldTransport)
    findings.push(
      finding(
        'envelope-algorithm',
        'warning',
        'The envelope uses GCM or OAEP; Apple decoders are not known to read them.',
      ),
    )
  if (recipients.length !== 1 || recipients[0]?.identifier.keyIdentifier !== undefined)
    findings.push(
      finding(
        'recipient-identifier',
        'warning',
        'The envelope should name one recipient, by issuer and serial number.',
      ),
    )
  return findings
}

/** What answers to the request. Without `pending` that it is there at all. */
export function checkEcho(reply: PkiMessage, pending?: ScepPending): readonly Finding[] {
  const findings: Finding[] = []
  if (reply.senderNonce === null)
    findings.push(finding('sender-nonce', 'warning', 'senderNonce is missing; some clients insist on it.'))
  if (reply.recipientNonce === null)
    findings.push(finding('recipient-nonce', 'error', 'recipientNonce is missing: RFC 8894 has clients refuse that.'))
  if (pending === undefined) return findings
  if (reply.transactionId !== pending.transactionId)
    findings.push(finding('transaction-differs', 'error', 'transactionID is not that of the request.'))
  const nonce = reply.recipientNonce
  if (nonce !== null && encodeHex(nonce) !== pending.senderNonce.toLowerCase())
    findings.push(finding('recipient-nonce', 'error', 'recipientNonce is not the nonce of the request.'))
  return findings
}
