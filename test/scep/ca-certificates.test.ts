import { runtime } from '#runtime'
import { describe, expect, test, vi } from 'vitest'
import { buildCertificateBag } from '../../src/cms.js'
import {
  buildCaCertResponse,
  type CaCertificates,
  checkCaCertResponse,
  openCaCertResponse,
  parseCaCertResponse,
} from '../../src/scep.js'
import type { Certificate, Trust } from '../../src/types.js'
import {
  buildExtensions,
  certificateFingerprint,
  type CertificateExtensions,
  formatName,
  toPem,
} from '../../src/x509.js'
import { issued, NOW, selfSigned } from '../cms/entities.js'
import { concatBytes } from '../../src/bytes/bytes.js'
import { describeWithFixtures, fixture } from '../support/fixtures.js'
import { expectRefusal, expectRejection } from '../support/hostile.js'
import { failingProvider, OUTAGE, providerWithout } from '../support/outage.js'
import { rsaKey, SMALL_RSA_KEY } from '../support/rsa-keys.js'
import { craft, craftCn, craftKey, DER } from '../x509/craft.js'

const usage = (keyUsage: CertificateExtensions['keyUsage'], ca = false) => ({
  purpose: 'custom' as const,
  extensions: buildExtensions({
    ...(keyUsage === null ? {} : { keyUsage }),
    ...(ca ? { basicConstraints: { ca, pathLength: null } } : {}),
  }),
})

const root = await selfSigned('root', rsaKey(0))
const issuing = await issued('issuing', rsaKey(1), root, { purpose: 'ca' })
const signOnlyCa = await issued('sign-only CA', rsaKey(1), root, usage(['keyCertSign', 'cRLSign'], true))
const ra = await issued('RA', rsaKey(2), issuing, { purpose: 'scep-ra' })
const raSign = await issued('RA sign', rsaKey(3), issuing, usage(['digitalSignature']))
const raEncrypt = await issued('RA encrypt', rsaKey(4), issuing, usage(['keyEncipherment']))
const otherRoot = await selfSigned('other root', rsaKey(6))
const otherSign = await issued('other sign', rsaKey(5), otherRoot, usage(['digitalSignature']))
const bare = await issued('bare RA', rsaKey(5), issuing, usage(null))
const ecRa = await issued('EC RA', craftKey(), issuing, { purpose: 'scep-ra' })
const bareRoot = await selfSigned('bare root', rsaKey(0), usage(['keyCertSign', 'cRLSign'], true))
const quietRoot = await selfSigned('quiet root', rsaKey(0), usage(null, true))

const rolesOf = (ca: CaCertificates) => ({
  root: ca.root === null ? null : formatName(ca.root.subject),
  issuer: formatName(ca.issuer.subject),
  recipient: formatName(ca.recipient.subject),
  signers: ca.signers.map(({ subject }) => formatName(subject)),
})
const n = (name: string) => `CN=${name},O=Example`
const expected = (top: string | null, issuer: string, recipient: string, signer: string) => ({
  root: top === null ? null : n(top),
  issuer: n(issuer),
  recipient: n(recipient),
  signers: [n(signer)],
})

