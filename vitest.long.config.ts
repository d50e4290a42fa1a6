import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Property runs and iteration counts that take their time. `npm test` runs them; the unit suite stays quick without.
export default defineConfig({
  resolve: { alias: { '#runtime': fileURLToPath(new URL('./src/runtime/node.ts', import.meta.url)) } },
  test: {
    include: ['test/**/*.long.test.ts'],
    exclude: ['test/runtime/**', 'node_modules/**'],
    setupFiles: ['test/support/equal-bytes.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
})
