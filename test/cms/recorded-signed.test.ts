import { expect, test } from 'vitest'
import { unsafeAcceptAnySigner, type Bytes, type SignerTrust } from '../../src/types.js'
import { peekCmsSigners, verifyCms, type VerifyOptions } from '../../src/cms.js'
import { parseCertificate, parseCertificates } from '../../src/x509.js'
import { describeWithFixtures, fixture, fixtureText } from '../support/fixtures.js'
import { expectRejection } from '../support/hostile.js'
import { ACCEPT_ALL, recordedMessage, utf8 } from './recorded-files.js'

// Signed messages of other people's suites. What each holds was read with OpenSSL 3.0 (`cms -verify -noverify`), or stands
// in the suite it is from.

const any: SignerTrust = unsafeAcceptAnySigner
const apple = (name: string): string => `cms/apple-oss-distributions__Security/${name}`
const signed41 = utf8("This message is signed. Ain't it pretty?\0")
const rfc4134 = utf8('This is some sample content.')

interface Row {
  readonly file: string
  /** `verified: digest/signature` of each signer, or the code and reason of the refusal. */
  readonly expected: string
  /** The content: attached, as it must come back; detached, as it is given. Undefined: known by its length alone. */
  readonly content?: Bytes | number
  readonly detached?: boolean
  readonly trust?: () => SignerTrust
}

const boringssl = (): SignerTrust => ({
  pinned: [parseCertificate(fixtureText('cms/google__boringssl/sign_cert.pem'))],
})
const signedData = utf8('signed data')
const hello = utf8('hello, world!')
const UNSIGNED_HERE = 'ERR_SIGNATURE_INVALID'

/** Detached ones whose content nobody kept: any content is refused, and the signer can be read. */
const lostContents: readonly (readonly [file: string, signers: number])[] = [
  ['cms/apache__tika/testDetached.p7s', 1],
  [apple('si-27-cms-parse/ParseSuccessCMS/dev_id_signature.der'), 1],
  [apple('si-60-cms/smime_blob.der'), 1],
  ['cms/gpg__libksba/ecdsa-sample1.p7s', 1],
  ['cms/indygreg__cryptography-rs/firefox.ber', 1],
  ['cms/indygreg__cryptography-rs/no-cert-version.ber', 1],
  ['cms/smallstep__pkcs7/verify/ApkEcdsaFixture.pem', 1],
  ['cms/smallstep__pkcs7/verify/FirefoxAddonFixture.pem', 1],
  ['cms/wbond__asn1crypto/smime-signature-generated-by-thunderbird.p7s', 1],
]

