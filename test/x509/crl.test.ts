import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { acceptedByDefault, acceptList } from '../../src/crypto/accept.js'
import { callContext } from '../../src/crypto/context.js'
import type { Bytes, Certificate, Trust } from '../../src/types.js'
import {
  buildCrl,
  type BuildCrlInput,
  buildExtensions,
  formatName,
  importIdentity,
  parseCrl,
  readExtensions,
  toPem,
  verifyCertificatePath,
  verifyCrl,
} from '../../src/x509.js'
import { buildPath } from '../../src/x509/path.js'
import { hex, tlv } from '../support/asn1.js'
import {
  expectRefusal,
  expectRejection,
  flips,
  growth,
  outcomes,
  rejectionOf,
  truncations,
} from '../support/hostile.js'
import { describeWithTools, openWorkplace, run, runOk } from '../support/openssl.js'
import { readyKey } from '../support/rsa-keys.js'
import { type Entity, extension, makeCa, makeLeaf, makeRoot, NOW } from './authority.js'
import { craft, craftCn, craftKey, DER, text } from './craft.js'

const root = await makeRoot('root')
const issuing = await makeCa('issuing', root)
const leaf = await makeLeaf('leaf', issuing)
const anchors = [root.certificate] as const
const DAY = 86_400_000
const days = (count: number): Date => new Date(NOW.getTime() + count * DAY)

const input = (changes: Partial<BuildCrlInput> = {}): BuildCrlInput => ({
  revoked: [],
  number: '01',
  thisUpdate: days(-1),
  nextUpdate: days(6),
  ...changes,
})
const revoking = (...certificates: readonly Certificate[]): BuildCrlInput =>
  input({ revoked: certificates.map(({ serialNumber }) => ({ serialNumber, at: days(-1), reason: 1 })) })

describe('buildCrl and parseCrl', () => {
  test('say the same', async () => {
    const revoked = [
      { serialNumber: '01', at: days(-3), reason: 1 },
      { serialNumber: 'ff'.repeat(19), at: days(-2), reason: 6 },
      { serialNumber: '-80', at: days(-1) },
      { serialNumber: '02', at: days(-1), reason: 0 },
    ]
    const crl = parseCrl(await buildCrl(input({ revoked, number: 'a0' }), issuing.identity))
    expect(formatName(crl.issuer)).toBe('CN=issuing')
    expect([crl.thisUpdate, crl.nextUpdate, crl.number]).toEqual([days(-1), days(6), 'a0'])
    expect(crl.authorityKeyIdentifier).toBe(readExtensions(issuing.certificate.extensions).subjectKeyIdentifier)
    expect(crl.revoked).toEqual(
      revoked.map(({ serialNumber, at, reason }) => ({ serialNumber, at, reason: reason || null })),
    )
  })

  test('an empty list, PEM, and a date beyond 2049', async () => {
    const der = await buildCrl(input({ nextUpdate: new Date('2050-01-01T00:00:00Z') }), issuing.identity)
    expect(parseCrl(der).revoked).toEqual([])
    for (const form of [toPem('X509 CRL', der), text(toPem('X509 CRL', der))])
      expect(parseCrl(form).nextUpdate).toEqual(new Date('2050-01-01T00:00:00Z'))
  })

  test.each([
    ['a serial number that is no hex', { revoked: [{ serialNumber: 'x', at: NOW }] }],
    [
      'a certificate twice',
      {
        revoked: [
          { serialNumber: '01', at: NOW },
          { serialNumber: '1', at: NOW },
        ],
      },
    ],
    ['reason 7', { revoked: [{ serialNumber: '01', at: NOW, reason: 7 }] }],
    ['reason 8, which is for delta CRLs', { revoked: [{ serialNumber: '01', at: NOW, reason: 8 }] }],
    ['reason 11', { revoked: [{ serialNumber: '01', at: NOW, reason: 11 }] }],
    ['a reason below all', { revoked: [{ serialNumber: '01', at: NOW, reason: -1 }] }],
    ['half a reason', { revoked: [{ serialNumber: '01', at: NOW, reason: 0.5 }] }],
    ['no date', { revoked: [{ serialNumber: '01', at: undefined as unknown as Date }] }],
    ['an invalid date', { thisUpdate: new Date('x') }],
    ['dates the wrong way round', { nextUpdate: days(-2) }],
    ['no number', { number: '' }],
    ['a negative number', { number: '-01' }],
    ['a number of 21 octets', { number: '01'.repeat(21) }],
  ])('buildCrl refuses %s', async (_, changes) => {
    await expectRejection(buildCrl(input(changes), issuing.identity), 'ERR_INVALID_ARGUMENT')
  })

  test('buildCrl refuses an issuer that may not sign CRLs, or has no name', async () => {
    const { key } = root.identity
    const certificate = craft(
      { extensions: [DER.basicConstraintsCa, hex('300e 0603551d0f 0101ff 0404 03020204')] },
      root.key,
    )
    await expectRejection(buildCrl(input(), { certificate, key }), 'ERR_INVALID_ARGUMENT', /sign CRLs/)
    const nameless = craft({ subject: hex('3000') }, root.key)
    await expectRejection(buildCrl(input(), { certificate: nameless, key }), 'ERR_INVALID_ARGUMENT', /no subject/)
  })
})

