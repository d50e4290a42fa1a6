// Two packages that read the same formats: what they say has to fit what we say, where they can say it.
import { build, buildBinary, parse, parseBinary } from 'plist'
import { SaxesParser } from 'saxes'
import { describe, expect, test } from 'vitest'
import { isMdmProtocolError } from '../../src/errors.js'
import { decodePlist } from '../../src/plist/decode.js'
import { encodeBinaryPlist } from '../../src/plist/encode-binary.js'
import { encodePlist } from '../../src/plist/encode.js'
import { drawn } from '../support/hostile.js'
import { draw } from '../support/random.js'
import { MARKUP } from './markup.js'

/** Of types and sizes that `plist` keeps: no integer beyond 2^53, no UID, no empty text. */
const value = {
  Status: 'Acknowledged',
  Numbers: [0, 1, 255, 65536, 1.5],
  Token: Uint8Array.from({ length: 100 }, (_, i) => 3 * i),
  At: new Date('2026-01-31T23:59:59Z'),
  Flags: [true, false],
  Nested: { Name: 'Ünïcode & <more>', List: [{ a: 'b' }, []], '😀': 'x' },
}

describe('plist', () => {
  const reread = (input: Uint8Array | string): unknown => JSON.parse(JSON.stringify(decodePlist(input)))
  const wanted: unknown = JSON.parse(JSON.stringify(decodePlist(encodePlist(value))))
  /** What it reads has prototypes and Buffers. */
  const plain = (theirs: unknown): unknown => reread(encodePlist(theirs as typeof value))

  test('reads our XML and our binary', () => {
    expect(plain(parse(new TextDecoder().decode(encodePlist(value))))).toEqual(wanted)
    expect(plain(parseBinary(encodeBinaryPlist(value)))).toEqual(wanted)
  })

  test('writes what we read', () => {
    expect(reread(build(value as never))).toEqual(wanted)
    expect(reread(new Uint8Array(buildBinary(value as never)))).toEqual(wanted)
  })
})

describe('saxes', () => {
  function wellFormed(document: string): boolean {
    const parser = new SaxesParser()
    let sound = true
    parser.on('error', () => {
      sound = false
    })
    parser.write(document).close()
    return sound
  }
  const isRead = (document: string): boolean => {
    try {
      decodePlist(document)
      return true
    } catch (error) {
      if (!isMdmProtocolError(error)) throw error
      return false
    }
  }

  test('finds every document well formed that we read, drawn at random', () => {
    const source = draw(5)
    let read = 0
    for (let i = 0; i < drawn(20_000); i++) {
      const inner = Array.from({ length: 1 + source.below(6) }, () => source.pick(MARKUP)).join('')
      const document = `<plist>${source.below(2) === 0 ? `<string>${inner}</string>` : inner}</plist>`
      if (!isRead(document)) continue
      read++
      expect(wellFormed(document), document).toBe(true)
    }
    expect(read).toBeGreaterThan(drawn(500))
  })
})