const rows: readonly Row[] = [
  { file: 'cms/RustCrypto__formats/cms_der.bin', expected: 'SHA-256/ECDSA', content: 10034 },
  { file: 'cms/RustCrypto__formats/sd.cms', expected: 'SHA-256/RSASSA-PKCS1-v1_5', content: 447 },
  { file: 'cms/apache__tika/testPKCS7_signed_data_def.p7m', expected: 'SHA-256/RSASSA-PKCS1-v1_5', content: 4 },
  { file: 'cms/apache__tika/testPKCS7_signed_data_ind.p7m', expected: 'SHA-256/RSASSA-PKCS1-v1_5', content: 4 },
  { file: 'cms/fullsailor__pkcs7/EC2IdentityDocumentFixture.pem', expected: 'ERR_ALGORITHM_UNKNOWN signature' }, // DSA
  { file: 'cms/github__smimesign/fixtureSignatureOne.der', expected: 'SHA-1/RSASSA-PKCS1-v1_5', content: 13 },
  {
    file: 'cms/github__smimesign/fixtureSignatureOpenSSLAttached.der',
    expected: 'SHA-256/RSASSA-PKCS1-v1_5',
    content: hello,
  },
  {
    file: 'cms/github__smimesign/fixtureSignatureOpenSSLDetached.der',
    expected: 'SHA-256/RSASSA-PKCS1-v1_5',
    content: hello,
    detached: true,
  },
  {
    file: 'cms/github__smimesign/fixtureSignatureGPGSM.der',
    expected: 'SHA-256/RSASSA-PKCS1-v1_5',
    content: utf8('hello, world!\n'),
    detached: true,
  },
  {
    file: 'cms/github__smimesign/fixtureSignatureNoCertsGPGSM.der',
    expected: 'ERR_SIGNER_NOT_FOUND',
    content: utf8('hello, world!\n'),
    detached: true,
  },
  ...['sign_sha1', 'sign_sha1_key_id', 'sign_sha256', 'sign_sha256_key_id'].map((name): Row => {
    const digest = name.includes('sha1') ? 'SHA-1' : 'SHA-256'
    return {
      file: `cms/google__boringssl/${name}.p7s`,
      expected: `${digest}/RSASSA-PKCS1-v1_5`,
      content: signedData,
      detached: true,
      trust: boringssl,
    }
  }),
  {
    file: 'cms/google__boringssl/sign_sha256.p7s',
    expected: 'ERR_SIGNER_NOT_FOUND',
    content: signedData,
    detached: true,
  },
  {
    file: 'cms/smallstep__pkcs7/verify/HashCalcSignedTestFixture.pem',
    expected: 'SHA-1/RSASSA-PKCS1-v1_5',
    content: 637,
  },
  { file: 'cms/wbond__asn1crypto/cms-signed.der', expected: 'SHA-256/RSASSA-PKCS1-v1_5', content: 50 },
  { file: 'cms/wbond__asn1crypto/cms-signed.pem', expected: 'SHA-256/RSASSA-PKCS1-v1_5', content: 50 },
  // OpenSSL: "content verify error".
  { file: 'cms/wbond__asn1crypto/cms-signed-digested.der', expected: UNSIGNED_HERE },
  {
    file: apple('si-25-cms-skid/_signedData.der'),
    expected: 'SHA-256/RSASSA-PKCS1-v1_5',
    get content() {
      return fixture(apple('si-25-cms-skid/_content.bin'))
    },
    detached: true,
  },
  {
    file: apple('si-34-cms-timestamp/_developer_id_sig.der'),
    expected: 'SHA-256/RSASSA-PKCS1-v1_5',
    get content() {
      return fixture(apple('si-34-cms-timestamp/_developer_id_data.bin'))
    },
    detached: true,
  },
  {
    file: apple('si-35-cms-expiration-time/_generalizedTimes.der'),
    expected: 'SHA-256/RSASSA-PKCS1-v1_5',
    get content() {
      return fixture(apple('si-35-cms-expiration-time/_css_content.bin'))
    },
    detached: true,
  },
  {
    file: apple('si-35-cms-expiration-time/_no_expiration_attr.der'),
    expected: 'SHA-256/RSASSA-PKCS1-v1_5',
    content: signed41,
  },
  { file: apple('si-60-cms/_sixty_seconds_message.der'), expected: 'SHA-1/RSASSA-PKCS1-v1_5', content: 8 },
  { file: apple('si-60-cms/openssl_generated_cms.der'), expected: 'SHA-1/RSASSA-PKCS1-v1_5', content: 12 },
  {
    file: apple('si-64-ossl-cms/attached_no_data_signed_data_der.der'),
    expected: 'SHA-1/RSASSA-PKCS1-v1_5',
    content: 0,
  },
  {
    file: apple('si-64-ossl-cms/detached_signed_data_der.der'),
    expected: 'SHA-1/RSASSA-PKCS1-v1_5',
    content: utf8('hoi joh'),
    detached: true,
  },
  { file: apple('si-95-cms-basic/ec_sha1.der'), expected: 'SHA-1/ECDSA', content: signed41 },
  { file: apple('si-95-cms-basic/ec_sha256.der'), expected: 'SHA-256/ECDSA', content: signed41 },
  { file: apple('si-95-cms-basic/ec_sha256_attr.der'), expected: 'SHA-256/ECDSA', content: signed41 },
  {
    file: apple('si-95-cms-basic/new_sig_alg_rsa_sha256.der'),
    expected: 'SHA-256/RSASSA-PKCS1-v1_5',
    content: signed41,
  },
  { file: apple('si-95-cms-basic/rsa_md5.der'), expected: 'MD5/RSASSA-PKCS1-v1_5', content: signed41 },
  { file: apple('si-95-cms-basic/rsa_sha1.der'), expected: 'SHA-1/RSASSA-PKCS1-v1_5', content: signed41 },
  { file: apple('si-95-cms-basic/rsa_sha256.der'), expected: 'SHA-256/RSASSA-PKCS1-v1_5', content: signed41 },
  { file: apple('si-95-cms-basic/rsa_sha256_attr.der'), expected: 'SHA-256/RSASSA-PKCS1-v1_5', content: signed41 },
  // OpenSSL 3.0 takes it, as it looks at the digest inside the signature; Apple refuses it, and so does this package.
  { file: apple('si-95-cms-basic/rsa_sinfo_unknown_digest.der'), expected: 'ERR_ALGORITHM_UNKNOWN digest' },
  { file: 'rfc4134/bcgit__bc-test-data/4.2.bin', expected: 'SHA-1/RSASSA-PKCS1-v1_5', content: rfc4134 },
  { file: 'rfc4134/bcgit__bc-test-data/4.5.bin', expected: 'SHA-1/RSASSA-PKCS1-v1_5', content: rfc4134 },
  // Signed with DSA.
  {
    file: 'rfc4134/bcgit__bc-test-data/4.3.bin',
    expected: 'ERR_ALGORITHM_UNKNOWN signature',
    content: rfc4134,
    detached: true,
  },
  { file: 'rfc4134/bcgit__bc-test-data/4.7.bin', expected: 'ERR_ALGORITHM_UNKNOWN signature' },
]

