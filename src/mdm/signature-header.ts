import { checkSize } from '../asn1/der-reader.js'
import { parseSignedData, type SignedData, type SignerInfo } from '../cms/signed-data.js'
import { decodeMessageBase64 } from '../crypto/message-base64.js'
import { fail } from '../errors.js'

/** A header that has the shape of a signature: detached, by one signer. Nothing is verified. */
export interface MdmSignatureMessage {
  readonly signed: SignedData
  readonly signer: SignerInfo
}

/**
 * Reads the header. Line breaks and spaces inside, padding that is missing and the URL-safe alphabet are the doing of
 * proxies and are taken; base64 of base64 is not.
 *
 * Throws `ERR_MDM_SIGNATURE_MISSING`, `ERR_ENCODING`, `ERR_LIMIT`, `ERR_CMS_INVALID`, `ERR_SIGNER_NOT_FOUND`.
 */
export function readMdmSignature(header: string | null | undefined): MdmSignatureMessage {
  if (header === null || header === undefined) fail('ERR_MDM_SIGNATURE_MISSING', 'Mdm-Signature: the header is missing')
  if (typeof header !== 'string') fail('ERR_INVALID_ARGUMENT', 'Mdm-Signature: the header is given as one string')
  checkSize(header.length, 'Mdm-Signature')
  const message = decodeMessageBase64(header)
  if (message === null) fail('ERR_ENCODING', 'Mdm-Signature: the header is not base64')
  if (message.length === 0) fail('ERR_MDM_SIGNATURE_MISSING', 'Mdm-Signature: the header is empty')
  const signed = parseSignedData(message, true)
  // The body is what was signed. Content of its own would be verified instead of the body.
  if (signed.content !== null) fail('ERR_CMS_INVALID', 'Mdm-Signature: content is attached where the body is signed')
  const [signer, ...others] = signed.signers
  if (signer === undefined) fail('ERR_SIGNER_NOT_FOUND', 'Mdm-Signature: there is no signer')
  // A device signs with its one identity: with two signers the caller could be shown the wrong one.
  if (others.length > 0) fail('ERR_CMS_INVALID', 'Mdm-Signature: more than one signer')
  return { signed, signer }
}
