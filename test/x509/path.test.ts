import { describe, expect, test } from 'vitest'
import type { AcceptedAlgorithms, Bytes, Certificate, Context, Trust } from '../../src/types.js'
import { buildCrl, buildExtensions, distinguishedName, verifyCertificatePath } from '../../src/x509.js'
import type { ErrorCode } from '../../src/errors.js'
import { hex, tlv } from '../support/asn1.js'
import { expectRejection, rejectionOf } from '../support/hostile.js'
import { type Entity, extension, makeCa, makeLeaf, makeRoot, NOT_AFTER, NOT_BEFORE, NOW } from './authority.js'
import { rsaKeyOf } from '../support/rsa-keys.js'
import { craft, craftCn, type CraftInput, craftKey, DER, text } from './craft.js'

type Options = Context & { readonly accept?: AcceptedAlgorithms }
const verify = (leaf: Certificate, trust: Trust, options: Options = {}): Promise<readonly Certificate[]> =>
  verifyCertificatePath(leaf, trust, { now: NOW, ...options })

const root = await makeRoot('root')
const issuing = await makeCa('issuing', root)
const leaf = await makeLeaf('leaf', issuing)
const anchors = [root.certificate] as const
const intermediates = [issuing.certificate]
const names = (path: readonly Certificate[]): readonly (string | undefined)[] =>
  path.map(({ subject }) => subject[0]?.[0]?.value)
const DAY = 86_400_000

/** A CA by its extensions, whatever the library would say to it. */
const bareCa = (...extensions: readonly Bytes[]): CraftInput => ({
  subject: craftCn('crafted'),
  issuer: craftCn('root'),
  extensions,
})
async function below(ca: Certificate, key: Entity['key'], changes: CraftInput = {}): Promise<readonly Certificate[]> {
  const bottom = craft({ issuer: craftCn('crafted'), ...changes }, key)
  return verify(bottom, { anchors, intermediates: [ca] })
}

