import { describe, expect, test } from 'vitest'
import { buildCertificateBag, signCms } from '../../src/cms.js'
import { readContentInfo } from '../../src/cms/content-info.js'
import { signContent } from '../../src/cms/sign.js'
import { callContext } from '../../src/crypto/context.js'
import { encodingOf } from '../../src/asn1/der-reader.js'
import { OID } from '../../src/asn1/oid.js'
import type { ErrorCode } from '../../src/errors.js'
import { buildNextCaCert, buildScepFailure, openNextCaCert } from '../../src/scep.js'
import type { Bytes, Certificate } from '../../src/types.js'
import { issueCaLinks } from '../../src/x509.js'
import { craftSigned, type CraftSigner, craftSigner, oid, OIDS, usualAttributes } from '../cms/craft.js'
import { entityOf, type Entity, issued, NOW, selfSigned } from '../cms/entities.js'
import { hex, tlv } from '../support/asn1.js'
import { expectRejection } from '../support/hostile.js'
import { failingProvider, OUTAGE } from '../support/outage.js'
import { rsaKey, SMALL_RSA_KEY } from '../support/rsa-keys.js'
import { craft, craftKey, DER } from '../x509/craft.js'
import { certificateParts } from '../../src/x509/certificate.js'
import { ca, enrolled } from './pki-message.js'

// How a client learns of the CA to come, from the CA that it knows.

const next = await selfSigned('next CA', rsaKey(3))
const nextRa = await issued('next RA', rsaKey(4), next, { purpose: 'scep-ra' })
const links = await issueCaLinks(ca, next, ['51', '52'], { now: NOW })

const open = (message: Uint8Array, pinned: Certificate = ca.certificate) =>
  openNextCaCert(message, { pinned: [pinned], now: NOW })
const ders = (certificates: readonly Certificate[]) => certificates.map(({ der }) => der)
async function refused(message: Uint8Array, code: ErrorCode, reason: RegExp = /./): Promise<void> {
  await expectRejection(open(message), code, reason)
}

function crafted(
  content: Bytes | null,
  signer: Entity,
  certificates: readonly Certificate[],
  changes: Partial<CraftSigner> = {},
  contentType: string = OIDS.data,
): Bytes {
  const body = content ?? new Uint8Array(0)
  const attributes = usualAttributes(body, contentType)
  const one = craftSigner(body, { certificate: signer.certificate, key: signer.raw.privateKey, attributes, ...changes })
  return craftSigned({ content, contentType, signers: [one], certificates: certificates.map(({ der }) => der) })
}
const empty = (certificates: readonly Certificate[], signer = ca): Bytes =>
  crafted(null, signer, [signer.certificate, ...certificates])

describe('the form of RFC 8894', () => {
  test('there and back, in the order given', async () => {
    const certificates = [next.certificate, nextRa.certificate, links.newWithOld] as const
    const message = await buildNextCaCert(certificates, ca, { now: NOW })
    expect(ders(await open(message))).toEqual(ders(certificates))
    await expectRejection(buildNextCaCert([] as unknown as [Certificate], ca), 'ERR_INVALID_ARGUMENT', /at least one/)
  })

  test('the content as data, and as the SignedData inside the ContentInfo alone', async () => {
    const bag = buildCertificateBag([next.certificate])
    expect(ders(await open(await signCms(bag, ca, { now: NOW })))).toEqual([next.certificate.der])
    const inner = encodingOf(readContentInfo(bag, OID.signedData, 'SignedData'))
    const call = callContext({ now: NOW })
    const message = await signContent(
      {
        content: inner,
        contentType: OID.signedData,
        detached: false,
        digest: 'SHA-256',
        signingTime: NOW,
        furtherAttributes: [],
        certificates: [ca.certificate],
      },
      ca,
      call,
    )
    expect(ders(await open(message))).toEqual([next.certificate.der])
  })

  test('signed by something that the CA issued, by another CA, by two', async () => {
    await refused(await buildNextCaCert([next.certificate], enrolled), 'ERR_CERTIFICATE_UNTRUSTED', /pinned/)
    await refused(await buildNextCaCert([next.certificate], next), 'ERR_CERTIFICATE_UNTRUSTED', /pinned/)
    const false_ = await selfSigned('CA', rsaKey(5), { serialNumber: ca.certificate.serialNumber })
    await refused(await buildNextCaCert([next.certificate], false_), 'ERR_SIGNATURE_INVALID')
    const bag = buildCertificateBag([next.certificate])
    const one = craftSigner(bag, { certificate: ca.certificate, key: ca.raw.privateKey })
    await refused(
      craftSigned({ content: bag, signers: [one, one], certificates: [ca.certificate.der] }),
      'ERR_SCEP_INVALID',
      /one signer/,
    )
    await refused(bag, 'ERR_SCEP_INVALID', /one signer/)
    const none = { pinned: [] } as unknown as { pinned: [Certificate] }
    await expectRejection(openNextCaCert(bag, none), 'ERR_INVALID_ARGUMENT', /pinned/)
  })

  test('changed after signing, empty, or no bag', async () => {
    const bag = buildCertificateBag([next.certificate])
    const one = craftSigner(bag, { certificate: ca.certificate, key: ca.raw.privateKey })
    const other = buildCertificateBag([enrolled.certificate])
    await refused(
      craftSigned({ content: other, signers: [one], certificates: [ca.certificate.der] }),
      'ERR_SIGNATURE_INVALID',
      /digest/,
    )
    await refused(await signCms(buildCertificateBag([]), ca, { now: NOW }), 'ERR_SCEP_INVALID', /no certificate/)
    await refused(await signCms(next.certificate.der, ca, { now: NOW }), 'ERR_CMS_INVALID')
    await refused(await signCms(hex('00'), ca, { now: NOW }), 'ERR_ENCODING')
    await refused(crafted(hex('00'), ca, [], {}, OIDS.signedData), 'ERR_ENCODING')
    await refused(await signCms(await signCms(hex('00'), ca), ca, { now: NOW }), 'ERR_CMS_INVALID', /signer/)
  })

  test('MD5 by name alone', async () => {
    const bag = buildCertificateBag([next.certificate])
    const digestAlgorithm = tlv(0x30, oid(OIDS.md5), tlv(0x05))
    await refused(crafted(bag, ca, [ca.certificate], { digestAlgorithm }), 'ERR_ALGORITHM_NOT_ACCEPTED', /MD5/)
  })

  test("dates are the future's", async () => {
    const future = await selfSigned('future CA', rsaKey(3), {
      notBefore: new Date('2029-01-01'),
      notAfter: new Date('2039-01-01'),
    })
    expect(await open(await buildNextCaCert([future.certificate], ca, { now: NOW }))).toHaveLength(1)
  })
})

