import {
  contentOf,
  contextConstructed,
  contextTag,
  type DerFormat,
  type DerValue,
  enter,
  nextAny,
} from '../asn1/der-reader.js'
import { latin1Text } from '../bytes/bytes.js'
import { GENERAL_NAME } from './general-name.js'
import { foldedRdns } from './name-match.js'
import { readName } from './name.js'

export const CONSTRAINTS_FORMAT: DerFormat = { name: 'nameConstraints', code: 'ERR_CERTIFICATE_INVALID' }

/** Whether `name` lies in the subtree of `base`; both are GeneralNames of the one tag. `excluded`: read wildcards broadly. */
export type Match = (name: DerValue, base: DerValue, excluded: boolean) => boolean

const MATCHERS: ReadonlyMap<number, () => Match> = /* @__PURE__ */ new Map<number, () => Match>([
  [contextTag(GENERAL_NAME.email), () => matcher(emailOf, onlyAscii(matchesEmail))],
  [contextTag(GENERAL_NAME.dns), () => matcher(textOf, onlyAscii(matchesDns))],
  [contextTag(GENERAL_NAME.uri), () => matcher(textOf, onlyAscii(matchesUri))],
  [contextTag(GENERAL_NAME.ip), () => matcher(contentOf, matchesIp)],
  [contextConstructed(GENERAL_NAME.directory), () => matcher(rdnsOf, matchesDirectory)],
])

/** For the names on one path. `null` for kinds of names that nobody here can compare. */
export function nameMatchers(): (tag: number) => Match | null {
  const made = new Map<number, Match | null>()
  return (tag) => {
    const known = made.get(tag)
    if (known !== undefined) return known
    const match = MATCHERS.get(tag)?.() ?? null
    made.set(tag, match)
    return match
  }
}

/** Each name and each base is read once, and not for every pair of them. */
function matcher<T extends object | string>(
  read: (value: DerValue) => T,
  matches: (name: T, base: T, excluded: boolean) => boolean,
): Match {
  const known = new Map<DerValue, T>()
  const once = (value: DerValue): T => {
    const made = known.get(value) ?? read(value)
    known.set(value, made)
    return made
  }
  return (name, base, excluded) => matches(once(name), once(base), excluded)
}

/** Names beyond ASCII cannot be compared: to be refused either way. */
function onlyAscii(matches: (name: string, base: string, excluded: boolean) => boolean): typeof matches {
  return (name, base, excluded) => (BEYOND_ASCII.test(name) ? excluded : matches(name, base, excluded))
}

const BEYOND_ASCII = /[\u0080-\uffff]/

function textOf(value: DerValue): string {
  return latin1Text(contentOf(value)).toLowerCase()
}

function emailOf(value: DerValue): string {
  return withoutLastDot(textOf(value))
}

/** Of a host name, written out to the root. */
function withoutLastDot(text: string): string {
  return text.endsWith('.') ? text.slice(0, -1) : text
}

const TEXTS: readonly number[] = [GENERAL_NAME.email, GENERAL_NAME.dns, GENERAL_NAME.uri].map(contextTag)

/**
 * Whether no name could ever match this base, though somebody meant one (RFC 5280 §4.2.1.10): a domain has neither a
 * wildcard nor a dot at its end, and an address comes with a mask.
 */
export function isMalformedBase(base: DerValue): boolean {
  if (base.tag === contextTag(GENERAL_NAME.ip)) return ![8, 32].includes(base.end - base.body)
  return TEXTS.includes(base.tag) && /[*\u0080-\u00ff]|\.$/.test(textOf(base))
}

/** Adding labels to the left of the base satisfies it; a base with a leading dot asks for one label at least. */
function matchesDns(name: string, base: string, excluded: boolean): boolean {
  const host = withoutLastDot(name)
  if (base === '' || host === base) return true
  const suffix = base.startsWith('.') ? base : `.${base}`
  if (host.endsWith(suffix)) return true
  // `*.example.com` stands for hosts that an exclusion of `a.example.com` means.
  return excluded && host.startsWith('*.') && suffix.endsWith(host.slice(1))
}

/** A mailbox, all mailboxes of a host, or (leading dot) of the hosts below a domain. */
function matchesEmail(name: string, base: string, excluded: boolean): boolean {
  const at = name.lastIndexOf('@')
  // No mailbox at all: to be refused either way.
  if (at < 0) return excluded
  return base.includes('@') ? name === base : matchesHost(name.slice(at + 1), base)
}

function matchesHost(host: string, base: string): boolean {
  if (base === '') return true
  return base.startsWith('.') ? host.endsWith(base) : host === base
}

// No percent signs in the host, and no backslashes before it: those who fetch it read them differently.
const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/\\?#@]*@)?([a-z0-9._-]+)(?::\d*)?(?:[/?#]|$)/

/** By the host. A URI without one, or with an address in its place, is to be refused either way. */
function matchesUri(name: string, base: string, excluded: boolean): boolean {
  const host = AUTHORITY.exec(name)?.[1]
  return host === undefined || /^[\d.]+$/.test(host) ? excluded : matchesHost(withoutLastDot(host), base)
}

/** Address and mask side by side. */
function matchesIp(name: Uint8Array, base: Uint8Array): boolean {
  if (base.length !== 2 * name.length) return false
  return name.every((octet, i) => {
    const mask = base[name.length + i] as number
    return (octet & mask) === ((base[i] as number) & mask)
  })
}

function matchesDirectory(name: readonly string[], base: readonly string[]): boolean {
  return base.every((rdn, i) => name[i] === rdn)
}

function rdnsOf(value: DerValue): readonly string[] {
  const wrapped = enter(value, value.tag, CONSTRAINTS_FORMAT, 'directoryName')
  return foldedRdns(readName(nextAny(wrapped, 'directoryName'), CONSTRAINTS_FORMAT))
}
