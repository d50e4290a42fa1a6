import { constants, createCipheriv, publicEncrypt } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { decryptCms } from '../../src/cms.js'
import type { AcceptedAlgorithms, Bytes, KeyUnwrapper, Recipients } from '../../src/types.js'
import { concatBytes } from '../../src/bytes/bytes.js'
import { fixedProvider } from '../crypto/support.js'
import { hex, indefinite, tlv } from '../support/asn1.js'
import { expectRejection, rejectionOf } from '../support/hostile.js'
import { rsaKey } from '../support/rsa-keys.js'
import {
  algorithm,
  craftEnveloped,
  type CraftEnveloped,
  craftRecipient,
  issuerAndSerial,
  OIDS,
  rsaBlock,
} from './craft.js'
import { selfSigned } from './entities.js'
import { ACCEPT_ALL, utf8 } from './recorded-files.js'

// What has gone wrong in CMS decrypters, one row each. Everything that needs the key to be seen ends in one error.

const holder = await selfSigned('recipient', rsaKey(1))
const another = await selfSigned('another', rsaKey(2))
const content = utf8('content of the message')
const iv = hex('000102030405060708090a0b0c0d0e0f')
const key128 = hex('00112233445566778899aabbccddeeff')

const aes128 = algorithm(OIDS.aes128Cbc, tlv(0x04, iv))

function cbc(name: string, key: Uint8Array, plain: Uint8Array, vector: Uint8Array = iv, padded = true): Bytes {
  const cipher = createCipheriv(name, key, vector).setAutoPadding(padded)
  return Uint8Array.from(Buffer.concat([cipher.update(plain), cipher.final()]))
}

/** c = m^e mod n, whatever the block says. */
function raw(block: Uint8Array): Bytes {
  const key = {
    key: Buffer.from(holder.raw.spki),
    format: 'der',
    type: 'spki',
    padding: constants.RSA_NO_PADDING,
  } as const
  return new Uint8Array(publicEncrypt(key, block))
}

const wrapped = (key: Uint8Array): Bytes => raw(rsaBlock(256, hex('0002'), concatBytes([hex('00'), key])))
const rid = issuerAndSerial(holder.certificate)

const OURS = craftRecipient(rid, wrapped(key128))

function message(changes: Partial<CraftEnveloped> = {}): Bytes {
  return craftEnveloped({
    recipients: [OURS],
    cipher: aes128,
    ciphertext: cbc('aes-128-cbc', key128, content),
    ...changes,
  })
}

// With a fixed source of random keys: a random one opens CBC to garbage once in 256 times.
const decrypt = (bytes: Uint8Array, recipient: Recipients = holder, accept: AcceptedAlgorithms = ACCEPT_ALL) =>
  decryptCms(bytes, recipient, { accept, ...('unwrapKey' in recipient ? { crypto: fixedProvider() } : {}) })

const TEXT = 'the message could not be decrypted with the given key'
async function fails(bytes: Uint8Array, recipient: Recipients = holder): Promise<void> {
  const error = await rejectionOf(decrypt(bytes, recipient))
  expect([error.code, error.message, error.cause]).toEqual(['ERR_DECRYPTION_FAILED', TEXT, undefined])
}

test('the message that all of these are made of opens', async () => {
  expect(await decrypt(message())).toEqual(content)
})

/** DES is slow. */
const DES_PADDINGS = [...Array(18).keys(), 0x40, 0x41, 0x7f, 0x80, 0xf0, 0xf8, 0xff]

describe('padding of CBC', () => {
  const ciphers = [
    { name: 'aes-128-cbc', block: 16, key: key128, id: aes128, vector: iv },
    {
      name: 'des-ede3-cbc',
      block: 8,
      key: concatBytes([key128, hex('0123456789abcdef')]),
      id: algorithm('2a864886f70d0307', tlv(0x04, iv.subarray(0, 8))),
      vector: iv.subarray(0, 8),
    },
  ]
  test.each(ciphers)('$name: every last octet', async ({ name, block, key, id, vector }) => {
    const recipient = { certificate: holder.certificate, unwrapKey: () => Promise.resolve(key) }
    for (const last of name === 'aes-128-cbc' ? Array(256).keys() : DES_PADDINGS) {
      // All padding octets right, as far as a block has room for them; and all wrong but the last.
      for (const fill of [last, 0x41]) {
        const plain = new Uint8Array(2 * block).fill(0x41)
        plain.fill(fill, Math.max(block, 2 * block - last))
        plain[2 * block - 1] = last
        const right = last >= 1 && last <= block && (fill === last || last === 1 || last === 0x41)
        const bytes = message({ cipher: id, ciphertext: cbc(name, key, plain, vector, false) })
        if (right) expect(await decrypt(bytes, recipient)).toEqual(plain.subarray(0, 2 * block - last))
        else await fails(bytes, recipient)
      }
    }
  })

  test.each([0, 1, 15, 17, 31])('%i octets of ciphertext', async (length) => {
    await fails(message({ ciphertext: new Uint8Array(length) }))
  })
})

