import { readPemBlocks } from '../../src/asn1/pem.js'
import { latin1Text } from '../../src/bytes/bytes.js'
import type { Bytes } from '../../src/types.js'
import { fixture, listFixtures, listWire, wire } from '../support/fixtures.js'

export interface Recorded {
  readonly path: string
  readonly label: 'CERTIFICATE' | 'CERTIFICATE REQUEST'
  readonly der: Bytes
}

// A DER certificate with its own PEM text appended by whoever stored it: no certificate, by any reading.
const GLUED = ['AppleAAICA.cer', 'AppleISTCA8G1.cer', 'AppleTimestampCA.cer']
// Of the PKITS suite: the first octet of the signature's BIT STRING was changed too, to an impossible count of bits.
const BAD_BIT_STRING = ['BadSignedCACert.crt', 'InvalidDSASignatureTest6EE.crt']

export interface Unreadable {
  readonly path: string
  readonly der: Bytes
}

/** Every certificate and request that lies in the fixtures by itself: DER files and PEM blocks, each DER once. */
export function recordedX509(): { readonly good: readonly Recorded[]; readonly bad: readonly Unreadable[] } {
  const good = new Map<string, Recorded>()
  const bad: Unreadable[] = []
  const files = [
    ...listFixtures('.').map((path) => [path, fixture(path)] as const),
    ...listWire('').map((path) => [`wire/${path}`, wire(path)] as const),
  ]
  for (const [path, bytes] of files) {
    if ([...GLUED, ...BAD_BIT_STRING].some((name) => path.endsWith(`/${name}`))) bad.push({ path, der: bytes })
    else for (const found of x509In(path, bytes)) good.set(latin1Text(found.der), found)
  }
  return { good: [...good.values()], bad }
}

function x509In(path: string, bytes: Bytes): readonly Recorded[] {
  if (bytes[0] === 0x30) {
    if (/\.(cer|crt)$/.test(path)) return [{ path, label: 'CERTIFICATE', der: bytes }]
    if (/(_csr|csr-expected|p10)\.der$|\.csr$/.test(path)) return [{ path, label: 'CERTIFICATE REQUEST', der: bytes }]
    return []
  }
  const text = latin1Text(bytes)
  if (!text.includes('-----BEGIN CERTIFICATE')) return []
  return readPemBlocks(text).flatMap(({ label, der }) =>
    label === 'CERTIFICATE' || label === 'CERTIFICATE REQUEST' ? [{ path, label, der }] : [],
  )
}