interface CraftCrl {
  readonly version?: Bytes | null
  readonly issuer?: Bytes
  readonly thisUpdate?: Bytes
  readonly nextUpdate?: Bytes | null
  readonly entries?: readonly Bytes[]
  readonly extensions?: readonly Bytes[]
  readonly innerAlgorithm?: Bytes
  readonly algorithm?: Bytes
}

function craftCrl(crl: CraftCrl, signer: Entity = issuing): Bytes {
  const algorithm = crl.algorithm ?? DER.sha256Ecdsa
  const tbs = tlv(
    0x30,
    ...(crl.version === null ? [] : [crl.version ?? hex('020101')]),
    crl.innerAlgorithm ?? algorithm,
    crl.issuer ?? signer.certificate.der.slice(...subjectOf(signer.certificate)),
    crl.thisUpdate ?? tlv(0x17, text('270501000000Z')),
    ...(crl.nextUpdate === null ? [] : [crl.nextUpdate ?? tlv(0x17, text('270701000000Z'))]),
    ...(crl.entries === undefined ? [] : [tlv(0x30, ...crl.entries)]),
    ...(crl.extensions === undefined ? [] : [tlv(0xa0, tlv(0x30, ...crl.extensions))]),
  )
  return tlv(0x30, tbs, algorithm, tlv(0x03, hex('00'), new Uint8Array(sign('sha256', tbs, signer.key.privateKey))))
}

/** All names here are one common name as a PrintableString. */
function subjectOf(certificate: Certificate): [number, number] {
  const name = tlv(0x30, tlv(0x31, tlv(0x30, hex('0603550403'), tlv(0x13, text(certificate.subject[0]![0]!.value)))))
  const at = Buffer.from(certificate.der).lastIndexOf(Buffer.from(name))
  return [at, at + name.length]
}

const entry = (serial: string, ...extensions: readonly Bytes[]): Bytes =>
  tlv(
    0x30,
    tlv(0x02, hex(serial)),
    tlv(0x17, text('270501000000Z')),
    ...(extensions.length === 0 ? [] : [tlv(0x30, ...extensions)]),
  )
const critical = (oid: string, value: string | Bytes): Bytes =>
  tlv(0x30, tlv(0x06, hex(oid)), hex('0101ff'), tlv(0x04, typeof value === 'string' ? hex(value) : value))
const REASON_1 = hex('300a 0603551d15 0403 0a0101')

describe('parseCrl', () => {
  test('version 1, no nextUpdate, an empty list written out', () => {
    const crl = parseCrl(craftCrl({ version: null, nextUpdate: null, entries: [] }))
    expect([crl.nextUpdate, crl.number, crl.authorityKeyIdentifier, crl.revoked]).toEqual([null, null, null, []])
    expect(parseCrl(craftCrl({ entries: [entry('05', REASON_1)] })).revoked).toEqual([
      { serialNumber: '05', at: new Date('2027-05-01T00:00:00Z'), reason: 1 },
    ])
  })

  test.each([
    ['an unknown version', { version: hex('020102') }, 'ERR_CRL_INVALID', /version/],
    ['two signature algorithms', { innerAlgorithm: DER.sha1Ecdsa }, 'ERR_CRL_INVALID', /not the one outside/],
    [
      'a reason that does not exist',
      { entries: [entry('05', hex('300a 0603551d15 0403 0a010b'))] },
      'ERR_CRL_INVALID',
      /reason/,
    ],
    [
      'a reason of another type',
      { entries: [entry('05', hex('300a 0603551d15 0403 020101'))] },
      'ERR_CRL_INVALID',
      /reason/,
    ],
    [
      'an extension twice',
      { extensions: [hex('300a 0603551d14 0403 020101'), hex('300a 0603551d14 0403 020101')] },
      'ERR_CRL_INVALID',
      /twice/,
    ],
    ['a number that is none', { extensions: [hex('300a 0603551d14 0403 0a0101')] }, 'ERR_CRL_INVALID', /cRLNumber/],
    ['no extension', { extensions: [] }, 'ERR_CRL_INVALID', /crlExtensions/],
    ['a time that does not exist', { thisUpdate: tlv(0x17, text('270532000000Z')) }, 'ERR_ENCODING', /thisUpdate/],
    ['an entry without date', { entries: [hex('3003 020105')] }, 'ERR_CRL_INVALID', /revocationDate/],
  ] as const)('refuses %s', (_, changes, code, reason) => {
    expectRefusal(() => parseCrl(craftCrl(changes)), code, reason)
  })

  test('refuses certificates, text and nothing', () => {
    expectRefusal(() => parseCrl(root.certificate.der), 'ERR_CRL_INVALID')
    expectRefusal(() => parseCrl('crl'), 'ERR_ENCODING')
    expectRefusal(() => parseCrl(undefined as unknown as Bytes), 'ERR_INVALID_ARGUMENT')
  })

  test('truncations are refused, flipped bits give a value or a typed error', async () => {
    const der = await buildCrl(revoking(leaf), issuing.identity)
    expect(outcomes(truncations(der), parseCrl).values).toBe(0)
    outcomes(flips(der), parseCrl)
  })

  test('in linear time', () => {
    const ratio = growth(
      (size) => {
        const entries = Array.from({ length: size }, (_, i) =>
          entry((0x100000 + i).toString(16).padStart(6, '0'), REASON_1),
        )
        const der = craftCrl({ entries })
        return () => parseCrl(der)
      },
      2000,
      15,
    )
    expect(ratio).toBeLessThan(3)
  })
})

