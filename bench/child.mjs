// Fresh processes: for cold imports, and for memory that nobody else has touched.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs a module given as text; what it writes is JSON. `env`: beside what this process has. */
export function runChild(source, flags = [], env = {}) {
  const args = [...flags, '--input-type=module', '--eval', source]
  const options = { cwd: root, encoding: 'utf8', env: { ...process.env, ...env } }
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options)
  if (status !== 0) throw new Error(`child: ${stderr}`)
  return JSON.parse(stdout)
}
