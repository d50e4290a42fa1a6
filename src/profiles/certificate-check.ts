import { latin1Text, equalBytes } from '../bytes/bytes.js'
import { isMdmProtocolError } from '../errors.js'
import type { Certificate, Finding } from '../types.js'
import { certificateParts, parseCertificate, parseCertificateDer } from '../x509/certificate.js'
import { readExtensions } from '../x509/extensions.js'
import { namesEqual } from '../x509/name.js'
import { member } from './dictionary.js'
import { finding } from '../finding.js'
import type { Payload } from './profile.js'

/** Payloads that carry a certificate without its key. */
export const CERTIFICATE_TYPES: readonly string[] = [
  'com.apple.security.root',
  'com.apple.security.pem',
  'com.apple.security.pkcs1',
]

/** Certificate payloads that hold no certificate. */
export function unreadableCertificates(payloads: readonly Payload[]): readonly Finding[] {
  return payloads.flatMap((payload, index) => {
    if (!CERTIFICATE_TYPES.includes(payload.PayloadType) || certificateOf(payload) !== null) return []
    const place = { path: ['PayloadContent', index, 'PayloadContent'] }
    return [finding('certificate-unreadable', 'error', 'The certificate payload holds no readable certificate.', place)]
  })
}

/**
 * Whether the profile carries the server's certificate or its issuer.
 *
 * By name and key identifier, not by signature: a judgement in advance, which is all that a hint needs.
 */
export function checkServerTrust(payloads: readonly Payload[], server: Certificate | null): readonly Finding[] {
  if (server === null) return []
  const leaf = parseCertificateDer(server.der)
  const carried = payloads
    .filter((payload) => CERTIFICATE_TYPES.includes(payload.PayloadType))
    .map(certificateOf)
    .filter((certificate) => certificate !== null)
  if (carried.some((candidate) => equalBytes(candidate.der, leaf.der) || couldHaveIssued(candidate, leaf))) return []
  const message =
    'Neither the certificate of the server nor its issuer is in the profile: devices must trust its CA already.'
  return [finding('server-trust-missing', 'warning', message, { certificate: server, path: ['PayloadContent'] })]
}

function couldHaveIssued(candidate: Certificate, leaf: Certificate): boolean {
  if (!namesEqual(certificateParts(candidate).subjectDer, certificateParts(leaf).issuerDer)) return false
  const wanted = readExtensions(leaf.extensions).authorityKeyIdentifier
  const offered = readExtensions(candidate.extensions).subjectKeyIdentifier
  return wanted === null || offered === null || wanted === offered
}

/** By content: either kind of payload is met with DER and with PEM in it. */
function certificateOf(payload: Payload): Certificate | null {
  const content = member(payload, 'PayloadContent')
  if (!(content instanceof Uint8Array)) return null
  try {
    return content[0] === 0x30 ? parseCertificateDer(content) : parseCertificate(latin1Text(content))
  } catch (error) {
    if (!isMdmProtocolError(error)) throw error
    return null
  }
}
