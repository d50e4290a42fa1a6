// Which kind of DER or BER is this: told by its first members, then read by the room that knows it.
import { readBer } from '../asn1/ber.js'
import {
  atEnd,
  contextConstructed,
  type DerCursor,
  type DerFormat,
  type DerValue,
  enter,
  nextAny,
  peekTag,
  TAG,
} from '../asn1/der-reader.js'
import { oidOf } from '../asn1/der-values.js'
import { OID } from '../asn1/oid.js'
import { readAlgorithmIdentifier } from '../crypto/algorithms.js'
import type { CallContext } from '../crypto/context.js'
import { readPkcs8 } from '../crypto/pkcs8.js'
import { readPublicKey } from '../crypto/public-key.js'
import { attempt, type Fault, faultOf } from '../errors.js'
import { readPfx } from '../pkcs12/pfx.js'
import type { Context } from '../types.js'
import { parseCertificateDer } from '../x509/certificate.js'
import { parseCsr } from '../x509/csr.js'
import { explainAsn1 } from './asn1.js'
import { explainCertificate, explainRequest, keyText } from './certificate.js'
import { type ExplainedContent, explainEnvelope, explainSigned } from './cms.js'
import { explainCrl } from './crl.js'
import { type Explanation, type ExplanationField, field, octets } from './explanation.js'
import { unreadable } from './faults.js'

const ANY: DerFormat = { name: 'ASN.1', code: 'ERR_ENCODING' }

/** `null` where no room knows it. `size`: of the whole, where these bytes are what is left of it. */
export async function explainDer(
  bytes: Uint8Array,
  size: number,
  context: Context,
  call: CallContext,
): Promise<ExplainedContent | null> {
  const shape = attempt(() => shapeOf(bytes))
  if ('fault' in shape) return null
  const cms = (kind: string, explain: () => Promise<ExplainedContent>): Promise<ExplainedContent> =>
    explainCms(kind, explain, bytes, size)
  if (shape.value === OID.signedData) return cms('cms-signed', () => explainSigned(bytes, context, call))
  if (shape.value === OID.envelopedData || shape.value === OID.authEnvelopedData)
    return cms('cms-enveloped', () => Promise.resolve(alone(explainEnvelope(bytes))))
  const faults = new Map<string, Fault>()
  for (const { kind, read } of READERS) {
    const explained = attempt(() => read(bytes, context, call))
    if ('value' in explained) return { explanation: await explained.value, content: null }
    faults.set(kind, explained)
  }
  const kind = likelyKind(readBer(bytes, ANY))
  const fault = faults.get(kind)
  return fault === undefined ? null : alone(await damaged(kind, fault, bytes, size))
}

/** What is built like one of these, and cannot be read as one. */
async function damaged(kind: string, fault: Fault, bytes: Uint8Array, size: number): Promise<Explanation> {
  const { name, isPublic } = READERS.find((reader) => reader.kind === kind) as Reader
  return {
    kind,
    summary: `${name} that cannot be read, ${octets(size)}`,
    fields: isPublic ? await treeOf(bytes) : [],
    findings: [unreadable('It is built like one', fault)],
  }
}

