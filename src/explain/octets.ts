import { parseCertificateDer } from '../x509/certificate.js'
import type { Certificate } from '../types.js'
import { said } from './said.js'

/** A certificate, where these are the octets of one. */
export function certificateOfOctets(octets: unknown): Certificate | null {
  if (!(octets instanceof Uint8Array)) return null
  const certificate = said(() => parseCertificateDer(octets))
  return 'value' in certificate ? certificate.value : null
}
