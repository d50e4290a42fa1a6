// The file for Apple's push certificate portal: a customer's request, a vendor's chain, the vendor's signature over the request.
import { type PemBlock, readPemBlocks } from '../asn1/pem.js'
import { decodeBase64 } from '../bytes/base64.js'
import type { CallContext } from '../crypto/context.js'
import { attempt, faultOf } from '../errors.js'
import { finding } from '../finding.js'
import type { PlistDict } from '../plist/values.js'
import type { Certificate, CertificateRequest, Context, Finding } from '../types.js'
import { certificateParts, parseCertificateDer } from '../x509/certificate.js'
import { parseCsrDer } from '../x509/csr.js'
import { namesEqual } from '../x509/name.js'
import { ANY_STRENGTH, explainCertificate, explainRequest, hasOtherKey, OTHER_KEY } from './certificate.js'
import { branch, counted, type Explanation, type ExplanationField, field } from './explanation.js'
import { signatureFault, unchecked } from './faults.js'

const REQUEST = 'PushCertRequestCSR'
const CHAIN = 'PushCertCertificateChain'
const SIGNATURE = 'PushCertSignature'
const KEYS = [REQUEST, CHAIN, SIGNATURE] as const

export function isPushRequest(root: PlistDict): boolean {
  return KEYS.some((key) => root[key] !== undefined)
}

export async function explainPushRequest(root: PlistDict, context: Context, call: CallContext): Promise<Explanation> {
  const missing = KEYS.filter((key) => typeof root[key] !== 'string')
  const request = await explainCustomer(root[REQUEST], call)
  const chain = await explainChain(root[CHAIN], context, call)
  const line = (key: string, children: readonly ExplanationField[]): ExplanationField => {
    const text = root[key]
    return field(key, typeof text === 'string' ? counted(text.length, 'character') : 'missing', children)
  }
  return {
    kind: 'push-certificate-request',
    summary: 'Push certificate request, signed by an MDM vendor',
    fields: [line(REQUEST, request.branches), line(CHAIN, chain.branches), line(SIGNATURE, [])],
    findings: [
      ...missing.map((key) => finding('member-missing', 'error', `${key} is missing, or is no text.`)),
      ...request.findings,
      ...chain.findings,
      ...(missing.length > 0 ? [] : await signatureFindings(root[SIGNATURE], request.value, chain.value[0], call)),
    ],
  }
}

/** What a member holds, where it can be read, and what is to be said of it. */
interface Member<T> {
  readonly value: T
  readonly branches: readonly ExplanationField[]
  readonly findings: readonly Finding[]
}

async function explainCustomer(text: unknown, call: CallContext): Promise<Member<CertificateRequest | null>> {
  if (typeof text !== 'string') return { value: null, branches: [], findings: [] }
  const broken = (reason: string): Member<null> => {
    const message = `${REQUEST} cannot be read: ${reason}.`
    return { value: null, branches: [], findings: [finding('request-unreadable', 'error', message)] }
  }
  const der = decodeBase64(text)
  // PEM in this place, in base64 or not, is what the portal refuses most often.
  if (der?.[0] !== 0x30) return broken('base64 of DER is expected')
  const request = attempt(() => parseCsrDer(der))
  if ('fault' in request) return broken(request.fault)
  const explanation = await explainRequest(request.value, call)
  return { value: request.value, branches: [branch(explanation.kind, explanation)], findings: explanation.findings }
}

/** A vendor's chain has three. */
const MAX_CHAIN = 16

async function explainChain(
  text: unknown,
  context: Context,
  call: CallContext,
): Promise<Member<readonly (Certificate | null)[]>> {
  if (typeof text !== 'string') return { value: [], branches: [], findings: [] }
  const read = attempt(() => readPemBlocks(text))
  if ('fault' in read || read.value.length === 0) {
    const reason = 'fault' in read ? read.fault : 'PEM is expected'
    const message = `${CHAIN} cannot be read: ${reason}.`
    return { value: [], branches: [], findings: [finding('certificate-unreadable', 'error', message)] }
  }
  const blocks = read.value.slice(0, MAX_CHAIN)
  const members: Member<Certificate | null>[] = []
  for (const [at, block] of blocks.entries()) members.push(await explainLink(block, at, context, call))
  const value = members.map((member) => member.value)
  const branches = members.flatMap((member) => member.branches)
  const others = read.value.length - blocks.length
  if (others > 0) branches.push(field('…', `${String(others)} more`))
  const findings = members.flatMap((member) => member.findings)
  return { value, branches, findings: others > 0 ? findings : [...findings, ...orderFindings(value)] }
}

async function explainLink(
  { der }: PemBlock,
  at: number,
  context: Context,
  call: CallContext,
): Promise<Member<Certificate | null>> {
  const certificate = attempt(() => parseCertificateDer(der))
  if ('fault' in certificate) {
    const message = `The certificate at place ${String(at + 1)} of ${CHAIN} cannot be read: ${certificate.fault}.`
    const unreadable = finding('certificate-unreadable', 'error', message)
    return { value: null, branches: [field('certificate', 'cannot be read')], findings: [unreadable] }
  }
  const explanation = await explainCertificate(certificate.value, context, call)
  return { value: certificate.value, branches: [branch('certificate', explanation)], findings: explanation.findings }
}

/** The portal takes the vendor first, each certificate followed by its issuer, and the root last. */
function orderFindings(chain: readonly (Certificate | null)[]): readonly Finding[] {
  const findings: Finding[] = []
  for (const [at, certificate] of chain.entries()) {
    const isLast = at === chain.length - 1
    const issuer = isLast ? certificate : chain[at + 1]
    if (certificate === null || issuer === null || issuer === undefined || isNamedIssuer(certificate, issuer)) continue
    const place = `The certificate at place ${String(at + 1)} of ${CHAIN}`
    const message = isLast
      ? `${place} is the last one and no root.`
      : `${place} is not followed by the one that issued it.`
    findings.push(finding('chain-order', 'error', message, { certificate }))
  }
  return findings
}

function isNamedIssuer(certificate: Certificate, issuer: Certificate): boolean {
  return namesEqual(certificateParts(certificate).issuerDer, certificateParts(issuer).subjectDer)
}

async function signatureFindings(
  text: unknown,
  request: CertificateRequest | null,
  vendor: Certificate | null | undefined,
  call: CallContext,
): Promise<readonly Finding[]> {
  const signature = typeof text === 'string' ? decodeBase64(text) : null
  if (signature === null) return [finding('signature-invalid', 'error', `${SIGNATURE} is not base64.`)]
  if (request === null || vendor === null || vendor === undefined)
    return [unchecked('the request and the certificate of the vendor have to be readable for that')]
  if (hasOtherKey(vendor)) return [unchecked(OTHER_KEY)]
  // At its first use, as the room itself does: who only sends pushes does not wait for CMS and property lists to load.
  const { verifyVendorSignature } = await import('../apns/vendor-signature.js')
  try {
    await verifyVendorSignature(request.der, signature, vendor, ANY_STRENGTH, call)
    return []
  } catch (error) {
    return [signatureFault('signature-invalid', "The vendor's signature", faultOf(error))]
  }
}
