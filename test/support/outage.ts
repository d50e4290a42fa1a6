import { webcrypto } from 'node:crypto'
import type { Bytes, CryptoProvider } from '../../src/types.js'

export const OUTAGE: Error = new Error('the provider is not there')

/** A provider whose n-th call of one method is rejected, and no other. */
export function failingProvider(method: 'verify' | 'digest', call: number): CryptoProvider {
  let calls = 0
  const subtle = new Proxy(webcrypto.subtle, {
    get: (target, name) => {
      const own: unknown = Reflect.get(target, name)
      if (typeof own !== 'function') return own
      return (...args: unknown[]) => {
        if (name === method && ++calls === call) return Promise.reject(OUTAGE)
        return Reflect.apply(own, target, args) as unknown
      }
    },
  })
  return { subtle, getRandomValues: (array: Bytes) => webcrypto.getRandomValues(array) }
}

/** A provider that has not heard of one algorithm. */
export function providerWithout(algorithm: 'ECDSA' | 'RSASSA-PKCS1-v1_5'): CryptoProvider {
  const subtle = new Proxy(webcrypto.subtle, {
    get: (target, name) => {
      const own: unknown = Reflect.get(target, name)
      if (typeof own !== 'function') return own
      return (...args: unknown[]) => {
        const named = args.some((one) => (one as { readonly name?: unknown } | null)?.name === algorithm)
        if (named) return Promise.reject(new DOMException('not here', 'NotSupportedError'))
        return Reflect.apply(own, target, args) as unknown
      }
    },
  })
  return { subtle, getRandomValues: (array: Bytes) => webcrypto.getRandomValues(array) }
}
