// Certificates that sign the lists of a CA beside that of the path: a CA in a re-key, or one with a key of its own for lists.
import type { CallContext } from '../crypto/context.js'
import { isMdmProtocolError, type MdmProtocolError } from '../errors.js'
import type { CertificateParts } from './certificate.js'
import { type CrlAlgorithm, crlSign, isCrlSignedBy } from './crl.js'
import type { ReadCrl } from './crl-reader.js'
import type { PathEntry } from './path-rules.js'

/** What one call has found out, so that nothing is verified or judged twice. */
export interface SignerMemory {
  /** Whether a list has the signature of a certificate. */
  readonly signatures: Map<ReadCrl, Map<CertificateParts, boolean>>
  /** Those whose own paths are being judged at this moment. */
  readonly judging: Set<PathEntry>
  /** In the order in which they were found good. */
  readonly trusted: PathEntry[]
  readonly distrusted: Map<PathEntry, MdmProtocolError>
}

export function signerMemory(): SignerMemory {
  return { signatures: new Map(), judging: new Set(), trusted: [], distrusted: new Map() }
}

/** Whether this certificate may sign lists, and signed this one. `spend` comes before each verification. */
export async function hasSigned(
  certificate: CertificateParts,
  crl: ReadCrl,
  algorithm: CrlAlgorithm,
  work: { readonly memory: SignerMemory; readonly call: CallContext; readonly spend: () => void },
): Promise<boolean> {
  if (crlSign(certificate) === false) return false
  const { signatures } = work.memory
  const known = signatures.get(crl)?.get(certificate)
  if (known !== undefined) return known
  work.spend()
  const signed = await isCrlSignedBy(crl, algorithm, certificate, work.call)
  const row = signatures.get(crl) ?? new Map<CertificateParts, boolean>()
  signatures.set(crl, row.set(certificate, signed))
  return signed
}

/**
 * Why a signer is not trusted, or `null`. `judge` looks for its path and throws where there is none.
 *
 * Signers of one name are held against the lists of each other, in circles. One that is being judged is taken for good
 * until that has come out: its list counts, and so does what it revokes. A signer that does not hold even so never does. One
 * that does was perhaps found good because another one, still being judged, was taken for good: when that one turns out not
 * to be, all that were found good since are forgotten.
 */
export async function distrustOf(
  signer: PathEntry,
  memory: SignerMemory,
  judge: () => Promise<unknown>,
): Promise<MdmProtocolError | null> {
  const { judging, trusted, distrusted } = memory
  if (judging.has(signer) || trusted.includes(signer)) return null
  const known = distrusted.get(signer)
  if (known !== undefined) return known
  const before = trusted.length
  judging.add(signer)
  try {
    await judge()
    trusted.push(signer)
    return null
  } catch (error) {
    trusted.length = before
    // The search was given up, or the provider cannot compute: that says nothing about the signer.
    if (!isMdmProtocolError(error) || error.code === 'ERR_LIMIT' || error.code === 'ERR_CRYPTO_UNAVAILABLE') throw error
    distrusted.set(signer, error)
    return error
  } finally {
    judging.delete(signer)
  }
}
