import { TAG } from '../asn1/der-reader.js'
import { derTree, encodeSequence } from '../asn1/der-writer.js'
import { digestLength, encodeSignatureAlgorithm } from '../crypto/algorithms.js'
import type { CallContext } from '../crypto/context.js'
import type { PublicKey } from '../crypto/public-key.js'
import { type ChosenSignature, chooseSignature, signData } from '../crypto/sign.js'
import { verifySignature } from '../crypto/verify.js'
import { fail } from '../errors.js'
import type { Bytes, DigestName, SigningKey } from '../types.js'

/** A signing key with the public key that goes with it. */
export interface KeyPair {
  readonly key: SigningKey
  readonly publicKey: PublicKey
}

/** As strong as the curve; for RSA what everybody reads. */
export function usualDigest(key: PublicKey): DigestName {
  if (key.kind !== 'EC' || key.curve === 'P-256') return 'SHA-256'
  return key.curve === 'P-384' ? 'SHA-384' : 'SHA-512'
}

/**
 * What certificates, requests and CRLs have in common: SEQUENCE { to be signed, algorithm, signature } (RFC 5280 §4.1.1).
 * `toBeSigned` gets the algorithm, as two of the three repeat it inside.
 */
export async function signStructure(
  pair: KeyPair,
  wanted: DigestName | undefined,
  toBeSigned: (algorithm: Bytes) => Bytes,
  call: CallContext,
): Promise<{ readonly der: Bytes; readonly check: () => Promise<void> }> {
  const chosen = chooseSignature(pair.key, wanted ?? usualDigest(pair.publicKey))
  if ((chosen.signature === 'ECDSA') !== (pair.publicKey.kind === 'EC'))
    fail('ERR_KEY_MISMATCH', 'signing: the key is of another kind than the public key')
  const algorithm = encodeSignatureAlgorithm(chosen.signature, chosen.digest)
  const tbs = toBeSigned(algorithm)
  const signature = await signData(pair.key, chosen, tbs, call)
  const der = encodeSequence(tbs, algorithm, derTree(TAG.BIT_STRING, new Uint8Array(1), signature))
  return { der, check: () => requireOwnSignature(pair.publicKey, chosen, tbs, signature, call) }
}

/** A public key that is given beside its signing key may be another one's. */
async function requireOwnSignature(
  key: PublicKey,
  { signature: name, digest }: ChosenSignature,
  data: Bytes,
  signature: Bytes,
  call: CallContext,
): Promise<void> {
  const saltLength = name === 'RSA-PSS' ? digestLength(digest) : null
  const algorithm = { signature: name, digest, saltLength }
  if (!(await verifySignature({ key, algorithm, data, signature }, call)))
    fail('ERR_KEY_MISMATCH', 'signing: the public key is not that of the key')
}
