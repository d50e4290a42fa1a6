import { describe, expect, test, vi } from 'vitest'
import type { Bytes, Certificate } from '../../src/types.js'
import { buildExtensions, distinguishedName, type GeneralName, verifyCertificatePath } from '../../src/x509.js'
import { hex, tlv } from '../support/asn1.js'
import { expectRejection } from '../support/hostile.js'
import { type Entity, extension, makeCa, makeLeaf, makeRoot, NOW } from './authority.js'
import { craft, craftCn, craftKey, DER, text } from './craft.js'

const root = await makeRoot('root')

const TAGS = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const
type Base = readonly [kind: keyof typeof TAGS, value: string]

/** IP bases in hex: address and mask. */
function subtree([kind, value]: Base): Bytes {
  return tlv(0x30, tlv(TAGS[kind], kind === 'ip' ? hex(value) : text(value)))
}

interface Constraints {
  readonly permitted?: readonly Bytes[]
  readonly excluded?: readonly Bytes[]
}

async function constrained(
  { permitted = [], excluded = [] }: Constraints,
  name = 'constrained',
  above: Entity = root,
): Promise<Entity> {
  const fields = [permitted, excluded].map((list, i) => (list.length === 0 ? new Uint8Array() : tlv(0xa0 + i, ...list)))
  return makeCa(name, above, { extensions: [extension('2.5.29.30', true, tlv(0x30, ...fields))] })
}

const verify = (leaf: Certificate, ...cas: readonly Entity[]): Promise<readonly Certificate[]> =>
  verifyCertificatePath(
    leaf,
    { anchors: [root.certificate], intermediates: cas.map(({ certificate }) => certificate) },
    { now: NOW },
  )

async function judge(constraints: Constraints, name: GeneralName): Promise<boolean> {
  const ca = await constrained(constraints)
  const leaf = await makeLeaf('leaf', ca, { subjectAltNames: [name] })
  try {
    return (await verify(leaf, ca)).length === 3
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_CERTIFICATE_UNTRUSTED' })
    return false
  }
}

describe('a permitted subtree', () => {
  test.each([
    ['dns', 'example.com', 'example.com', true],
    ['dns', 'example.com', 'a.b.EXAMPLE.com', true],
    ['dns', 'example.com', 'example.com.', true],
    ['dns', 'example.com', 'badexample.com', false],
    ['dns', 'example.com', 'com', false],
    ['dns', '.example.com', 'a.example.com', true],
    ['dns', '.example.com', 'example.com', false],
    ['dns', '', 'anything.example', true],
    ['dns', 'example.com', '*.example.com', true],
    ['email', 'a@example.com', 'A@Example.com', true],
    ['email', 'a@example.com', 'b@example.com', false],
    ['email', 'example.com', 'b@example.com', true],
    ['email', 'example.com', 'b@mail.example.com', false],
    ['email', '.example.com', 'b@mail.example.com', true],
    ['email', '.example.com', 'b@example.com', false],
    ['uri', 'example.com', 'https://user@example.com:8443/x?y', true],
    ['uri', 'example.com', 'https://sub.example.com/', false],
    ['uri', '.example.com', 'https://sub.example.com', true],
    ['uri', '.example.com', 'https://evil.example/@sub.example.com', false],
    ['uri', '.example.com', 'urn:sub.example.com', false],
    ['uri', '1.2.3.4', 'https://1.2.3.4/', false],
    ['uri', '', 'https://[::1]/', false],
    ['uri', 'example.com', 'https://example.com./', true],
    ['uri', 'example.com', 'https://ex%61mple.com/', false],
    ['uri', 'example.com', 'https://evil.example\\@example.com/', false],
    ['email', 'example.com', 'b@example.com.', true],
    ['ip', 'c0000200ffffff00', '192.0.2.77', true],
    ['ip', 'c0000200ffffff00', '192.0.3.77', false],
    ['ip', 'c0000200ffffff00', '::1', false],
    ['ip', '20010db8000000000000000000000000ffffffff000000000000000000000000', '2001:db8::1', true],
  ] as const)('%s %j: %s → %s', async (kind, base, value, holds) => {
    expect(await judge({ permitted: [subtree([kind, base])] }, { type: kind, value })).toBe(holds)
  })
})

