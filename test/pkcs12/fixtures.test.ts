import { expect, test } from 'vitest'
import { openPkcs12 } from '../../src/pkcs12/open.js'
import { equalBytes } from '../../src/bytes/bytes.js'
import type { ErrorCode } from '../../src/errors.js'
import { formatName } from '../../src/x509/name.js'
import { importIdentity } from '../../src/x509/identity.js'
import { describeWithFixtures, fixture, listFixtures } from '../support/fixtures.js'
import { expectRejection } from '../support/hostile.js'

/** Every recorded file: its password, and what comes out. */
const OPENED: Readonly<
  Record<string, readonly [password: string, subject: string, chain: number, name: string | null]>
> = {
  'apns/micromdm__micromdm/pushcert.p12': ['secret', 'CN=mdmpush', 0, null],
  'apns/sideshow__apns2/certificate-valid.p12': ['', 'CN=APNS/2 Development', 0, 'APNS/2 Private Key'],
  'cms-encrypted-profile/rtrouton__jp400-09-2019/filename.p12': ['pass123', 'CN=wifi.company.com', 0, null],
  'cms/RustCrypto__formats/example.pfx': ['hunter42', 'CN=example.org', 0, 'example.org'],
  'cms/gpg__libksba/ov-server.p12': ['start', 'CN=Insecure Server Cert', 0, null],
  'cms/gpg__libksba/ov-user.p12': ['start', 'CN=Insecure User Test Cert', 0, null],
  'cms/wbond__asn1crypto/test-rc2.p12': ['password123', 'CN=Will Bond', 0, 'PKCS#12 Test'],
  'cms/wbond__asn1crypto/test-tripledes.p12': ['password123', 'CN=Will Bond', 0, 'PKCS#12 Test'],
  'pkcs12/RustCrypto__formats/ValidCertificatePathTest1EE.p12': [
    'password',
    'CN=Valid EE Certificate Test1',
    0,
    'Valid Certificate Path Test1 EE',
  ],
  'pkcs12/RustCrypto__formats/ValidCertificatePathTest1EE_macos.p12': [
    'password',
    'CN=Valid EE Certificate Test1',
    0,
    'Valid Certificate Path Test1 EE',
  ],
  'pkcs12/RustCrypto__formats/ValidCertificatePathTest1EE_windows_tdes.p12.pfx': [
    'password',
    'CN=Valid EE Certificate Test1',
    0,
    'Valid Certificate Path Test1 EE',
  ],
  'pkcs12/RustCrypto__formats/example.pfx': ['', 'ST=Hovedstaden', 0, null],
  'pkcs12/RustCrypto__formats/example2.pfx': ['1234', 'ST=Hovedstaden', 0, null],
  'pkcs12/RustCrypto__formats/example3.pfx': ['1234', 'ST=Hovedstaden', 0, null],
  'pkcs12/RustCrypto__formats/example4.pfx': ['1234', 'ST=Hovedstaden', 0, null],
  'pkcs12/RustCrypto__formats/example6.pfx': ['1234', 'ST=Hovedstaden', 0, null],
  'pkcs12/RustCrypto__formats/example7.pfx': ['1234', 'CN=Valid EE Certificate Test1', 1, null],
  'pkcs12/RustCrypto__formats/example8.pfx': ['1234', 'ST=Hovedstaden', 0, null],
  'pkcs12/RustCrypto__formats/example9.pfx': ['1234', 'ST=Hovedstaden', 0, null],
  'pkcs12/RustCrypto__formats/example12.pfx': ['1234', 'ST=Hovedstaden', 0, null],
  'pkcs12/RustCrypto__formats/example14.pfx': ['1234', 'ST=Hovedstaden', 0, null],
  'pkcs12/RustCrypto__formats/example17.pfx': ['1234', 'ST=Hovedstaden', 0, null],
  'pkcs12/akkornel__Config-Apple-Profile/identity-password-123456.p12': ['123456', 'CN=Some Person', 0, null],
  'pkcs12/apple-oss-distributions__Security/_user_one_p12.p12': ['user-one', 'CN=IPSec Gateway', 0, null],
  'pkcs12/apple-oss-distributions__Security/_user_two_p12.p12': ['user-two', 'CN=IPSec Gateway', 0, null],
  'pkcs12/digitalbazaar__forge/forge-1.pass-empty.p12': [
    '',
    'CN=example.com',
    0,
    '1a70b8fc-fece-49f4-85ea-ea76e5644c54',
  ],
  'pkcs12/indygreg__apple-platform-rs/self-signed-rsa-apple-development.p12': [
    'password',
    'CN=Apple Development: RSA Apple Development (test)',
    0,
    'code-signing',
  ],
  'pkcs12/indygreg__apple-platform-rs/self-signed-rsa-apple-distribution.p12': [
    'password',
    'CN=Apple Distribution: RSA Apple Distribution (test)',
    0,
    'code-signing',
  ],
  'pkcs12/indygreg__apple-platform-rs/self-signed-rsa-developer-id-application.p12': [
    'password',
    'CN=Developer ID Application: RSA Developer ID Application (test)',
    0,
    'code-signing',
  ],
  'pkcs12/indygreg__apple-platform-rs/self-signed-rsa-developer-id-installer.p12': [
    'password',
    'CN=Developer ID Installer: RSA Developer ID Installer (test)',
    0,
    'code-signing',
  ],
  'pkcs12/parse-community__node-apn/certIssuerKey.p12': [
    '',
    'CN=node-apn Development Test: io.apn.test',
    1,
    'BB5727DA',
  ],
  'pkcs12/parse-community__node-apn/certIssuerKeyOpenSSL.p12': [
    '',
    'CN=node-apn Development Test: io.apn.test',
    1,
    null,
  ],
  'pkcs12/parse-community__node-apn/certIssuerKeyPassphrase.p12': [
    'apntest',
    'CN=node-apn Development Test: io.apn.test',
    1,
    null,
  ],
  'pkcs12/parse-community__node-apn/initializeTest.pfx': ['', 'CN=io.apn.node', 0, null],
}

