import { berToDer } from '../../src/asn1/ber.js'
import { equalBytes } from '../../src/bytes/bytes.js'
import { isMdmProtocolError } from '../../src/errors.js'
import type { Bytes } from '../../src/types.js'
import { fixture, listFixtures, listWire, wire } from './fixtures.js'

/** A recorded value that is BER and not DER. `der`: what our conversion makes of it, `null` when it refuses. */
export interface RecordedBer {
  readonly path: string
  readonly bytes: Bytes
  readonly der: Bytes | null
}

/** All of them, of every kind of message. */
export function recordedBer(): readonly RecordedBer[] {
  const files = [
    ...listFixtures('', /^(?!plist|wycheproof)/).map((path) => ({ path: `fixtures/${path}`, bytes: fixture(path) })),
    ...listWire('').map((path) => ({ path: `wire/${path}`, bytes: wire(path) })),
  ]
  return files
    .filter(({ bytes }) => bytes.length > 20 && bytes[0] === 0x30)
    .map((file) => ({ ...file, der: converted(file.bytes) }))
    .filter(({ bytes, der }) => der === null || !equalBytes(bytes, der))
}

function converted(bytes: Bytes): Bytes | null {
  try {
    return berToDer(bytes, 'thing')
  } catch (error) {
    if (isMdmProtocolError(error)) return null
    throw error
  }
}
