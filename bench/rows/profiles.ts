// The rows of profiles: signing and encrypting a profile of 20 KB.
import {
  constants,
  createCipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  publicEncrypt,
  randomBytes,
  sign,
  webcrypto,
} from 'node:crypto'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { encodePlist } from '../../src/plist/encode.js'
import {
  buildProfile,
  encodeProfile,
  encryptProfile,
  signProfile,
  type Payload,
  type Profile,
} from '../../src/profiles.js'
import type { Identity } from '../../src/types.js'
import { generateKey } from '../../src/crypto/private-key.js'
import { importIdentity } from '../../src/x509/identity.js'
import { issueSelfSigned } from '../../src/x509/issue.js'
import { distinguishedName } from '../../src/x509/name.js'

/** One measurement: each function does the whole work once, with its keys ready. */
export interface BenchRow {
  readonly name: string
  /** How often the floor's time this may take, by the budget. */
  readonly ratio: number
  readonly ours: () => Promise<unknown>
  /** The same cryptography called bare, on the same data: no encoding, no checks. */
  readonly floor: () => unknown
  readonly peers: Readonly<Record<string, () => Promise<unknown>>>
}

const NOW = new Date('2026-06-01T12:00:00Z')

/** Some thirty payloads: 20 KB as XML. */
export function sampleProfile(): Profile {
  const payloads = Array.from({ length: 28 }, (_, index): Payload => ({
    PayloadType: 'com.apple.dnsSettings.managed',
    PayloadIdentifier: `com.example.dns.${index}`,
    PayloadUUID: `D1C9922C-D540-5FFE-A181-9C353869${String(1000 + index)}`,
    PayloadVersion: 1,
    PayloadDisplayName: `Encrypted DNS ${index}`,
    DNSSettings: { DNSProtocol: 'TLS', ServerName: 'dns.example.com', ServerAddresses: ['192.0.2.1', '2001:db8::1'] },
    ProhibitDisablement: false,
  }))
  return buildProfile({ identifier: 'com.example.dns', uuid: 'FF4C5D7C-B03E-59A9-9B18-89511D1A7D4F', payloads })
}

interface Material {
  readonly profile: Profile
  readonly content: Uint8Array
  readonly identity: Identity
  readonly privateKey: Uint8Array
  readonly publicKey: Uint8Array
}

async function material(): Promise<Material> {
  const { privateKey, publicKey } = await generateKey('RSA-2048')
  const certificate = await issueSelfSigned({
    privateKey,
    subject: distinguishedName([['CN', 'profiles.example.com']]),
    serialNumber: '0123456789abcdef',
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2027-01-01'),
    purpose: 'profile-signing',
  })
  const profile = sampleProfile()
  const identity = await importIdentity({ certificate, privateKey })
  return { profile, content: encodeProfile(profile), identity, privateKey, publicKey }
}

export async function profileRows(): Promise<readonly BenchRow[]> {
  const made = await material()
  return [await signRow(made), await signBytesRow(made), await encryptRow(made)]
}

async function signRow(made: Material): Promise<BenchRow> {
  const { profile, identity } = made
  return {
    name: 'signProfile 20 KB',
    ratio: 1.3,
    ours: () => signProfile(profile, identity, { now: NOW }),
    floor: signFloor(made),
    peers: { pkijs: await pkijsSign(made) },
  }
}

async function signBytesRow(made: Material): Promise<BenchRow> {
  const { content, identity } = made
  return {
    name: 'signProfile 20 KB, given as bytes',
    ratio: 1.3,
    ours: () => signProfile(content, identity, { now: NOW }),
    floor: signFloor(made),
    peers: { pkijs: await pkijsSign(made) },
  }
}

function signFloor({ content, privateKey }: Material): () => unknown {
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' })
  const attributes = randomBytes(105)
  return () => [createHash('sha256').update(content).digest(), sign('sha256', attributes, key)]
}

async function encryptRow(made: Material): Promise<BenchRow> {
  const { profile, identity, publicKey } = made
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
  const content = encodePlist(profile.PayloadContent!)
  return {
    name: 'encryptProfile 20 KB',
    ratio: 2,
    ours: () => encryptProfile(profile, [identity.certificate]),
    floor: () => {
      const contentKey = randomBytes(16)
      const cipher = createCipheriv('aes-128-cbc', contentKey, randomBytes(16))
      const wrapped = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, contentKey)
      return [wrapped, cipher.update(content), cipher.final()]
    },
    peers: { 'pkijs (RSA-OAEP)': await pkijsEncrypt(made, content) },
  }
}

const engine = new pkijs.CryptoEngine({ crypto: webcrypto as never, name: 'node' })

async function pkijsSign({ content, identity, privateKey }: Material): Promise<() => Promise<unknown>> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const key = await webcrypto.subtle.importKey('pkcs8', privateKey, algorithm, false, ['sign'])
  const certificate = pkijs.Certificate.fromBER(identity.certificate.der)
  return async () => {
    const { issuer, serialNumber } = certificate
    const signed = new pkijs.SignedData({
      version: 1,
      encapContentInfo: new pkijs.EncapsulatedContentInfo({
        eContentType: pkijs.ContentInfo.DATA,
        eContent: new asn1js.OctetString({ valueHex: content.slice().buffer }),
      }),
      signerInfos: [
        new pkijs.SignerInfo({ version: 1, sid: new pkijs.IssuerAndSerialNumber({ issuer, serialNumber }) }),
      ],
      certificates: [certificate],
    })
    await signed.sign(key, 0, 'SHA-256', undefined, engine)
    const message = new pkijs.ContentInfo({
      contentType: pkijs.ContentInfo.SIGNED_DATA,
      content: signed.toSchema(true),
    })
    return message.toSchema().toBER()
  }
}

async function pkijsEncrypt({ identity }: Material, content: Uint8Array): Promise<() => Promise<unknown>> {
  const certificate = pkijs.Certificate.fromBER(identity.certificate.der)
  const plaintext = content.slice().buffer
  return Promise.resolve(async () => {
    const enveloped = new pkijs.EnvelopedData()
    enveloped.addRecipientByCertificate(certificate, { oaepHashAlgorithm: 'SHA-256' }, undefined, engine)
    await enveloped.encrypt({ name: 'AES-CBC', length: 128 }, plaintext, engine)
    const message = new pkijs.ContentInfo({
      contentType: pkijs.ContentInfo.ENVELOPED_DATA,
      content: enveloped.toSchema(),
    })
    return message.toSchema().toBER()
  })
}
