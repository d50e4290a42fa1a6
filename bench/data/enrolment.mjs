// First enrolments as a SCEP server sees them, and what of them is bare cryptography.
import { createCsr, distinguishedName } from '../../dist/x509.js'
import { buildScepRequest, scepHttpRequest } from '../../dist/scep.js'
import { buildCertificateBag } from '../../dist/cms.js'
import { CHALLENGE, enrol } from './enrol.mjs'
import { at, dissectEnvelope, dissectSigned, dissectSignedData, readTree } from './der.mjs'
import { makeSelfSigned, VALIDITY } from './identities.mjs'

const CHOICE = { digest: 'SHA-256', cipher: 'AES-128-CBC' }

/** Several devices: the same message again and again would stay in caches that a server's do not stay in. */
export async function makeEnrolments(count = 8) {
  const ca = await makeSelfSigned('Example Device CA', 'ca')
  const devices = []
  for (let i = 0; i < count; i++) devices.push(await makeDevice(`device-${i}`, ca))
  return { ca, devices }
}

async function makeDevice(commonName, ca) {
  const device = await makeSelfSigned(commonName, 'device-identity')
  const subject = distinguishedName([
    ['O', 'Example Inc'],
    ['CN', commonName],
  ])
  const csr = await createCsr({ privateKey: device.key.pkcs8, subject, challengePassword: CHALLENGE })
  const { message } = await buildScepRequest(
    { type: 'PKCSReq', csr },
    { signer: device.identity, recipient: ca.certificate, choice: CHOICE },
  )
  const request = { url: 'https://mdm.example/scep', operation: 'PKIOperation', message }
  const http = scepHttpRequest({ ...request, method: 'POST' })
  const get = scepHttpRequest({ ...request, method: 'GET' })
  const { message: reply, certificate } = await enrol(http, ca, VALIDITY)
  const floor = floorData({ device, csr, message, reply, certificate })
  return { ...device, csr, message, http, get, floor }
}

/** Everything that is digested, signed, verified or ciphered in one enrolment. */
function floorData({ device, csr, message, reply, certificate }) {
  const received = dissectSignedData(message)
  const sent = dissectSignedData(reply)
  const request = dissectSigned(csr.der)
  return {
    publicKey: device.key.publicKey,
    received,
    envelope: dissectEnvelope(received.content),
    request,
    keyBits: at(readTree(device.key.spki), 1).content.subarray(1),
    tbs: dissectSigned(certificate.der).tbs,
    bag: Buffer.from(buildCertificateBag([certificate])),
    sent,
  }
}
