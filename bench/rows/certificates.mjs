// Reading a certificate.
import 'reflect-metadata'
import { X509Certificate as PeculiarCertificate } from '@peculiar/x509'
import { X509Certificate } from 'node:crypto'
import forge from 'node-forge'
import * as pkijs from 'pkijs'
import { parseCertificate } from '../../dist/x509.js'
import { contestRow } from '../contest.mjs'
import { makeIssued, makeSelfSigned } from '../data/identities.mjs'

async function prepare() {
  const ca = await makeSelfSigned('Example Device CA', 'ca')
  const { certificate } = await makeIssued('device-1', 'device-identity', ca)
  const { der } = certificate
  const buffer = Uint8Array.from(der).buffer
  const binary = Buffer.from(der).toString('binary')
  return {
    ours: () => parseCertificate(der),
    peers: {
      pkijs: () => pkijs.Certificate.fromBER(buffer),
      '@peculiar/x509': () => new PeculiarCertificate(buffer),
      'node-forge': () => forge.pki.certificateFromAsn1(forge.asn1.fromDer(binary)),
      'node:crypto X509Certificate, nothing read': () => new X509Certificate(der),
    },
  }
}

export const rows = [contestRow('certificate', 'parseCertificate', { ahead: { pkijs: 50 }, longest: 15 }, prepare)]
