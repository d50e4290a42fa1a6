import { vi } from 'vitest'
import { ciphers } from './cipher-suite.js'
import { unwrapping } from './key-transport-suite.js'
import { generating, importing, reading, refusing } from './private-key-suite.js'
import { plainContext } from './support.js'
import { wycheproof } from './wycheproof.js'

// What a browser or edge worker runs: bare WebCrypto, and JavaScript for the rest.
vi.mock('#runtime', () => import('../../src/runtime/portable.js'))

wycheproof('portable')
importing('portable', plainContext)
refusing(plainContext)
reading(plainContext)
generating(undefined)
ciphers('portable', plainContext)
unwrapping('portable', plainContext)
