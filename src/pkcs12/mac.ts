import { equalBytesConstantTime, utf8Bytes } from '../bytes/bytes.js'
import type { CallContext } from '../crypto/context.js'
import { digestLength } from '../crypto/digest-table.js'
import { hmac } from '../crypto/digest.js'
import { failDecryption } from '../errors.js'
import type { Bytes, DigestName } from '../types.js'
import { bmpPassword, pkcs12Key, PURPOSE } from './kdf.js'
import { type IterationBudget, spendIterations } from './limits.js'
import type { Pfx } from './pfx.js'

/** One password in the two forms that a file uses: of PKCS#12's own schemes, and of PBES2. */
export interface Pkcs12Password {
  readonly bmp: Uint8Array
  readonly utf8: Uint8Array
}

export function pkcs12Password(text: string): Pkcs12Password {
  return { bmp: bmpPassword(text), utf8: utf8Bytes(text) }
}

/** RFC 7292 §4.1, appendix B: HMAC over the AuthenticatedSafe. */
export async function computeMac(
  content: Uint8Array,
  password: Pkcs12Password,
  parameters: { readonly digest: DigestName; readonly salt: Uint8Array; readonly iterations: number },
  ctx: CallContext,
): Promise<Bytes> {
  const { digest } = parameters
  const length = digestLength(digest)
  const key = await pkcs12Key({ ...parameters, password: password.bmp, purpose: PURPOSE.mac, length }, ctx)
  return hmac(digest, key, content, ctx)
}

/**
 * The form of the password under which the MAC holds; `ERR_DECRYPTION_FAILED` where there is none. A wrong password and a
 * file that was tampered with are the same to a MAC, so they are the same here.
 */
export async function verifyMac(
  pfx: Pfx,
  text: string,
  budget: IterationBudget,
  ctx: CallContext,
): Promise<Pkcs12Password> {
  const password = pkcs12Password(text)
  // An empty password is written in two ways: as two zero octets, and as nothing at all.
  const forms = text === '' ? [password, { ...password, bmp: new Uint8Array() }] : [password]
  for (const form of forms) {
    spendIterations(budget, pfx.mac.iterations)
    const expected = await computeMac(pfx.content, form, pfx.mac, ctx)
    if (equalBytesConstantTime(expected, pfx.mac.value)) return form
  }
  return failDecryption()
}
