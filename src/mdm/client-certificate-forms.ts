import { equalBytes } from '../bytes/bytes.js'
import { fail } from '../errors.js'
import type { Bytes } from '../types.js'
import { certificateOctets, pemOctets, percentDecoded } from './certificate-text.js'
import { parseXfcc, type XfccElement } from './xfcc.js'

/**
 * How a proxy writes the client certificate.
 *
 * - `rfc9440`: `Client-Cert: :base64 DER:` (RFC 9440).
 * - `nginx-escaped-pem`: `$ssl_client_escaped_cert`, percent-escaped PEM; also what form escapers make of it.
 * - `aws-alb`: `X-Amzn-Mtls-Clientcert` and `-Leaf`, percent-escaped PEM that leaves `+ = /` as they are.
 * - `envoy-xfcc`: `X-Forwarded-Client-Cert`, its `Cert` or `Chain`.
 * - `traefik`: `X-Forwarded-Tls-Client-Cert`, base64 DER without markers, a list separated by commas.
 * - `base64-der`: HAProxy's `ssl_c_der,base64`, Azure's `X-ARR-ClientCert`.
 * - `apache-pem`: `SSL_CLIENT_CERT`, PEM with spaces for line breaks.
 */
export type ClientCertificateHeaderForm =
  'rfc9440' | 'nginx-escaped-pem' | 'aws-alb' | 'envoy-xfcc' | 'traefik' | 'base64-der' | 'apache-pem'

/** One client certificate of a header, with what its form gives as the chain above it. DER. */
export interface HeaderElement {
  readonly leaf: Bytes
  readonly chain: readonly Bytes[]
}

/** Elements are decoded when they were chosen: of Envoy's hops not every one has a certificate. */
export type ElementReader = () => HeaderElement

/** RFC 8941 byte sequences. Parameters are not in RFC 9440, so there are none. */
export function byteSequences(value: string): readonly Bytes[] {
  return value.split(',').map((item) => {
    const base64 = /^\s*:([^:]*):\s*$/.exec(item)?.[1]
    if (base64 === undefined)
      return fail('ERR_MDM_INVALID', 'client certificate header: not a byte sequence of RFC 8941')
    return certificateOctets(base64, true)
  })
}

/** Where the header itself is the chain that the client presented, leaf first. */
function presented(certificates: readonly Bytes[]): readonly ElementReader[] {
  return certificates.map((leaf, i) => () => ({ leaf, chain: certificates.slice(i + 1) }))
}

function alone(certificates: readonly Bytes[]): readonly ElementReader[] {
  return certificates.map((leaf) => () => ({ leaf, chain: [] }))
}

function commaList(value: string): readonly Bytes[] {
  return value.split(',').map((item) => certificateOctets(item))
}

function xfccElement(element: XfccElement): HeaderElement {
  const chain = pemOctets(percentDecoded(element.get('chain') ?? ''))
  const [leaf = chain[0], ...others] = pemOctets(percentDecoded(element.get('cert') ?? ''))
  if (leaf === undefined) return fail('ERR_MDM_INVALID', 'client certificate header: an element without Cert and Chain')
  if (others.length > 0) fail('ERR_MDM_INVALID', 'client certificate header: more than one certificate in Cert')
  const repeated = chain[0] !== undefined && equalBytes(chain[0], leaf)
  return { leaf, chain: repeated ? chain.slice(1) : chain }
}

/** One reader for each form; there is none that guesses. */
export const CLIENT_CERTIFICATE_FORMS: {
  readonly [F in ClientCertificateHeaderForm]: (value: string) => readonly ElementReader[]
} = {
  rfc9440: (value) => alone(byteSequences(value)),
  'nginx-escaped-pem': (value) => alone(pemOctets(percentDecoded(value))),
  'aws-alb': (value) => presented(pemOctets(percentDecoded(value))),
  'envoy-xfcc': (value) => parseXfcc(value).map((element) => () => xfccElement(element)),
  traefik: (value) => presented(commaList(percentDecoded(value))),
  'base64-der': (value) => alone(commaList(value)),
  'apache-pem': (value) => alone(pemOctets(value)),
}
