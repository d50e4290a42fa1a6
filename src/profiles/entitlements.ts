import type { PlistDict, PlistValue } from '../plist/values.js'
import { isArray, isDictionary, member } from './dictionary.js'
import { samePlistValue } from './same-value.js'

/** A place in the entitlements of an app that a profile does not grant, and why. */
export interface NotGranted {
  readonly path: readonly (string | number)[]
  readonly reason: string
}

export interface Grant {
  readonly entitlements: PlistDict
  /** What `$(AppIdentifierPrefix)` and `$(TeamIdentifierPrefix)` stand for, without the dot; `null` where unknown. */
  readonly prefix: string | null
  /** A Mac takes some entitlements without a profile. */
  readonly mac: boolean
}

/** What of `requested` the profile does not allow. */
export function notGranted(requested: PlistDict, grant: Grant): readonly NotGranted[] {
  return Object.keys(requested).flatMap((key) => {
    const wanted = requested[key]
    // Asking for nothing is always allowed: get-task-allow off under a development profile.
    if (wanted === undefined || wanted === false || isUnrestricted(key, grant)) return []
    const granted = member(grant.entitlements, key)
    if (granted === undefined) return [{ path: [key], reason: 'the profile does not have it' }]
    return faultsOf(wanted, granted, grant, [key])
  })
}

/** Sandbox and hardened runtime: on a Mac nobody has to grant them (TN3125, "Entitlements on macOS"). */
function isUnrestricted(key: string, grant: Grant): boolean {
  return grant.mac && key.startsWith('com.apple.security.')
}

function faultsOf(
  wanted: PlistValue,
  granted: PlistValue,
  grant: Grant,
  path: readonly (string | number)[],
): NotGranted[] {
  if (!isArray(wanted)) return covers(granted, wanted, grant) ? [] : [{ path, reason: reasonOf(wanted, granted) }]
  return wanted.flatMap((item, index) =>
    covers(granted, item, grant) ? [] : [{ path: [...path, index], reason: reasonOf(item, granted) }],
  )
}

/** A list grants each of its members, and a text that ends in an asterisk every text that begins so. */
function covers(granted: PlistValue, wanted: PlistValue, grant: Grant): boolean {
  if (isArray(granted)) return granted.some((item) => covers(item, wanted, grant))
  if (typeof granted === 'string' && typeof wanted === 'string')
    return textCovers(granted, expanded(wanted, grant.prefix))
  if (isDictionary(granted) && isDictionary(wanted))
    return notGranted(wanted, { entitlements: granted, prefix: grant.prefix, mac: false }).length === 0
  return samePlistValue(granted, wanted)
}

function textCovers(granted: string, wanted: string): boolean {
  if (granted === wanted) return true
  return granted.endsWith('*') && wanted.startsWith(granted.slice(0, -1))
}

/** Xcode's source files have the variables; signed apps have the values. */
function expanded(text: string, prefix: string | null): string {
  const variable = /^\$[({](?:App|Team)IdentifierPrefix[)}]/
  return prefix === null ? text : text.replace(variable, () => `${prefix}.`)
}

function reasonOf(wanted: PlistValue, granted: PlistValue): string {
  if (typeof wanted === 'string' && otherPrefix(wanted, granted))
    return 'the team prefix is another than the profile has'
  if (isArray(granted)) return 'it is not among the values of the profile'
  return 'the profile has another value'
}

const PREFIXED = /^([A-Z0-9]{10})\./

function otherPrefix(wanted: string, granted: PlistValue): boolean {
  const values = isArray(granted) ? granted : [granted]
  const prefixes = values.flatMap((value) => (typeof value === 'string' ? [PREFIXED.exec(value)?.[1]] : []))
  const own = PREFIXED.exec(wanted)?.[1]
  return prefixes.some((prefix) => prefix !== undefined && prefix !== own)
}
