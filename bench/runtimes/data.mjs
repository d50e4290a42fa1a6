// What the rows work on in every runtime: made once, by Node, so that all of them have the same octets.
import { createPublicKey, randomFillSync } from 'node:crypto'
import { buildPkcs12 } from '../../dist/pkcs12.js'
import { makeEnrolments } from '../data/enrolment.mjs'
import { makeIssued, makeKey, makeSelfSigned, rsaParts, VALIDITY } from '../data/identities.mjs'
import { makeMdmSignatures } from '../data/mdm-signature.mjs'
import { makeDocument } from '../data/plists.mjs'
import { makeProfile, NOW } from '../data/profiles.mjs'

/** Several devices, for the reason that the row of `npm run bench` has as many. */
const DEVICES = 16
const PASSWORD = 'a password of the usual length'

/** Octets of a public key's numbers. */
function rsaNumbers(publicKey) {
  const { n, e } = publicKey.export({ format: 'jwk' })
  const octets = (text) => new Uint8Array(Buffer.from(text, 'base64url'))
  return { modulus: octets(n), exponent: octets(e) }
}

async function enrolmentData() {
  const { ca, devices } = await makeEnrolments(DEVICES)
  return {
    ca: { certificate: ca.certificate.der, privateKey: ca.key.pkcs8, parts: rsaParts(ca.key.privateKey) },
    devices: devices.map(({ http, key, floor: { publicKey, ...floor } }) => ({
      http,
      spki: key.spki,
      rsa: rsaNumbers(publicKey),
      floor,
    })),
    validity: VALIDITY,
  }
}

async function mdmSignatureData() {
  const { device, body, header, mac, floor } = await makeMdmSignatures()
  return { device: device.der, spki: device.publicKey, body, header, mac, floor }
}

async function profileData() {
  const { identity, ...made } = await makeProfile()
  const rsa = rsaNumbers(createPublicKey({ key: Buffer.from(made.publicKey), format: 'der', type: 'spki' }))
  return { ...made, rsa, certificate: identity.certificate.der, now: NOW }
}

async function pkcs12Data() {
  const ca = await makeSelfSigned('Example Device CA', 'ca')
  const { key, certificate } = await makeIssued('device-1', 'device-identity', ca)
  const bundle = { privateKey: key.pkcs8, certificate, chain: [ca.certificate] }
  const make = (preset) => buildPkcs12(bundle, PASSWORD, { preset })
  return { compat: await make('apple-compat'), modern: await make('apple-modern'), password: PASSWORD }
}

function rsaData() {
  const block = randomFillSync(new Uint8Array(256))
  block[0] = 0
  return { parts: rsaParts(makeKey().privateKey), block }
}

export async function makeData() {
  return {
    enrolment: await enrolmentData(),
    mdm: await mdmSignatureData(),
    profile: await profileData(),
    documents: Object.fromEntries(Object.entries(makeDocument).map(([name, make]) => [name, make()])),
    pkcs12: await pkcs12Data(),
    rsa: rsaData(),
  }
}
