import { generateKeyPairSync, sign } from 'node:crypto'
import { parseCertificate } from '../../src/x509.js'
import type { Bytes, Certificate } from '../../src/types.js'
import { concatBytes } from '../../src/bytes/bytes.js'
import { hex, tlv } from '../support/asn1.js'
import { readyKey, type ReadyKey } from '../support/rsa-keys.js'

// Certificates that the library would never issue, put together octet by octet and signed by node:crypto.

export type CraftKey = ReadyKey

/** P-256, as they cost next to nothing. */
export function craftKey(): CraftKey {
  return readyKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
}

export const DER = {
  sha256Ecdsa: hex('300a 0608 2a8648ce3d040302'),
  sha1Ecdsa: hex('3009 0607 2a8648ce3d0401'),
  sha256Rsa: hex('300d 0609 2a864886f70d01010b 0500'),
  sha256RsaBare: hex('300b 0609 2a864886f70d01010b'),
  sha1Rsa: hex('300d 0609 2a864886f70d010105 0500'),
  md5Rsa: hex('300d 0609 2a864886f70d010104 0500'),
  basicConstraintsCa: hex('300f 0603551d13 0101ff 0405 3003 0101ff'),
  keyCertSign: hex('300e 0603551d0f 0101ff 0404 03020204'),
}

export function text(value: string): Bytes {
  return new TextEncoder().encode(value)
}

/** One RDN a pair: `[OID content in hex, tag, text or octets]`. */
export function craftName(
  ...attributes: readonly (readonly [oid: string, tag: number, value: string | Bytes])[]
): Bytes {
  return tlv(
    0x30,
    ...attributes.map(([oid, tag, value]) =>
      tlv(0x31, tlv(0x30, tlv(0x06, hex(oid)), tlv(tag, typeof value === 'string' ? text(value) : value))),
    ),
  )
}

/** A name of one common name. */
export function craftCn(name: string): Bytes {
  return craftName(['550403', 0x0c, name])
}

export interface CraftInput {
  /** Content octets of the INTEGER. */
  readonly serial?: Bytes
  /** DER of the whole field, or `null` to leave it out. */
  readonly version?: Bytes | null
  readonly innerAlgorithm?: Bytes
  readonly outerAlgorithm?: Bytes
  readonly issuer?: Bytes
  readonly notBefore?: Bytes
  readonly notAfter?: Bytes
  readonly subject?: Bytes
  readonly spki?: Bytes
  /** Each the whole Extension; an empty list leaves the field out. */
  readonly extensions?: readonly Bytes[]
  /** Between the key and the extensions. */
  readonly uniqueIds?: readonly Bytes[]
  readonly hash?: 'sha256' | 'sha1' | 'md5'
  readonly signature?: Bytes
}

export const VERSION_3 = tlv(0xa0, tlv(0x02, Uint8Array.of(2)))

export function craftDer(input: CraftInput, key: CraftKey): Bytes {
  const own = key.privateKey.asymmetricKeyType === 'rsa' ? DER.sha256Rsa : DER.sha256Ecdsa
  const outer = input.outerAlgorithm ?? own
  const extensions = input.extensions ?? []
  const tbs = tlv(
    0x30,
    ...(input.version === null ? [] : [input.version ?? VERSION_3]),
    tlv(0x02, input.serial ?? Uint8Array.of(1)),
    input.innerAlgorithm ?? outer,
    input.issuer ?? craftCn('issuer'),
    tlv(0x30, input.notBefore ?? tlv(0x17, text('200101000000Z')), input.notAfter ?? tlv(0x17, text('400101000000Z'))),
    input.subject ?? craftCn('subject'),
    input.spki ?? key.spki,
    ...(input.uniqueIds ?? []),
    ...(extensions.length === 0 ? [] : [tlv(0xa3, tlv(0x30, ...extensions))]),
  )
  const signature = input.signature ?? new Uint8Array(sign(input.hash ?? 'sha256', tbs, key.privateKey))
  return tlv(0x30, tbs, outer, tlv(0x03, Uint8Array.of(0), signature))
}

export function craft(input: CraftInput, key: CraftKey): Certificate {
  return parseCertificate(craftDer(input, key))
}

export function craftExtension(oid: string, critical: boolean, value: Uint8Array): Bytes {
  const flag = critical ? [hex('0101ff')] : []
  return tlv(0x30, tlv(0x06, hex(oid)), ...flag, tlv(0x04, value))
}

export function joined(...parts: readonly Uint8Array[]): Bytes {
  return concatBytes(parts)
}
