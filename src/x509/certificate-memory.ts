// What was read of which certificate object, so that it is read once. By object and weakly: nothing of a caller's is kept alive.
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
  /** For as long as the object lives. */
  keep(certificate: Certificate, known: Known<Parts>): void
}

export function certificateMemory<Parts>(): CertificateMemory<Parts> {
  const stored = new WeakMap<Certificate, Known<Parts>>()
  return {
    find: (certificate) => stored.get(certificate),
    keep: (certificate, known) => {
      stored.set(certificate, known)
    },
  }
}
