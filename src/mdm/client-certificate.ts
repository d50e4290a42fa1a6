import { requireObject } from '../arguments.js'
import { checkSize } from '../asn1/der-reader.js'
import { fail } from '../errors.js'
import type { Certificate } from '../types.js'
import { parseCertificateDer } from '../x509/certificate.js'
import { checkElements } from './certificate-text.js'
import {
  byteSequences,
  CLIENT_CERTIFICATE_FORMS,
  type ClientCertificateHeaderForm,
  type ElementReader,
  type HeaderElement,
} from './client-certificate-forms.js'

/** A certificate out of a header. Whether the proxy checked it, and whether the proxy wrote it, is not known here. */
export interface ProxiedCertificate {
  readonly certificate: Certificate
  /** What the header, or the RFC 9440 chain header, has above the certificate. */
  readonly chain: readonly Certificate[]
  readonly validatedByProxy: 'unknown'
}

export interface ClientCertificateHeaderOptions {
  /**
   * Which one, where proxies in a row each added theirs. Without it more than one throws. An element that has no
   * certificate, as Envoy's hops without mutual TLS write them, throws where it is the one chosen.
   */
  readonly element?: 'first' | 'last'
  /** The value of `Client-Cert-Chain`, for `rfc9440`. */
  readonly chain?: string | null
}

function chosen(elements: readonly ElementReader[], element: 'first' | 'last' | undefined): HeaderElement {
  checkElements(elements.length)
  if (elements.length > 1 && element === undefined) {
    fail('ERR_MDM_INVALID', 'client certificate header: more than one certificate, and not said which')
  }
  const found = elements.at(element === 'last' ? -1 : 0)
  return found === undefined ? fail('ERR_MDM_INVALID', 'client certificate header: no certificate') : found()
}

function checkOptions(form: ClientCertificateHeaderForm, { element, chain }: ClientCertificateHeaderOptions): void {
  if (!Object.hasOwn(CLIENT_CERTIFICATE_FORMS, form)) {
    fail('ERR_INVALID_ARGUMENT', 'the form of the client certificate header is not one of the seven')
  }
  if (element !== undefined && !['first', 'last'].includes(element)) {
    fail('ERR_INVALID_ARGUMENT', "element is 'first' or 'last'")
  }
  if (typeof chain === 'string' && form !== 'rfc9440') {
    fail('ERR_INVALID_ARGUMENT', 'a chain header belongs to the form rfc9440 alone')
  }
}

/**
 * The client certificate that a TLS-terminating proxy passes on in a header, in the form that the proxy writes.
 *
 * Checked: the form, that there is one certificate (unless `element` says which of several), and that it is X.509. Not
 * checked: anything about trust. **Whoever reaches your server can send this header**: use it only where the proxy strips
 * it from outside requests, and only the form that your proxy writes; a header that looks like another form is refused,
 * none is ever guessed. Proxies that pass certificates through have not even checked their signatures, so
 * `validatedByProxy` is always `'unknown'`: verify the path (`verifyCertificatePath`), or compare with the stored identity.
 *
 * Throws `ERR_MDM_INVALID` (missing, empty, not of that form, several), `ERR_ENCODING` (base64, escapes, DER),
 * `ERR_CERTIFICATE_INVALID`, `ERR_LIMIT`, `ERR_INVALID_ARGUMENT`.
 *
 * Written in: RFC 9440; the manuals of nginx (ngx_http_ssl_module), AWS (mutual TLS of Application Load Balancers), Envoy
 * (x-forwarded-client-cert), Traefik (PassTLSClientCert), HAProxy (ssl_c_der), Azure App Service, Apache (mod_ssl).
 *
 * @param value - The value of the header, or what there is instead.
 * @example
 * ```ts
 * const { certificate } = parseClientCertificateHeader(headers['client-cert'], 'rfc9440')
 * await verifyCertificatePath(certificate, { anchors: [deviceCa], validity: 'ignore' })
 * ```
 */
export function parseClientCertificateHeader(
  value: string | null | undefined,
  form: ClientCertificateHeaderForm,
  options: ClientCertificateHeaderOptions = {},
): ProxiedCertificate {
  requireObject(options, 'options')
  checkOptions(form, options)
  if (value === null || value === undefined) fail('ERR_MDM_INVALID', 'client certificate header: missing')
  if (typeof value !== 'string') fail('ERR_INVALID_ARGUMENT', 'the client certificate header is given as one string')
  if (value.trim() === '') fail('ERR_MDM_INVALID', 'client certificate header: empty')
  checkSize(value.length, 'client certificate header')
  const { leaf, chain } = chosen(CLIENT_CERTIFICATE_FORMS[form](value), options.element)
  const above = typeof options.chain === 'string' && options.chain.trim() !== '' ? byteSequences(options.chain) : chain
  checkElements(above.length)
  return {
    certificate: parseCertificateDer(leaf),
    chain: above.map((der) => parseCertificateDer(der)),
    validatedByProxy: 'unknown',
  }
}
