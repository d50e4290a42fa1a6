import { beforeAll, describe, expect, test } from 'vitest'
import { buildCertificateBag } from '../../src/cms.js'
import { type OpenCaCertOptions, openCaCertResponse, parseCaCertResponse } from '../../src/scep.js'
import { unsafeAcceptAnySigner } from '../../src/types.js'
import { buildExtensions, certificateFingerprint, type ExtensionsInput } from '../../src/x509.js'
import { type Entity, issued, NOW, selfSigned } from '../cms/entities.js'
import { describeWithFixtures, fixture, wire } from '../support/fixtures.js'
import { expectRejection } from '../support/hostile.js'
import { rsaKey } from '../support/rsa-keys.js'

// GetCACert comes over plain HTTP: whoever stands in between has a device of his own that the CA enrolled, and its
// certificate chains to what the client pinned as well as the RA's does.

const root = await selfSigned('root', rsaKey(0))
const ra = await issued('RA', rsaKey(1), root, { purpose: 'scep-ra' })
const both = ['digitalSignature', 'keyEncipherment'] as const
const made = (name: string, extensions: ExtensionsInput) =>
  issued(name, rsaKey(2), root, { purpose: 'custom', extensions: buildExtensions(extensions) })
const device = await issued('device', rsaKey(3), root)
const quiet = await made('RA without extended key usage', { keyUsage: both })
const other = await made('another', { keyUsage: both })

let fingerprint: string
beforeAll(async () => {
  fingerprint = await certificateFingerprint(root.certificate, 'SHA-256')
})

const bagOf = (...entities: readonly Entity[]) => buildCertificateBag(entities.map(({ certificate }) => certificate))
const openWith = (options: Omit<OpenCaCertOptions, 'trust' | 'fingerprint' | 'digest'>, ...entities: Entity[]) =>
  openCaCertResponse(bagOf(...entities), { fingerprint, digest: 'SHA-256', now: NOW, ...options })
const open = (...entities: Entity[]) => openWith({}, ...entities)
const der = ({ certificate }: Entity) => certificate.der

describe('a device of the CA in the answer', () => {
  const devices: readonly (readonly [string, () => Promise<Entity> | Entity])[] = [
    ['of purpose device-identity', () => device],
    ['without extended key usage', () => quiet],
    ['without any extension', () => made('bare', {})],
    [
      'that says that it is no CA',
      () => made('no CA', { keyUsage: both, basicConstraints: { ca: false, pathLength: null } }),
    ],
    ['with any extended key usage', () => made('any', { keyUsage: both, extendedKeyUsage: ['2.5.29.37.0'] })],
    ['for TLS', () => issued('server', rsaKey(2), root, { purpose: 'tls-server' })],
  ]
  test.each(devices)('%s: neither reads requests nor answers them', async (_, make) => {
    const intruder = await make()
    // What a client takes that trusts the answer as it is.
    expect(parseCaCertResponse(bagOf(device, root)).recipient.der).toEqual(der(device))
    for (const bag of [
      [intruder, root],
      [root, intruder],
    ]) {
      const opened = await open(...bag)
      expect([opened.recipient.der, opened.issuer.der, opened.all.length]).toEqual([der(root), der(root), 1])
      expect(opened.signers.map((one) => one.der)).toEqual([der(root)])
      expect(opened.refused.map((one) => one.certificate.der)).toEqual([der(intruder)])
      const [{ error }] = opened.refused as [(typeof opened.refused)[number]]
      expect([error.code, error.message]).toEqual(['ERR_CERTIFICATE_UNTRUSTED', expect.stringContaining('option ra')])
    }
    const beside = await open(intruder, ra, root)
    expect([beside.recipient.der, beside.signers[0].der]).toEqual([der(ra), der(ra)])
  })

  test('nor do two of them that share the work', async () => {
    const signing = await made('signing', { keyUsage: ['digitalSignature'] })
    const encrypting = await made('encrypting', { keyUsage: ['keyEncipherment'] })
    const opened = await open(signing, encrypting, root)
    expect([opened.recipient.der, opened.signers[0].der]).toEqual([der(root), der(root)])
    expect(opened.refused).toHaveLength(2)
    // One of them alone with the RA's twin is no pair either.
    const twin = await made('twin', { keyUsage: ['digitalSignature'], extendedKeyUsage: ['1.3.6.1.5.5.7.3.28'] })
    expect((await open(twin, encrypting, root)).recipient.der).toEqual(der(root))
  })

  test('alone: nothing is left', async () => {
    const trust = { anchors: [root.certificate] } as const
    for (const body of [der(device), bagOf(device)])
      await expectRejection(openCaCertResponse(body, { trust, now: NOW }), 'ERR_CERTIFICATE_UNTRUSTED', /option ra/)
  })
})

