import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// What users write: wrong calls, which must not compile, and the code of the documentation, which must, and runs. All of it
// over dist/, so that a build is needed.
export default defineConfig({
  resolve: { alias: { '#runtime': fileURLToPath(new URL('./src/runtime/node.ts', import.meta.url)) } },
  test: {
    include: ['test/types/*.test.ts', 'test/docs/*.test.ts'],
    // The compiled blocks: Node's own import, with the package as it is installed.
    server: { deps: { external: [/\/out\/[^/]*\.js$/] } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
