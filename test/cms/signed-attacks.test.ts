import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/errors.js'
import { hex, tlv } from '../support/asn1.js'
import { attribute, craftSigned, craftSigner, oid, OIDS, sha256, usualAttributes } from './craft.js'
import { utf8 } from './recorded-files.js'
import { by, content, people, refused, signedMessage, verify } from './signed-message.js'

// What has gone wrong in CMS verifiers with the content and the signed attributes, one row each.

const { signer } = people

test('the message that all of these are made of holds', async () => {
  expect((await verify(signedMessage())).content).toEqual(content)
  expect((await verify(signedMessage({ attributes: null }))).content).toEqual(content)
  expect((await verify(signedMessage({}, { content: null }), content)).content).toEqual(content)
})

describe('content and signature', () => {
  test('a harvested signature over another body', async () => {
    const harvested = craftSigner(content, by(signer))
    const body = utf8('another body')
    const certificates = [signer.certificate.der]
    await refused(craftSigned({ content: body, signers: [harvested], certificates }), 'ERR_SIGNATURE_INVALID', /digest/)
    await refused(
      craftSigned({ content: null, signers: [harvested], certificates }),
      'ERR_SIGNATURE_INVALID',
      /digest/,
      body,
    )
  })

  test('content attached where it is asked for detached, and the other way round', async () => {
    await refused(signedMessage(), 'ERR_CMS_INVALID', /attached/, content)
    await refused(signedMessage(), 'ERR_CMS_INVALID', /attached/, utf8('evil'))
    await refused(signedMessage({}, { content: null }), 'ERR_CMS_INVALID', /detached/)
  })

  test("somebody's signed attributes as content without attributes", async () => {
    const attributes = usualAttributes(content)
    const covered = tlv(0x31, ...attributes)
    // What the attacker has: a signature over `covered`, from a message of the signer's own.
    const stolen = craftSigner(covered, by(signer, { attributes: null, covered }))
    const certificates = [signer.certificate.der]
    const text = /could be the signed attributes/
    await refused(craftSigned({ content: covered, signers: [stolen], certificates }), 'ERR_CMS_INVALID', text)
    await refused(craftSigned({ content: null, signers: [stolen], certificates }), 'ERR_CMS_INVALID', text, covered)
    // With one of the two attributes alone, and whatever else beside it.
    for (const one of [attributes[0]!, attributes[1]!]) {
      const set = tlv(0x31, attribute(OIDS.signingTime, tlv(0x17, utf8('260101000000Z'))), one)
      const single = craftSigner(set, by(signer, { attributes: null }))
      await refused(craftSigned({ content: set, signers: [single], certificates }), 'ERR_CMS_INVALID', text)
    }
  })

  test('content that only begins like attributes is content', async () => {
    for (const body of [
      hex('31'),
      hex('3102 3000'),
      hex('3103 020101'),
      hex('31ff'),
      tlv(0x31),
      tlv(0x31, attribute(OIDS.signingTime)),
    ]) {
      const signers = [craftSigner(body, by(signer, { attributes: null }))]
      const bytes = craftSigned({ content: body, signers, certificates: [signer.certificate.der] })
      expect((await verify(bytes)).content).toEqual(body)
    }
  })

  test('the other way round: attributes that were signed as content', async () => {
    // Signed directly: a body that is itself DER of a SET OF attributes, naming the digest of what the attacker wants.
    const body = utf8('<plist/>')
    const set = usualAttributes(content)
    const direct = craftSigner(body, by(signer, { attributes: set, covered: body }))
    await refused(
      craftSigned({ content, signers: [direct], certificates: [signer.certificate.der] }),
      'ERR_SIGNATURE_INVALID',
      /not valid/,
    )
  })
})

