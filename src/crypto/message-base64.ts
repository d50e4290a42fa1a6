import { runtime } from '#runtime'
import { decodeBase64 } from '../bytes/base64.js'
import type { Bytes } from '../types.js'

/**
 * A message out of a header or a URL: `decodeBase64`, leniently. Nearly all are in the one spelling that encoders write,
 * and that one some runtimes read several times as fast.
 */
export function decodeMessageBase64(text: string): Bytes | null {
  return runtime.canonicalBase64(text) ?? decodeBase64(text, { lenient: true })
}
