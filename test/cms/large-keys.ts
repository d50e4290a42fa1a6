import type { Bytes } from '../../src/types.js'
import { hex, tlv } from '../support/asn1.js'
import { draw } from '../support/random.js'
import { algorithm, OIDS } from './craft.js'

const random = draw(77)
/** SubjectPublicKeyInfo. Nobody has the private key: what it "signed" is never valid, and takes as long. */
export function largeKey(bits: number, exponent: Bytes = hex('00ffffffff')): Bytes {
  const modulus = random.bytes(bits / 8)
  modulus[0]! |= 0x80
  modulus[modulus.length - 1]! |= 1
  const pkcs1 = tlv(0x30, tlv(0x02, hex('00'), modulus), tlv(0x02, exponent))
  return tlv(0x30, algorithm(OIDS.rsaEncryption), tlv(0x03, hex('00'), pkcs1))
}
