import {
  buildScepFailure,
  buildScepReply,
  buildScepRequest,
  type Certificate,
  type CertificateRequest,
  type Identity,
  openScepReply,
  openScepRequest,
  type ScepPending,
  type ScepRequest,
} from 'mdm-protocol'

declare const message: Uint8Array
declare const ca: Identity
declare const csr: CertificateRequest
declare const pending: ScepPending
declare const request: ScepRequest
declare const issued: readonly Certificate[]
const signer = ca
const recipient = ca
const renewalTrust = { anchors: [ca.certificate] } as const

// right: as a server and as a client use them
void openScepRequest(message, { recipient, renewalTrust })
void buildScepReply(request, { status: 'FAILURE', failInfo: 'badRequest' }, { signer })
void buildScepReply(request, { status: 'SUCCESS', certificates: [ca.certificate] }, { signer })
void openScepReply(message, { pending, recipient, pinned: [ca.certificate] })

// wrong: a refusal without its reason
void buildScepReply(request, { status: 'FAILURE' }, { signer })

// wrong: a reason that RFC 8894 does not have
void buildScepReply(request, { status: 'FAILURE', failInfo: 'badMood' }, { signer })

// wrong: success without a certificate
void buildScepReply(request, { status: 'SUCCESS' }, { signer })

// wrong: success with a list that may be empty
void buildScepReply(request, { status: 'SUCCESS', certificates: issued }, { signer })

// wrong: PENDING with a certificate
void buildScepReply(request, { status: 'PENDING', certificates: [ca.certificate] }, { signer })

// wrong: a reply that nobody signs
void buildScepReply(request, { status: 'PENDING' }, {})

// wrong: a request without the key that it is for
void openScepRequest(message, { renewalTrust })

// wrong: a request whose renewals nobody vouches for
void openScepRequest(message, { recipient })

// wrong: a reply of whomever the CA issued a certificate to
void openScepReply(message, { pending, recipient, anchors: [ca.certificate] })

// wrong: a reply under trust, with anchors
void openScepReply(message, { pending, recipient, trust: { anchors: [ca.certificate] } })

// wrong: a reply that answers nothing
void openScepReply(message, { recipient, pinned: [ca.certificate] })

// wrong: a request without the choice of algorithms
void buildScepRequest({ type: 'PKCSReq', csr }, { signer, recipient: ca.certificate })

// wrong: a message type that is no request
void buildScepRequest(
  { type: 'CertRep', csr },
  { signer, recipient: ca.certificate, choice: { digest: 'SHA-256', cipher: 'AES-128-CBC' } },
)

// wrong: a failure without its reason
void buildScepFailure({ transactionId: '1', senderNonce: null, digest: 'SHA-256' }, { signer })
