// A page that plays CA and device: it makes keys, enrols, and opens a PKCS#12 file of its own. Whatever a bundler makes
// of it has to end with `enrolled` on the page.
import {
  buildPkcs12,
  buildScepReply,
  buildScepRequest,
  createCsr,
  decodePlist,
  distinguishedName,
  encodePlist,
  generateKey,
  importIdentity,
  issueCertificate,
  issueSelfSigned,
  openPkcs12,
  openScepReply,
  openScepRequest,
  randomSerialNumber,
} from 'mdm-protocol'

const now = Date.now()
const validity = () => ({
  serialNumber: randomSerialNumber(),
  notBefore: new Date(now - 3_600_000),
  notAfter: new Date(now + 3_600_000),
})

async function selfSigned(commonName, purpose) {
  const { privateKey } = await generateKey('RSA-2048')
  const subject = distinguishedName([['CN', commonName]])
  const certificate = await issueSelfSigned({ ...validity(), subject, purpose, privateKey })
  return { privateKey, identity: await importIdentity({ certificate, privateKey }) }
}

async function enrol() {
  const ca = await selfSigned('A CA in a page', 'ca')
  const device = await selfSigned('device', 'device-identity')
  const csr = await createCsr({ privateKey: device.privateKey, subject: distinguishedName([['CN', 'device']]) })
  const choice = { digest: 'SHA-256', cipher: 'AES-128-CBC' }
  const sent = await buildScepRequest(
    { type: 'PKCSReq', csr },
    { signer: device.identity, recipient: ca.identity.certificate, choice },
  )
  const request = await openScepRequest(sent.message, {
    recipient: ca.identity,
    renewalTrust: { anchors: [ca.identity.certificate] },
  })
  const { subject, publicKey } = request.csr
  const certificate = await issueCertificate(
    { ...validity(), subject, publicKey, purpose: 'device-identity' },
    ca.identity,
  )
  const reply = await buildScepReply(
    request,
    { status: 'SUCCESS', certificates: [certificate] },
    { signer: ca.identity },
  )
  const opened = await openScepReply(reply, {
    pinned: [ca.identity.certificate],
    pending: sent.pending,
    recipient: device.identity,
  })
  if (opened.status !== 'SUCCESS') throw new Error(opened.status)
  const contents = { privateKey: device.privateKey, certificate: opened.certificate, chain: [] }
  // 3DES and SHA-1, which no browser has: the part of the library that is fetched at its first use.
  const file = await buildPkcs12(contents, 'secret', { preset: 'apple-compat', iterations: 2048 })
  const { certificate: kept } = await openPkcs12(file, 'secret')
  return decodePlist(encodePlist({ Serial: kept.serialNumber })).Serial === certificate.serialNumber
}

const result = document.getElementById('result')
enrol().then(
  (same) => (result.textContent = same ? 'enrolled' : 'another certificate'),
  (error) => (result.textContent = `failed: ${error.stack}`),
)
