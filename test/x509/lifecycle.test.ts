import { beforeAll, describe, expect, test } from 'vitest'
import { encodeHex } from '../../src/bytes/hex.js'
import { generateKey } from '../../src/crypto/private-key.js'
import { certificateParts, parseCertificate } from '../../src/x509/certificate.js'
import { readExtensions } from '../../src/x509/extensions.js'
import { importIdentity } from '../../src/x509/identity.js'
import { type IssueCertificateInput, issueCertificate, issueSelfSigned } from '../../src/x509/issue.js'
import { checkCaRollover, issueCaLinks } from '../../src/x509/lifecycle/ca-rollover.js'
import { findCertificate } from '../../src/x509/lifecycle/find-certificate.js'
import { planRenewal } from '../../src/x509/lifecycle/plan-renewal.js'
import { renewCertificate } from '../../src/x509/lifecycle/renew-certificate.js'
import { checkReserveCertificate } from '../../src/x509/lifecycle/reserve-certificate.js'
import { distinguishedName, formatName } from '../../src/x509/name.js'
import { verifyCertificatePath } from '../../src/x509/path.js'
import type { Certificate, Identity } from '../../src/types.js'
import { describeWithTools, runOk } from '../support/openssl.js'
import { expectRefusal, expectRejection } from '../support/hostile.js'
import { toPem } from '../../src/x509/pem.js'

const DAY = 86_400_000
const from = new Date('2026-01-01T00:00:00Z')
const to = new Date('2027-01-01T00:00:00Z')
const now = new Date('2026-06-01T00:00:00Z')

interface Key {
  readonly privateKey: Uint8Array
  readonly publicKey: Uint8Array
}
let [one, two, three]: Key[] = []
let ca: Identity
let device: Certificate

type Template = Partial<Omit<IssueCertificateInput, 'subject' | 'publicKey'>> & { readonly cn: string }

function template({ cn, ...rest }: Template): Omit<IssueCertificateInput, 'publicKey'> {
  const subject = distinguishedName([['CN', cn]])
  return { serialNumber: '10', notBefore: from, notAfter: to, purpose: 'ca', ...rest, subject }
}
async function root(key: Key, rest: Template): Promise<Identity> {
  const certificate = await issueSelfSigned({ ...template(rest), privateKey: key.privateKey })
  return importIdentity({ certificate, privateKey: key.privateKey })
}
const issued = (by: Identity, key: Key, rest: Template): Promise<Certificate> =>
  issueCertificate({ ...template({ purpose: 'device-identity', ...rest }), publicKey: key.publicKey }, by)

beforeAll(async () => {
  // P-256: nothing here depends on the algorithm but the two findings about RSA.
  ;[one, two, three] = await Promise.all([generateKey('P-256'), generateKey('P-256'), generateKey('P-256')])
  ca = await root(one, { cn: 'CA', notAfter: new Date('2030-01-01') })
  device = await issued(ca, two, { cn: 'device', serialNumber: '4a2f' })
})

describe('findCertificate', () => {
  let list: readonly Certificate[]
  beforeAll(async () => {
    const again = await issued(ca, two!, { cn: 'device', serialNumber: '99', notAfter: new Date('2028-01-01') })
    const decimal = await issued(ca, two!, { cn: 'other', serialNumber: '2710' })
    list = [device, again, decimal]
  })

  test.each([
    ['4a2f', 0],
    ['4A2F', 0],
    ['0x4a2f', 0],
    ['4A:2F', 0],
    ['18991', 0],
    ['2710', 2],
    ['10000', 2],
    ['00:27:10', 2],
  ])('by serial number %s', (serialNumber, index) => {
    expect(findCertificate(list, { serialNumber })).toBe(list[index])
  })

  test('by full names; of several the one that ends last', () => {
    expect(findCertificate(list, { commonName: 'device' })).toBe(list[1])
    expect(findCertificate(list, { commonName: 'device', issuerCommonName: 'CA', serialNumber: '4a2f' })).toBe(list[0])
    expect(findCertificate(list, { commonName: 'devic' })).toBeNull()
    expect(findCertificate(list, { commonName: 'DEVICE' })).toBeNull()
    expect(findCertificate(list, { commonName: 'device', issuerCommonName: 'Other CA' })).toBeNull()
    expect(findCertificate(list, { serialNumber: '0x18991' })).toBeNull()
  })

  test('a query that says nothing, or no number', () => {
    expectRefusal(() => findCertificate(list, {}), 'ERR_INVALID_ARGUMENT', /query/)
    for (const serialNumber of ['', '0x', '12g', '-1']) {
      expectRefusal(() => findCertificate(list, { serialNumber }), 'ERR_INVALID_ARGUMENT', /serialNumber/)
    }
  })
})

