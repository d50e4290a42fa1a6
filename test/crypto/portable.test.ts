import { runtime } from '#runtime'
import { expect, test, vi } from 'vitest'
import { ciphers } from './cipher-suite.js'
import { unwrapping } from './key-transport-suite.js'
import { importing, reading, refusing } from './private-key-suite.js'
import { plainContext } from './support.js'

// What a browser or edge worker runs: bare WebCrypto, and JavaScript for the rest. Wycheproof's vectors, hundreds of RSA
// operations in JavaScript: portable.long.test.ts.
vi.mock('#runtime', () => import('../../src/runtime/portable.js'))

test('the code under test is the one that is meant', () => {
  expect(runtime.native).toBeNull()
})

importing('portable', plainContext)
refusing(plainContext)
reading(plainContext)
ciphers('portable', plainContext)
unwrapping('portable', plainContext)
