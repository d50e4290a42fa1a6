import { requireObject } from '../arguments.js'
import { fail } from '../errors.js'
import { encodePlist } from '../plist/encode.js'
import type { PlistDict } from '../plist/values.js'
import type { Bytes } from '../types.js'

/**
 * The answer to a poll that gives the device a command: an XML property list, to be sent with status 200.
 *
 * Checked: that `fields` has no RequestType of its own, and that XML can hold the values. Not checked: that Apple has such
 * a command, nor its members. An empty answer means that there is none.
 *
 * Throws `ERR_INVALID_ARGUMENT`, and `ERR_PLIST_INVALID` for values that XML cannot hold.
 *
 * Written in: Apple, Device Management, Commands and Queries.
 *
 * @param requestType - `DeviceInformation`, `InstallProfile` …
 * @param fields - The other members of the command's dictionary.
 * @param commandUuid - Comes back in the report. Unique for the device: two commands under one UUID are one to it.
 * @example
 * ```ts
 * const body = buildCommand('DeviceInformation', { Queries: ['OSVersion'] }, '7d4b5a0e-6f5c-4b1e-9a55-2f5d0b0c8f10')
 * console.log(new TextDecoder().decode(body))
 * ```
 */
export function buildCommand(requestType: string, fields: PlistDict, commandUuid: string): Bytes {
  if (!isName(requestType) || !isName(commandUuid)) {
    fail('ERR_INVALID_ARGUMENT', 'a command has a request type and a UUID: texts, neither of them empty')
  }
  requireObject(fields, 'fields')
  if (fields['RequestType'] !== undefined) {
    fail('ERR_INVALID_ARGUMENT', 'RequestType is an argument of its own, not one of the fields')
  }
  return encodePlist({ Command: { ...fields, RequestType: requestType }, CommandUUID: commandUuid })
}

/** What is no text would be left out of the command, or written as something else. */
function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
