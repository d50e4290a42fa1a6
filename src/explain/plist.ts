import { parseCheckin } from '../mdm/checkin.js'
import { parseCommandReport } from '../mdm/report.js'
import { decodePlist } from '../plist/decode.js'
import type { PlistDict, PlistValue } from '../plist/values.js'
import { checkEnrollmentProfile } from '../profiles/enrollment-check.js'
import { isDictionary } from '../profiles/dictionary.js'
import { isEncrypted, parseProfile, payloadsOf } from '../profiles/profile.js'
import type { Enrollment } from '../mdm/enrollment.js'
import type { Context, Finding } from '../types.js'
import type { CallContext } from '../crypto/context.js'
import { attempt } from '../errors.js'
import { finding } from '../finding.js'
import { certificateOfOctets } from './octets.js'
import { counted, type Explanation, type ExplanationField, field, octets, shown } from './explanation.js'
import { explainCertificate } from './certificate.js'
import { explainPushRequest, isPushRequest } from './push-request.js'

export async function explainPlist(input: Uint8Array, context: Context, call: CallContext): Promise<Explanation> {
  const decoded = attempt(() => decodePlist(input))
  if ('fault' in decoded) {
    const broken = finding('unreadable', 'error', `It begins like a property list, but: ${decoded.fault}.`)
    return { kind: 'plist', summary: 'Property list that cannot be read', fields: [], findings: [broken] }
  }
  const root = decoded.value
  if (!isDictionary(root)) return plain(root)
  if (root['PayloadType'] === 'Configuration' || root['PayloadType'] === 'Profile Service')
    return explainProfile(input, root)
  if (root['Entitlements'] !== undefined && root['ExpirationDate'] instanceof Date)
    return explainProvisioning(root, context, call)
  if (typeof root['MessageType'] === 'string') return explainCheckin(input, root)
  if (typeof root['Status'] === 'string') return explainReport(input, root)
  if (isDictionary(root['Command']) && typeof root['CommandUUID'] === 'string')
    return explainCommand(root, root['Command'])
  if (isPushRequest(root)) return explainPushRequest(root, context, call)
  return plain(root)
}

function plain(root: PlistValue): Explanation {
  return { kind: 'plist', summary: 'Property list', fields: valueFields(root, 0), findings: [] }
}

function explainProfile(input: Uint8Array, root: PlistDict): Explanation {
  const type = text(root, 'PayloadType')
  const fields = [
    field('identifier', text(root, 'PayloadIdentifier')),
    field('UUID', text(root, 'PayloadUUID')),
    field('display name', text(root, 'PayloadDisplayName')),
  ]
  const profile = attempt(() => parseProfile(input))
  if ('fault' in profile)
    return {
      kind: 'configuration-profile',
      summary: `Configuration profile (${type}) that is not well formed`,
      fields,
      findings: [finding('profile-invalid', 'error', `No device takes it: ${profile.fault}.`)],
    }
  const payloads = payloadsOf(profile.value)
  for (const payload of payloads) fields.push(field('payload', shown(payload.PayloadType), payloadFields(payload)))
  if (isEncrypted(profile.value)) fields.push(field('payloads', 'encrypted'))
  const enrols = payloads.some(({ PayloadType }) => PayloadType === 'com.apple.mdm')
  return {
    kind: 'configuration-profile',
    summary: `Configuration profile (${type}) with ${counted(payloads.length, 'payload')}`,
    fields,
    findings: enrols ? checkEnrollmentProfile(profile.value) : [],
  }
}

function payloadFields(payload: PlistDict): readonly ExplanationField[] {
  return [field('identifier', text(payload, 'PayloadIdentifier')), field('UUID', text(payload, 'PayloadUUID'))]
}

async function explainProvisioning(root: PlistDict, context: Context, call: CallContext): Promise<Explanation> {
  const expires = root['ExpirationDate'] as Date
  const devices = root['ProvisionedDevices']
  const fields = [
    field('name', text(root, 'Name')),
    field('UUID', text(root, 'UUID')),
    field('expires', expires.toISOString()),
    field(
      'devices',
      Array.isArray(devices) ? String(devices.length) : root['ProvisionsAllDevices'] === true ? 'all' : 'none listed',
    ),
    field('entitlements', '', valueFields(root['Entitlements'] ?? {}, 0)),
  ]
  for (const data of listOf(root['DeveloperCertificates'])) {
    const certificate = certificateOfOctets(data)
    if (certificate !== null)
      fields.push(field('certificate', (await explainCertificate(certificate, context, call)).summary))
  }
  const findings: Finding[] = []
  if (expires.getTime() <= call.now.getTime())
    findings.push(finding('expired', 'error', 'The provisioning profile has expired.', { since: expires }))
  return { kind: 'provisioning-profile', summary: `Provisioning profile ${text(root, 'Name')}`, fields, findings }
}

