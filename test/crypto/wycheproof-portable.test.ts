import { vi } from 'vitest'
import { wycheproof } from './wycheproof.js'

// What a browser or edge worker runs: bare WebCrypto, and JavaScript for the rest.
vi.mock('#runtime', () => import('../../src/runtime/portable.js'))

wycheproof('portable')
