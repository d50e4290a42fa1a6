import { decodeHex } from '../bytes/hex.js'
import { fail } from '../errors.js'
import { type PinnedSigners, type SignerTrust, type Trust, unsafeAcceptAnySigner } from '../types.js'

/** What JavaScript may have put there. */
type Given = {
  readonly [
    K in 'anchors' | 'pinned' | 'pinnedFingerprints' | 'digest' | 'validity' | 'crls' | 'intermediates'
  ]?: unknown
}

/**
 * Says to JavaScript what the types say to TypeScript: one kind of trust, and not an empty one. An empty list of
 * anchors that means "valid" has been a real hole.
 *
 * Answers with the trust as it is at this moment: the caller may change his while the call waits.
 *
 * Throws `ERR_INVALID_ARGUMENT`.
 */
export function checkSignerTrust(trust: SignerTrust): SignerTrust {
  if (trust === unsafeAcceptAnySigner) return trust
  const given = fieldsOf(trust)
  const { anchors, pinned, pinnedFingerprints } = given
  if ([anchors, pinned, pinnedFingerprints].filter((kind) => kind !== undefined).length !== 1)
    fail('ERR_INVALID_ARGUMENT', 'trust: exactly one of anchors, pinned and pinnedFingerprints is expected')
  if (trust.anchors !== undefined) return checkTrust(trust)
  if (trust.pinned !== undefined) return checkPins(trust.pinned)
  checkFingerprints(given)
  return { pinnedFingerprints: [...trust.pinnedFingerprints], digest: trust.digest }
}

/** Of pins alone. Throws `ERR_INVALID_ARGUMENT`. */
export function checkPins(pinned: PinnedSigners['pinned']): PinnedSigners {
  requireList(pinned, 'pinned')
  return { pinned: [...pinned] }
}

/** Of a trust with anchors. Throws `ERR_INVALID_ARGUMENT`. */
export function checkTrust(trust: Trust): Trust {
  const given = fieldsOf(trust)
  if (given.pinned !== undefined || given.pinnedFingerprints !== undefined)
    fail('ERR_INVALID_ARGUMENT', 'trust: anchors and pins do not go together')
  checkAnchors(given)
  return copyTrust(trust)
}

function copyTrust({ anchors, intermediates, extendedKeyUsage, validity, crls }: Trust): Trust {
  const copy: { -readonly [K in keyof Trust]: Trust[K] } = { anchors: [...anchors] }
  if (intermediates !== undefined) copy.intermediates = [...intermediates]
  if (extendedKeyUsage !== undefined) copy.extendedKeyUsage = extendedKeyUsage
  if (validity !== undefined) copy.validity = typeof validity === 'object' ? { ...validity } : validity
  if (crls !== undefined) copy.crls = [...crls]
  return copy
}

function fieldsOf(trust: unknown): Given {
  if (typeof trust !== 'object' || trust === null)
    return fail('ERR_INVALID_ARGUMENT', 'trust: anchors, pinned or pinnedFingerprints are expected')
  return trust
}

function checkAnchors({ anchors, intermediates, validity, crls }: Given): void {
  requireList(anchors, 'anchors')
  if (intermediates !== undefined && !Array.isArray(intermediates))
    fail('ERR_INVALID_ARGUMENT', 'trust: intermediates is a list of certificates')
  if (crls !== undefined && !(Array.isArray(crls) && crls.every((crl) => crl instanceof Uint8Array)))
    fail('ERR_INVALID_ARGUMENT', 'trust: crls is a list of DER')
  if (validity === undefined || validity === 'now' || validity === 'signing-time' || validity === 'ignore') return
  if (typeof validity !== 'object' || validity === null)
    return fail('ERR_INVALID_ARGUMENT', 'trust: validity is unknown')
  const { skewSeconds, graceDays } = validity as { readonly skewSeconds?: unknown; readonly graceDays?: unknown }
  for (const amount of [skewSeconds, graceDays])
    if (amount !== undefined && !(typeof amount === 'number' && Number.isFinite(amount) && amount >= 0))
      fail('ERR_INVALID_ARGUMENT', 'trust: skewSeconds and graceDays are numbers from 0')
}

function requireList(list: unknown, field: string): readonly unknown[] {
  if (!Array.isArray(list) || list.length === 0)
    return fail('ERR_INVALID_ARGUMENT', `trust: ${field} needs at least one entry; an empty list trusts nobody`)
  return list
}

const FINGERPRINT_LENGTHS: ReadonlyMap<unknown, number> = /* @__PURE__ */ new Map<unknown, number>([
  ['SHA-256', 32],
  ['SHA-384', 48],
  ['SHA-512', 64],
])

function checkFingerprints({ pinnedFingerprints, digest }: Given): void {
  const list = requireList(pinnedFingerprints, 'pinnedFingerprints')
  const length = FINGERPRINT_LENGTHS.get(digest)
  if (length === undefined) fail('ERR_INVALID_ARGUMENT', 'trust: the digest is SHA-256, SHA-384 or SHA-512')
  const fits = (text: unknown): boolean =>
    typeof text === 'string' && decodeHex(text.replace(/[\s:]/g, ''))?.length === length
  if (!list.every(fits)) fail('ERR_INVALID_ARGUMENT', 'trust: a pinned fingerprint is hex as long as its digest')
}
