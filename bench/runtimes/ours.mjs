// The work of each row, in nothing but what every runtime has.
import { verifyMdmSignature } from '../../dist/mdm.js'
import { openPkcs12 } from '../../dist/pkcs12.js'
import { decodePlist } from '../../dist/plist.js'
import { encryptProfile, signProfile } from '../../dist/profiles.js'
import { rawRsaBigInt } from '../../dist/runtime/rsa-bigint.js'
import { importIdentity, parseCertificate } from '../../dist/x509.js'
import { enrol } from '../data/enrol.mjs'

async function enrolment({ enrolment: { ca, devices, validity } }) {
  const certificate = parseCertificate(ca.certificate)
  const identity = await importIdentity({ certificate, privateKey: ca.privateKey })
  let turn = 0
  return () => enrol(devices[turn++ % devices.length].http, { certificate, identity }, validity)
}

function verifyAnew({ mdm: { header, body, device } }) {
  return () => verifyMdmSignature(header, body, { trust: { pinned: [parseCertificate(device)] } })
}

function stored(style) {
  return ({ mdm }) => {
    const trust = { pinned: [parseCertificate(mdm.device)] }
    return () => verifyMdmSignature(mdm[style], mdm.body, { trust })
  }
}

async function signing({ profile: { profile, certificate, privateKey, now } }) {
  const identity = await importIdentity({ certificate: parseCertificate(certificate), privateKey })
  return () => signProfile(profile, identity, { now })
}

function encrypting({ profile: { profile, certificate } }) {
  const recipients = [parseCertificate(certificate)]
  return () => encryptProfile(profile, recipients)
}

function certificate({ mdm: { device } }) {
  return () => parseCertificate(device)
}

function rawRsa({ rsa: { parts, block } }) {
  const random = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length))
  const key = rawRsaBigInt(parts, random)
  return () => key.rawDecrypt(block)
}

const reading =
  (name) =>
  ({ documents }) =>
  () =>
    decodePlist(documents[name])

const opening =
  (preset) =>
  ({ pkcs12 }) =>
  () =>
    openPkcs12(pkcs12[preset], pkcs12.password)

/** Each makes a function that does the work once, out of the data of the run. */
export const ours = {
  enrolment,
  'mdm-signature': verifyAnew,
  'mdm-signature-stored': stored('header'),
  'mdm-signature-mac': stored('mac'),
  'profile-sign': signing,
  'profile-encrypt': encrypting,
  'plist-xml': reading('xml'),
  'plist-checkin': reading('checkin'),
  'plist-binary': reading('binary'),
  certificate,
  'portable-rsa': rawRsa,
  'pkcs12-compat': opening('compat'),
  'pkcs12-modern': opening('modern'),
}
