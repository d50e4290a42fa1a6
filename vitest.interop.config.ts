import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Foreign clients over loopback: a file at a time, as each starts a server and waits for other programs.
export default defineConfig({
  resolve: { alias: { '#runtime': fileURLToPath(new URL('./src/runtime/node.ts', import.meta.url)) } },
  test: {
    include: ['test/interop/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
