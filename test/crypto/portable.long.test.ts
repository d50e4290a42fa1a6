import { vi } from 'vitest'
import { generating } from './private-key-suite.js'
import { wycheproof } from './wycheproof.js'

// The same as portable.test.ts: what takes seconds.
vi.mock('#runtime', () => import('../../src/runtime/portable.js'))

wycheproof('portable')
generating(undefined)