describe('an excluded subtree', () => {
  test.each([
    ['dns', 'example.com', 'a.example.com', false],
    ['dns', 'example.com', 'example.org', true],
    ['dns', 'a.example.com', '*.example.com', false],
    ['dns', 'a.b.example.com', '*.example.com', false],
    ['dns', 'example.org', '*.example.com', true],
    ['email', 'example.com', 'a@example.com', false],
    ['email', 'example.com', 'a@example.org', true],
    ['uri', 'example.com', 'https://example.com/', false],
    ['uri', 'example.com', 'https://example.org/', true],
    ['uri', 'example.com', 'urn:x', false],
    ['uri', 'example.com', 'https://example.com./', false],
    ['uri', 'example.com', 'https://ex%61mple.com/', false],
    ['uri', 'example.com', 'https://example.org%2eexample.com/', false],
    ['uri', 'example.com', 'https://example.com\\@example.org/', false],
    ['email', 'example.com', 'a@example.com.', false],
    ['email', 'a@example.com', 'a@example.com.', false],
    ['ip', 'c0000200ffffff00', '192.0.2.1', false],
    ['ip', 'c0000200ffffff00', '::1', true],
  ] as const)('%s %j: %s → %s', async (kind, base, value, holds) => {
    expect(await judge({ excluded: [subtree([kind, base])] }, { type: kind, value })).toBe(holds)
  })

  test('wins over a permitted one', async () => {
    const constraints = { permitted: [subtree(['dns', 'example.com'])], excluded: [subtree(['dns', 'a.example.com'])] }
    expect(await judge(constraints, { type: 'dns', value: 'b.example.com' })).toBe(true)
    expect(await judge(constraints, { type: 'dns', value: 'a.example.com' })).toBe(false)
  })
})

