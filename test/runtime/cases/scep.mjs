import { equal, now, text, toHex, utf8 } from '../support.mjs'

const choice = { digest: 'SHA-256', cipher: 'AES-128-CBC' }

async function throwAway({ lib, bytes, fixed }) {
  const certificate = await lib.issueSelfSigned(
    {
      subject: lib.distinguishedName([['CN', 'throw-away']]),
      serialNumber: '1',
      notBefore: new Date('2027-01-01'),
      notAfter: new Date('2029-01-01'),
      purpose: 'device-identity',
      privateKey: bytes.otherKey,
    },
    fixed(),
  )
  return lib.importIdentity({ certificate, privateKey: bytes.otherKey }, fixed())
}

export const scep = [
  {
    name: 'capabilities and HTTP parts',
    covers: [
      'parseCaCaps',
      'formatCaCaps',
      'negotiateScep',
      'scepHttpRequest',
      'parseScepHttpRequest',
      'scepHttpResponse',
    ],
    run({ lib, bytes }) {
      const caps = lib.parseCaCaps(lib.formatCaCaps(['AES', 'SHA-256', 'POSTPKIOperation']))
      equal(lib.negotiateScep(caps), { digest: 'SHA-256', cipher: 'AES-128-CBC', method: 'POST', renewal: false })
      const url = 'https://mdm.example/scep?x=1'
      const request = lib.scepHttpRequest({ url, operation: 'PKIOperation', message: bytes.csr, method: 'GET' })
      const { message } = lib.parseScepHttpRequest({ method: 'GET', url: request.url, body: null })
      equal(message, bytes.csr)
      return request.url + text(lib.scepHttpResponse('GetCACaps', 'AES').body)
    },
  },
  {
    name: 'GetCACert and GetNextCACert',
    covers: [
      'buildCaCertResponse',
      'parseCaCertResponse',
      'openCaCertResponse',
      'checkCaCertResponse',
      'buildNextCaCert',
      'openNextCaCert',
    ],
    async run({ lib, ca, device, vectors, bytes, fixedCa, fixed, refuses }) {
      const { body, headers } = lib.buildCaCertResponse({ ca })
      equal(lib.parseCaCertResponse(body).recipient.serialNumber, '11')
      equal(lib.checkCaCertResponse({ contentType: headers['content-type'], body }), [])
      const fingerprint = await lib.certificateFingerprint(ca, 'SHA-256')
      equal((await lib.openCaCertResponse(body, { fingerprint, digest: 'SHA-256', now })).all.length, 1)
      const wrong = { fingerprint: vectors.fingerprints.sha1, digest: 'SHA-1', now }
      await refuses('ERR_CERTIFICATE_UNTRUSTED', () => lib.openCaCertResponse(bytes.ca, wrong))
      const next = await lib.buildNextCaCert([device], fixedCa, fixed())
      equal((await lib.openNextCaCert(next, { pinned: [ca], now })).length, 1)
      return next
    },
  },
  {
    name: 'an enrolment from request to certificate',
    covers: [
      'buildScepRequest',
      'peekScepMessage',
      'openScepRequest',
      'buildScepReply',
      'openScepReply',
      'checkScepReply',
      'scepTransactionId',
    ],
    async run(support) {
      const { lib, bytes, ca, caIdentity, fixedCa, fixed, trust } = support
      const signer = await throwAway(support)
      const csr = await lib.createCsr(
        { privateKey: bytes.otherKey, subject: lib.distinguishedName([['CN', 'new']]), challengePassword: 'sesame' },
        fixed(),
      )
      const { message, pending } = await lib.buildScepRequest(
        { type: 'PKCSReq', csr },
        { signer, recipient: ca, choice, ...fixed() },
      )
      equal(pending.transactionId, await lib.scepTransactionId(csr.publicKey))
      equal(lib.peekScepMessage(message).messageType, 'PKCSReq')
      const request = await lib.openScepRequest(message, {
        recipient: caIdentity,
        renewalTrust: trust,
        signerKey: 'csr',
        now,
      })
      equal([request.type, request.csr.challengePassword], ['PKCSReq', 'sesame'])
      const issued = await lib.issueCertificate(
        {
          subject: request.csr.subject,
          publicKey: request.csr.publicKey,
          serialNumber: '77',
          notBefore: new Date('2027-01-01'),
          notAfter: new Date('2028-01-01'),
          purpose: 'device-identity',
        },
        fixedCa,
        fixed(),
      )
      const reply = await lib.buildScepReply(
        request,
        { status: 'SUCCESS', certificates: [issued] },
        { signer: fixedCa, ...fixed() },
      )
      const opened = await lib.openScepReply(reply, { pinned: [ca], pending, recipient: signer, now })
      equal([opened.status, opened.certificate.serialNumber], ['SUCCESS', '77'])
      equal(await lib.checkScepReply(reply, { caCertBody: bytes.ca, pending, now }), [])
      return toHex(message) + toHex(reply)
    },
  },
  {
    name: 'renewal, 3DES and SHA-1, refusal',
    covers: ['openScepRequest', 'buildScepFailure', 'scepFailInfoOf', 'openScepReply'],
    async run({ lib, bytes, ca, caIdentity, fixedCa, fixedDevice, fixed, trust }) {
      const csr = await lib.createCsr(
        { privateKey: bytes.otherKey, subject: lib.distinguishedName([['CN', 'device-1']]) },
        fixed(),
      )
      const weak = { digest: 'SHA-1', cipher: 'DES-EDE3-CBC' }
      const sent = await lib.buildScepRequest(
        { type: 'RenewalReq', csr },
        { signer: fixedDevice, recipient: ca, choice: weak, ...fixed() },
      )
      const request = await lib.openScepRequest(sent.message, { recipient: caIdentity, renewalTrust: trust, now })
      equal([request.type, request.cipher, request.previous.serialNumber], ['RenewalReq', 'DES-EDE3-CBC', '2001'])
      let failInfo
      try {
        await lib.openScepRequest(sent.message, {
          recipient: caIdentity,
          renewalTrust: trust,
          accept: { digests: ['SHA-256'] },
          now,
        })
      } catch (error) {
        failInfo = lib.scepFailInfoOf(error)
      }
      equal(failInfo, 'badAlg')
      const refusal = await lib.buildScepFailure(lib.peekScepMessage(sent.message), failInfo, {
        signer: fixedCa,
        ...fixed(),
      })
      const opened = await lib.openScepReply(refusal, {
        pinned: [ca],
        pending: sent.pending,
        recipient: fixedDevice,
        now,
      })
      equal([opened.status, opened.failInfo], ['FAILURE', 'badAlg'])
      return toHex(sent.message) + toHex(refusal)
    },
  },
  {
    name: 'challenges',
    covers: ['issueScepChallenge', 'openScepChallenge', 'challengeMatches'],
    async run({ lib, fixed, refuses }) {
      const secret = utf8('a secret of thirty-two octets...')
      const claims = { purpose: 'enroll', device: 'Gerät 1', expiresAt: new Date('2027-06-02') }
      const challenge = await lib.issueScepChallenge(claims, secret, fixed())
      equal((await lib.openScepChallenge(challenge, [secret], { purpose: 'enroll', now })).device, 'Gerät 1')
      await refuses('ERR_CHALLENGE_INVALID', () =>
        lib.openScepChallenge(challenge, [secret], { purpose: 'renew', now }),
      )
      equal(lib.challengeMatches('sesame', 'sesame'), true)
      return challenge
    },
  },
]
