// Judging the certificates of an answer one by one: each has a path of its own.
import type { CallContext } from '../crypto/context.js'
import { isMdmProtocolError, type MdmProtocolError } from '../errors.js'
import type { Certificate } from '../types.js'
import { buildPath, type PathInput } from '../x509/path.js'

/** What all of them together may cost: more than one signed message, yet bounded. */
export const BAG_BUDGET = 256

/** Why there is no path; `null` where there is one. What says nothing about the certificate is thrown. */
export async function pathFailure(
  certificate: Certificate,
  path: PathInput,
  call: CallContext,
): Promise<MdmProtocolError | null> {
  try {
    await buildPath(certificate, path, call)
    return null
  } catch (error) {
    if (!isMdmProtocolError(error) || error.code === 'ERR_LIMIT') throw error
    return error
  }
}
