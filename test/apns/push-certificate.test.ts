import { describe, expect, test } from 'vitest'
import { checkPushCertificate, pushTopicOf } from '../../src/apns/push-certificate.js'
import { encodeHex } from '../../src/bytes/hex.js'
import { generateKey } from '../../src/crypto/private-key.js'
import type { Certificate } from '../../src/types.js'
import { parseCertificate } from '../../src/x509/certificate.js'
import { issueSelfSigned } from '../../src/x509/issue.js'
import { distinguishedName } from '../../src/x509/name.js'
import { hex } from '../support/asn1.js'
import { describeWithFixtures, fixture } from '../support/fixtures.js'
import { expectRefusal, flips, outcomes, truncations } from '../support/hostile.js'
import { craft, craftKey, craftName } from '../x509/craft.js'

const key = await generateKey('P-256')
const notBefore = new Date('2026-01-01T00:00:00Z')
const notAfter = new Date('2027-01-01T00:00:00Z')
const made = (...subject: readonly (readonly [string, string])[]): Promise<Certificate> =>
  issueSelfSigned({
    privateKey: key.privateKey,
    subject: distinguishedName(subject),
    serialNumber: '01',
    notBefore,
    notAfter,
    purpose: 'tls-server',
  })
const TOPIC = 'com.apple.mgmt.External.18a16429-886b-41f1-9c30-2bd04ae4fc37'
const push = await made(['UID', TOPIC], ['CN', 'APSP:18a16429'], ['C', 'US'])
const renewed = await made(['C', 'US'], ['UID', TOPIC], ['CN', 'APSP:renewed'])
const moved = await made(['UID', 'com.apple.mgmt.External.e0bd1eac-1f17-4c8e-8a63-dd17d3dd35d9'])
const app = await made(['UID', 'com.example.app'])
/** Longer than the prefix of a topic, and not beginning with it. */
const longApp = await made(['UID', 'com.example.management.app'])
const nameless = await made(['CN', 'com.apple.mgmt.External.in-the-wrong-place'])

describe('pushTopicOf', () => {
  test('is the UID of the subject, wherever it stands', () => {
    expect(pushTopicOf(push)).toBe(TOPIC)
    expect(pushTopicOf(renewed)).toBe(TOPIC)
  })

  test('refuses another UID, none, and one that only begins so', async () => {
    const reason = /com\.apple\.mgmt/
    for (const certificate of [app, longApp, nameless, await made(['UID', 'com.apple.mgmt.'])])
      expectRefusal(() => pushTopicOf(certificate), 'ERR_PUSH_INVALID', reason)
    expectRefusal(() => pushTopicOf({ ...push, der: nameless.der }), 'ERR_PUSH_INVALID', reason)
  })

  test('refuses what is no certificate', () => {
    expectRefusal(() => pushTopicOf(undefined as unknown as Certificate), 'ERR_INVALID_ARGUMENT')
    expectRefusal(() => pushTopicOf({ ...push, der: new Uint8Array() }), 'ERR_ENCODING')
    expectRefusal(() => pushTopicOf({ ...push, der: Uint8Array.of(0x30, 0) }), 'ERR_CERTIFICATE_INVALID')
    expect(outcomes(truncations(push.der), (der) => pushTopicOf({ ...push, der: der.slice() })).values).toBe(0)
    outcomes(flips(push.der, 2000), (der) => pushTopicOf({ ...push, der: der.slice() }))
  })
})

