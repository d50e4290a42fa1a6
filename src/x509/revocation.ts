import { OID } from '../asn1/oid.js'
import { copyBytes, equalBytes } from '../bytes/bytes.js'
import type { AcceptList } from '../crypto/accept.js'
import type { CallContext } from '../crypto/context.js'
import { fail } from '../errors.js'
import type { CertificateParts } from './certificate.js'
import { isNamedBy, requireFresh, requireVerified } from './crl.js'
import { type ReadCrl, readCrl } from './crl-reader.js'
import { covers } from './crl-scope.js'
import { extensionValue, readAuthorityKeyIdentifier, readSubjectKeyIdentifier } from './extension-values.js'

interface KnownCrl {
  readonly der: Uint8Array
  readonly crl: ReadCrl
  readonly serialNumbers: ReadonlySet<string>
}

/** By the array that the caller holds: a list of a megabyte comes along with every request. Held against a copy each time. */
const cache: WeakMap<Uint8Array, KnownCrl> = /* @__PURE__ */ new WeakMap()

function knownCrl(given: Uint8Array): KnownCrl {
  const known = cache.get(given)
  if (known !== undefined && equalBytes(known.der, given)) return known
  const der = copyBytes(given)
  const crl = readCrl(der)
  const made = { der, crl, serialNumbers: new Set(crl.revoked.map(({ serialNumber }) => serialNumber)) }
  cache.set(given, made)
  return made
}

export interface RevocationRules {
  readonly crls: readonly Uint8Array[]
  readonly accept: AcceptList
  readonly skewMilliseconds: number
}

/**
 * Holds every certificate of a path, leaf first, against the CRLs of its issuer. The anchor is not judged, nor is a
 * certificate for whose issuer there is none. Revoked is revoked, whatever date the list gives: the date of a signature
 * is the signer's own claim. For the same reason a list has to be of today (`now`), not of the date of a signature.
 *
 * Throws `ERR_CERTIFICATE_REVOKED`, `ERR_CRL_INVALID`, `ERR_CRL_TIME`, `ERR_ALGORITHM_NOT_ACCEPTED`.
 */
export async function requireNotRevoked(
  path: readonly CertificateParts[],
  rules: RevocationRules,
  call: CallContext,
): Promise<void> {
  const known = rules.crls.map(knownCrl)
  for (let i = path.length - 2; i >= 0; i--) {
    const [certificate, issuer] = [path[i] as CertificateParts, path[i + 1] as CertificateParts]
    for (const { crl, serialNumbers } of known) {
      if (!isNamedBy(crl, issuer) || isOfAnotherKey(crl, issuer) || !covers(crl, certificate)) continue
      await requireVerified(crl, issuer, rules.accept, call)
      requireFresh(crl, call.now, rules.skewMilliseconds)
      if (serialNumbers.has(certificate.certificate.serialNumber))
        fail('ERR_CERTIFICATE_REVOKED', 'certificate path: a certificate is revoked by its issuer')
    }
  }
}

/** A CA that changed its key signs two lists for a while. Each names its key, so the one is no forgery of the other. */
function isOfAnotherKey(crl: ReadCrl, issuer: CertificateParts): boolean {
  const named = extensionValue(crl.extensions, OID.authorityKeyIdentifier, readAuthorityKeyIdentifier, null)
  const own = extensionValue(issuer.extensions, OID.subjectKeyIdentifier, readSubjectKeyIdentifier, null)
  return named !== null && own !== null && named !== own
}
