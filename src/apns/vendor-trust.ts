import { requireList, requireObject } from '../arguments.js'
import { equalBytes } from '../bytes/bytes.js'
import { encodeHex } from '../bytes/hex.js'
import { acceptedByDefault } from '../crypto/accept.js'
import type { CallContext } from '../crypto/context.js'
import { digest } from '../crypto/digest.js'
import { fail } from '../errors.js'
import {
  type AcceptedAlgorithms,
  type Certificate,
  type SignerTrust,
  type SigningIdentity,
  unsafeAcceptAnySigner,
} from '../types.js'
import { certificateParts } from '../x509/certificate.js'
import { namesEqual } from '../x509/name.js'
import { buildPath } from '../x509/path.js'

/** Vendor first, root last, each issued by the one after it, all of them valid: what Apple's portal asks of the file. */
export async function requireVendorChain(vendor: SigningIdentity, call: CallContext): Promise<readonly Certificate[]> {
  requireObject(vendor, 'vendor')
  const { chain: above = [] } = vendor
  requireList(above, 'vendor.chain')
  const chain = [vendor.certificate, ...above]
  const root = chain.length > 1 ? chain.at(-1) : undefined
  if (root === undefined || !isSelfIssued(root))
    return fail('ERR_PUSH_INVALID', 'vendor.chain: the intermediate and, at the end, the root are expected')
  const trust = { anchors: [root], intermediates: chain.slice(1, -1) } as const
  const path = await buildPath(vendor.certificate, { trust, candidates: [], accept: acceptedByDefault.modern }, call)
  if (path.length !== chain.length || !path.every(({ der }, at) => equalBytes(der, derOf(chain[at]))))
    fail('ERR_PUSH_INVALID', 'vendor.chain: each certificate must be followed by the one that issued it')
  return path
}

function isSelfIssued(certificate: Certificate): boolean {
  const { issuerDer, subjectDer } = certificateParts(certificate)
  return namesEqual(issuerDer, subjectDer)
}

function derOf(certificate: Certificate | undefined): Uint8Array {
  return certificate?.der ?? new Uint8Array()
}

/** The certificate beside a signature that was verified: is it one that the caller trusts? */
export async function requireTrustedVendor(
  vendor: Certificate,
  chain: readonly Certificate[],
  rules: { readonly trust: SignerTrust; readonly accept: Required<AcceptedAlgorithms> },
  call: CallContext,
): Promise<void> {
  const { trust, accept } = rules
  if (trust === unsafeAcceptAnySigner) return
  if (trust.anchors !== undefined) {
    await buildPath(vendor, { trust, candidates: chain, accept }, call)
    return
  }
  if (trust.pinned !== undefined) {
    if (trust.pinned.some(({ der }) => equalBytes(der, vendor.der))) return
  } else {
    const fingerprint = encodeHex(await digest(trust.digest, vendor.der, call))
    const wanted = trust.pinnedFingerprints.map((text) => text.replace(/[\s:]/g, '').toLowerCase())
    if (wanted.includes(fingerprint)) return
  }
  fail('ERR_CERTIFICATE_UNTRUSTED', 'push certificate request: the vendor is none of those that are pinned')
}
