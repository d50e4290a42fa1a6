import { describe, expect, test } from 'vitest'
import { buildCertificateBag, parseCertificateBag, peekCmsSigners, verifyCms } from '../../src/cms.js'
import { parseBag } from '../../src/cms/certificate-bag.js'
import { type SignerTrust, unsafeAcceptAnySigner } from '../../src/types.js'
import { concatBytes } from '../../src/bytes/bytes.js'
import { certificateParts } from '../../src/x509/certificate.js'
import { hex, indefinite, tlv } from '../support/asn1.js'
import { expectRefusal, expectRejection } from '../support/hostile.js'
import { failingProvider, OUTAGE } from '../support/outage.js'
import { rsaKey, SMALL_RSA_KEY } from '../support/rsa-keys.js'
import { craft, craftCn, craftExtension, craftKey } from '../x509/craft.js'
import {
  algorithm,
  contentInfo,
  type CraftSigned,
  type CraftSigner,
  craftSigned,
  craftSigner,
  oid,
  OIDS,
  usualAttributes,
} from './craft.js'
import { NOW, selfSigned } from './entities.js'
import { by, content, people, refused, signedMessage, verify } from './signed-message.js'

// What a SignedData may look like: one row for each thing that is read, and each that is refused.

const { ca, signer } = people
const ecdsaSha256 = algorithm('2a8648ce3d040302', null)
const ok = async (bytes: Uint8Array): Promise<void> => {
  expect((await verify(bytes)).content).toEqual(content)
}

describe('read', () => {
  const ski = signer.certificate.extensions.find(({ oid: type }) => type === '2.5.29.14')!.value.subarray(2)
  const signers: readonly (readonly [string, Partial<CraftSigner>])[] = [
    ['signer by key identifier', { sid: tlv(0x80, ski), version: tlv(0x02, hex('03')) }],
    ['key identifier wrapped once more, as Apple sends it', { sid: tlv(0xa0, tlv(0x04, ski)) }],
    ['digest without NULL', { digestAlgorithm: algorithm(OIDS.sha256, null) }],
    ['sha256WithRSAEncryption', { signatureAlgorithm: algorithm(OIDS.sha256WithRsa) }],
    ['rsaEncryption without NULL', { signatureAlgorithm: algorithm(OIDS.rsaEncryption, null) }],
    ['a version that nobody knows', { version: tlv(0x02, hex('ff')) }],
    ['unsigned attributes', { after: [tlv(0xa1)] }],
  ]
  test.each(signers)('%s', async (_, changes) => {
    await ok(signedMessage(changes))
  })

  const around: readonly (readonly [string, Partial<CraftSigned>])[] = [
    ['no digestAlgorithms', { digestAlgorithms: [] }],
    ['other digestAlgorithms', { digestAlgorithms: [algorithm(OIDS.sha1), algorithm('2a0304', tlv(0x30))] }],
    [
      'attribute certificates and other formats beside certificates',
      {
        certificates: [tlv(0xa0), tlv(0xa1, tlv(0x30)), tlv(0xa2), signer.certificate.der, tlv(0xa3)],
      },
    ],
    ['CRLs and other revocation information', { crls: [tlv(0x30, tlv(0x30)), tlv(0xa1, tlv(0x06))] }],
    ['version 5', { version: tlv(0x02, hex('05')) }],
  ]
  test.each(around)('%s', async (_, changes) => {
    await ok(signedMessage({}, changes))
  })

  test('indefinite lengths, and content in segments', async () => {
    const eContent = indefinite(
      0xa0,
      indefinite(0x24, tlv(0x04, content.subarray(0, 3)), tlv(0x04), tlv(0x04, content.subarray(3))),
    )
    const encapsulated = indefinite(0x30, oid(OIDS.data), eContent)
    const signed = indefinite(
      0x30,
      tlv(0x02, hex('01')),
      tlv(0x31, algorithm(OIDS.sha256)),
      encapsulated,
      indefinite(0xa0, signer.certificate.der),
      indefinite(0x31, craftSigner(content, by(signer))),
    )
    await ok(indefinite(0x30, oid(OIDS.signedData), indefinite(0xa0, signed)))
  })

  test('EC signers that name the digest, and that name the key alone', async () => {
    const key = craftKey()
    const certificate = craft({ subject: craftCn('ec') }, key)
    for (const signatureAlgorithm of [
      ecdsaSha256,
      algorithm('2a8648ce3d0201', null),
      algorithm('2a8648ce3d0201', oid('2a8648ce3d030107')),
    ]) {
      const one = craftSigner(content, { certificate, key: key.privateKey, signatureAlgorithm })
      const result = await verify(craftSigned({ content, signers: [one], certificates: [certificate.der] }))
      expect(result.signers[0]).toMatchObject({ signature: 'ECDSA', digest: 'SHA-256' })
    }
    // The name of a key does not turn an RSA signature into another.
    await refused(
      signedMessage({ signatureAlgorithm: algorithm('2a8648ce3d0201', null) }),
      'ERR_SIGNATURE_INVALID',
      /not valid/,
    )
  })

  test('content that is not data, with its type signed', async () => {
    const attributes = usualAttributes(content, OIDS.envelopedData)
    await ok(signedMessage({ attributes }, { contentType: OIDS.envelopedData, version: tlv(0x02, hex('03')) }))
    await refused(signedMessage({ attributes }), 'ERR_CMS_INVALID', /contentType/)
  })
})

