import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const runtime = (name: string): Record<string, string> => ({
  '#runtime': fileURLToPath(new URL(`./src/runtime/${name}.ts`, import.meta.url)),
})

// The unit suite once more, in a world where the global crypto, the clock, Math.random, console, fetch and the engine
// of pkijs throw when the library touches them; and the cases of the runtime suite, over both runtimes.
export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 20_000,
    maxWorkers: availableParallelism(),
    setupFiles: ['test/support/poison.ts', 'test/support/equal-bytes.ts'],
    projects: [
      {
        extends: true,
        resolve: { alias: runtime('node') },
        test: {
          name: 'unit',
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: [
            ...['runtime', 'runtime-units', 'interop', 'docs', 'types', 'poisoned', 'tooling', 'examples'].map(
              (room) => `test/${room}/**`,
            ),
            ...['node_modules/**', 'test/**/*.long.test.ts', 'test/crypto/portable.test.ts'],
          ],
        },
      },
      {
        extends: true,
        resolve: { alias: runtime('node') },
        test: { name: 'node', include: ['test/poisoned/*.test.ts'] },
      },
      {
        extends: true,
        resolve: { alias: runtime('portable') },
        test: { name: 'portable', include: ['test/poisoned/cases.test.ts', 'test/crypto/portable*.test.ts'] },
      },
    ],
  },
})
