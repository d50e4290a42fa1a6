// What was read of which certificate object, so that it is read once.
//
// Most certificates come with a message and are gone with it; others are stored, and come by again and again. A WeakMap is
// for the second kind alone: V8 keeps what it holds through every collection of the young generation, which for each
// message costs more than reading its certificate.
import type { Bytes, Certificate } from '../types.js'
import type { CertificateLayout } from './certificate-layout.js'

/** An entry counts only as long as the object's `der` holds the bytes that it was made from. */
export interface Known<Parts> {
  readonly der: Bytes
  readonly layout: CertificateLayout
  parts: Parts | null
}

export interface CertificateMemory<Parts> {
  find(certificate: Certificate): Known<Parts> | undefined
  /** Just read from bytes: for as long as others have not taken its place. */
  keepRecent(certificate: Certificate, known: Known<Parts>): void
  /** Seen again after that: for as long as the object lives. */
  keep(certificate: Certificate, known: Known<Parts>): void
}

/** More than the certificates of the messages that a server has in hand at once, mostly. */
const RECENT = 32

export function certificateMemory<Parts>(): CertificateMemory<Parts> {
  const stored = new WeakMap<Certificate, Known<Parts>>()
  const certificates: Certificate[] = []
  const entries: Known<Parts>[] = []
  let next = 0
  return {
    find: (certificate) => {
      const at = certificates.indexOf(certificate)
      return at < 0 ? stored.get(certificate) : entries[at]
    },
    keepRecent: (certificate, known) => {
      certificates[next] = certificate
      entries[next] = known
      next = (next + 1) % RECENT
    },
    keep: (certificate, known) => {
      const at = certificates.indexOf(certificate)
      if (at >= 0) entries[at] = known
      stored.set(certificate, known)
    },
  }
}