describeWithFixtures('signed messages of other suites', () => {
  test.each(rows.map((row) => [row.file, row.expected, row] as const))('%s: %s', async (file, expected, row) => {
    const { content, detached = false, trust = () => any } = row
    const input = detached && content instanceof Uint8Array ? { detachedContent: content } : {}
    const options: VerifyOptions = { trust: trust(), accept: ACCEPT_ALL, ...input }
    const [code = '', reason = '.'] = expected.split(' ')
    if (code.startsWith('ERR_')) {
      await expectRejection(verifyCms(recordedMessage(file), options), code as 'ERR_CMS_INVALID', new RegExp(reason))
      return
    }
    const result = await verifyCms(recordedMessage(file), options)
    expect(result.signers.map(({ digest, signature }) => `${digest}/${signature}`)).toEqual([expected])
    if (typeof content === 'number') expect(result.content).toHaveLength(content)
    else expect(result.content).toEqual(content)
  })

  const withBody = rows.filter(({ expected, content }) => !expected.startsWith('ERR_') && content !== undefined)
  test('none of them holds for a content that differs in one bit, or is given where it should be attached', async () => {
    for (const { file, content, detached, trust } of withBody) {
      const options: VerifyOptions = { trust: trust?.() ?? any, accept: ACCEPT_ALL }
      const other = content instanceof Uint8Array ? content.slice() : utf8('other')
      if (other.length > 0) other[other.length - 1]! ^= 1
      const code = detached === true ? 'ERR_SIGNATURE_INVALID' : 'ERR_CMS_INVALID'
      await expectRejection(verifyCms(recordedMessage(file), { ...options, detachedContent: other }), code)
      if (detached === true)
        await expectRejection(verifyCms(recordedMessage(file), options), 'ERR_CMS_INVALID', /detached/)
    }
  })

  test.each(lostContents)('%s: any content is refused, the signer is readable', async (file, signers) => {
    const message = recordedMessage(file)
    const options = { trust: any, accept: ACCEPT_ALL, detachedContent: utf8('something else') } as const
    await expectRejection(verifyCms(message, options), UNSIGNED_HERE)
    expect(peekCmsSigners(message).filter(({ certificate }) => certificate !== null)).toHaveLength(signers)
  })

  test('a line end behind the message is not part of it', async () => {
    const file = 'cms/wbond__asn1crypto/cms-signed-indefinite-length.der'
    const options = { trust: any, accept: ACCEPT_ALL } as const
    await expectRejection(verifyCms(fixture(file), options), 'ERR_ENCODING', /followed by other bytes/)
    // Its content was changed after signing; OpenSSL says so too.
    const message = fixture(file).subarray(0, -1)
    await expectRejection(verifyCms(message, options), 'ERR_SIGNATURE_INVALID', /digest/)
    expect(peekCmsSigners(message)).toHaveLength(1)
  })

  test('what has a digest or an RSA key that is not in the list is refused by its name', async () => {
    const open = (file: string, accept: object) => verifyCms(recordedMessage(file), { trust: any, accept })
    const md5 = apple('si-95-cms-basic/rsa_md5.der')
    await expectRejection(open(md5, {}), 'ERR_ALGORITHM_NOT_ACCEPTED', /MD5/)
    const small = apple('si-64-ossl-cms/attached_no_data_signed_data_der.der')
    await expectRejection(open(small, { digests: ['SHA-1'] }), 'ERR_ALGORITHM_NOT_ACCEPTED', /RSA key size 512/)
    await expectRejection(
      open(apple('si-95-cms-basic/ec_sha256.der'), { signatures: [] }),
      'ERR_ALGORITHM_NOT_ACCEPTED',
      /ECDSA/,
    )
  })

  test('paths of recorded signers: an anchor that fits, one that does not, and dates', async () => {
    const message = recordedMessage('rfc4134/bcgit__bc-test-data/4.5.bin')
    const anchors = [parseCertificate(fixture('rfc4134/bcgit__bc-test-data/CarlRSASelf.cer'))] as const
    const accept = { ...ACCEPT_ALL, minRsaBits: 1024 }
    const { signers } = await verifyCms(message, { trust: { anchors }, accept, now: new Date('2001-01-01') })
    expect(signers[0]?.path).toHaveLength(2)
    const [firefox] = parseCertificates(fixtureText('cms/smallstep__pkcs7/verify/FirefoxAddonRootCert.pem'))
    await expectRejection(verifyCms(message, { trust: { anchors: [firefox!] }, accept }), 'ERR_CERTIFICATE_UNTRUSTED')
    const late = { trust: { anchors }, accept, now: new Date('2045-01-01') }
    await expectRejection(verifyCms(message, late), 'ERR_CERTIFICATE_TIME')
  })

  test('seconds of 60 in a signing time are the next minute', async () => {
    const { signers } = await verifyCms(recordedMessage(apple('si-60-cms/_sixty_seconds_message.der')), {
      trust: any,
      accept: ACCEPT_ALL,
    })
    expect(signers[0]?.signingTime?.toISOString()).toMatch(/:00\.000Z$/)
  })
})
