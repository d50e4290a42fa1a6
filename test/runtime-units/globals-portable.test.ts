import { afterAll, expect, test, vi } from 'vitest'
import { callContext } from '../../src/crypto/context.js'
import { digest } from '../../src/crypto/digest.js'
import { generateKey } from '../../src/crypto/private-key.js'
import { randomBytes } from '../../src/crypto/random.js'
import { expectRefusal, expectRejection } from '../support/hostile.js'
import { everythingWithoutGlobals } from './everything.js'

vi.mock('#runtime', () => import('../../src/runtime/portable.js'))

afterAll(() => {
  vi.unstubAllGlobals()
})

test.each([
  ['no crypto', undefined],
  ['crypto without subtle, as outside a secure context', { getRandomValues: () => new Uint8Array(1) }],
])('%s is said in words', async (_, crypto) => {
  vi.stubGlobal('crypto', crypto)
  const ctx = callContext(undefined)
  expectRefusal(() => digest('SHA-256', new Uint8Array(1), ctx), 'ERR_CRYPTO_UNAVAILABLE', /WebCrypto/)
  expectRefusal(() => randomBytes(1, ctx), 'ERR_CRYPTO_UNAVAILABLE', /WebCrypto/)
  await expectRejection(generateKey('P-256'), 'ERR_CRYPTO_UNAVAILABLE', /WebCrypto/)
  expect(await digest('MD5', new Uint8Array(0), ctx)).toHaveLength(16)
})

test('the provider is looked up at the call', async () => {
  vi.unstubAllGlobals()
  const ctx = callContext(undefined)
  expect(await digest('SHA-256', new Uint8Array(1), ctx)).toHaveLength(32)
  vi.stubGlobal('crypto', undefined)
  expectRefusal(() => digest('SHA-256', new Uint8Array(1), ctx), 'ERR_CRYPTO_UNAVAILABLE')
})

test('with a provider and a moment given, neither the global crypto nor the clock is touched', everythingWithoutGlobals)