describe('verifyCrl', () => {
  const verify = (crl: Bytes, now: Date = NOW, issuer: Entity = issuing): Promise<void> =>
    verifyCrl(crl, issuer.certificate, { now })

  test('takes a list of the issuer, at both ends of its time', async () => {
    const crl = await buildCrl(input(), issuing.identity)
    for (const now of [NOW, days(-1), days(6)]) await verify(crl, now)
    await verify(craftCrl({ nextUpdate: null }), new Date('2099-01-01'))
  })

  test('refuses a stale list and one of the future', async () => {
    const crl = await buildCrl(input(), issuing.identity)
    await expectRejection(verify(crl, new Date(days(6).getTime() + 1)), 'ERR_CRL_TIME', /out of date/)
    await expectRejection(verify(crl, new Date(days(-1).getTime() - 1)), 'ERR_CRL_TIME', /future/)
  })

  test('refuses another issuer, another key, a changed list', async () => {
    const crl = await buildCrl(input(), issuing.identity)
    await expectRejection(verify(crl, NOW, root), 'ERR_CRL_INVALID', /another one/)
    const twin = await makeCa('issuing', root)
    await expectRejection(verify(crl, NOW, twin), 'ERR_CRL_INVALID', /signature/)
    const changed = crl.slice()
    changed[changed.length - 100]! ^= 1
    await expect(verify(changed)).rejects.toThrow()
  })

  test('refuses an issuer whose key usage does not allow it', async () => {
    const noCrl = await makeCa('plain', root, {
      purpose: 'custom',
      extensions: buildExtensions({ basicConstraints: { ca: true, pathLength: null }, keyUsage: ['keyCertSign'] }),
    })
    await expectRejection(verify(craftCrl({}, noCrl), NOW, noCrl), 'ERR_CRL_INVALID', /key usage/)
  })

  test.each([
    ['an unknown critical extension', { extensions: [critical('2a0304', '0500')] }, /not understood/],
    ['a delta', { extensions: [critical('551d1b', '020101')] }, /delta/],
    ['a delta that does not say so critically', { extensions: [hex('300a 0603551d1b 0403020101')] }, /delta/],
    [
      'an unknown critical extension of an entry',
      { entries: [entry('05', critical('2a0304', '0500'))] },
      /not understood/,
    ],
  ])('refuses %s', async (_, changes, reason) => {
    await expectRejection(verify(craftCrl(changes)), 'ERR_CRL_INVALID', reason)
  })

  test('judges algorithms by the list', async () => {
    const crl = await buildCrl(input(), issuing.identity)
    await expectRejection(
      verifyCrl(crl, issuing.certificate, { now: NOW, accept: { digests: ['SHA-512'] } }),
      'ERR_ALGORITHM_NOT_ACCEPTED',
    )
    await expectRejection(
      verifyCrl(crl, issuing.certificate, { now: NOW, accept: { signatures: ['RSA-PSS'] } }),
      'ERR_ALGORITHM_NOT_ACCEPTED',
    )
    await expectRejection(verifyCrl('crl' as unknown as Bytes, issuing.certificate), 'ERR_INVALID_ARGUMENT')
    const bare = craftCrl({ algorithm: hex('300d06092a864886f70d0101010500') })
    await expectRejection(verify(bare), 'ERR_CRL_INVALID', /names no digest/)
  })
})