describe('key transport', () => {
  const blocks: readonly (readonly [string, Bytes])[] = [
    ['first octet', rsaBlock(256, hex('0102'), concatBytes([hex('00'), key128]))],
    ['block type 1', rsaBlock(256, hex('0001'), concatBytes([hex('00'), key128]), 0xff)],
    ['no separator', rsaBlock(256, hex('0002'), concatBytes([hex('01'), key128]))],
    [
      'separator in the padding',
      concatBytes([hex('0002'), new Uint8Array(40).fill(7), hex('00'), new Uint8Array(196).fill(7), hex('00'), key128]),
    ],
    [
      'padding of seven octets',
      concatBytes([hex('0002'), new Uint8Array(7).fill(7), hex('00'), new Uint8Array(229).fill(7), hex('00'), key128]),
    ],
    ['content key of 15 octets', rsaBlock(256, hex('0002'), concatBytes([hex('00'), key128.subarray(1)]))],
    ['content key of 17 octets', rsaBlock(256, hex('0002'), concatBytes([hex('00ff'), key128]))],
    ['content key of 32 octets', rsaBlock(256, hex('0002'), concatBytes([hex('00'), key128, key128]))],
    ['no content key', rsaBlock(256, hex('0002'), hex('00'))],
    ['zero', new Uint8Array(256)],
  ]
  test.each(blocks)('v1.5, wrong: %s', async (_, block) => {
    const bytes = message({
      recipients: [craftRecipient(rid, block.every((octet) => octet === 0) ? block : raw(block))],
    })
    await fails(bytes)
    // The same again: the synthetic key belongs to the ciphertext.
    await fails(bytes)
  })

  test('v1.5, right, around a key that opens nothing: the same late error', async () => {
    const ciphertext = cbc('aes-128-cbc', key128, content)
    ciphertext[ciphertext.length - 17]! ^= 0xff
    await fails(message({ ciphertext }))
    await fails(message({ recipients: [craftRecipient(rid, wrapped(key128.map((octet) => octet ^ 0x5a)))] }))
  })

  test.each([0, 1, 255, 257, 512])('an encrypted key of %i octets', async (length) => {
    await fails(message({ recipients: [craftRecipient(rid, new Uint8Array(length).fill(1))] }))
  })

  test('an encrypted key above the modulus', async () => {
    await fails(message({ recipients: [craftRecipient(rid, new Uint8Array(256).fill(0xff))] }))
  })

  test('OAEP, wrong: the same error', async () => {
    const oaep = algorithm('2a864886f70d010107', tlv(0x30))
    await fails(message({ recipients: [craftRecipient(rid, wrapped(key128), oaep)] }))
    await fails(message({ recipients: [craftRecipient(rid, raw(rsaBlock(256, hex('01'), hex(''))), oaep)] }))
  })

  test('a KeyUnwrapper: null and wrong lengths fail late, a rejection passes through unchanged', async () => {
    const { certificate } = holder
    const by = (unwrapKey: KeyUnwrapper): Recipients => ({ certificate, unwrapKey })
    await fails(
      message(),
      by(() => Promise.resolve(null)),
    )
    await fails(
      message(),
      by(() => Promise.resolve(key128.subarray(1))),
    )
    await fails(
      message(),
      by(() => Promise.resolve(concatBytes([key128, key128]))),
    )
    expect(
      await decrypt(
        message(),
        by(() => Promise.resolve(key128)),
      ),
    ).toEqual(content)
    const outage = new Error('the HSM is not there')
    await expect(
      decrypt(
        message(),
        by(() => Promise.reject(outage)),
      ),
    ).rejects.toBe(outage)
    const rawRsa = { rawDecrypt: () => Promise.reject(outage) }
    await expect(decrypt(message(), { certificate, rawRsa })).rejects.toBe(outage)
  })
})

