// Signing and encrypting a profile of 20 KB, and the way back.
import { webcrypto } from 'node:crypto'
import * as asn1js from 'asn1js'
import forge from 'node-forge'
import * as pkijs from 'pkijs'
import { decryptProfile, encryptProfile, openProfile, signProfile } from '../../dist/profiles.js'
import { contestRow } from '../contest.mjs'
import { makeProfile, makeSettingsProfile, NOW } from '../data/profiles.mjs'
import { encryptFloor, signFloor } from '../data/profiles-floor.mjs'
import { GO } from '../elsewhere.mjs'

const engine = new pkijs.CryptoEngine({ crypto: webcrypto, name: 'node' })

async function pkijsSign({ content, identity, privateKey }) {
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

function pkijsEncrypt({ identity, inner }) {
  const certificate = pkijs.Certificate.fromBER(identity.certificate.der)
  const plaintext = inner.slice().buffer
  return async () => {
    const enveloped = new pkijs.EnvelopedData()
    enveloped.addRecipientByCertificate(certificate, { oaepHashAlgorithm: 'SHA-256' }, undefined, engine)
    await enveloped.encrypt({ name: 'AES-CBC', length: 128 }, plaintext, engine)
    const message = new pkijs.ContentInfo({
      contentType: pkijs.ContentInfo.ENVELOPED_DATA,
      content: enveloped.toSchema(),
    })
    return message.toSchema().toBER()
  }
}

/** Pure JavaScript: its signature alone takes most of the time. */
function forgeSign({ content, identity, privateKey }) {
  const bytes = (octets) => forge.util.createBuffer(Buffer.from(octets).toString('binary'))
  const certificate = forge.pki.certificateFromAsn1(forge.asn1.fromDer(bytes(identity.certificate.der)))
  const key = forge.pki.privateKeyFromAsn1(forge.asn1.fromDer(bytes(privateKey)))
  const { contentType, messageDigest, signingTime, data } = forge.pki.oids
  return () => {
    const message = forge.pkcs7.createSignedData()
    message.content = bytes(content)
    message.addCertificate(certificate)
    message.addSigner({
      key,
      certificate,
      digestAlgorithm: forge.pki.oids.sha256,
      authenticatedAttributes: [{ type: contentType, value: data }, { type: messageDigest }, { type: signingTime }],
    })
    message.sign()
    return forge.asn1.toDer(message.toAsn1()).getBytes()
  }
}

async function settingsContenders() {
  const made = await makeSettingsProfile()
  const { profile, identity } = made
  return {
    signSettings: { ours: () => signProfile(profile, identity, { now: NOW }), floor: signFloor(made) },
    encryptSettings: { ours: () => encryptProfile(profile, [identity.certificate]), floor: encryptFloor(made) },
  }
}

async function makeContenders() {
  const made = await makeProfile()
  const { profile, content, identity } = made
  const floor = signFloor(made)
  const signed = await signProfile(content, identity, { now: NOW })
  const encrypted = await encryptProfile(profile, [identity.certificate])
  return {
    sign: {
      ours: () => signProfile(profile, identity, { now: NOW }),
      floor,
      peers: { pkijs: await pkijsSign(made), 'node-forge': forgeSign(made) },
    },
    signBytes: { ours: () => signProfile(content, identity, { now: NOW }), floor },
    encrypt: {
      ours: () => encryptProfile(profile, [identity.certificate]),
      floor: encryptFloor(made),
      peers: { 'pkijs (RSA-OAEP)': pkijsEncrypt(made) },
    },
    open: { ours: () => openProfile(signed, { trust: { pinned: [identity.certificate] }, now: NOW }) },
    decrypt: { ours: () => decryptProfile(encrypted, identity) },
    ...(await settingsContenders()),
  }
}

let made = null
const row = (id, title, name, limits) =>
  contestRow(id, title, limits, async () => (await (made ??= makeContenders()))[name])

export const rows = [
  row('profile-sign', 'signProfile, 20 KB', 'sign', {
    ratio: 1.3,
    elsewhere: ['smallstep/pkcs7 (Go)', GO.signProfile],
  }),
  row('profile-sign-bytes', 'signProfile, 20 KB, given as bytes', 'signBytes', { ratio: 1.3 }),
  row('profile-encrypt', 'encryptProfile, 20 KB', 'encrypt', {
    ratio: 2,
    elsewhere: ['smallstep/pkcs7 (Go)', GO.encryptProfile],
  }),
  // To see what writing the property list costs at its worst: no profile that was recorded has as many members.
  row('profile-sign-settings', 'signProfile, 20 KB of small payloads', 'signSettings', {}),
  row('profile-encrypt-settings', 'encryptProfile, 20 KB of small payloads', 'encryptSettings', {}),
  row('profile-open', 'openProfile, 20 KB, signed, pinned', 'open', {
    elsewhere: ['smallstep/pkcs7 (Go), verify alone', GO.verifyProfile],
  }),
  row('profile-decrypt', 'decryptProfile, 20 KB', 'decrypt', {
    elsewhere: ['smallstep/pkcs7 (Go)', GO.decryptProfile],
  }),
]
