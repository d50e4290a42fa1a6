import { readPem, readPemBlocks } from '../../src/asn1/pem.js'
import { listFixtures, fixture, fixtureText } from '../support/fixtures.js'
import type { Bytes } from '../../src/types.js'
import { acceptRecorded } from '../support/wire.js'
import type { AcceptList } from '../../src/cms.js'

/** All that the recordings use, keys of 512 bits included. */
export const ACCEPT_ALL: AcceptList = { ...acceptRecorded, minRsaBits: 512 }

/** A message in DER, BER or PEM. */
export function recordedMessage(path: string): Bytes {
  const bytes = fixture(path)
  if (bytes[0] !== 0x2d) return bytes
  const blocks = [...readPemBlocks(fixtureText(path))]
  return readPem(fixtureText(path), blocks.some(({ label }) => label === 'CMS') ? ['CMS'] : ['PKCS7'], path).der
}

/** Files of a folder that no table names: none may be left over. */
export function notInTables(folder: string, ...tables: readonly (readonly string[])[]): readonly string[] {
  const named = new Set(tables.flat().map((name) => `${folder}/${name}`))
  return listFixtures(folder).filter((path) => !named.has(path))
}

export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text)
}