async function treeOf(bytes: Uint8Array): Promise<readonly ExplanationField[]> {
  return (await explainAsn1(bytes))?.fields ?? []
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

function alone(explanation: Explanation): ExplainedContent {
  return { explanation, content: null }
}

/** A CMS message that says it is one, and is broken inside. */
async function explainCms(
  kind: string,
  explain: () => Promise<ExplainedContent>,
  bytes: Uint8Array,
  size: number,
): Promise<ExplainedContent> {
  try {
    return await explain()
  } catch (error) {
    const broken = unreadable('It begins like a CMS message', faultOf(error))
    const summary = `CMS message that cannot be read, ${octets(size)}`
    return alone({ kind, summary, fields: await treeOf(bytes), findings: [broken] })
  }
}

interface Reader {
  readonly kind: string
  readonly name: string
  /** Where nothing in it is a secret, its tree is shown also when it cannot be read. */
  readonly isPublic: boolean
  readonly read: (bytes: Uint8Array, context: Context, call: CallContext) => Promise<Explanation>
}

/** In turn: the first one that can read it says what it is. */
const READERS: readonly Reader[] = [
  {
    kind: 'certificate',
    name: 'Certificate',
    isPublic: true,
    read: (bytes, context, call) => explainCertificate(parseCertificateDer(bytes), context, call),
  },
  {
    kind: 'certificate-request',
    name: 'Certificate request',
    isPublic: false,
    read: (bytes, _, call) => explainRequest(parseCsr(bytes), call),
  },
  {
    kind: 'crl',
    name: 'Revocation list',
    isPublic: true,
    read: (bytes, _, call) => Promise.resolve(explainCrl(bytes, call)),
  },
  { kind: 'pkcs12', name: 'PKCS#12 file', isPublic: false, read: (bytes) => Promise.resolve(explainPfx(bytes)) },
  { kind: 'public-key', name: 'Public key', isPublic: true, read: (bytes) => Promise.resolve(explainPublicKey(bytes)) },
  {
    kind: 'private-key',
    name: 'Private key',
    isPublic: false,
    read: (bytes) => Promise.resolve(explainPrivateKey(bytes)),
  },
]

/** More members than any of these has at its top. */
const MAX_MEMBERS = 16

function membersOf(value: DerValue | undefined): readonly DerValue[] {
  if (value === undefined || (value.tag & 0x20) === 0) return []
  const cursor = enter(value, value.tag, ANY, 'value')
  const members: DerValue[] = []
  while (!atEnd(cursor) && members.length < MAX_MEMBERS) members.push(nextAny(cursor, 'value'))
  return members
}

/** Of what no reader takes: the kind that it is built like, or `''`. */
function likelyKind(value: DerValue): string {
  const outer = membersOf(value)
  const [first, second, third] = outer.map(({ tag }) => tag)
  if (first === TAG.SEQUENCE && second === TAG.SEQUENCE && outer.length === 3) return likelySigned(membersOf(outer[0]))
  if (first === TAG.SEQUENCE && second === TAG.BIT_STRING && outer.length === 2) return 'public-key'
  if (first !== TAG.INTEGER || second !== TAG.SEQUENCE) return ''
  if (membersOf(outer[1])[1]?.tag === contextConstructed(0)) return 'pkcs12'
  return third === TAG.OCTET_STRING ? 'private-key' : ''
}

/** Of certificates, requests and lists, which are all signed in the same way: by what is signed. */
function likelySigned(members: readonly DerValue[]): string {
  const tags = members.map(({ tag }) => tag)
  if (tags[0] === contextConstructed(0)) return 'certificate'
  if (tags.includes(TAG.UTC_TIME) || tags.includes(TAG.GENERALIZED_TIME)) return 'crl'
  if (tags.length === 3 || tags.length === 4) return 'certificate-request'
  return tags.length >= 6 ? 'certificate' : ''
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
  const form = isEncryptedKey(bytes) ? 'encrypted with a password' : `${readPkcs8(bytes).kind}, not encrypted`
  return { kind: 'private-key', summary: `Private key, ${form}`, fields: [], findings: [] }
}

/** EncryptedPrivateKeyInfo (RFC 5958 §3). A DigestInfo is built like one: the scheme tells them apart. */
function isEncryptedKey(bytes: Uint8Array): boolean {
  const [algorithm, encrypted, ...more] = membersOf(readBer(bytes, ANY))
  if (algorithm?.tag !== TAG.SEQUENCE || encrypted?.tag !== TAG.OCTET_STRING || more.length > 0) return false
  const arc = arcOf(readAlgorithmIdentifier(algorithm, ANY, 'encryptionAlgorithm').oid)
  // Those of PKCS#5, and those of PKCS#12: there are more than this library opens.
  return arc === arcOf(OID.pbes2) || arc === arcOf(OID.pbeWithShaAnd3KeyTripleDesCbc)
}

function arcOf(oid: string): string {
  return oid.slice(0, oid.lastIndexOf('.'))
}
