import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  cipherAlgorithmTree,
  CIPHERS,
  cipherOf,
  digestLength,
  digestOf,
  encodeDigestAlgorithm,
  encodeKeyTransportAlgorithm,
  RSA_ENCRYPTION_ALGORITHM,
  encodeSignatureAlgorithm,
  keyTransportOf,
  readAlgorithmIdentifier,
  signatureAlgorithmOf,
  type AlgorithmIdentifier,
} from '../../src/crypto/algorithms.js'
import { type DerFormat, readDer } from '../../src/asn1/der-reader.js'
import {
  encodeContextConstructed,
  ENCODED_NULL,
  encodeInteger,
  encodeOctetString,
  encodeOid,
  encodeSequence,
  encodeTree,
} from '../../src/asn1/der-writer.js'
import { OID } from '../../src/asn1/oid.js'
import type { CipherName, DigestName } from '../../src/types.js'
import { expectRefusal } from '../support/hostile.js'

const FORMAT: DerFormat = { name: 'test', code: 'ERR_CMS_INVALID' }
const DIGESTS: readonly DigestName[] = ['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']

function read(der: Uint8Array): AlgorithmIdentifier {
  return readAlgorithmIdentifier(readDer(der, FORMAT), FORMAT, 'algorithm')
}
function identifier(oid: string, ...parameters: readonly Uint8Array[]): AlgorithmIdentifier {
  return read(encodeSequence(encodeOid(oid), ...parameters))
}

describe('AlgorithmIdentifier', () => {
  test.each([
    ['no SEQUENCE', encodeOctetString(new Uint8Array(1))],
    ['no OID', encodeSequence(encodeInteger(1))],
    ['nothing', encodeSequence()],
    ['two parameters', encodeSequence(encodeOid(OID.sha256), ENCODED_NULL, ENCODED_NULL)],
  ])('refuses %s with the code of the format', (_, der) => {
    expectRefusal(() => read(der), 'ERR_CMS_INVALID', /algorithm/)
  })
})

describe('digests', () => {
  test.each(DIGESTS)('%s is written with NULL, and read with and without', (name) => {
    const der = encodeDigestAlgorithm(name)
    expect(digestOf(read(der))).toBe(name)
    expect(read(der).parameters?.tag).toBe(5)
    expect(digestOf(identifier(read(der).oid))).toBe(name)
    expect(digestLength(name)).toBe({ MD5: 16, 'SHA-1': 20, 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 }[name])
  })

  test.each([
    ['MD2', identifier(OID.md2, ENCODED_NULL), /MD2/],
    ['SHA-224', identifier(OID.sha224), /SHA-224/],
    ['an OID of another kind', identifier(OID.rsaEncryption), /unknown/],
    ['parameters', identifier(OID.sha256, encodeInteger(1)), /parameters/],
  ])('refuses %s', (_, id, reason) => {
    expectRefusal(() => digestOf(id), 'ERR_ALGORITHM_UNKNOWN', reason)
  })
})

