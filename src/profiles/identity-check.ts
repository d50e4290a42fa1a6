import type { PlistDict, PlistValue } from '../plist/values.js'
import type { Finding } from '../types.js'
import { acmeKeyFault } from './acme-payload.js'
import { isArray, isDictionary, member, textMember } from './dictionary.js'
import { finding } from '../finding.js'
import type { Payload } from './profile.js'
import { isCount, isFingerprint, isScepKeyUsage } from './scep-payload.js'
import { isHttpsUrl, isHttpUrl } from './url.js'

type Path = readonly (string | number)[]

const CHECKS: Readonly<Record<string, (payload: Payload, path: Path) => readonly Finding[]>> = {
  'com.apple.security.scep': checkScep,
  'com.apple.security.acme': checkAcme,
  'com.apple.security.pkcs12': checkPkcs12,
}

/** Payloads that bring an identity: would the device get one from them? */
export function checkIdentityPayloads(payloads: readonly Payload[]): readonly Finding[] {
  return payloads.flatMap((payload, index) => {
    const check = Object.hasOwn(CHECKS, payload.PayloadType) ? CHECKS[payload.PayloadType] : undefined
    return check === undefined ? [] : check(payload, ['PayloadContent', index])
  })
}

function checkScep(payload: Payload, outer: Path): readonly Finding[] {
  const path = [...outer, 'PayloadContent']
  const inner = member(payload, 'PayloadContent')
  if (!isDictionary(inner)) {
    const message = 'The SCEP payload has no PayloadContent dictionary.'
    return [finding('scep-content-missing', 'error', message, { path })]
  }
  const findings = [...checkSubject('scep', inner, path, false), ...checkSubjectAltName('scep', inner, path)]
  if (!isHttpUrl(textMember(inner, 'URL') ?? ''))
    findings.push(finding('scep-url', 'error', 'URL is missing or no http(s) URL.', { path: [...path, 'URL'] }))
  return [...findings, ...checkKeysize(inner, path), ...checkScepMembers(inner, path)]
}

interface Rule {
  readonly key: string
  readonly holds: (value: PlistValue) => boolean
  readonly kind: string
  readonly level: Finding['level']
  readonly message: string
}

// Error where the device cannot get a certificate; what becomes of the others is not known.
const SCEP_RULES: readonly Rule[] = [
  {
    key: 'CAFingerprint',
    holds: isFingerprint,
    kind: 'scep-ca-fingerprint',
    level: 'error',
    message: 'CAFingerprint is not data of the length of a digest: the device will find no such CA.',
  },
  {
    key: 'Key Type',
    holds: (value) => value === 'RSA',
    kind: 'scep-key-type',
    level: 'error',
    message: 'Key Type is not RSA: devices know no other for SCEP.',
  },
  {
    key: 'Key Usage',
    holds: isScepKeyUsage,
    kind: 'scep-key-usage',
    level: 'warning',
    message: 'Key Usage is none of 1 (signing), 4 (encryption), 5 (both).',
  },
  {
    key: 'Retries',
    holds: isCount,
    kind: 'scep-retries',
    level: 'warning',
    message: 'Retries is not a whole number from 0 on.',
  },
  {
    key: 'RetryDelay',
    holds: isCount,
    kind: 'scep-retries',
    level: 'warning',
    message: 'RetryDelay is not a whole number from 0 on.',
  },
]

function checkScepMembers(inner: PlistDict, path: Path): readonly Finding[] {
  return SCEP_RULES.flatMap(({ key, holds, kind, level, message }) => {
    const value = member(inner, key)
    if (value === undefined || holds(value)) return []
    return [finding(kind, level, message, { path: [...path, key] })]
  })
}

