import type { CryptoProvider } from '../../src/types.js'

export const now: Date
export function fixedProvider(seed?: number): CryptoProvider
export function prepare(lib: object): Promise<object>
