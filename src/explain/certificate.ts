import { OID } from '../asn1/oid.js'
import { certificateParts, certificateFingerprint } from '../x509/certificate.js'
import { checkCertificate } from '../x509/check-certificate.js'
import { parseCsr, verifyCsr } from '../x509/csr.js'
import { readExtensions } from '../x509/extensions.js'
import { formatName } from '../x509/name.js'
import { acceptedByDefault } from '../crypto/accept.js'
import { signatureAlgorithmOf } from '../crypto/algorithms.js'
import type { CallContext } from '../crypto/context.js'
import { type PublicKey, readPublicKey } from '../crypto/public-key.js'
import { attempt, faultOf } from '../errors.js'
import { finding } from '../finding.js'
import type {
  AcceptedAlgorithms,
  Certificate,
  CertificateExtension,
  CertificateRequest,
  Context,
  Finding,
} from '../types.js'
import { counted, type Explanation, type ExplanationField, field, shown } from './explanation.js'
import { signatureFault, unchecked } from './faults.js'

export async function explainCertificate(
  certificate: Certificate,
  context: Context,
  call: CallContext,
): Promise<Explanation> {
  const parts = certificateParts(certificate)
  const { subject, issuer, serialNumber, notBefore, notAfter } = parts.certificate
  const name = shown(formatName(subject)) || '(no name)'
  return {
    kind: 'certificate',
    summary: `Certificate of ${name}`,
    fields: [
      field('subject', name),
      field('issuer', shown(formatName(issuer)) || '(no name)'),
      field('serial number', shown(serialNumber)),
      field('valid', `${notBefore.toISOString()} to ${notAfter.toISOString()}`),
      field(
        'key',
        keyText(() => parts.key),
      ),
      field('signature', signatureText(certificate)),
      field('SHA-256 fingerprint', await certificateFingerprint(certificate, 'SHA-256', context)),
      ...extensionFields(parts.extensions),
    ],
    findings: [
      ...checkCertificate(certificate, call.now),
      ...strengthFindings(certificate),
      ...extensionFindings(parts.extensions, certificate),
    ],
  }
}

export function keyText(read: () => PublicKey): string {
  const key = attempt(read)
  if ('fault' in key) return 'cannot be read'
  if (key.value.kind === 'RSA') return `RSA, ${String(key.value.bits)} bits`
  return key.value.kind === 'EC' ? `EC, ${key.value.curve}` : 'of an algorithm that this library does not use'
}

function signatureText(certificate: Certificate): string {
  const algorithm = attempt(() => signatureAlgorithmOf(certificateParts(certificate).signatureAlgorithm))
  if ('fault' in algorithm) return 'of an algorithm that this library does not know'
  return `${algorithm.value.signature}, ${algorithm.value.digest ?? 'no digest'}`
}

function strengthFindings(certificate: Certificate): readonly Finding[] {
  const parts = certificateParts(certificate)
  const findings: Finding[] = []
  const about = { certificate }
  const key = attempt(() => parts.key)
  if ('fault' in key) findings.push(finding('key-unreadable', 'error', `Its key cannot be read: ${key.fault}.`, about))
  else if (key.value.kind === 'RSA' && key.value.bits < acceptedByDefault.modern.minRsaBits)
    findings.push(finding('rsa-key-small', 'warning', `The RSA key has ${String(key.value.bits)} bits only.`, about))
  const digest = attempt(() => signatureAlgorithmOf(parts.signatureAlgorithm).digest)
  if ('value' in digest && digest.value !== null && !acceptedByDefault.modern.digests.includes(digest.value))
    findings.push(finding('weak-digest', 'warning', `It is signed over ${digest.value}.`, about))
  return findings
}

function extensionFields(extensions: readonly CertificateExtension[]): readonly ExplanationField[] {
  const read = attempt(() => readExtensions(extensions))
  if ('fault' in read) return [field('extensions', `cannot be read: ${read.fault}`)]
  const { keyUsage, extendedKeyUsage, basicConstraints, subjectAltNames } = read.value
  const fields: ExplanationField[] = []
  if (basicConstraints !== null)
    fields.push(field('CA', basicConstraints.ca ? caText(basicConstraints.pathLength) : 'no'))
  if (keyUsage !== null) fields.push(field('key usage', keyUsage.join(', ')))
  if (extendedKeyUsage !== null) fields.push(field('extended key usage', extendedKeyUsage.map(oidName).join(', ')))
  const names = subjectAltNames.map((name) =>
    name.type === 'other' ? 'other name' : `${name.type} ${shown(name.value)}`,
  )
  if (names.length > 0) fields.push(field('subject alternative names', names.join(', ')))
  const rest = extensions
    .filter(({ oid }) => !READ.has(oid))
    .map(({ oid, critical }) => (critical ? `${oid} (critical)` : oid))
  if (rest.length > 0) fields.push(field('other extensions', rest.join(', ')))
  return fields
}

function extensionFindings(extensions: readonly CertificateExtension[], certificate?: Certificate): readonly Finding[] {
  const read = attempt(() => readExtensions(extensions))
  if ('value' in read) return []
  const message = `Its extensions cannot be read: ${read.fault}.`
  return [finding('extensions-unreadable', 'error', message, certificate === undefined ? {} : { certificate })]
}

const READ: ReadonlySet<string> = /* @__PURE__ */ new Set<string>([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extendedKeyUsage,
  OID.subjectAltName,
])

function caText(pathLength: number | null): string {
  return pathLength === null ? 'yes' : `yes, path length ${String(pathLength)}`
}

/** The name that this package has for an OID, or the OID. */
export function oidName(oid: string): string {
  return Object.entries(OID).find(([, known]) => known === oid)?.[0] ?? oid
}

export async function explainRequest(csr: CertificateRequest, call: CallContext): Promise<Explanation> {
  const name = shown(formatName(csr.subject)) || '(no name)'
  return {
    kind: 'certificate-request',
    summary: `Certificate request of ${name}`,
    fields: [
      field('subject', name),
      field(
        'key',
        keyText(() => readPublicKey(csr.publicKey)),
      ),
      // The password opens doors: its length is all that a log may know.
      field(
        'challenge password',
        csr.challengePassword === null ? 'none' : counted(csr.challengePassword.length, 'character'),
      ),
      ...extensionFields(csr.requestedExtensions),
    ],
    findings: [...(await requestFindings(csr, call)), ...extensionFindings(csr.requestedExtensions)],
  }
}

async function requestFindings(csr: CertificateRequest, call: CallContext): Promise<readonly Finding[]> {
  const key = attempt(() => readPublicKey(csr.publicKey))
  if ('value' in key && key.value.kind === 'other') return [unchecked(OTHER_KEY)]
  try {
    const provider = call.provider === null ? {} : { crypto: call.provider }
    await verifyCsr(parseCsr(csr.der), { ...provider, accept: ANY_STRENGTH })
    return []
  } catch (error) {
    return [signatureFault('possession-not-proved', 'Its signature', faultOf(error))]
  }
}

/** Everything that a signature can still be checked with: whether it is strong enough is another question. */
export const ANY_STRENGTH: Required<AcceptedAlgorithms> = {
  ...acceptedByDefault.device,
  digests: ['MD5', ...acceptedByDefault.device.digests],
  minRsaBits: 512,
}

export function hasOtherKey(certificate: Certificate): boolean {
  const key = attempt(() => certificateParts(certificate).key)
  return 'value' in key && key.value.kind === 'other'
}

/** Why what was signed by a key of `kind: 'other'` was not checked. */
export const OTHER_KEY = 'its key is of an algorithm, or on a curve, that this library does not use'