describe('signed attributes', () => {
  const digest = () => attribute(OIDS.messageDigest, tlv(0x04, sha256(content)))
  const type = () => attribute(OIDS.contentType, oid(OIDS.data))
  const rows: readonly (readonly [string, () => readonly Uint8Array[], ErrorCode, RegExp])[] = [
    ['contentType missing', () => [digest()], 'ERR_CMS_INVALID', /contentType/],
    ['contentType another', () => usualAttributes(content, OIDS.signedData), 'ERR_CMS_INVALID', /contentType/],
    ['contentType twice', () => [type(), type(), digest()], 'ERR_CMS_INVALID', /repeated/],
    [
      'contentType of two values',
      () => [attribute(OIDS.contentType, oid(OIDS.data), oid(OIDS.data)), digest()],
      'ERR_CMS_INVALID',
      /exactly one value/,
    ],
    ['contentType of no value', () => [attribute(OIDS.contentType), digest()], 'ERR_CMS_INVALID', /exactly one value/],
    [
      'contentType no OID',
      () => [attribute(OIDS.contentType, tlv(0x04, hex(OIDS.data))), digest()],
      'ERR_CMS_INVALID',
      /contentType/,
    ],
    ['messageDigest missing', () => [type()], 'ERR_CMS_INVALID', /messageDigest/],
    ['messageDigest twice', () => [type(), digest(), digest()], 'ERR_CMS_INVALID', /repeated/],
    [
      'messageDigest of two values',
      () => [type(), attribute(OIDS.messageDigest, tlv(0x04, sha256(content)), tlv(0x04, sha256(content)))],
      'ERR_CMS_INVALID',
      /exactly one value/,
    ],
    [
      'messageDigest no OCTET STRING',
      () => [type(), attribute(OIDS.messageDigest, tlv(0x0c, sha256(content)))],
      'ERR_CMS_INVALID',
      /messageDigest/,
    ],
    [
      'messageDigest cut short',
      () => [type(), attribute(OIDS.messageDigest, tlv(0x04, sha256(content).subarray(0, 31)))],
      'ERR_SIGNATURE_INVALID',
      /digest/,
    ],
    [
      'messageDigest empty',
      () => [type(), attribute(OIDS.messageDigest, tlv(0x04))],
      'ERR_SIGNATURE_INVALID',
      /digest/,
    ],
    [
      'messageDigest of something else',
      () => [type(), attribute(OIDS.messageDigest, tlv(0x04, sha256(utf8('other'))))],
      'ERR_SIGNATURE_INVALID',
      /digest/,
    ],
    ['none at all', () => [], 'ERR_CMS_INVALID', /signedAttrs is empty/],
    [
      'signingTime no time',
      () => [type(), digest(), attribute(OIDS.signingTime, tlv(0x0c, utf8('now')))],
      'ERR_CMS_INVALID',
      /signingTime/,
    ],
    [
      'signingTime of two values',
      () => [
        type(),
        digest(),
        attribute(OIDS.signingTime, tlv(0x17, utf8('260101000000Z')), tlv(0x17, utf8('260101000000Z'))),
      ],
      'ERR_CMS_INVALID',
      /signingTime/,
    ],
    ['an attribute that is none', () => [type(), digest(), tlv(0x31)], 'ERR_CMS_INVALID', /signed attribute/],
    [
      'an attribute without values',
      () => [type(), digest(), tlv(0x30, oid(OIDS.signingTime))],
      'ERR_CMS_INVALID',
      /attribute values/,
    ],
    [
      'an attribute with a third field',
      () => [type(), digest(), tlv(0x30, oid(OIDS.signingTime), tlv(0x31), tlv(0x05))],
      'ERR_CMS_INVALID',
      /too many fields/,
    ],
  ]
  test.each(rows)('%s', async (_, attributes, code, reason) => {
    await refused(signedMessage({ attributes: attributes() }), code, reason)
  })

  test('unsorted ones hold as sent, and as they should have been sent', async () => {
    const attributes = [digest(), attribute(OIDS.signingTime, tlv(0x17, utf8('260101000000Z'))), type()]
    const { signers } = await verify(signedMessage({ attributes }))
    expect(signers[0]?.signingTime).toEqual(new Date('2026-01-01'))
    const sorted = [...attributes].sort((a, b) => Buffer.compare(a, b))
    expect(sorted).not.toEqual(attributes)
    expect((await verify(signedMessage({ attributes, covered: tlv(0x31, ...sorted) }))).content).toEqual(content)
    const third = [attributes[2]!, attributes[0]!, attributes[1]!]
    await refused(signedMessage({ attributes, covered: tlv(0x31, ...third) }), 'ERR_SIGNATURE_INVALID', /not valid/)
  })

  test('signed under the [0] that they travel under, and not as SET OF: refused', async () => {
    const attributes = usualAttributes(content)
    await refused(
      signedMessage({ attributes, covered: tlv(0xa0, ...attributes) }),
      'ERR_SIGNATURE_INVALID',
      /not valid/,
    )
  })

  test('unsigned ones are not believed, whatever they say', async () => {
    const time = attribute(OIDS.signingTime, tlv(0x17, utf8('200101000000Z')))
    const lies = tlv(
      0xa1,
      time,
      attribute(OIDS.contentType, oid(OIDS.signedData)),
      attribute(OIDS.countersignature, tlv(0x30)),
    )
    const { signers } = await verify(signedMessage({ after: [lies] }))
    expect(signers[0]?.signingTime).toBeNull()
    // They do not stand in for signed ones either.
    const moved = tlv(0xa1, ...usualAttributes(content))
    await refused(signedMessage({ attributes: [time], after: [moved] }), 'ERR_CMS_INVALID', /contentType/)
    await refused(signedMessage({ after: [lies, lies] }), 'ERR_CMS_INVALID', /too many fields/)
  })
})
