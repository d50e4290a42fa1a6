import type { Certificate } from '../../types.js'
import { certificateParts } from '../certificate.js'
import { readExtensions } from '../extensions.js'
import { formatIpAddress, parseIpAddress } from '../ip-address.js'

/**
 * Whether a server certificate is for this host (RFC 9525 §6): by its subject alternative names alone, never by the common
 * name. A wildcard stands for one whole leftmost label.
 */
export function isForHost(certificate: Certificate, host: string): boolean {
  const { subjectAltNames } = readExtensions(certificateParts(certificate).extensions)
  const address = parseIpAddress(host)
  if (address !== null) {
    const wanted = formatIpAddress(address)
    return subjectAltNames.some((name) => name.type === 'ip' && name.value === wanted)
  }
  const wanted = folded(host)
  return subjectAltNames.some((name) => name.type === 'dns' && matches(folded(name.value), wanted))
}

function folded(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

function matches(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host && pattern !== ''
  const rest = pattern.slice(2)
  const dot = host.indexOf('.')
  // `*.com` would be for half the world: what stands behind the star has two labels at least.
  return dot > 0 && rest.includes('.') && !rest.includes('*') && host.slice(dot + 1) === rest
}
