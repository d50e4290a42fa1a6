import { expect, test } from 'vitest'
import { decryptCms } from '../../src/cms.js'
import { parseEnvelopedData } from '../../src/cms/enveloped-data.js'
import { openPkcs12 } from '../../src/pkcs12.js'
import { importIdentity } from '../../src/x509.js'
import type { AcceptedAlgorithms, Identity } from '../../src/types.js'
import { describeWithFixtures, fixture, fixtureText, wire, wireText } from '../support/fixtures.js'
import { expectRejection, expectRefusal, rejectionOf } from '../support/hostile.js'
import { ACCEPT_ALL, notInTables, recordedMessage, utf8 } from './recorded-files.js'

// Encrypted messages of other people's suites, with the keys that they published.

const si95 = 'cms/apple-oss-distributions__Security/si-95-cms-basic'
const smallstep = 'cms/smallstep__pkcs7'
const rfc4134 = 'rfc4134/bcgit__bc-test-data'
const escrow = 'cms-escrow/fleetdm__fleet'

async function fromP12(path: string, password: string): Promise<Identity> {
  const { certificate, privateKey } = await openPkcs12(fixture(path), password)
  return importIdentity({ certificate, privateKey })
}

const bundle = (name: string) => (): Promise<Identity> => {
  const text = fixtureText(`${smallstep}/${name}`)
  const certificate = /-----BEGIN CERTIFICATE[^]*?-----END CERTIFICATE-----/.exec(text)?.[0] ?? ''
  return importIdentity({ certificate, privateKey: text })
}
const apple = (): Promise<Identity> => fromP12(`${si95}/_rsa_identity.der`, 'password')
const bob = (): Promise<Identity> =>
  importIdentity({
    certificate: fixture(`${rfc4134}/BobRSASignByCarl.cer`),
    privateKey: fixture(`${rfc4134}/BobPrivRSAEncrypt.pri`),
  })
const fleet = (): Promise<Identity> =>
  importIdentity({
    certificate: fixtureText(`${escrow}/scep-ca.cert.pem`),
    privateKey: fixtureText(`${escrow}/scep-ca.key.pem`),
  })

const coolData = 'This data is encrypted. Is cool, no?\0'
const opened: readonly (readonly [file: string, content: string, identity: () => Promise<Identity>])[] = [
  [`${smallstep}/EncryptedTestFixture.pem`, 'This is a test', bundle('EncryptedTestFixture.pem')],
  [`${smallstep}/RSAOAEPSHA1EncryptedTestFixture.pem`, 'This is a test', bundle('RSAOAEPSHA1EncryptedTestFixture.pem')],
  [`${smallstep}/RSAPKCS1v15EncryptedTestFixture.pem`, 'This is a test', bundle('RSAPKCS1v15EncryptedTestFixture.pem')],
  [`${si95}/rsa_3DES.der`, coolData, apple],
  [`${si95}/rsa_AES_128.der`, coolData, apple],
  [`${si95}/rsa_AES_192.der`, coolData, apple],
  [`${rfc4134}/5.1.bin`, 'This is some sample content.', bob],
  [`${escrow}/filevault-prk-encrypted.p7`, '5ADZ-HTZ8-LJJ4-B2F8-JWH3-YPBT', fleet],
]

