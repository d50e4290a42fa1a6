import { describe, expect, test } from 'vitest'
import { OID } from '../../src/asn1/oid.js'
import { buildCertificateBag, decryptCms, encryptCms, parseCertificateBag, signCms, verifyCms } from '../../src/cms.js'
import { pkijsBag, pkijsEncrypt, pkijsEnveloped, pkijsSign, pkijsVerify } from '../support/pkijs.js'
import { rsaKey } from '../support/rsa-keys.js'
import { craftKey } from '../x509/craft.js'
import { issued, NOW, selfSigned } from './entities.js'
import { utf8 } from './recorded-files.js'

// pkijs reads ours, we read pkijs' messages. It knows neither RSAES-PKCS1-v1_5 nor 3DES nor AuthEnvelopedData: OpenSSL does.

const content = utf8('content of the message')
const ca = await selfSigned('CA', rsaKey(0))
const rsa = await issued('rsa', rsaKey(1), ca)
const ec = await issued('ec', craftKey(), ca)

describe('messages of ours, read by pkijs', () => {
  test.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)('signed with %s', async (digest) => {
    const read = await pkijsVerify(await signCms(content, { ...rsa, chain: [ca.certificate] }, { digest, now: NOW }))
    expect(read).toEqual({
      version: 1,
      content,
      certificates: 2,
      digestAlgorithms: [{ 'SHA-256': OID.sha256, 'SHA-384': OID.sha384, 'SHA-512': OID.sha512 }[digest]],
      signatureAlgorithm: OID.rsaEncryption,
      // DER order of the SET.
      attributes: [OID.contentType, OID.signingTime, OID.messageDigest],
      verified: true,
    })
  })

  test('signed with an EC key, and detached', async () => {
    expect((await pkijsVerify(await signCms(content, ec, { now: NOW }))).verified).toBe(true)
    const detached = await signCms(content, rsa, { now: NOW, detached: true, signingTime: false })
    const read = await pkijsVerify(detached, content)
    expect(read).toMatchObject({ content: null, verified: true, attributes: [OID.contentType, OID.messageDigest] })
  })

  test.each(['AES-128-CBC', 'AES-192-CBC', 'AES-256-CBC'] as const)('encrypted with %s', async (cipher) => {
    const read = pkijsEnveloped(await encryptCms(content, [rsa.certificate, ca.certificate], { cipher }))
    expect(read).toMatchObject({ version: 0, recipients: 2, keyEncryption: OID.rsaesOaep })
    // SET OF: in DER the recipients are in the order of their encodings.
    const opened = await Promise.any([rsa, ca].map((one) => read.decrypt(one.certificate.der, one.raw.pkcs8)))
    expect(opened).toEqual(content)
  })

  test('certificates', () => {
    const bag = buildCertificateBag([rsa.certificate, ec.certificate, ca.certificate])
    expect(pkijsBag(bag)).toEqual([rsa, ec, ca].map(({ certificate }) => certificate.der))
    const certificates = parseCertificateBag(bag)
    expect(certificates.map(({ der }) => der)).toEqual(pkijsBag(bag))
    // None holds the whole message.
    for (const { der } of certificates) expect(der.buffer.byteLength).toBe(der.length)
  })
})

describe("pkijs' messages, read by us", () => {
  test.each([
    [rsa, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }],
    [rsa, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }],
    [rsa, { name: 'RSA-PSS', hash: 'SHA-256' }],
    [ec, { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' }],
  ] as const)('signed: $1', async (signer, algorithm) => {
    const message = await pkijsSign(content, signer.certificate.der, signer.raw.pkcs8, algorithm)
    const result = await verifyCms(message, { trust: { anchors: [ca.certificate] }, now: NOW })
    expect(result.content).toEqual(content)
    expect(result.signers[0]).toMatchObject({ signature: algorithm.name, digest: algorithm.hash, signingTime: null })
  })

  test.each([
    [{ name: 'AES-CBC', length: 128 }, 'SHA-1'],
    [{ name: 'AES-CBC', length: 256 }, 'SHA-256'],
    [{ name: 'AES-CBC', length: 256 }, 'SHA-512'],
  ] as const)('encrypted: $0 and OAEP with %s', async (cipher, hash) => {
    const message = await pkijsEncrypt(content, rsa.certificate.der, cipher, hash)
    expect(await decryptCms(message, rsa)).toEqual(content)
  })
})
