// The private operation where a runtime has no raw RSA: BigInt, blinded.
import { constants, privateDecrypt, randomFillSync } from 'node:crypto'
import { rawRsaBigInt } from '../../dist/runtime/rsa-bigint.js'
import { contestRow } from '../contest.mjs'
import { makeKey, rsaParts } from '../data/identities.mjs'

function prepare() {
  const { privateKey } = makeKey()
  const block = randomFillSync(new Uint8Array(256))
  block[0] = 0
  const portable = rawRsaBigInt(rsaParts(privateKey), (length) => randomFillSync(new Uint8Array(length)))
  return {
    ours: () => portable.rawDecrypt(block),
    peers: { 'node:crypto': () => privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, block) },
  }
}

export const rows = [
  contestRow('portable-rsa', 'RSA-2048 private operation in JavaScript', { longest: 15_000 }, prepare),
]
