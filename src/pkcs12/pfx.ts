// The outside of a PKCS#12 file and its MAC. Read by the package's own strict reader: pkijs only ever sees what the MAC has
// vouched for.
import {
  contentOf,
  type DerCursor,
  type DerValue,
  enter,
  enterNext,
  finish,
  next,
  nextIf,
  TAG,
  contextConstructed,
} from '../asn1/der-reader.js'
import { nextOid, smallInteger } from '../asn1/der-values.js'
import { readBer } from '../asn1/ber.js'
import { OID } from '../asn1/oid.js'
import { digestOf, readAlgorithmIdentifier } from '../crypto/algorithms.js'
import { fail } from '../errors.js'
import type { DigestName } from '../types.js'
import { boundedSalt, PKCS12 } from './limits.js'

export interface MacData {
  readonly digest: DigestName
  readonly value: Uint8Array
  readonly salt: Uint8Array
  readonly iterations: number
}
export interface Pfx {
  /** Octets of the AuthenticatedSafe, over which the MAC is. */
  readonly content: Uint8Array
  readonly mac: MacData
}

/** RFC 7292 §4. Throws `ERR_PKCS12_INVALID`, `ERR_ALGORITHM_UNKNOWN`, `ERR_ENCODING`, `ERR_LIMIT`. */
export function readPfx(input: Uint8Array): Pfx {
  const pfx = enter(readBer(input, PKCS12), TAG.SEQUENCE, PKCS12, 'PFX')
  if (smallInteger(next(pfx, TAG.INTEGER, 'version'), PKCS12, 'version') !== 3)
    fail('ERR_PKCS12_INVALID', 'PKCS#12: version 3 is expected')
  const content = readContent(pfx)
  const mac = nextIf(pfx, TAG.SEQUENCE)
  // Without it anybody can exchange the encrypted parts, and Apple's importer refuses the file.
  if (mac === null) return fail('ERR_PKCS12_INVALID', 'PKCS#12: there is no MAC')
  finish(pfx, 'PFX')
  return { content, mac: readMac(mac) }
}

function readContent(pfx: DerCursor): Uint8Array {
  const info = enterNext(pfx, TAG.SEQUENCE, 'authSafe')
  if (nextOid(info, 'authSafe') !== OID.data)
    fail('ERR_PKCS12_INVALID', 'PKCS#12: integrity by password is expected, not by signature')
  const wrapped = enterNext(info, contextConstructed(0), 'authSafe')
  const content = contentOf(next(wrapped, TAG.OCTET_STRING, 'authSafe'))
  finish(wrapped, 'authSafe')
  finish(info, 'authSafe')
  return content
}

function readMac(value: DerValue): MacData {
  const cursor = enter(value, TAG.SEQUENCE, PKCS12, 'macData')
  const info = enterNext(cursor, TAG.SEQUENCE, 'mac')
  const digest = macDigest(next(info, TAG.SEQUENCE, 'mac'))
  const mac = contentOf(next(info, TAG.OCTET_STRING, 'mac'))
  finish(info, 'mac')
  const salt = boundedSalt(contentOf(next(cursor, TAG.OCTET_STRING, 'macSalt')))
  const count = nextIf(cursor, TAG.INTEGER)
  finish(cursor, 'macData')
  const iterations = count === null ? 1 : smallInteger(count, PKCS12, 'iterations')
  return { digest, value: mac, salt, iterations }
}

function macDigest(value: DerValue): DigestName {
  const id = readAlgorithmIdentifier(value, PKCS12, 'mac')
  if (id.oid === OID.pbmac1) return fail('ERR_ALGORITHM_UNKNOWN', 'PKCS#12: a MAC with PBMAC1 is not supported')
  const digest = digestOf(id)
  if (digest === 'MD5') return fail('ERR_ALGORITHM_UNKNOWN', 'PKCS#12: a MAC with MD5 is not supported')
  return digest
}
