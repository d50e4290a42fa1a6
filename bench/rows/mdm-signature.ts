// The rows of `verifyMdmSignature`: what is measured, without the measuring. Each function does the whole work once.
import {
  createHash,
  createPublicKey,
  createVerify,
  timingSafeEqual,
  verify,
  webcrypto,
  type KeyObject,
} from 'node:crypto'
import type * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { generateKey } from '../../src/crypto/private-key.js'
import { buildMdmSignature, verifyMdmSignature } from '../../src/mdm.js'
import { encodePlist } from '../../src/plist/encode.js'
import type { Certificate, Identity } from '../../src/types.js'
import { parseCertificate } from '../../src/x509/certificate.js'
import { importIdentity } from '../../src/x509/identity.js'
import { issueCertificate, issueSelfSigned } from '../../src/x509/issue.js'
import { distinguishedName } from '../../src/x509/name.js'

export interface SignatureRow {
  readonly name: string
  /** How often the floor's time this may take, by the budget. */
  readonly ratio: number
  readonly ours: () => Promise<unknown>
  /** The same cryptography called bare, on the same data: key from its PKCS#1 octets, digests, verification. */
  readonly floor: () => unknown
  readonly peers: Readonly<Record<string, () => Promise<unknown>>>
}

const now = new Date('2026-06-01T12:00:00Z')
const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2030-01-01T00:00:00Z') }

/** 1.2 KB, as an answer to DeviceInformation is. */
const body = encodePlist({
  CommandUUID: '9F09D114-BCFD-42AD-A974-371AA7D6256E',
  QueryResponses: Object.fromEntries(
    Array.from({ length: 11 }, (_, i) => [`Response${String(i)}`, `value ${String(i)} of it`]),
  ),
  Status: 'Acknowledged',
  UDID: '00008101-000000000000001E',
})

async function issued(commonName: string, serialNumber: string, issuer: Identity | null): Promise<Identity> {
  const { privateKey, publicKey } = await generateKey('RSA-2048')
  const purpose = commonName === 'device' ? 'device-identity' : 'ca'
  const stated = { subject: distinguishedName([['CN', commonName]]), serialNumber, purpose, ...validity } as const
  const certificate =
    issuer === null
      ? await issueSelfSigned({ ...stated, privateKey })
      : await issueCertificate({ ...stated, publicKey }, issuer)
  return importIdentity({ certificate, privateKey })
}

/** The modulus and exponent of a certificate's key, as PKCS#1. */
function pkcs1Of(certificate: Certificate): Buffer {
  const key = createPublicKey({ key: Buffer.from(certificate.publicKey), format: 'der', type: 'spki' })
  return key.export({ format: 'der', type: 'pkcs1' })
}
const keyOf = (pkcs1: Buffer): KeyObject => createPublicKey({ key: pkcs1, format: 'der', type: 'pkcs1' })

/** What the signature of a certificate covers, and its value. */
function certificateSignature({ der }: Certificate): { readonly tbs: Buffer; readonly value: Buffer } {
  const parsed = pkijs.Certificate.fromBER(der.slice().buffer)
  return { tbs: Buffer.from(parsed.tbsView), value: Buffer.from(parsed.signatureValue.valueBlock.valueHexView) }
}

/** What a signature of ours covers: its signed attributes, or the body. */
function signatureOf(header: string): { readonly attributes: Buffer | null; readonly value: Buffer } {
  const signed = signedDataOf(header)
  const info = signed.signerInfos[0]!
  const value = Buffer.from(info.signature.valueBlock.valueHexView)
  if (info.signedAttrs === undefined) return { attributes: null, value }
  const attributes = Buffer.from(info.signedAttrs.encodedValue)
  attributes[0] = 0x31
  return { attributes, value }
}

function signedDataOf(header: string): pkijs.SignedData {
  const info = pkijs.ContentInfo.fromBER(new Uint8Array(Buffer.from(header, 'base64')).buffer)
  return new pkijs.SignedData({ schema: info.content as asn1js.Sequence })
}

function verifyWithPkijs(header: string, trusted: Uint8Array): () => Promise<unknown> {
  const engine = new pkijs.CryptoEngine({ crypto: webcrypto as never, name: 'node' })
  return async () => {
    const signed = signedDataOf(header)
    pkijs.Certificate.fromBER(trusted.slice().buffer)
    return signed.verify({ signer: 0, data: body.slice().buffer }, engine)
  }
}

/** Budgets: 1.6 with the certificate parsed anew and ≥ 50 × pkijs; 1.5 stored; 2 as a Mac signs; 2.5 with a path. */
export async function mdmSignatureRows(): Promise<readonly SignatureRow[]> {
  const ca = await issued('CA', '01', null)
  const sub = await issued('Sub CA', '02', ca)
  const device = await issued('device', '03', sub)
  const header = await buildMdmSignature(body, device, { now })
  const mac = await buildMdmSignature(body, device, { style: 'macos' })
  const ios = signatureOf(header)
  const pkcs1 = pkcs1Of(device.certificate)
  const expected = createHash('sha256').update(body).digest()
  const floor = (): boolean => {
    const fits = timingSafeEqual(createHash('sha256').update(body).digest(), expected)
    return verify('sha256', ios.attributes!, keyOf(pkcs1), ios.value) && fits
  }
  const macValue = signatureOf(mac).value
  const links = [device, sub].map(({ certificate }) => certificateSignature(certificate))
  const issuers = [sub, ca].map(({ certificate }) => pkcs1Of(certificate))
  const stored = { pinned: [device.certificate] } as const
  const anchored = { anchors: [ca.certificate], intermediates: [sub.certificate] } as const
  return [
    {
      name: 'pinned, certificate parsed anew',
      ratio: 1.6,
      ours: () => verifyMdmSignature(header, body, { trust: { pinned: [parseCertificate(device.certificate.der)] } }),
      floor,
      peers: { pkijs: verifyWithPkijs(header, device.certificate.der) },
    },
    {
      name: 'pinned, stored certificate',
      ratio: 1.5,
      ours: () => verifyMdmSignature(header, body, { trust: stored }),
      floor,
      peers: {},
    },
    {
      name: 'pinned, as a Mac signs',
      ratio: 2,
      ours: () => verifyMdmSignature(mac, body, { trust: stored }),
      floor: () => createVerify('sha1').update(body).verify(keyOf(pkcs1), macValue),
      peers: {},
    },
    {
      name: 'path to a CA, one intermediate',
      ratio: 2.5,
      ours: () => verifyMdmSignature(header, body, { trust: anchored, now }),
      floor: () => floor() && links.every(({ tbs, value }, i) => verify('sha256', tbs, keyOf(issuers[i]!), value)),
      peers: {},
    },
  ]
}
