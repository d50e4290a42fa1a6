import { requireFilled, requireObject, requireText } from '../arguments.js'
import { checkSize, type DerFormat, enter, readDer, TAG } from '../asn1/der-reader.js'
import { OID } from '../asn1/oid.js'
import { writePem } from '../asn1/pem.js'
import { encodeBase64 } from '../bytes/base64.js'
import { copyBytes, utf8Bytes } from '../bytes/bytes.js'
import { fail } from '../errors.js'
import type { Certificate, CertificateRequest, HttpRequestParts } from '../types.js'
import { certificateFields } from './certificate-fields.js'

const REQUEST: DerFormat = { name: 'certificate request', code: 'ERR_CSR_INVALID' }
const URL_OF_SERVICE = 'https://mdmcert.download/api/v1/signrequest'

export interface MdmcertRequestInput {
  readonly csr: CertificateRequest
  /** The address that was registered with the service; the reply is mailed there. */
  readonly email: string
  /** The key that the service gave to this product. */
  readonly apiKey: string
  /** Certificate whose key opens the reply. RSA. Self-signed will do. */
  readonly encryptTo: Certificate
}

/**
 * The request that asks mdmcert.download, a free service with a vendor certificate, to sign a push certificate request.
 *
 * Checked: that both are DER and that the certificate has an RSA key, which is what the service encrypts to. Not checked:
 * the request and its signature (`verifyCsr`); whether the address is registered.
 *
 * Misuse: to use another product's API key; the service gives one to each. And to lose the key of `encryptTo`: the mail with
 * the reply cannot be opened without it.
 *
 * Throws `ERR_INVALID_ARGUMENT`, `ERR_ENCODING`, `ERR_CSR_INVALID`, `ERR_CERTIFICATE_INVALID`.
 *
 * mdmcert.download: "Instructions".
 *
 * @example
 * ```ts
 * const request = buildMdmcertRequest({ csr, email: 'admin@example.com', apiKey: 'key of this product', encryptTo: certificate })
 * const response = await fetch(request.url, request)
 * console.log(parseMdmcertResponse(await response.text()))
 * ```
 */
export function buildMdmcertRequest(input: MdmcertRequestInput): HttpRequestParts {
  requireObject(input, 'input')
  const { csr, email, apiKey, encryptTo } = input
  const certificate = certificateFields(encryptTo)
  if (certificate.keyAlgorithm() !== OID.rsaEncryption)
    fail('ERR_INVALID_ARGUMENT', 'encryptTo: an RSA key is expected')
  requireFilled(apiKey, 'apiKey')
  if (!requireFilled(email, 'email').includes('@')) fail('ERR_INVALID_ARGUMENT', 'email: an address is expected')
  const members = {
    csr: encodedPem('CERTIFICATE REQUEST', requestOf(csr)),
    email,
    key: apiKey,
    encrypt: encodedPem('CERTIFICATE', certificate.der),
  }
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  return { method: 'POST', url: URL_OF_SERVICE, headers, body: utf8Bytes(JSON.stringify(members)) }
}

function requestOf(csr: CertificateRequest): Uint8Array {
  const der: unknown = (csr as CertificateRequest | null | undefined)?.der
  if (!(der instanceof Uint8Array)) return fail('ERR_INVALID_ARGUMENT', 'csr: an object with der is expected')
  const kept = copyBytes(der)
  enter(readDer(kept, REQUEST), TAG.SEQUENCE, REQUEST, 'CertificationRequest')
  return kept
}

function encodedPem(label: string, der: Uint8Array): string {
  return encodeBase64(utf8Bytes(writePem(label, der)))
}

/**
 * The service's answer to the request. A refusal is a value; `reason` is the service's own text.
 *
 * Accepted means that a mail is on its way, with a file for `openMdmcertReply`. Misuse: to repeat the request because no
 * certificate came with the answer; none ever does.
 *
 * Throws `ERR_PUSH_INVALID` for what is no answer of the service: a proxy's page, an outage; `ERR_INVALID_ARGUMENT` for
 * what is no text.
 *
 * mdmcert.download: "Instructions".
 *
 * @param body - the response's text
 *
 * @example
 * ```ts
 * const { accepted, reason } = parseMdmcertResponse('{"result":"failure","reason":"mdm-signature-limit-exceeded"}')
 * console.log(accepted, reason)
 * ```
 */
export function parseMdmcertResponse(body: string): { readonly accepted: boolean; readonly reason: string | null } {
  requireText(body, 'body')
  checkSize(body.length, 'mdmcert.download')
  const { result, reason } = parseObject(body)
  if (typeof result !== 'string') fail('ERR_PUSH_INVALID', 'mdmcert.download: the answer has no result')
  return { accepted: result === 'success', reason: typeof reason === 'string' && reason !== '' ? reason : null }
}

function parseObject(body: string): { readonly result?: unknown; readonly reason?: unknown } {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Below.
  }
  return fail('ERR_PUSH_INVALID', 'mdmcert.download: the answer is not JSON')
}
