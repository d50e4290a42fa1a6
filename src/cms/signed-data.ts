// SignedData as it was received (RFC 5652 §5). Nothing here is trusted: verify.ts does that.
import {
  atEnd,
  contentOf,
  contextConstructed,
  contextTag,
  copyEncoding,
  type DerCursor,
  type DerValue,
  encodingOf,
  enter,
  enterNext,
  finish,
  next,
  nextAny,
  nextIf,
  peekTag,
  TAG,
} from '../asn1/der-reader.js'
import { integerOctets, nextOid, smallInteger } from '../asn1/der-values.js'
import { OID } from '../asn1/oid.js'
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from '../crypto/algorithms.js'
import { fail } from '../errors.js'
import type { Bytes, Certificate } from '../types.js'
import { parseCertificateDer } from '../x509/certificate.js'
import { readSignedAttributes, type SignedAttributes } from './attributes.js'
import { readContentInfo } from './content-info.js'
import { CMS } from './formats.js'
import { readIdentifier, type RawIdentifier } from './identifier.js'

export interface SignerInfo {
  readonly identifier: RawIdentifier
  readonly digestAlgorithm: AlgorithmIdentifier
  readonly signedAttributes: SignedAttributes | null
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
  /** Whether there are unsigned attributes. What they say is never read. */
  readonly hasUnsignedAttributes: boolean
}

export interface SignedData {
  /** As listed. Nothing is verified by them: each signer names its own. */
  readonly digestAlgorithms: readonly AlgorithmIdentifier[]
  readonly contentType: string
  /** The content octets; `null` when the message is detached. */
  readonly content: Uint8Array | null
  /** The encodings of the X.509 certificates, in the order of the message. */
  readonly certificates: readonly DerValue[]
  readonly crls: readonly Bytes[]
  readonly signers: readonly SignerInfo[]
}

/** More signers or certificates than any message needs; each costs a parse. */
const MAX_SIGNERS = 16
const MAX_CERTIFICATES = 256

/** `isOurs`: nobody else has the message, so that it need not be copied. */
export function parseSignedData(message: Uint8Array, isOurs = false): SignedData {
  return readSignedData(readContentInfo(message, OID.signedData, 'SignedData', isOurs))
}

function readSignedData(value: DerValue): SignedData {
  const cursor = enter(value, TAG.SEQUENCE, CMS, 'SignedData')
  smallInteger(next(cursor, TAG.INTEGER, 'SignedData version'), CMS, 'SignedData version')
  const digestAlgorithms = readDigestAlgorithms(enterNext(cursor, TAG.SET, 'digestAlgorithms'))
  const { contentType, content } = readEncapsulated(enterNext(cursor, TAG.SEQUENCE, 'encapContentInfo'))
  const certificates = readCertificateSet(cursor)
  const crls = readCrlSet(cursor)
  const set = enterNext(cursor, TAG.SET, 'signerInfos')
  finish(cursor, 'SignedData')
  const signers: SignerInfo[] = []
  while (!atEnd(set)) {
    if (signers.length === MAX_SIGNERS) fail('ERR_LIMIT', `${CMS.name}: more than ${String(MAX_SIGNERS)} signers`)
    signers.push(readSignerInfo(next(set, TAG.SEQUENCE, 'SignerInfo')))
  }
  return { digestAlgorithms, contentType, content, certificates, crls, signers }
}

function readDigestAlgorithms(set: DerCursor): readonly AlgorithmIdentifier[] {
  const algorithms: AlgorithmIdentifier[] = []
  while (!atEnd(set)) algorithms.push(nextAlgorithm(set, 'digestAlgorithms'))
  return algorithms
}

function readEncapsulated(cursor: DerCursor): { readonly contentType: string; readonly content: Uint8Array | null } {
  const contentType = nextOid(cursor, 'eContentType')
  if (atEnd(cursor)) return { contentType, content: null }
  const explicit = enterNext(cursor, contextConstructed(0), 'eContent')
  const octets = next(explicit, TAG.OCTET_STRING, 'eContent')
  finish(explicit, 'eContent')
  finish(cursor, 'encapContentInfo')
  return { contentType, content: contentOf(octets) }
}