describe('planRenewal', () => {
  test('notices daily for the last thirty days, the reserve sixty days before', () => {
    const plan = planRenewal(device)
    expect(plan.expiresAt).toEqual(to)
    expect(plan.noticeFrom).toEqual(new Date('2026-12-02T00:00:00Z'))
    expect(plan.notices).toHaveLength(30)
    expect(plan.notices[0]).toEqual(plan.noticeFrom)
    expect(plan.notices[29]).toEqual(new Date('2026-12-31T00:00:00Z'))
    expect(plan.reserveAt).toEqual(new Date('2026-11-02T00:00:00Z'))
    expect(plan.switchAt).toEqual(to)
  })

  test('a switch after some days, and never after the end', () => {
    expect(planRenewal(device, { switchAfterDays: 14 }).switchAt).toEqual(new Date('2026-11-16T00:00:00Z'))
    expect(planRenewal(device, { switchAfterDays: 61 }).switchAt).toEqual(to)
    expect(planRenewal(device, { noticeDays: 10, noticeEveryDays: 3 }).notices).toHaveLength(4)
    expect(planRenewal(device, { noticeDays: 0 }).notices).toEqual([])
  })

  test.each([
    ['2028-03-01T00:00:00Z', '2028-01-31T00:00:00Z'],
    ['2027-03-01T00:00:00Z', '2027-01-30T00:00:00Z'],
    ['2050-01-01T00:00:01Z', '2049-12-02T00:00:01Z'],
  ])('of an end at %s: a leap year, a short one, another type of time', async (end, notice) => {
    const long = await root(three!, { cn: 'x', notAfter: new Date(end) })
    expect(planRenewal(long.certificate).noticeFrom).toEqual(new Date(notice))
  })

  test.each([
    { noticeDays: -1 },
    { reserveDays: Number.NaN },
    { noticeEveryDays: 0 },
    { noticeEveryDays: 0.001 },
    { switchAfterDays: Infinity },
  ])('refuses %j', (policy) => {
    expectRefusal(() => planRenewal(device, policy), 'ERR_INVALID_ARGUMENT', /Days/)
  })
})

describe('renewCertificate', () => {
  const input = { serialNumber: '77', notBefore: to, notAfter: new Date('2028-01-01') }

  test('keeps subject, extensions and key', async () => {
    const renewed = await renewCertificate(device, input, ca)
    expect(renewed.serialNumber).toBe('77')
    expect(formatName(renewed.subject)).toBe('CN=device')
    expect(renewed.publicKey).toEqual(device.publicKey)
    expect(renewed.extensions).toEqual(device.extensions)
    expect([renewed.notBefore, renewed.notAfter]).toEqual([input.notBefore, input.notAfter])
    await verifyCertificatePath(renewed, { anchors: [ca.certificate] }, { now: new Date('2027-06-01') })
  })

  test('with a new key has its identifier, and under another CA that of the CA', async () => {
    const other = await root(three!, { cn: 'Other CA', notAfter: new Date('2030-01-01') })
    const renewed = await renewCertificate(device, { ...input, publicKey: one!.publicKey }, other)
    const [before, after] = [readExtensions(device.extensions), readExtensions(renewed.extensions)]
    expect(after.subjectKeyIdentifier).toBe(readExtensions(ca.certificate.extensions).subjectKeyIdentifier)
    expect(after.authorityKeyIdentifier).toBe(readExtensions(other.certificate.extensions).subjectKeyIdentifier)
    expect(after.extendedKeyUsage).toEqual(before.extendedKeyUsage)
    expect(renewed.extensions.map(({ oid }) => oid)).toEqual(device.extensions.map(({ oid }) => oid))
  })

  test('refuses the same serial number, and an end after the issuer', async () => {
    await expectRejection(
      renewCertificate(device, { ...input, serialNumber: '4a2f' }, ca),
      'ERR_INVALID_ARGUMENT',
      /serialNumber/,
    )
    const late = { ...input, notAfter: new Date('2031-01-01') }
    await expectRejection(renewCertificate(device, late, ca), 'ERR_INVALID_ARGUMENT', /notAfter/)
  })
})