describe('recipients', () => {
  test('none, others, and more than 1024', async () => {
    await fails(message({ recipients: [] }))
    await fails(message(), another)
    const other = craftRecipient(issuerAndSerial(another.certificate), hex('00'))
    const many = (length: number) =>
      message({ recipients: [...Array<Bytes>(length).fill(other), craftRecipient(rid, wrapped(key128))] })
    await expectRejection(decrypt(many(1024)), 'ERR_LIMIT', /1024 recipients/)
    expect(await decrypt(many(1023))).toEqual(content)
  })

  test('other kinds and unknown algorithms beside ours are passed over', async () => {
    const others = [0xa1, 0xa2, 0xa3, 0xa4].map((tag) => tlv(tag, tlv(0x02, hex('03'))))
    const strange = craftRecipient(issuerAndSerial(another.certificate), hex('00'), algorithm('2a0304'))
    expect(await decrypt(message({ recipients: [...others, strange, craftRecipient(rid, wrapped(key128))] }))).toEqual(
      content,
    )
    const ours = message({ recipients: [craftRecipient(rid, wrapped(key128), algorithm('2a0304'))] })
    await expectRejection(decrypt(ours), 'ERR_ALGORITHM_UNKNOWN')
  })

  test("a key identifier that is not the certificate's", async () => {
    const ski = (value: Uint8Array) => craftRecipient(tlv(0x80, value), wrapped(key128))
    const own = holder.certificate.extensions.find(({ oid: type }) => type === '2.5.29.14')!.value.subarray(2)
    expect(await decrypt(message({ recipients: [ski(own)] }))).toEqual(content)
    const wrappedOnce = craftRecipient(tlv(0xa0, tlv(0x04, own)), wrapped(key128))
    expect(await decrypt(message({ recipients: [wrappedOnce] }))).toEqual(content)
    await fails(message({ recipients: [ski(own.subarray(1))] }))
    await fails(message({ recipients: [ski(hex(''))] }))
  })

  test('identities that are none', async () => {
    const call = (recipient: unknown) => decrypt(message(), recipient as Recipients)
    await expectRejection(call([]), 'ERR_INVALID_ARGUMENT', /at least one/)
    const { certificate, rawRsa } = holder
    await expectRejection(call({ certificate }), 'ERR_INVALID_ARGUMENT', /either/)
    const both = { certificate, rawRsa, unwrapKey: () => Promise.resolve(null) }
    await expectRejection(call(both), 'ERR_INVALID_ARGUMENT', /either/)
  })
})