const ED25519 = 'pkcs12/indygreg__apple-platform-rs/self-signed-ed25519'
const REFUSED: Readonly<Record<string, readonly [password: string, code: ErrorCode, reason: RegExp]>> = {
  // MAC with BLAKE2b.
  'pkcs12/RustCrypto__formats/example11.pfx': ['1234', 'ERR_ALGORITHM_UNKNOWN', /digest/],
  // A certificate alone.
  'pkcs12/RustCrypto__formats/example15.pfx': ['1234', 'ERR_PKCS12_INVALID', /no private key/],
  // Apple's own test expects its decoder to refuse this certificate, too.
  'pkcs12/apple-oss-distributions__Security/_cert_decode_error_p12.p12': ['1234', 'ERR_ENCODING', /certificate/],
  [`${ED25519}-apple-development.p12`]: ['password', 'ERR_ALGORITHM_UNKNOWN', /Ed25519/],
  [`${ED25519}-apple-distribution.p12`]: ['password', 'ERR_ALGORITHM_UNKNOWN', /Ed25519/],
  [`${ED25519}-developer-id-application.p12`]: ['password', 'ERR_ALGORITHM_UNKNOWN', /Ed25519/],
  [`${ED25519}-developer-id-installer.p12`]: ['password', 'ERR_ALGORITHM_UNKNOWN', /Ed25519/],
  [`${ED25519}-mac-installer-distribution.p12`]: ['password', 'ERR_ALGORITHM_UNKNOWN', /Ed25519/],
  // BER; a key to sign and a key to decrypt.
  'scep/ejbca__MessagesTest/adminca1-foo123.p12': ['foo123', 'ERR_PKCS12_INVALID', /more than one private key/],
  // BER in segments; the MAC does not hold, although the bags would decrypt.
  'scep/ejbca__TestMessages/testca-foo123.p12': ['foo123', 'ERR_DECRYPTION_FAILED', /password/],
}

describeWithFixtures('recorded PKCS#12 files', () => {
  test('every file has a stated outcome', () => {
    const known = [...Object.keys(OPENED), ...Object.keys(REFUSED)].sort()
    expect(known).toEqual(listFixtures('', /\.(?:p12|pfx)$/))
  })

  test.each(Object.entries(OPENED))('%s opens', async (file, [password, subject, chain, friendlyName]) => {
    const contents = await openPkcs12(fixture(file), password)
    expect(formatName(contents.certificate.subject)).toContain(subject)
    expect(contents.chain).toHaveLength(chain)
    expect(contents.friendlyName).toBe(friendlyName)
    const identity = await importIdentity(contents)
    expect(identity.certificate).toEqual(contents.certificate)
  })

  test.each(Object.entries(REFUSED))('%s is refused', async (file, [password, code, reason]) => {
    await expectRejection(openPkcs12(fixture(file), password), code, reason)
  })

  test('the key and the certificate are those that lie beside the file', async () => {
    const folder = 'pkcs12/RustCrypto__formats'
    for (const name of ['example.pfx', 'example2.pfx', 'example9.pfx']) {
      const contents = await openPkcs12(fixture(`${folder}/${name}`), name === 'example.pfx' ? '' : '1234')
      expect(equalBytes(contents.certificate.der, fixture(`${folder}/cert.der`))).toBe(true)
      expect(equalBytes(contents.privateKey, fixture(`${folder}/key.der`))).toBe(true)
    }
    const issuer = await openPkcs12(fixture(`${folder}/example7.pfx`), '1234')
    expect(equalBytes(issuer.chain[0]?.der ?? new Uint8Array(), fixture(`${folder}/GoodCACert.der`))).toBe(true)
  })

  test('a wrong password is what a tampered file is', async () => {
    const file = fixture('cms/wbond__asn1crypto/test-tripledes.p12')
    await expectRejection(openPkcs12(file, 'password124'), 'ERR_DECRYPTION_FAILED')
    await expectRejection(openPkcs12(file, ''), 'ERR_DECRYPTION_FAILED')
    const tampered = file.map((octet, at) => (at === 300 ? octet ^ 1 : octet))
    await expectRejection(openPkcs12(tampered, 'password123'), 'ERR_DECRYPTION_FAILED')
  })

  test('the same comes out through a provider that the caller gives', async () => {
    const file = fixture('cms/wbond__asn1crypto/test-rc2.p12')
    const given = await openPkcs12(file, 'password123', { crypto: globalThis.crypto })
    expect(given).toEqual(await openPkcs12(file, 'password123'))
  })
})