describe('checkCaRollover', () => {
  const judged = async (next: Certificate, certificates: readonly Certificate[]) =>
    (await checkCaRollover(ca.certificate, next, certificates, { now })).map(({ kind, level, certificate }) => [
      kind,
      level,
      certificate === next ? 'ca' : certificate?.serialNumber,
    ])

  test('the same key under the same name: what was issued stays', async () => {
    const next = (await root(one!, { cn: 'CA', serialNumber: '11', notAfter: new Date('2040-01-01') })).certificate
    expect(await judged(next, [device])).toEqual([
      ['same-key', 'info', 'ca'],
      ['still-valid', 'info', '4a2f'],
    ])
  })

  test('a next CA that ends before what was issued', async () => {
    const next = (await root(one!, { cn: 'CA', serialNumber: '11', notAfter: new Date('2026-12-01') })).certificate
    const findings = await checkCaRollover(ca.certificate, next, [device])
    expect(findings.map(({ kind }) => kind)).toEqual(['same-key', 'still-valid', 'outlives-ca'])
    expect(findings[2]?.since).toEqual(new Date('2026-12-01'))
  })

  test('a new key: everything is to be issued anew, before the current CA ends', async () => {
    const next = (await root(three!, { cn: 'CA', serialNumber: '11' })).certificate
    expect(await judged(next, [device])).toEqual([
      ['new-key', 'info', 'ca'],
      ['must-reissue', 'warning', '4a2f'],
    ])
    const [, finding] = await checkCaRollover(ca.certificate, next, [device])
    expect(finding?.since).toEqual(ca.certificate.notAfter)
  })

  test('the same key under another name chains to nothing', async () => {
    const next = (await root(one!, { cn: 'CA 2', serialNumber: '11' })).certificate
    expect(await judged(next, [device])).toEqual([
      ['same-key', 'info', 'ca'],
      ['subject-differs', 'warning', 'ca'],
      ['must-reissue', 'warning', '4a2f'],
    ])
  })
})

describe('issueCaLinks', () => {
  test('lead from the old key to the new one and back, while both live', async () => {
    const next = await root(three!, {
      cn: 'CA',
      serialNumber: '11',
      notBefore: new Date('2026-03-01'),
      notAfter: new Date('2040-01-01'),
    })
    const { newWithOld, oldWithNew } = await issueCaLinks(ca, next, ['a1', 'b1'])
    expect([newWithOld.serialNumber, oldWithNew.serialNumber]).toEqual(['a1', 'b1'])
    expect(newWithOld.publicKey).toEqual(next.certificate.publicKey)
    expect(oldWithNew.publicKey).toEqual(ca.certificate.publicKey)
    for (const link of [newWithOld, oldWithNew])
      expect([link.notBefore, link.notAfter]).toEqual([new Date('2026-03-01'), new Date('2030-01-01')])
    const fresh = await issued(next, two!, { cn: 'fresh', notBefore: new Date('2026-04-01') })
    // A client that trusts the old key alone verifies what the new one issued, and the other way round.
    expect(
      await verifyCertificatePath(fresh, { anchors: [ca.certificate], intermediates: [newWithOld] }, { now }),
    ).toHaveLength(3)
    expect(
      await verifyCertificatePath(device, { anchors: [next.certificate], intermediates: [oldWithNew] }, { now }),
    ).toHaveLength(3)
  })

  test('refuses CAs that do not overlap', async () => {
    const next = await root(three!, { cn: 'CA', notBefore: new Date('2035-01-01'), notAfter: new Date('2040-01-01') })
    await expectRejection(issueCaLinks(ca, next, ['a1', 'b1']), 'ERR_INVALID_ARGUMENT')
  })
})

