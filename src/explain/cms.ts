import { encodingOf } from '../asn1/der-reader.js'
import { OID } from '../asn1/oid.js'
import { signingTimeOf } from '../cms/attributes.js'
import { parseEnvelopedData } from '../cms/enveloped-data.js'
import { certificateIdOf, identifies, type RawIdentifier } from '../cms/identifier.js'
import { parseSignedData, type SignedData, type SignerInfo } from '../cms/signed-data.js'
import { type SignerRules, verifySigner } from '../cms/signer.js'
import { digestOf, signatureAlgorithmOf } from '../crypto/algorithms.js'
import type { CallContext } from '../crypto/context.js'
import { verificationBudget } from '../crypto/verification-budget.js'
import { attempt, type Fault, faultOf } from '../errors.js'
import { finding } from '../finding.js'
import { checkEcho, checkStatus } from '../scep/check-reply.js'
import { failureOf } from '../scep/open-reply.js'
import { messageTypeName, parsePkiMessage, type PkiMessage, textAttribute } from '../scep/message.js'
import { type Certificate, type Context, type Finding, unsafeAcceptAnySigner } from '../types.js'
import { parseCertificateDer } from '../x509/certificate.js'
import { formatName } from '../x509/name.js'
import { ANY_STRENGTH, explainCertificate, hasOtherKey, OTHER_KEY } from './certificate.js'
import { explainCrl } from './crl.js'
import { branch, counted, type Explanation, type ExplanationField, field, octets, shown } from './explanation.js'
import { signatureFault, unchecked, unreadable } from './faults.js'

export interface ExplainedContent {
  readonly explanation: Explanation
  /** The content of a signature, to be explained in its turn. */
  readonly content: Uint8Array | null
}

export async function explainSigned(
  message: Uint8Array,
  context: Context,
  call: CallContext,
): Promise<ExplainedContent> {
  const signed = parseSignedData(message)
  const carried = await explainCarried(signed, context, call)
  const isBag = signed.signers.length === 0
  const scep = isScep(signed) ? attempt(() => parsePkiMessage(message)) : null
  const findings: Finding[] = [...carried.findings]
  const signers: ExplanationField[] = []
  const rules: SignerRules = {
    certificates: carried.certificates,
    trust: unsafeAcceptAnySigner,
    accept: ANY_STRENGTH,
    budget: verificationBudget(),
  }
  // Clients leave the content of a SCEP message out, or have it empty: the signature is the same.
  const covered = signed.content ?? (scep === null ? null : new Uint8Array(0))
  for (const info of signed.signers) {
    signers.push(signerField(info))
    findings.push(...(await signatureFindings(signed, info, covered, rules, call)))
  }
  const fields = [...contentFields(signed), ...signers, ...carried.branches]
  if (scep !== null && 'value' in scep)
    return { explanation: explainPkiMessage(scep.value, fields, findings), content: null }
  if (scep !== null) findings.push(unreadable('It has the attributes of a SCEP message', scep))
  const summary = isBag ? bagSummary(signed) : `Signed message, ${counted(signed.signers.length, 'signer')}`
  const kind = isBag ? 'certificate-bag' : 'cms-signed'
  return { explanation: { kind, summary, fields, findings }, content: isBag ? null : signed.content }
}

function contentFields({ content, signers }: SignedData): readonly ExplanationField[] {
  if (content !== null) return [field('content', octets(content.length))]
  // A bag has none, here or elsewhere.
  return signers.length === 0 ? [] : [field('content', 'detached')]
}

function bagSummary({ certificates, crls }: SignedData): string {
  const lists = crls.length === 0 ? '' : ` and ${counted(crls.length, 'CRL')}`
  return `Certificate bag: ${counted(certificates.length, 'certificate')}${lists}`
}

function isScep({ signers }: SignedData): boolean {
  return signers.some(({ signedAttributes }) =>
    signedAttributes?.list.some(({ type }) => type === OID.scepMessageType || type === OID.scepTransactionId),
  )
}

interface Carried {
  /** Those that can be read. */
  readonly certificates: readonly Certificate[]
  readonly branches: readonly ExplanationField[]
  readonly findings: readonly Finding[]
}

/** The certificates and revocation lists in a message, one by one: a damaged one hides no other. */
async function explainCarried(signed: SignedData, context: Context, call: CallContext): Promise<Carried> {
  const certificates: Certificate[] = []
  const branches: ExplanationField[] = []
  const findings: Finding[] = []
  const add = (name: string, explanation: Explanation): void => {
    branches.push(branch(name, explanation))
    findings.push(...explanation.findings)
  }
  const addDamaged = (name: string, at: number, { fault }: Fault): void => {
    branches.push(field(name, 'cannot be read'))
    const message = `The ${name} at place ${String(at + 1)} in the message cannot be read: ${fault}.`
    findings.push(finding(`${name}-unreadable`, 'error', message))
  }
  for (const [at, value] of signed.certificates.entries()) {
    const certificate = attempt(() => parseCertificateDer(encodingOf(value)))
    if ('fault' in certificate) addDamaged('certificate', at, certificate)
    else {
      certificates.push(certificate.value)
      add('certificate', await explainCertificate(certificate.value, context, call))
    }
  }
  for (const [at, der] of signed.crls.entries()) {
    const list = attempt(() => explainCrl(der, call))
    if ('fault' in list) addDamaged('crl', at, list)
    else add('crl', list.value)
  }
  return { certificates, branches, findings }
}

