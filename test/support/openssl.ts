import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Bytes } from '../../src/types.js'
import { isCi } from './fixtures.js'

/** A program that the tests ask for a second opinion, and how a Debian machine gets it. */
export interface Tool {
  /** What is run. A path only where the program is in no PATH. */
  readonly command: string
  /** Arguments that succeed when the program is usable; none: it is when it starts at all. */
  readonly probe: readonly string[]
  readonly packages: string
}

export const TOOLS = {
  openssl: { command: 'openssl', probe: ['version'], packages: 'openssl' },
  // Debian's own interpreter: another one earlier in the PATH does not see Debian's modules.
  python3: {
    command: '/usr/bin/python3',
    probe: ['-c', 'import cryptography'],
    packages: 'python3 python3-cryptography',
  },
  certtool: { command: 'certtool', probe: ['--version'], packages: 'gnutls-bin' },
  plistutil: { command: 'plistutil', probe: ['--version'], packages: 'libplist-utils' },
  pki: {
    command: 'pki',
    probe: ['--scep', '--help'],
    packages: 'strongswan-pki libstrongswan-standard-plugins libstrongswan-extra-plugins',
  },
  scepSubmit: { command: '/usr/lib/certmonger/scep-submit', probe: ['--help'], packages: 'certmonger' },
  certmongerSession: { command: '/usr/lib/certmonger/certmonger-session', probe: ['-v'], packages: 'certmonger' },
  pkcs11: { command: 'pkcs11-tool', probe: [], packages: 'opensc' },
  softhsm: { command: 'softhsm2-util', probe: ['--version'], packages: 'softhsm2' },
  getcert: { command: 'getcert', probe: [], packages: 'certmonger' },
} satisfies Record<string, Tool>

export type ToolName = keyof typeof TOOLS

/** Whether the program is there and starts. */
export function hasTool(name: ToolName): boolean {
  const known = probed.get(name)
  if (known !== undefined) return known
  const { command, probe } = TOOLS[name]
  const { status } = spawnSync(command, [...probe], { stdio: 'ignore', timeout: 20_000 })
  const found = status === 0 || (probe.length === 0 && status !== null)
  probed.set(name, found)
  return found
}
const probed = new Map<ToolName, boolean>()

/**
 * A block of tests that run other programs. Without them it is skipped, with the line that installs them; under CI,
 * where they have to be there, their absence is a failure.
 */
export function describeWithTools(name: string, tools: readonly ToolName[], body: () => void): void {
  const missing = tools.filter((tool) => !hasTool(tool))
  if (missing.length === 0) {
    describe(name, body)
    return
  }
  const packages = [...new Set(missing.flatMap((tool) => TOOLS[tool].packages.split(' ')))].join(' ')
  const advice = `${missing.join(', ')} missing; on Debian: apt-get install --no-install-recommends ${packages}`
  if (isCi()) {
    describe(name, () => {
      test('the programs are there', () => {
        expect(missing, advice).toEqual([])
      })
    })
  } else {
    console.warn(`skipped: ${name}: ${advice}`)
    describe.skip(name, () => {
      test(`needs ${missing.join(', ')}`, () => {
        expect(missing).toEqual([])
      })
    })
  }
}

/** A temporary folder for one run of tests. `close` removes it. */
export interface Workplace {
  readonly folder: string
  readonly path: (name: string) => string
  readonly write: (name: string, content: Uint8Array | string) => string
  readonly read: (name: string) => Bytes
  readonly readText: (name: string) => string
  readonly close: () => void
}

export function openWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'mdm-protocol-'))
  const path = (name: string): string => join(folder, name)
  return {
    folder,
    path,
    write: (name, content) => {
      writeFileSync(path(name), content)
      return path(name)
    },
    read: (name) => new Uint8Array(readFileSync(path(name))),
    readText: (name) => readFileSync(path(name), 'utf8'),
    close: () => {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export interface RunOptions {
  /** Files laid into the folder before the run. */
  readonly inputs?: Readonly<Record<string, Uint8Array | string>>
  readonly stdin?: Uint8Array | string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  /** Default: a fresh folder that is removed after the run. */
  readonly workplace?: Workplace
}
export interface RunResult {
  readonly status: number
  readonly stdout: Bytes
  readonly stdoutText: string
  readonly stderr: string
  /** Bytes of a file that the program wrote. */
  readonly output: (name: string) => Bytes
}

/** Runs a program in a temporary folder; files are named relative to it. Does not judge the exit code. */
export function run(tool: ToolName, args: readonly string[], options: RunOptions = {}): RunResult {
  const place = options.workplace ?? openWorkplace()
  try {
    for (const [name, content] of Object.entries(options.inputs ?? {})) place.write(name, content)
    const ended = spawnSync(TOOLS[tool].command, [...args], {
      cwd: place.folder,
      input: options.stdin ?? '',
      env: { ...process.env, LC_ALL: 'C', ...options.env },
      timeout: options.timeoutMs ?? 30_000,
      maxBuffer: 64 * 1024 * 1024,
    })
    if (ended.error !== undefined) throw ended.error
    return {
      status: ended.status ?? -1,
      stdout: new Uint8Array(ended.stdout),
      stdoutText: ended.stdout.toString('utf8'),
      stderr: ended.stderr.toString('utf8'),
      output: options.workplace === undefined ? outputsOf(place) : place.read,
    }
  } finally {
    if (options.workplace === undefined) place.close()
  }
}

/** Like `run`, and the program must succeed. */
export function runOk(tool: ToolName, args: readonly string[], options: RunOptions = {}): RunResult {
  const result = run(tool, args, options)
  if (result.status !== 0)
    throw new Error(`${tool} ${args.join(' ')} ended with ${String(result.status)}: ${result.stderr}`)
  return result
}

/** Like `run`, for programs that talk to a server in this process. */
export async function runAsync(tool: ToolName, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const place = options.workplace ?? openWorkplace()
  try {
    for (const [name, content] of Object.entries(options.inputs ?? {})) place.write(name, content)
    const ended = await spawned(TOOLS[tool].command, args, place.folder, options)
    return { ...ended, output: options.workplace === undefined ? outputsOf(place) : place.read }
  } finally {
    if (options.workplace === undefined) place.close()
  }
}

function spawned(
  command: string,
  args: readonly string[],
  cwd: string,
  options: RunOptions,
): Promise<Omit<RunResult, 'output'>> {
  return new Promise((done, failed) => {
    const child = spawn(command, [...args], {
      cwd,
      env: { ...process.env, LC_ALL: 'C', ...options.env },
      timeout: options.timeoutMs ?? 30_000,
      killSignal: 'SIGKILL',
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', failed)
    child.on('close', (status) => {
      const stdout = new Uint8Array(Buffer.concat(out))
      const stdoutText = new TextDecoder().decode(stdout)
      done({ status: status ?? -1, stdout, stdoutText, stderr: Buffer.concat(err).toString('utf8') })
    })
    child.stdin.on('error', () => {
      // A program that does not read its input closes the pipe early.
    })
    child.stdin.end(options.stdin ?? '')
  })
}

/** Reads the folder at once: it is gone when somebody asks. */
function outputsOf(place: Workplace): (name: string) => Bytes {
  const files = readdirSync(place.folder, { withFileTypes: true }).filter((entry) => entry.isFile())
  const contents = new Map(files.map((entry) => [entry.name, place.read(entry.name)]))
  return (name) => {
    const content = contents.get(name)
    if (content === undefined) throw new Error(`the program wrote no file ${name}`)
    return content
  }
}
