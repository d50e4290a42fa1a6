import { requireObject } from '../arguments.js'
import type { VerifyOptions } from '../cms/verify.js'
import { acceptedByDefault, acceptList } from '../crypto/accept.js'
import { callContext } from '../crypto/context.js'
import { fail } from '../errors.js'
import type { Certificate, CertificateRequest, Context, SigningIdentity } from '../types.js'
import { parseCsrDer, verifyCsr } from '../x509/csr.js'
import { checkSignerTrust } from '../x509/trust.js'
import { encodePushRequestFile, readPushRequestFile } from './push-request-file.js'
import { signAsVendor, verifyVendorSignature } from './vendor-signature.js'
import { requireTrustedVendor, requireVendorChain } from './vendor-trust.js'

/** What a push certificate request holds, verified. */
export interface OpenedPushCertificateRequest {
  readonly csr: CertificateRequest
  readonly vendor: Certificate
  /** As in the file, without the vendor. */
  readonly chain: readonly Certificate[]
}

/** `buildPushCertificateRequest`. */
export async function buildVendorRequest(
  csr: CertificateRequest,
  vendor: SigningIdentity,
  context: Context | undefined,
): Promise<string> {
  const call = callContext(context)
  const der: unknown = (csr as CertificateRequest | null | undefined)?.der
  if (!(der instanceof Uint8Array)) return fail('ERR_INVALID_ARGUMENT', 'csr: an object with der is expected')
  const request = parseCsrDer(der)
  await verifyCsr(request, context)
  const chain = await requireVendorChain(vendor, call)
  const signature = await signAsVendor(request.der, vendor, call)
  return encodePushRequestFile({ request: request.der, chain, signature })
}

/** `openPushCertificateRequest`. */
export async function openVendorRequest(text: string, options: VerifyOptions): Promise<OpenedPushCertificateRequest> {
  const call = callContext(options)
  requireObject(options, 'options')
  const trust = checkSignerTrust(options.trust)
  const accept = acceptList(options.accept, acceptedByDefault.modern)
  const file = readPushRequestFile(text)
  const [vendor, ...chain] = file.chain
  if (vendor === undefined)
    return fail('ERR_PUSH_INVALID', "push certificate request: the vendor's certificate is missing")
  const csr = parseCsrDer(file.request)
  await verifyVendorSignature(csr.der, file.signature, vendor, accept, call)
  await requireTrustedVendor(vendor, chain, { trust, accept }, call)
  await verifyCsr(csr, { ...options, accept })
  return { csr, vendor, chain }
}
