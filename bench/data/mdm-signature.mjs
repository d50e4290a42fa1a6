// What devices send with `Mdm-Signature`, and what of it is bare cryptography.
import { createHash } from 'node:crypto'
import { buildMdmSignature } from '../../dist/mdm.js'
import { encodePlist } from '../../dist/plist.js'
import { distinguishedName, generateKey, importIdentity, issueCertificate, issueSelfSigned } from '../../dist/x509.js'
import { at, dissectSigned, dissectSignedData, readTree } from './der.mjs'

export const NOW = new Date('2026-06-01T12:00:00Z')
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

async function issued(commonName, serialNumber, issuer) {
  const { privateKey, publicKey } = await generateKey('RSA-2048')
  const purpose = commonName === 'device' ? 'device-identity' : 'ca'
  const stated = { subject: distinguishedName([['CN', commonName]]), serialNumber, purpose, ...validity }
  const certificate =
    issuer === null
      ? await issueSelfSigned({ ...stated, privateKey })
      : await issueCertificate({ ...stated, publicKey }, issuer)
  return importIdentity({ certificate, privateKey })
}

/** The modulus and exponent of a certificate's key, as PKCS#1. */
const pkcs1Of = ({ publicKey }) => at(readTree(publicKey), 1).content.subarray(1)

/** As an iPhone and as a Mac sign the same body; device and CAs as certificates, `floor` in octets. */
export async function makeMdmSignatures() {
  const ca = await issued('CA', '01', null)
  const sub = await issued('Sub CA', '02', ca)
  const device = await issued('device', '03', sub)
  const header = await buildMdmSignature(body, device, { now: NOW })
  const mac = await buildMdmSignature(body, device, { style: 'macos' })
  const ios = dissectSignedData(Buffer.from(header, 'base64'))
  const path = [device, sub].map(({ certificate }) => dissectSigned(certificate.der))
  return {
    ca: ca.certificate,
    sub: sub.certificate,
    device: device.certificate,
    body,
    header,
    mac,
    floor: {
      body,
      expected: createHash('sha256').update(body).digest(),
      attributes: ios.signedAttributes,
      signature: ios.signature,
      macSignature: dissectSignedData(Buffer.from(mac, 'base64')).signature,
      pkcs1: pkcs1Of(device.certificate),
      links: path.map((link, i) => ({ ...link, pkcs1: pkcs1Of([sub, ca][i].certificate) })),
    },
  }
}
