// The MDM vendor's signature over a customer's request: RSASSA-PKCS1-v1_5 over its DER, in no container.
import { requireAccepted } from '../crypto/accept.js'
import type { CallContext } from '../crypto/context.js'
import { chooseSignature, signData } from '../crypto/sign.js'
import { verifySignature } from '../crypto/verify.js'
import { fail, failWith } from '../errors.js'
import type { AcceptedAlgorithms, Bytes, Certificate, DigestName, SigningIdentity } from '../types.js'
import { type CertificateParts, certificateParts } from '../x509/certificate.js'

const SCHEME = 'RSASSA-PKCS1-v1_5'
/** Apple takes this one since 2021; the file does not say which it is. */
const DIGEST = 'SHA-256'
const DIGESTS: readonly DigestName[] = [DIGEST, 'SHA-1', 'SHA-512', 'SHA-384', 'MD5']

/** Signs, and holds the result against the certificate that Apple will hold it against. */
export async function signAsVendor(request: Bytes, vendor: SigningIdentity, call: CallContext): Promise<Bytes> {
  const chosen = chooseSignature(vendor.key, DIGEST)
  if (chosen.signature !== SCHEME)
    failWith('ERR_ALGORITHM_NOT_ACCEPTED', `vendor.key: ${SCHEME} is expected`, {
      kind: 'signatures',
      name: chosen.signature,
    })
  if (chosen.digest !== DIGEST)
    failWith('ERR_ALGORITHM_NOT_ACCEPTED', `vendor.key: ${DIGEST} is expected`, {
      kind: 'digests',
      name: chosen.digest,
    })
  const signature = await signData(vendor.key, chosen, request, call)
  if (!(await isSignedBy(certificateParts(vendor.certificate), DIGEST, request, signature, call)))
    fail('ERR_KEY_MISMATCH', "vendor.key: it is not the certificate's")
  return signature
}

/** With whichever digest: `accept` says whether that is good enough. Throws `ERR_SIGNATURE_INVALID`, `ERR_ALGORITHM_NOT_ACCEPTED`. */
export async function verifyVendorSignature(
  request: Uint8Array,
  signature: Uint8Array,
  vendor: Certificate,
  accept: Required<AcceptedAlgorithms>,
  call: CallContext,
): Promise<void> {
  const parts = certificateParts(vendor)
  requireAccepted(accept, 'signatures', SCHEME)
  if (parts.key.kind === 'RSA') requireAccepted(accept, 'minRsaBits', String(parts.key.bits))
  for (const digest of DIGESTS)
    if (await isSignedBy(parts, digest, request, signature, call)) {
      requireAccepted(accept, 'digests', digest)
      return
    }
  fail('ERR_SIGNATURE_INVALID', "push certificate request: the signature is not the vendor's over this request")
}

function isSignedBy(
  { key }: CertificateParts,
  digest: DigestName,
  data: Uint8Array,
  signature: Uint8Array,
  call: CallContext,
): boolean | Promise<boolean> {
  return verifySignature({ key, algorithm: { signature: SCHEME, digest, saltLength: null }, data, signature }, call)
}
