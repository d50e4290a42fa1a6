import { checkSize } from '../asn1/der-reader.js'
import { latin1Text } from '../bytes/bytes.js'
import { decodeHex } from '../bytes/hex.js'
import type { DecryptOptions } from '../cms/decrypt.js'
import { fail } from '../errors.js'
import type { Bytes, Recipients } from '../types.js'

const NAME = 'mdmcert.download reply'

/**
 * Opens the file that mdmcert.download mails: the text to upload to identity.apple.com/pushcert.
 *
 * The attachment `mdm_signed_request.….plist.b64.p7` is hex text of a CMS message, and inside is the upload in base64,
 * ready as it is: do not encode it again.
 *
 * Checked: that the plaintext is a push certificate request with all its parts. Not checked: its signatures. The
 * message is encrypted and not signed; `openPushCertificateRequest` on the result tells whether a vendor signed it, whether
 * the request is one's own, and whether the service's vendor certificate is still valid, which is where this service fails.
 *
 * Throws `ERR_ENCODING` for what is no hex, is cut short, or is encoded twice; `ERR_CMS_INVALID`, `ERR_LIMIT`,
 * `ERR_ALGORITHM_UNKNOWN`, `ERR_ALGORITHM_NOT_ACCEPTED`; `ERR_DECRYPTION_FAILED` for a wrong key, damage, and a plaintext that
 * is something else. What a `KeyUnwrapper` or `RawRsaKey` rejects with passes through.
 *
 * RFC 5652 §6; mdmcert.download: "Instructions".
 *
 * @param text - the attachment, white space allowed
 * @param recipient - the identity of `encryptTo`
 * @param options - `accept` defaults to `acceptedByDefault.device`
 *
 * @example
 * ```ts
 * const upload = await openMdmcertReply(attachment, identity)
 * const { csr } = await openPushCertificateRequest(upload, { trust: { anchors: [appleRoot] } })
 * console.log(formatName(csr.subject))
 * ```
 */
export async function openMdmcertReply(text: string, recipient: Recipients, options?: DecryptOptions): Promise<string> {
  const message = decodeReply(text)
  const { decryptReply } = await import('./reply-decryption.js')
  return decryptReply(message, recipient, options)
}

function decodeReply(text: string): Bytes {
  if (typeof (text as unknown) !== 'string') fail('ERR_INVALID_ARGUMENT', `${NAME}: a text is expected`)
  checkSize(text.length, NAME)
  const digits = text.replace(/\s+/g, '')
  const bytes = digits === '' ? null : decodeHex(digits)
  if (bytes === null) return fail('ERR_ENCODING', `${NAME}: hexadecimal digits are expected, two for each octet`)
  if (decodeHex(latin1Text(bytes.subarray(0, 64))) !== null)
    fail('ERR_ENCODING', `${NAME}: it is encoded in hexadecimal digits twice`)
  return bytes
}
