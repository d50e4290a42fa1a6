import { describe, expect, test } from 'vitest'
import { sign } from 'node:crypto'
import {
  buildExtensions,
  createCsr,
  distinguishedName,
  parseCsr,
  readExtensions,
  toPem,
  verifyCsr,
} from '../../src/x509.js'
import type { Bytes, CertificateRequest, RemoteSigner } from '../../src/types.js'
import { hex, tlv } from '../support/asn1.js'
import { asyncOutcomes, expectRefusal, expectRejection, flips, outcomes, truncations } from '../support/hostile.js'
import { describeWithTools, openWorkplace, runOk } from '../support/openssl.js'
import { rsaKeyOf } from '../support/rsa-keys.js'
import { craftCn, craftKey, type CraftKey, DER, text } from './craft.js'

const key = craftKey()
const subject = distinguishedName([['CN', 'device-1']])
const CHALLENGE = '06092a864886f70d010907'
const EXTENSION_REQUEST = '06092a864886f70d01090e'

interface CraftCsr {
  readonly version?: Bytes
  /** Content of `[0]`, or `null` to leave it out. */
  readonly attributes?: readonly Bytes[] | null
  readonly algorithm?: Bytes
  readonly hash?: 'sha256' | 'sha1'
  readonly signer?: CraftKey
}

function craftCsr(input: CraftCsr, own: CraftKey = key): Bytes {
  const attributes = input.attributes === null ? [] : [tlv(0xa0, ...(input.attributes ?? []))]
  const info = tlv(0x30, tlv(0x02, input.version ?? hex('00')), craftCn('x'), own.spki, ...attributes)
  const signature = new Uint8Array(sign(input.hash ?? 'sha256', info, (input.signer ?? own).privateKey))
  return tlv(0x30, info, input.algorithm ?? DER.sha256Ecdsa, tlv(0x03, hex('00'), signature))
}

const attribute = (oid: string, ...values: readonly Bytes[]): Bytes => tlv(0x30, hex(oid), tlv(0x31, ...values))