describe('Trust.crls', () => {
  const verify = (
    certificate: Certificate,
    crls: readonly Uint8Array[],
    changes: Partial<Trust> = {},
    now: Date = NOW,
  ) => verifyCertificatePath(certificate, { anchors, intermediates: [issuing.certificate], crls, ...changes }, { now })

  test('refuses what its issuer revoked, and nothing else', async () => {
    const other = await makeLeaf('other', issuing)
    const crl = await buildCrl(revoking(leaf), issuing.identity)
    await expectRejection(verify(leaf, [crl]), 'ERR_CERTIFICATE_REVOKED')
    expect(await verify(other, [crl])).toHaveLength(3)
    const byRoot = await buildCrl(revoking(leaf), root.identity)
    expect(await verify(leaf, [byRoot])).toHaveLength(3)
  })

  test('refuses a path through a revoked CA', async () => {
    const crl = await buildCrl(revoking(issuing.certificate), root.identity)
    await expectRejection(verify(leaf, [crl]), 'ERR_CERTIFICATE_REVOKED')
  })

  test('finds another path around a revoked CA', async () => {
    const again = await makeCa('issuing', root, { key: issuing.key })
    const crl = await buildCrl(revoking(issuing.certificate), root.identity)
    const path = await verify(leaf, [crl], { intermediates: [issuing.certificate, again.certificate] })
    expect(path[1]).toBe(again.certificate)
  })

  test('does not judge where no list is given, nor the anchor', async () => {
    expect(await verify(leaf, [])).toHaveLength(3)
    const crl = await buildCrl(revoking(root.certificate), root.identity)
    expect(await verify(leaf, [crl])).toHaveLength(3)
    expect(await verify(root.certificate, [crl])).toHaveLength(1)
  })

  test('refuses a stale list, whatever is said of the certificates’ dates', async () => {
    const crl = await buildCrl(input(), issuing.identity)
    for (const validity of ['now', 'ignore', 'signing-time'] as const)
      await expectRejection(verify(leaf, [crl], { validity }, days(7)), 'ERR_CRL_TIME')
    const skew = { validity: { skewSeconds: 60 } }
    expect(await verify(leaf, [crl], skew, new Date(days(6).getTime() + 60_000))).toHaveLength(3)
    await expectRejection(verify(leaf, [crl], skew, new Date(days(6).getTime() + 60_001)), 'ERR_CRL_TIME')
  })

  test('refuses a list that the issuer did not sign', async () => {
    const impostor = await makeCa('issuing', root)
    await expectRejection(verify(leaf, [craftCrl({}, impostor)]), 'ERR_CRL_INVALID', /signature/)
  })

  test('refuses what is no list in DER, or signed in a way that is not accepted', async () => {
    const crl = await buildCrl(input(), issuing.identity)
    const weak = craftCrl({ algorithm: DER.sha1Ecdsa })
    const unknown = craftCrl({ algorithm: hex('300506032a0304') })
    const forms = {
      pem: text(toPem('X509 CRL', crl)),
      html: text('<html>'),
      empty: new Uint8Array(),
      cut: hex('30'),
      trailing: Uint8Array.from([...crl, 0]),
    }
    for (const bytes of Object.values(forms)) {
      const error = await rejectionOf(verify(leaf, [bytes]))
      expect([error.code, error.cause]).toEqual(['ERR_CRL_INVALID', expect.objectContaining({ code: 'ERR_ENCODING' })])
    }
    await expectRejection(verify(leaf, [weak]), 'ERR_CRL_INVALID', /SHA-1 is not accepted/)
    await expectRejection(verify(leaf, [unknown]), 'ERR_CRL_INVALID')
  })

  test('takes the list of another key of the same CA where that one is trusted, too', async () => {
    const twin = await makeCa('issuing', root)
    const [clear, full] = [await buildCrl(input(), twin.identity), await buildCrl(revoking(leaf), twin.identity)]
    await expectRejection(verify(leaf, [clear]), 'ERR_CRL_INVALID', /signature/)
    const intermediates = [issuing.certificate, twin.certificate]
    expect(await verify(leaf, [clear], { intermediates })).toHaveLength(3)
    await expectRejection(verify(leaf, [full], { intermediates }), 'ERR_CERTIFICATE_REVOKED')
    const ours = await buildCrl(revoking(leaf), issuing.identity)
    await expectRejection(verify(leaf, [clear, ours], { intermediates }), 'ERR_CERTIFICATE_REVOKED')
  })

  describe('a CA that keeps its name from key to key', async () => {
    const below = await makeLeaf('below', root)
    const signers = await Promise.all(Array.from({ length: 8 }, () => makeCa('root', root)))
    const trustOf = (count: number, crls: readonly Uint8Array[]): Trust => ({
      anchors,
      intermediates: signers.slice(0, count).map(({ certificate }) => certificate),
      crls,
    })
    const judge = (trust: Trust): Promise<readonly Certificate[]> => verifyCertificatePath(below, trust, { now: NOW })
    const empty = await Promise.all(signers.map(({ identity }) => buildCrl(input(), identity)))

    const replaced = (at: number, crl: Bytes): Bytes[] => empty.map((own, i) => (i === at ? crl : own))

    test.each([2, 3, 4, 5, 6, 7, 8])('has its lists by %i keys read', async (count) => {
      const bare = signers.map((signer) => craftCrl({}, signer))
      // With the hint which key it was, and without.
      for (const lists of [empty, bare]) {
        expect(await judge(trustOf(count, lists.slice(0, count)))).toHaveLength(2)
        expect(await judge(trustOf(count, lists.slice(0, count).reverse()))).toHaveLength(2)
      }
    })

    test('and by keys whose verification costs more', async () => {
      const sized = await Promise.all(
        [1, 2, 3].map(() =>
          makeCa('root', root, { key: readyKey(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey) }),
        ),
      )
      const crls = await Promise.all(sized.map(({ identity }) => buildCrl(input(), identity)))
      const intermediates = sized.map(({ certificate }) => certificate)
      expect(await judge({ anchors, intermediates, crls })).toHaveLength(2)
    })

    test('what any of them revokes is revoked', async () => {
      for (const [at, { identity }] of signers.entries()) {
        const crls = replaced(at, await buildCrl(revoking(below), identity))
        await expectRejection(judge(trustOf(8, crls)), 'ERR_CERTIFICATE_REVOKED')
      }
    })

    test('a list by a key that any of them, or the CA, revokes does not count', async () => {
      const [first, second, third] = signers as [Entity, Entity, Entity]
      for (const by of [root, second, third]) {
        const revokes = await buildCrl(revoking(first.certificate), by.identity)
        for (const crls of [
          [...empty.slice(0, 3), revokes],
          [revokes, ...empty.slice(0, 3)],
        ])
          await expectRejection(judge(trustOf(3, crls)), 'ERR_CRL_INVALID', /signature/)
      }
    })

    test('one list that is out of date is called so', async () => {
      const stale = await buildCrl(input({ thisUpdate: days(-9), nextUpdate: days(-2) }), signers[1]!.identity)
      await expectRejection(judge(trustOf(3, replaced(1, stale).slice(0, 3))), 'ERR_CRL_TIME')
    })

    test('too many signatures are a limit, and no list that nobody signed', async () => {
      const many = Array.from({ length: 5 }, () => empty.map((crl) => crl.slice())).flat()
      await expectRejection(judge(trustOf(8, many)), 'ERR_LIMIT')
    })
  })

  test('judges a separate signer as of now, and not by the purpose of the leaf', async () => {
    const expired = { notAfter: days(-1) }
    const [good, old] = [await makeCa('issuing', root), await makeCa('issuing', root, expired)]
    const judge = async (signer: Entity, changes: Partial<Trust>): Promise<readonly Certificate[]> => {
      const intermediates = [issuing.certificate, signer.certificate]
      return verify(leaf, [await buildCrl(input(), signer.identity)], { intermediates, ...changes })
    }
    expect(await judge(good, { extendedKeyUsage: '1.3.6.1.5.5.7.3.2' })).toHaveLength(3)
    for (const validity of ['now', 'signing-time'] as const)
      await expectRejection(judge(old, { validity }), 'ERR_CRL_INVALID')
    expect(await judge(old, { validity: 'ignore' })).toHaveLength(3)
  })

  test('does not judge a separate signer at the date of a signature', async () => {
    const [young, old] = [
      await makeCa('issuing', root, { notBefore: days(-10) }),
      await makeCa('issuing', root, { notAfter: days(-1) }),
    ]
    const accept = acceptList(undefined, acceptedByDefault.modern)
    const judge = async (signer: Entity): Promise<readonly Certificate[]> => {
      const crls = [await buildCrl(input(), signer.identity)]
      const intermediates = [issuing.certificate, signer.certificate]
      const trust: Trust = { anchors, intermediates, crls, validity: 'signing-time' }
      return buildPath(leaf, { trust, candidates: [], accept, at: days(-100) }, callContext({ now: NOW }))
    }
    expect(await judge(young)).toHaveLength(3)
    await expectRejection(judge(old), 'ERR_CRL_INVALID')
  })

  test('does not take the list of somebody who only has the name', async () => {
    const impostor = await makeRoot('issuing')
    const intermediates = [issuing.certificate, impostor.certificate]
    const crl = await buildCrl(input(), impostor.identity)
    await expectRejection(verify(leaf, [crl], { intermediates }), 'ERR_CRL_INVALID', /signature/)
  })

  test('does not take a list whose signer stands below its issuer: so a revoked CA could take itself off', async () => {
    const own = await makeCa('root', issuing)
    const intermediates = [issuing.certificate, own.certificate]
    const [genuine, forged] = [
      await buildCrl(revoking(issuing.certificate), root.identity),
      await buildCrl(input(), own.identity),
    ]
    await expectRejection(verify(leaf, [genuine], { intermediates }), 'ERR_CERTIFICATE_REVOKED')
    await expectRejection(verify(leaf, [forged], { intermediates }), 'ERR_CRL_INVALID', /signature/)
    // Also where the list of the revoked CA itself is at hand.
    const below = await buildCrl(input(), issuing.identity)
    await expectRejection(verify(leaf, [below, forged], { intermediates }), 'ERR_CRL_INVALID', /signature/)
  })

  test('does not take a list whose signer leads to another anchor (RFC 5280 §6.3.3 f)', async () => {
    const other = await makeRoot('other')
    const theirs = await makeCa('issuing', other)
    const intermediates = [issuing.certificate, theirs.certificate]
    const both = { anchors: [root.certificate, other.certificate] as const, intermediates }
    const crl = await buildCrl(input(), theirs.identity)
    await expectRejection(verify(leaf, [crl], both), 'ERR_CRL_INVALID', /signature/)
    // An anchor of the name is the caller's own word.
    const named = { anchors: [root.certificate, theirs.certificate] as const }
    expect(await verify(leaf, [crl], named)).toHaveLength(3)
  })

  test('does not take the list of a signer who is revoked', async () => {
    const twin = await makeCa('issuing', root)
    const intermediates = [issuing.certificate, twin.certificate]
    const crls = [await buildCrl(input(), twin.identity), await buildCrl(revoking(twin.certificate), root.identity)]
    await expectRejection(verify(leaf, crls, { intermediates }), 'ERR_CRL_INVALID', /signature/)
  })

  test('takes the list of a key that the CA certified for it, under its own name', async () => {
    const key = craftKey()
    const signer = craft(
      {
        subject: craftCn('issuing'),
        issuer: craftCn('issuing'),
        spki: key.spki,
        extensions: [hex('300e 0603551d0f 0101ff 0404 03020102')],
      },
      issuing.key,
    )
    const identity = await importIdentity({ certificate: signer, privateKey: key.pkcs8 })
    const intermediates = [issuing.certificate, signer]
    const full = await buildCrl(revoking(leaf), identity)
    await expectRejection(verify(leaf, [full], { intermediates }), 'ERR_CERTIFICATE_REVOKED')
    expect(await verify(leaf, [await buildCrl(input(), identity)], { intermediates })).toHaveLength(3)
    const silent = await importIdentity({
      certificate: craft({ subject: craftCn('issuing'), issuer: craftCn('issuing'), spki: key.spki }, issuing.key),
      privateKey: key.pkcs8,
    })
    const theirs = { intermediates: [issuing.certificate, silent.certificate] }
    await expectRejection(verify(leaf, [await buildCrl(input(), silent)], theirs), 'ERR_CRL_INVALID', /signature/)
    // Signed by the CA, and yet not in its name.
    const extensions = [hex('300e 0603551d0f 0101ff 0404 03020102')]
    const fields = { subject: craftCn('issuing'), issuer: craftCn('somebody'), spki: key.spki, extensions }
    const foreign = await importIdentity({ certificate: craft(fields, issuing.key), privateKey: key.pkcs8 })
    const others = { intermediates: [issuing.certificate, foreign.certificate] }
    await expectRejection(verify(leaf, [await buildCrl(input(), foreign)], others), 'ERR_CRL_INVALID', /signature/)
    // Its own path holds against its own list; no endless round of asking.
    expect(await verify(signer, [await buildCrl(input(), identity)], { intermediates })).toHaveLength(3)
    const itself = await buildCrl(revoking(signer), identity)
    await expectRejection(verify(signer, [itself], { intermediates }), 'ERR_CERTIFICATE_REVOKED')
  })

  test('sees that the bytes of a list changed', async () => {
    const [empty, full] = [await buildCrl(input(), issuing.identity), await buildCrl(revoking(leaf), issuing.identity)]
    const held = new Uint8Array(Math.max(empty.length, full.length))
    const view = held.subarray(0, empty.length)
    view.set(empty)
    expect(await verify(leaf, [view])).toHaveLength(3)
    view.set(full.subarray(0, view.length))
    await expectRejection(verify(leaf, [view]), 'ERR_CRL_INVALID')
  })

  test('counts as it was when the call was made', async () => {
    const crl = await buildCrl(revoking(leaf), issuing.identity)
    const trust = { anchors, intermediates: [issuing.certificate], crls: [crl] }
    const emptied = verifyCertificatePath(leaf, trust, { now: NOW })
    trust.crls.length = 0
    await expectRejection(emptied, 'ERR_CERTIFICATE_REVOKED')
    const changing: { -readonly [K in keyof Trust]: Trust[K] } = { ...trust, extendedKeyUsage: '1.2.3' }
    const changed = verifyCertificatePath(leaf, changing, { now: NOW })
    delete changing.extendedKeyUsage
    changing.validity = 'ignore'
    await expectRejection(changed, 'ERR_CERTIFICATE_UNTRUSTED', /extended key usage/)
  })

  const PARTIAL = /none speaks of its certificate/

  test('keeps to the scope of a list, and asks for one that speaks of the certificate', async () => {
    const scoped = (value: string | Bytes, serial = leaf.serialNumber): Bytes =>
      craftCrl({ entries: [entry(serial)], extensions: [critical('551d1c', value)] })
    const [users, cas, attributes, compromised] = [
      '3003 8101ff',
      '3003 8201ff',
      '3003 8501ff',
      '3004 83020640',
    ] as const
    await expectRejection(verify(leaf, [scoped(users)]), 'ERR_CERTIFICATE_REVOKED')
    await expectRejection(verify(leaf, [scoped(compromised)]), 'ERR_CERTIFICATE_REVOKED')
    for (const scope of [cas, attributes])
      await expectRejection(verify(leaf, [scoped(scope)]), 'ERR_CRL_INVALID', PARTIAL)
    expect(await verify(leaf, [scoped(cas), scoped(users, '05')])).toHaveLength(3)
    await expectRejection(verify(leaf, [scoped(compromised, '05')]), 'ERR_CRL_INVALID', PARTIAL)
    const allOther = '3005 8303073f80'
    expect(await verify(leaf, [scoped(compromised, '05'), scoped(allOther, '05')])).toHaveLength(3)
  })

  test('tells the entries of other issuers apart in an indirect list', async () => {
    const nameOf = (name: string): Bytes => tlv(0x31, tlv(0x30, hex('0603550403'), tlv(0x13, text(name))))
    const of = (name: string): Bytes => critical('551d1d', tlv(0x30, tlv(0xa4, tlv(0x30, nameOf(name)))))
    const indirect = (...entries: readonly Bytes[]): Bytes =>
      craftCrl({ entries, extensions: [critical('551d1c', '3003 8401ff')] })
    const [own, theirs] = [of('issuing'), of('other')]
    await expectRejection(verify(leaf, [indirect(entry(leaf.serialNumber))]), 'ERR_CERTIFICATE_REVOKED')
    const foreign = indirect(entry('05', theirs), entry(leaf.serialNumber))
    expect(await verify(leaf, [foreign])).toHaveLength(3)
    expect(parseCrl(foreign).revoked).toEqual([])
    const back = indirect(entry('05', theirs), entry('06', own), entry(leaf.serialNumber))
    await expectRejection(verify(leaf, [back]), 'ERR_CERTIFICATE_REVOKED')
  })

  test('keeps to the distribution point of a list', async () => {
    const url = 'http://example.com/a.crl'
    const withPoint = await makeLeaf('point', issuing, { extensions: buildExtensions({ crlUrls: [url] }) })
    const scoped = (...names: readonly Bytes[]): Bytes =>
      craftCrl({
        entries: [entry(withPoint.serialNumber)],
        extensions: [critical('551d1c', tlv(0x30, tlv(0xa0, tlv(0xa0, ...names))))],
      })
    const other = tlv(0x86, text('http://x/'))
    await expectRejection(verify(withPoint, [scoped(other, tlv(0x86, text(url)))]), 'ERR_CERTIFICATE_REVOKED')
    await expectRejection(verify(withPoint, [scoped(other)]), 'ERR_CRL_INVALID', PARTIAL)
    await expectRejection(verify(leaf, [scoped(tlv(0x86, text(url)))]), 'ERR_CRL_INVALID', PARTIAL)
  })

  test('reads as many names of a distribution point as there are', async () => {
    const name = tlv(0x86, text('a'))
    const names = new Uint8Array(200_000 * name.length).map((_, at) => name[at % name.length]!)
    const value = tlv(0x30, tlv(0x30, tlv(0xa0, tlv(0xa0, names))))
    const many = await makeLeaf('many', issuing, { extensions: [extension('2.5.29.31', false, value)] })
    const entries = [entry(many.serialNumber)]
    const crl = craftCrl({ entries, extensions: [critical('551d1c', tlv(0x30, tlv(0xa0, tlv(0xa0, name))))] })
    await expectRejection(verify(many, [crl]), 'ERR_CERTIFICATE_REVOKED')
  })

  test('reads a relative distribution point against the name of the issuer', async () => {
    const rdn = tlv(0x30, hex('0603550403'), tlv(0x13, text('point')))
    const relative = await makeLeaf('relative', issuing, {
      extensions: [extension('2.5.29.31', false, tlv(0x30, tlv(0x30, tlv(0xa0, tlv(0xa1, rdn)))))],
    })
    const issuerRdn = tlv(0x31, tlv(0x30, hex('0603550403'), tlv(0x13, text('issuing'))))
    const whole = tlv(0xa4, tlv(0x30, issuerRdn, tlv(0x31, rdn)))
    const entries = [entry(relative.serialNumber)]
    const crl = craftCrl({ entries, extensions: [critical('551d1c', tlv(0x30, tlv(0xa0, tlv(0xa0, whole))))] })
    await expectRejection(verify(relative, [crl]), 'ERR_CERTIFICATE_REVOKED')
  })

  test('is a list of bytes', async () => {
    for (const crls of [['x'], 'x', [null]])
      await expectRejection(verify(leaf, crls as unknown as Uint8Array[]), 'ERR_INVALID_ARGUMENT', /crls/)
  })
})