describe('checkPushCertificate', () => {
  const now = new Date('2026-06-01T00:00:00Z')
  const found = (certificate: Certificate, at = now, options: object = {}): readonly string[] =>
    checkPushCertificate(certificate, at, options).map(({ kind, level }) => `${level} ${kind}`)

  test('has nothing to say about one that is valid for a while', () => {
    expect(found(push)).toEqual([])
    expect(found(renewed, now, { previous: push })).toEqual([])
  })

  test('dates: the end itself still counts', () => {
    expect(found(push, new Date('2025-12-31T23:59:59Z'))).toEqual(['error not-yet-valid'])
    expect(found(push, notBefore)).toEqual([])
    expect(found(push, new Date('2026-12-01T23:59:59Z'))).toEqual([])
    expect(found(push, new Date('2026-12-02T00:00:00Z'))).toEqual(['warning renewal-due'])
    expect(found(push, new Date('2026-11-30T00:00:00Z'), { renewWithinDays: 60 })).toEqual(['warning renewal-due'])
    expect(found(push, notAfter, { renewWithinDays: 0 })).toEqual(['warning renewal-due'])
    expect(found(push, new Date('2027-01-01T00:00:01Z'))).toEqual(['error expired'])
    const [due] = checkPushCertificate(push, new Date('2026-12-24T00:00:00Z'))
    expect(due).toMatchObject({ since: new Date('2026-12-02T00:00:00Z'), certificate: push, path: [] })
  })

  test('a topic that is missing or another one than before', () => {
    for (const certificate of [app, longApp]) expect(found(certificate)).toEqual(['error topic-missing'])
    expect(found(moved, now, { previous: push })).toEqual(['error topic-changed'])
    expect(found(push, now, { previous: app })).toEqual(['warning topic-missing'])
    expect(found(nameless, now, { previous: app })).toEqual(['error topic-missing', 'warning topic-missing'])
    const [changed] = checkPushCertificate(moved, now, { previous: push })
    expect(changed).toMatchObject({ certificate: moved, path: ['subject', 'UID'], since: null })
  })

  test('a key that cannot be read is nothing to throw about', () => {
    // The object identifier of its algorithm, cut short: parseCertificate does not read it.
    const text = encodeHex(push.der)
    expect(text).toContain('301306072a8648ce3d0201')
    const broken = parseCertificate(hex(text.replace('301306072a8648ce3d0201', '301306072a8648ce3d0281')))
    expect(found(broken)).toEqual([])
    expect(pushTopicOf(broken)).toBe(pushTopicOf(push))
  })

  test('refuses arguments that are none', () => {
    expectRefusal(() => checkPushCertificate(push, new Date(Number.NaN)), 'ERR_INVALID_ARGUMENT', /at/)
    expectRefusal(() => checkPushCertificate(push, 0 as unknown as Date), 'ERR_INVALID_ARGUMENT', /at/)
    for (const renewWithinDays of [-1, Number.NaN, Infinity, 36_526])
      expectRefusal(
        () => checkPushCertificate(push, now, { renewWithinDays }),
        'ERR_INVALID_ARGUMENT',
        /renewWithinDays/,
      )
  })
})

describeWithFixtures('recorded push certificates', () => {
  const certificate = (file: string): Certificate => parseCertificate(fixture(`apns/${file}.pem`))

  test("Apple's own, and what was made after it", () => {
    const genuine = certificate('micromdm__nanomdm/push')
    expect(pushTopicOf(genuine)).toBe('com.apple.mgmt.External.e0bd1eac-1f17-4c8e-8a63-dd17d3dd35d9')
    expect(pushTopicOf(certificate('micromdm__micromdm/mock_push_cert'))).toBe(TOPIC)
    expect(checkPushCertificate(genuine, new Date('2021-06-01T00:00:00Z'))).toEqual([])
    expect(checkPushCertificate(genuine, new Date('2022-02-01T00:00:00Z'))).toMatchObject([{ kind: 'renewal-due' }])
    expect(checkPushCertificate(genuine, new Date('2026-01-01T00:00:00Z'))).toMatchObject([{ kind: 'expired' }])
    const mock = certificate('micromdm__micromdm/mock_push_cert')
    expect(checkPushCertificate(mock, new Date('2021-06-01T00:00:00Z'), { previous: genuine })).toMatchObject([
      { kind: 'topic-changed' },
    ])
  })

  test.each([
    'micromdm__micromdm/mock_push_cert_no_uid',
    'micromdm__micromdm/pushcert',
    'micromdm__micromdm/appleca_signed',
  ])('%s has no topic', (file) => {
    expectRefusal(() => pushTopicOf(certificate(file)), 'ERR_PUSH_INVALID')
  })
})

test.each([
  ['UTF8String', 0x0c, true],
  ['PrintableString', 0x13, true],
  ['IA5String', 0x16, true],
  ['OCTET STRING', 0x04, false],
])('pushTopicOf: a UID as %s', (_, tag, isRead) => {
  const certificate = craft({ subject: craftName(['0992268993f22c640101', tag, TOPIC]) }, craftKey())
  if (isRead) expect(pushTopicOf(certificate)).toBe(TOPIC)
  else expectRefusal(() => pushTopicOf(certificate), 'ERR_PUSH_INVALID')
})
