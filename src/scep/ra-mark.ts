import { OID } from '../asn1/oid.js'
import { equalBytes } from '../bytes/bytes.js'
import { hasPinnedFingerprint } from '../cms/signer.js'
import type { CallContext } from '../crypto/context.js'
import { fail } from '../errors.js'
import type { Certificate, PinnedFingerprints, PinnedSigners } from '../types.js'
import { certificateParts } from '../x509/certificate.js'
import { readExtensions } from '../x509/extensions.js'
import { checkSignerTrust } from '../x509/trust.js'

/** The certificates that the caller knows to be RAs. */
export type NamedRas = PinnedSigners | PinnedFingerprints

const RA_PURPOSES: readonly string[] = [OID.cmcRa, OID.certificateRequestAgent]

/**
 * Whether its issuer wrote into it what it writes into no device's certificate: that it is a CA or an RA. Basic constraints
 * of a CA count without its key usage, too: RAs have been made so.
 */
export function isMarkedAuthority(certificate: Certificate): boolean {
  const { basicConstraints, extendedKeyUsage } = readExtensions(certificateParts(certificate).extensions)
  return basicConstraints?.ca === true || (extendedKeyUsage?.some((purpose) => RA_PURPOSES.includes(purpose)) ?? false)
}

/** Answers with what is named at this moment. Throws `ERR_INVALID_ARGUMENT`. */
export function checkNamedRas(ra: NamedRas): NamedRas {
  const named = checkSignerTrust(ra) as NamedRas
  // JavaScript may give any kind of trust.
  const given: { readonly pinned?: unknown; readonly pinnedFingerprints?: unknown } = ra
  if (given.pinned === undefined && given.pinnedFingerprints === undefined)
    fail('ERR_INVALID_ARGUMENT', 'ra: pinned or pinnedFingerprints is expected')
  named.pinned?.forEach(certificateParts)
  return named
}

export async function isNamedRa(certificate: Certificate, ra: NamedRas, call: CallContext): Promise<boolean> {
  if (ra.pinned === undefined) return hasPinnedFingerprint(certificate, ra, call)
  const { der } = certificateParts(certificate)
  return ra.pinned.some((one) => equalBytes(certificateParts(one).der, der))
}
