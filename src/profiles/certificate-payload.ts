import { requireBytes, requireObject } from '../arguments.js'
import { writePem } from '../asn1/pem.js'
import { copyBytes, utf8Bytes } from '../bytes/bytes.js'
import { fail } from '../errors.js'
import type { Certificate } from '../types.js'
import { present } from './dictionary.js'
import { payloadOf, type PayloadIdentity } from './payload-members.js'
import type { Payload } from './profile.js'

export interface CertificatePayloadInput extends PayloadIdentity {
  readonly certificate: Certificate
  /** 'root': DER, and the device offers to trust it. 'pkcs1': DER. 'pem': PEM text. The last two are for intermediates. */
  readonly kind: 'root' | 'pem' | 'pkcs1'
}

/**
 * A payload that installs a certificate without its key.
 *
 * Carries the certificate's own bytes. Does not check that a 'root' is self-signed or a CA. A root that a person installs
 * by hand is not trusted for TLS on iOS until they switch it on; by enrolment or by `anchor_certs` it is.
 *
 * Throws `ERR_INVALID_ARGUMENT` an empty identifier or uuid, another `kind`.
 *
 * Apple, Device Management, CertificateRoot, CertificatePEM, CertificatePKCS1.
 *
 * @example
 * ```ts
 * const { privateKey } = await generateKey('P-256')
 * const certificate = await issueSelfSigned({
 *   privateKey,
 *   subject: distinguishedName([['CN', 'Example Root']]),
 *   serialNumber: randomSerialNumber(),
 *   notBefore: new Date('2026-01-01'),
 *   notAfter: new Date('2036-01-01'),
 *   purpose: 'ca',
 * })
 * const payload = certificatePayload({ identifier: 'com.example.root', uuid: 'B1', certificate, kind: 'root' })
 * console.log(payload.PayloadType)
 * ```
 */
export function certificatePayload(input: CertificatePayloadInput): Payload {
  requireObject(input, 'input')
  const { certificate, kind } = input
  requireObject(certificate, 'certificate')
  requireBytes(certificate.der, 'certificate.der')
  if (!['root', 'pem', 'pkcs1'].includes(kind)) fail('ERR_INVALID_ARGUMENT', 'kind is none of root, pem, pkcs1')
  const content = kind === 'pem' ? utf8Bytes(writePem('CERTIFICATE', certificate.der)) : copyBytes(certificate.der)
  return payloadOf(`com.apple.security.${kind}`, input, { PayloadContent: content })
}

export interface Pkcs12PayloadInput extends PayloadIdentity {
  /** DER of the PFX, as `buildPkcs12` makes it. */
  readonly pkcs12: Uint8Array
  /** Left out: the device asks for it. */
  readonly password?: string
}

/**
 * A payload that installs an identity: certificate and private key.
 *
 * Carries the bytes as they are; it does not open them. Apple's devices want a MAC and one of few ciphers:
 * `buildPkcs12` makes what they import. A profile with `password` gives the key to everybody who reads the profile:
 * encrypt it (`encryptProfile`), or let the device make its own key (`scepPayload`, `acmePayload`).
 *
 * Throws `ERR_INVALID_ARGUMENT` an empty identifier or uuid.
 *
 * Apple, Device Management, CertificatePKCS12 (`com.apple.security.pkcs12`).
 *
 * @example
 * ```ts
 * const payload = pkcs12Payload({
 *   identifier: 'com.example.identity',
 *   uuid: 'B2',
 *   pkcs12: new Uint8Array([0x30, 0x00]),
 *   password: 'secret',
 * })
 * console.log(payload.PayloadType)
 * ```
 */
export function pkcs12Payload(input: Pkcs12PayloadInput): Payload {
  requireObject(input, 'input')
  requireBytes(input.pkcs12, 'pkcs12')
  const members = present({ PayloadContent: copyBytes(input.pkcs12), Password: input.password })
  return payloadOf('com.apple.security.pkcs12', input, members)
}