describe('roles', () => {
  const rows: readonly (readonly [string, readonly Certificate[], ReturnType<typeof expected>])[] = [
    ['a root alone', [root.certificate], expected('root', 'root', 'root', 'root')],
    ['an issuing CA alone', [issuing.certificate], expected(null, 'issuing', 'issuing', 'issuing')],
    [
      'an issuing CA and its root',
      [issuing.certificate, root.certificate],
      expected('root', 'issuing', 'issuing', 'issuing'),
    ],
    ['one RA', [ra.certificate, issuing.certificate, root.certificate], expected('root', 'issuing', 'RA', 'RA')],
    ['one RA, without its root', [ra.certificate, issuing.certificate], expected(null, 'issuing', 'RA', 'RA')],
    ['an RA alone', [ra.certificate], expected(null, 'RA', 'RA', 'RA')],
    [
      'two RAs',
      [raSign.certificate, raEncrypt.certificate, issuing.certificate],
      expected(null, 'issuing', 'RA encrypt', 'RA sign'),
    ],
    [
      'two RAs rather than one for both',
      [ra.certificate, raSign.certificate, raEncrypt.certificate, issuing.certificate],
      expected(null, 'issuing', 'RA encrypt', 'RA sign'),
    ],
    [
      'two RAs of different CAs are no pair',
      [otherSign.certificate, raEncrypt.certificate, ra.certificate, issuing.certificate, root.certificate],
      expected('root', 'issuing', 'RA', 'RA'),
    ],
    [
      'an RA without key usage',
      [bare.certificate, signOnlyCa.certificate, root.certificate],
      expected(null, 'bare RA', 'bare RA', 'bare RA'),
    ],
    [
      'an RA without key usage, below its CA',
      [bare.certificate, issuing.certificate],
      expected(null, 'issuing', 'issuing', 'issuing'),
    ],
    [
      'a CA that may only issue',
      [signOnlyCa.certificate, root.certificate],
      expected('root', 'sign-only CA', 'root', 'sign-only CA'),
    ],
    [
      'a leaf that may only sign is no RA',
      [raSign.certificate, bareRoot.certificate],
      expected('bare root', 'bare root', 'bare root', 'bare root'),
    ],
    [
      'a root that says nothing about its use',
      [quietRoot.certificate, raSign.certificate],
      expected('quiet root', 'quiet root', 'quiet root', 'quiet root'),
    ],
  ]
  test.each(rows)('%s, in any order', (_, certificates, roles) => {
    for (const order of [
      certificates,
      [...certificates].reverse(),
      [...certificates.slice(1), ...certificates.slice(0, 1)],
    ]) {
      const body = order.length === 1 ? order[0]!.der : buildCertificateBag(order)
      expect(rolesOf(parseCaCertResponse(body))).toEqual(roles)
    }
  })

  test('of several that fit, the first; what may neither sign nor decrypt is no RA', async () => {
    const second = await issued('RA sign 2', rsaKey(5), issuing, usage(['digitalSignature']))
    const neither = await issued('neither', rsaKey(6), issuing, usage(['contentCommitment']))
    const bagOf = (...entities: readonly { readonly certificate: Certificate }[]) =>
      rolesOf(parseCaCertResponse(buildCertificateBag(entities.map(({ certificate }) => certificate))))
    const pair = expected(null, 'issuing', 'RA encrypt', 'RA sign')
    expect(bagOf(neither, raSign, second, raEncrypt, issuing)).toEqual(pair)
    expect(bagOf(second, raSign, raEncrypt, issuing).signers).toEqual([n('RA sign 2')])
    const secondDual = await issued('RA 2', rsaKey(5), issuing, { purpose: 'scep-ra' })
    expect(bagOf(neither, ra, secondDual, issuing)).toEqual(expected(null, 'issuing', 'RA', 'RA'))
    expect(bagOf(raEncrypt, root)).toEqual(expected('root', 'root', 'root', 'root'))
    const namesake = await selfSigned('issuing', rsaKey(5), { subject: issuing.certificate.subject })
    expect(bagOf(ra, issuing, namesake)).toEqual(expected(null, 'issuing', 'RA', 'RA'))
    expect(bagOf(ra, namesake, issuing)).toEqual(expected('issuing', 'issuing', 'RA', 'RA'))
    // Nothing may both sign and decrypt: the content key goes to what says nothing about its use.
    const below = await issued('below', rsaKey(6), quietRoot, usage(['keyCertSign'], true))
    expect(bagOf(below, quietRoot)).toEqual(expected('quiet root', 'below', 'quiet root', 'below'))
  })

  test('links and an old CA of the same name behind', async () => {
    const subject = root.certificate.subject
    const next = await selfSigned('root', rsaKey(7), { subject })
    const newWithOld = await issued('root', rsaKey(7), root, { subject, purpose: 'ca' })
    const oldWithNew = await issued('root', rsaKey(0), next, { subject, purpose: 'ca' })
    const all = [issuing, root, newWithOld, oldWithNew, next].map(({ certificate }) => certificate)
    expect(rolesOf(parseCaCertResponse(buildCertificateBag(all)))).toEqual(
      expected('root', 'issuing', 'issuing', 'issuing'),
    )
  })

  test('names that go in circles, and 256 certificates, end', () => {
    const key = craftKey()
    const circle = [0, 1, 2].map((i) =>
      craft(
        { subject: craftCn(`c${String(i)}`), issuer: craftCn(`c${String((i + 1) % 3)}`), serial: Uint8Array.of(i + 1) },
        key,
      ),
    )
    expect(parseCaCertResponse(buildCertificateBag(circle)).root).toBeNull()
    const [sign, encrypt] = usage(['digitalSignature']).extensions.concat(usage(['keyEncipherment']).extensions)
    const der = ({ value }: { readonly value: Uint8Array }) =>
      concatBytes([Uint8Array.of(0x30, 7 + value.length, 6, 3, 0x55, 0x1d, 0x0f, 4, value.length), value])
    const long = Array.from({ length: 256 }, (_, i) =>
      craft(
        {
          subject: craftCn(`c${String(i)}`),
          issuer: craftCn(`c${String(i + 1)}`),
          extensions: [der((i % 2 === 0 ? sign : encrypt)!)],
        },
        key,
      ),
    )
    const began = performance.now()
    expect(parseCaCertResponse(buildCertificateBag(long)).all).toHaveLength(256)
    // Every pair against every chain would take minutes.
    expect(performance.now() - began).toBeLessThan(5000)
  })

  test('PEM, and neither certificate nor bag', () => {
    const pem = new TextEncoder().encode(toPem('CERTIFICATE', root.certificate.der))
    expect(rolesOf(parseCaCertResponse(pem))).toEqual(expected('root', 'root', 'root', 'root'))
    const note = 'who made this, and when, which takes more than sixty-four characters to tell\n'
    const both = note + toPem('CERTIFICATE', issuing.certificate.der) + toPem('CERTIFICATE', root.certificate.der)
    expect(parseCaCertResponse(new TextEncoder().encode(both)).all).toHaveLength(2)
    const bag = toPem('PKCS7', buildCertificateBag([issuing.certificate, root.certificate]))
    for (const text of [bag, bag.replaceAll('PKCS7', 'CMS')])
      expect(parseCaCertResponse(new TextEncoder().encode(note + text)).all).toHaveLength(2)
    expectRefusal(() => parseCaCertResponse(buildCertificateBag([])), 'ERR_SCEP_INVALID', /no certificate/)
    expectRefusal(() => parseCaCertResponse(new TextEncoder().encode('<html>')), 'ERR_ENCODING')
    expectRefusal(() => parseCaCertResponse(new Uint8Array(0)), 'ERR_ENCODING')
    expectRefusal(() => parseCaCertResponse(root.certificate.der.subarray(0, -1)), 'ERR_ENCODING')
    expectRefusal(() => parseCaCertResponse(Uint8Array.of(0x30, 2, 0x30, 0)), 'ERR_CERTIFICATE_INVALID')
    expectRefusal(() => parseCaCertResponse(Uint8Array.of(0x30, 2, 0x31, 0)), 'ERR_CMS_INVALID')
  })
})

