import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

// The load run in small: that it works and that no request fails. How fast is a question for a machine that is quiet.

const root = fileURLToPath(new URL('../..', import.meta.url))

test('200 devices enrol and send 2,000 check-ins, 32 in flight, without an error', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(root, 'bench/server.mjs'), '--quick'])
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^enrolments +200 +0 /m)
  expect(stdout).toMatch(/^check-ins +2,000 +0 /m)
  expect(stdout).toMatch(/\n0 errors\n$/)
}, 120_000)
