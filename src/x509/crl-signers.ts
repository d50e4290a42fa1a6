// Certificates that sign the lists of a CA beside that of the path: a CA in a re-key, or one with a key of its own for lists.
import type { CallContext } from '../crypto/context.js'
import { isMdmProtocolError, type MdmProtocolError } from '../errors.js'
import type { CertificateParts } from './certificate.js'
import { type CrlAlgorithm, crlSign, isCrlSignedBy } from './crl.js'
import type { ReadCrl } from './crl-reader.js'
import type { PathEntry } from './path-rules.js'

/** Whether a list has the signature of a certificate: verified once in one call. */
export type ListSignatures = Map<ReadCrl, Map<CertificateParts, boolean>>

/** What is known of the signers of lists beside one path, by what is above them on it: another path may be another matter. */
export interface SignerMemory {
  readonly known: Map<PathEntry, Map<PathEntry | undefined, SignerVerdict>>
  /** In the order in which they were found good. */
  readonly trusted: SignerVerdict[]
}

interface SignerVerdict {
  isBeingJudged: boolean
  distrust: MdmProtocolError | null
}

export function signerMemory(): SignerMemory {
  return { known: new Map(), trusted: [] }
}

function verdictOn(signer: PathEntry, above: readonly PathEntry[], { known }: SignerMemory): SignerVerdict {
  const row = known.get(signer) ?? new Map<PathEntry | undefined, SignerVerdict>()
  known.set(signer, row)
  const verdict = row.get(above[0]) ?? { isBeingJudged: false, distrust: null }
  row.set(above[0], verdict)
  return verdict
}

/** Whether this certificate may sign lists, and signed this one. `spend` comes before each verification. */
export async function hasSigned(
  certificate: CertificateParts,
  crl: ReadCrl,
  algorithm: CrlAlgorithm,
  work: { readonly signatures: ListSignatures; readonly call: CallContext; readonly spend: () => void },
): Promise<boolean> {
  if (crlSign(certificate) === false) return false
  const { signatures } = work
  const known = signatures.get(crl)?.get(certificate)
  if (known !== undefined) return known
  work.spend()
  const signed = await isCrlSignedBy(crl, algorithm, certificate, work.call)
  const row = signatures.get(crl) ?? new Map<CertificateParts, boolean>()
  signatures.set(crl, row.set(certificate, signed))
  return signed
}

/**
 * Why a signer is not trusted below the issuer of the list, `above[0]`, or `null`. `judge` throws where it does not hold.
 *
 * Signers of one name are held against the lists of each other, in circles. One that is being judged is taken for good
 * until that has come out: its list counts, and so does what it revokes. A signer that does not hold even so never does. One
 * that does was perhaps found good because another one, still being judged, was taken for good: when that one turns out not
 * to be, all that were found good since are forgotten.
 */
export async function distrustOf(
  signer: PathEntry,
  above: readonly PathEntry[],
  memory: SignerMemory,
  judge: () => Promise<unknown>,
): Promise<MdmProtocolError | null> {
  const { trusted } = memory
  const verdict = verdictOn(signer, above, memory)
  if (verdict.isBeingJudged || trusted.includes(verdict)) return null
  if (verdict.distrust !== null) return verdict.distrust
  const before = trusted.length
  verdict.isBeingJudged = true
  try {
    await judge()
    trusted.push(verdict)
    return null
  } catch (error) {
    trusted.length = before
    // The search was given up, or the provider cannot compute: that says nothing about the signer.
    if (!isMdmProtocolError(error) || error.code === 'ERR_LIMIT' || error.code === 'ERR_CRYPTO_UNAVAILABLE') throw error
    verdict.distrust = error
    return error
  } finally {
    verdict.isBeingJudged = false
  }
}
