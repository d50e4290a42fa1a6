import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runAsync, type RunResult, TOOLS, type Workplace } from './openssl.js'

/** A certmonger of its own, with its state in a temporary folder, listening on a private socket: no bus is touched. */
export interface Certmonger {
  readonly getcert: (...args: readonly string[]) => Promise<RunResult>
  /** What the daemon keeps about a request (`getcert request -I <id>`), by field. */
  readonly requestRecord: (id: string) => ReadonlyMap<string, string>
  readonly close: () => Promise<void>
}

export async function startCertmonger(place: Workplace): Promise<Certmonger> {
  const state = (name: string): string => place.path(`certmonger-${name}`)
  for (const name of ['config', 'requests', 'cas', 'local', 'tmp']) mkdirSync(state(name))
  const socket = place.path('certmonger.socket')
  const env = {
    ...process.env,
    HOME: place.folder,
    CERTMONGER_CONFIG_DIR: state('config'),
    CERTMONGER_REQUESTS_DIR: state('requests'),
    CERTMONGER_CAS_DIR: state('cas'),
    CERTMONGER_LOCAL_CA_DIR: state('local'),
    CERTMONGER_TMPDIR: state('tmp'),
  }
  // -L: no bus, -P: the socket, -n: stay in the foreground.
  const daemon = spawn(TOOLS.certmongerSession.command, ['-n', '-L', '-P', socket], { env, stdio: 'ignore' })
  const ended = new Promise<void>((done) =>
    daemon.on('exit', () => {
      done()
    }),
  )
  await until(() => existsSync(socket), 'certmonger to open its socket')
  const client = { workplace: place, env: { CERTMONGER_PVT_ADDRESS: `unix:path=${socket}` }, timeoutMs: 40_000 }
  return {
    getcert: (...args) => runAsync('getcert', args, client),
    requestRecord: (id) => recordsIn(state('requests')).find((record) => record.get('id') === id) ?? new Map(),
    close: async () => {
      daemon.kill('SIGTERM')
      await ended
    },
  }
}

/** Waits for something that another process does. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 50) {
    if (await holds()) return
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error(`waited in vain for ${what}`)
}

/** certmonger's files: `key=value` lines; a line that begins with a space goes on with the value. */
function recordsIn(folder: string): readonly ReadonlyMap<string, string>[] {
  return readdirSync(folder).map((name) => {
    const lines = readFileSync(join(folder, name), 'utf8').replaceAll('\n ', '\r').split('\n')
    const pairs = lines.filter((line) => line.includes('=')).map((line) => line.replaceAll('\r', '\n'))
    return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
  })
}