describe('createCsr', () => {
  test('says what it is given', async () => {
    const extensions = buildExtensions({
      keyUsage: ['digitalSignature'],
      subjectAltNames: [{ type: 'upn', value: 'jane@example.com' }],
    })
    const csr = await createCsr({ privateKey: key.pkcs8, subject, challengePassword: 'once', extensions })
    expect(csr.subject).toEqual(subject)
    expect(csr.publicKey).toEqual(key.spki)
    expect(csr.challengePassword).toBe('once')
    expect(csr.requestedExtensions).toEqual(extensions)
    expect(parseCsr(csr.der)).toEqual(csr)
    await verifyCsr(csr)
  })

  test('writes the challenge as PrintableString where it fits, else as UTF8String', async () => {
    const tagFor = async (challengePassword: string): Promise<number> => {
      const { der } = await createCsr({ privateKey: key.pkcs8, subject, challengePassword })
      const hexDer = Buffer.from(der).toString('hex')
      return Number.parseInt(hexDer.slice(hexDer.indexOf(CHALLENGE) + CHALLENGE.length + 4).slice(0, 2), 16)
    }
    expect(await tagFor('Abc 123')).toBe(0x13)
    expect(await tagFor('a_b')).toBe(0x0c)
    expect(await tagFor('gehéim')).toBe(0x0c)
  })

  test('sorts the attributes, and writes their field also when there are none', async () => {
    const full = await createCsr({
      privateKey: key.pkcs8,
      subject,
      challengePassword: 'a challenge that is longer than the other attribute, which therefore goes first',
      extensions: buildExtensions({ keyUsage: ['digitalSignature'] }),
    })
    const text = Buffer.from(full.der).toString('hex')
    expect(text.indexOf(EXTENSION_REQUEST)).toBeLessThan(text.indexOf(CHALLENGE))
    const bare = await createCsr({ privateKey: key.pkcs8, subject })
    expect(bare.challengePassword).toBeNull()
    expect(bare.requestedExtensions).toEqual([])
    expect(Buffer.from(bare.der).toString('hex')).toContain('a000300a06082a8648ce3d040302')
  })

  test('an empty subject', async () => {
    expect((await createCsr({ privateKey: key.pkcs8, subject: [] })).subject).toEqual([])
  })

  test('a digest of choice', async () => {
    const csr = await createCsr({ privateKey: key.pkcs8, subject, digest: 'SHA-1' })
    await expectRejection(verifyCsr(csr), 'ERR_ALGORITHM_NOT_ACCEPTED')
    await verifyCsr(csr, { accept: { digests: ['SHA-1'] } })
  })

  test('a key that stays elsewhere', async () => {
    const remote: RemoteSigner = {
      signature: 'ECDSA',
      digests: ['SHA-256'],
      ecdsaFormat: 'ieee-p1363',
      sign: (data) =>
        Promise.resolve(new Uint8Array(sign('sha256', data, { key: key.privateKey, dsaEncoding: 'ieee-p1363' }))),
    }
    await verifyCsr(await createCsr({ key: remote, publicKey: key.spki, subject }))
    const stranger = craftKey()
    await expectRejection(
      createCsr({ key: remote, publicKey: stranger.spki, subject }),
      'ERR_KEY_MISMATCH',
      /not that of/,
    )
    await expectRejection(
      createCsr({ key: remote, publicKey: rsaKeyOf(1024).spki, subject }),
      'ERR_KEY_MISMATCH',
      /another kind/,
    )
    const outage = new Error('HSM is away')
    const failing = { ...remote, sign: () => Promise.reject(outage) }
    await expect(createCsr({ key: failing, publicKey: key.spki, subject })).rejects.toBe(outage)
  })

  test.each([
    ['an empty challenge', { privateKey: key.pkcs8, subject, challengePassword: '' }, /leave it out/],
    ['a huge challenge', { privateKey: key.pkcs8, subject, challengePassword: 'x'.repeat(65_537) }, /1 to 65536/],
    ['two keys', { privateKey: key.pkcs8, key: {} as RemoteSigner, publicKey: key.spki, subject } as never, /either/],
    ['no key', { subject } as never, /either/],
    ['a key without its public half', { key: {} as RemoteSigner, subject } as never, /SubjectPublicKeyInfo/],
    ['a key as text', { privateKey: 'PEM' as unknown as Bytes, subject }, /PKCS#8 DER/],
    [
      'an extension twice',
      {
        privateKey: key.pkcs8,
        subject,
        extensions: [...buildExtensions({ keyUsage: ['cRLSign'] }), ...buildExtensions({ keyUsage: ['cRLSign'] })],
      },
      /given twice/,
    ],
  ])('refuses %s', async (_, input, reason) => {
    await expectRejection(createCsr(input), 'ERR_INVALID_ARGUMENT', reason)
  })
})

describe('parseCsr', () => {
  test('PEM under both labels', () => {
    const der = craftCsr({})
    for (const label of ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST']) {
      const pem = toPem('CERTIFICATE REQUEST', der).replaceAll('CERTIFICATE REQUEST', label)
      expect(parseCsr(pem).der).toEqual(der)
      expect(parseCsr(text(pem)).der).toEqual(der)
    }
  })

  test('the illegal versions 1 and 2, and no attributes at all', async () => {
    for (const input of [{ version: hex('01') }, { version: hex('02') }, { attributes: null }]) {
      const csr = parseCsr(craftCsr(input))
      expect(csr.challengePassword).toBeNull()
      await verifyCsr(csr)
    }
  })

  test('attributes out of order, unknown ones, ones without values', async () => {
    const challenge = attribute(CHALLENGE, tlv(0x0c, text('once')))
    const microsoft = attribute('060a2b0601040182370d0203', tlv(0x16, text('5.0.2195.2')))
    const bare = attribute('06032a0304')
    const csr = parseCsr(craftCsr({ attributes: [challenge, microsoft, bare] }))
    expect(csr.challengePassword).toBe('once')
    await verifyCsr(csr)
  })

  test('a request for no extension at all', () => {
    const csr = parseCsr(craftCsr({ attributes: [attribute(EXTENSION_REQUEST, hex('3000'))] }))
    expect(csr.requestedExtensions).toEqual([])
  })

  const challenge = attribute(CHALLENGE, tlv(0x13, text('a')))
  const extensions = attribute(EXTENSION_REQUEST, tlv(0x30, DER.keyCertSign))
  test.each([
    ['another version', { version: hex('03') }, /version is unknown/],
    ['two challenges', { attributes: [challenge, challenge] }, /challengePassword comes twice/],
    [
      'a challenge of two values',
      { attributes: [attribute(CHALLENGE, tlv(0x13, text('a')), tlv(0x13, text('b')))] },
      /too many fields/,
    ],
    ['a challenge without value', { attributes: [attribute(CHALLENGE)] }, /challengePassword is missing/],
    ['a challenge that is no string', { attributes: [attribute(CHALLENGE, hex('0500'))] }, /not a string/],
    ['two extension requests', { attributes: [extensions, extensions] }, /extensionRequest comes twice/],
    [
      'one extension twice',
      { attributes: [attribute(EXTENSION_REQUEST, tlv(0x30, DER.keyCertSign, DER.keyCertSign))] },
      /one extension twice/,
    ],
    ['an attribute that is none', { attributes: [hex('0500')] }, /attribute is missing/],
    [
      'an attribute with a third field',
      { attributes: [tlv(0x30, hex(CHALLENGE), hex('3100'), hex('0500'))] },
      /too many fields/,
    ],
  ])('refuses %s', (_, input, reason) => {
    expectRefusal(() => parseCsr(craftCsr(input)), 'ERR_CSR_INVALID', reason)
  })

  test('refuses what is not a request', () => {
    expectRefusal(() => parseCsr(hex('3003020105')), 'ERR_CSR_INVALID')
    expectRefusal(() => parseCsr(hex('3003')), 'ERR_ENCODING')
    expectRefusal(() => parseCsr('nothing'), 'ERR_ENCODING')
    expectRefusal(() => parseCsr(5 as unknown as Bytes), 'ERR_INVALID_ARGUMENT')
  })
})

describe('verifyCsr', () => {
  test('of what it was given, whatever is written there while the provider works', async () => {
    const csr = await createCsr({ privateKey: key.pkcs8, subject })
    const proof = verifyCsr(csr, { crypto: globalThis.crypto })
    csr.der.fill(0)
    await expect(proof).resolves.toBeUndefined()
  })

  test('refuses the signature of another key', async () => {
    const csr = parseCsr(craftCsr({ signer: craftKey() }))
    await expectRejection(verifyCsr(csr), 'ERR_SIGNATURE_INVALID', /not that of the key/)
  })

  test('believes `der` alone', async () => {
    const csr = parseCsr(craftCsr({ signer: craftKey() }))
    await expectRejection(verifyCsr({ ...csr, publicKey: key.spki }), 'ERR_SIGNATURE_INVALID')
    await verifyCsr({ ...parseCsr(craftCsr({})), publicKey: craftKey().spki })
    await expectRejection(verifyCsr({} as CertificateRequest), 'ERR_INVALID_ARGUMENT')
  })

  test('judges digest, scheme and key size by the list', async () => {
    const small = rsaKeyOf(1024)
    const rsa = parseCsr(craftCsr({ algorithm: DER.sha256Rsa }, small))
    await expectRejection(verifyCsr(rsa), 'ERR_ALGORITHM_NOT_ACCEPTED', /1024/)
    await verifyCsr(rsa, { accept: { minRsaBits: 1024 } })
    await expectRejection(
      verifyCsr(rsa, { accept: { minRsaBits: 1024, signatures: ['ECDSA'] } }),
      'ERR_ALGORITHM_NOT_ACCEPTED',
      /RSASSA/,
    )
    const sha1 = parseCsr(craftCsr({ algorithm: DER.sha1Ecdsa, hash: 'sha1' }))
    await expectRejection(verifyCsr(sha1), 'ERR_ALGORITHM_NOT_ACCEPTED', /SHA-1/)
    await verifyCsr(sha1, { accept: { digests: ['SHA-1'] } })
  })

  test('refuses a signature algorithm that is unknown or names no digest', async () => {
    const bare = parseCsr(craftCsr({ algorithm: hex('300d06092a864886f70d0101010500') }, rsaKeyOf(2048)))
    await expectRejection(verifyCsr(bare), 'ERR_ALGORITHM_UNKNOWN', /names no digest/)
    const unknown = parseCsr(craftCsr({ algorithm: hex('300506032a0304') }))
    await expectRejection(verifyCsr(unknown), 'ERR_ALGORITHM_UNKNOWN')
  })
})

test('hostile input: truncations are refused, flipped bits are a value or a typed error and never verify', async () => {
  const der = craftCsr({
    attributes: [
      attribute(CHALLENGE, tlv(0x13, text('once'))),
      attribute(EXTENSION_REQUEST, tlv(0x30, DER.keyCertSign)),
    ],
  })
  expect(outcomes(truncations(der), parseCsr).values).toBe(0)
  const { values } = await asyncOutcomes(flips(der, 400), async (bytes) => verifyCsr(parseCsr(bytes)))
  expect(values).toBe(0)
})

describeWithTools('requests and OpenSSL', ['openssl'], () => {
  test('OpenSSL verifies ours and sees the same fields', async () => {
    const csr = await createCsr({
      privateKey: rsaKeyOf(2048).pkcs8,
      subject,
      challengePassword: 'once',
      extensions: buildExtensions({ subjectAltNames: [{ type: 'dns', value: 'a.example.com' }] }),
    })
    const shown = runOk('openssl', ['req', '-inform', 'DER', '-verify', '-noout', '-text'], {
      stdin: csr.der,
    }).stdoutText
    expect(shown).toMatch(/challengePassword\s*:once/)
    expect(shown).toContain('DNS:a.example.com')
    expect(shown).toContain('CN = device-1')
  })

  test('we verify those of OpenSSL', async () => {
    const place = openWorkplace()
    try {
      place.write(
        'c.cnf',
        [
          '[req]',
          'prompt=no',
          'distinguished_name=dn',
          'attributes=at',
          'req_extensions=ex',
          '[dn]',
          'CN=o',
          '[at]',
          'challengePassword=secret_1',
          '[ex]',
          'subjectAltName=email:a@b.example',
          '',
        ].join('\n'),
      )
      const made = ['req', '-new', '-key', 'k.pem', '-config', 'c.cnf', '-out', 'r.pem']
      place.write('k.pem', toPem('PRIVATE KEY', rsaKeyOf(2048).pkcs8))
      runOk('openssl', made, { workplace: place })
      const csr = parseCsr(place.read('r.pem'))
      await verifyCsr(csr)
      expect(csr.challengePassword).toBe('secret_1')
      expect(readExtensions(csr.requestedExtensions).subjectAltNames).toEqual([{ type: 'email', value: 'a@b.example' }])
    } finally {
      place.close()
    }
  })
})

test('createCsr: a challenge password of 65536 characters is taken, one more is not', async () => {
  const made = (length: number): Promise<CertificateRequest> =>
    createCsr({ privateKey: key.pkcs8, subject, challengePassword: 'x'.repeat(length) })
  expect((await made(65_536)).challengePassword).toHaveLength(65_536)
  await expectRejection(made(65_537), 'ERR_INVALID_ARGUMENT', /65536/)
})

test('createCsr: an RSA-PSS key beside its public key', async () => {
  const pair = await globalThis.crypto.subtle.generateKey(
    { name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
    true,
    ['sign', 'verify'],
  )
  const publicKey = new Uint8Array(await globalThis.crypto.subtle.exportKey('spki', pair.publicKey))
  const csr = await createCsr({ key: pair.privateKey, publicKey, subject })
  expect(csr.publicKey).toEqual(publicKey)
  await verifyCsr(csr)
})
