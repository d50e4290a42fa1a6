import { describe, expect, test } from 'vitest'
import { buildCertificateBag } from '../../src/cms/certificate-bag.js'
import { peekMdmSignature, verifyMdmSignature } from '../../src/mdm/verify-signature.js'
import { type SignerTrust, unsafeAcceptAnySigner } from '../../src/types.js'
import { certificateFingerprint } from '../../src/x509/certificate.js'
import { formatName } from '../../src/x509/name.js'
import { describeWithFixtures, fixture, fixtureText } from '../support/fixtures.js'
import { asyncOutcomes, expectRefusal, expectRejection, flips, truncations } from '../support/hostile.js'
import { body, certificate, header } from './vectors.js'

const pinned = (...names: readonly [string, ...string[]]): SignerTrust => {
  const [first, ...others] = names
  return { pinned: [certificate(first), ...others.map(certificate)] }
}
const anchored = { anchors: [certificate('ca')], intermediates: [certificate('sub')] } as const
const verify = (name: string, trust: SignerTrust = pinned('device')): ReturnType<typeof verifyMdmSignature> =>
  verifyMdmSignature(header(name), body, { trust })

describe('verifyMdmSignature', () => {
  test.each([
    ['ios', 'SHA-256', 'RSASSA-PKCS1-v1_5'],
    ['iosSha1', 'SHA-1', 'RSASSA-PKCS1-v1_5'],
    ['iosSha512', 'SHA-512', 'RSASSA-PKCS1-v1_5'],
    ['keyIdentifier', 'SHA-256', 'RSASSA-PKCS1-v1_5'],
    ['pss', 'SHA-256', 'RSA-PSS'],
    ['withChain', 'SHA-256', 'RSASSA-PKCS1-v1_5'],
  ])('%s, pinned: signed attributes', async (name, digest, signature) => {
    const signer = await verify(name)
    expect(signer).toMatchObject({ digest, signature, path: [signer.certificate] })
    expect(signer.certificate.der).toEqual(certificate('device').der)
    expect(signer.signingTime).toBeInstanceOf(Date)
  })

  test('macOS: BER, SHA-1, no attributes', async () => {
    expect(await verify('macos')).toMatchObject({ digest: 'SHA-1', signingTime: null })
    expect(await verify('macosNameless', pinned('nameless'))).toMatchObject({ certificate: { subject: [] } })
  })

  test('an elliptic key, an RSA key of 1024 bits', async () => {
    expect(await verify('elliptic', pinned('elliptic'))).toMatchObject({ signature: 'ECDSA' })
    expect(await verify('small', pinned('small'))).toMatchObject({ digest: 'SHA-256' })
  })

  test('a signer that is only stored, one of several stored', async () => {
    await expect(verify('withoutCertificate')).resolves.toBeDefined()
    await expect(verify('ios', pinned('expired', 'device', 'elliptic'))).resolves.toBeDefined()
    await expectRejection(verify('withoutCertificate', unsafeAcceptAnySigner), 'ERR_SIGNER_NOT_FOUND')
    await expectRejection(verify('withoutCertificate', pinned('expired')), 'ERR_SIGNER_NOT_FOUND')
  })

  test('a path to the CA', async () => {
    const { path } = await verify('ios', anchored)
    expect(path.map(({ serialNumber }) => serialNumber)).toEqual(['1001', '02', '01'])
    await expect(verify('withChain', { anchors: [certificate('ca')] })).resolves.toBeDefined()
    await expectRejection(verify('ios', { anchors: [certificate('ca')] }), 'ERR_CERTIFICATE_UNTRUSTED')
    await expectRejection(verify('ios', { anchors: [certificate('namesake')] }), 'ERR_CERTIFICATE_UNTRUSTED')
  })

  test('a fingerprint', async () => {
    const print = await certificateFingerprint(certificate('device'), 'SHA-256')
    await expect(verify('ios', { pinnedFingerprints: [print], digest: 'SHA-256' })).resolves.toBeDefined()
    const other = await certificateFingerprint(certificate('double'), 'SHA-256')
    await expectRejection(
      verify('ios', { pinnedFingerprints: [other], digest: 'SHA-256' }),
      'ERR_CERTIFICATE_UNTRUSTED',
    )
  })

  test('expired and future identities: pinned they verify, on a path unless dates are asked for', async () => {
    const now = new Date('2027-01-01T00:00:00Z')
    for (const name of ['expired', 'future']) {
      await expect(verify(name, pinned(name))).resolves.toBeDefined()
      await expect(verify(name, anchored)).resolves.toBeDefined()
      const trust = { ...anchored, validity: 'now' } as const
      await expectRejection(verifyMdmSignature(header(name), body, { trust, now }), 'ERR_CERTIFICATE_TIME')
    }
    const grace = { ...anchored, validity: { graceDays: 400 } }
    await expect(verifyMdmSignature(header('expired'), body, { trust: grace, now })).resolves.toBeDefined()
  })

  test('accept replaces the list', async () => {
    const strict = { digests: ['SHA-256'] } as const
    const trust = pinned('device')
    await expectRejection(
      verifyMdmSignature(header('macos'), body, { trust, accept: strict }),
      'ERR_ALGORITHM_NOT_ACCEPTED',
    )
    await expectRejection(verify('md5'), 'ERR_ALGORITHM_NOT_ACCEPTED')
    const md5 = { digests: ['MD5'] } as const
    await expect(verifyMdmSignature(header('md5'), body, { trust, accept: md5 })).resolves.toMatchObject({
      digest: 'MD5',
    })
    const large = { minRsaBits: 2048 }
    await expectRejection(
      verifyMdmSignature(header('small'), body, { trust: pinned('small'), accept: large }),
      'ERR_ALGORITHM_NOT_ACCEPTED',
    )
  })
})

