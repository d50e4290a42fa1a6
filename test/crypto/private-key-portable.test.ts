import { vi } from 'vitest'
import { generating, importing, reading, refusing } from './private-key-suite.js'
import { plainContext } from './support.js'

vi.mock('#runtime', () => import('../../src/runtime/portable.js'))

importing('bare WebCrypto', plainContext)
refusing(plainContext)
reading(plainContext)
generating(undefined)
