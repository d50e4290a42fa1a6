import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = new URL('./test/', import.meta.url)
const ELSEWHERE = /^(?:runtime|interop|docs)\/|node_modules\/|\.long\.test\.ts$|crypto\/portable\.test\.ts$/
// Those that draw their cases, themselves or in a suite: the unit suite takes a third of them.
const drawing = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.test.ts') && !ELSEWHERE.test(name))
  .filter((name) => /\b(?:flips|truncations|drawn)\(|-suite\.js'/.test(readFileSync(new URL(name, root), 'utf8')))

// Property runs and iteration counts that take their time. `npm test` runs them; the unit suite stays quick without.
export default defineConfig({
  resolve: { alias: { '#runtime': fileURLToPath(new URL('./src/runtime/node.ts', import.meta.url)) } },
  test: {
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: availableParallelism(),
    env: { MDM_PROTOCOL_TEST_CASES: 'all' },
    setupFiles: ['test/support/equal-bytes.ts'],
    projects: [
      { extends: true, test: { name: 'long', include: ['test/**/*.long.test.ts'], exclude: ['test/runtime/**'] } },
      {
        extends: true,
        test: {
          name: 'all cases',
          isolate: false,
          include: drawing.map((name) => `test/${name}`),
        },
      },
    ],
  },
})