describe('signatures', () => {
  const combinations = DIGESTS.flatMap((digest) =>
    (['RSASSA-PKCS1-v1_5', 'RSA-PSS', 'ECDSA'] as const).map((signature) => [signature, digest] as const),
  ).filter(([signature, digest]) => signature === 'RSASSA-PKCS1-v1_5' || digest !== 'MD5')

  test.each(combinations)('%s with %s is read as it is written', (signature, digest) => {
    const saltLength = signature === 'RSA-PSS' ? digestLength(digest) : null
    const id = read(encodeSignatureAlgorithm(signature, digest))
    expect(signatureAlgorithmOf(id)).toEqual({ signature, digest, saltLength })
    expect(id.parameters?.tag ?? null).toBe(signature === 'ECDSA' ? null : signature === 'RSA-PSS' ? 0x30 : 5)
  })

  test('ECDSA and PSS have no MD5', () => {
    expectRefusal(() => encodeSignatureAlgorithm('ECDSA', 'MD5'), 'ERR_INVALID_ARGUMENT', /ECDSA with MD5/)
    const pss = read(encodeSignatureAlgorithm('RSA-PSS', 'MD5'))
    expectRefusal(() => signatureAlgorithmOf(pss), 'ERR_ALGORITHM_UNKNOWN', /MD5/)
  })

  test('rsaEncryption leaves the digest to others; the OIW name of RSA with SHA-1 is taken', () => {
    expect(signatureAlgorithmOf(read(RSA_ENCRYPTION_ALGORITHM))).toEqual({
      signature: 'RSASSA-PKCS1-v1_5',
      digest: null,
      saltLength: null,
    })
    expect(signatureAlgorithmOf(identifier(OID.sha1WithRSAOiw)).digest).toBe('SHA-1')
  })

  test.each([
    ['SHA-256', 'sha256', 32],
    ['SHA-1', 'sha1', 20],
  ] as const)('the PSS parameters of %s are OpenSSL’s', (digest, hash, saltLength) => {
    // The types of Node 20 want a text for the salt, Node wants a number.
    const pss: object = { hashAlgorithm: hash, mgf1HashAlgorithm: hash, saltLength }
    const options = { modulusLength: 1024, ...pss }
    const spki = generateKeyPairSync('rsa-pss', options).publicKey.export({ type: 'spki', format: 'der' })
    const ours = encodeSignatureAlgorithm('RSA-PSS', digest)
    const at = spki[1] === 0x81 ? 3 : 2
    expect(new Uint8Array(spki.subarray(at, at + ours.length))).toEqual(ours)
  })

  const sha256 = encodeDigestAlgorithm('SHA-256')
  const mgf = (digest: DigestName): Uint8Array => encodeSequence(encodeOid(OID.mgf1), encodeDigestAlgorithm(digest))
  const pss = (...fields: readonly Uint8Array[]): AlgorithmIdentifier =>
    identifier(OID.rsassaPss, encodeSequence(...fields))
  const hash = encodeContextConstructed(0, sha256)
  const mask = encodeContextConstructed(1, mgf('SHA-256'))

  test('PSS: what is left out has the values of RFC 8017', () => {
    expect(signatureAlgorithmOf(pss())).toEqual({ signature: 'RSA-PSS', digest: 'SHA-1', saltLength: 20 })
    expect(signatureAlgorithmOf(pss(hash, mask)).saltLength).toBe(20)
    expect(signatureAlgorithmOf(pss(hash, mask, encodeContextConstructed(3, encodeInteger(1)))).digest).toBe('SHA-256')
  })

  test.each([
    ['PSS without parameters', identifier(OID.rsassaPss), /without its parameters/],
    ['PSS with NULL', identifier(OID.rsassaPss, ENCODED_NULL), /PSS/],
    ['PSS with two digests', pss(hash, encodeContextConstructed(1, mgf('SHA-1'))), /mask/],
    [
      'PSS with another mask',
      pss(hash, encodeContextConstructed(1, encodeSequence(encodeOid(OID.sha256), sha256))),
      /mask/,
    ],
    ['PSS with another trailer', pss(hash, mask, encodeContextConstructed(3, encodeInteger(2))), /trailer/],
    ['PSS with a field too many', pss(hash, mask, encodeInteger(1)), /too many/],
    [
      'PSS with a salt of two numbers',
      pss(hash, mask, encodeContextConstructed(2, encodeInteger(20), encodeInteger(1))),
      /salt/,
    ],
    ['PSS with two values for its digest', pss(encodeContextConstructed(0, sha256, sha256)), /too many/],
    [
      'PSS with a digest of three fields',
      pss(encodeContextConstructed(0, encodeSequence(encodeOid(OID.sha256), ENCODED_NULL, ENCODED_NULL))),
      /too many/,
    ],
    ['PSS with two masks', pss(hash, encodeContextConstructed(1, mgf('SHA-256'), mgf('SHA-256'))), /too many/],
    [
      'PSS with a mask of three fields',
      pss(hash, encodeContextConstructed(1, encodeSequence(encodeOid(OID.mgf1), sha256, sha256))),
      /too many/,
    ],
    ['PSS with SHA-224', pss(encodeContextConstructed(0, encodeSequence(encodeOid(OID.sha224)))), /SHA-224/],
    ['MD2', identifier(OID.md2WithRSAEncryption, ENCODED_NULL), /MD2/],
    ['Ed25519', identifier(OID.ed25519), /Ed25519/],
    ['something unknown', identifier(OID.commonName), /unknown signature/],
    ['parameters of RSA', identifier(OID.sha256WithRSAEncryption, encodeInteger(1)), /parameters/],
    ['parameters of ECDSA', identifier(OID.ecdsaWithSha256, encodeSequence()), /parameters/],
  ])('refuses %s', (_, id, reason) => {
    expectRefusal(() => signatureAlgorithmOf(id), 'ERR_ALGORITHM_UNKNOWN', reason)
  })
})

