import { equalBytes } from '../bytes/bytes.js'
import type { CallContext } from '../crypto/context.js'
import { type ErrorCode, fail, isMdmProtocolError } from '../errors.js'
import type { Certificate } from '../types.js'
import { certificateParts } from '../x509/certificate.js'
import { buildPath, type PathInput } from '../x509/path.js'
import { abilitiesOf } from './ca-roles.js'
import { saysNothing } from './path-failure.js'

/** What the signer of a request is to the CA. */
export type SignerStanding = 'self-signed' | 'renewal' | 'other'

/**
 * Whether the signer's certificate is one that `renewalTrust` (the trust of `rules`) holds good.
 *
 * One of ours that is expired or revoked is no stranger but a refused renewal: those errors pass. `required`: the message
 * calls itself a renewal, so whatever speaks against it does. A value and not a promise where there is no path to look for.
 */
export function standingOf(
  signer: Certificate,
  rules: PathInput,
  required: boolean,
  call: CallContext,
): SignerStanding | Promise<SignerStanding> {
  const { issuerDer, subjectDer } = certificateParts(signer)
  if (!equalBytes(issuerDer, subjectDer)) return standingByPath(signer, rules, required, call)
  if (required) fail('ERR_CERTIFICATE_UNTRUSTED', 'pkiMessage: a renewal is signed by a self-signed certificate')
  return 'self-signed'
}

async function standingByPath(
  signer: Certificate,
  rules: PathInput,
  required: boolean,
  call: CallContext,
): Promise<SignerStanding> {
  try {
    const path = await buildPath(signer, rules, call)
    // A CA could issue itself anything, and a trust anchor is nobody's device: neither of them renews.
    if (path.length > 1 && !abilitiesOf(signer).isCa) return 'renewal'
    if (required) fail('ERR_CERTIFICATE_UNTRUSTED', 'pkiMessage: a renewal is signed by a CA')
    return 'other'
  } catch (error) {
    if (required || !isMdmProtocolError(error) || mayBeOurs(error.code)) throw error
    return 'other'
  }
}

function mayBeOurs(code: ErrorCode): boolean {
  return (
    code === 'ERR_CERTIFICATE_TIME' ||
    code === 'ERR_CERTIFICATE_REVOKED' ||
    code === 'ERR_CRL_INVALID' ||
    code === 'ERR_CRL_TIME' ||
    // Whose it is has not come out; and a stranger's does not take as long as where the search is given up.
    saysNothing(code)
  )
}
