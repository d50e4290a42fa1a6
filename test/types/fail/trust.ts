import { type Certificate, unsafeAcceptAnySigner, verifyCms, verifyMdmSignature } from 'mdm-protocol'

declare const message: Uint8Array
declare const ca: Certificate

// right: each way of trusting
void verifyCms(message, { trust: { anchors: [ca] } })
void verifyCms(message, { trust: { pinned: [ca] } })
void verifyCms(message, { trust: { pinnedFingerprints: ['00'], digest: 'SHA-256' } })
void verifyCms(message, { trust: unsafeAcceptAnySigner })

// wrong: nobody is trusted
void verifyCms(message, { trust: { anchors: [] } })

// wrong: nobody is pinned
void verifyCms(message, { trust: { pinned: [] } })

// wrong: a list that may be empty
void verifyCms(message, { trust: { anchors: [ca].filter((one) => one.der.length > 0) } })

// wrong: pinned and anchored at once
void verifyCms(message, { trust: { pinned: [ca], anchors: [ca] } })

// wrong: fingerprints without their digest
void verifyCms(message, { trust: { pinnedFingerprints: ['00'] } })

// wrong: fingerprints of a broken digest
void verifyCms(message, { trust: { pinnedFingerprints: ['00'], digest: 'SHA-1' } })

// wrong: no trust at all
void verifyCms(message, {})

// wrong: options forgotten
void verifyMdmSignature('header', message)

// wrong: some other symbol for "anyone"
void verifyCms(message, { trust: Symbol('unsafeAcceptAnySigner') })
