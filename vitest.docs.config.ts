import { defineConfig } from 'vitest/config'

// What users write: wrong calls, which must not compile, and the code of the documentation, which must, and runs. All of it
// over dist/, so that a build is needed.
export default defineConfig({
  test: {
    include: ['test/types/*.test.ts', 'test/docs/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
