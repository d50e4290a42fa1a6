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
type Match = (name: DerValue, base: DerValue, excluded: boolean) => boolean

const MATCHERS: ReadonlyMap<number, Match> = /* @__PURE__ */ new Map<number, Match>([
  [contextTag(GENERAL_NAME.email), (name, base) => matchesEmail(textOf(name), textOf(base))],
  [contextTag(GENERAL_NAME.dns), (name, base, excluded) => matchesDns(textOf(name), textOf(base), excluded)],
  [contextTag(GENERAL_NAME.uri), (name, base, excluded) => matchesUri(textOf(name), textOf(base), excluded)],
  [contextTag(GENERAL_NAME.ip), (name, base) => matchesIp(contentOf(name), contentOf(base))],
  [contextConstructed(GENERAL_NAME.directory), (name, base) => matchesDirectory(name, base)],
])

/** `null` for kinds of names that nobody here can compare. */
export function nameMatcher(tag: number): Match | null {
  return MATCHERS.get(tag) ?? null
}

function textOf(value: DerValue): string {
  return latin1Text(contentOf(value)).toLowerCase()
}

/** Adding labels to the left of the base satisfies it; a base with a leading dot asks for one label at least. */
function matchesDns(name: string, base: string, excluded: boolean): boolean {
  const host = name.endsWith('.') ? name.slice(0, -1) : name
  if (base === '' || host === base) return true
  const suffix = base.startsWith('.') ? base : `.${base}`
  if (host.endsWith(suffix)) return true
  // `*.example.com` stands for hosts that an exclusion of `a.example.com` means.
  return excluded && host.startsWith('*.') && suffix.endsWith(host.slice(1))
}

/** A mailbox, all mailboxes of a host, or (leading dot) of the hosts below a domain. */
function matchesEmail(name: string, base: string): boolean {
  const host = name.slice(name.lastIndexOf('@') + 1)
  if (base.includes('@')) return name === base
  return matchesHost(host, base)
}

function matchesHost(host: string, base: string): boolean {
  if (base === '') return true
  return base.startsWith('.') ? host.endsWith(base) : host === base
}

const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@[\]]+)(?::\d*)?(?:[/?#]|$)/

/** By the host. A URI without one, or with an address in its place, is to be refused either way. */
function matchesUri(name: string, base: string, excluded: boolean): boolean {
  const host = AUTHORITY.exec(name)?.[1]
  return host === undefined || /^[\d.]+$/.test(host) ? excluded : matchesHost(host, base)
}

/** Address and mask side by side. */
function matchesIp(name: Uint8Array, base: Uint8Array): boolean {
  if (base.length !== 2 * name.length) return false
  return name.every((octet, i) => {
    const mask = base[name.length + i] as number
    return (octet & mask) === ((base[i] as number) & mask)
  })
}

function matchesDirectory(name: DerValue, base: DerValue): boolean {
  const rdns = rdnsOf(name)
  return rdnsOf(base).every((rdn, i) => rdns[i] === rdn)
}

function rdnsOf(value: DerValue): readonly string[] {
  const wrapped = enter(value, value.tag, CONSTRAINTS_FORMAT, 'directoryName')
  return foldedRdns(readName(nextAny(wrapped, 'directoryName'), CONSTRAINTS_FORMAT))
}
