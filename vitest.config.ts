import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// The unit suite. What needs foreign programs or other runtimes has a configuration of its own beside this one.
export default defineConfig({
  resolve: { alias: { '#runtime': fileURLToPath(new URL('./src/runtime/node.ts', import.meta.url)) } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/runtime/**', 'test/interop/**', 'node_modules/**'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
})
