import { encryptCms } from '../../src/cms.js'
import {
  buildScepRequest,
  type OpenScepRequestOptions,
  openScepRequest,
  type ScepRequest,
  type ScepRequestInput,
} from '../../src/scep.js'
import type { Bytes, Certificate, CertificateRequest, Identity } from '../../src/types.js'
import { createCsr, distinguishedName } from '../../src/x509.js'
import {
  attribute,
  type CraftSigned,
  craftSigned,
  type CraftSigner,
  craftSigner,
  usualAttributes,
} from '../cms/craft.js'
import { type Entity, issued, NOW, selfSigned } from '../cms/entities.js'
import { hex, tlv } from '../support/asn1.js'
import { rsaKey } from '../support/rsa-keys.js'
import type { CraftKey } from '../x509/craft.js'

// A CA, a device, and pkiMessages that the library would never make.

export const SCEP_OIDS = {
  messageType: '6086480186f845010902',
  pkiStatus: '6086480186f845010903',
  failInfo: '6086480186f845010904',
  senderNonce: '6086480186f845010905',
  recipientNonce: '6086480186f845010906',
  transactionId: '6086480186f845010907',
  failInfoText: '2b06010505071801',
} as const

const latin1 = (text: string): Bytes => Uint8Array.from(text, (character) => character.charCodeAt(0))

export function printable(text: string): Bytes {
  return tlv(0x13, latin1(text))
}

export const NONCE: Bytes = hex('000102030405060708090a0b0c0d0e0f')

export interface Fields {
  readonly type?: Uint8Array | null
  readonly transactionId?: Uint8Array | null
  readonly senderNonce?: Uint8Array | null
  readonly recipientNonce?: Uint8Array | null
  readonly pkiStatus?: Uint8Array | null
  readonly failInfo?: Uint8Array | null
  readonly failInfoText?: Uint8Array | null
  readonly more?: readonly Uint8Array[]
}

/** Values of the attributes, encoded; `null` leaves one out. */
export function scepAttributes(fields: Fields): readonly Bytes[] {
  const values: readonly (readonly [string, Uint8Array | null | undefined])[] = [
    [SCEP_OIDS.messageType, fields.type === undefined ? printable('19') : fields.type],
    [SCEP_OIDS.transactionId, fields.transactionId === undefined ? printable('TRANSACTION') : fields.transactionId],
    [SCEP_OIDS.senderNonce, fields.senderNonce === undefined ? tlv(0x04, NONCE) : fields.senderNonce],
    [SCEP_OIDS.recipientNonce, fields.recipientNonce],
    [SCEP_OIDS.pkiStatus, fields.pkiStatus],
    [SCEP_OIDS.failInfo, fields.failInfo],
    [SCEP_OIDS.failInfoText, fields.failInfoText],
  ]
  return values.flatMap(([type, value]) => (value === null || value === undefined ? [] : [attribute(type, value)]))
}

export interface CraftMessage {
  readonly content: Uint8Array | null
  readonly signer: Entity
  readonly fields?: Fields
  readonly signing?: Partial<CraftSigner>
  readonly around?: Partial<CraftSigned>
}

export function craftMessage({ content, signer, fields = {}, signing = {}, around = {} }: CraftMessage): Bytes {
  const body = content ?? new Uint8Array(0)
  const attributes = [...usualAttributes(body), ...scepAttributes(fields), ...(fields.more ?? [])]
  const one = { certificate: signer.certificate, key: signer.raw.privateKey, attributes, ...signing }
  return craftSigned({ content, signers: [craftSigner(body, one)], certificates: [signer.certificate.der], ...around })
}

export const ca: Entity = await selfSigned('CA', rsaKey(0))
/** A throw-away signer of a first request, and what it asks for. */
export const device: Entity = await selfSigned('device', rsaKey(1), { purpose: 'device-identity' })
/** A device that the CA enrolled. */
export const enrolled: Entity = await issued('enrolled', rsaKey(2), ca)

export async function csrOf(key: CraftKey, name = 'device', challengePassword = 'secret'): Promise<CertificateRequest> {
  const subject = distinguishedName([
    ['O', 'Example'],
    ['CN', name],
  ])
  return createCsr({ privateKey: key.pkcs8, subject, challengePassword })
}

export function envelope(content: Uint8Array, recipient: Certificate = ca.certificate): Promise<Bytes> {
  return encryptCms(content, [recipient], { cipher: 'AES-128-CBC', keyTransport: 'RSAES-PKCS1-v1_5' })
}

export function open(message: Uint8Array, changes: Partial<OpenScepRequestOptions> = {}): Promise<ScepRequest> {
  return openScepRequest(message, { recipient: ca, renewalTrust: { anchors: [ca.certificate] }, now: NOW, ...changes })
}

/** A request by the library itself. */
export function request(
  input: ScepRequestInput,
  signer: Identity,
  choice: Parameters<typeof buildScepRequest>[1]['choice'] = { digest: 'SHA-256', cipher: 'AES-128-CBC' },
  recipient: Certificate = ca.certificate,
): ReturnType<typeof buildScepRequest> {
  return buildScepRequest(input, { signer, recipient, choice, now: NOW })
}
