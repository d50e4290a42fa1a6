import { readFileSync } from 'node:fs'
import type { Bytes, Certificate } from '../../src/types.js'
import { parseCertificate } from '../../src/x509/certificate.js'

/** What `vectors/make.py` wrote: headers by OpenSSL, certificates by Python. */
interface Vectors {
  readonly body: string
  readonly attributes: string
  readonly deviceKey: string
  readonly certificates: Readonly<Record<string, string>>
  readonly signatures: Readonly<Record<string, string>>
}

const vectors = JSON.parse(readFileSync(new URL('vectors/signatures.json', import.meta.url), 'utf8')) as Vectors

const octets = (base64: string): Bytes => new Uint8Array(Buffer.from(base64, 'base64'))

/** The body that every header signs. */
export const body: Bytes = new TextEncoder().encode(vectors.body)
/** The signed attributes of the header `ios`, as a SET. */
export const attributes: Bytes = octets(vectors.attributes)
/** PKCS#8 of the identity `device`. */
export const deviceKey: Bytes = octets(vectors.deviceKey)

export function header(name: string): string {
  return vectors.signatures[name]!
}

export function certificate(name: string): Certificate {
  return parseCertificate(octets(vectors.certificates[name]!))
}
