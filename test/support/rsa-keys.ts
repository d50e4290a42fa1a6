import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readPemBlocks } from '../../src/asn1/pem.js'
import { generateKey, type KeyType } from '../../src/crypto/private-key.js'
import type { Bytes } from '../../src/types.js'

// Throw-away keys that lie ready, as making one takes longer than most tests. rsa-keys.pem was made by
//   for i in 1 2 3 4 5 6 7 8; do openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048; done > rsa-keys.pem
//   for n in 1024 3072; do openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:$n; done >> rsa-keys.pem
//   for n in 512:65537 1024:3 1024:17 2048:3; do openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:${n%:*} \
//     -pkeyopt rsa_keygen_pubexp:${n#*:}; done >> rsa-keys.pem

/** A key in all the forms that tests ask for. */
export interface ReadyKey {
  readonly privateKey: KeyObject
  readonly pkcs8: Bytes
  readonly spki: Bytes
}

export function keyFromPkcs8(pkcs8: Uint8Array): ReadyKey {
  return readyKey(createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' }))
}

export function readyKey(privateKey: KeyObject): ReadyKey {
  const pkcs8 = new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' }))
  const spki = new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }))
  return { privateKey, pkcs8, spki }
}

const pem = readFileSync(new URL('./rsa-keys.pem', import.meta.url), 'utf8')
const keys = [...readPemBlocks(pem)].map(({ der }) => keyFromPkcs8(der))

/** One of eight keys of 2048 bits. */
export function rsaKey(number: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7): ReadyKey {
  return keys[number]!
}

/** Another one of the eight than the last time. */
export function nextRsaKey(): ReadyKey {
  turn = (turn + 1) % 8
  return keys[turn]!
}
let turn = 0

/** Like `generateKey`, but RSA keys lie ready. */
export async function makeKey(type: KeyType): Promise<{ readonly privateKey: Bytes; readonly publicKey: Bytes }> {
  if (type !== 'RSA-2048') return generateKey(type)
  const { pkcs8, spki } = nextRsaKey()
  return { privateKey: pkcs8, publicKey: spki }
}

export const SMALL_RSA_KEY: ReadyKey = keys[8]!
export const LARGE_RSA_KEY: ReadyKey = keys[9]!

/** A key of this size and public exponent, the same one each time. */
export function rsaKeyOf(bits: number, exponent = 65537): ReadyKey {
  const found = keys.find(({ privateKey: { asymmetricKeyDetails } }) => {
    return asymmetricKeyDetails?.modulusLength === bits && asymmetricKeyDetails.publicExponent === BigInt(exponent)
  })
  if (found === undefined)
    throw new Error(`no key of ${String(bits)} bits with exponent ${String(exponent)} lies ready`)
  return found
}