describe('an RA', () => {
  test.each([
    ['id-kp-cmcRA', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.28'] }],
    ["Microsoft's certificate request agent", { extendedKeyUsage: ['1.3.6.1.4.1.311.20.2.1'] }],
    ['one of them among others', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.2', '1.3.6.1.4.1.311.20.2.1'] }],
    ['the basic constraints of a CA', { basicConstraints: { ca: true, pathLength: null } }],
  ] satisfies [string, ExtensionsInput][])('by %s', async (_, extensions) => {
    const marked = await made('marked', { keyUsage: both, ...extensions })
    const opened = await open(marked, root)
    expect([opened.recipient.der, opened.signers[0].der, opened.issuer.der]).toEqual([
      der(marked),
      der(marked),
      der(root),
    ])
    expect(opened.refused).toEqual([])
  })

  test('of purpose scep-ra', async () => {
    expect((await open(ra, root)).recipient.der).toEqual(der(ra))
  })

  test('that the fingerprint is of, or that is an anchor', async () => {
    const own = await certificateFingerprint(quiet.certificate, 'SHA-256')
    const alone = await openCaCertResponse(bagOf(quiet, root), { fingerprint: own, digest: 'SHA-256', now: NOW })
    expect([alone.recipient.der, alone.all.length]).toEqual([der(quiet), 1])
    const trust = { anchors: [root.certificate, quiet.certificate] } as const
    const opened = await openCaCertResponse(bagOf(quiet, other, root), { trust, now: NOW })
    expect([opened.recipient.der, opened.refused.length]).toEqual([der(quiet), 1])
  })

  test('that the caller names, by certificate or fingerprint; no other', async () => {
    const print = await certificateFingerprint(quiet.certificate, 'SHA-512')
    const spelled = (print.toUpperCase().match(/../g) ?? []).join(':')
    for (const named of [
      { pinned: [root.certificate, quiet.certificate] },
      { pinnedFingerprints: ['00'.repeat(64), spelled], digest: 'SHA-512' },
    ] satisfies OpenCaCertOptions['ra'][]) {
      const opened = await openWith({ ra: named }, other, quiet, root)
      expect([opened.recipient.der, opened.signers[0].der]).toEqual([der(quiet), der(quiet)])
      expect(opened.refused.map(({ certificate }) => certificate.der)).toEqual([der(other)])
    }
  })

  test('that is named and that nothing vouches for is refused all the same', async () => {
    const stranger = await issued('stranger', rsaKey(4), await selfSigned('other root', rsaKey(5)), {
      purpose: 'scep-ra',
    })
    const late = { notBefore: new Date('2026-01-01'), notAfter: new Date('2026-02-01') }
    const expired = await issued('expired', rsaKey(4), root, late)
    const named = { pinned: [stranger.certificate, expired.certificate] } as const
    const opened = await openWith({ ra: named }, stranger, expired, root)
    expect(opened.recipient.der).toEqual(der(root))
    expect(opened.refused.map(({ error }) => error.code)).toEqual(['ERR_CERTIFICATE_UNTRUSTED', 'ERR_CERTIFICATE_TIME'])
    expect(opened.refused[0]?.error.message).not.toMatch(/option ra/)
  })

  test('cannot be named in another way', async () => {
    for (const wrong of [
      { pinned: [] },
      { pinned: [root.certificate, 'RA'] },
      { anchors: [root.certificate] },
      { pinned: [ra.certificate], anchors: [root.certificate] },
      { pinnedFingerprints: ['00'], digest: 'SHA-256' },
      { pinnedFingerprints: ['00'.repeat(16)], digest: 'MD5' },
      {},
      null,
      'any',
      unsafeAcceptAnySigner,
    ])
      await expectRejection(openWith({ ra: wrong as never }, ra, root), 'ERR_INVALID_ARGUMENT')
  })
})

describeWithFixtures('RAs of the field', () => {
  const accept = { digests: ['SHA-256', 'SHA-1', 'MD5'], minRsaBits: 1024 } as const
  const serial = ({ serialNumber }: { readonly serialNumber: string }) => serialNumber

  test.each([
    ['msscep-ivpntest', '2010-02-01', '610c833f000000000004', '610c81a9000000000003'],
    ['ndes-wf', '2012-06-01', '61e59cc300000000000c', '61e8749b00000000000d'],
    ['ruby-iphone-scep', '2010-01-01', '64', '64'],
  ])('%s: taken as it is', async (name, date, recipient, signer) => {
    const body = fixture(`scep/apple-oss-distributions__Security/getcacert-${name}.der`)
    const trust = { anchors: [parseCaCertResponse(body).root!] } as const
    const opened = await openCaCertResponse(body, { trust, accept, now: new Date(date) })
    expect([serial(opened.recipient), opened.signers.map(serial), opened.refused]).toEqual([recipient, [signer], []])
  })

  test("jscep's, without extended key usage: by name", async () => {
    const body = wire('sscep/jscepRA-aes128-sha256/003-getca-GetCACert.rsp.der')
    const { root: top, recipient } = parseCaCertResponse(body)
    const options = { trust: { anchors: [top!] }, now: recipient.notBefore } as const
    const opened = await openCaCertResponse(body, options)
    expect([serial(opened.recipient), opened.refused.map(({ certificate }) => serial(certificate))]).toEqual([
      serial(top!),
      [serial(recipient)],
    ])
    const named = await openCaCertResponse(body, { ...options, ra: { pinned: [recipient] } })
    expect([named.recipient.der, named.refused]).toEqual([recipient.der, []])
  })
})
