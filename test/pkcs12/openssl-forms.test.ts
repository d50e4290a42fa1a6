import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/errors.js'
import { openPkcs12 } from '../../src/pkcs12/open.js'
import type { Bytes } from '../../src/types.js'
import { parseCertificate } from '../../src/x509/certificate.js'
import { formatName } from '../../src/x509/name.js'
import { toPem } from '../../src/x509/pem.js'
import { expectRejection } from '../support/hostile.js'
import { describeWithTools, openWorkplace, runOk, type Workplace } from '../support/openssl.js'
import { rsaKey } from '../support/rsa-keys.js'
import { toBer } from './ber.js'

// Forms that no recorded file has, made with the command that stands in each row.
describeWithTools('PKCS#12 files that OpenSSL makes', ['openssl'], () => {
  let workplace: Workplace
  const openssl = (...args: readonly string[]): Bytes => runOk('openssl', args, { workplace }).stdout

  beforeAll(() => {
    workplace = openWorkplace()
    const root = ['-subj', '/CN=Root', '-x509', '-days', '3650', '-nodes']
    workplace.write('rsa.key', toPem('PRIVATE KEY', rsaKey(0).pkcs8))
    openssl('req', ...root, '-key', 'rsa.key', '-out', 'rsa.pem')
    openssl(
      'req',
      ...root,
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-521',
      '-keyout',
      'p521.key',
      '-out',
      'p521.pem',
    )
    openssl(
      'req',
      ...root,
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-384',
      '-keyout',
      'p384.key',
      '-out',
      'p384.pem',
    )
    openssl(
      'req',
      ...root,
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-keyout',
      'other.key',
      '-out',
      'other.pem',
    )
    openssl('req', ...root, '-key', 'rsa.key', '-subj', '/CN=Renewed', '-out', 'renewed.pem')
    workplace.write('renewed-and-root.pem', workplace.readText('renewed.pem') + workplace.readText('rsa.pem'))
    workplace.write('two.pem', workplace.readText('rsa.pem') + workplace.readText('other.pem'))
  })
  afterAll(() => {
    workplace.close()
  })

  const pkcs8Of = (key: string): Bytes => {
    const known = seen.get(key) ?? openssl('pkcs8', '-topk8', '-nocrypt', '-in', key, '-outform', 'DER')
    seen.set(key, known)
    return known
  }
  const seen = new Map<string, Bytes>()

  const make = (password: string, ...flags: readonly string[]): Bytes =>
    openssl('pkcs12', '-export', '-passout', `pass:${password}`, ...flags)
  const RSA = ['-inkey', 'rsa.key', '-in', 'rsa.pem']
  const WINDOWS = ['-CSP', 'Microsoft Software Key Storage Provider', '-LMK', '-iter', '2000', '-name', 'te-4f1d']

  test.each<readonly [string, string, readonly string[]]>([
    ["OpenSSL 3's own default", 'secret', RSA],
    ['-legacy: RC2-40 around the certificates, 3DES around the key', 'secret', ['-legacy', ...RSA]],
    [
      'RC2-128 around both',
      'secret',
      ['-legacy', '-certpbe', 'PBE-SHA1-RC2-128', '-keypbe', 'PBE-SHA1-RC2-128', ...RSA],
    ],
    ['RC2-40 around both', 'secret', ['-legacy', '-certpbe', 'PBE-SHA1-RC2-40', '-keypbe', 'PBE-SHA1-RC2-40', ...RSA]],
    [
      'Windows AES',
      'secret',
      ['-certpbe', 'AES-256-CBC', '-keypbe', 'AES-256-CBC', '-macalg', 'sha256', ...WINDOWS, ...RSA],
    ],
    [
      'AES-128 and AES-192',
      'secret',
      ['-certpbe', 'AES-128-CBC', '-keypbe', 'AES-192-CBC', '-macalg', 'sha512', ...RSA],
    ],
    ['3DES in PBES2', 'secret', ['-certpbe', 'DES-EDE3-CBC', '-keypbe', 'DES-EDE3-CBC', '-macalg', 'sha384', ...RSA]],
    ['P-521', 'test!123', ['-inkey', 'p521.key', '-in', 'p521.pem']],
    ['P-384', 'secret', ['-inkey', 'p384.key', '-in', 'p384.pem']],
    ['nothing encrypted, only a MAC', 'secret', ['-certpbe', 'NONE', '-keypbe', 'NONE', ...RSA]],
    ['one iteration', 'secret', ['-iter', '1', ...RSA]],
    ['an empty password', '', RSA],
    ['an empty password, -legacy', '', ['-legacy', ...RSA]],
    ['a password that is no ASCII', 'pässwörd €', RSA],
    ['a password that is no ASCII, -legacy', 'pässwörd €', ['-legacy', ...RSA]],
    ['a password beyond the BMP', 'secret😀', ['-legacy', ...RSA]],
    ['a password longer than a digest block', 'x'.repeat(300), ['-legacy', ...RSA]],
  ])('%s', async (_, password, flags) => {
    const contents = await openPkcs12(make(password, ...flags), password)
    const certificate = workplace.readText(flags[flags.indexOf('-in') + 1]!)
    expect(contents.certificate).toEqual(parseCertificate(certificate))
    const key = flags[flags.indexOf('-inkey') + 1]!
    expect(contents.privateKey).toEqual(pkcs8Of(key))
    expect(contents.friendlyName).toBe(flags.includes('-name') ? 'te-4f1d' : null)
  })

  test('BER: indefinite lengths and strings in segments, inside and out', async () => {
    const der = make('secret', '-legacy', ...RSA)
    const ber = toBer(der)
    expect(ber.length).toBeGreaterThan(der.length)
    expect(await openPkcs12(ber, 'secret')).toEqual(await openPkcs12(der, 'secret'))
  })

  test('of two certificates with one key the marked one is taken; the rest is the chain, issuers first', async () => {
    const renewed = await openPkcs12(make('x', '-inkey', 'rsa.key', '-in', 'renewed-and-root.pem'), 'x')
    expect(formatName(renewed.certificate.subject)).toBe('CN=Renewed')
    expect(renewed.chain.map(({ subject }) => formatName(subject))).toEqual(['CN=Root'])
    const two = await openPkcs12(make('x', '-inkey', 'rsa.key', '-in', 'rsa.pem', '-certfile', 'two.pem'), 'x')
    expect(two.chain).toHaveLength(2)
  })

  test.each<readonly [string, readonly string[], ErrorCode, RegExp]>([
    ['no MAC', ['-nomac', ...RSA], 'ERR_PKCS12_INVALID', /no MAC/],
    ['a MAC with MD5', ['-macalg', 'md5', ...RSA], 'ERR_ALGORITHM_UNKNOWN', /MD5/],
    ['a MAC with SHA-224', ['-macalg', 'sha224', ...RSA], 'ERR_ALGORITHM_UNKNOWN', /SHA-224/],
    ['RC4', ['-legacy', '-keypbe', 'PBE-SHA1-RC4-128', ...RSA], 'ERR_ALGORITHM_UNKNOWN', /RC4/],
    ['3DES with two keys', ['-keypbe', 'PBE-SHA1-2DES', ...RSA], 'ERR_ALGORITHM_UNKNOWN', /two keys/],
    ['Camellia', ['-keypbe', 'CAMELLIA-256-CBC', ...RSA], 'ERR_ALGORITHM_UNKNOWN', /./],
    ['no key', ['-nokeys', '-in', 'rsa.pem'], 'ERR_PKCS12_INVALID', /no private key/],
    ['no certificate', ['-nocerts', '-inkey', 'rsa.key'], 'ERR_PKCS12_INVALID', /no certificate/],
  ])('%s is refused', async (_, flags, code, reason) => {
    await expectRejection(openPkcs12(make('secret', ...flags), 'secret'), code, reason)
  })

  test('the cap counts for the MAC and for each key', async () => {
    const file = make('secret', '-iter', '5000', ...RSA)
    await expect(openPkcs12(file, 'secret', { maxIterations: 5000 })).resolves.toBeDefined()
    await expectRejection(openPkcs12(file, 'secret', { maxIterations: 4999 }), 'ERR_LIMIT', /4999/)
    for (const flags of [[], ['-legacy']]) {
      const cheapMac = make('secret', '-iter', '5000', '-nomaciter', ...flags, ...RSA)
      await expectRejection(openPkcs12(cheapMac, 'secret', { maxIterations: 4999 }), 'ERR_LIMIT', /4999/)
    }
  })
})
