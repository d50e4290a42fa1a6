import { OID } from '../asn1/oid.js'
import { encodeHex } from '../bytes/hex.js'
import type { CallContext } from '../crypto/context.js'
import { digest } from '../crypto/digest.js'
import type { PublicKey } from '../crypto/public-key.js'
import type { CertificateParts } from './certificate.js'
import { extensionValue, readSubjectKeyIdentifier } from './extension-values.js'

/**
 * SHA-1 of the key's bits (RFC 5280 §4.2.1.2, method 1), in hex: a name for the key, no protection of it. A value and not a
 * promise on the native path.
 */
export function keyIdentifier(key: PublicKey, call: CallContext): string | Promise<string> {
  const made = digest('SHA-1', key.keyBits, call)
  return made instanceof Uint8Array ? encodeHex(made) : made.then(encodeHex)
}

/** What the certificates of this issuer name it by: its own identifier, computed only where it has none. */
export function issuerKeyIdentifier(issuer: CertificateParts, call: CallContext): string | Promise<string> {
  const own = extensionValue(issuer.extensions, OID.subjectKeyIdentifier, readSubjectKeyIdentifier, null)
  return own ?? keyIdentifier(issuer.key, call)
}
