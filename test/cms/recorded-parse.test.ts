import { expect, test } from 'vitest'
import { parseCertificateBag, peekCmsSigners, verifyCms } from '../../src/cms.js'
import { isMdmProtocolError } from '../../src/errors.js'
import { type SignerTrust, unsafeAcceptAnySigner } from '../../src/types.js'
import { describeWithFixtures, fixture, listFixtures } from '../support/fixtures.js'
import { expectRejection, expectRefusal } from '../support/hostile.js'
import { ACCEPT_ALL, recordedMessage, utf8 } from './recorded-files.js'

// Apple's own parser tests ("si-27"): what its decoder must take, and what it must refuse.

const folder = 'cms/apple-oss-distributions__Security/si-27-cms-parse'
const signed41 = utf8("This message is signed. Ain't it pretty?\0")

/** What verification says of each file that Apple's decoder parses; with the content where it is detached and known. */
const successes: Readonly<Record<string, string | readonly [expected: string, detached: 'text' | 'data']>> = {
  'algId_any_params.der': ['ERR_ALGORITHM_UNKNOWN', 'text'],
  'cinfo0.der': 'ERR_CMS_INVALID', // plain data: nothing to verify
  'cinfo1.der': 'SHA-384',
  'cinfo2.der': 'SHA-384',
  'cinfo3.der': 'SHA-384',
  'cinfo5.der': 'SHA-1 SHA-384',
  'cinfo_certs_only.der': 'bag of 2',
  'cinfo_data.der': 'ERR_CMS_INVALID', // plain data
  'cinfo_sigd_data_attached.der': 'SHA-384',
  'cinfo_sigd_definite_length.der': ['SHA-384', 'data'],
  'cinfo_sigd_sha256.der': ['SHA-256', 'text'],
  'cinfo_sigd_sha256_attached.der': 'SHA-256',
  'cinfo_sigd_sha256_attrs.der': ['SHA-256', 'text'],
  'dev_id_signature.der': ['ERR_SIGNATURE_INVALID', 'text'], // of a content that is not here
  'empty_bitstring.der': 'ERR_SIGNER_NOT_FOUND', // no signer
  'fake_crlset_entry.ber.der': 'ERR_SIGNER_NOT_FOUND', // no certificates
  'md5_signed.der': 'MD5',
  'sha1_signed.der': 'SHA-1',
  'sha1_signed_ec.der': 'SHA-1',
  'sha256_attr_ec.der': 'SHA-256',
  'sha256_attr_signed.der': 'SHA-256',
  'sha256_signed.der': 'SHA-256',
  'sha256_signed_ec.der': 'SHA-256',
  'sha384_attr_ec.der': 'SHA-384',
  'sha384_attr_signed.der': 'SHA-384',
  'sha384_signed_ec.der': 'SHA-384',
  'sha512_attr_ec.der': 'SHA-512',
  'sha512_attr_signed.der': 'SHA-512',
  'sigd1.der': 'SHA-384',
  'sigd3.der': 'SHA-384',
  'sigd7.der': 'ERR_SIGNER_NOT_FOUND', // no certificates
}

async function verdict(name: string, detached: 'text' | 'data' | null): Promise<string> {
  const message = fixture(`${folder}/ParseSuccessCMS/${name}`)
  const trust: SignerTrust = unsafeAcceptAnySigner
  const options = { trust, accept: ACCEPT_ALL } as const
  const data = (await verifyCms(fixture(`${folder}/ParseSuccessCMS/cinfo1.der`), options)).content
  const content = detached === null ? {} : { detachedContent: detached === 'text' ? signed41 : data }
  try {
    const { signers } = await verifyCms(message, { ...options, ...content })
    return signers.map(({ digest }) => digest).join(' ')
  } catch (error) {
    if (!isMdmProtocolError(error)) throw error
    return error.code
  }
}

