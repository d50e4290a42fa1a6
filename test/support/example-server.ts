import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

// examples/server as a program of its own, over the built package, in Node and in workerd.

const root = fileURLToPath(new URL('../..', import.meta.url))
const runtimeTools = join(root, 'test/runtime/node_modules')

/** Whether the runtimes' own package is installed (`npm ci` in test/runtime). */
export const hasRuntimes: boolean = existsSync(join(runtimeTools, 'miniflare'))

export interface ExampleServer {
  readonly url: string
  /** Its log: one line a request. */
  readonly log: () => string
  close(): Promise<void>
}

export const CHALLENGE = 'a secret'
export const ADMIN_TOKEN = 'an admin'

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  })
}

async function started(url: string, child: ChildProcess, folder: string): Promise<ExampleServer> {
  let log = ''
  const keep = (chunk: Buffer) => {
    log += chunk.toString()
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  for (let tries = 0; ; tries++) {
    if (child.exitCode !== null || tries > 200) throw new Error(`the server did not start: ${log}`)
    const up = await fetch(`${url}/scep?operation=GetCACaps`).then(
      (response) => response.ok,
      () => false,
    )
    if (up) break
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return {
    url,
    log: () => log,
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGKILL'), 3000).unref()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** `program`: which Node. `options`: further ones of the server's command line. */
export async function startOnNode(
  program: string = process.execPath,
  ...options: readonly string[]
): Promise<ExampleServer> {
  const port = await freePort()
  const url = `http://127.0.0.1:${String(port)}`
  const folder = mkdtempSync(join(tmpdir(), 'mdm-example-'))
  const fixed = [
    '--url',
    url,
    '--listen',
    `127.0.0.1:${String(port)}`,
    '--keys',
    join(folder, 'keys'),
    '--challenge',
    CHALLENGE,
  ]
  const child = spawn(program, [join(root, 'examples/server/node.mjs'), ...fixed, ...options], {
    cwd: root,
    env: { ...process.env, MDM_ADMIN_TOKEN: ADMIN_TOKEN },
  })
  return started(url, child, folder)
}

export const node24: string = join(runtimeTools, 'node24/bin/node')

export async function startOnWorkerd(): Promise<ExampleServer> {
  const port = await freePort()
  const url = `http://127.0.0.1:${String(port)}`
  const folder = mkdtempSync(join(tmpdir(), 'mdm-example-'))
  const outfile = join(folder, 'worker.mjs')
  await build({
    entryPoints: [join(root, 'examples/server/worker.mjs')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser'],
    logLevel: 'error',
  })
  const { makeCa } = (await import(join(root, 'examples/server/keys.mjs'))) as {
    makeCa: () => Promise<{ certificate: string; privateKey: string }>
  }
  const ca = await makeCa()
  const child = spawn(node24, [join(root, 'test/runtime/serve-workerd.mjs'), outfile, String(port)], { cwd: root })
  child.stdin.end(
    JSON.stringify({
      CA_CERT: ca.certificate,
      CA_KEY: ca.privateKey,
      CHALLENGE_SECRET: Buffer.alloc(32, 7).toString('base64'),
      URL: url,
      CHALLENGE,
      ADMIN_TOKEN,
    }),
  )
  return started(url, child, folder)
}