/** For nobody whose key is known, with what the recipients look like: `issuer and serial`, `key identifier`, or none of ours. */
const forOthers: readonly (readonly [file: string, recipients: string])[] = [
  ['cms/RustCrypto__formats/enveloped_data_ktri.bin', 'serial RSAES-PKCS1-v1_5'],
  ['cms/RustCrypto__formats/enveloped_data_multi.bin', 'serial RSAES-PKCS1-v1_5'], // and kari, kekri, pwri beside it
  ['cms/RustCrypto__formats/enveloped_data_kari.bin', ''],
  ['cms/RustCrypto__formats/enveloped_data_kekri.bin', ''],
  ['cms/RustCrypto__formats/kms_ciphertext_for_recipient_2.ber', 'ski RSA-OAEP'],
  ['cms/RustCrypto__formats/kms_ciphertext_for_recipient_3.ber', 'ski RSA-OAEP'],
  ['cms/RustCrypto__formats/kms_ciphertext_for_recipient_4.ber', 'ski RSA-OAEP'],
  ['cms/apache__tika/testPKCS7_enveloped_ind.p7m', 'serial RSAES-PKCS1-v1_5'],
  [`${si95}/ec_3DES.der`, ''], // key agreement
  [`${si95}/ec_AES_128.der`, ''],
  [`${si95}/ec_AES_192.der`, ''],
  [`${si95}/ec_AES_256.der`, ''],
  ['cms/gpg__libksba/ecdh-sample1.p7m', ''],
  ['cms/gpg__libksba/rsa-sample1.p7m', 'serial RSAES-PKCS1-v1_5'],
  ['cms/wbond__asn1crypto/cms-enveloped.der', 'serial RSAES-PKCS1-v1_5'],
  ['cms/wbond__asn1crypto/cms-enveloped.pem', 'serial RSAES-PKCS1-v1_5'],
]

describeWithFixtures('encrypted messages of other suites', () => {
  test.each(opened)('%s', async (file, content, identity) => {
    const message = recordedMessage(file)
    const recipient = await identity()
    expect(await decryptCms(message, recipient, { accept: ACCEPT_ALL })).toEqual(utf8(content))
    // Old keys beside it do no harm; other keys alone open nothing.
    const other = await (identity === fleet ? apple() : fleet())
    expect(await decryptCms(message, [other, recipient], { accept: ACCEPT_ALL })).toEqual(utf8(content))
    await expectRejection(decryptCms(message, other, { accept: ACCEPT_ALL }), 'ERR_DECRYPTION_FAILED')
  })

  test.each(forOthers)('%s: %s', async (file, recipients) => {
    const message = recordedMessage(file)
    const read = parseEnvelopedData(message).recipients.map(({ identifier, transport }) => {
      return `${identifier.keyIdentifier === undefined ? 'serial' : 'ski'} ${transport().name}`
    })
    expect(read.join()).toBe(recipients)
    const call = decryptCms(message, await fleet(), { accept: ACCEPT_ALL })
    await expectRejection(call, 'ERR_DECRYPTION_FAILED')
  })

  test('the default list takes neither 3DES nor RSAES-PKCS1-v1_5', async () => {
    const recipient = await apple()
    const open = (name: string) => decryptCms(fixture(`${si95}/${name}`), recipient)
    await expectRejection(open('rsa_3DES.der'), 'ERR_ALGORITHM_NOT_ACCEPTED', /cipher DES-EDE3-CBC/)
    await expectRejection(open('rsa_AES_128.der'), 'ERR_ALGORITHM_NOT_ACCEPTED', /key transport RSAES-PKCS1-v1_5/)
  })

  test('RC2 is named in the refusal', () => {
    expectRefusal(() => parseEnvelopedData(fixture(`${si95}/ec_RC2.der`)), 'ERR_ALGORITHM_UNKNOWN', /RC2/)
  })

  test('OAEP that states another mask than it used: refused, as OpenSSL refuses it', async () => {
    // The parameters leave MGF1's digest at its default of SHA-1; the writer used SHA-256.
    const name = 'RSAOAEPSHA256EncryptedTestFixture.pem'
    const message = recordedMessage(`${smallstep}/${name}`)
    expect(parseEnvelopedData(message).recipients[0]?.transport().mgfDigest).toBe('SHA-1')
    const call = decryptCms(message, await bundle(name)(), { accept: ACCEPT_ALL })
    await expectRejection(call, 'ERR_DECRYPTION_FAILED')
  })
})

