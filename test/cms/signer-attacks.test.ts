import { describe, expect, test, vi } from 'vitest'
import { peekCmsSigners, signCms } from '../../src/cms.js'
import type { Bytes, SignerTrust } from '../../src/types.js'
import { concatBytes } from '../../src/bytes/bytes.js'
import { certificateParts } from '../../src/x509/certificate.js'
import { hex, tlv } from '../support/asn1.js'
import { expectRejection, rejectionOf } from '../support/hostile.js'
import { rsaKey } from '../support/rsa-keys.js'
import { craft, craftCn, craftKey } from '../x509/craft.js'
import { algorithm, craftSigned, craftSigner, issuerAndSerial, OIDS, sha256, usualAttributes } from './craft.js'
import { NOW, selfSigned } from './entities.js'
import { utf8 } from './recorded-files.js'
import { by, content, people, refused, signedMessage, verify } from './signed-message.js'

// What has gone wrong in CMS verifiers with who signed, one row each.

const { ca, signer, other } = people

describe('who signed', () => {
  test('each of several signers has to hold', async () => {
    const good = craftSigner(content, by(signer))
    const second = craftSigner(content, by(other))
    const certificates = [signer.certificate.der, other.certificate.der]
    const { signers } = await verify(craftSigned({ content, signers: [good, second], certificates }))
    expect(signers.map(({ certificate }) => certificate.serialNumber)).toEqual(
      [signer, other].map(({ certificate }) => certificate.serialNumber),
    )
    const bad = craftSigner(content, by(other, { signature: new Uint8Array(256).fill(1) }))
    for (const both of [
      [good, bad],
      [bad, good],
    ])
      await refused(craftSigned({ content, signers: both, certificates }), 'ERR_SIGNATURE_INVALID', /not valid/)
    const pinned: SignerTrust = { pinned: [signer.certificate] }
    const two = craftSigned({ content, signers: [good, second], certificates })
    await expectRejection(verify(two, undefined, pinned), 'ERR_CERTIFICATE_UNTRUSTED')
  })

  test('no signer, no certificate of the signer', async () => {
    await refused(craftSigned({ content, signers: [] }), 'ERR_SIGNER_NOT_FOUND', /no signer/)
    await refused(signedMessage({}, { certificates: [other.certificate.der] }), 'ERR_SIGNER_NOT_FOUND', /neither/)
    const trusts: readonly SignerTrust[] = [{ pinned: [other.certificate] }, { anchors: [ca.certificate] }]
    for (const trust of trusts)
      await expectRejection(verify(signedMessage({}, { certificates: [] }), undefined, trust), 'ERR_SIGNER_NOT_FOUND')
    const print: SignerTrust = { pinnedFingerprints: ['ab'.repeat(32)], digest: 'SHA-256' }
    await expectRejection(verify(signedMessage({}, { certificates: [] }), undefined, print), 'ERR_SIGNER_NOT_FOUND')
  })

  test('trust is waited for, whatever stands in the place of Promise', async () => {
    class Other<T> extends Promise<T> {}
    const distrusted: readonly SignerTrust[] = [
      { anchors: [other.certificate] },
      { pinnedFingerprints: ['ab'.repeat(32)], digest: 'SHA-256' },
    ]
    vi.stubGlobal('Promise', Other)
    try {
      for (const trust of distrusted)
        await expectRejection(verify(signedMessage(), undefined, trust), 'ERR_CERTIFICATE_UNTRUSTED')
      const { signers } = await verify(signedMessage(), undefined, { anchors: [ca.certificate] })
      expect(signers[0]?.path).toHaveLength(2)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  test('the signer is the one named, not the first of the bag', async () => {
    const bytes = signedMessage(
      {},
      { certificates: [ca.certificate.der, other.certificate.der, signer.certificate.der] },
    )
    const { signers, certificates } = await verify(bytes)
    expect(signers[0]?.certificate.der).toEqual(signer.certificate.der)
    expect(certificates).toHaveLength(3)
    expect(peekCmsSigners(bytes)[0]?.certificate?.der).toEqual(signer.certificate.der)
  })

  test('two certificates of one issuer and serial number: the one whose key signed', async () => {
    const { issuerDer, serial } = { issuerDer: craftCn('CA of two'), serial: hex('11') }
    const keys = [craftKey(), craftKey()] as const
    const twins = keys.map((key) =>
      craft({ issuer: issuerDer, subject: craftCn('twin'), serial, spki: key.spki }, keys[0]),
    )
    const ecdsa = { signatureAlgorithm: algorithm('2a8648ce3d040302', null) }
    for (const order of [
      [0, 1],
      [1, 0],
    ] as const) {
      const signers = [craftSigner(content, { certificate: twins[1]!, key: keys[1].privateKey, ...ecdsa })]
      const certificates = order.map((i) => twins[i]!.der)
      const result = await verify(craftSigned({ content, signers, certificates }))
      expect(result.signers[0]?.certificate.der).toEqual(twins[1]!.der)
      const pins: SignerTrust = { pinned: [twins[0]!] }
      // Neither the trusted twin's certificate nor the other's signature is enough.
      await expectRejection(
        verify(craftSigned({ content, signers, certificates }), undefined, pins),
        'ERR_SIGNATURE_INVALID',
      )
    }
  })

  test('a certificate of the same names, number and key identifier, but another key, under every trust', async () => {
    const imitation = await selfSigned('CA', rsaKey(3), {
      serialNumber: ca.certificate.serialNumber,
      subject: ca.certificate.subject,
    })
    const signers = [craftSigner(content, by(imitation))]
    const bytes = craftSigned({ content, signers, certificates: [imitation.certificate.der] })
    await expectRejection(verify(bytes, undefined, { pinned: [ca.certificate] }), 'ERR_SIGNATURE_INVALID')
    const code = await rejectionOf(verify(bytes, undefined, { anchors: [ca.certificate] }))
    expect(code.code).toBe('ERR_CERTIFICATE_UNTRUSTED')
  })

  test('more than eight certificates that fit the signer are too many', async () => {
    const key = craftKey()
    const twins = Array.from({ length: 9 }, (_, i) =>
      craft({ serial: hex('22'), subject: craftCn(`twin ${String(i)}`) }, key),
    )
    const signers = [
      craftSigner(content, {
        certificate: twins[8]!,
        key: key.privateKey,
        signatureAlgorithm: algorithm('2a8648ce3d040302', null),
      }),
    ]
    const certificates = twins.map(({ der }) => der)
    await refused(craftSigned({ content, signers, certificates }), 'ERR_LIMIT', /too many certificates/)
    const eight = craftSigned({ content, signers, certificates: [...certificates.slice(1), certificates[1]!] })
    expect((await verify(eight)).signers).toHaveLength(1)
  })

  test('more than 16 signers or 256 certificates are too many', async () => {
    const one = craftSigner(content, by(signer))
    await refused(signedMessage({}, { signers: Array.from({ length: 17 }, () => one) }), 'ERR_LIMIT', /16 signers/)
    const bag = (length: number) => ({ certificates: Array.from({ length }, () => signer.certificate.der) })
    await refused(signedMessage({}, bag(257)), 'ERR_LIMIT', /256 certificates/)
    expect((await verify(signedMessage({}, bag(256)))).certificates).toHaveLength(256)
  })

  test('a leaf is no CA, in a path that the message brings along', async () => {
    const below = await selfSigned('below', rsaKey(4), { purpose: 'custom' })
    const forged = craft(
      { issuer: signerName(), subject: craftCn('forged'), spki: below.raw.spki, serial: hex('33') },
      signer.raw,
    )
    const signers = [
      craftSigner(content, { certificate: forged, key: below.raw.privateKey, sid: issuerAndSerial(forged) }),
    ]
    const bytes = craftSigned({ content, signers, certificates: [forged.der, signer.certificate.der] })
    for (const validity of ['now', 'ignore', 'signing-time'] as const)
      await expectRejection(
        verify(bytes, undefined, { anchors: [ca.certificate], validity }),
        'ERR_CERTIFICATE_UNTRUSTED',
        /not a CA/,
      )
  })
})

function signerName(): Bytes {
  return tlv(
    0x30,
    tlv(0x31, tlv(0x30, tlv(0x06, hex('55040a')), tlv(0x13, utf8('Example')))),
    tlv(0x31, tlv(0x30, tlv(0x06, hex('550403')), tlv(0x13, utf8('signer')))),
  )
}

describe('a forged signature for a key of exponent 3', () => {
  /** Floor of the cube root. */
  function cubeRoot(value: bigint): bigint {
    let [low, high] = [0n, 1n << BigInt(Math.ceil(value.toString(2).length / 3) + 1)]
    while (low < high) {
      const middle = (low + high + 1n) >> 1n
      if (middle ** 3n <= value) low = middle
      else high = middle - 1n
    }
    return low
  }
  const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  const bytesOf = (value: bigint): Bytes => hex(value.toString(16).padStart(512, '0'))
  /** 00 01 FF … 00 DigestInfo, and garbage up to the end: whoever does not look there takes it. */
  function forged(covered: Uint8Array, padding: number, digestInfo: (digest: Uint8Array) => Uint8Array): Bytes {
    const head = concatBytes([hex('0001'), new Uint8Array(padding).fill(0xff), hex('00'), digestInfo(sha256(covered))])
    const block = concatBytes([head, new Uint8Array(256 - head.length).fill(0xff)])
    const root = cubeRoot(numberOf(block))
    expect(bytesOf(root ** 3n).subarray(0, head.length)).toEqual(head)
    return bytesOf(root)
  }

  // The modulus of a key at hand with another exponent: nobody needs the private key.
  const modulus = certificateParts(other.certificate).key
  if (modulus.kind !== 'RSA') throw new Error('no RSA key')
  const pkcs1 = tlv(0x30, tlv(0x02, hex('00'), modulus.modulus), tlv(0x02, hex('03')))
  const spki = tlv(0x30, algorithm(OIDS.rsaEncryption), tlv(0x03, hex('00'), pkcs1))
  const certificate = craft({ subject: craftCn('victim'), spki }, rsaKey(0))
  const attributes = usualAttributes(content)

  test.each([
    ['garbage behind the digest', 8, (digest: Uint8Array) => tlv(0x30, algorithm(OIDS.sha256), tlv(0x04, digest))],
    ['no padding', 0, (digest: Uint8Array) => tlv(0x30, algorithm(OIDS.sha256), tlv(0x04, digest))],
    ['without NULL', 8, (digest: Uint8Array) => tlv(0x30, algorithm(OIDS.sha256, null), tlv(0x04, digest))],
  ])('%s', async (_, padding, digestInfo) => {
    const signature = forged(tlv(0x31, ...attributes), padding, digestInfo)
    const one = craftSigner(content, { certificate, key: other.raw.privateKey, attributes, signature })
    const bytes = craftSigned({ content, signers: [one], certificates: [certificate.der] })
    await refused(bytes, 'ERR_SIGNATURE_INVALID', /not valid/)
  })
})

describe("the caller's bytes", () => {
  test('a Node Buffer is not written to, and holds a second time', async () => {
    const bytes = Buffer.from(await signCms(content, signer, { now: NOW }))
    const before = Uint8Array.from(bytes)
    for (let round = 0; round < 2; round++) {
      const result = await verify(bytes)
      expect(result.content).toEqual(content)
      expect(Object.getPrototypeOf(result.content)).toBe(Uint8Array.prototype)
    }
    expect(Uint8Array.from(bytes)).toEqual(before)
  })

  test('what is changed while the check runs changes nothing', async () => {
    const bytes = signedMessage()
    const running = verify(bytes)
    bytes.fill(0)
    expect((await running).content).toEqual(content)
    const body = content.slice()
    const detached = verify(signedMessage({ attributes: null }, { content: null }), body)
    body.fill(0)
    expect((await detached).content).toEqual(content)
  })

  test('what is no array of octets is a wrong argument', async () => {
    const text = 'MIAGCSqGSIb3DQEHAqCA' as unknown as Uint8Array
    await expectRejection(verify(text), 'ERR_INVALID_ARGUMENT', /Uint8Array/)
    const nothing = null as unknown as Uint8Array
    await expectRejection(
      verify(signedMessage({}, { content: null }), nothing),
      'ERR_INVALID_ARGUMENT',
      /detachedContent/,
    )
  })
})