describe('refused', () => {
  const signers: readonly (readonly [string, Partial<CraftSigner>, RegExp])[] = [
    [
      'digests that differ',
      { signatureAlgorithm: algorithm('2a864886f70d01010c') },
      /digests of signature and content differ/,
    ],
    ['version no INTEGER', { version: tlv(0x04) }, /SignerInfo version/],
    ['signer by something else', { sid: tlv(0x81, hex('00')) }, /SignerInfo sid/],
    ['serial number no INTEGER', { sid: tlv(0x30, tlv(0x30), tlv(0x04, hex('00'))) }, /sid serialNumber/],
    [
      'a third part of issuer and serial number',
      { sid: tlv(0x30, tlv(0x30), tlv(0x02, hex('00')), tlv(0x05)) },
      /too many fields/,
    ],
    ['digest algorithm no SEQUENCE', { digestAlgorithm: oid(OIDS.sha256) }, /digestAlgorithm/],
    [
      'a third part of the digest algorithm',
      { digestAlgorithm: tlv(0x30, oid(OIDS.sha256), tlv(0x05), tlv(0x05)) },
      /too many fields/,
    ],
    [
      'signature no OCTET STRING',
      {
        after: [],
        signature: new Uint8Array(0),
        signatureAlgorithm: concatBytes([algorithm(OIDS.rsaEncryption), tlv(0x03)]),
      },
      /signature/,
    ],
    ['something behind the signer', { after: [tlv(0xa2)] }, /too many fields/],
  ]
  test.each(signers)('%s', async (_, changes, reason) => {
    await refused(signedMessage(changes), 'ERR_CMS_INVALID', reason)
  })

  const around: readonly (readonly [string, Partial<CraftSigned>, RegExp])[] = [
    ['a negative version', { version: tlv(0x02, hex('ff')) }, /SignedData version/],
    ['a digest algorithm that is none', { digestAlgorithms: [oid(OIDS.sha256)] }, /digestAlgorithms/],
    [
      'a digest algorithm without OID',
      { digestAlgorithms: [tlv(0x30, tlv(0x04, hex(OIDS.sha256)))] },
      /digestAlgorithms/,
    ],
    ['content that is no OCTET STRING', { encapsulated: tlv(0x30, oid(OIDS.data), tlv(0xa0, tlv(0x30))) }, /eContent/],
    [
      'two contents',
      { encapsulated: tlv(0x30, oid(OIDS.data), tlv(0xa0, tlv(0x04), tlv(0x04))) },
      /eContent has too many/,
    ],
    [
      'something behind the content',
      { encapsulated: tlv(0x30, oid(OIDS.data), tlv(0xa0, tlv(0x04)), tlv(0x05)) },
      /encapContentInfo has too many/,
    ],
    ['content under another tag', { encapsulated: tlv(0x30, oid(OIDS.data), tlv(0x04, content)) }, /eContent/],
    ['content without a type', { encapsulated: tlv(0x30, tlv(0xa0, tlv(0x04, content))) }, /eContentType/],
    ['a signer that is none', { signers: [tlv(0x31)] }, /SignerInfo/],
  ]
  test.each(around)('%s', async (_, changes, reason) => {
    await refused(signedMessage({}, changes), 'ERR_CMS_INVALID', reason)
  })

  test('something behind the signers, in the wrapping, or behind it', async () => {
    const inner = tlv(0x30, tlv(0x02, hex('01')), tlv(0x31), tlv(0x30, oid(OIDS.data)), tlv(0x31), tlv(0x05))
    await refused(contentInfo(OIDS.signedData, inner), 'ERR_CMS_INVALID', /SignedData has too many/)
    const bag = buildCertificateBag([])
    const [explicit, type] = [bag.subarray(13), bag.subarray(2, 13)]
    await refused(
      tlv(0x30, type, tlv(0xa0, explicit.subarray(2), tlv(0x05))),
      'ERR_CMS_INVALID',
      /content has too many/,
    )
    await refused(tlv(0x30, type, explicit, tlv(0x05)), 'ERR_CMS_INVALID', /ContentInfo has too many/)
    await refused(concatBytes([signedMessage(), hex('00')]), 'ERR_ENCODING', /followed/)
  })

  test('a version that is no minimal INTEGER', async () => {
    await refused(signedMessage({ version: tlv(0x02, hex('0001')) }), 'ERR_ENCODING', /SignerInfo version/)
    await refused(signedMessage({}, { version: tlv(0x02, hex('0001')) }), 'ERR_ENCODING', /SignedData version/)
  })

  test('unknown digests and signature algorithms, and those that are not accepted', async () => {
    await refused(signedMessage({ digestAlgorithm: algorithm('2a0304') }), 'ERR_ALGORITHM_UNKNOWN', /digest/)
    await refused(signedMessage({ signatureAlgorithm: algorithm('2b6570', null) }), 'ERR_ALGORITHM_UNKNOWN', /Ed25519/)
    await refused(
      signedMessage({ signatureAlgorithm: algorithm('2a864886f70d010102') }),
      'ERR_ALGORITHM_UNKNOWN',
      /MD2/,
    )
    await refused(signedMessage({ digestAlgorithm: algorithm(OIDS.sha1) }), 'ERR_ALGORITHM_NOT_ACCEPTED', /SHA-1/)
    const options = { trust: unsafeAcceptAnySigner, accept: { signatures: ['ECDSA'] } } as const
    await expectRejection(verifyCms(signedMessage(), options), 'ERR_ALGORITHM_NOT_ACCEPTED', /RSASSA/)
  })

  test('an RSA key below the size asked for', async () => {
    const small = await selfSigned('small', SMALL_RSA_KEY)
    const bytes = craftSigned({
      content,
      signers: [craftSigner(content, by(small))],
      certificates: [small.certificate.der],
    })
    await refused(bytes, 'ERR_ALGORITHM_NOT_ACCEPTED', /RSA key size 1024/)
    const options = { trust: unsafeAcceptAnySigner, accept: { minRsaBits: 1024 } } as const
    expect((await verifyCms(bytes, options)).content).toEqual(content)
  })

  test('a certificate that is none, wherever it stands', async () => {
    for (const junk of [tlv(0x30), tlv(0x30, tlv(0x30), tlv(0x30), tlv(0x03, hex('00')))]) {
      await refused(signedMessage({}, { certificates: [signer.certificate.der, junk] }), 'ERR_CERTIFICATE_INVALID', /./)
      await refused(signedMessage({}, { certificates: [junk, signer.certificate.der] }), 'ERR_CERTIFICATE_INVALID', /./)
    }
  })

  test('a trust that is none, before the message is looked at', async () => {
    const bad = [{ anchors: [] }, { pinned: [] }, { pinnedFingerprints: [], digest: 'SHA-256' }, {}, null, undefined]
    for (const trust of bad) {
      const call = verifyCms(new Uint8Array(0), { trust: trust as unknown as SignerTrust })
      await expectRejection(call, 'ERR_INVALID_ARGUMENT', /trust/)
    }
  })
})

