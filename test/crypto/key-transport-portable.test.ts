import { vi } from 'vitest'
import { unwrapping } from './key-transport-suite.js'
import { plainContext } from './support.js'

vi.mock('#runtime', () => import('../../src/runtime/portable.js'))

unwrapping('bare WebCrypto', plainContext)
