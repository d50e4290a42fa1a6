import { fail } from '../errors.js'
import type { PlistDict, PlistLimits } from '../plist/values.js'
import { enrollmentOf, type Enrollment } from './enrollment.js'
import { isDict, optional, optionalText, readMessage, requiredText } from './message.js'

/** What a device says when it polls: that it is idle, or how it fared with a command. */
export interface CommandReport {
  readonly enrollment: Enrollment
  readonly status: 'Idle' | 'Acknowledged' | 'Error' | 'CommandFormatError' | 'NotNow'
  /** `null` when the device names no command, as with `Idle`. */
  readonly commandUuid: string | null
  /** Of `Error`: as it was sent. Members: ErrorCode, ErrorDomain, LocalizedDescription, USEnglishDescription. */
  readonly errorChain: readonly PlistDict[]
  /** All members as they were sent, the answers of the command among them. */
  readonly raw: PlistDict
}

const STATUSES: readonly CommandReport['status'][] = ['Idle', 'Acknowledged', 'Error', 'CommandFormatError', 'NotNow']

function statusOf(message: PlistDict): CommandReport['status'] {
  const text = requiredText(message, 'Status')
  return (
    STATUSES.find((status) => status === text) ??
    fail('ERR_MDM_INVALID', 'device message: Status is none of the five that Apple documents')
  )
}

function errorChainOf(message: PlistDict): readonly PlistDict[] {
  const chain = optional(message, 'ErrorChain', 'array') ?? []
  return chain.every(isDict)
    ? chain
    : fail('ERR_MDM_INVALID', 'device message: ErrorChain holds something else than dictionaries')
}

/**
 * Reads what a device sends to ServerURL (`application/x-apple-aspen-mdm`): its status, or the result of a command.
 *
 * Checked: that it is a property list within `limits`, that it says who speaks by Apple's rules, and its own members. Not
 * checked: who really speaks (see `verifyMdmSignature`), that the command was given to this device, nor the answers in
 * `raw`. `NotNow` means: the command stays in the queue, the device polls again by itself.
 *
 * Throws `ERR_MDM_INVALID`, `ERR_PLIST_INVALID`, `ERR_LIMIT`, `ERR_INVALID_ARGUMENT`.
 *
 * Written in: Apple, Device Management, Commands and Queries
 * (https://developer.apple.com/documentation/devicemanagement/commands-and-queries).
 *
 * @param body - The request body, octet for octet.
 * @example
 * ```ts
 * const report = parseCommandReport(encodePlist({ Status: 'Idle', UDID: '00008101-000000000000001E' }))
 * if (report.status === 'Idle') console.log('next command for', report.enrollment.id)
 * ```
 */
export function parseCommandReport(body: Uint8Array, limits?: PlistLimits): CommandReport {
  const raw = readMessage(body, limits)
  return {
    enrollment: enrollmentOf(raw),
    status: statusOf(raw),
    commandUuid: optionalText(raw, 'CommandUUID'),
    errorChain: errorChainOf(raw),
    raw,
  }
}
