import { readFileSync } from 'node:fs'
import type { Bytes, Certificate } from '../../src/types.js'
import { parseCertificate } from '../../src/x509/certificate.js'

// Made by vectors/make.py. Valid around NOW, but for those that are meant to have expired.

export const NOW: Date = new Date('2026-06-01T12:00:00Z')

export type VectorName =
  | 'root'
  | 'intermediate'
  | 'signer'
  | 'renewed'
  | 'rekeyed'
  | 'moved'
  | 'ecSigner'
  | 'stranger'
  | 'device'
  | 'otherDevice'
  | 'expiredDevice'
  | 'ecDevice'
  | 'factoryRoot'
  | 'factoryCa'
  | 'factoryDevice'
  | 'tlsServer'
  | 'push'

interface Entry {
  readonly certificate: string
  readonly key: string
}

const pki = JSON.parse(readFileSync(new URL('./vectors/pki.json', import.meta.url), 'utf8')) as Record<
  VectorName,
  Entry
>

export function certificatePem(name: VectorName): string {
  return pki[name].certificate
}

export function keyPem(name: VectorName): string {
  return pki[name].key
}

export function certificate(name: VectorName): Certificate {
  return parseCertificate(certificatePem(name))
}

export const TEST_ROOT: Certificate = certificate('root')

/** Made by vectors/make-messages.sh: an answer that two devices signed, and one that came without certificates. */
export function answerVector(name: 'two-signers' | 'no-certificates'): Bytes {
  return new Uint8Array(readFileSync(new URL(`./vectors/${name}.der`, import.meta.url)))
}
