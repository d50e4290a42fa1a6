import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { verifyCms } from '../../src/cms/verify.js'
import type { PlistValue } from '../../src/plist/values.js'
import {
  buildProfile,
  encodeProfile,
  openProfile,
  parseProfile,
  resignProfile,
  signProfile,
} from '../../src/profiles.js'
import { draw, type Draw } from '../support/random.js'
import { identity } from './identities.js'
import { HOSTILE_TEXTS } from './names.js'
import { NOW } from './vectors.js'

const utf8 = new TextEncoder()

test('the content of 1,000 generated profiles is the same after signing, opening and signing again', async () => {
  const source = draw(4)
  const by = await identity('ecSigner', ['intermediate'])
  const next = await identity('ecDevice')
  const pinned = { trust: { pinned: [by.certificate, next.certificate] } } as const
  for (let round = 0; round < 1000; round++) {
    const bytes = generatedProfile(source)
    const before = createHash('sha256').update(bytes).digest('hex')
    const first = await signProfile(bytes, by, { now: NOW })
    expect((await openProfile(first, pinned)).profile).toEqual(parseProfile(bytes))
    const second = await resignProfile(first, next, { ...pinned, now: NOW })
    const { content } = await verifyCms(second, pinned)
    expect(createHash('sha256').update(content).digest('hex')).toBe(before)
  }
})

/** A profile with members of every type, laid out as nobody would lay it out. */
function generatedProfile(source: Draw): Uint8Array {
  const payloads = Array.from({ length: source.below(4) }, (_, index) => {
    const base = { PayloadType: 'com.example.generated', PayloadIdentifier: text(source), PayloadVersion: 1 }
    return { ...base, PayloadUUID: `P${index}`, [`Key ${source.below(9)}`]: value(source, 3) }
  })
  const built = buildProfile({ identifier: 'com.example.generated', uuid: 'U', displayName: text(source), payloads })
  const xml = new TextDecoder().decode(encodeProfile(built))
  const spaced = xml.replace(/\n\t*/g, () => source.pick(['\n', '\r\n', '  ', '\n\n\t', '']))
  return utf8.encode(source.pick(['', '\uFEFF']) + spaced + source.pick(['', '\n', ' \r\n']))
}

function text(source: Draw): string {
  return source.pick(HOSTILE_TEXTS) + String(source.below(1000))
}

function value(source: Draw, depth: number): PlistValue {
  const kinds: readonly (() => PlistValue)[] = [
    () => text(source),
    () => source.below(2 ** 31) - 2 ** 30,
    () => source.below(1000) / 7,
    () => source.below(2) === 0,
    () => new Date(source.below(2 ** 31) * 1000),
    () => source.bytes(source.below(60)),
    () => Array.from({ length: source.below(4) }, () => value(source, depth - 1)),
    () => ({ [text(source)]: value(source, depth - 1), other: value(source, depth - 1) }),
  ]
  return source.pick(depth > 0 ? kinds : kinds.slice(0, 6))()
}