describe('forms', () => {
  const ciphertext = cbc('aes-128-cbc', key128, content)
  const [first, rest] = [ciphertext.subarray(0, 5), ciphertext.subarray(5)]
  const asSent: readonly (readonly [string, Partial<CraftEnveloped>])[] = [
    ['[0] around one OCTET STRING', { encryptedContent: tlv(0xa0, tlv(0x04, ciphertext)) }],
    ['[0] of segments', { encryptedContent: tlv(0xa0, tlv(0x04, first), tlv(0x04), tlv(0x04, rest)) }],
    ['[0] of indefinite length', { encryptedContent: indefinite(0xa0, tlv(0x04, first), tlv(0x04, rest)) }],
    [
      'segments of segments',
      { encryptedContent: indefinite(0xa0, indefinite(0x24, tlv(0x04, first), tlv(0x04, rest))) },
    ],
    ['originator', { originator: tlv(0xa0, tlv(0xa0)) }],
    ['unprotected attributes', { after: [tlv(0xa1, tlv(0x30))] }],
    ['version 2', { version: tlv(0x02, hex('02')) }],
    ['another content type', { contentType: OIDS.signedData }],
  ]
  test.each(asSent)('%s: opens', async (_, changes) => {
    expect(await decrypt(message(changes))).toEqual(content)
  })

  const refused: readonly (readonly [string, Partial<CraftEnveloped>, RegExp])[] = [
    ['no encrypted content', { ciphertext: null }, /encryptedContent is missing/],
    ['encrypted content under another tag', { encryptedContent: tlv(0x04, ciphertext) }, /encryptedContent is missing/],
    ['[0] around something else', { encryptedContent: tlv(0xa0, tlv(0x0c, ciphertext)) }, /encryptedContent/],
    ['a segment that is none', { encryptedContent: tlv(0xa0, tlv(0x04, first), tlv(0x0c, rest)) }, /encryptedContent/],
    [
      'a field too many in the content',
      { encryptedContent: concatBytes([tlv(0x80, ciphertext), tlv(0x05)]) },
      /too many fields/,
    ],
    ['a field too many', { after: [tlv(0xa1), tlv(0xa1)] }, /too many fields/],
    ['a negative version', { version: tlv(0x02, hex('ff')) }, /version/],
    ['a recipient cut short', { recipients: [tlv(0x30, tlv(0x02, hex('00')), rid)] }, /keyEncryptionAlgorithm/],
    [
      'a recipient with a field too many',
      { recipients: [tlv(0x30, tlv(0x02, hex('00')), rid, algorithm(OIDS.rsaEncryption), tlv(0x04), tlv(0x05))] },
      /too many fields/,
    ],
    [
      'a recipient of version minus one',
      { recipients: [tlv(0x30, tlv(0x02, hex('ff')), rid, algorithm(OIDS.rsaEncryption), tlv(0x04))] },
      /version/,
    ],
    [
      'a recipient with a wrapped identifier of two parts',
      { recipients: [craftRecipient(tlv(0xa0, tlv(0x04), tlv(0x04)), hex('00'))] },
      /rid/,
    ],
    [
      'a recipient with a wrapped identifier of another type',
      { recipients: [craftRecipient(tlv(0xa0, tlv(0x0c)), hex('00'))] },
      /rid/,
    ],
    [
      'a recipient with a wrapped identifier of no part',
      { recipients: [craftRecipient(tlv(0xa0), hex('00'))] },
      /rid is missing/,
    ],
    ['a recipient with another identifier', { recipients: [craftRecipient(tlv(0x81), hex('00'))] }, /rid/],
    [
      'a recipient whose issuer is none',
      { recipients: [craftRecipient(tlv(0x30, tlv(0x31), tlv(0x02, hex('01'))), hex('00'))] },
      /rid issuer/,
    ],
    [
      'a recipient with a third part of the identifier',
      { recipients: [craftRecipient(tlv(0x30, tlv(0x30), tlv(0x02, hex('01')), tlv(0x05)), hex('00'))] },
      /rid/,
    ],
    ['an IV of 8 octets', { cipher: algorithm(OIDS.aes128Cbc, tlv(0x04, iv.subarray(8))) }, /IV|octets/],
    ['no IV', { cipher: algorithm(OIDS.aes128Cbc, null) }, /./],
    ['another content type around it', { type: OIDS.signedData }, /neither EnvelopedData/],
    ['CBC in AuthEnvelopedData', { type: OIDS.authEnvelopedData, after: [tlv(0x04, iv)] }, /CBC does not fit/],
  ]
  test.each(refused)('%s: refused', async (_, changes, reason) => {
    await expectRejection(decrypt(message(changes)), 'ERR_CMS_INVALID', reason)
  })

  test('an unknown cipher and RC2 are named', async () => {
    await expectRejection(decrypt(message({ cipher: algorithm('2a0304', tlv(0x04, iv)) })), 'ERR_ALGORITHM_UNKNOWN')
    const rc2 = algorithm('2a864886f70d0302', tlv(0x04, iv))
    await expectRejection(decrypt(message({ cipher: rc2 })), 'ERR_ALGORITHM_UNKNOWN', /RC2/)
  })

  test('what is not accepted is refused before the key is asked', async () => {
    let asked = 0
    const unwrapKey: KeyUnwrapper = () => {
      asked++
      return Promise.resolve(null)
    }
    const recipient = { certificate: holder.certificate, unwrapKey }
    const call = (accept: AcceptedAlgorithms) => decrypt(message(), recipient, accept)
    await expectRejection(
      call({ ...ACCEPT_ALL, ciphers: ['AES-256-CBC'] }),
      'ERR_ALGORITHM_NOT_ACCEPTED',
      /AES-128-CBC/,
    )
    await expectRejection(call({ ...ACCEPT_ALL, keyTransport: ['RSA-OAEP'] }), 'ERR_ALGORITHM_NOT_ACCEPTED', /RSAES/)
    expect(asked).toBe(0)
  })

  test('what is changed while the key is unwrapped changes nothing', async () => {
    const bytes = Buffer.from(message())
    const unwrapKey: KeyUnwrapper = () => {
      bytes.fill(0)
      return Promise.resolve(key128)
    }
    expect(await decrypt(bytes, { certificate: holder.certificate, unwrapKey })).toEqual(content)
  })
})