describe('a path holds', () => {
  test('from leaf to anchor, leaf first', async () => {
    expect(await verify(leaf, { anchors, intermediates })).toEqual([leaf, issuing.certificate, root.certificate])
  })

  test('with anchors that stand in the middle, or are the leaf itself', async () => {
    expect(names(await verify(leaf, { anchors: [issuing.certificate] }))).toEqual(['leaf', 'issuing'])
    expect(names(await verify(leaf, { anchors: [leaf] }))).toEqual(['leaf'])
    expect(names(await verify(root.certificate, { anchors }))).toEqual(['root'])
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('of %i certificates', async (length) => {
    let above = root
    const middle: Certificate[] = []
    for (let i = 2; i < length; i++) {
      above = await makeCa(`ca ${String(i)}`, above)
      middle.unshift(above.certificate)
    }
    const last = length === 1 ? root.certificate : await makeLeaf('end', above)
    expect(await verify(last, { anchors, intermediates: middle })).toHaveLength(length)
  })

  test('but not of eleven', async () => {
    let above = root
    const middle: Certificate[] = []
    for (let i = 2; i < 11; i++) middle.push((above = await makeCa(`ca ${String(i)}`, above)).certificate)
    await expectRejection(
      verify(await makeLeaf('end', above), { anchors, intermediates: middle }),
      'ERR_CERTIFICATE_UNTRUSTED',
      /longer than 10/,
    )
  })

  test('to a renewed anchor with the same name and key', async () => {
    const renewed = await makeRoot('root', { key: root.key, serialNumber: '77' })
    expect(names(await verify(leaf, { anchors: [renewed.certificate], intermediates }))).toEqual([
      'leaf',
      'issuing',
      'root',
    ])
    expect(await verify(renewed.certificate, { anchors })).toEqual([renewed.certificate, root.certificate])
  })

  test('to a root of version 1, and one signed with SHA-1', async () => {
    const old = craft({ subject: craftCn('old'), issuer: craftCn('old'), version: null }, root.key)
    const sha1 = craft(
      {
        subject: craftCn('old'),
        issuer: craftCn('old'),
        outerAlgorithm: DER.sha1Ecdsa,
        hash: 'sha1',
        extensions: [DER.basicConstraintsCa],
      },
      root.key,
    )
    const end = craft({ issuer: craftCn('old') }, root.key)
    for (const anchor of [old, sha1]) expect(await verify(end, { anchors: [anchor] })).toHaveLength(2)
  })

  test('over names that differ in spelling alone', async () => {
    const ca = craft(bareCa(DER.basicConstraintsCa), issuing.key)
    const signed = craft({ ...bareCa(DER.basicConstraintsCa), issuer: craftCn('ROOT ') }, root.key)
    const end = craft({ issuer: craftCn('  CRAFTED') }, root.key)
    expect(ca).toBeDefined()
    expect(await verify(end, { anchors, intermediates: [signed] })).toHaveLength(3)
  })
})

describe('the search', () => {
  test('tries every issuer of the name, whatever the key identifiers say', async () => {
    const other = await makeRoot('root')
    const lying = await makeRoot('root', {
      purpose: 'custom',
      extensions: buildExtensions({ basicConstraints: { ca: true, pathLength: null } }),
    })
    for (const several of [
      [other, lying, root],
      [root, other, lying],
      [lying, root, other],
    ]) {
      const [first, ...rest] = several.map(({ certificate }) => certificate)
      expect((await verify(leaf, { anchors: [first!, ...rest], intermediates })).at(-1)).toBe(root.certificate)
    }
  })

  test('goes round cycles', async () => {
    const [a, b] = [craftKey(), craftKey()]
    const ca = [DER.basicConstraintsCa]
    const aByB = craft({ subject: craftCn('a'), issuer: craftCn('b'), spki: a.spki, extensions: ca }, b)
    const bByA = craft({ subject: craftCn('b'), issuer: craftCn('a'), spki: b.spki, extensions: ca }, a)
    const end = craft({ issuer: craftCn('a') }, a)
    await expectRejection(
      verify(end, { anchors, intermediates: [aByB, bByA] }),
      'ERR_CERTIFICATE_UNTRUSTED',
      /not known/,
    )
    const aByRoot = craft({ subject: craftCn('a'), issuer: craftCn('root'), spki: a.spki, extensions: ca }, root.key)
    expect(await verify(end, { anchors, intermediates: [aByB, bByA, aByRoot] })).toEqual([
      end,
      aByRoot,
      root.certificate,
    ])
  })

  test('takes another way where the first one is not valid any more', async () => {
    const end = new Date(NOW.getTime() - DAY)
    const expired = await makeCa('issuing', root, { key: issuing.key, notAfter: end })
    for (const order of [
      [expired, issuing],
      [issuing, expired],
    ])
      expect(await verify(leaf, { anchors, intermediates: order.map(({ certificate }) => certificate) })).toContain(
        issuing.certificate,
      )
  })

  test('is bounded', async () => {
    const decoys = Array.from({ length: 70 }, (_, i) =>
      craft(
        {
          subject: craftCn('issuing'),
          serial: Uint8Array.of(1 + i),
          spki: craftKey().spki,
          extensions: [DER.basicConstraintsCa],
        },
        root.key,
      ),
    )
    await expectRejection(verify(leaf, { anchors, intermediates: decoys }), 'ERR_LIMIT', /too many signatures/)
    const key = craftKey()
    // Eight layers of two CAs, each of them certified by both above it: 56 signatures, and a way doubled at each step.
    const link = (layer: number, subject: number, issuer: number): Certificate =>
      craft(
        {
          subject: craftCn(`${String(layer)} ${String(subject)}`),
          issuer: craftCn(`${String(layer + 1)} ${String(issuer)}`),
          spki: key.spki,
          extensions: [DER.basicConstraintsCa],
        },
        key,
      )
    const layers = Array.from({ length: 8 }, (_, i) => i)
    const mesh = layers.flatMap((i) => [link(i, 0, 0), link(i, 0, 1), link(i, 1, 0), link(i, 1, 1)])
    const started = Date.now()
    await expectRejection(
      verify(craft({ issuer: craftCn('0 0') }, key), { anchors, intermediates: mesh }),
      'ERR_LIMIT',
      /too many ways/,
    )
    expect(Date.now() - started).toBeLessThan(2000)
  })

  test('a candidate that is malformed does not spoil the others', async () => {
    const odd = craft(
      {
        subject: craftCn('issuing'),
        issuer: craftCn('root'),
        spki: issuing.key.spki,
        extensions: [hex('300a 0603551d13 0403 010101')],
      },
      root.key,
    )
    expect(await verify(leaf, { anchors, intermediates: [odd, issuing.certificate] })).toHaveLength(3)
    await expectRejection(verify(leaf, { anchors, intermediates: [odd] }), 'ERR_CERTIFICATE_INVALID')
  })
})

describe('no path', () => {
  test('where an issuer is missing', async () => {
    await expectRejection(verify(leaf, { anchors }), 'ERR_CERTIFICATE_UNTRUSTED', /not known/)
    await expectRejection(
      verify(leaf, { anchors: [(await makeRoot('other')).certificate] }),
      'ERR_CERTIFICATE_UNTRUSTED',
      /not known/,
    )
  })

  test('where the name fits and the key does not', async () => {
    const impostor = await makeRoot('root')
    await expectRejection(
      verify(leaf, { anchors: [impostor.certificate], intermediates }),
      'ERR_CERTIFICATE_UNTRUSTED',
      /signature is not that/,
    )
    const selfSigned = await makeRoot('root')
    await expectRejection(
      verify(selfSigned.certificate, { anchors }),
      'ERR_CERTIFICATE_UNTRUSTED',
      /signature is not that/,
    )
  })

  test('for a leaf with the name and key of an anchor that its own key did not sign', async () => {
    const forged = craft(
      { subject: craftCn('root'), issuer: craftCn('root'), spki: root.key.spki, signature: hex('3006020101020101') },
      root.key,
    )
    await expectRejection(verify(forged, { anchors }), 'ERR_CERTIFICATE_UNTRUSTED', /signature is not that/)
  })

  test.each(['v1', 'no basicConstraints', 'cA FALSE', 'key usage'])(
    'through an issuer that is no CA: %s',
    async (kind) => {
      const key = craftKey()
      const extensions = {
        v1: [],
        'no basicConstraints': [DER.keyCertSign],
        'cA FALSE': [hex('300c 0603551d13 0101ff 0402 3000')],
        'key usage': [DER.basicConstraintsCa, hex('300e 0603551d0f 0101ff 0404 03020780')],
      }[kind] as readonly Bytes[]
      const ca = craft(
        { ...bareCa(...extensions), ...(kind === 'v1' ? { version: null } : {}), spki: key.spki },
        root.key,
      )
      await expectRejection(
        below(ca, key),
        'ERR_CERTIFICATE_UNTRUSTED',
        kind === 'key usage' ? /key usage/ : /not a CA/,
      )
    },
  )

  test('to an anchor that says itself that it is no CA', async () => {
    const notCa = craft(
      { subject: craftCn('x'), issuer: craftCn('x'), extensions: [hex('300c 0603551d13 0101ff 0402 3000')] },
      root.key,
    )
    const end = craft({ issuer: craftCn('x') }, root.key)
    await expectRejection(verify(end, { anchors: [notCa] }), 'ERR_CERTIFICATE_UNTRUSTED', /not a CA/)
    expect(await verify(notCa, { anchors: [notCa] })).toHaveLength(1)
  })

  test('longer than a CA on it allows; self-issued certificates do not count', async () => {
    const limited = async (pathLength: number): Promise<Entity> =>
      makeCa('limited', root, {
        purpose: 'custom',
        extensions: buildExtensions({ basicConstraints: { ca: true, pathLength }, keyUsage: ['keyCertSign'] }),
      })
    const [zero, one] = [await limited(0), await limited(1)]
    const direct = await makeLeaf('end', zero)
    expect(await verify(direct, { anchors, intermediates: [zero.certificate] })).toHaveLength(3)
    const forced = (issuer: Entity): { certificate: Certificate; key: Entity['key'] } => {
      const key = craftKey()
      return {
        key,
        certificate: craft(
          {
            subject: craftCn('forced'),
            issuer: craftCn('limited'),
            spki: key.spki,
            extensions: [DER.basicConstraintsCa],
          },
          issuer.key,
        ),
      }
    }
    for (const [ca, length] of [
      [zero, null],
      [one, 4],
    ] as const) {
      const middle = forced(ca)
      const end = craft({ issuer: craftCn('forced') }, middle.key)
      const result = verify(end, { anchors, intermediates: [ca.certificate, middle.certificate] })
      if (length === null) await expectRejection(result, 'ERR_CERTIFICATE_UNTRUSTED', /longer than a CA/)
      else expect(await result).toHaveLength(length)
    }
    const newKey = craftKey()
    const selfIssued = craft(
      {
        subject: craftCn('limited'),
        issuer: craftCn('limited'),
        spki: newKey.spki,
        extensions: [DER.basicConstraintsCa],
      },
      zero.key,
    )
    const end = craft({ issuer: craftCn('limited') }, newKey)
    expect(await verify(end, { anchors, intermediates: [zero.certificate, selfIssued] })).toHaveLength(4)
  })

  test('with a critical extension that is not understood, anywhere', async () => {
    const unknown = extension('1.2.3.4', true, hex('0500'))
    const untrusted = (result: Promise<unknown>): Promise<void> =>
      expectRejection(result, 'ERR_CERTIFICATE_UNTRUSTED', /critical extension/)
    await untrusted(verify(await makeLeaf('end', issuing, { extensions: [unknown] }), { anchors, intermediates }))
    const ca = await makeCa('ca', root, { extensions: [unknown] })
    await untrusted(verify(await makeLeaf('end', ca), { anchors, intermediates: [ca.certificate] }))
    const top = await makeRoot('top', { extensions: [unknown] })
    await untrusted(verify(await makeLeaf('end', top), { anchors: [top.certificate] }))
  })

  test('… but with one that is not critical, any policy, and Apple’s markers', async () => {
    const extensions = [
      extension('1.2.3.4', false, hex('0500')),
      extension('2.5.29.32', true, hex('3006 3004 0602 2a03')),
      extension('1.2.840.113635.100.6.1.13', true, hex('0500')),
    ]
    expect(await verify(await makeLeaf('end', issuing, { extensions }), { anchors, intermediates })).toHaveLength(3)
    const near = await makeLeaf('end', issuing, { extensions: [extension('1.2.840.113635.100.60', true, hex('0500'))] })
    await expectRejection(verify(near, { anchors, intermediates }), 'ERR_CERTIFICATE_UNTRUSTED', /critical extension/)
  })
})

describe('extended key usage', () => {
  const [serverAuth, clientAuth] = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'] as const
  const trust = { anchors, intermediates, extendedKeyUsage: clientAuth }

  test('is asked of the leaf where the caller asks', async () => {
    expect(await verify(leaf, trust)).toHaveLength(3)
    await expectRejection(
      verify(leaf, { ...trust, extendedKeyUsage: serverAuth }),
      'ERR_CERTIFICATE_UNTRUSTED',
      /extended key usage/,
    )
    const none = await makeLeaf('none', issuing, { purpose: 'custom' })
    await expectRejection(verify(none, trust), 'ERR_CERTIFICATE_UNTRUSTED', /extended key usage/)
    const any = await makeLeaf('any', issuing, {
      purpose: 'custom',
      extensions: buildExtensions({ extendedKeyUsage: ['2.5.29.37.0'] }),
    })
    expect(await verify(any, trust)).toHaveLength(3)
  })

  test('of a CA is not held against what it issued', async () => {
    const server = await makeCa('server', root, { extensions: buildExtensions({ extendedKeyUsage: [serverAuth] }) })
    const end = await makeLeaf('end', server)
    expect(await verify(end, { ...trust, intermediates: [server.certificate] })).toHaveLength(3)
  })
})

describe('dates', () => {
  const at = (now: Date, validity?: Trust['validity']): Promise<readonly Certificate[]> =>
    verify(leaf, { anchors, intermediates, ...(validity === undefined ? {} : { validity }) }, { now })
  const after = (date: Date, milliseconds: number): Date => new Date(date.getTime() + milliseconds)

  test('both ends belong to the time of validity', async () => {
    expect(await at(NOT_BEFORE)).toHaveLength(3)
    expect(await at(NOT_AFTER)).toHaveLength(3)
    await expectRejection(at(after(NOT_BEFORE, -1)), 'ERR_CERTIFICATE_TIME', /not valid yet/)
    await expectRejection(at(after(NOT_AFTER, 1)), 'ERR_CERTIFICATE_TIME', /expired/)
  })

  test('the error says which certificate, and when', async () => {
    const short = await makeLeaf('short', issuing, { notAfter: after(NOW, -DAY) })
    const error = await rejectionOf(verify(short, { anchors, intermediates }))
    expect(error.details).toEqual({ certificate: short, now: NOW })
  })

  test('of every certificate on the path, the anchor too', async () => {
    const early = { notAfter: after(NOW, -DAY) }
    const ca = await makeCa('ca', root, early)
    const end = await makeLeaf('end', ca, early)
    await expectRejection(verify(end, { anchors, intermediates: [ca.certificate] }), 'ERR_CERTIFICATE_TIME')
    const long = craft({ issuer: craftCn('ca') }, ca.key)
    expect((await rejectionOf(verify(long, { anchors, intermediates: [ca.certificate] }))).details).toMatchObject({
      certificate: ca.certificate,
    })
    const oldRoot = await makeRoot('old', early)
    const below = craft({ issuer: craftCn('old') }, oldRoot.key)
    await expectRejection(verify(below, { anchors: [oldRoot.certificate] }), 'ERR_CERTIFICATE_TIME')
  })

  test('with a skew at both ends and days of grace at one', async () => {
    const skew = { skewSeconds: 60 }
    expect(await at(after(NOT_BEFORE, -60_000), skew)).toHaveLength(3)
    expect(await at(after(NOT_AFTER, 60_000), skew)).toHaveLength(3)
    await expectRejection(at(after(NOT_BEFORE, -60_001), skew), 'ERR_CERTIFICATE_TIME')
    await expectRejection(at(after(NOT_AFTER, 60_001), skew), 'ERR_CERTIFICATE_TIME')
    const grace = { graceDays: 30 }
    expect(await at(after(NOT_AFTER, 30 * DAY), grace)).toHaveLength(3)
    await expectRejection(at(after(NOT_AFTER, 30 * DAY + 1), grace), 'ERR_CERTIFICATE_TIME')
    await expectRejection(at(after(NOT_BEFORE, -1), grace), 'ERR_CERTIFICATE_TIME')
  })

  test('without them all the rest is judged', async () => {
    const far = new Date('2999-01-01')
    expect(await at(far, 'ignore')).toHaveLength(3)
    await expectRejection(verify(leaf, { anchors, validity: 'ignore' }), 'ERR_CERTIFICATE_UNTRUSTED')
    const key = craftKey()
    const notCa = craft({ ...bareCa(DER.keyCertSign), spki: key.spki }, root.key)
    const end = craft({ issuer: craftCn('crafted') }, key)
    await expectRejection(
      verify(end, { anchors, intermediates: [notCa], validity: 'ignore' }),
      'ERR_CERTIFICATE_UNTRUSTED',
      /not a CA/,
    )
    const unknown = await makeLeaf('end', issuing, { extensions: [extension('1.2.3', true, hex('0500'))] })
    await expectRejection(verify(unknown, { anchors, intermediates, validity: 'ignore' }), 'ERR_CERTIFICATE_UNTRUSTED')
  })

  test("'signing-time' without a message means now", async () => {
    expect(await at(NOW, 'signing-time')).toHaveLength(3)
    await expectRejection(at(after(NOT_AFTER, 1), 'signing-time'), 'ERR_CERTIFICATE_TIME')
  })
})

describe('algorithms', () => {
  test('digests and schemes on the path are judged by the list', async () => {
    const weak = craft({ issuer: craftCn('issuing'), outerAlgorithm: DER.sha1Ecdsa, hash: 'sha1' }, issuing.key)
    const error = await rejectionOf(verify(weak, { anchors, intermediates }))
    expect([error.code, error.details]).toEqual(['ERR_ALGORITHM_NOT_ACCEPTED', { kind: 'digests', name: 'SHA-1' }])
    expect(await verify(weak, { anchors, intermediates }, { accept: { digests: ['SHA-1', 'SHA-256'] } })).toHaveLength(
      3,
    )
    await expectRejection(
      verify(leaf, { anchors, intermediates }, { accept: { signatures: ['RSA-PSS'] } }),
      'ERR_ALGORITHM_NOT_ACCEPTED',
      /ECDSA/,
    )
  })

  test('so is every RSA key', async () => {
    const small = rsaKeyOf(1024)
    const asLeaf = await makeLeaf('small', issuing, { key: small })
    const smallRoot = await makeRoot('small root', { key: small })
    const cases = [
      { end: asLeaf, trust: { anchors, intermediates } },
      { end: await makeLeaf('end', smallRoot), trust: { anchors: [smallRoot.certificate] as const } },
    ]
    for (const { end, trust } of cases) {
      const error = await rejectionOf(verify(end, trust))
      expect(error.details).toEqual({ kind: 'minRsaBits', name: '1024' })
      await verify(end, trust, { accept: { minRsaBits: 1024 } })
    }
  })

  test('unknown ones are named as such', async () => {
    const unknown = craft({ issuer: craftCn('issuing'), outerAlgorithm: hex('300506032a0304') }, issuing.key)
    await expectRejection(verify(unknown, { anchors, intermediates }), 'ERR_ALGORITHM_UNKNOWN')
    const bare = craft(
      { issuer: craftCn('issuing'), outerAlgorithm: hex('300d06092a864886f70d0101010500') },
      issuing.key,
    )
    await expectRejection(verify(bare, { anchors, intermediates }), 'ERR_CERTIFICATE_UNTRUSTED', /names no digest/)
  })

  test('a signature of another kind than the key is none', async () => {
    const mixed = craft({ issuer: craftCn('issuing'), outerAlgorithm: DER.sha256Rsa }, issuing.key)
    await expectRejection(verify(mixed, { anchors, intermediates }), 'ERR_CERTIFICATE_UNTRUSTED', /signature/)
  })
})

describe('what is believed', () => {
  test('der alone, of leaf, intermediates and anchors', async () => {
    const lies = {
      subject: distinguishedName([['CN', 'lie']]),
      notAfter: new Date(0),
      extensions: [],
      publicKey: hex('3000'),
    }
    const forged = [leaf, issuing.certificate, root.certificate].map((certificate) => ({ ...certificate, ...lies }))
    expect(await verify(forged[0]!, { anchors: [forged[2]!], intermediates: [forged[1]!] })).toHaveLength(3)
    const claims = { ...leaf, der: (await makeRoot('x')).certificate.der }
    await expectRejection(verify(claims, { anchors, intermediates }), 'ERR_CERTIFICATE_UNTRUSTED')
  })

  test('the provider and the clock of the call', async () => {
    const used: PropertyKey[] = []
    const subtle = new Proxy(crypto.subtle, {
      get: (target, name) => {
        used.push(name)
        return (Reflect.get(target, name) as () => unknown).bind(target)
      },
    })
    const provider = {
      subtle: subtle as never,
      getRandomValues: (array: Bytes): Bytes => crypto.getRandomValues(array),
    }
    expect(await verify(leaf, { anchors, intermediates }, { crypto: provider })).toHaveLength(3)
    expect(used).toContain('verify')
  })
})

describe('trust that is none', () => {
  test.each([
    ['no anchors', { anchors: [] }],
    ['anchors that are no list', { anchors: root.certificate }],
    ['nothing', {}],
    ['null', null],
    ['anchors and pins', { anchors, pinned: [leaf] }],
    ['anchors and fingerprints', { anchors, pinnedFingerprints: ['00'], digest: 'SHA-256' }],
    ['pins', { pinned: [leaf] }],
    ['intermediates that are no list', { anchors, intermediates: issuing.certificate }],
    ['an unknown validity', { anchors, validity: 'never' }],
    ['no validity', { anchors, validity: null }],
    ['a negative skew', { anchors, validity: { skewSeconds: -1 } }],
    ['a grace that is no number', { anchors, validity: { graceDays: '30' } }],
  ])('%s', async (_, trust) => {
    await expectRejection(verify(leaf, trust as unknown as Trust), 'ERR_INVALID_ARGUMENT', /trust/)
  })
})

describe('of several failures', () => {
  const [key, stranger] = [craftKey(), craftKey()]
  const bottom = craft({ issuer: craftCn('crafted') }, key)
  const usual = [DER.basicConstraintsCa, DER.keyCertSign]
  const candidate = (changes: CraftInput): Certificate => {
    const spki = changes.spki ?? key.spki
    return craft(
      { subject: craftCn('crafted'), issuer: craftCn('root'), extensions: usual, ...changes, spki },
      root.key,
    )
  }
  // From what is farthest from holding to what is nearest.
  const failures: readonly (readonly [string, Certificate, ErrorCode, RegExp])[] = [
    ['an issuer that nobody knows', candidate({ issuer: craftCn('nobody') }), 'ERR_CERTIFICATE_UNTRUSTED', /not known/],
    ['another key', candidate({ spki: stranger.spki }), 'ERR_CERTIFICATE_UNTRUSTED', /signature is not that/],
    ['no CA', candidate({ extensions: [] }), 'ERR_CERTIFICATE_UNTRUSTED', /not a CA/],
    [
      'an algorithm',
      candidate({ outerAlgorithm: DER.sha1Ecdsa, hash: 'sha1' }),
      'ERR_ALGORITHM_NOT_ACCEPTED',
      /SHA-1 is not accepted/,
    ],
    [
      'an extension',
      candidate({ extensions: [...usual, hex('300c 06032a0304 0101ff 0402 0500')] }),
      'ERR_CERTIFICATE_UNTRUSTED',
      /critical extension/,
    ],
    ['its time', candidate({ notAfter: hex('170d 323130313031303030303030 5a') }), 'ERR_CERTIFICATE_TIME', /expired/],
  ]
  const pairs = failures.flatMap((high, at) =>
    failures.slice(0, at).map((low) => [high[0], low[0], high, low] as const),
  )

  test.each(pairs)('%s is told, not %s', async (_, _low, [, near, code, reason], [, far]) => {
    for (const between of [
      [near, far],
      [far, near],
    ])
      await expectRejection(verify(bottom, { anchors, intermediates: between }), code, reason)
  })

  test('of equal ones the first', async () => {
    const [first, second] = ['200101000000Z', '210101000000Z'].map((end) =>
      candidate({ notAfter: tlv(0x17, text(end)) }),
    )
    const told = async (...between: readonly (Certificate | undefined)[]): Promise<unknown> =>
      (await rejectionOf(verify(bottom, { anchors, intermediates: between as Certificate[] }))).details
    expect(await told(first, second)).toMatchObject({ certificate: { notAfter: first?.notAfter } })
    expect(await told(second, first)).toMatchObject({ certificate: { notAfter: second?.notAfter } })
  })
})

test('that a certificate is revoked is told, not that another one has expired', async () => {
  const key = craftKey()
  const bottom = craft({ issuer: craftCn('crafted') }, key)
  const extensions = [DER.basicConstraintsCa, DER.keyCertSign]
  const usual = { subject: craftCn('crafted'), issuer: craftCn('root'), spki: key.spki, extensions }
  const revoked = craft(usual, root.key)
  const expired = craft({ ...usual, notAfter: tlv(0x17, text('210101000000Z')) }, root.key)
  const entry = { serialNumber: revoked.serialNumber, at: NOT_BEFORE }
  const dates = { thisUpdate: NOT_BEFORE, nextUpdate: NOT_AFTER }
  const crls = [await buildCrl({ revoked: [entry], number: '01', ...dates }, root.identity)]
  for (const between of [
    [revoked, expired],
    [expired, revoked],
  ])
    await expectRejection(verify(bottom, { anchors, intermediates: between, crls }), 'ERR_CERTIFICATE_REVOKED')
})