describe('ciphers', () => {
  test.each(Object.keys(CIPHERS) as CipherName[])('%s is read as it is written', (name) => {
    const iv = new Uint8Array(CIPHERS[name].ivLength).fill(7)
    const use = cipherOf(read(encodeTree(cipherAlgorithmTree(CIPHERS[name], iv))))
    expect(use.cipher).toBe(CIPHERS[name])
    expect(use.iv).toEqual(iv)
    expect(use.tagLength).toBe(name.endsWith('GCM') ? 16 : null)
    expect(use.cipher.keyLength).toBe(
      { 'DES-EDE3-CBC': 24, 'DES-CBC': 8 }[name as string] ?? Number(name.slice(4, 7)) / 8,
    )
  })

  test('DES without parameters has an IV of zeros; no other cipher has', () => {
    expect(cipherOf(identifier(OID.desCbc)).iv).toEqual(new Uint8Array(8))
    expectRefusal(() => cipherOf(identifier(OID.desEde3Cbc)), 'ERR_CMS_INVALID', /IV of 8/)
  })

  const gcm = (...fields: readonly Uint8Array[]): AlgorithmIdentifier =>
    identifier(OID.aes128Gcm, encodeSequence(...fields))
  const nonce = encodeOctetString(new Uint8Array(12))

  test('a GCM tag has 12 octets unless told otherwise', () => {
    expect(cipherOf(gcm(nonce)).tagLength).toBe(12)
    expect(cipherOf(gcm(nonce, encodeInteger(14))).tagLength).toBe(14)
  })

  test.each([
    ['a short IV', identifier(OID.aes128Cbc, encodeOctetString(new Uint8Array(15))), /IV of 16/],
    ['a long IV', identifier(OID.aes256Cbc, encodeOctetString(new Uint8Array(17))), /IV of 16/],
    ['an IV of another type', identifier(OID.aes128Cbc, ENCODED_NULL), /IV of 16/],
    ['no IV', identifier(OID.aes128Cbc), /IV of 16/],
    ['GCM without parameters', identifier(OID.aes256Gcm), /nonce/],
    ['GCM with the parameters of CBC', identifier(OID.aes256Gcm, nonce), /GCMParameters/],
    ['a long nonce', gcm(encodeOctetString(new Uint8Array(16))), /nonce of 12/],
    ['a tag of 4 octets', gcm(nonce, encodeInteger(4)), /tag of 12 to 16/],
    ['a tag of 17 octets', gcm(nonce, encodeInteger(17)), /tag of 12 to 16/],
    ['GCM with a field too many', gcm(nonce, encodeInteger(16), encodeInteger(16)), /too many/],
  ])('refuses %s', (_, id, reason) => {
    expectRefusal(() => cipherOf(id), 'ERR_CMS_INVALID', reason)
    expectRefusal(() => cipherOf(id, { name: 'file', code: 'ERR_ENCODING' }), 'ERR_ENCODING', reason)
  })

  test.each([
    ['RC4', OID.rc4],
    ['RC2', OID.rc2Cbc],
    ['unknown', OID.sha256],
  ])('refuses %s by name', (name, oid) => {
    expectRefusal(() => cipherOf(identifier(oid)), 'ERR_ALGORITHM_UNKNOWN', new RegExp(name))
  })
})