function checkKeysize(inner: PlistDict, path: Path): readonly Finding[] {
  const place = { path: [...path, 'Keysize'] }
  const size = member(inner, 'Keysize')
  if (size === undefined) {
    const message = 'Keysize is missing: the device makes a key of 1024 bits.'
    return [finding('scep-key-size-missing', 'warning', message, place)]
  }
  if (typeof size !== 'number' || ![1024, 2048, 4096].includes(size))
    return [finding('scep-key-size', 'error', 'Keysize is none of 1024, 2048, 4096.', place)]
  return size < 2048 ? [finding('scep-key-size-small', 'warning', 'Keysize is below 2048.', place)] : []
}

function checkAcme(payload: Payload, path: Path): readonly Finding[] {
  const findings = [...checkSubject('acme', payload, path, true), ...checkSubjectAltName('acme', payload, path)]
  if (!isHttpsUrl(textMember(payload, 'DirectoryURL') ?? '')) {
    const place = { path: [...path, 'DirectoryURL'] }
    findings.push(finding('acme-url', 'error', 'DirectoryURL is missing or not https.', place))
  }
  if (textMember(payload, 'ClientIdentifier') === null) {
    const place = { path: [...path, 'ClientIdentifier'] }
    findings.push(finding('acme-client-identifier', 'error', 'ClientIdentifier is missing.', place))
  }
  const bits = member(payload, 'KeySize')
  const fault = acmeKeyFault(
    textMember(payload, 'KeyType') ?? '',
    typeof bits === 'number' ? bits : 0,
    member(payload, 'HardwareBound') === true,
    member(payload, 'Attest') === true,
  )
  if (fault !== null) findings.push(finding('acme-key', 'error', `${fault}.`, { path: [...path, 'KeySize'] }))
  return findings
}

function checkPkcs12(payload: Payload, path: Path): readonly Finding[] {
  const content = member(payload, 'PayloadContent')
  if (content instanceof Uint8Array && content.length > 0) return []
  const place = { path: [...path, 'PayloadContent'] }
  return [finding('pkcs12-content-missing', 'error', 'The PKCS#12 payload has no data.', place)]
}

function checkSubject(kind: 'scep' | 'acme', holder: PlistDict, path: Path, required: boolean): Finding[] {
  const subject = member(holder, 'Subject')
  const place = { path: [...path, 'Subject'] }
  if (subject === undefined)
    return required ? [finding(`${kind}-subject-missing`, 'error', 'Subject is missing.', place)] : []
  if (isSubject(subject)) return []
  const message = 'Subject is not nested as iOS wants it: an array of arrays of [type, value] pairs.'
  return [finding(`${kind}-subject-malformed`, 'error', message, place)]
}

function isSubject(subject: PlistValue): boolean {
  return isArray(subject) && subject.every((rdn) => isArray(rdn) && rdn.length > 0 && rdn.every(isPair))
}

function isPair(pair: PlistValue): boolean {
  return isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string')
}

// Apple's page: each member is one string or an array of them; the NT principal name is one.
const ALT_NAMES: Readonly<Record<string, boolean>> = {
  rfc822Name: true,
  dNSName: true,
  uniformResourceIdentifier: true,
  ntPrincipalName: false,
}

function checkSubjectAltName(kind: 'scep' | 'acme', holder: PlistDict, path: Path): readonly Finding[] {
  const names = member(holder, 'SubjectAltName')
  if (names === undefined) return []
  const place = [...path, 'SubjectAltName']
  const malformed = `${kind}-subject-alt-name-malformed`
  if (!isDictionary(names)) return [finding(malformed, 'error', 'SubjectAltName is not a dictionary.', { path: place })]
  return Object.entries(ALT_NAMES).flatMap(([key, several]) => {
    const value = member(names, key)
    if (value === undefined || typeof value === 'string') return []
    if (several && isArray(value) && value.every((text) => typeof text === 'string')) return []
    const message = `${key} is not a string${several ? ' or an array of strings' : ''}.`
    return [finding(malformed, 'error', message, { path: [...place, key] })]
  })
}