describe('the header', () => {
  const value = header('ios')
  const spellings = {
    'with line breaks': value.replace(/.{64}/g, '$&\r\n '),
    'with spaces around': ` ${value}\t`,
    'without padding': header('iosSha1').replace(/=+$/, ''),
    'URL-safe': value.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
  }
  test.each(Object.entries(spellings))('%s', async (_name, text) => {
    await expect(verifyMdmSignature(text, body, { trust: pinned('device') })).resolves.toBeDefined()
    expect(peekMdmSignature(text).signer.serialNumber).toBe('1001')
  })

  test.each([null, undefined, '', ' \r\n\t'])('%j is missing', async (text) => {
    const trust = pinned('device')
    await expectRejection(verifyMdmSignature(text, body, { trust }), 'ERR_MDM_SIGNATURE_MISSING')
    expectRefusal(() => peekMdmSignature(text as string), 'ERR_MDM_SIGNATURE_MISSING')
  })

  test.each([
    ['twice base64', Buffer.from(value).toString('base64'), 'ERR_ENCODING'],
    ['PEM', `-----BEGIN CMS-----\n${value}\n-----END CMS-----`, 'ERR_ENCODING'],
    ['two headers joined', `${value}, ${value}`, 'ERR_ENCODING'],
    ['twice the message', Buffer.concat([decoded(value), decoded(value)]).toString('base64'), 'ERR_ENCODING'],
    ['quoted', `"${value}"`, 'ERR_ENCODING'],
    ['percent escapes', encodeURIComponent(value), 'ERR_ENCODING'],
    ['a certificate', Buffer.from(certificate('device').der).toString('base64'), 'ERR_CMS_INVALID'],
    ['not base64', '!', 'ERR_ENCODING'],
  ] as const)('%s is refused', async (_name, text, code) => {
    await expectRejection(verifyMdmSignature(text, body, { trust: pinned('device') }), code)
  })

  test('certificates without a signer', async () => {
    const bag = Buffer.from(buildCertificateBag([certificate('device')])).toString('base64')
    await expectRejection(verifyMdmSignature(bag, body, { trust: pinned('device') }), 'ERR_SIGNER_NOT_FOUND')
    expectRefusal(() => peekMdmSignature(bag), 'ERR_SIGNER_NOT_FOUND')
  })

  test('64 MB are refused at once', async () => {
    const text = 'A'.repeat(64 * 1024 * 1024)
    const began = performance.now()
    await expectRejection(verifyMdmSignature(text, body, { trust: pinned('device') }), 'ERR_LIMIT')
    expect(performance.now() - began).toBeLessThan(20)
  })

  test('what is no header, no body, no trust', async () => {
    const trust = pinned('device')
    await expectRejection(verifyMdmSignature([value] as never, body, { trust }), 'ERR_INVALID_ARGUMENT')
    await expectRejection(verifyMdmSignature(value, 'text' as never, { trust }), 'ERR_INVALID_ARGUMENT')
    for (const none of [undefined, {}, { pinned: [] }, { anchors: [] }]) {
      await expectRejection(verifyMdmSignature(value, body, { trust: none as never }), 'ERR_INVALID_ARGUMENT')
    }
  })

  test('every truncation and every flipped bit of header and body', async () => {
    const trust = pinned('device')
    for (const name of ['ios', 'macos']) {
      const message = decoded(header(name))
      const wrong = [...truncations(message, 150), ...flips(message, 400)]
      const { values, refusals } = await asyncOutcomes(wrong, (bytes) =>
        verifyMdmSignature(Buffer.from(bytes).toString('base64'), body, { trust }),
      )
      // Octets that nothing reads: versions, the certificate beside the pinned one.
      expect(refusals).toBeGreaterThan(values)
      const bodies = await asyncOutcomes([...truncations(body, 100), ...flips(body, 300)], (bytes) =>
        verifyMdmSignature(header(name), bytes, { trust }),
      )
      expect(bodies.values).toBe(0)
    }
  })
})