describeWithFixtures('the suites', () => {
  test('every file is in a table here, in those of signed and other messages, or is no message', () => {
    const tables = [...opened, ...forOthers].map(([file]) => file)
    const left = ['cms', 'rfc4134', 'cms-escrow'].flatMap((folder) =>
      notInTables(
        folder,
        tables.filter((file) => file.startsWith(`${folder}/`)).map((file) => file.slice(folder.length + 1)),
      ),
    )
    const enveloped = left.filter((file) => {
      try {
        parseEnvelopedData(recordedMessage(file))
        return !file.includes('ParseFailure')
      } catch {
        return false
      }
    })
    expect(enveloped).toEqual([`${smallstep}/RSAOAEPSHA256EncryptedTestFixture.pem`])
  })
})

interface StaticRow {
  readonly file: string
  readonly accept?: AcceptedAlgorithms
  readonly recipients?: readonly ('rcpt' | 'rsa')[]
}
const v15 = { keyTransport: ['RSAES-PKCS1-v1_5'] } as const
const old = (cipher: 'DES-EDE3-CBC' | 'DES-CBC'): AcceptedAlgorithms => ({ ...v15, ciphers: [cipher] })
const statics: readonly StaticRow[] = [
  { file: 'authenv-openssl-cms-aes256gcm.der', accept: v15 },
  { file: 'enc-go-aes128-cbc.der', accept: v15 },
  { file: 'enc-go-aes256-cbc.der', accept: v15 },
  { file: 'enc-go-des-cbc.der', accept: old('DES-CBC') },
  { file: 'enc-openssl-cms-aes-128-cbc.der', accept: v15 },
  { file: 'enc-openssl-cms-aes-192-cbc.der', accept: v15 },
  { file: 'enc-openssl-cms-aes-256-cbc.der', accept: v15 },
  { file: 'enc-openssl-cms-aes256-2rcpt.der', accept: v15, recipients: ['rcpt', 'rsa'] },
  { file: 'enc-openssl-cms-aes256-ber-stream.der', accept: v15 },
  { file: 'enc-openssl-cms-aes256-oaep.der' },
  { file: 'enc-openssl-cms-aes256-ski.der', accept: v15 },
  { file: 'enc-openssl-cms-des-cbc.der', accept: old('DES-CBC') },
  { file: 'enc-openssl-cms-des3.der', accept: old('DES-EDE3-CBC') },
  { file: 'enc-openssl-smime-aes-128-cbc.der', accept: v15 },
  { file: 'enc-openssl-smime-aes-192-cbc.der', accept: v15 },
  { file: 'enc-openssl-smime-aes-256-cbc.der', accept: v15 },
  { file: 'enc-openssl-smime-des3.der', accept: old('DES-EDE3-CBC') },
  { file: 'enc-strongswan.der', accept: v15 },
]

describeWithFixtures('encrypted messages of OpenSSL, Go and strongSwan', () => {
  const holder = (name: string): Promise<Identity> =>
    importIdentity({ certificate: wireText(`static/${name}.pem`), privateKey: wireText(`static/${name}.key`) })

  test.each(statics.map((row) => [row.file, row] as const))('%s', async (file, { accept, recipients = ['rcpt'] }) => {
    const message = wire(`static/${file}`)
    for (const name of recipients)
      expect(await decryptCms(message, await holder(name), accept === undefined ? {} : { accept })).toEqual(
        wire('static/profile.mobileconfig'),
      )
    const error = await rejectionOf(decryptCms(message, await holder('ca'), { accept: ACCEPT_ALL }))
    expect(error.code).toBe('ERR_DECRYPTION_FAILED')
    if (accept !== undefined)
      await expectRejection(decryptCms(message, await holder('rcpt')), 'ERR_ALGORITHM_NOT_ACCEPTED')
  })

  test.each(['enc-go-aes128-gcm.der', 'enc-go-aes256-gcm.der'])(
    '%s: GCM in EnvelopedData is not RFC 5084',
    async (file) => {
      const call = decryptCms(wire(`static/${file}`), await holder('rcpt'), { accept: ACCEPT_ALL })
      await expectRejection(call, 'ERR_CMS_INVALID')
    },
  )
})
