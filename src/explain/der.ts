// Which kind of DER or BER is this: told by its first members, then read by the room that knows it.
import { readBer } from '../asn1/ber.js'
import { contextConstructed, type DerCursor, type DerFormat, enter, nextAny, peekTag, TAG } from '../asn1/der-reader.js'
import { oidOf } from '../asn1/der-values.js'
import { OID } from '../asn1/oid.js'
import type { CallContext } from '../crypto/context.js'
import { readPkcs8 } from '../crypto/pkcs8.js'
import { readPublicKey } from '../crypto/public-key.js'
import { readPfx } from '../pkcs12/pfx.js'
import { isMdmProtocolError } from '../errors.js'
import { finding } from '../finding.js'
import type { Context } from '../types.js'
import { parseCertificateDer } from '../x509/certificate.js'
import { parseCrl } from '../x509/crl.js'
import { parseCsr } from '../x509/csr.js'
import { formatName } from '../x509/name.js'
import { explainCertificate, explainRequest, keyText } from './certificate.js'
import { type ExplainedContent, explainEnvelope, explainSigned } from './cms.js'
import { type Explanation, field, octets, shown } from './explanation.js'
import { said } from './said.js'

const ANY: DerFormat = { name: 'ASN.1', code: 'ERR_ENCODING' }

/** `null` where no room knows it. */
export async function explainDer(
  bytes: Uint8Array,
  context: Context,
  call: CallContext,
): Promise<ExplainedContent | null> {
  const shape = said(() => shapeOf(bytes))
  if ('fault' in shape) return null
  if (shape.value === OID.signedData) return attempt(() => explainSigned(bytes, context, call), bytes)
  if (shape.value === OID.envelopedData || shape.value === OID.authEnvelopedData)
    return attempt(() => alone(explainEnvelope(bytes)), bytes)
  for (const reader of READERS) {
    const explained = said(() => reader(bytes, context, call))
    if ('value' in explained) return { explanation: await explained.value, content: null }
  }
  return null
}

/** Content type of a ContentInfo; `''` for everything else. */
function shapeOf(bytes: Uint8Array): string {
  const cursor = enter(readBer(bytes, ANY), TAG.SEQUENCE, ANY, 'value')
  if (peekTag(cursor) !== TAG.OID) return ''
  const type = oidOf(nextAny(cursor, 'type'), ANY, 'type')
  return isContent(cursor) ? type : ''
}

function isContent(cursor: DerCursor): boolean {
  return peekTag(cursor) === contextConstructed(0)
}

function alone(explanation: Explanation): Promise<ExplainedContent> {
  return Promise.resolve({ explanation, content: null })
}

/** A CMS message that says it is one, and is broken inside. */
async function attempt(explain: () => Promise<ExplainedContent>, bytes: Uint8Array): Promise<ExplainedContent> {
  try {
    return await explain()
  } catch (error) {
    if (!isMdmProtocolError(error)) throw error
    const broken = finding('unreadable', 'error', `It begins like a CMS message, but: ${error.message}.`)
    const summary = `CMS message that cannot be read, ${octets(bytes.length)}`
    return { explanation: { kind: 'cms-signed', summary, fields: [], findings: [broken] }, content: null }
  }
}

type Reader = (bytes: Uint8Array, context: Context, call: CallContext) => Promise<Explanation>

/** In turn: the first one that can read it says what it is. */
const READERS: readonly Reader[] = [
  (bytes, context, call) => explainCertificate(parseCertificateDer(bytes), context, call),
  (bytes, _, call) => explainRequest(parseCsr(bytes), call),
  (bytes) => Promise.resolve(explainCrl(bytes)),
  (bytes) => Promise.resolve(explainPfx(bytes)),
  (bytes) => Promise.resolve(explainPublicKey(bytes)),
  (bytes) => Promise.resolve(explainPrivateKey(bytes)),
]

function explainCrl(bytes: Uint8Array): Explanation {
  const crl = parseCrl(bytes)
  const issuer = shown(formatName(crl.issuer)) || '(no name)'
  return {
    kind: 'crl',
    summary: `Revocation list of ${issuer}, ${String(crl.revoked.length)} revoked`,
    fields: [
      field('issuer', issuer),
      field('number', crl.number ?? 'none'),
      field('this update', crl.thisUpdate.toISOString()),
      field('next update', crl.nextUpdate === null ? 'not stated' : crl.nextUpdate.toISOString()),
    ],
    findings: [],
  }
}

function explainPfx(bytes: Uint8Array): Explanation {
  const { content, mac } = readPfx(bytes)
  return {
    kind: 'pkcs12',
    summary: 'PKCS#12 identity, protected by a password',
    fields: [
      field('MAC', `${mac.digest}, ${String(mac.iterations)} iterations`),
      field('content', octets(content.length)),
    ],
    findings: [],
  }
}

function explainPublicKey(bytes: Uint8Array): Explanation {
  const key = readPublicKey(bytes)
  return { kind: 'public-key', summary: `Public key: ${keyText(() => key)}`, fields: [], findings: [] }
}

/** Named and never looked into: what is printed of it would be in a log. */
function explainPrivateKey(bytes: Uint8Array): Explanation {
  const { kind } = readPkcs8(bytes)
  return { kind: 'private-key', summary: `Private key, ${kind}, not encrypted`, fields: [], findings: [] }
}
