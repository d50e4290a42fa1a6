import { finding } from '../finding.js'
import type { CallContext } from '../crypto/context.js'
import type { Finding } from '../types.js'
import { type Crl, parseCrl } from '../x509/crl.js'
import { formatName } from '../x509/name.js'
import { type Explanation, field, shown } from './explanation.js'

export function explainCrl(bytes: Uint8Array, call: CallContext): Explanation {
  const crl = parseCrl(bytes)
  const issuer = shown(formatName(crl.issuer)) || '(no name)'
  return {
    kind: 'crl',
    summary: `Revocation list of ${issuer}, ${String(crl.revoked.length)} revoked`,
    fields: [
      field('issuer', issuer),
      field('number', crl.number ?? 'none'),
      field('this update', crl.thisUpdate.toISOString()),
      field('next update', crl.nextUpdate === null ? 'not stated' : crl.nextUpdate.toISOString()),
    ],
    findings: dateFindings(crl, call.now),
  }
}

function dateFindings({ thisUpdate, nextUpdate }: Crl, now: Date): readonly Finding[] {
  if (now < thisUpdate)
    return [finding('not-yet-valid', 'error', `The revocation list is of ${thisUpdate.toISOString()}, still to come.`)]
  if (nextUpdate === null || now <= nextUpdate) return []
  const message = `The next revocation list was due at ${nextUpdate.toISOString()}; this one is out of date.`
  return [finding('expired', 'error', message, { since: nextUpdate })]
}