function signerField(info: SignerInfo): ExplanationField {
  const children: ExplanationField[] = []
  const digest = attempt(() => digestOf(info.digestAlgorithm))
  const algorithm = attempt(() => signatureAlgorithmOf(info.signatureAlgorithm).signature)
  children.push(field('digest', 'value' in digest ? digest.value : 'unknown'))
  children.push(field('signature', 'value' in algorithm ? algorithm.value : 'unknown'))
  const attributes = info.signedAttributes?.list ?? null
  children.push(field('signed attributes', attributes === null ? 'none' : String(attributes.length)))
  const time = attributes === null ? null : attempt(() => signingTimeOf(attributes))
  if (time !== null && 'value' in time && time.value !== null)
    children.push(field('signing time (its own claim)', time.value.toISOString()))
  return field('signer', identifierText(info.identifier), children)
}

function identifierText(identifier: RawIdentifier): string {
  const id = attempt(() => certificateIdOf(identifier))
  if ('fault' in id) return 'cannot be read'
  if (id.value.subjectKeyIdentifier !== undefined) return `key identifier ${id.value.subjectKeyIdentifier}`
  return `serial number ${shown(id.value.serialNumber)} of ${shown(formatName(id.value.issuer)) || '(no name)'}`
}

async function signatureFindings(
  signed: SignedData,
  info: SignerInfo,
  covered: Uint8Array | null,
  rules: SignerRules,
  call: CallContext,
): Promise<readonly Finding[]> {
  if (covered === null) return [unchecked('what was signed is not in the message')]
  const { certificates } = rules
  if (certificates.some((certificate) => identifies(info.identifier, certificate) && hasOtherKey(certificate)))
    return [unchecked(OTHER_KEY)]
  try {
    // Whether it is intact, not whether anybody trusts it: nothing is handed out on the strength of this.
    await verifySigner(signed, info, covered, rules, call)
    return []
  } catch (error) {
    const fault = faultOf(error)
    if (fault.code !== 'ERR_SIGNER_NOT_FOUND') return [signatureFault('signature-invalid', 'The signature', fault)]
    // Whose the damaged one is cannot be said.
    if (certificates.length < signed.certificates.length)
      return [unchecked('the certificate of the signer is not among those that can be read')]
    const message = 'The certificate of the signer is not in the message; the signature was not checked.'
    return [finding('signer-absent', 'info', message)]
  }
}

function explainPkiMessage(
  pki: PkiMessage,
  common: readonly ExplanationField[],
  findings: readonly Finding[],
): Explanation {
  const name = messageTypeName(pki.wireType)
  const status = attempt(() => textAttribute(pki.attributes, OID.scepPkiStatus, 'pkiStatus', 8))
  const fields = [
    field('messageType', `${shown(pki.wireType)} (${shown(name)})`),
    field('transactionID', shown(pki.transactionId)),
  ]
  const text = 'value' in status ? status.value : null
  if (text !== null) fields.push(field('pkiStatus', `${shown(text)} (${STATUS[text] ?? 'unknown'})`))
  const failure = text === '2' ? attempt(() => failureOf(pki.attributes)) : null
  if (failure !== null && 'value' in failure) {
    const { failInfo, failInfoRaw, failInfoText } = failure.value
    fields.push(field('failInfo', `${shown(failInfoRaw)} (${failInfo ?? 'none of RFC 8894'})`))
    if (failInfoText !== null) fields.push(field('failInfoText', shown(failInfoText)))
  }
  fields.push(field('senderNonce', nonceText(pki.senderNonce)), field('recipientNonce', nonceText(pki.recipientNonce)))
  const content = pki.signed.content
  const envelope = content === null || content.length === 0 ? null : attempt(() => explainEnvelope(content))
  if (envelope !== null && 'value' in envelope) fields.push(branch('envelope', envelope.value))
  return {
    kind: 'scep-message',
    summary: `SCEP ${shown(name)}`,
    fields: [...fields, ...common],
    findings: [...findings, ...messageFindings(pki)],
  }
}

/** What is wrong with an answer by itself, whoever it is for; of a request, whether there is one. */
function messageFindings(pki: PkiMessage): readonly Finding[] {
  if (pki.wireType === '3') return [...checkStatus(pki), ...checkEcho(pki)]
  const content = pki.signed.content ?? new Uint8Array(0)
  const envelope = attempt(() => parseEnvelopedData(content))
  if ('value' in envelope) return []
  return [finding('envelope-unreadable', 'error', `The request has no envelope that can be read: ${envelope.fault}.`)]
}

const STATUS: { readonly [wire: string]: string } = { '0': 'SUCCESS', '2': 'FAILURE', '3': 'PENDING' }

function nonceText(nonce: Uint8Array | null): string {
  return nonce === null ? 'missing' : octets(nonce.length)
}

export function explainEnvelope(message: Uint8Array): Explanation {
  const { recipients, cipher, ciphertext } = parseEnvelopedData(message)
  const fields = [field('cipher', cipher.name), field('encrypted content', octets(ciphertext.length))]
  for (const { identifier, transport } of recipients) {
    const name = attempt(() => transport().name)
    fields.push(
      field('recipient', identifierText(identifier), [
        field('key transport', 'value' in name ? name.value : 'unknown'),
      ]),
    )
  }
  const summary = `Encrypted message, ${cipher.name}, ${counted(recipients.length, 'recipient')}`
  return { kind: 'cms-enveloped', summary, fields, findings: [] }
}
