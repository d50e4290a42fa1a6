// The file that the push certificate portal takes: base64 of a property list with three texts.
import { checkSize } from '../asn1/der-reader.js'
import { decodeBase64, encodeBase64 } from '../bytes/base64.js'
import { fail } from '../errors.js'
import { decodePlist } from '../plist/decode.js'
import { encodePlist } from '../plist/encode.js'
import { plistField } from '../plist/field.js'
import type { PlistDict, PlistValue } from '../plist/values.js'
import type { Bytes, Certificate } from '../types.js'
import { parseCertificates } from '../x509/certificate.js'
import { toPem } from '../x509/pem.js'

const NAME = 'push certificate request'
const SEQUENCE = 0x30

export interface PushRequestFile {
  /** DER of the customer's request. */
  readonly request: Bytes
  /** Vendor first. */
  readonly chain: readonly Certificate[]
  readonly signature: Bytes
}

export function encodePushRequestFile({ request, chain, signature }: PushRequestFile): string {
  const list = encodePlist({
    PushCertCertificateChain: chain.map(({ der }) => toPem('CERTIFICATE', der)).join(''),
    PushCertRequestCSR: encodeBase64(request),
    PushCertSignature: encodeBase64(signature),
  })
  return encodeBase64(list)
}

/** Nothing is verified. Throws `ERR_ENCODING`, `ERR_PLIST_INVALID`, `ERR_PUSH_INVALID`, `ERR_CERTIFICATE_INVALID`, `ERR_LIMIT`. */
export function readPushRequestFile(text: string): PushRequestFile {
  if (typeof (text as unknown) !== 'string') fail('ERR_INVALID_ARGUMENT', `${NAME}: a text is expected`)
  checkSize(text.length, NAME)
  const bytes = decodeBase64(text) ?? fail('ERR_ENCODING', `${NAME}: base64 of a property list is expected`)
  const list = dictOf(decodePlist(bytes))
  const request = base64Field(list, 'PushCertRequestCSR')
  // The portal refuses PEM in this place, wrapped in base64 or not, and calls it an invalid request.
  if (request[0] !== SEQUENCE) fail('ERR_PUSH_INVALID', `${NAME}: PushCertRequestCSR is base64 of DER, not of PEM`)
  const chain = parseCertificates(textField(list, 'PushCertCertificateChain'))
  return { request, chain, signature: base64Field(list, 'PushCertSignature') }
}

function base64Field(list: PlistDict, key: string): Bytes {
  return decodeBase64(textField(list, key)) ?? fail('ERR_PUSH_INVALID', `${NAME}: ${key} is not base64`)
}

function textField(list: PlistDict, key: string): string {
  return plistField(list, key, 'string') ?? fail('ERR_PUSH_INVALID', `${NAME}: ${key} is missing`)
}

function dictOf(value: PlistValue): PlistDict {
  const isDict =
    typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date) && !(value instanceof Uint8Array)
  return isDict ? (value as PlistDict) : fail('ERR_PUSH_INVALID', `${NAME}: a dictionary is expected`)
}
