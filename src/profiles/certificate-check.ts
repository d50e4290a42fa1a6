import { latin1Text, equalBytes } from '../bytes/bytes.js'
import { attempt } from '../errors.js'
import type { Certificate, Finding } from '../types.js'
import { certificateParts, parseCertificate, parseCertificateDer } from '../x509/certificate.js'
import { type CertificateExtensions, readExtensions } from '../x509/extensions.js'
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

/** A certificate with what its extensions say: devices read those before anything is done with it. */
interface ReadCertificate {
  readonly certificate: Certificate
  readonly extensions: CertificateExtensions
}

/** Certificate payloads that hold no certificate, or one with a malformed extension. */
export function unreadableCertificates(payloads: readonly Payload[]): readonly Finding[] {
  return payloads.flatMap((payload, index) => {
    if (!CERTIFICATE_TYPES.includes(payload.PayloadType) || carriedBy(payload) !== null) return []
    const place = { path: ['PayloadContent', index, 'PayloadContent'] }
    const message = 'The certificate payload holds no readable certificate, or one with a malformed extension.'
    return [finding('certificate-unreadable', 'error', message, place)]
  })
}

/**
 * Whether the profile carries the server's certificate or its issuer.
 *
 * By name and key identifier, not by signature: a judgement in advance, which is all that a hint needs.
 */
export function checkServerTrust(payloads: readonly Payload[], server: Certificate | null): readonly Finding[] {
  if (server === null) return []
  const read = attempt(() => withExtensions(parseCertificateDer(server.der)))
  if ('fault' in read) {
    const message = 'The certificate of the server is not readable: whether devices trust it cannot be told.'
    return [finding('certificate-unreadable', 'error', message, { certificate: server })]
  }
  const leaf = read.value
  const carried = payloads
    .filter((payload) => CERTIFICATE_TYPES.includes(payload.PayloadType))
    .map(carriedBy)
    .filter((one) => one !== null)
  if (carried.some((one) => equalBytes(one.certificate.der, leaf.certificate.der) || couldHaveIssued(one, leaf)))
    return []
  const message =
    'Neither the certificate of the server nor its issuer is in the profile: devices must trust its CA already.'
  return [finding('server-trust-missing', 'warning', message, { certificate: server, path: ['PayloadContent'] })]
}

function couldHaveIssued(candidate: ReadCertificate, leaf: ReadCertificate): boolean {
  const subject = certificateParts(candidate.certificate).subjectDer
  if (!namesEqual(subject, certificateParts(leaf.certificate).issuerDer)) return false
  const wanted = leaf.extensions.authorityKeyIdentifier
  const offered = candidate.extensions.subjectKeyIdentifier
  return wanted === null || offered === null || wanted === offered
}

/** By content: either kind of payload is met with DER and with PEM in it. */
function carriedBy(payload: Payload): ReadCertificate | null {
  const content = member(payload, 'PayloadContent')
  if (!(content instanceof Uint8Array)) return null
  const read = attempt(() =>
    withExtensions(content[0] === 0x30 ? parseCertificateDer(content) : parseCertificate(latin1Text(content))),
  )
  return 'value' in read ? read.value : null
}

function withExtensions(certificate: Certificate): ReadCertificate {
  return { certificate, extensions: readExtensions(certificate.extensions) }
}
