import { importIdentity } from '../../src/x509/identity.js'
import { parseCertificates, parseCertificate } from '../../src/x509/certificate.js'
import { certificateParts } from '../../src/x509/certificate.js'
import { encodeHex } from '../../src/bytes/hex.js'
import type { AcceptedAlgorithms, Certificate, Identity } from '../../src/types.js'
import { hasShared, listWire, wireJson, wireText } from './fixtures.js'

/** One recorded HTTP body, as Python's asn1crypto and cryptography read it. */
export interface WireEntry {
  readonly file: string
  readonly side: 'req' | 'rsp'
  readonly via?: 'query' | 'body'
  readonly contentType: string | null
  readonly caps?: readonly string[]
  readonly cert?: string
  readonly digest?: string
  readonly messageType?: string
  readonly transactionID?: string
  readonly senderNonce?: string | null
  readonly recipientNonce?: string | null
  readonly pkiStatus?: string
  readonly failInfo?: string | null
  readonly signature?: string
  readonly signerSelfSigned?: boolean
  readonly enc?: string
  readonly keyEnc?: string
  readonly key?: string
  readonly signerKeyIsCsrKey?: boolean
  readonly inner?: {
    readonly subject?: string
    readonly challenge?: string | null
    readonly certs?: readonly string[]
    readonly crls?: number
    readonly serial?: number
  }
}

export const wireEntries: readonly WireEntry[] = hasShared ? (wireJson('index.json') as readonly WireEntry[]) : []

/** Everything that the recordings use, old things by name. */
export const acceptRecorded: Required<AcceptedAlgorithms> = {
  digests: ['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'],
  signatures: ['RSASSA-PKCS1-v1_5', 'RSA-PSS', 'ECDSA'],
  ciphers: ['AES-128-CBC', 'AES-192-CBC', 'AES-256-CBC', 'AES-128-GCM', 'AES-256-GCM', 'DES-EDE3-CBC', 'DES-CBC'],
  keyTransport: ['RSAES-PKCS1-v1_5', 'RSA-OAEP'],
  minRsaBits: 1024,
}

export const DIGEST_NAMES: Readonly<Record<string, string>> = {
  md5: 'MD5',
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
}
export const CIPHER_NAMES: Readonly<Record<string, string>> = {
  des: 'DES-CBC',
  tripledes_3key: 'DES-EDE3-CBC',
  aes128_cbc: 'AES-128-CBC',
  aes192_cbc: 'AES-192-CBC',
  aes256_cbc: 'AES-256-CBC',
  aes256_gcm: 'AES-256-GCM',
}

const caFiles = hasShared ? listWire('', /^(mdmb|micromdm|static|pki)\/(ca|ra|nextca)\.pem$/) : []

/** Certificates of the CAs and RAs that the servers had. */
export const wireCas: readonly Certificate[] = caFiles.flatMap((file) => parseCertificates(wireText(file)))

/** CA or RA identity of a recorded server, by the key file that the index names. */
export async function wireServer(key: string): Promise<Identity> {
  return importIdentity({
    certificate: parseCertificate(wireText(key.replace(/\.key$/, '.pem'))),
    privateKey: wireText(key),
  })
}

/** Whether two certificates hold one key. */
export function keyId(certificate: Certificate): string {
  return encodeHex(certificateParts(certificate).key.spki)
}
