import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// These put something else in the place of a module or count what is in the global object: each in a world of its own.
const ALONE = ['test/crypto/portable.test.ts', 'test/runtime-units/*.test.ts']
// Property runs that take their time: vitest.long.config.ts.
const LONG = 'test/**/*.long.test.ts'

// The unit suite, in seconds. What needs foreign programs or other runtimes has a configuration of its own beside this one.
export default defineConfig({
  resolve: {
    alias: [
      { find: '#runtime', replacement: fileURLToPath(new URL('./src/runtime/node.ts', import.meta.url)) },
      // The examples name the package as their users do.
      { find: /^mdm-protocol$/, replacement: fileURLToPath(new URL('./src/index.ts', import.meta.url)) },
    ],
  },
  test: {
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Both processors: the default leaves one of them to a watcher, and of two that is half.
    maxWorkers: availableParallelism(),
    setupFiles: ['test/support/equal-bytes.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // The modules are loaded once for many files: half of the time went there.
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/runtime/**',
            'test/interop/**',
            'test/docs/**',
            // What needs the TypeScript compiler, which takes seconds: vitest.docs.config.ts.
            'test/types/**',
            'test/tooling/imports.test.ts',
            'test/poisoned/**',
            'node_modules/**',
            LONG,
            ...ALONE,
          ],
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
  },
})