describe('key transport', () => {
  test('is read as it is written', () => {
    const old = keyTransportOf(read(encodeKeyTransportAlgorithm('RSAES-PKCS1-v1_5')))
    expect(old).toEqual({ name: 'RSAES-PKCS1-v1_5', oaepDigest: null, mgfDigest: null, label: new Uint8Array(0) })
    const oaep = keyTransportOf(read(encodeKeyTransportAlgorithm('RSA-OAEP')))
    expect(oaep).toEqual({ name: 'RSA-OAEP', oaepDigest: 'SHA-256', mgfDigest: 'SHA-256', label: new Uint8Array(0) })
  })

  test.each([
    ['absent', identifier(OID.rsaesOaep)],
    ['an empty SEQUENCE', identifier(OID.rsaesOaep, encodeSequence())],
    ['NULL', identifier(OID.rsaesOaep, ENCODED_NULL)],
  ])('OAEP parameters that are %s mean SHA-1, as Windows has it', (_, id) => {
    expect(keyTransportOf(id)).toMatchObject({ oaepDigest: 'SHA-1', mgfDigest: 'SHA-1' })
  })

  const source = (oid: string, ...value: readonly Uint8Array[]): Uint8Array =>
    encodeContextConstructed(2, encodeSequence(encodeOid(oid), ...value))

  const empty = encodeOctetString(new Uint8Array(0))

  test('OAEP takes two digests and a label', () => {
    const id = identifier(
      OID.rsaesOaep,
      encodeSequence(
        encodeContextConstructed(0, encodeDigestAlgorithm('SHA-512')),
        source(OID.pSpecified, encodeOctetString(Uint8Array.of(1, 2))),
      ),
    )
    expect(keyTransportOf(id)).toEqual({
      name: 'RSA-OAEP',
      oaepDigest: 'SHA-512',
      mgfDigest: 'SHA-1',
      label: Uint8Array.of(1, 2),
    })
  })

  test.each([
    ['EC', identifier(OID.ecPublicKey), /unknown key transport/],
    ['a label of another kind', identifier(OID.rsaesOaep, encodeSequence(source(OID.mgf1))), /pSource/],
    [
      'a label that is no OCTET STRING',
      identifier(OID.rsaesOaep, encodeSequence(source(OID.pSpecified, encodeInteger(1)))),
      /pSource/,
    ],
    ['a label that is missing', identifier(OID.rsaesOaep, encodeSequence(source(OID.pSpecified))), /pSource/],
    ['two labels', identifier(OID.rsaesOaep, encodeSequence(source(OID.pSpecified, empty, empty))), /too many/],
    [
      'two sources',
      identifier(
        OID.rsaesOaep,
        encodeSequence(encodeContextConstructed(2, encodeSequence(encodeOid(OID.pSpecified), empty), empty)),
      ),
      /too many/,
    ],
    ['a field too many', identifier(OID.rsaesOaep, encodeSequence(encodeInteger(1))), /too many/],
    ['parameters of another type', identifier(OID.rsaesOaep, encodeInteger(1)), /RSAES-OAEP/],
  ])('refuses %s', (_, id, reason) => {
    expectRefusal(() => keyTransportOf(id), 'ERR_ALGORITHM_UNKNOWN', reason)
  })

  test('whatever parameters old clients write for rsaEncryption are passed over', () => {
    expect(keyTransportOf(identifier(OID.rsaEncryption)).name).toBe('RSAES-PKCS1-v1_5')
    expect(keyTransportOf(identifier(OID.rsaEncryption, encodeSequence())).name).toBe('RSAES-PKCS1-v1_5')
  })
})
