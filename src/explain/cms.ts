import { OID } from '../asn1/oid.js'
import { signingTimeOf } from '../cms/attributes.js'
import { parseEnvelopedData } from '../cms/enveloped-data.js'
import { certificateIdOf, type RawIdentifier } from '../cms/identifier.js'
import { parseEmbeddedCertificates, parseSignedData, type SignedData, type SignerInfo } from '../cms/signed-data.js'
import { type SignerRules, verifySigner } from '../cms/signer.js'
import { acceptedByDefault } from '../crypto/accept.js'
import { digestOf, signatureAlgorithmOf } from '../crypto/algorithms.js'
import type { CallContext } from '../crypto/context.js'
import { verificationBudget } from '../crypto/verification-budget.js'
import { isMdmProtocolError } from '../errors.js'
import { finding } from '../finding.js'
import { failureOf } from '../scep/open-reply.js'
import { messageTypeName, parsePkiMessage, textAttribute } from '../scep/message.js'
import { type Context, type Finding, unsafeAcceptAnySigner } from '../types.js'
import { formatName } from '../x509/name.js'
import { explainCertificate } from './certificate.js'
import { branch, type Explanation, type ExplanationField, field, octets, shown } from './explanation.js'
import { said } from './said.js'

/** Everything that a signature can still be checked with: whether it is strong enough is another question. */
const ANY = {
  ...acceptedByDefault.device,
  digests: ['MD5', ...acceptedByDefault.device.digests] as const,
  minRsaBits: 512,
}

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
  const certificates = said(() => parseEmbeddedCertificates(signed.certificates))
  const embedded = 'value' in certificates ? certificates.value : []
  const isBag = signed.signers.length === 0
  const scep = said(() => parsePkiMessage(message))
  const findings: Finding[] = []
  const signers: ExplanationField[] = []
  const rules: SignerRules = {
    certificates: embedded,
    trust: unsafeAcceptAnySigner,
    accept: ANY,
    budget: verificationBudget(),
  }
  for (const info of signed.signers) {
    signers.push(signerField(info))
    findings.push(...(await signatureFindings(signed, info, rules, call)))
  }
  const branches: ExplanationField[] = []
  for (const certificate of embedded)
    branches.push(branch('certificate', await explainCertificate(certificate, context, call)))
  const content = field('content', signed.content === null ? 'detached' : octets(signed.content.length))
  const fields = [content, ...signers, ...branches]
  if ('value' in scep) {
    const explanation = explainPkiMessage(message, fields, findings)
    return { explanation, content: null }
  }
  const crls = signed.crls.length === 0 ? '' : ` and ${String(signed.crls.length)} CRLs`
  const summary = isBag
    ? `Certificate bag: ${String(embedded.length)} certificates${crls}, not signed by anybody`
    : `Signed message, ${String(signed.signers.length)} signer(s)`
  const kind = isBag ? 'certificate-bag' : 'cms-signed'
  return { explanation: { kind, summary, fields, findings }, content: isBag ? null : signed.content }
}

function signerField(info: SignerInfo): ExplanationField {
  const children: ExplanationField[] = []
  const digest = said(() => digestOf(info.digestAlgorithm))
  const algorithm = said(() => signatureAlgorithmOf(info.signatureAlgorithm).signature)
  children.push(field('digest', 'value' in digest ? digest.value : 'unknown'))
  children.push(field('signature', 'value' in algorithm ? algorithm.value : 'unknown'))
  const attributes = info.signedAttributes?.list ?? null
  children.push(field('signed attributes', attributes === null ? 'none' : String(attributes.length)))
  const time = attributes === null ? null : said(() => signingTimeOf(attributes))
  if (time !== null && 'value' in time && time.value !== null)
    children.push(field('signing time (its own claim)', time.value.toISOString()))
  return field('signer', identifierText(info.identifier), children)
}

function identifierText(identifier: RawIdentifier): string {
  const id = said(() => certificateIdOf(identifier))
  if ('fault' in id) return 'cannot be read'
  if (id.value.subjectKeyIdentifier !== undefined) return `key identifier ${id.value.subjectKeyIdentifier}`
  return `serial number ${shown(id.value.serialNumber)} of ${shown(formatName(id.value.issuer)) || '(no name)'}`
}

async function signatureFindings(
  signed: SignedData,
  info: SignerInfo,
  rules: SignerRules,
  call: CallContext,
): Promise<readonly Finding[]> {
  if (signed.content === null) return []
  try {
    // Whether it is intact, not whether anybody trusts it: nothing is handed out on the strength of this.
    await verifySigner(signed, info, signed.content, rules, call)
    return []
  } catch (error) {
    if (!isMdmProtocolError(error)) throw error
    if (error.code === 'ERR_SIGNER_NOT_FOUND')
      return [
        finding(
          'signer-absent',
          'info',
          'The certificate of the signer is not in the message; the signature was not checked.',
        ),
      ]
    return [finding('signature-invalid', 'error', `The signature does not hold: ${error.message}.`)]
  }
}

function explainPkiMessage(
  message: Uint8Array,
  common: readonly ExplanationField[],
  findings: readonly Finding[],
): Explanation {
  const pki = parsePkiMessage(message)
  const name = messageTypeName(pki.wireType)
  const status = said(() => textAttribute(pki.attributes, OID.scepPkiStatus, 'pkiStatus', 8))
  const fields = [
    field('messageType', `${shown(pki.wireType)} (${shown(name)})`),
    field('transactionID', shown(pki.transactionId)),
  ]
  const text = 'value' in status ? status.value : null
  if (text !== null) fields.push(field('pkiStatus', `${shown(text)} (${STATUS[text] ?? 'unknown'})`))
  const failure = text === '2' ? said(() => failureOf(pki.attributes)) : null
  if (failure !== null && 'value' in failure) {
    const { failInfo, failInfoRaw, failInfoText } = failure.value
    fields.push(field('failInfo', `${shown(failInfoRaw)} (${failInfo ?? 'none of RFC 8894'})`))
    if (failInfoText !== null) fields.push(field('failInfoText', shown(failInfoText)))
  }
  fields.push(field('senderNonce', nonceText(pki.senderNonce)), field('recipientNonce', nonceText(pki.recipientNonce)))
  const content = pki.signed.content
  const envelope = content === null || content.length === 0 ? null : said(() => explainEnvelope(content))
  if (envelope !== null && 'value' in envelope) fields.push(branch('envelope', envelope.value))
  return { kind: 'scep-message', summary: `SCEP ${shown(name)}`, fields: [...fields, ...common], findings }
}

const STATUS: { readonly [wire: string]: string } = { '0': 'SUCCESS', '2': 'FAILURE', '3': 'PENDING' }

function nonceText(nonce: Uint8Array | null): string {
  return nonce === null ? 'missing' : octets(nonce.length)
}

export function explainEnvelope(message: Uint8Array): Explanation {
  const { recipients, cipher, ciphertext } = parseEnvelopedData(message)
  const fields = [field('cipher', cipher.name), field('encrypted content', octets(ciphertext.length))]
  for (const { identifier, transport } of recipients) {
    const name = said(() => transport().name)
    fields.push(
      field('recipient', identifierText(identifier), [
        field('key transport', 'value' in name ? name.value : 'unknown'),
      ]),
    )
  }
  const count = `${String(recipients.length)} recipient(s)`
  return { kind: 'cms-enveloped', summary: `Encrypted message, ${cipher.name}, ${count}`, fields, findings: [] }
}
