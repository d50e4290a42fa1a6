import { describe, expect, test } from 'vitest'
import { type SignerTrust, type Trust, unsafeAcceptAnySigner } from '../../src/types.js'
import { checkSignerTrust, checkTrust } from '../../src/x509/trust.js'
import { expectRefusal } from '../support/hostile.js'
import { makeRoot } from './authority.js'

const { certificate } = await makeRoot('root')
const sha256 = 'ab'.repeat(32)

describe('checkSignerTrust', () => {
  test.each([
    ['anchors', { anchors: [certificate] }],
    ['anchors with dates', { anchors: [certificate], validity: { skewSeconds: 60, graceDays: 0 } }],
    ['pins', { pinned: [certificate] }],
    ['fingerprints', { pinnedFingerprints: [sha256], digest: 'SHA-256' }],
    [
      'fingerprints as people write them',
      { pinnedFingerprints: ['AB:'.repeat(47) + 'ab', 'ab '.repeat(48)], digest: 'SHA-384' },
    ],
    ['whoever', unsafeAcceptAnySigner],
  ] as readonly (readonly [string, SignerTrust])[])('takes %s', (_, trust) => {
    expect(() => {
      checkSignerTrust(trust)
    }).not.toThrow()
  })

  test.each([
    ['nothing', undefined, /anchors, pinned or/],
    ['null', null, /anchors, pinned or/],
    ['another symbol', Symbol('unsafe'), /anchors, pinned or/],
    ['an empty object', {}, /exactly one/],
    ['no anchors', { anchors: [] }, /at least one/],
    ['no pins', { pinned: [] }, /at least one/],
    ['no fingerprints', { pinnedFingerprints: [], digest: 'SHA-256' }, /at least one/],
    ['pins that are no list', { pinned: certificate }, /at least one/],
    ['two kinds', { anchors: [certificate], pinned: [certificate] }, /exactly one/],
    ['three kinds', { anchors: [certificate], pinned: [certificate], pinnedFingerprints: [sha256] }, /exactly one/],
    ['fingerprints without digest', { pinnedFingerprints: [sha256] }, /digest/],
    ['fingerprints by SHA-1', { pinnedFingerprints: ['ab'.repeat(20)], digest: 'SHA-1' }, /digest is SHA-256/],
    // What is no hex has no length, as a digest that is unknown has none.
    ['no hex, by no digest', { pinnedFingerprints: ['xy'] }, /digest is SHA-256/],
    ['a fingerprint of another length', { pinnedFingerprints: [sha256], digest: 'SHA-512' }, /as long as/],
    ['a fingerprint that is no hex', { pinnedFingerprints: ['xy'.repeat(32)], digest: 'SHA-256' }, /hex/],
    [
      'one fingerprint that is no hex beside one that is',
      { pinnedFingerprints: [sha256, 'xy'.repeat(32)], digest: 'SHA-256' },
      /hex/,
    ],
    ['a fingerprint that is no text', { pinnedFingerprints: [1], digest: 'SHA-256' }, /hex/],
    ['an unknown validity', { anchors: [certificate], validity: 'always' }, /validity/],
  ])('refuses %s', (_, trust, reason) => {
    expectRefusal(
      () => {
        checkSignerTrust(trust as SignerTrust)
      },
      'ERR_INVALID_ARGUMENT',
      reason,
    )
  })
})

describe('what the checks answer with', () => {
  test('is the trust as it was', () => {
    const validity = { skewSeconds: 60 }
    const lists = { intermediates: [certificate], crls: [new Uint8Array()] }
    const trust = { anchors: [certificate], ...lists, extendedKeyUsage: '1.2.3', validity } satisfies Trust
    const copies = [checkTrust(trust), checkSignerTrust(trust)]
    for (const copy of copies) expect(copy).toEqual(trust)
    for (const list of [trust.anchors, lists.intermediates, lists.crls]) list.length = 0
    validity.skewSeconds = 1e9
    for (const copy of copies)
      expect(copy).toEqual({
        anchors: [certificate],
        intermediates: [certificate],
        crls: [new Uint8Array()],
        extendedKeyUsage: '1.2.3',
        validity: { skewSeconds: 60 },
      })
  })

  test('so it is of pins', () => {
    const [pinned, prints] = [[certificate], [sha256]]
    const copies = [
      checkSignerTrust({ pinned: pinned as [typeof certificate] }),
      checkSignerTrust({ pinnedFingerprints: prints as [string], digest: 'SHA-256' }),
      checkSignerTrust(unsafeAcceptAnySigner),
    ]
    pinned.length = 0
    prints.length = 0
    expect(copies).toEqual([
      { pinned: [certificate] },
      { pinnedFingerprints: [sha256], digest: 'SHA-256' },
      unsafeAcceptAnySigner,
    ])
  })
})