describe('checkReserveCertificate', () => {
  const names = { subjectAltNames: [{ type: 'dns', value: 'mdm.example.com' }] as const }
  const server = (by: Identity, rest: Partial<Template> = {}) =>
    issued(by, two!, { cn: 'x', purpose: 'tls-server', ...names, ...rest })
  let current: { certificate: Certificate; chain: readonly Certificate[] }
  beforeAll(async () => {
    current = { certificate: await server(ca), chain: [ca.certificate] }
  })
  const judged = async (
    certificate: Certificate,
    chain: readonly Certificate[] = [ca.certificate],
    host = 'mdm.example.com',
    at = now,
  ) =>
    (await checkReserveCertificate({ certificate, chain }, current, { host, now: at })).map(
      ({ kind, level }) => `${level} ${kind}`,
    )

  test('nothing to say about a good one', async () => {
    expect(await judged(await server(ca, { serialNumber: '31' }))).toEqual([])
  })

  test.each([
    ['*.example.com', 'mdm.example.com', true],
    ['*.example.com', 'a.mdm.example.com', false],
    ['*.example.com', 'example.com', false],
    ['MDM.Example.COM', 'mdm.example.com.', true],
    ['*.com', 'example.com', false],
    ['m*.example.com', 'mdm.example.com', false],
    ['mdm.example.com', 'mdm.example.org', false],
  ])('a certificate for %s and the host %s: %s', async (value, host, fits) => {
    const certificate = await server(ca, { subjectAltNames: [{ type: 'dns', value }] })
    expect(await judged(certificate, undefined, host)).toEqual(fits ? [] : ['error host-mismatch'])
  })

  test('addresses by their own kind of name, and no common name', async () => {
    const address = await server(ca, { subjectAltNames: [{ type: 'ip', value: '192.0.2.1' }] })
    expect(await judged(address, undefined, '192.0.2.1')).toEqual([])
    const named = await server(ca, { subjectAltNames: [{ type: 'dns', value: '192.0.2.1' }] })
    expect(await judged(named, undefined, '192.0.2.1')).toEqual(['error host-mismatch'])
    const common = await issued(ca, two!, { cn: 'mdm.example.com', purpose: 'tls-server' })
    expect(await judged(common)).toEqual(['error host-mismatch'])
  })

  test('dates', async () => {
    expect(await judged(await server(ca), undefined, undefined, new Date('2027-06-01'))).toEqual(['error expired'])
    const later = await server(ca, { notBefore: new Date('2026-12-01'), notAfter: new Date('2027-06-01') })
    expect(await judged(later)).toEqual(['info not-yet-valid'])
    const gap = await server(ca, { notBefore: new Date('2027-02-01'), notAfter: new Date('2027-06-01') })
    expect(await judged(gap)).toEqual(['error not-yet-valid'])
    expect(await judged(await server(ca, { notAfter: new Date(to.getTime() + DAY) }))).toEqual([
      'error validity-exceeds-current',
    ])
  })

  test('the chain', async () => {
    const certificate = await server(ca)
    expect(await judged(certificate, [])).toEqual(['error chain-incomplete'])
    const stranger = await root(three!, { cn: 'Stranger' })
    expect(await judged(certificate, [stranger.certificate])).toEqual([
      'error chain-incomplete',
      'warning root-differs',
    ])
    const impostor = await root(three!, { cn: 'CA' })
    expect(await judged(certificate, [impostor.certificate])).toEqual([
      'error issuer-untrusted',
      'warning root-differs',
    ])
  })

  test('another root is a warning, the same root with its key renewed is the same', async () => {
    const other = await root(three!, { cn: 'Other CA' })
    expect(await judged(await server(other), [other.certificate])).toEqual(['warning root-differs'])
    const renewed = await root(one!, { cn: 'CA', serialNumber: '12', notAfter: new Date('2035-01-01') })
    expect(await judged(await server(renewed), [renewed.certificate])).toEqual([])
  })

  test('for something else than servers', async () => {
    expect(await judged(await server(ca, { purpose: 'device-identity' }))).toEqual(['error not-server-auth'])
    expect(await judged(await server(ca, { purpose: 'custom' }))).toEqual(['error not-server-auth'])
  })

  test('an empty host', async () => {
    await expectRejection(judged(await server(ca), undefined, ''), 'ERR_INVALID_ARGUMENT', /host/)
  })

  describeWithTools('weak ones of OpenSSL', ['openssl'], () => {
    test('small RSA keys, and a signature over SHA-1', async () => {
      const script = [
        'req',
        '-x509',
        '-newkey',
        'rsa:1024',
        '-nodes',
        '-keyout',
        'ca.key',
        '-out',
        'ca.pem',
        '-subj',
        '/CN=Weak',
        '-days',
        '9',
      ]
      const made = runOk('openssl', [...script, '-addext', 'keyUsage=critical,keyCertSign'])
      const weakKey = new TextDecoder().decode(made.output('ca.key'))
      const weakRoot = await importIdentity({
        certificate: new TextDecoder().decode(made.output('ca.pem')),
        privateKey: weakKey,
      })
      const sha1 = await issueCertificate(
        {
          ...template({
            cn: 'x',
            purpose: 'tls-server',
            notBefore: weakRoot.certificate.notBefore,
            notAfter: weakRoot.certificate.notAfter,
            ...names,
          }),
          publicKey: weakRoot.certificate.publicKey,
        },
        {
          certificate: weakRoot.certificate,
          key: { signature: 'RSASSA-PKCS1-v1_5', digests: ['SHA-1'], sign: signOf(weakRoot) },
        },
      )
      const found = await judged(
        sha1,
        [weakRoot.certificate],
        undefined,
        new Date(weakRoot.certificate.notBefore.getTime() + DAY),
      )
      expect(found).toEqual([
        'warning root-differs',
        'error rsa-key-too-small',
        'error weak-digest',
        'error root-rsa-key-too-small',
      ])
    })

    test('what we renew and link, OpenSSL verifies', async () => {
      const next = await root(three!, { cn: 'CA', serialNumber: '11', notAfter: new Date('2040-01-01') })
      const { newWithOld } = await issueCaLinks(ca, next, ['a1', 'b1'])
      const fresh = await issued(next, two!, { cn: 'fresh' })
      const renewed = await renewCertificate(fresh, { serialNumber: '78', notBefore: from, notAfter: to }, next)
      const inputs = {
        'root.pem': toPem('CERTIFICATE', ca.certificate.der),
        'link.pem': toPem('CERTIFICATE', newWithOld.der),
        'leaf.pem': toPem('CERTIFICATE', renewed.der),
      }
      const at = String(Math.floor(now.getTime() / 1000))
      const args = [
        'verify',
        '-attime',
        at,
        '-x509_strict',
        '-CAfile',
        'root.pem',
        '-untrusted',
        'link.pem',
        'leaf.pem',
      ]
      expect(runOk('openssl', args, { inputs }).stdoutText).toContain('leaf.pem: OK')
    })
  })
})

