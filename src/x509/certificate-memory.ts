// What was read of which certificate object, so that it is read once. It lives and dies with the object.
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
  /** For an object that the parser has just made. `null`: nothing was kept of it so far. */
  stamp(certificate: Certificate, known: Known<Parts> | null): void
  /** For one of the caller's. */
  keep(certificate: Certificate, known: Known<Parts>): void
}

/** A constructor that answers with the object that it is given: what is derived from it adds its private field there. */
class Given {
  constructor(object: object) {
    return object
  }
}

/**
 * Inside the objects of the parser, in a private field: nobody sees it, and a copy of the object has none. In a WeakMap, as
 * those of the caller are, an entry outlives its certificate until V8 collects all of its memory, and a server that reads
 * one certificate a request pays for that with half of its time.
 */
export function certificateMemory<Parts>(): CertificateMemory<Parts> {
  class Stamped extends Given {
    #known: Known<Parts> | null
    constructor(certificate: Certificate, known: Known<Parts> | null) {
      super(certificate)
      this.#known = known
    }
    static find(certificate: object): Known<Parts> | null {
      return #known in certificate ? certificate.#known : null
    }
    static replace(certificate: object, known: Known<Parts>): boolean {
      if (!(#known in certificate)) return false
      certificate.#known = known
      return true
    }
  }
  const others = new WeakMap<Certificate, Known<Parts>>()
  return {
    find: (certificate) => Stamped.find(certificate) ?? others.get(certificate),
    stamp: (certificate, known) => {
      new Stamped(certificate, known)
    },
    keep: (certificate, known) => {
      if (!Stamped.replace(certificate, known)) others.set(certificate, known)
    },
  }
}
