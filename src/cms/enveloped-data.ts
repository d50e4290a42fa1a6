// EnvelopedData and AuthEnvelopedData as they were received (RFC 5652 §6, RFC 5083). Nothing here is decrypted.
import {
  atEnd,
  contentOf,
  contextConstructed,
  type DerCursor,
  type DerValue,
  enter,
  enterNext,
  finish,
  next,
  nextAny,
  nextIf,
  TAG,
} from '../asn1/der-reader.js'
import { nextOid, smallInteger } from '../asn1/der-values.js'
import { OID } from '../asn1/oid.js'
import { cipherOf, keyTransportOf, type CipherInfo, type KeyTransport } from '../crypto/algorithms.js'
import { fail } from '../errors.js'
import { readAnyContentInfo } from './content-info.js'
import { CMS } from './formats.js'
import { readIdentifier, type RawIdentifier } from './identifier.js'
import { implicitOctets, nextAlgorithm } from './signed-data.js'

/** A recipient by key transport, the one kind that devices speak. */
export interface KeyTransportRecipient {
  readonly identifier: RawIdentifier
  readonly transport: () => KeyTransport
  readonly encryptedKey: Uint8Array
}

export interface EnvelopedData {
  readonly recipients: readonly KeyTransportRecipient[]
  readonly contentType: string
  readonly cipher: CipherInfo
  readonly iv: Uint8Array
  readonly ciphertext: Uint8Array
  /** AuthEnvelopedData: its tag, and the attributes that the tag covers, under their SET OF tag. */
  readonly authenticated: { readonly tag: Uint8Array; readonly aad: Uint8Array | null } | null
}

/** Each costs a comparison with every identity; nobody encrypts one profile to more devices in one message. */
const MAX_RECIPIENTS = 1024

/** `isOurs`: nobody else has the message, so that it need not be copied. */
export function parseEnvelopedData(message: Uint8Array, isOurs = false): EnvelopedData {
  const { type, content } = readAnyContentInfo(message, isOurs)
  const authenticated = type === OID.authEnvelopedData
  if (!authenticated && type !== OID.envelopedData)
    fail('ERR_CMS_INVALID', `${CMS.name}: the content type is neither EnvelopedData nor AuthEnvelopedData`)
  return readEnvelopedData(content, authenticated)
}

function readEnvelopedData(value: DerValue, authenticated: boolean): EnvelopedData {
  const cursor = enter(value, TAG.SEQUENCE, CMS, 'EnvelopedData')
  smallInteger(next(cursor, TAG.INTEGER, 'EnvelopedData version'), CMS, 'EnvelopedData version')
  nextIf(cursor, contextConstructed(0))
  const recipients = readRecipients(enterNext(cursor, TAG.SET, 'recipientInfos'))
  const encrypted = readEncryptedContent(enterNext(cursor, TAG.SEQUENCE, 'encryptedContentInfo'))
  const mode = encrypted.cipher.mode
  // GCM inside EnvelopedData has no place for its tag and is not RFC 5084; CBC has nothing to authenticate with.
  if ((mode === 'GCM') !== authenticated) fail('ERR_CMS_INVALID', `${CMS.name}: ${mode} does not fit the content type`)
  if (!authenticated) {
    nextIf(cursor, contextConstructed(1))
    finish(cursor, 'EnvelopedData')
    return enveloped(recipients, encrypted, null)
  }
  const aad = readAuthenticatedAttributes(nextIf(cursor, contextConstructed(1)))
  const tag = contentOf(next(cursor, TAG.OCTET_STRING, 'mac'))
  nextIf(cursor, contextConstructed(2))
  finish(cursor, 'AuthEnvelopedData')
  if (tag.length !== encrypted.tagLength) fail('ERR_CMS_INVALID', `${CMS.name}: mac does not have the length stated`)
  return enveloped(recipients, encrypted, { tag, aad })
}

function enveloped(
  recipients: EnvelopedData['recipients'],
  { contentType, cipher, iv, ciphertext }: EncryptedContentInfo,
  authenticated: EnvelopedData['authenticated'],
): EnvelopedData {
  return { recipients, contentType, cipher, iv, ciphertext, authenticated }
}

/** RFC 5083 §2.2: the tag covers the DER of the SET OF attributes, not the [1] that they travel under. */
function readAuthenticatedAttributes(value: DerValue | null): Uint8Array | null {
  if (value === null) return null
  const attributes = value.bytes.slice(value.start, value.end)
  attributes[0] = TAG.SET
  return attributes
}

function readRecipients(set: DerCursor): readonly KeyTransportRecipient[] {
  const recipients: KeyTransportRecipient[] = []
  let count = 0
  while (!atEnd(set)) {
    if (++count > MAX_RECIPIENTS) fail('ERR_LIMIT', `${CMS.name}: more than ${String(MAX_RECIPIENTS)} recipients`)
    const value = nextAny(set, 'RecipientInfo')
    // Key agreement, shared keys and passwords come under context tags: not ours, passed over.
    if (value.tag === TAG.SEQUENCE) recipients.push(readRecipient(enter(value, TAG.SEQUENCE, CMS, 'RecipientInfo')))
  }
  return recipients
}

function readRecipient(cursor: DerCursor): KeyTransportRecipient {
  smallInteger(next(cursor, TAG.INTEGER, 'RecipientInfo version'), CMS, 'RecipientInfo version')
  const identifier = readIdentifier(cursor, 'RecipientInfo rid')
  const algorithm = nextAlgorithm(cursor, 'keyEncryptionAlgorithm')
  const encryptedKey = contentOf(next(cursor, TAG.OCTET_STRING, 'encryptedKey'))
  finish(cursor, 'RecipientInfo')
  // Read on demand: a recipient that is not us may use an algorithm that we do not know.
  return { identifier, transport: () => keyTransportOf(algorithm), encryptedKey }
}

interface EncryptedContentInfo extends Pick<EnvelopedData, 'contentType' | 'cipher' | 'iv' | 'ciphertext'> {
  readonly tagLength: number | null
}

function readEncryptedContent(cursor: DerCursor): EncryptedContentInfo {
  const contentType = nextOid(cursor, 'encrypted contentType')
  const { cipher, iv, tagLength } = cipherOf(nextAlgorithm(cursor, 'contentEncryptionAlgorithm'))
  const ciphertext = implicitOctets(cursor, 0, 'encryptedContent')
  if (ciphertext === null) return fail('ERR_CMS_INVALID', `${CMS.name}: encryptedContent is missing`)
  finish(cursor, 'encryptedContentInfo')
  return { contentType, cipher, iv, ciphertext, tagLength }
}
