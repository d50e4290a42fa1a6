import { vi } from 'vitest'
import { generating, refusing } from './private-key-suite.js'
import { plainContext } from './support.js'
import { wycheproof } from './wycheproof.js'

// The same as portable.test.ts: what takes seconds, and all cases of what draws them.
vi.mock('#runtime', () => import('../../src/runtime/portable.js'))

wycheproof('portable')
refusing(plainContext)
generating(undefined)