function explainCheckin(input: Uint8Array, root: PlistDict): Explanation {
  const name = text(root, 'MessageType')
  const checkin = attempt(() => parseCheckin(input))
  const fields = 'value' in checkin ? enrollmentFields(checkin.value.enrollment) : []
  return {
    kind: 'checkin',
    summary: `Check-in: ${name}`,
    fields: [...fields, ...valueFields(root, 0)],
    findings:
      'fault' in checkin ? [finding('checkin-invalid', 'error', `It is not well formed: ${checkin.fault}.`)] : [],
  }
}

function explainReport(input: Uint8Array, root: PlistDict): Explanation {
  const report = attempt(() => parseCommandReport(input))
  const fields = 'value' in report ? enrollmentFields(report.value.enrollment) : []
  return {
    kind: 'command-report',
    summary: `Report of a device: ${text(root, 'Status')}`,
    fields: [...fields, ...valueFields(root, 0)],
    findings: 'fault' in report ? [finding('report-invalid', 'error', `It is not well formed: ${report.fault}.`)] : [],
  }
}

function explainCommand(root: PlistDict, command: PlistDict): Explanation {
  const fields = [field('CommandUUID', text(root, 'CommandUUID')), ...valueFields(command, 0)]
  return { kind: 'command', summary: `Command: ${text(command, 'RequestType')}`, fields, findings: [] }
}

function enrollmentFields({ kind, id, parentId }: Enrollment): readonly ExplanationField[] {
  const of = parentId === null ? '' : ` of ${shown(parentId)}`
  return [field('enrollment', `${kind} ${shown(id)}${of}`)]
}

function text(dictionary: PlistDict, key: string): string {
  const value = dictionary[key]
  return typeof value === 'string' ? shown(value) : '(none)'
}

function listOf(value: PlistValue | undefined): readonly PlistValue[] {
  return Array.isArray(value) ? (value as readonly PlistValue[]) : []
}

/** Secrets of a device: that they are there is enough. */
const SECRET = /^pin$|token|magic|password|passcode|passphrase|challenge|secret|recoverykey|digestresponse/i
const MAX_FIELDS = 200
const MAX_DEPTH = 8

function valueFields(value: PlistValue, depth: number): readonly ExplanationField[] {
  const entries: readonly (readonly [string, PlistValue | undefined])[] = Array.isArray(value)
    ? (value as readonly PlistValue[]).map((item, index) => [String(index), item] as const)
    : isDictionary(value)
      ? Object.entries(value)
      : [['value', value]]
  const fields: ExplanationField[] = []
  for (const [name, member] of entries.slice(0, MAX_FIELDS))
    if (member !== undefined) fields.push(memberField(name, member, depth))
  if (entries.length > MAX_FIELDS) fields.push(field('…', `${String(entries.length - MAX_FIELDS)} more`))
  return fields
}

function memberField(name: string, value: PlistValue, depth: number): ExplanationField {
  if (SECRET.test(name)) return field(shown(name), sizeOf(value))
  if (value instanceof Uint8Array) return field(shown(name), octets(value.length))
  if (value instanceof Date) return field(shown(name), value.toISOString())
  if (typeof value === 'object')
    return field(shown(name), sizeOf(value), depth >= MAX_DEPTH ? [] : valueFields(value, depth + 1))
  return field(shown(name), shown(String(value)))
}

/** What may be said of a secret, of whatever type: nothing that is in it, and nothing below it. */
function sizeOf(value: PlistValue): string {
  if (typeof value === 'string') return counted(value.length, 'character')
  if (value instanceof Uint8Array) return octets(value.length)
  if (value instanceof Date) return 'a date'
  if (Array.isArray(value)) return counted(value.length, 'item')
  if (typeof value === 'object') return counted(Object.keys(value).length, 'member')
  return typeof value === 'boolean' ? 'a boolean' : 'a number'
}
