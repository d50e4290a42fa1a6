import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// What the compiler is needed for. What users write: wrong calls, which must not compile, and the code of the documentation,
// which must, and runs, over dist/, so that a build is needed; and the check of the imports.
export default defineConfig({
  resolve: { alias: { '#runtime': fileURLToPath(new URL('./src/runtime/node.ts', import.meta.url)) } },
  test: {
    include: ['test/types/*.test.ts', 'test/docs/*.test.ts', 'test/tooling/imports.test.ts'],
    // The compiled blocks: Node's own import, with the package as it is installed.
    server: { deps: { external: [/\/out\/[^/]*\.js$/] } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
