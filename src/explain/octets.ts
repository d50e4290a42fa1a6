import { attempt } from '../errors.js'
import { parseCertificateDer } from '../x509/certificate.js'
import type { Certificate } from '../types.js'

/** A certificate, where these are the octets of one. */
export function certificateOfOctets(octets: unknown): Certificate | null {
  if (!(octets instanceof Uint8Array)) return null
  const certificate = attempt(() => parseCertificateDer(octets))
  return 'value' in certificate ? certificate.value : null
}