describe('names', () => {
  const subject = (value: string): Bytes => tlv(0x30, tlv(0xa4, craftCn(value)))

  test('of other kinds are not held against a constraint', async () => {
    expect(
      await judge({ permitted: [subtree(['dns', 'example.com'])] }, { type: 'email', value: 'a@evil.example' }),
    ).toBe(true)
  })

  test('of a kind that cannot be compared are refused where that kind is constrained', async () => {
    const upn = tlv(0x30, hex('a010 060a2b060104018237140203 a002 0c00'))
    expect(await judge({ excluded: [upn] }, { type: 'upn', value: 'a@example.com' })).toBe(false)
    expect(await judge({ excluded: [upn] }, { type: 'dns', value: 'a.example.com' })).toBe(true)
  })

  test('subjects are compared RDN by RDN, in any spelling', async () => {
    const ca = await constrained({ permitted: [subject('Sales Team')] })
    const within = await makeLeaf('x', ca, {
      subject: distinguishedName([
        ['CN', 'SALES  team'],
        ['O', 'x'],
      ]),
    })
    expect(await verify(within, ca)).toHaveLength(3)
    const outside = await makeLeaf('x', ca, {
      subject: distinguishedName([
        ['O', 'x'],
        ['CN', 'Sales Team'],
      ]),
    })
    await expectRejection(verify(outside, ca), 'ERR_CERTIFICATE_UNTRUSTED', /outside of what a CA permits/)
    expect(await verify(await makeLeaf('x', ca, { subject: [] }), ca)).toHaveLength(3)
  })

  test('mail addresses in the subject count, also beside an alternative name that is permitted', async () => {
    const ca = await constrained({ permitted: [subtree(['email', 'example.com'])] })
    const mail = distinguishedName([['emailAddress', 'a@evil.example']])
    await expectRejection(
      verify(await makeLeaf('x', ca, { subject: mail }), ca),
      'ERR_CERTIFICATE_UNTRUSTED',
      /outside/,
    )
    const both = await makeLeaf('x', ca, {
      subject: mail,
      subjectAltNames: [{ type: 'email', value: 'a@example.com' }],
    })
    await expectRejection(verify(both, ca), 'ERR_CERTIFICATE_UNTRUSTED', /outside/)
  })

  test('a mail address without a host is refused either way', async () => {
    const base = subtree(['email', 'good.example'])
    for (const constraints of [{ permitted: [base] }, { excluded: [base] }])
      expect(await judge(constraints, { type: 'email', value: 'good.example' })).toBe(false)
  })

  const alternative = (...names: readonly Bytes[]) => ({
    extensions: [extension('2.5.29.17', false, tlv(0x30, ...names))],
  })

  test('a mailbox in UTF-8 is held against the constraints of mail (RFC 9598 §6), and cannot be compared', async () => {
    const mailbox = (oid: string) => tlv(0xa0, hex(oid), tlv(0xa0, tlv(0x0c, text('a@evil.example'))))
    const base = subtree(['email', 'good.example'])
    for (const constraints of [{ permitted: [base] }, { excluded: [base] }]) {
      const ca = await constrained(constraints)
      const leaf = await makeLeaf('x', ca, alternative(mailbox('06082b06010505070809')))
      await expectRejection(verify(leaf, ca), 'ERR_CERTIFICATE_UNTRUSTED')
      const other = await makeLeaf('x', ca, alternative(mailbox('06082b06010505070808')))
      expect(await verify(other, ca)).toHaveLength(3)
    }
  })

  test('in a form that is none of a GeneralName are refused: others read a text in pieces as the text', async () => {
    const permits = await constrained({ permitted: [subtree(['dns', 'good.example'])] })
    const [plain, pieces, unknown] = [
      tlv(0x82, text('good.example')),
      tlv(0xa2, tlv(0x16, text('evil.example'))),
      tlv(0x89, text('evil.example')),
    ]
    expect(await verify(await makeLeaf('x', permits, alternative(plain)), permits)).toHaveLength(3)
    for (const name of [pieces, unknown]) {
      const leaf = await makeLeaf('x', permits, alternative(plain, name))
      await expectRejection(verify(leaf, permits), 'ERR_CERTIFICATE_INVALID', /subjectAltName/)
    }
    const excludes = await constrained({ excluded: [tlv(0x30, pieces)] })
    const hidden = await makeLeaf('x', excludes, alternative(tlv(0x82, text('evil.example'))))
    await expectRejection(verify(hidden, excludes), 'ERR_CERTIFICATE_INVALID', /base/)
  })

  test('mail addresses beyond ASCII cannot be compared, and are refused', async () => {
    // U+0167 and U+0265: their last octets are those of "g" and "e".
    const [forged, hidden] = ['a@\u0167ood.example', 'a@\u0265vil.example']
    const subjects = { forged: [['emailAddress', forged]], hidden: [['emailAddress', hidden]] } as const
    const permits = await constrained({ permitted: [subtree(['email', 'good.example'])] })
    const outside = await makeLeaf('x', permits, { subject: distinguishedName(subjects.forged) })
    await expectRejection(verify(outside, permits), 'ERR_CERTIFICATE_UNTRUSTED', /outside/)
    const excludes = await constrained({ excluded: [subtree(['email', 'bad.example'])] })
    const inside = await makeLeaf('x', excludes, { subject: distinguishedName(subjects.hidden) })
    await expectRejection(verify(inside, excludes), 'ERR_CERTIFICATE_UNTRUSTED', /excluded/)
  })

  test('each CA above has to permit them', async () => {
    const wide = await constrained({ permitted: [subtree(['dns', 'example.com'])] }, 'wide')
    const other = await constrained({ permitted: [subtree(['dns', 'example.org'])] }, 'other', wide)
    for (const value of ['a.example.com', 'a.example.org']) {
      const leaf = await makeLeaf('leaf', other, { subjectAltNames: [{ type: 'dns', value }] })
      await expectRejection(verify(leaf, wide, other), 'ERR_CERTIFICATE_UNTRUSTED', /outside/)
    }
  })

  test('CAs below are held to them, self-issued ones are not', async () => {
    const ca = await constrained({ excluded: [subject('forbidden')] })
    const below = await makeCa('forbidden', ca)
    await expectRejection(verify(await makeLeaf('leaf', below), ca, below), 'ERR_CERTIFICATE_UNTRUSTED', /excluded/)
    const own = await constrained({ excluded: [subject('own')] }, 'own')
    const key = craftKey()
    const rolled = craft(
      { subject: craftCn('own'), issuer: craftCn('own'), spki: key.spki, extensions: [DER.basicConstraintsCa] },
      own.key,
    )
    const leaf = craft({ issuer: craftCn('own') }, key)
    expect(
      await verifyCertificatePath(
        leaf,
        { anchors: [root.certificate], intermediates: [own.certificate, rolled] },
        { now: NOW },
      ),
    ).toHaveLength(4)
    const last = craft({ subject: craftCn('own'), issuer: craftCn('own'), spki: craftKey().spki }, own.key)
    await expectRejection(verify(last, own), 'ERR_CERTIFICATE_UNTRUSTED', /excluded/)
  })

  test('of the anchor’s constraints count as well', async () => {
    const top = await makeRoot('top', {
      extensions: [extension('2.5.29.30', true, tlv(0x30, tlv(0xa1, subtree(['dns', 'example.com']))))],
    })
    const leaf = await makeLeaf('leaf', top, { subjectAltNames: [{ type: 'dns', value: 'example.com' }] })
    await expectRejection(
      verifyCertificatePath(leaf, { anchors: [top.certificate] }, { now: NOW }),
      'ERR_CERTIFICATE_UNTRUSTED',
      /excluded/,
    )
  })
})

