import { vi } from 'vitest'
import { ciphers } from './cipher-suite.js'
import { plainContext } from './support.js'

vi.mock('#runtime', () => import('../../src/runtime/portable.js'))

ciphers('bare WebCrypto', plainContext)
