import { readFileSync } from 'node:fs'
import { readPemBlocks } from '../../src/asn1/pem.js'
import { type CraftKey, keyFromPkcs8 } from '../x509/craft.js'

// Throw-away keys that lie ready, as making one takes longer than most tests. rsa-keys.pem was made by
//   for i in 1 2 3 4 5 6 7 8; do openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048; done > rsa-keys.pem
//   for n in 1024 3072; do openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:$n; done >> rsa-keys.pem

const pem = readFileSync(new URL('./rsa-keys.pem', import.meta.url), 'utf8')
const keys = [...readPemBlocks(pem)].map(({ der }) => keyFromPkcs8(der))

/** One of eight keys of 2048 bits. */
export function rsaKey(number: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7): CraftKey {
  return keys[number]!
}

export const SMALL_RSA_KEY: CraftKey = keys[8]!
export const LARGE_RSA_KEY: CraftKey = keys[9]!
