import { latin1Text } from '../bytes/bytes.js'
import { decryptCms, type DecryptOptions } from '../cms/decrypt.js'
import { acceptedByDefault, acceptList } from '../crypto/accept.js'
import { failDecryption } from '../errors.js'
import type { Recipients } from '../types.js'
import { readPushRequestFile } from './push-request-file.js'

/** The part of `openMdmcertReply` that needs CMS and property lists. */
export async function decryptReply(
  message: Uint8Array,
  recipient: Recipients,
  options: DecryptOptions | undefined,
): Promise<string> {
  const accept = acceptList(options?.accept, acceptedByDefault.device)
  const plaintext = latin1Text(await decryptCms(message, recipient, { ...options, accept }))
  try {
    readPushRequestFile(plaintext)
  } catch {
    // Nobody has vouched for it, so what is wrong with it is nobody's business.
    failDecryption()
  }
  return plaintext
}