describe('several certificates for one signer', () => {
  const key = craftKey()
  const serial = hex('44')
  const names = { issuer: craftCn('CA'), subject: craftCn('twice') }
  const trusted = craft({ ...names, serial, spki: key.spki }, ca.raw)
  const selfMade = craft({ ...names, serial, spki: key.spki }, key)
  const anchor = craft(
    { issuer: craftCn('CA'), subject: craftCn('CA'), extensions: [hex('300f0603551d130101ff04053003 0101ff')] },
    ca.raw,
  )
  const one = craftSigner(content, { certificate: trusted, key: key.privateKey, signatureAlgorithm: ecdsaSha256 })

  test('of one key: one that is trusted is enough, in any order', async () => {
    for (const certificates of [
      [selfMade.der, trusted.der],
      [trusted.der, selfMade.der],
    ]) {
      const bytes = craftSigned({ content, signers: [one], certificates })
      const result = await verify(bytes, undefined, { anchors: [anchor] })
      expect(result.signers[0]?.certificate.der).toEqual(trusted.der)
    }
    const alone = craftSigned({ content, signers: [one], certificates: [selfMade.der] })
    await expectRejection(verify(alone, undefined, { anchors: [anchor] }), 'ERR_CERTIFICATE_UNTRUSTED', /signature/)
  })

  test.each([
    // The signature of each is verified, and then the path.
    ['the only certificate', [trusted.der], 2],
    ['one of two', [selfMade.der, trusted.der], 3],
  ])('an outage while the path of %s is judged is no judgement', async (_, certificates, call) => {
    const bytes = craftSigned({ content, signers: [one], certificates })
    const options = { trust: { anchors: [anchor] }, now: NOW, crypto: failingProvider('verify', call) } as const
    await expect(verifyCms(bytes, options)).rejects.toBe(OUTAGE)
  })
})

