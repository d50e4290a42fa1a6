// A simulated device: enrols from a profile URL, checks in, answers commands, renews. `fetch` is the caller's, so a test can
// hand in a server's own. What a device remembers is plain data.
import {
  buildMdmSignature,
  buildScepRequest,
  createCsr,
  decodePlist,
  distinguishedName,
  encodePlist,
  generateKey,
  importIdentity,
  issueSelfSigned,
  negotiateScep,
  openCaCertResponse,
  openProfile,
  openScepReply,
  parseCaCaps,
  parseCaCertResponse,
  randomSerialNumber,
  scepHttpRequest,
  signCms,
  toPem,
  unsafeAcceptAnySigner,
} from 'mdm-protocol'

const DAY = 86_400_000

/** What Apple's clients tell by the length of CAFingerprint, here in hex. */
const DIGESTS = { 40: 'SHA-1', 64: 'SHA-256', 96: 'SHA-384', 128: 'SHA-512' }

/**
 * Downloads the profile, enrols by SCEP as it says, checks in. Answers with what to remember; with `waiting` among it where
 * somebody has to approve first: then `pollCertificate` asks again. `factory`: the identity for phase 2 over the air.
 */
export async function enroll(
  profileUrl,
  { fetch, udid = globalThis.crypto.randomUUID(), style = 'ios', factory, log = () => {} },
) {
  let profile = await profileIn(await fetch(new Request(profileUrl)))
  if (profile.PayloadType === 'Profile Service') profile = await overTheAir(profile, { fetch, udid, factory, log })
  const { scep, challenge } = scepIn(profile)
  const mdm = payloadIn(profile, 'com.apple.mdm')
  log(`profile ${profile.PayloadIdentifier}: ${profile.PayloadContent.map((each) => each.PayloadType).join(', ')}`)
  const state = {
    udid,
    style,
    scep,
    mdm: { serverUrl: mdm.ServerURL, checkInUrl: mdm.CheckInURL ?? mdm.ServerURL, topic: mdm.Topic },
  }
  Object.assign(state, await requestCertificate(state, { fetch, challenge, log }))
  if (state.waiting === undefined) await announce(state, { fetch, log })
  return state
}

/** Tells what it was asked for: signed by its factory key, then by the identity that it gets for that. */
async function overTheAir(profile, { fetch, udid, factory, log }) {
  if (factory === undefined) throw new Error('over the air phase 2 is signed with the factory key: none was given')
  const { URL: url, Challenge } = profile.PayloadContent
  const tell = async (identity) => {
    const told = { UDID: udid, PRODUCT: 'Simulated1,1', VERSION: '26A1', SERIAL: 'SIMULATED', CHALLENGE: Challenge }
    const body = await signCms(encodePlist(told), identity)
    return profileIn(await fetch(new Request(url, { method: 'POST', body })), identity)
  }
  const { scep, challenge } = scepIn(await tell(factory))
  const identity = await requestCertificate({ scep }, { fetch, challenge, log })
  if (identity.waiting !== undefined) throw new Error('over the air nobody can be waited for')
  return tell(await identityOf(identity))
}

/** A person looks at the signer before a real device installs a profile; here it is read as it is. */
async function profileIn(response, recipient) {
  if (!response.ok) throw new Error(`the profile: HTTP ${String(response.status)}`)
  const options = { trust: unsafeAcceptAnySigner, allowUnsigned: true, ...(recipient && { recipient }) }
  return (await openProfile(await bytesOf(response), options)).profile
}

function payloadIn({ PayloadContent }, type) {
  const found = [PayloadContent].flat().find((payload) => payload?.PayloadType === type)
  if (found === undefined) throw new Error(`the profile has no payload of the type ${type}`)
  return found
}

/** What to remember of the SCEP payload, and the challenge, which is good for once. */
function scepIn(profile) {
  const { PayloadContent } = payloadIn(profile, 'com.apple.security.scep')
  const { URL: url, CAFingerprint, Subject = [], Challenge: challenge } = PayloadContent
  const fingerprint = CAFingerprint === undefined ? undefined : hex(CAFingerprint)
  const subject = Subject.map((relative) => relative.map(([type, value]) => ({ type, value })))
  return { scep: { url, fingerprint, subject }, challenge }
}

async function announce(state, { fetch, log }) {
  const { topic } = state.mdm
  await checkIn(state, { MessageType: 'Authenticate', Topic: topic, SerialNumber: 'SIMULATED' }, { fetch })
  const token = globalThis.crypto.getRandomValues(new Uint8Array(32))
  await checkIn(state, { MessageType: 'TokenUpdate', Topic: topic, Token: token, PushMagic: 'magic' }, { fetch })
  log('checked in')
}

/** What the server can do, and its certificates. */
async function authorityOf({ url, fingerprint }, { fetch, log }) {
  const caps = await send(scepHttpRequest({ url, operation: 'GetCACaps' }), { fetch })
  const choice = negotiateScep(parseCaCaps(new TextDecoder().decode(caps)))
  const body = await send(scepHttpRequest({ url, operation: 'GetCACert' }), { fetch })
  if (fingerprint === undefined) {
    log('the profile has no CAFingerprint: whoever answers at its URL is taken for the CA')
    return { ca: parseCaCertResponse(body), choice }
  }
  const ca = await openCaCertResponse(body, { fingerprint, digest: DIGESTS[fingerprint.length] })
  for (const { error } of ca.refused) log(`GetCACert: ${error.code} ${error.message}`)
  return { ca, choice }
}