/** X.509 certificates; attribute certificates and other forms are passed over (RFC 5652 §10.2.2). */
function readCertificateSet(cursor: DerCursor): readonly DerValue[] {
  const set = nextIf(cursor, contextConstructed(0))
  if (set === null) return []
  const members = enter(set, contextConstructed(0), CMS, 'certificates')
  const certificates: DerValue[] = []
  while (!atEnd(members)) {
    const member = nextAny(members, 'certificates')
    if (member.tag !== TAG.SEQUENCE) continue
    if (certificates.length === MAX_CERTIFICATES)
      fail('ERR_LIMIT', `${CMS.name}: more than ${String(MAX_CERTIFICATES)} certificates`)
    certificates.push(member)
  }
  return certificates
}

function readCrlSet(cursor: DerCursor): readonly Bytes[] {
  const set = nextIf(cursor, contextConstructed(1))
  if (set === null) return []
  const members = enter(set, contextConstructed(1), CMS, 'crls')
  const crls: Bytes[] = []
  while (!atEnd(members)) {
    const member = nextAny(members, 'crls')
    if (member.tag === TAG.SEQUENCE) crls.push(copyEncoding(member))
  }
  return crls
}

function readSignerInfo(value: DerValue): SignerInfo {
  const cursor = enter(value, TAG.SEQUENCE, CMS, 'SignerInfo')
  integerOctets(next(cursor, TAG.INTEGER, 'SignerInfo version'), CMS, 'SignerInfo version')
  const identifier = readIdentifier(cursor, 'SignerInfo sid')
  const digestAlgorithm = nextAlgorithm(cursor, 'digestAlgorithm')
  const attributes = nextIf(cursor, contextConstructed(0))
  const signatureAlgorithm = nextAlgorithm(cursor, 'signatureAlgorithm')
  const signature = contentOf(next(cursor, TAG.OCTET_STRING, 'signature'))
  // Unsigned attributes say nothing that a signature holds: they are passed over, never believed.
  const hasUnsignedAttributes = nextIf(cursor, contextConstructed(1)) !== null
  finish(cursor, 'SignerInfo')
  const signedAttributes = attributes === null ? null : readSignedAttributes(attributes)
  return { identifier, digestAlgorithm, signedAttributes, signatureAlgorithm, signature, hasUnsignedAttributes }
}

export function nextAlgorithm(cursor: DerCursor, field: string): AlgorithmIdentifier {
  return readAlgorithmIdentifier(next(cursor, TAG.SEQUENCE, field), CMS, field)
}

/** Octets of an IMPLICIT OCTET STRING: primitive, in segments, or (as early Go servers sent it) wrapped once more. */
export function implicitOctets(cursor: DerCursor, number: number, field: string): Uint8Array | null {
  const tag = peekTag(cursor)
  if (tag === contextTag(number)) return contentOf(nextAny(cursor, field))
  if (tag !== contextConstructed(number)) return null
  const segments = enterNext(cursor, tag, field)
  // BER writes a string of no octets as no segment at all.
  if (atEnd(segments)) return new Uint8Array(0)
  const first = next(segments, TAG.OCTET_STRING, field)
  if (atEnd(segments)) return contentOf(first)
  return joinSegments(first, segments, field)
}

function joinSegments(first: DerValue, rest: DerCursor, field: string): Uint8Array {
  const joined = new Uint8Array(rest.end - first.start)
  joined.set(contentOf(first))
  let length = first.end - first.body
  while (!atEnd(rest)) {
    const segment = contentOf(next(rest, TAG.OCTET_STRING, field))
    joined.set(segment, length)
    length += segment.length
  }
  return joined.subarray(0, length)
}

export function parseEmbeddedCertificates(certificates: readonly DerValue[]): readonly Certificate[] {
  return certificates.map((value) => parseCertificateDer(encodingOf(value)))
}
