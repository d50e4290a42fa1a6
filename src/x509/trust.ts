import { fail } from '../errors.js'
import { decodeHex } from '../bytes/hex.js'
import { type PinnedFingerprints, type SignerTrust, type Trust, unsafeAcceptAnySigner } from '../types.js'

/**
 * Says to JavaScript what the types say to TypeScript: one kind of trust, and not an empty one. An empty list of
 * anchors that means "valid" has been a real hole.
 *
 * Throws `ERR_INVALID_ARGUMENT`.
 */
export function checkSignerTrust(trust: SignerTrust): void {
  if (trust === unsafeAcceptAnySigner) return
  if (typeof trust !== 'object' || trust === null)
    return fail('ERR_INVALID_ARGUMENT', 'trust: anchors, pinned or pinnedFingerprints are expected')
  const kinds = [trust.anchors, trust.pinned, trust.pinnedFingerprints].filter((kind) => kind !== undefined)
  if (kinds.length !== 1)
    fail('ERR_INVALID_ARGUMENT', 'trust: exactly one of anchors, pinned and pinnedFingerprints is expected')
  if (trust.anchors !== undefined) return checkTrust(trust)
  if (trust.pinned !== undefined) return requireList(trust.pinned, 'pinned')
  checkFingerprints(trust)
}

/** Of a trust with anchors. Throws `ERR_INVALID_ARGUMENT`. */
export function checkTrust(trust: Trust): void {
  if (typeof trust !== 'object' || trust === null) return fail('ERR_INVALID_ARGUMENT', 'trust: anchors are expected')
  requireList(trust.anchors, 'anchors')
  if (trust.pinned !== undefined || trust.pinnedFingerprints !== undefined)
    fail('ERR_INVALID_ARGUMENT', 'trust: anchors and pins do not go together')
  checkValidity(trust.validity)
}

function checkValidity(validity: Trust['validity']): void {
  if (validity === undefined || validity === 'now' || validity === 'signing-time' || validity === 'ignore') return
  if (typeof validity !== 'object' || validity === null)
    return fail('ERR_INVALID_ARGUMENT', 'trust: validity is unknown')
  for (const amount of [validity.skewSeconds, validity.graceDays])
    if (amount !== undefined && !(Number.isFinite(amount) && amount >= 0))
      fail('ERR_INVALID_ARGUMENT', 'trust: skewSeconds and graceDays are numbers from 0')
}

function requireList(list: unknown, field: string): void {
  if (!Array.isArray(list) || list.length === 0)
    fail('ERR_INVALID_ARGUMENT', `trust: ${field} needs at least one entry; an empty list trusts nobody`)
}

const FINGERPRINT_LENGTH: { readonly [digest: string]: number } = { 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 }

function checkFingerprints(trust: PinnedFingerprints): void {
  requireList(trust.pinnedFingerprints, 'pinnedFingerprints')
  const length = FINGERPRINT_LENGTH[trust.digest]
  if (length === undefined) fail('ERR_INVALID_ARGUMENT', 'trust: the digest is SHA-256, SHA-384 or SHA-512')
  const fits = (text: unknown): boolean =>
    typeof text === 'string' && decodeHex(text.replace(/[\s:]/g, ''))?.length === length
  if (!trust.pinnedFingerprints.every(fits))
    fail('ERR_INVALID_ARGUMENT', 'trust: a pinned fingerprint is hex as long as its digest')
}