describe('buildCaCertResponse', () => {
  const type = ({ headers }: { readonly headers: Readonly<Record<string, string>> }) => headers['content-type']

  test('one certificate as DER, more as a bag; each has its content type and is read back', () => {
    const alone = buildCaCertResponse({ ca: root.certificate })
    expect([alone.status, type(alone)]).toEqual([200, 'application/x-x509-ca-cert'])
    expect(alone.body).toEqual(root.certificate.der)
    const chained = buildCaCertResponse({ ca: issuing.certificate, chain: [root.certificate] })
    expect(type(chained)).toBe('application/x-x509-ca-ra-cert')
    expect(rolesOf(parseCaCertResponse(chained.body))).toEqual(expected('root', 'issuing', 'issuing', 'issuing'))
    const one = buildCaCertResponse({ ca: issuing.certificate, ra: [ra.certificate], chain: [root.certificate] })
    expect(rolesOf(parseCaCertResponse(one.body))).toEqual(expected('root', 'issuing', 'RA', 'RA'))
    const two = buildCaCertResponse({
      ca: issuing.certificate,
      ra: [raEncrypt.certificate, raSign.certificate],
      links: [root.certificate],
    })
    expect(rolesOf(parseCaCertResponse(two.body))).toEqual(expected('root', 'issuing', 'RA encrypt', 'RA sign'))
    for (const [response, kinds] of [
      [alone, []],
      [chained, []],
      [one, []],
      [two, ['ra-unmarked', 'ra-unmarked']],
    ] as const) {
      const findings = checkCaCertResponse({ contentType: type(response) ?? null, body: response.body })
      expect(findings.map(({ kind }) => kind)).toEqual(kinds)
    }
  })

  test('a CA alone is sent whatever it says of its use', () => {
    expect(type(buildCaCertResponse({ ca: bareRoot.certificate }))).toBe('application/x-x509-ca-cert')
  })

  const refusals: readonly (readonly [string, Parameters<typeof buildCaCertResponse>[0], RegExp])[] = [
    ['a CA that may only issue, in a bag', { ca: signOnlyCa.certificate, chain: [root.certificate] }, /key usage/],
    ['a CA without key usage, in a bag', { ca: quietRoot.certificate, links: [root.certificate] }, /key usage/],
    ['an RA that may only sign', { ca: root.certificate, ra: [raSign.certificate] }, /key usage/],
    ['an RA that may only decrypt', { ca: root.certificate, ra: [raEncrypt.certificate] }, /key usage/],
    [
      'two RAs in the wrong places',
      { ca: root.certificate, ra: [raSign.certificate, raEncrypt.certificate] },
      /key usage/,
    ],
    ['an RA without key usage', { ca: root.certificate, ra: [bare.certificate] }, /key usage/],
    ['an EC key to decrypt with', { ca: root.certificate, ra: [ecRa.certificate] }, /no RSA key/],
    ['an RA of another CA', { ca: bareRoot.certificate, ra: [ra.certificate] }, /not issued by the CA/],
    [
      'an RA whose second half is of another CA',
      { ca: issuing.certificate, ra: [raEncrypt.certificate, otherSign.certificate] },
      /not issued by the CA/,
    ],
    [
      'an RA whose first half is of another CA',
      { ca: otherRoot.certificate, ra: [raEncrypt.certificate, otherSign.certificate] },
      /not issued by the CA/,
    ],
  ]
  test.each(refusals)('%s: refused', (_, input, reason) => {
    expectRefusal(() => buildCaCertResponse(input), 'ERR_INVALID_ARGUMENT', reason)
  })
})

