import * as crypto from 'node:crypto'
import type { CallContext } from '../../src/crypto/context.js'
import { type EcPublicKey, type PublicKey, readPublicKey, type RsaPublicKey } from '../../src/crypto/public-key.js'
import type { Bytes, CryptoProvider } from '../../src/types.js'
import { rsaKeyOf, type ReadyKey } from '../support/rsa-keys.js'

/** The default way: whatever is fastest in this runtime. */
export const plainContext: CallContext = { provider: null, now: new Date(0) }
/** The way of a caller who names his provider. */
export const providerContext: CallContext = { provider: crypto.webcrypto, now: new Date(0) }

export interface KeyPair {
  readonly privateKey: crypto.KeyObject
  readonly publicKey: PublicKey
  readonly pkcs8: Bytes
  readonly spki: Bytes
}

function pairOf({ privateKey, publicKey }: crypto.KeyPairKeyObjectResult): KeyPair {
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }))
  const pkcs8 = new Uint8Array(privateKey.export({ type: 'pkcs8', format: 'der' }))
  return { privateKey, publicKey: readPublicKey(spki), pkcs8, spki }
}

/** A key that lies ready: the same one each time. */
export function rsaPair(bits = 2048, exponent = 65537): KeyPair & { readonly publicKey: RsaPublicKey } {
  return rsaPairOf(rsaKeyOf(bits, exponent))
}

export function rsaPairOf(key: ReadyKey): KeyPair & { readonly publicKey: RsaPublicKey } {
  const pair = { ...key, publicKey: readPublicKey(key.spki) }
  if (pair.publicKey.kind !== 'RSA') throw new Error('not RSA')
  return { ...pair, publicKey: pair.publicKey }
}

export function ecPair(curve: 'P-256' | 'P-384' | 'P-521'): KeyPair & { readonly publicKey: EcPublicKey } {
  const pair = pairOf(crypto.generateKeyPairSync('ec', { namedCurve: curve }))
  if (pair.publicKey.kind !== 'EC') throw new Error('not EC')
  return { ...pair, publicKey: pair.publicKey }
}

/** Passes everything on, and keeps the names of what was called. */
export function countingProvider(): { readonly provider: CryptoProvider; readonly calls: string[] } {
  const calls: string[] = []
  const subtle = new Proxy(crypto.webcrypto.subtle, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (...parameters: unknown[]) => {
        calls.push(String(name))
        return Reflect.apply(method, target, parameters) as unknown
      }
    },
  })
  const getRandomValues = (array: Bytes): Bytes => {
    calls.push('getRandomValues')
    return crypto.webcrypto.getRandomValues(array)
  }
  return { provider: { subtle, getRandomValues }, calls }
}

/** The same bytes each time: 1, 2, 3 … 255, 0, 1 … */
export function fixedProvider(): CryptoProvider {
  let next = 0
  const getRandomValues = (array: Bytes): Bytes => {
    for (let i = 0; i < array.length; i++) array[i] = ++next & 0xff
    return array
  }
  return { subtle: crypto.webcrypto.subtle, getRandomValues }
}
