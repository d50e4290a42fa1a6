import { webcrypto } from 'node:crypto'
import { ObjectIdentifier, OctetString } from 'asn1js'
import * as pkijs from 'pkijs'
import type { Bytes } from '../../src/types.js'

// pkijs as second implementation: reads what we make, makes what we read. Its global engine stays untouched.

const engine = new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto })

function buffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer
}

function certificateOf(der: Uint8Array): pkijs.Certificate {
  return pkijs.Certificate.fromBER(buffer(der))
}

export interface PkijsSigned {
  readonly version: number
  readonly content: Bytes | null
  readonly certificates: number
  readonly digestAlgorithms: readonly string[]
  readonly signatureAlgorithm: string
  /** OIDs of the signed attributes, in their order. */
  readonly attributes: readonly string[]
  readonly verified: boolean
}

/** Reads and verifies a SignedData of one signer; `detached`: the content, where it is not in the message. */
export async function pkijsVerify(message: Uint8Array, detached?: Uint8Array): Promise<PkijsSigned> {
  const info = pkijs.ContentInfo.fromBER(buffer(message))
  const signed = new pkijs.SignedData({ schema: info.content })
  const content = signed.encapContentInfo.eContent?.getValue()
  const [signer] = signed.signerInfos
  const { signatureVerified } = await signed.verify(
    {
      signer: 0,
      checkChain: false,
      extendedMode: true,
      ...(detached === undefined ? {} : { data: buffer(detached) }),
    },
    engine,
  )
  return {
    version: signed.version,
    content: content === undefined ? null : new Uint8Array(content),
    certificates: signed.certificates?.length ?? 0,
    digestAlgorithms: signed.digestAlgorithms.map(({ algorithmId }) => algorithmId),
    signatureAlgorithm: signer?.signatureAlgorithm.algorithmId ?? '',
    attributes: (signer?.signedAttrs?.attributes ?? []).map(({ type }) => type),
    verified: signatureVerified === true,
  }
}

/** The certificates of a certs-only message, DER each. */
export function pkijsBag(message: Uint8Array): readonly Bytes[] {
  const signed = new pkijs.SignedData({ schema: pkijs.ContentInfo.fromBER(buffer(message)).content })
  return (signed.certificates ?? []).map((certificate) => new Uint8Array(certificate.toSchema().toBER()))
}

export interface PkijsEnveloped {
  readonly version: number
  readonly recipients: number
  readonly contentEncryption: string
  readonly keyEncryption: string
  decrypt(certificateDer: Uint8Array, pkcs8: Uint8Array): Promise<Bytes>
}

export function pkijsEnveloped(message: Uint8Array): PkijsEnveloped {
  const info = pkijs.ContentInfo.fromBER(buffer(message))
  const enveloped = new pkijs.EnvelopedData({ schema: info.content })
  const [recipient] = enveloped.recipientInfos
  const value = recipient?.value as pkijs.KeyTransRecipientInfo
  return {
    version: enveloped.version,
    recipients: enveloped.recipientInfos.length,
    contentEncryption: enveloped.encryptedContentInfo.contentEncryptionAlgorithm.algorithmId,
    keyEncryption: value.keyEncryptionAlgorithm.algorithmId,
    decrypt: async (certificateDer, pkcs8) => {
      const parameters = {
        recipientCertificate: certificateOf(certificateDer),
        recipientPrivateKey: buffer(pkcs8),
      }
      return new Uint8Array(await enveloped.decrypt(0, parameters, engine))
    },
  }
}

/** A SignedData by pkijs, with the attributes that RFC 5652 asks for. */
export async function pkijsSign(
  content: Uint8Array,
  certificateDer: Uint8Array,
  pkcs8: Uint8Array,
  algorithm: { readonly name: string; readonly hash: string; readonly namedCurve?: string },
): Promise<Bytes> {
  const certificate = certificateOf(certificateDer)
  const digest = await webcrypto.subtle.digest(algorithm.hash, content)
  const signed = new pkijs.SignedData({
    version: 1,
    encapContentInfo: new pkijs.EncapsulatedContentInfo({
      eContentType: pkijs.ContentInfo.DATA,
      eContent: new OctetString({ valueHex: buffer(content) }),
    }),
    signerInfos: [
      new pkijs.SignerInfo({
        version: 1,
        sid: new pkijs.IssuerAndSerialNumber({ issuer: certificate.issuer, serialNumber: certificate.serialNumber }),
        signedAttrs: new pkijs.SignedAndUnsignedAttributes({
          type: 0,
          attributes: [
            new pkijs.Attribute({ type: '1.2.840.113549.1.9.3', values: [oidValue(pkijs.ContentInfo.DATA)] }),
            new pkijs.Attribute({ type: '1.2.840.113549.1.9.4', values: [new OctetString({ valueHex: digest })] }),
          ],
        }),
      }),
    ],
    certificates: [certificate],
  })
  const key = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign'])
  await signed.sign(key, 0, algorithm.hash, undefined, engine)
  return wrap(pkijs.ContentInfo.SIGNED_DATA, signed.toSchema(true))
}

/** An EnvelopedData by pkijs: OAEP, AES. */
export async function pkijsEncrypt(
  content: Uint8Array,
  certificateDer: Uint8Array,
  cipher: { readonly name: 'AES-CBC'; readonly length: 128 | 256 },
  oaepHashAlgorithm: string,
): Promise<Bytes> {
  const enveloped = new pkijs.EnvelopedData()
  enveloped.addRecipientByCertificate(certificateOf(certificateDer), { oaepHashAlgorithm }, 1, engine)
  await enveloped.encrypt(cipher, buffer(content), engine)
  return wrap(pkijs.ContentInfo.ENVELOPED_DATA, enveloped.toSchema())
}

function wrap(contentType: string, content: unknown): Bytes {
  const info = new pkijs.ContentInfo({ contentType, content })
  return new Uint8Array(info.toSchema().toBER())
}

function oidValue(value: string): ObjectIdentifier {
  return new ObjectIdentifier({ value })
}
