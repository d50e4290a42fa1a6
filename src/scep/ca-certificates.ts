import { requireBytes, requireList, requireObject } from '../arguments.js'
import { derFault, TAG } from '../asn1/der-reader.js'
import { pemTextIn, readPem } from '../asn1/pem.js'
import { copyBytes } from '../bytes/bytes.js'
import { buildCertificateBag, parseCertificateBag } from '../cms/certificate-bag.js'
import { fail } from '../errors.js'
import type { Certificate, HttpResponseParts } from '../types.js'
import { certificateParts, parseCertificateDer, parseCertificates } from '../x509/certificate.js'
import { abilitiesOf, chooseRoles, haveOneTop } from './ca-roles.js'

/** `recipient`: whom to encrypt to. `signers`: who may sign a reply, for `pinned`. Chosen as Apple's client chooses. */
export interface CaCertificates {
  readonly root: Certificate | null
  readonly issuer: Certificate
  readonly recipient: Certificate
  readonly signers: readonly [Certificate, ...Certificate[]]
  readonly all: readonly Certificate[]
}

export interface CaCertResponseInput {
  readonly ca: Certificate
  readonly ra?: readonly [Certificate] | readonly [encryption: Certificate, signing: Certificate]
  readonly chain?: readonly Certificate[]
  readonly links?: readonly Certificate[]
}

/**
 * The HTTP answer to GetCACert (RFC 8894 §4.2.1): the CA's certificate as DER when the CA does its own work and nothing else
 * is to be sent, else a certificate bag with the content type that goes with it.
 *
 * A bag in which nothing may both sign and decrypt ends enrolment on every Apple device (error -67731) before a message
 * is sent, so it is refused here.
 *
 * @param input - `ra`: one certificate for both roles, or encryption and signing. `chain`: above `ca`, the root last; some
 *   clients want the root. `links`: `issueCaLinks`, while a CA changes its key.
 * @throws `ERR_INVALID_ARGUMENT` when an RA or, without one, every CA in a bag lacks the key usage digitalSignature or
 *   keyEncipherment, when an RA does not lead to the same top as `ca`, by names, or when who is to decrypt has no RSA key; `ERR_CERTIFICATE_INVALID`.
 * @example
 * ```ts
 * const response = buildCaCertResponse({ ca })
 * console.log(response.headers['content-type'], response.body.length)
 * ```
 */
export function buildCaCertResponse(input: CaCertResponseInput): HttpResponseParts {
  requireObject(input, 'input')
  const { ca, ra = [], chain = [], links = [] } = input
  requireList(ra, 'ra')
  requireList(chain, 'chain')
  requireList(links, 'links')
  const all = [...ra, ca, ...chain, ...links]
  requireRoles(input, all)
  if (all.length === 1) {
    const headers = { 'content-type': 'application/x-x509-ca-cert' }
    return { status: 200, headers, body: copyBytes(certificateParts(ca).der) }
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/x-x509-ca-ra-cert' },
    body: buildCertificateBag(all),
  }
}

function requireRoles({ ca, ra }: CaCertResponseInput, all: readonly Certificate[]): void {
  const [encryption, signing] = ra === undefined ? [ca, ca] : [ra[0], ra[1] ?? ra[0]]
  if (certificateParts(encryption).key.kind !== 'RSA')
    fail('ERR_INVALID_ARGUMENT', 'GetCACert: the certificate that requests are encrypted to has no RSA key')
  // A CA alone is taken whatever it says of its use; in a bag clients choose by key usage, and an absent one is neither.
  if (all.length === 1) return
  if (!abilitiesOf(encryption).decrypts || !abilitiesOf(signing).signs)
    fail('ERR_INVALID_ARGUMENT', 'GetCACert: key usage digitalSignature and keyEncipherment are needed in a bag')
  if (![encryption, signing].every((one) => haveOneTop(one, ca, all)))
    fail('ERR_INVALID_ARGUMENT', 'GetCACert: the RA was not issued by the CA, nor below it')
}

/**
 * Reads the answer to GetCACert by its content and not by its content type, which servers get wrong: a certificate or a
 * certificate bag, DER, BER or PEM (RFC 8894 §4.2.1).
 *
 * Nothing is trusted yet: what came over HTTP is whatever somebody sent. Hold it against a fingerprint or an anchor with
 * `openCaCertResponse` before anything is encrypted to it.
 *
 * The roles are chosen as Apple's published client does it: a signing and an encrypting certificate that chain to the
 * same CA, else one for both, by key usage; without an RA the CA itself. Where Apple's client would give up, an RA without
 * key usage is taken for both. `issuer` is the CA above the RA, or the CA that does its own work; `root` is `null` where the
 * chain does not end in a self-signed certificate.
 *
 * Throws `ERR_SCEP_INVALID` for an empty bag, `ERR_ENCODING`, `ERR_LIMIT`, `ERR_CMS_INVALID`, `ERR_CERTIFICATE_INVALID`, and
 * `ERR_INVALID_ARGUMENT` for what is no Uint8Array.
 *
 * @example
 * ```ts
 * const { recipient } = parseCaCertResponse(buildCaCertResponse({ ca }).body)
 * console.log(formatName(recipient.subject))
 * ```
 */
export function parseCaCertResponse(body: Uint8Array): CaCertificates {
  const all = certificatesOf(body)
  const [first, ...rest] = all
  if (first === undefined) return fail('ERR_SCEP_INVALID', 'GetCACert: the answer holds no certificate')
  return { ...chooseRoles([first, ...rest]), all }
}

function certificatesOf(body: Uint8Array): readonly Certificate[] {
  requireBytes(body, 'body')
  const text = pemTextIn(body)
  if (text !== null)
    return hasPemBag(text) ? parseCertificateBag(readPem(text, BAG_LABELS, 'GetCACert').der) : parseCertificates(text)
  return isLoneCertificate(body) ? [parseCertificateDer(body)] : parseCertificateBag(body)
}

const BAG_LABELS = ['PKCS7', 'CMS']

function hasPemBag(text: string): boolean {
  return BAG_LABELS.some((label) => text.includes(`-----BEGIN ${label}-----`))
}

/** A certificate begins with its TBSCertificate, a bag with the OID of its content type. */
export function isLoneCertificate(body: Uint8Array): boolean {
  if (derFault(body, 'GetCACert') !== '') return false
  const first = body[1] as number
  return body[2 + (first < 0x80 ? 0 : first & 0x7f)] === TAG.SEQUENCE
}
