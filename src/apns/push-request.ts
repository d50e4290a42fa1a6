import type { VerifyOptions } from '../cms/verify.js'
import type { CertificateRequest, Context, SigningIdentity } from '../types.js'
import type { OpenedPushCertificateRequest } from './vendor-request.js'

/**
 * Signs a customer's push certificate request as MDM vendor: the text that the customer uploads to
 * identity.apple.com/pushcert.
 *
 * Before it is returned, all that the portal looks at was verified: the customer's proof of possession, the vendor's
 * chain in its order, with its signatures and dates, up to the root, and the new signature under the vendor's
 * certificate. So a refusal happens here, with a reason, and not there as "Invalid Certificate Signing Request".
 *
 * Not checked: that Apple's root is the one at the end, and that the vendor's certificate is one for signing such requests;
 * Apple does. Misuse: to sign requests of unknown people; Apple holds the vendor answerable for them.
 *
 * Throws `ERR_SIGNATURE_INVALID` or `ERR_ALGORITHM_NOT_ACCEPTED` for the request (`acceptedByDefault.modern`) and for a key that is
 * not RSA with SHA-256; `ERR_KEY_MISMATCH`; `ERR_PUSH_INVALID` for a chain that is incomplete or out of order;
 * `ERR_CERTIFICATE_TIME`, `ERR_CERTIFICATE_UNTRUSTED`, `ERR_ENCODING`, `ERR_CSR_INVALID`. What a `RemoteSigner` rejects with passes through.
 *
 * Apple: "Setting up push notifications for your MDM customers".
 *
 * @param csr - the customer's request; of it only `der` is believed
 * @param vendor - the MDM CSR signing certificate with its RSA key; `chain`: Apple's intermediate, then Apple's root
 *
 * @example
 * ```ts
 * const vendor = await importIdentity({ certificate: vendorPem, privateKey: vendorKeyPem, chain: [wwdrG3, appleRoot] })
 * const upload = await buildPushCertificateRequest(parseCsr(customerPem), vendor)
 * ```
 */
export async function buildPushCertificateRequest(
  csr: CertificateRequest,
  vendor: SigningIdentity,
  context?: Context,
): Promise<string> {
  // Here and below: who only sends pushes does not wait for CMS and property lists to load.
  const { buildVendorRequest } = await import('./vendor-request.js')
  return buildVendorRequest(csr, vendor, context)
}

/**
 * Opens a push certificate request that a vendor signed: one's own before it is handed out, or the file of a customer.
 *
 * Checked: the vendor's signature over the request, with SHA-256 or another digest that `accept` names (the file does not say
 * which, so all are tried); the vendor's certificate under `trust`; the customer's proof of possession. Not checked: the
 * order of the chain, where `trust` pins.
 *
 * Misuse: to trust any signer in order to see who signed: then say so with `unsafeAcceptAnySigner` and decide afterwards.
 *
 * Throws `ERR_ENCODING`, `ERR_PLIST_INVALID`, `ERR_PUSH_INVALID` for what is no such file (PEM where DER belongs among it);
 * `ERR_SIGNATURE_INVALID`, `ERR_ALGORITHM_NOT_ACCEPTED`, `ERR_CERTIFICATE_*`, `ERR_CRL_*`, `ERR_CSR_INVALID`, `ERR_LIMIT`,
 * `ERR_INVALID_ARGUMENT`. An expired vendor certificate is `ERR_CERTIFICATE_TIME`: then the portal refuses the file, too.
 *
 * Apple: "Setting up push notifications for your MDM customers".
 *
 * @param text - base64 of the property list, white space allowed
 * @param options - `accept` defaults to `acceptedByDefault.modern`; uploads from before 2021 have SHA-1
 *
 * @example
 * ```ts
 * const { csr, vendor } = await openPushCertificateRequest(upload, { trust: { anchors: [appleRoot] } })
 * console.log(formatName(vendor.subject), formatName(csr.subject))
 * ```
 */
export async function openPushCertificateRequest(
  text: string,
  options: VerifyOptions,
): Promise<OpenedPushCertificateRequest> {
  const { openVendorRequest } = await import('./vendor-request.js')
  return openVendorRequest(text, options)
}
