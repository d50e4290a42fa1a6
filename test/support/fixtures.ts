import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Bytes } from '../../src/types.js'

// The recorded messages stand beside the project and are never part of it: other people's data, under their licences.

const projectRoot = fileURLToPath(new URL('../..', import.meta.url))
const sharedRoot = resolve(projectRoot, process.env['MDM_PROTOCOL_SHARED'] ?? '../shared')

/** Whether the folder with the recorded messages is there. */
export const hasShared: boolean = existsSync(join(sharedRoot, 'fixtures')) && existsSync(join(sharedRoot, 'wire'))

/** Bytes of one file below `fixtures/`. */
export function fixture(path: string): Bytes {
  return bytesAt(join('fixtures', path))
}

/** Bytes of one recorded message or key below `wire/`. */
export function wire(path: string): Bytes {
  return bytesAt(join('wire', path))
}

export function fixtureText(path: string): string {
  return new TextDecoder().decode(fixture(path))
}

export function wireText(path: string): string {
  return new TextDecoder().decode(wire(path))
}

/** A JSON index below `fixtures/`. */
export function fixtureJson(path: string): unknown {
  return JSON.parse(fixtureText(path))
}

/** A JSON index below `wire/`. */
export function wireJson(path: string): unknown {
  return JSON.parse(wireText(path))
}

/** Files below `fixtures/<folder>`, sorted, with `/` between folders, relative to `fixtures/`. */
export function listFixtures(folder: string, pattern: RegExp = /./): readonly string[] {
  return list('fixtures', folder, pattern)
}

/** Files below `wire/<folder>` (`''`: all), sorted, relative to `wire/`. */
export function listWire(folder: string, pattern: RegExp = /./): readonly string[] {
  return list('wire', folder, pattern)
}

/**
 * A block of tests that read recorded messages. Without the folder it is skipped, with a line that says so; under CI,
 * where the folder has to be there, its absence is a failure. `body` is only called when the folder is there.
 */
export function describeWithFixtures(name: string, body: () => void): void {
  if (hasShared) {
    describe(name, body)
  } else if (isCi()) {
    describe(name, () => {
      test('the recorded messages are there', () => {
        expect(hasShared, 'set MDM_PROTOCOL_SHARED to the folder with fixtures/ and wire/').toBe(true)
      })
    })
  } else {
    console.warn(
      `skipped: ${name}: no recorded messages; set MDM_PROTOCOL_SHARED to the folder with fixtures/ and wire/`,
    )
    describe.skip(name, () => {
      test('needs the recorded messages', () => {
        expect(hasShared).toBe(true)
      })
    })
  }
}

/** Where nothing may be missing. */
export function isCi(): boolean {
  return (process.env['CI'] ?? '') !== '' && process.env['CI'] !== 'false'
}

function bytesAt(path: string): Bytes {
  return new Uint8Array(readFileSync(join(sharedRoot, path)))
}

function list(part: 'fixtures' | 'wire', folder: string, pattern: RegExp): readonly string[] {
  const root = join(sharedRoot, part)
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => statSync(join(root, path)).isFile())
    .map((path) => path.split(sep).join('/'))
    .filter((path) => pattern.test(path))
    .sort()
}