describe('the body', () => {
  const text = Buffer.from(body).toString()
  test.each([
    ['one byte', text.replace('Idle', 'Idlf')],
    ['one space more', text.replace('<dict>', '<dict> ')],
    ['line ends', text.replaceAll('\n', '\r\n')],
    ['without the last line end', text.slice(0, -1)],
    ['with a byte order mark', `\ufeff${text}`],
    ['nothing', ''],
  ])('changed by %s', async (_name, changed) => {
    for (const name of ['ios', 'macos']) {
      const bytes = new TextEncoder().encode(changed)
      await expectRejection(
        verifyMdmSignature(header(name), bytes, { trust: pinned('device') }),
        'ERR_SIGNATURE_INVALID',
      )
    }
  })
})

describe('peekMdmSignature', () => {
  test('names the signer and has its certificate', () => {
    const hint = peekMdmSignature(header('ios'))
    expect(hint.certificate?.der).toEqual(certificate('device').der)
    expect(hint.signer.serialNumber).toBe('1001')
    expect(formatName(hint.signer.issuer!)).toBe('CN=Device Sub CA')
  })

  test('of a signer that is not in the message, of one named by its key', () => {
    expect(peekMdmSignature(header('withoutCertificate'))).toMatchObject({
      certificate: null,
      signer: { serialNumber: '1001' },
    })
    const { signer, certificate: found } = peekMdmSignature(header('keyIdentifier'))
    expect(signer.subjectKeyIdentifier).toMatch(/^[0-9a-f]{40}$/)
    expect(found?.serialNumber).toBe('1001')
  })

  test('chooses by the signer, not by the order of the certificates', () => {
    expect(peekMdmSignature(header('withChain')).certificate?.serialNumber).toBe('1001')
  })
})

describeWithFixtures('recorded signatures', () => {
  const folder = 'mdm-signature/micromdm__nanomdm'
  const recorded = fixtureText.bind(null, `${folder}/mdmSignatureHeader2.b64.txt`)
  const recordedBody = fixture.bind(null, `${folder}/mdmSignatureBody2.plist`)

  test('a Mac: BER, SHA-1, no attributes, an identity without a name', async () => {
    const stored = peekMdmSignature(recorded()).certificate!
    expect(stored).toMatchObject({ subject: [], serialNumber: '22' })
    const signer = await verifyMdmSignature(recorded(), recordedBody(), { trust: { pinned: [stored] } })
    expect(signer).toMatchObject({ digest: 'SHA-1', signature: 'RSASSA-PKCS1-v1_5', signingTime: null })
    expect(Buffer.from(fixture(`${folder}/mdmSignatureHeader2.p7s`)).toString('base64')).toBe(recorded().trim())
  })

  test('with another body, or a body that was changed', async () => {
    const trust: SignerTrust = unsafeAcceptAnySigner
    await expectRejection(verifyMdmSignature(recorded(), body, { trust }), 'ERR_SIGNATURE_INVALID')
    const changed = recordedBody()
    changed[changed.length - 1]! ^= 0x0a ^ 0x0d
    await expectRejection(verifyMdmSignature(recorded(), changed, { trust }), 'ERR_SIGNATURE_INVALID')
  })
})

function decoded(text: string): Uint8Array {
  return Buffer.from(text, 'base64')
}
