// The same cryptography called bare, where there is WebCrypto alone. It has no RSAES-PKCS1-v1_5: wrapping and unwrapping a
// content key is the BigInt operation alone there.
import { rawRsaBigInt, rsaPublicBigInt } from '../../dist/runtime/rsa-bigint.js'

const { subtle } = globalThis.crypto
const random = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length))
const scheme = (hash = 'SHA-256') => ({ name: 'RSASSA-PKCS1-v1_5', hash })
const verifyKey = (spki, hash) => subtle.importKey('spki', spki, scheme(hash), false, ['verify'])
const signKey = (pkcs8) => subtle.importKey('pkcs8', pkcs8, scheme(), false, ['sign'])
const isTrue = (holds, what) => {
  if (!holds) throw new Error(what)
}

async function cbc(direction, key, iv, data) {
  const imported = await subtle.importKey('raw', key, 'AES-CBC', false, [direction])
  return subtle[direction]({ name: 'AES-CBC', iv }, imported, data)
}

/** A key and an IV in one draw each, the number wrapped without its padding. */
async function seal(data, rsa) {
  const block = new Uint8Array(rsa.modulus.length)
  const key = random(16)
  block.set(key, block.length - 16)
  rsaPublicBigInt(rsa, block)
  return cbc('encrypt', key, random(16), data)
}

async function enrol({ received, envelope, request, keyBits, tbs, bag, sent, publicKey, rsa }, { key, raw }) {
  await subtle.digest('SHA-256', received.content)
  isTrue(await subtle.verify(scheme(), publicKey, received.signature, received.signedAttributes), 'signature')
  const block = await raw.rawDecrypt(envelope.encryptedKey)
  await cbc('decrypt', block.subarray(-16), envelope.iv, envelope.ciphertext)
  isTrue(await subtle.verify(scheme(), publicKey, request.signature, request.tbs), 'proof of possession')
  random(16)
  await subtle.sign(scheme(), key, tbs)
  await subtle.digest('SHA-1', keyBits)
  await seal(bag, rsa)
  random(16)
  await subtle.digest('SHA-256', sent.content)
  return subtle.sign(scheme(), key, sent.signedAttributes)
}

async function enrolment({ enrolment: { ca, devices } }) {
  const server = { key: await signKey(ca.privateKey), raw: rawRsaBigInt(ca.parts, random) }
  const ready = []
  for (const { spki, rsa, floor } of devices) ready.push({ ...floor, rsa, publicKey: await verifyKey(spki) })
  let turn = 0
  return () => enrol(ready[turn++ % ready.length], server)
}

async function digestAndVerify(key, { body, expected, attributes, signature }) {
  const digest = new Uint8Array(await subtle.digest('SHA-256', body))
  isTrue(
    digest.every((octet, at) => octet === expected[at]),
    'digest',
  )
  isTrue(await subtle.verify(scheme(), key, signature, attributes), 'signature')
}

async function stored({ mdm: { spki, floor } }) {
  const key = await verifyKey(spki)
  return () => digestAndVerify(key, floor)
}

async function mac({ mdm: { spki, floor } }) {
  const key = await verifyKey(spki, 'SHA-1')
  return async () => isTrue(await subtle.verify(scheme('SHA-1'), key, floor.macSignature, floor.body), 'signature')
}

async function signing({ profile: { content, attributes, privateKey } }) {
  const key = await signKey(privateKey)
  return async () => [await subtle.digest('SHA-256', content), await subtle.sign(scheme(), key, attributes)]
}

/** Certificates parsed anew have keys imported anew; the other keys are ready. */
export const floors = {
  enrolment,
  'mdm-signature':
    ({ mdm: { spki, floor } }) =>
    async () =>
      digestAndVerify(await verifyKey(spki), floor),
  'mdm-signature-stored': stored,
  'mdm-signature-mac': mac,
  'profile-sign': signing,
  'profile-encrypt':
    ({ profile: { inner, rsa } }) =>
    () =>
      seal(inner, rsa),
}

/** Rows whose floor holds BigInt operations. */
export const inBigInt = ['enrolment', 'profile-encrypt']