function signOf(identity: Identity) {
  if (!('sign' in identity.key)) throw new Error('a remote signer is expected')
  const { key } = identity
  return (data: Uint8Array<ArrayBuffer>, digest: Parameters<typeof key.sign>[1]) => key.sign(data, digest)
}

test('generated chains of 1 to 10 verify after each link was renewed', async () => {
  let issuer = ca
  const chain: Certificate[] = []
  for (let length = 1; length <= 9; length++) {
    const certificate = await issued(issuer, two!, {
      cn: `CA ${String(length)}`,
      purpose: 'ca',
      serialNumber: `5${String(length)}`,
      notAfter: to,
    })
    const renewed = await renewCertificate(
      certificate,
      { serialNumber: `6${String(length)}`, notBefore: from, notAfter: to },
      issuer,
    )
    const path = await verifyCertificatePath(renewed, { anchors: [ca.certificate], intermediates: chain }, { now })
    expect(path).toHaveLength(length + 1)
    chain.unshift(renewed)
    issuer = await importIdentity({ certificate: renewed, privateKey: two!.privateKey })
  }
  const tooLong = await issued(issuer, two!, { cn: 'leaf' })
  await expectRejection(
    verifyCertificatePath(tooLong, { anchors: [ca.certificate], intermediates: chain }, { now }),
    'ERR_CERTIFICATE_UNTRUSTED',
    /10/,
  )
  expect(encodeHex(certificateParts(parseCertificate(tooLong.der)).der)).toBe(encodeHex(tooLong.der))
})