describe('constraints themselves', () => {
  const dns = { subjectAltNames: [{ type: 'dns', value: 'example.com' }] } as const
  const withValue = async (value: Bytes): Promise<readonly Certificate[]> => {
    const ca = await makeCa('ca', root, { extensions: [extension('2.5.29.30', true, value)] })
    return verify(await makeLeaf('leaf', ca, dns), ca)
  }
  const base = tlv(0x82, text('example.com'))

  test('with a minimum or maximum are refused, but for the default written out', async () => {
    for (const bound of ['800101', '810100'])
      await expectRejection(
        withValue(tlv(0x30, tlv(0xa0, tlv(0x30, base, hex(bound))))),
        'ERR_CERTIFICATE_UNTRUSTED',
        /minimum or maximum/,
      )
    expect(await withValue(tlv(0x30, tlv(0xa0, tlv(0x30, base, hex('800100')))))).toHaveLength(3)
  })

  test('that are malformed are refused', async () => {
    for (const value of ['3100', '3002a000', '3004a0023000', '30020500'])
      await expectRejection(withValue(hex(value)), 'ERR_CERTIFICATE_INVALID')
  })

  test.each([
    ['dns', 'example.com.', 'a.example.com'],
    ['dns', '*.example.com', 'a.example.com'],
    ['dns', 'ex\u00e4mple.com', 'a.example.com'],
    ['uri', 'example.com.', 'https://example.com/'],
    ['uri', '*.example.com', 'https://a.example.com/'],
    ['email', 'example.com.', 'a@example.com'],
    ['ip', 'c0000200ffffff', '192.0.2.1'],
  ] as const)('with a base that is none are refused for names of its kind: %s %j', async (kind, base, value) => {
    for (const list of ['permitted', 'excluded'] as const) {
      const ca = await constrained({ [list]: [subtree([kind, base])] })
      const leaf = await makeLeaf('leaf', ca, { subjectAltNames: [{ type: kind, value }] })
      await expectRejection(verify(leaf, ca), 'ERR_CERTIFICATE_UNTRUSTED', /malformed/)
      expect(await verify(await makeLeaf('leaf', ca), ca)).toHaveLength(3)
    }
  })

  test('are read once, however many names are held against them', async () => {
    const spelled = 'x'.repeat(20_000)
    const bases = Array.from({ length: 30 }, (_, i) => tlv(0x30, tlv(0xa4, craftCn(`${spelled}${String(i)}`))))
    const ca = await constrained({ excluded: bases })
    const names = Array.from({ length: 300 }, (_, i) => {
      const der = tlv(0xa4, craftCn(`n${String(i)}`))
      return { type: 'other', der } as const
    })
    const leaf = await makeLeaf('leaf', ca, { subjectAltNames: names })
    const folded = vi.spyOn(String.prototype, 'normalize')
    expect(await verify(leaf, ca)).toHaveLength(3)
    // Every base, every name, and the subjects and issuers of the path.
    expect(folded.mock.calls.length).toBeLessThan(400)
    folded.mockRestore()
  })

  test('in numbers that would take long are refused', async () => {
    const many = Array.from({ length: 400 }, (_, i) => subtree(['dns', `c${String(i)}.example`]))
    const ca = await constrained({ excluded: many })
    const names = Array.from({ length: 300 }, (_, i) => ({ type: 'dns', value: `n${String(i)}.example` }) as const)
    await expectRejection(
      verify(await makeLeaf('leaf', ca, { subjectAltNames: names }), ca),
      'ERR_CERTIFICATE_UNTRUSTED',
      /too many names/,
    )
  })

  test('are found where they are not critical, too', async () => {
    const ca = await makeCa('ca', root, {
      extensions: [extension('2.5.29.30', false, tlv(0x30, tlv(0xa1, tlv(0x30, base))))],
    })
    await expectRejection(verify(await makeLeaf('leaf', ca, dns), ca), 'ERR_CERTIFICATE_UNTRUSTED', /excluded/)
    expect(buildExtensions(dns)).toHaveLength(1)
  })
})