describeWithFixtures("Apple's parser tests", () => {
  test('every file of ParseSuccess is in the table', () => {
    const files = listFixtures(`${folder}/ParseSuccessCMS`)
    expect(files).toEqual(
      Object.keys(successes)
        .map((name) => `${folder}/ParseSuccessCMS/${name}`)
        .sort(),
    )
  })

  test.each(Object.entries(successes))('ParseSuccess %s: %s', async (name, row) => {
    const [expected, detached] = typeof row === 'string' ? [row, null] : row
    const message = fixture(`${folder}/ParseSuccessCMS/${name}`)
    if (expected.startsWith('bag of ')) expect(parseCertificateBag(message)).toHaveLength(Number(expected.slice(7)))
    else expect(await verdict(name, detached)).toBe(expected)
    if (expected !== 'ERR_CMS_INVALID') expect(peekCmsSigners(message)).toBeInstanceOf(Array)
  })

  const failures = listFixtures(`${folder}/ParseFailureCMS`)
  test('every file of ParseFailure is refused before anything is verified', async () => {
    expect(failures.length).toBeGreaterThan(200)
    const codes = new Map<string, number>()
    for (const file of failures) {
      try {
        peekCmsSigners(fixture(file))
        expect.unreachable(`${file} was parsed`)
      } catch (error) {
        if (!isMdmProtocolError(error)) throw error
        codes.set(error.code, (codes.get(error.code) ?? 0) + 1)
      }
    }
    expect([...codes.keys()].sort()).toEqual(['ERR_CMS_INVALID', 'ERR_ENCODING', 'ERR_LIMIT'])
    const deep = `${folder}/ParseFailureCMS/rdar_76758936_test_case.der`
    await expectRejection(verifyCms(fixture(deep), { trust: unsafeAcceptAnySigner }), 'ERR_LIMIT', /nested/)
  })
})

describeWithFixtures('messages that are no SignedData and no EnvelopedData', () => {
  test.each([
    ['cms/RustCrypto__formats/compressed_data.bin', /content type is not SignedData/],
    ['cms/RustCrypto__formats/digested_data.bin', /content type is not SignedData/],
    ['cms/RustCrypto__formats/encrypted_data.bin', /content type is not SignedData/],
    ['cms/RustCrypto__formats/signer_info_sequence_not_set.bin', /contentType/], // a SignerInfo alone
    ['cms/RustCrypto__formats/authroot.stl', /eContent/], // PKCS #7 1.5: the content is a SEQUENCE
    ['cms/github__smimesign/fixtureTimestampComodo.der', /contentType/], // TimeStampResp
    ['cms/github__smimesign/fixtureTimestampDigicert.der', /contentType/],
    ['cms/github__smimesign/fixtureTimestampSymantecWithCerts.der', /contentType/],
    ['cms/github__smimesign/der.der', /contentType/], // a certificate
    ['cms/wbond__asn1crypto/cms-compressed.der', /content type is not SignedData/],
    ['cms/wbond__asn1crypto/cms-compressed.pem', /content type is not SignedData/],
    ['cms/wbond__asn1crypto/cms-digested.der', /content type is not SignedData/],
    ['cms/wbond__asn1crypto/cms-digested.pem', /content type is not SignedData/],
    ['cms/wbond__asn1crypto/cms-encrypted.der', /content type is not SignedData/],
    ['cms/wbond__asn1crypto/cms-encrypted.pem', /content type is not SignedData/],
    ['rfc4134/bcgit__bc-test-data/3.1.bin', /content type is not SignedData/],
    ['rfc4134/bcgit__bc-test-data/3.2.bin', /content type is not SignedData/],
    ['rfc4134/bcgit__bc-test-data/6.0.bin', /content type is not SignedData/],
    ['rfc4134/bcgit__bc-test-data/7.2.bin', /content type is not SignedData/],
  ])('%s', (file, reason) => {
    expectRefusal(() => peekCmsSigners(recordedMessage(file)), 'ERR_CMS_INVALID', reason)
  })

  test.each([
    ['cms/wbond__asn1crypto/meca2_compressed.der', 'ERR_ENCODING'], // and a line end behind it
    ['rfc4134/bcgit__bc-test-data/4.8.eml', 'ERR_ENCODING'], // MIME
    ['rfc4134/bcgit__bc-test-data/4.9.eml', 'ERR_ENCODING'],
    ['rfc4134/bcgit__bc-test-data/5.3.eml', 'ERR_ENCODING'],
    ['cms/RustCrypto__formats/data.txt', 'ERR_ENCODING'],
    ['cms/smallstep__pkcs7/verify/b64.b64.txt', 'ERR_ENCODING'],
    ['cms/smallstep__pkcs7/verify/content.txt', 'ERR_ENCODING'],
  ] as const)('%s: %s', (file, code) => {
    expectRefusal(() => peekCmsSigners(fixture(file)), code)
  })
})

describeWithFixtures('certificate bags of other suites', () => {
  test.each([
    ['cms/RustCrypto__formats/pkits.p7b', 2],
    ['cms/RustCrypto__formats/pkits_ee.p7b', 1],
    ['cms/google__boringssl/nss.p7c', 3],
    ['cms/google__boringssl/openssl_crl.p7c', 0], // a CRL alone
    ['cms/apple-oss-distributions__Security/si-60-cms/certsOnlyMsg.der', 1],
    ['rfc4134/bcgit__bc-test-data/4.11.bin', 2],
  ])('%s: %i', (file, count) => {
    expect(parseCertificateBag(fixture(file))).toHaveLength(count)
  })
})