describe('without content: nothing of it is signed', () => {
  test('what the current CA issued, and what is below that', async () => {
    expect(ders(await open(empty([links.newWithOld])))).toEqual([links.newWithOld.der])
    const all = [next.certificate, links.newWithOld, links.oldWithNew]
    expect(ders(await open(empty(all)))).toEqual(ders(all))
    const subCa = await issued('sub CA', rsaKey(5), ca, { purpose: 'ca' })
    expect(ders(await open(empty([subCa.certificate])))).toEqual([subCa.certificate.der])
  })

  test('what nobody vouches for is left out, and alone is refused', async () => {
    await refused(empty([next.certificate]), 'ERR_CERTIFICATE_UNTRUSTED', /issued none/)
    await refused(empty([]), 'ERR_CERTIFICATE_UNTRUSTED', /issued none/)
    const stranger = await selfSigned('stranger CA', rsaKey(5))
    expect(ders(await open(empty([stranger.certificate, links.newWithOld])))).toEqual([links.newWithOld.der])
  })

  test('one that the current CA issued, with a key below the size that is accepted: that is the reason', async () => {
    const small = await issued('small CA', SMALL_RSA_KEY, ca, { purpose: 'ca' })
    const message = empty([next.certificate, small.certificate])
    await refused(message, 'ERR_ALGORITHM_NOT_ACCEPTED', /1024/)
    const accept = { minRsaBits: 1024 }
    const opened = await openNextCaCert(message, { pinned: [ca.certificate], now: NOW, accept })
    expect(ders(opened)).toEqual([small.certificate.der])
  })

  test('more signatures than a bag of CAs has', async () => {
    const name = Uint8Array.from(certificateParts(next.certificate).subjectDer)
    const extensions = [DER.basicConstraintsCa, DER.keyCertSign]
    const others = Array.from({ length: 100 }, (_, i) =>
      craft({ subject: name, issuer: name, serial: Uint8Array.of(i + 1), extensions }, craftKey()),
    )
    // A link may be there many times over, and each of the others could be below each of those.
    const again = Array.from({ length: 20 }, () => links.newWithOld)
    await refused(empty([...again, ...others]), 'ERR_LIMIT', /too many signatures/)
  })

  test('a device that the CA enrolled is no CA, whatever it is put beside', async () => {
    await refused(empty([enrolled.certificate]), 'ERR_CERTIFICATE_UNTRUSTED', /issued none/)
    const below = await entityOf(
      craft(
        {
          issuer: Uint8Array.from(certificateParts(enrolled.certificate).subjectDer),
          spki: rsaKey(5).spki,
          extensions: [DER.basicConstraintsCa, DER.keyCertSign],
        },
        enrolled.raw,
      ),
      rsaKey(5),
    )
    await refused(empty([enrolled.certificate, below.certificate]), 'ERR_CERTIFICATE_UNTRUSTED', /issued none/)
    expect(ders(await open(empty([enrolled.certificate, links.newWithOld, nextRa.certificate])))).toEqual([
      links.newWithOld.der,
    ])
  })

  test('a certificate with the names and the key of the next CA that it did not sign', async () => {
    const name = Uint8Array.from(certificateParts(next.certificate).subjectDer)
    const forged = craft(
      { subject: name, issuer: name, spki: next.raw.spki, extensions: [DER.basicConstraintsCa] },
      craftKey(),
    )
    expect(ders(await open(empty([forged, links.newWithOld])))).toEqual([links.newWithOld.der])
  })

  test('any other signature of the CA over nothing is none of these', async () => {
    // Harvested: a refusal that anybody can ask for, its certificates exchanged.
    const failure = await buildScepFailure({ transactionId: 'T', senderNonce: null, digest: 'SHA-256' }, 'badRequest', {
      signer: { ...ca, chain: [links.newWithOld] },
      now: NOW,
    })
    await refused(failure, 'ERR_SCEP_INVALID', /pkiMessage/)
  })

  test('an outage is no judgement', async () => {
    const options = { pinned: [ca.certificate], now: NOW, crypto: failingProvider('verify', 2) } as const
    await expect(openNextCaCert(empty([links.newWithOld]), options)).rejects.toBe(OUTAGE)
  })

  test("the signature over nothing has to hold, and be the CA's", async () => {
    const message = empty([links.newWithOld])
    message[message.length - 1]! ^= 1
    await refused(message, 'ERR_SIGNATURE_INVALID')
    await refused(empty([links.newWithOld], next), 'ERR_CERTIFICATE_UNTRUSTED', /pinned/)
  })
})
