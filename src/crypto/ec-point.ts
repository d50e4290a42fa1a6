import { concatBytes } from '../bytes/bytes.js'
import { decodeBase64 } from '../bytes/base64.js'
import { fail } from '../errors.js'
import type { Bytes } from '../types.js'
import type { CallContext } from './context.js'
import { type EcPrivateKey, encodeEcPkcs8 } from './pkcs8.js'
import { nativeOf, subtleOf } from './provider.js'
import { COORDINATE_LENGTH } from './public-key.js'

/**
 * The public point of a private key that does not bring it, 04 ‖ X ‖ Y. `node:crypto` and most WebCrypto providers compute
 * it at the import; one that does not throws `ERR_CRYPTO_UNAVAILABLE`.
 */
export async function ecPointOf({ curve, scalar }: EcPrivateKey, ctx: CallContext): Promise<Bytes> {
  const pkcs8 = encodeEcPkcs8(curve, scalar, null)
  const native = nativeOf(ctx)
  if (native !== null) return native.ecPoint(pkcs8)
  const subtle = subtleOf(ctx)
  try {
    const key = await subtle.importKey('pkcs8', pkcs8, { name: 'ECDSA', namedCurve: curve }, true, ['sign'])
    const { x, y } = await subtle.exportKey('jwk', key)
    return pointOf(x, y, COORDINATE_LENGTH[curve])
  } catch {
    return fail('ERR_CRYPTO_UNAVAILABLE', 'private key: the WebCrypto provider needs the public point in an EC key')
  }
}

function pointOf(x: unknown, y: unknown, size: number): Bytes {
  const [first, second] = [x, y].map((text) =>
    typeof text === 'string' ? decodeBase64(text, { lenient: true }) : null,
  )
  if (first?.length !== size || second?.length !== size) throw new TypeError('no coordinates')
  return concatBytes([Uint8Array.of(4), first, second])
}
