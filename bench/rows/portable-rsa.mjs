// The private operation where a runtime has no raw RSA: BigInt, blinded.
import { constants, privateDecrypt, randomFillSync } from 'node:crypto'
import { rawRsaBigInt } from '../../dist/runtime/rsa-bigint.js'
import { contestRow } from '../contest.mjs'
import { makeKey } from '../data/identities.mjs'

const octets = (text) => new Uint8Array(Buffer.from(text, 'base64url'))

function prepare() {
  const { privateKey } = makeKey()
  const { n, e, d, p, q, dp, dq, qi } = privateKey.export({ format: 'jwk' })
  const parts = {
    kind: 'RSA',
    pkcs1: new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs1' })),
    modulus: octets(n),
    publicExponent: octets(e),
    privateExponent: octets(d),
    prime1: octets(p),
    prime2: octets(q),
    exponent1: octets(dp),
    exponent2: octets(dq),
    coefficient: octets(qi),
  }
  const block = randomFillSync(new Uint8Array(256))
  block[0] = 0
  const portable = rawRsaBigInt(parts, (length) => randomFillSync(new Uint8Array(length)))
  return {
    ours: () => portable.rawDecrypt(block),
    peers: { 'node:crypto': () => privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, block) },
  }
}

export const rows = [
  contestRow('portable-rsa', 'RSA-2048 private operation in JavaScript', { longest: 15_000 }, prepare),
]
