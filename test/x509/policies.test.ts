import { describe, expect, test } from 'vitest'
import type { Bytes, Certificate, CertificateExtension } from '../../src/types.js'
import { verifyCertificatePath } from '../../src/x509.js'
import { hex, tlv } from '../support/asn1.js'
import { expectRejection } from '../support/hostile.js'
import { type Entity, extension, makeCa, makeLeaf, makeRoot, NOW } from './authority.js'

// The rules one by one; PKITS sections 4.8 to 4.12 have them in combination.

const root = await makeRoot('root')
const [A, B, C, ANY] = ['06022a01', '06022a02', '06022a03', '0604551d2000'].map(hex) as [Bytes, Bytes, Bytes, Bytes]

const policies = (...oids: readonly Bytes[]): CertificateExtension =>
  extension('2.5.29.32', false, tlv(0x30, ...oids.map((oid) => tlv(0x30, oid))))
const mappings = (...pairs: readonly (readonly [Bytes, Bytes])[]): CertificateExtension =>
  extension('2.5.29.33', true, tlv(0x30, ...pairs.map((pair) => tlv(0x30, ...pair))))
/** `null` leaves a field out. */
const constraints = (explicit: number | null, mapping: number | null = null): CertificateExtension => {
  const field = (tag: number, count: number | null): readonly Bytes[] =>
    count === null ? [] : [tlv(tag, Uint8Array.of(count))]
  return extension('2.5.29.36', true, tlv(0x30, ...field(0x80, explicit), ...field(0x81, mapping)))
}
const inhibitAny = (count: number): CertificateExtension =>
  extension('2.5.29.54', true, tlv(0x02, Uint8Array.of(count)))

type Extensions = readonly CertificateExtension[]

/** CAs from the top, then the leaf. */
async function verify(...levels: readonly [...Extensions[], Extensions]): Promise<readonly Certificate[]> {
  let above: Entity = root
  const intermediates: Certificate[] = []
  for (const [i, extensions] of levels.slice(0, -1).entries()) {
    above = await makeCa(`ca ${String(i)}`, above, { extensions })
    intermediates.push(above.certificate)
  }
  const leaf = await makeLeaf('leaf', above, { extensions: levels[levels.length - 1] as Extensions })
  return verifyCertificatePath(leaf, { anchors: [root.certificate], intermediates }, { now: NOW })
}
const refused = (result: Promise<unknown>, reason = /policy/): Promise<void> =>
  expectRejection(result, 'ERR_CERTIFICATE_UNTRUSTED', reason)

describe('policies', () => {
  test('do not matter where nobody demands them', async () => {
    expect(await verify([policies(A)], [policies(B)])).toHaveLength(3)
    expect(await verify([policies(A)], [])).toHaveLength(3)
    expect(await verify([inhibitAny(0), policies(A)], [policies(ANY)])).toHaveLength(3)
  })

  test('have to run through from where a CA demands them', async () => {
    expect(await verify([policies(A, B), constraints(0)], [policies(B)])).toHaveLength(3)
    await refused(verify([policies(A), constraints(0)], [policies(B)]))
    await refused(verify([policies(A), constraints(0)], []))
    await refused(verify([constraints(0)], [policies(A)]))
  })

  test('may be demanded some certificates further down, and by the leaf itself', async () => {
    const chain = (count: number): Promise<unknown> => verify([policies(A), constraints(count)], [], [])
    await refused(chain(1))
    await refused(chain(2))
    expect(await chain(3)).toHaveLength(4)
    await refused(verify([policies(A)], [policies(B), constraints(0)]))
    expect(await verify([policies(A)], [policies(B), constraints(1)])).toHaveLength(3)
  })

  test('a later CA may tighten the demand, not loosen it', async () => {
    await refused(verify([policies(A), constraints(5)], [policies(A), constraints(0)], []))
    await refused(verify([policies(A), constraints(0)], [policies(A), constraints(5)], []))
  })

  test('anyPolicy stands for each of them, until it is inhibited', async () => {
    expect(await verify([policies(ANY), constraints(0)], [policies(B)])).toHaveLength(3)
    expect(await verify([policies(A), constraints(0)], [policies(ANY)])).toHaveLength(3)
    await refused(verify([policies(A), constraints(0), inhibitAny(0)], [policies(ANY)]))
    expect(await verify([policies(A), constraints(0), inhibitAny(1)], [policies(ANY)])).toHaveLength(3)
    await refused(verify([policies(A), constraints(0), inhibitAny(1)], [policies(A)], [policies(ANY)]))
  })

  test('are mapped, until that is inhibited', async () => {
    expect(await verify([policies(A), mappings([A, B]), constraints(0)], [policies(B)])).toHaveLength(3)
    await refused(verify([policies(A), mappings([A, B]), constraints(0)], [policies(A)]))
    await refused(verify([policies(A), constraints(0, 0)], [policies(A), mappings([A, B])], [policies(B)]))
    expect(await verify([policies(A), mappings([A, B], [A, C]), constraints(0)], [policies(C)])).toHaveLength(3)
    expect(await verify([policies(ANY), mappings([A, B]), constraints(0)], [policies(B)])).toHaveLength(3)
  })

  test('cannot be mapped to or from anyPolicy', async () => {
    await refused(verify([policies(A), mappings([ANY, B])], [policies(B)]), /anyPolicy is mapped/)
    await refused(verify([policies(A), mappings([A, ANY])], [policies(B)]), /anyPolicy is mapped/)
  })

  test('that are malformed are refused', async () => {
    const invalid = (oid: string, value: string): Promise<void> =>
      expectRejection(
        verify([extension(oid, true, hex(value)), constraints(0)], [policies(A)]),
        'ERR_CERTIFICATE_INVALID',
      )
    await invalid('2.5.29.32', '3002 3000')
    await invalid('2.5.29.33', '3006 3004 06022a01')
    await invalid('2.5.29.33', '300c 300a 06022a01 06022a02 0500')
    await invalid('2.5.29.54', '0201ff')
    const odd = extension('2.5.29.36', true, hex('3003 8201ff'))
    await expectRejection(verify([odd], [policies(A)]), 'ERR_CERTIFICATE_INVALID')
  })
})

test('policies are not read where nobody demands any, malformed ones among them', async () => {
  expect(await verify([extension('2.5.29.32', false, hex('3002 3000'))], [])).toHaveLength(3)
})