test('findCertificate: of several the one that ends last, wherever it stands; of two that end together the first', async () => {
  const later = await issued(ca, two!, { cn: 'device', serialNumber: '99', notAfter: new Date('2028-01-01') })
  const twin = await issued(ca, two!, { cn: 'device', serialNumber: '9a' })
  expect(findCertificate([later, device], { commonName: 'device' })).toBe(later)
  expect(findCertificate([device, later, twin], { commonName: 'device' })).toBe(later)
  expect(findCertificate([device, twin], { commonName: 'device' })).toBe(device)
})

test('checkReserveCertificate: one that begins in the second the current one ends leaves no gap', async () => {
  const server = (rest: Partial<Template>): Promise<Certificate> =>
    issued(ca, two!, {
      cn: 'x',
      purpose: 'tls-server',
      subjectAltNames: [{ type: 'dns', value: 'mdm.example.com' }],
      ...rest,
    })
  const chain = [ca.certificate]
  const certificate = await server({ notBefore: to, notAfter: new Date('2027-06-01') })
  const current = { certificate: await server({}), chain }
  const found = await checkReserveCertificate({ certificate, chain }, current, { host: 'mdm.example.com', now })
  expect(found.map(({ kind, level }) => `${level} ${kind}`)).toEqual(['info not-yet-valid'])
})

test('checkReserveCertificate: chain-incomplete names the certificate above which the gap is', async () => {
  const server = {
    cn: 'x',
    purpose: 'tls-server',
    subjectAltNames: [{ type: 'dns', value: 'mdm.example.com' }],
  } as const
  const [top, stranger] = [await root(three!, { cn: 'Top' }), await root(one!, { cn: 'Stranger' })]
  const middle = await importIdentity({
    certificate: await issued(top, one!, { cn: 'Middle', purpose: 'ca' }),
    privateKey: one!.privateKey,
  })
  const certificate = await issued(middle, two!, server)
  const named = async (chain: readonly Certificate[]): Promise<Certificate | null | undefined> => {
    const found = await checkReserveCertificate(
      { certificate, chain },
      { certificate, chain },
      { host: 'mdm.example.com', now },
    )
    return found.find(({ kind }) => kind === 'chain-incomplete')?.certificate
  }
  expect(await named([middle.certificate, top.certificate])).toBeUndefined()
  expect(await named([middle.certificate, stranger.certificate])).toBe(middle.certificate)
  expect(await named([middle.certificate])).toBe(certificate)
})

test('checkReserveCertificate: one of several names is enough, of either kind', async () => {
  const chain = [ca.certificate]
  const certificate = await issued(ca, two!, {
    cn: 'x',
    purpose: 'tls-server',
    subjectAltNames: [
      { type: 'dns', value: 'a.example.com' },
      { type: 'ip', value: '192.0.2.1' },
      { type: 'ip', value: '192.0.2.2' },
      { type: 'dns', value: 'b.example.com' },
    ],
  })
  const found = (host: string) => checkReserveCertificate({ certificate, chain }, { certificate, chain }, { host, now })
  for (const host of ['a.example.com', 'b.example.com', '192.0.2.1', '192.0.2.2']) expect(await found(host)).toEqual([])
  expect((await found('192.0.2.3')).map(({ kind }) => kind)).toEqual(['host-mismatch'])
})