describe('who claims to have signed', () => {
  test('issuer and serial number, key identifier, and the certificate when it is there', () => {
    const [hint] = peekCmsSigners(signedMessage())
    expect(hint?.certificate?.der).toEqual(signer.certificate.der)
    expect(hint?.signer).toEqual({ issuer: ca.certificate.subject, serialNumber: signer.certificate.serialNumber })
    const [absent] = peekCmsSigners(signedMessage({ sid: tlv(0x80, hex('0aff')) }))
    expect(absent).toEqual({ signer: { subjectKeyIdentifier: '0aff' }, certificate: null })
    expect(peekCmsSigners(buildCertificateBag([]))).toEqual([])
  })

  test('names are compared as RFC 5280 has it, key identifiers octet by octet', async () => {
    const spelled = tlv(
      0x30,
      tlv(0x31, tlv(0x30, oid('55040a'), tlv(0x0c, new TextEncoder().encode(' EXAMPLE ')))),
      tlv(0x31, tlv(0x30, oid('550403'), tlv(0x0c, new TextEncoder().encode('ca')))),
    )
    const serial = tlv(0x02, certificateParts(signer.certificate).serialDer)
    await ok(signedMessage({ sid: tlv(0x30, spelled, serial) }))
    await refused(signedMessage({ sid: tlv(0x30, spelled, tlv(0x02, hex('7f'))) }), 'ERR_SIGNER_NOT_FOUND', /neither/)
    await refused(signedMessage({ sid: tlv(0x30, craftCn('other'), serial) }), 'ERR_SIGNER_NOT_FOUND', /neither/)
    // A key identifier that is no OCTET STRING, or none at all, fits nothing.
    const without = craft({ subject: craftCn('without') }, rsaKey(1))
    const bySki = { sid: tlv(0x80, hex('0aff')) }
    await refused(signedMessage(bySki, { certificates: [without.der] }), 'ERR_SIGNER_NOT_FOUND', /neither/)
    const damaged = craft(
      { subject: craftCn('damaged'), extensions: [craftExtension('551d0e', false, hex('0aff'))] },
      rsaKey(1),
    )
    await refused(
      signedMessage({ sid: tlv(0x80, hex('0aff')) }, { certificates: [damaged.der] }),
      'ERR_SIGNER_NOT_FOUND',
      /neither/,
    )
  })

  test('an issuer that is no name', () => {
    const sid = tlv(0x30, tlv(0x30, tlv(0x02, hex('00'))), tlv(0x02, hex('01')))
    expectRefusal(() => peekCmsSigners(signedMessage({ sid })), 'ERR_CMS_INVALID')
  })
})

describe('certificate bags', () => {
  test('in the order given, none, and with CRLs', () => {
    const all = [signer.certificate, ca.certificate]
    expect(parseCertificateBag(buildCertificateBag(all)).map(({ der }) => der)).toEqual(all.map(({ der }) => der))
    const none = hex('3023 0609 2a864886f70d010702 a016 3014 020101 3100 300b 0609 2a864886f70d010701 3100')
    expect(buildCertificateBag([])).toEqual(none)
    expect(parseCertificateBag(none)).toEqual([])
    const crl = tlv(0x30, tlv(0x30))
    expect(parseBag(craftSigned({ content: null, signers: [], crls: [crl, tlv(0xa1)] })).crls).toEqual([crl])
  })

  test('a signer or content makes it something else', () => {
    expectRefusal(() => parseCertificateBag(signedMessage({}, { content: null })), 'ERR_CMS_INVALID', /signer/)
    expectRefusal(() => parseCertificateBag(craftSigned({ content, signers: [] })), 'ERR_CMS_INVALID', /content/)
    expect(parseCertificateBag(craftSigned({ content: hex(''), signers: [] }))).toEqual([])
  })
})
