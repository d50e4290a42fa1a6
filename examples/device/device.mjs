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
  randomSerialNumber,
  scepHttpRequest,
  toPem,
  unsafeAcceptAnySigner,
} from 'mdm-protocol'

const DAY = 86_400_000

/**
 * Downloads the profile, enrols by SCEP as it says, checks in. Answers with what to remember; with `waiting` among it where
 * somebody has to approve first: then `pollCertificate` asks again.
 */
export async function enroll(
  profileUrl,
  { fetch, udid = globalThis.crypto.randomUUID(), style = 'ios', log = () => {} },
) {
  const response = await fetch(new Request(profileUrl))
  if (!response.ok) throw new Error(`the profile: HTTP ${String(response.status)}`)
  // A person looks at the signer before a real device installs this; here it is read as it is.
  const { profile } = await openProfile(await bytesOf(response), { trust: unsafeAcceptAnySigner, allowUnsigned: true })
  const payloads = profile.PayloadContent
  const scep = payloads.find(({ PayloadType }) => PayloadType === 'com.apple.security.scep').PayloadContent
  const mdm = payloads.find(({ PayloadType }) => PayloadType === 'com.apple.mdm')
  log(`profile ${profile.PayloadIdentifier}: ${payloads.map(({ PayloadType }) => PayloadType).join(', ')}`)
  const state = {
    udid,
    style,
    scep: {
      url: scep.URL,
      fingerprint: hex(scep.CAFingerprint),
      subject: scep.Subject.flat(),
      bits: scep.Keysize ?? 2048,
    },
    mdm: { serverUrl: mdm.ServerURL, checkInUrl: mdm.CheckInURL ?? mdm.ServerURL, topic: mdm.Topic },
  }
  Object.assign(state, await requestCertificate(state, { fetch, challenge: scep.Challenge, log }))
  if (state.waiting === undefined) await announce(state, { fetch, log })
  return state
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
  const ca = await openCaCertResponse(body, { fingerprint, digest: 'SHA-256' })
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
    subject: distinguishedName(subject),
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
      subject: distinguishedName(state.scep.subject),
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
    const body = await put(state, state.mdm.serverUrl, report, { fetch })
    if (body.length === 0) return commands
    const { Command, CommandUUID } = decodePlist(body)
    log(`command ${Command.RequestType}`)
    report = { ...answer(Command), CommandUUID }
  }
  throw new Error('the server never stops')
}

export function checkIn(state, message, { fetch }) {
  return put(state, state.mdm.checkInUrl, message, { fetch })
}

async function put(state, url, message, { fetch }) {
  const body = encodePlist({ UDID: state.udid, ...message })
  const signature = await buildMdmSignature(body, await identityOf(state), { style: state.style })
  const response = await fetch(new Request(url, { method: 'PUT', headers: { 'mdm-signature': signature }, body }))
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
