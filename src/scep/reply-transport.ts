import { cipherNamed, type OaepDigest, USUAL_OAEP_DIGEST } from '../crypto/algorithms.js'
import { fitsOaep } from '../crypto/rsa-padding.js'
import type { CipherName, DigestName, KeyTransportName } from '../types.js'
import { certificateParts } from '../x509/certificate.js'
import type { ScepRequestBase } from './open-request.js'

export interface ReplyTransport {
  readonly keyTransport: KeyTransportName
  readonly oaepDigest?: OaepDigest
}

/**
 * How the content key of a reply travels: as that of the request did, since a client reads what it writes. But the request
 * was for the key of the CA, and the client's may be smaller: OAEP takes two digests of the room. By then the certificate is
 * issued, so this must not end in an error that the client chose.
 */
export function replyTransport(
  { keyTransport, oaepDigest, signer }: Pick<ScepRequestBase, 'keyTransport' | 'oaepDigest' | 'signer'>,
  cipher: CipherName,
): ReplyTransport {
  if (keyTransport !== 'RSA-OAEP') return { keyTransport }
  // What is not RSA, or no cipher, is refused where it is encrypted.
  const { key } = certificateParts(signer.certificate)
  if (key.kind !== 'RSA') return { keyTransport }
  const length = cipherNamed(cipher)?.keyLength ?? 0
  const digests: readonly OaepDigest[] = [writable(oaepDigest), USUAL_OAEP_DIGEST]
  const fitting = digests.find((digest) => fitsOaep(key.modulus.length, digest, length))
  return fitting === undefined ? { keyTransport: 'RSAES-PKCS1-v1_5' } : { keyTransport, oaepDigest: fitting }
}

function writable(digest: DigestName | null | undefined): OaepDigest {
  return digest === undefined || digest === null || digest === 'MD5' ? USUAL_OAEP_DIGEST : digest
}