async function exchange(input, signer, { ca, choice }, url, { fetch }) {
  const { message, pending } = await buildScepRequest(input, { signer, recipient: ca.recipient, choice })
  const answer = await send(scepHttpRequest({ url, operation: 'PKIOperation', message, method: choice.method }), {
    fetch,
  })
  const reply = await openScepReply(answer, { pinned: ca.signers, pending, recipient: signer })
  if (reply.status === 'FAILURE')
    throw new Error(`SCEP: FAILURE ${reply.failInfo ?? ''} ${reply.failInfoText ?? ''}`.trimEnd())
  return { reply, pending }
}

/** A new key and a certificate for it; signed by the certificate at hand, if there is one, which makes it a renewal. */
export async function requestCertificate(state, { fetch, challenge, log = () => {} }) {
  const { url, subject } = state.scep
  const authority = await authorityOf(state.scep, { fetch, log })
  const { privateKey } = await generateKey('RSA-2048')
  const renewal = state.certificate !== undefined
  const csr = await createCsr({
    privateKey,
    subject,
    ...(challenge === undefined ? {} : { challengePassword: challenge }),
  })
  const signer = renewal ? await identityOf(state) : await throwAway(privateKey)
  const type = renewal && authority.choice.renewal ? 'RenewalReq' : 'PKCSReq'
  const { reply, pending } = await exchange({ type, csr }, signer, authority, url, { fetch })
  const key = toPem('PRIVATE KEY', privateKey)
  if (reply.status === 'PENDING') {
    log(`${type}: pending as ${pending.transactionId}`)
    const { transactionId } = pending
    return { waiting: { transactionId, signer: toPem('CERTIFICATE', signer.certificate.der), privateKey: key } }
  }
  log(`${type}: certificate ${reply.certificate.serialNumber}`)
  return { certificate: toPem('CERTIFICATE', reply.certificate.der), privateKey: key }
}

/** Asks for the certificate that waits for approval; when it is there, checks in. Answers with what to remember. */
export async function pollCertificate(state, { fetch, log = () => {} }) {
  const { waiting, ...rest } = state
  const authority = await authorityOf(state.scep, { fetch, log })
  // With the key of the first request: the transactionID is no secret.
  const signer = await importIdentity({ certificate: waiting.signer, privateKey: waiting.privateKey })
  const { reply } = await exchange(
    {
      type: 'CertPoll',
      issuer: authority.ca.recipient.subject,
      subject: state.scep.subject,
      transactionId: waiting.transactionId,
    },
    signer,
    authority,
    state.scep.url,
    { fetch },
  )
  if (reply.status === 'PENDING') {
    log('CertPoll: still pending')
    return state
  }
  log(`CertPoll: certificate ${reply.certificate.serialNumber}`)
  const { privateKey } = waiting
  const enrolled = { ...rest, certificate: toPem('CERTIFICATE', reply.certificate.der), privateKey }
  await announce(enrolled, { fetch, log })
  return enrolled
}

/** Polls until there is nothing to do; `answer` says what the device replies to a command. */
export async function poll(state, { fetch, answer = () => ({ Status: 'Acknowledged' }), log = () => {} }) {
  let report = { Status: 'Idle' }
  for (let commands = 0; commands < 100; commands++) {
    const body = await put(state, state.mdm.serverUrl, 'application/x-apple-aspen-mdm', report, { fetch })
    if (body.length === 0) return commands
    const { Command, CommandUUID } = decodePlist(body)
    log(`command ${Command.RequestType}`)
    report = { ...answer(Command), CommandUUID }
  }
  throw new Error('the server never stops')
}

export function checkIn(state, message, { fetch }) {
  return put(state, state.mdm.checkInUrl, 'application/x-apple-aspen-mdm-checkin', message, { fetch })
}

async function put(state, url, type, message, { fetch }) {
  const body = encodePlist({ UDID: state.udid, ...message })
  const signature = await buildMdmSignature(body, await identityOf(state), { style: state.style })
  const headers = { 'content-type': type, 'mdm-signature': signature }
  const response = await fetch(new Request(url, { method: 'PUT', headers, body }))
  if (!response.ok) throw new Error(`${url}: HTTP ${String(response.status)}`)
  return bytesOf(response)
}

const identityOf = ({ certificate, privateKey }) => importIdentity({ certificate, privateKey })

/** The self-signed certificate of a first request, over the same key as its CSR. */
async function throwAway(privateKey) {
  const certificate = await issueSelfSigned({
    subject: distinguishedName([['CN', 'throw-away']]),
    serialNumber: randomSerialNumber(),
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + DAY),
    purpose: 'device-identity',
    privateKey,
  })
  return importIdentity({ certificate, privateKey })
}

const send = async ({ method, url, headers, body }, { fetch }) =>
  bytesOf(await fetch(new Request(url, { method, headers, ...(body === null ? {} : { body }) })))
const bytesOf = async (response) => new Uint8Array(await response.arrayBuffer())
const hex = (bytes) => Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('')