describeWithTools('revocation lists and OpenSSL', ['openssl'], () => {
  test('OpenSSL verifies ours, and finds what it revokes', async () => {
    const crl = await buildCrl(revoking(leaf), issuing.identity)
    const shown = runOk('openssl', ['crl', '-inform', 'DER', '-noout', '-text'], { stdin: crl }).stdoutText
    expect(shown).toContain('Key Compromise')
    expect(shown).toMatch(/X509v3 CRL Number:\s+1/)
    const inputs = {
      'all.pem': toPem('CERTIFICATE', issuing.certificate.der) + toPem('X509 CRL', crl),
      'root.pem': toPem('CERTIFICATE', root.certificate.der),
      'leaf.pem': toPem('CERTIFICATE', leaf.der),
    }
    const at = ['-attime', String(NOW.getTime() / 1000)]
    const result = run(
      'openssl',
      [
        'verify',
        ...at,
        '-crl_check',
        '-CAfile',
        'root.pem',
        '-untrusted',
        'all.pem',
        '-CRLfile',
        'all.pem',
        'leaf.pem',
      ],
      { inputs },
    )
    expect(result.stderr).toContain('certificate revoked')
  })

  test('we read and verify those of OpenSSL', async () => {
    const place = openWorkplace()
    try {
      place.write('ca.pem', toPem('CERTIFICATE', issuing.certificate.der))
      place.write('ca.key', toPem('PRIVATE KEY', issuing.key.pkcs8))
      place.write(
        'index.txt',
        `R\t360101000000Z\t270501000000Z,keyCompromise\t${leaf.serialNumber.toUpperCase()}\tunknown\t/CN=leaf\n`,
      )
      place.write('number', '0a\n')
      place.write(
        'c.cnf',
        '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=number\ndefault_md=sha256\ndefault_crl_days=30\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n',
      )
      runOk(
        'openssl',
        ['ca', '-gencrl', '-config', 'c.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key', '-out', 'crl.pem'],
        { workplace: place },
      )
      const pem = place.readText('crl.pem')
      const crl = parseCrl(pem)
      expect([crl.number, crl.revoked.map(({ serialNumber, reason }) => [serialNumber, reason])]).toEqual([
        '0a',
        [[leaf.serialNumber, 1]],
      ])
      const der = Uint8Array.from(Buffer.from(pem.replace(/-----.*-----/g, ''), 'base64'))
      await verifyCrl(der, issuing.certificate)
    } finally {
      place.close()
    }
  })
})

test('verifyCrl: octets that are exchanged while the signature is verified', async () => {
  const crl = await buildCrl(input(), issuing.identity)
  const verified = verifyCrl(crl, issuing.certificate, { now: NOW, crypto: globalThis.crypto })
  crl.fill(0)
  await verified
  expect(crl[0]).toBe(0)
})

test('buildCrl: where nothing is revoked there is no list of it (RFC 5280 §5.1.2.6)', async () => {
  const empty = await buildCrl(input(), issuing.identity)
  const one = await buildCrl(revoking(leaf), issuing.identity)
  // Behind nextUpdate: [0], the extensions, or the list.
  const behind = (crl: Uint8Array): string => {
    const bytes = Buffer.from(crl)
    const at = bytes.indexOf(days(6).toISOString().slice(2, 19).replace(/[-T:]/g, '') + 'Z')
    expect(at).toBeGreaterThan(0)
    return bytes.subarray(at + 13, at + 14).toString('hex')
  }
  expect([behind(empty), behind(one)]).toEqual(['a0', '30'])
})
