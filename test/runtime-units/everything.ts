import { webcrypto } from 'node:crypto'
import { expect, vi } from 'vitest'
import { CIPHERS } from '../../src/crypto/algorithms.js'
import { decryptContent, encryptContent } from '../../src/crypto/cipher.js'
import { callContext } from '../../src/crypto/context.js'
import { digest, hmac } from '../../src/crypto/digest.js'
import { unwrapKey, wrapKey } from '../../src/crypto/key-transport.js'
import { generateKey, importPrivateKey } from '../../src/crypto/private-key.js'
import { readPublicKey } from '../../src/crypto/public-key.js'
import { randomBytes } from '../../src/crypto/random.js'
import { verifySignature } from '../../src/crypto/verify.js'
import { oaep, V15 } from '../crypto/key-transport-suite.js'
import { rsaKey } from '../support/rsa-keys.js'

/** Any use of it throws. */
function poison(name: string): unknown {
  return new Proxy(
    {},
    {
      get: (_, property) => {
        throw new Error(`${name}.${String(property)} was read`)
      },
    },
  )
}

/** Dates are made, and the clock is not read. */
const clockless = new Proxy(Date, {
  construct: (target, parameters: readonly unknown[]) => {
    if (parameters.length === 0) throw new Error('the clock was read')
    return Reflect.construct(target, parameters) as object
  },
  get: (target, name) => {
    if (name === 'now') throw new Error('the clock was read')
    return Reflect.get(target, name) as unknown
  },
})

/** With a provider and a moment given, each operation once, while the global ones throw. */
export async function everythingWithoutGlobals(): Promise<void> {
  vi.stubGlobal('crypto', poison('crypto'))
  vi.stubGlobal('Date', clockless)
  try {
    expect(() => callContext(undefined).now).toThrow(/clock/)
    await everything()
  } finally {
    vi.unstubAllGlobals()
  }
}

async function everything(): Promise<void> {
  const ctx = callContext({ crypto: webcrypto, now: new Date(0) })
  await generateKey('P-256', { crypto: webcrypto })
  const { signer, rawRsa } = await importPrivateKey(rsaKey(0).pkcs8, ctx)
  const data = randomBytes(20, ctx)
  const key = readPublicKey(rsaKey(0).spki)
  const signature = await signer.sign(data, 'SHA-256')
  const algorithm = { signature: 'RSASSA-PKCS1-v1_5', digest: 'SHA-256', saltLength: null } as const
  expect(await verifySignature({ key, algorithm, data, signature }, ctx)).toBe(true)
  expect(await verifySignature({ key, algorithm, data: signature, signature }, ctx)).toBe(false)
  for (const transport of [V15, oaep('SHA-256')]) {
    const wrapped = await wrapKey(transport.name, key, data.subarray(4), ctx)
    expect(await unwrapKey({ rawRsa: rawRsa! }, key, transport, wrapped, 16, ctx)).toEqual(data.subarray(4))
  }
  for (const name of ['AES-128-CBC', 'DES-EDE3-CBC'] as const) {
    const [secret, iv] = [new Uint8Array(CIPHERS[name].keyLength), new Uint8Array(CIPHERS[name].ivLength)]
    const { ciphertext } = await encryptContent(CIPHERS[name], secret, iv, data, ctx)
    expect(await decryptContent(CIPHERS[name], secret, iv, ciphertext, ctx)).toEqual(data)
  }
  await digest('MD5', data, ctx)
  await hmac('SHA-256', data, data, ctx)
}
