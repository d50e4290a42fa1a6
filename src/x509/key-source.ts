import type { CallContext } from '../crypto/context.js'
import { importPrivateKey } from '../crypto/private-key.js'
import { readPublicKey } from '../crypto/public-key.js'
import { fail } from '../errors.js'
import type { SigningKey } from '../types.js'
import type { KeyPair } from './signed-structure.js'

/** A private key in hand (PKCS#8 DER), or one that stays in its KMS or HSM. */
export type KeySource =
  | { readonly privateKey: Uint8Array; readonly key?: never }
  | { readonly key: SigningKey; readonly publicKey: Uint8Array; readonly privateKey?: never }

export interface SourcedKey extends KeyPair {
  /** The caller put the two halves together: whether they belong together shows in a signature. */
  readonly unproven: boolean
}

export async function keyFromSource(source: KeySource, call: CallContext): Promise<SourcedKey> {
  const { privateKey, key } = source
  if ((privateKey === undefined) === (key === undefined))
    return fail('ERR_INVALID_ARGUMENT', 'key: either privateKey, or key with publicKey, is expected')
  if (privateKey !== undefined) {
    if (!(privateKey instanceof Uint8Array)) fail('ERR_INVALID_ARGUMENT', 'privateKey: PKCS#8 DER is expected')
    const { signer, publicKey } = await importPrivateKey(privateKey, call)
    return { key: signer, publicKey: readPublicKey(publicKey), unproven: false }
  }
  if (!(source.publicKey instanceof Uint8Array))
    fail('ERR_INVALID_ARGUMENT', 'publicKey: DER of a SubjectPublicKeyInfo is expected')
  return { key: source.key, publicKey: readPublicKey(source.publicKey), unproven: true }
}