describe('openCaCertResponse', () => {
  const body = buildCertificateBag([ra, issuing, root].map(({ certificate }) => certificate))
  const at = { now: NOW }

  test.each(['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'] as const)(
    'a %s fingerprint of the root, in every spelling',
    async (digest) => {
      const print = await certificateFingerprint(root.certificate, digest)
      for (const fingerprint of [
        print,
        print.toUpperCase(),
        (print.match(/../g) ?? []).join(':'),
        (print.match(/.{1,4}/g) ?? []).join(' '),
      ])
        expect(rolesOf(await openCaCertResponse(body, { fingerprint, digest, ...at }))).toEqual(
          expected('root', 'issuing', 'RA', 'RA'),
        )
    },
  )

  test('a fingerprint of something below vouches for what is below', async () => {
    const of = async (certificate: Certificate) => {
      const fingerprint = await certificateFingerprint(certificate, 'SHA-256')
      return openCaCertResponse(body, { fingerprint, digest: 'SHA-256', ...at })
    }
    expect(rolesOf(await of(issuing.certificate))).toEqual(expected(null, 'issuing', 'RA', 'RA'))
    const alone = await of(ra.certificate)
    expect(rolesOf(alone)).toEqual(expected(null, 'RA', 'RA', 'RA'))
    expect(alone.all).toHaveLength(1)
  })

  test('an anchor; what does not lead to it is left out before the roles are chosen', async () => {
    const trust: Trust = { anchors: [root.certificate] }
    const intruder = await selfSigned('intruder', rsaKey(6))
    const intruded = await issued('intruding RA', rsaKey(7), intruder, { purpose: 'scep-ra' })
    const bag = buildCertificateBag([intruded, intruder, ra, issuing].map(({ certificate }) => certificate))
    expect(rolesOf(parseCaCertResponse(bag)).recipient).toBe(n('intruding RA'))
    const opened = await openCaCertResponse(bag, { trust, ...at })
    expect(rolesOf(opened)).toEqual(expected(null, 'issuing', 'RA', 'RA'))
    expect(opened.all).toHaveLength(2)
    expect(opened.refused.map(({ certificate, error }) => [formatName(certificate.subject), error.code])).toEqual([
      [n('intruding RA'), 'ERR_CERTIFICATE_UNTRUSTED'],
      [n('intruder'), 'ERR_CERTIFICATE_UNTRUSTED'],
    ])
    expect((await openCaCertResponse(body, { trust, ...at })).refused).toEqual([])
  })

  test('an RA that is refused is told, with the reason', async () => {
    const trust: Trust = { anchors: [root.certificate] }
    const dates = { notBefore: new Date('2026-01-01'), notAfter: new Date('2026-02-01') }
    const expired = await issued('RA', rsaKey(2), issuing, { purpose: 'scep-ra', ...dates })
    const small = await issued('RA', SMALL_RSA_KEY, issuing, { purpose: 'scep-ra' })
    for (const [one, code] of [
      [expired, 'ERR_CERTIFICATE_TIME'],
      [small, 'ERR_ALGORITHM_NOT_ACCEPTED'],
    ] as const) {
      const bag = buildCertificateBag([one, issuing, root].map(({ certificate }) => certificate))
      const opened = await openCaCertResponse(bag, { trust, ...at })
      expect(rolesOf(opened)).toEqual(expected('root', 'issuing', 'issuing', 'issuing'))
      expect(opened.refused.map(({ certificate, error }) => [certificate.der, error.code])).toEqual([
        [one.certificate.der, code],
      ])
    }
    const bag = buildCertificateBag([small, issuing, root].map(({ certificate }) => certificate))
    const opened = await openCaCertResponse(bag, { trust, ...at, accept: { minRsaBits: 1024 } })
    expect(rolesOf(opened)).toEqual(expected('root', 'issuing', 'RA', 'RA'))
    expect(opened.refused).toEqual([])
  })

  test('what is accepted is for the caller to say', async () => {
    const trust: Trust = { anchors: [root.certificate] }
    const strict = openCaCertResponse(body, { trust, ...at, accept: { digests: ['SHA-512'] } })
    // The root is an anchor, and its own signature is not looked at.
    expect((await strict).all.map(({ subject }) => formatName(subject))).toEqual([n('root')])
    const wrong = openCaCertResponse(body, { trust, ...at, accept: { minRsaBits: 1 } })
    await expectRejection(wrong, 'ERR_INVALID_ARGUMENT', /minRsaBits/)
  })

  test('a bag whose certificates ask for more signatures than a bag of CAs has', async () => {
    // All of one name, so that each may have issued each.
    const key = craftKey()
    const extensions = [DER.basicConstraintsCa, DER.keyCertSign]
    const name = craftCn('many')
    const many = Array.from({ length: 40 }, (_, i) =>
      craft({ subject: name, issuer: name, serial: Uint8Array.of(i + 1), spki: craftKey().spki, extensions }, key),
    )
    const verified = vi.spyOn(runtime.native!, 'verify')
    try {
      const bag = buildCertificateBag([...many, root.certificate])
      const call = openCaCertResponse(bag, { trust: { anchors: [root.certificate] }, ...at })
      await expectRejection(call, 'ERR_LIMIT', /too many signatures/)
      expect(verified.mock.calls.length).toBe(256)
    } finally {
      verified.mockRestore()
    }
  })

  test('an outage is no judgement', async () => {
    const trust: Trust = { anchors: [root.certificate] }
    const call = openCaCertResponse(body, { trust, ...at, crypto: failingProvider('verify', 1) })
    await expect(call).rejects.toBe(OUTAGE)
  })

  test('nor is a provider that cannot verify what issued the RA: the CA is not taken for want of it', async () => {
    const ecCa = await issued('EC CA', craftKey(), root, { purpose: 'ca' })
    const below = await issued('RA', rsaKey(2), ecCa, { purpose: 'scep-ra' })
    const bag = buildCertificateBag([root, ecCa, below].map(({ certificate }) => certificate))
    const trust: Trust = { anchors: [root.certificate] }
    expect((await openCaCertResponse(bag, { trust, ...at })).recipient.der).toEqual(below.certificate.der)
    const call = openCaCertResponse(bag, { trust, ...at, crypto: providerWithout('ECDSA') })
    await expectRejection(call, 'ERR_CRYPTO_UNAVAILABLE', /ECDSA/)
  })

  test('refusals', async () => {
    const print = await certificateFingerprint(otherSign.certificate, 'SHA-256')
    const by = (fingerprint: string, digest = 'SHA-256') =>
      openCaCertResponse(body, { fingerprint, digest: digest as 'SHA-256', ...at })
    await expectRejection(by(print), 'ERR_CERTIFICATE_UNTRUSTED', /fingerprint/)
    for (const wrong of ['', 'zz'.repeat(32), print.slice(2), `${print}00`, ' : '])
      await expectRejection(by(wrong), 'ERR_INVALID_ARGUMENT', /hex as long/)
    await expectRejection(by(print, 'SHA-512'), 'ERR_INVALID_ARGUMENT')
    await expectRejection(by(print, 'CRC-32'), 'ERR_INVALID_ARGUMENT', /digest/)
    await expectRejection(by(undefined as unknown as string), 'ERR_INVALID_ARGUMENT', /fingerprint/)
    const none = { trust: { anchors: [] } } as unknown as { trust: Trust }
    await expectRejection(openCaCertResponse(body, none), 'ERR_INVALID_ARGUMENT', /anchors/)
    const foreign = { trust: { anchors: [otherSign.certificate] as const }, ...at }
    await expectRejection(openCaCertResponse(body, foreign), 'ERR_CERTIFICATE_UNTRUSTED')
    const late = { trust: { anchors: [root.certificate] as const }, now: new Date('2040-01-01') }
    await expectRejection(openCaCertResponse(body, late), 'ERR_CERTIFICATE_TIME')
  })
})

