// `verifyMdmSignature`. Each function does the whole work once.
import { createHash, createPublicKey, createVerify, timingSafeEqual, verify, webcrypto } from 'node:crypto'
import * as pkijs from 'pkijs'
import { buildMdmSignature, verifyMdmSignature } from '../../dist/mdm.js'
import { encodePlist } from '../../dist/plist.js'
import {
  distinguishedName,
  generateKey,
  importIdentity,
  issueCertificate,
  issueSelfSigned,
  parseCertificate,
} from '../../dist/x509.js'
import { contest } from '../contest.mjs'
import { GO } from '../elsewhere.mjs'

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
function pkcs1Of(certificate) {
  const key = createPublicKey({ key: Buffer.from(certificate.publicKey), format: 'der', type: 'spki' })
  return key.export({ format: 'der', type: 'pkcs1' })
}
const keyOf = (pkcs1) => createPublicKey({ key: pkcs1, format: 'der', type: 'pkcs1' })

/** What the signature of a certificate covers, and its value. */
function certificateSignature({ der }) {
  const parsed = pkijs.Certificate.fromBER(der.slice().buffer)
  return { tbs: Buffer.from(parsed.tbsView), value: Buffer.from(parsed.signatureValue.valueBlock.valueHexView) }
}

/** What a signature of ours covers: its signed attributes, or the body. */
function signatureOf(header) {
  const signed = signedDataOf(header)
  const [info] = signed.signerInfos
  const value = Buffer.from(info.signature.valueBlock.valueHexView)
  if (info.signedAttrs === undefined) return { attributes: null, value }
  const attributes = Buffer.from(info.signedAttrs.encodedValue)
  attributes[0] = 0x31
  return { attributes, value }
}

function signedDataOf(header) {
  const info = pkijs.ContentInfo.fromBER(new Uint8Array(Buffer.from(header, 'base64')).buffer)
  return new pkijs.SignedData({ schema: info.content })
}

function verifyWithPkijs(header, trusted) {
  const engine = new pkijs.CryptoEngine({ crypto: webcrypto, name: 'node' })
  return async () => {
    const signed = signedDataOf(header)
    pkijs.Certificate.fromBER(trusted.slice().buffer)
    return signed.verify({ signer: 0, data: body.slice().buffer }, engine)
  }
}

async function makeContenders() {
  const ca = await issued('CA', '01', null)
  const sub = await issued('Sub CA', '02', ca)
  const device = await issued('device', '03', sub)
  const header = await buildMdmSignature(body, device, { now })
  const mac = await buildMdmSignature(body, device, { style: 'macos' })
  const ios = signatureOf(header)
  const pkcs1 = pkcs1Of(device.certificate)
  const expected = createHash('sha256').update(body).digest()
  const floor = () => {
    const fits = timingSafeEqual(createHash('sha256').update(body).digest(), expected)
    return verify('sha256', ios.attributes, keyOf(pkcs1), ios.value) && fits
  }
  const macValue = signatureOf(mac).value
  const links = [device, sub].map(({ certificate }) => certificateSignature(certificate))
  const issuers = [sub, ca].map(({ certificate }) => pkcs1Of(certificate))
  const stored = { pinned: [device.certificate] }
  const anchored = { anchors: [ca.certificate], intermediates: [sub.certificate] }
  return {
    anew: {
      ours: () => verifyMdmSignature(header, body, { trust: { pinned: [parseCertificate(device.certificate.der)] } }),
      floor,
      peers: { pkijs: verifyWithPkijs(header, device.certificate.der) },
    },
    stored: { ours: () => verifyMdmSignature(header, body, { trust: stored }), floor },
    mac: {
      ours: () => verifyMdmSignature(mac, body, { trust: stored }),
      floor: () => createVerify('sha1').update(body).verify(keyOf(pkcs1), macValue),
    },
    path: {
      ours: () => verifyMdmSignature(header, body, { trust: anchored, now }),
      floor: () => floor() && links.every(({ tbs, value }, i) => verify('sha256', tbs, keyOf(issuers[i]), value)),
    },
  }
}

let made = null
const row = (id, title, name, limits) => ({
  id,
  title,
  measure: async (options) => contest((await (made ??= makeContenders()))[name], limits, options),
})

const nanomdm = ['nanomdm (Go)', GO.mdmSignature]
const nanomdmWithChain = ['nanomdm (Go) with chain', GO.mdmSignatureWithChain]

export const rows = [
  row('mdm-signature', 'verifyMdmSignature, pinned, certificate parsed anew', 'anew', {
    ratio: 1.6,
    ahead: { pkijs: 50 },
    elsewhere: nanomdm,
  }),
  row('mdm-signature-stored', 'verifyMdmSignature, pinned, stored certificate', 'stored', {
    ratio: 1.5,
    elsewhere: nanomdm,
  }),
  row('mdm-signature-mac', 'verifyMdmSignature, pinned, as a Mac signs', 'mac', { ratio: 2 }),
  row('mdm-signature-path', 'verifyMdmSignature, path to a CA, one intermediate', 'path', {
    ratio: 2.5,
    elsewhere: nanomdmWithChain,
  }),
]
