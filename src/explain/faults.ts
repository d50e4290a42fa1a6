import type { Fault } from '../errors.js'
import { finding } from '../finding.js'
import type { Finding } from '../types.js'

/** Of what this library or this runtime cannot do, which says nothing of the artefact. */
function isBeyondUs({ code }: Fault): boolean {
  return code.startsWith('ERR_ALGORITHM_') || code === 'ERR_LIMIT' || code === 'ERR_CRYPTO_UNAVAILABLE'
}

/** `what`: the beginning of a sentence. */
export function unreadable(what: string, { fault }: Fault): Finding {
  return finding('unreadable', 'error', `${what}, but: ${fault}.`)
}

/** A signature that could not be checked is not one that does not hold. `kind`: of the finding for the latter. */
export function signatureFault(kind: string, what: string, fault: Fault): Finding {
  return isBeyondUs(fault) ? unchecked(fault.fault) : finding(kind, 'error', `${what} does not hold: ${fault.fault}.`)
}

export function unchecked(reason: string): Finding {
  return finding('signature-not-checked', 'info', `The signature was not checked: ${reason}.`)
}