describeWithFixtures("Apple's own GetCACert tests", () => {
  const folder = 'scep/apple-oss-distributions__Security/getcacert-'
  const subject = (name: string) => expect.stringContaining(name) as string

  test.each([
    ['msscep-ivpntest', '610c81a9000000000003', '610c833f000000000004', 'qasrv10.ivpntest.com', 'qasrv10.ivpntest.com'],
    [
      'ndes-wf',
      '61e8749b00000000000d',
      '61e59cc300000000000c',
      'Wells Fargo Infrastructure CA 02',
      'Infrastructure Root',
    ],
    ['ruby-iphone-scep', '64', '64', 'ACME Root CA', 'ACME Root CA'],
  ])('%s: who signs, who decrypts, the CA and the root', (name, signer, recipient, issuer, top) => {
    const ca = parseCaCertResponse(fixture(`${folder}${name}.der`))
    expect(ca.signers.map(({ serialNumber }) => serialNumber)).toEqual([signer])
    expect(ca.recipient.serialNumber).toBe(recipient)
    expect(rolesOf(ca)).toMatchObject({ issuer: subject(issuer), root: subject(top) })
    const reversed = parseCaCertResponse(buildCertificateBag([...ca.all].reverse()))
    expect(rolesOf(reversed)).toEqual(rolesOf(ca))
  })

  test('fingerprints', async () => {
    const msscep = parseCaCertResponse(fixture(`${folder}msscep-ivpntest.der`))
    expect(await certificateFingerprint(msscep.issuer, 'MD5')).toBe('137f4daa5da0651bbd548cc2d3d4ced0')
    const ruby = parseCaCertResponse(fixture(`${folder}ruby-iphone-scep.der`))
    expect(await certificateFingerprint(ruby.issuer, 'SHA-1')).toBe('f35f6bd1640bc18198b930d197103b45f06e53db')
    // Its keys have 1024 bits: below what a client encrypts to today.
    const fingerprint = 'f35f6bd1640bc18198b930d197103b45f06e53db'
    const call = openCaCertResponse(fixture(`${folder}ruby-iphone-scep.der`), {
      fingerprint,
      digest: 'SHA-1',
      now: new Date('2010-01-01'),
    })
    await expectRejection(call, 'ERR_ALGORITHM_NOT_ACCEPTED', /1024/)
    const named = { digests: ['SHA-1', 'MD5'], minRsaBits: 1024 } as const
    const opened = await openCaCertResponse(fixture(`${folder}ruby-iphone-scep.der`), {
      fingerprint,
      digest: 'SHA-1',
      now: new Date('2010-01-01'),
      accept: named,
    })
    expect([opened.refused, opened.signers.map(({ serialNumber }) => serialNumber)]).toEqual([[], ['64']])
    const wells = {
      trust: { anchors: [parseCaCertResponse(fixture(`${folder}ndes-wf.der`)).root!] as const },
      now: new Date('2012-06-01'),
    }
    expect((await openCaCertResponse(fixture(`${folder}ndes-wf.der`), wells)).all).toHaveLength(4)
  })
})
