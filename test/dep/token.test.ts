import { describe, expect, test } from 'vitest'
import { decodeBase64, encodeBase64 } from '../../src/bytes/base64.js'
import { equalBytes, latin1Text, utf8Bytes } from '../../src/bytes/bytes.js'
import { encryptCms } from '../../src/cms/encrypt.js'
import { readSmime } from '../../src/dep/smime.js'
import { checkDepToken, type DepToken, openDepToken } from '../../src/dep/token.js'
import type { Bytes, Identity } from '../../src/types.js'
import { importIdentity } from '../../src/x509/identity.js'
import { issueSelfSigned } from '../../src/x509/issue.js'
import { distinguishedName } from '../../src/x509/name.js'
import { toPem } from '../../src/x509/pem.js'
import { describeWithFixtures, fixture, fixtureText } from '../support/fixtures.js'
import { asyncOutcomes, expectRefusal, expectRejection, flips, truncations } from '../support/hostile.js'
import { describeWithTools, runOk } from '../support/openssl.js'
import { nextRsaKey } from '../support/rsa-keys.js'

async function makeIdentity(serialNumber = '01'): Promise<Identity> {
  const privateKey = nextRsaKey().pkcs8
  const certificate = await issueSelfSigned({
    privateKey,
    subject: distinguishedName([['CN', 'MDM server']]),
    serialNumber,
    notBefore: new Date('2020-01-01T00:00:00Z'),
    // Apple does not look at the end, and neither does this package.
    notAfter: new Date('2021-01-01T00:00:00Z'),
    purpose: 'key-encipherment',
  })
  return importIdentity({ certificate, privateKey })
}

const folder = 'dep-token/petarov__apple-mdm-clients/apple-mdm-client-tests-1'

describeWithFixtures('the genuine server token', () => {
  const identity = (): Promise<Identity> =>
    importIdentity({ certificate: fixture(`${folder}.crt`), privateKey: fixtureText(`${folder}.pem`) })
  const text = (): string => fixtureText(`${folder}-server-token.p7m`)
  const cms = (): Bytes => decodeBase64(text().replace(/^[^]*?\r?\n\r?\n/, '')) ?? new Uint8Array()

  test('opens to the values that were published with it', async () => {
    const token = await openDepToken(text(), await identity())
    expect(token.consumerKey).toMatch(/^CK_75b2eb55.*61399$/)
    expect(token.consumerSecret).toBe('CS_810bb5ab05e53becb3bfbe40b3608a0c9039c457')
    expect(token.accessToken).toMatch(/^AT_O8474885631O/)
    expect(token.accessSecret).toMatch(/^AS_97b944/)
    expect(token.expiresAt).toEqual(new Date('2026-01-17T11:02:21Z'))
    expect(Object.keys(token)).toHaveLength(5)
  })

  test('opens in every form in which people pass it on', async () => {
    const own = await identity()
    const expected = await openDepToken(text(), own)
    const lf = text().replace(/\r\n/g, '\n')
    const forms: readonly (string | Uint8Array)[] = [
      lf,
      lf.replace(/\n/g, '\r\n'),
      `\ufeff\n${lf}\n\n`,
      utf8Bytes(text()),
      cms(),
      encodeBase64(cms()),
      encodeBase64(cms()).replace(/.{76}/g, '$&\r\n'),
      utf8Bytes(encodeBase64(cms())),
      toPem('PKCS7', cms()),
      toPem('PKCS7', cms()).replaceAll('PKCS7', 'CMS').replaceAll('\n', '\r\n'),
    ]
    for (const form of forms) expect(await openDepToken(form, own)).toEqual(expected)
  })

  test('finds the identity among others', async () => {
    const token = await openDepToken(text(), [await makeIdentity(), await identity()])
    expect(token.consumerSecret).toBe('CS_810bb5ab05e53becb3bfbe40b3608a0c9039c457')
  })

  test('stays closed to another key, even one with the same certificate on it', async () => {
    const own = await identity()
    const other = await makeIdentity()
    await expectRejection(openDepToken(text(), other), 'ERR_DECRYPTION_FAILED')
    await expectRejection(
      openDepToken(text(), { certificate: own.certificate, unwrapKey: () => Promise.resolve(null) }),
      'ERR_DECRYPTION_FAILED',
    )
  })

  test('obeys the list of algorithms that it is given', async () => {
    const accept = { ciphers: ['AES-256-CBC'] } as const
    await expectRejection(openDepToken(text(), await identity(), { accept }), 'ERR_ALGORITHM_NOT_ACCEPTED')
  })

  test('is refused when cut or altered, with errors of this package', async () => {
    const own = await identity()
    expect((await asyncOutcomes(truncations(cms(), 60), (bytes) => openDepToken(bytes, own))).values).toBe(0)
    await asyncOutcomes(flips(cms(), 150), (bytes) => openDepToken(bytes, own))
  })
})

describe('the text around the message', () => {
  const der = Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x05)
  const read = (text: Uint8Array | string): boolean => equalBytes(readSmime(text, 'thing'), der)

  test('headers in any order and case, folded, with CR LF, LF or CR', () => {
    const lines = [
      'MIME-Version: 1.0',
      'content-TRANSFER-encoding:   Base64',
      'X-Folded: a',
      '\tb',
      '',
      'MAMC',
      'AQU=',
      '',
    ]
    for (const end of ['\r\n', '\n', '\r']) expect(read(lines.join(end))).toBe(true)
    expect(read('Content-Type: application/pkcs7-mime\n\nMAMCAQU=')).toBe(true)
    expect(read('  MAMC\n AQU= ')).toBe(true)
    expect(read(der)).toBe(true)
    expect(read(utf8Bytes('\ufeffMAMCAQU='))).toBe(true)
  })

  test.each([
    ['headers and no body', 'Content-Type: a/b\nMAMCAQU=', 'ERR_DEP_INVALID', /no body/],
    ['quoted-printable', 'Content-Transfer-Encoding: quoted-printable\n\nMAMCAQU=', 'ERR_DEP_INVALID', /base64/],
    ['a text that is none of it', 'MAMCAQU*', 'ERR_ENCODING', /base64/],
    ['a PEM block of another kind', toPem('CERTIFICATE', der), 'ERR_ENCODING', /PKCS7/],
    ['more than the limit', ' '.repeat(33 * 1024 * 1024), 'ERR_LIMIT', /bytes/],
  ] as const)('%s is refused', (_, text, code, reason) => {
    expectRefusal(() => readSmime(text, 'thing'), code, reason)
  })
})

describe('what is inside', async () => {
  const identity = await makeIdentity()
  const fields = {
    consumer_key: 'CK_1',
    consumer_secret: 'CS_1',
    access_token: 'AT_1',
    access_secret: 'AS_1',
    access_token_expiry: '2026-01-17T11:02:21Z',
  }
  const mime = (json: string): string =>
    `Content-Type: text/plain;charset=UTF-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n-----BEGIN MESSAGE-----\n${json}\n-----END MESSAGE-----\n`
  const open = async (text: string): Promise<DepToken> =>
    openDepToken(await encryptCms(utf8Bytes(text), [identity.certificate]), identity)

  test('a message with LF or CR LF, fields in any order, other fields beside', async () => {
    const expected = {
      consumerKey: 'CK_1',
      consumerSecret: 'CS_1',
      accessToken: 'AT_1',
      accessSecret: 'AS_1',
      expiresAt: new Date('2026-01-17T11:02:21Z'),
    }
    expect(await open(mime(JSON.stringify(fields)))).toEqual(expected)
    const more = { ...fields, server_name: 'x', access_token_expiry: '2026-01-17T12:02:21+01:00' }
    expect(await open(mime(JSON.stringify(more, null, 2)).replace(/\r?\n/g, '\r\n'))).toEqual(expected)
  })

  test.each<readonly [string, string]>([
    ['no message', 'Content-Type: text/plain\r\n\r\nhello'],
    ['no end', mime('{}').replace('END', 'END OF')],
    ['no begin', mime('{}').replace('BEGIN', 'BEGINNING')],
    // As many characters as would be skipped if a beginning that is not there had been found.
    ['nothing but the end', `${' '.repeat(22)}${JSON.stringify(fields)}-----END MESSAGE-----`],
    // One character goes with the end that is not there: of what is cut so, all is left.
    ['all but the end', `-----BEGIN MESSAGE-----${JSON.stringify(fields)}\n`],
    ['no JSON', mime('consumer_key=CK_1')],
    ['null', mime('null')],
    ['a list', mime('[]')],
    ...Object.keys(fields).flatMap((key) => [
      [`no ${key}`, mime(JSON.stringify({ ...fields, [key]: undefined }))] as const,
      [`an empty ${key}`, mime(JSON.stringify({ ...fields, [key]: '' }))] as const,
      [`a number as ${key}`, mime(JSON.stringify({ ...fields, [key]: 5 }))] as const,
    ]),
    ['a date that is a text', mime(JSON.stringify({ ...fields, access_token_expiry: 'Jan 17 2026' }))],
    ['a date that does not exist', mime(JSON.stringify({ ...fields, access_token_expiry: '2026-13-17T11:02:21Z' }))],
    ['an inherited name', mime('{"__proto__":{"consumer_key":"CK_1"}}')],
  ])('%s is the same failure as a wrong key', async (_, text) => {
    await expectRejection(
      open(text),
      'ERR_DECRYPTION_FAILED',
      /^the message could not be decrypted with the given key$/,
    )
  })

  describeWithTools('made by OpenSSL', ['openssl'], () => {
    test.each(['-aes256', '-aes128', '-des3'])('%s', (cipher) => {
      const inputs = {
        'certificate.pem': toPem('CERTIFICATE', identity.certificate.der),
        in: mime(JSON.stringify(fields)),
      }
      const { stdout } = runOk('openssl', ['smime', '-encrypt', cipher, '-in', 'in', 'certificate.pem'], { inputs })
      const text = latin1Text(stdout)
      expect(text).toMatch(/^MIME-Version: 1\.0/)
      return expect(openDepToken(text, identity)).resolves.toMatchObject({ consumerKey: 'CK_1' })
    })
  })
})

describe('checkDepToken', () => {
  const expiresAt = new Date('2026-01-17T11:02:21Z')
  const token: DepToken = { consumerKey: 'a', consumerSecret: 'b', accessToken: 'c', accessSecret: 'd', expiresAt }
  const kinds = (at: string, days?: number): readonly string[] =>
    checkDepToken(token, new Date(at), days === undefined ? {} : { renewWithinDays: days }).map(({ kind }) => kind)

  test('nothing, due, expired', () => {
    expect(kinds('2025-12-18T11:02:20Z')).toEqual([])
    expect(kinds('2025-12-18T11:02:21Z')).toEqual(['renewal-due'])
    expect(kinds('2026-01-17T11:02:20Z')).toEqual(['renewal-due'])
    expect(kinds('2026-01-17T11:02:21Z')).toEqual(['expired'])
    expect(kinds('2025-12-01T00:00:00Z', 60)).toEqual(['renewal-due'])
    expect(kinds('2026-01-17T11:02:20Z', 0)).toEqual([])
  })

  test('says since when, and what about', () => {
    const [due] = checkDepToken(token, new Date('2026-01-01T00:00:00Z'))
    expect(due).toMatchObject({ level: 'warning', since: new Date('2025-12-18T11:02:21Z'), path: ['expiresAt'] })
    const [expired] = checkDepToken(token, new Date('2027-01-01T00:00:00Z'))
    expect(expired).toMatchObject({ level: 'error', since: expiresAt, certificate: null })
  })

  test.each([
    ['an invalid moment', token, new Date(Number.NaN), 30],
    ['a token without date', { ...token, expiresAt: new Date(Number.NaN) }, expiresAt, 30],
    ['negative days', token, expiresAt, -1],
    ['days that are no number', token, expiresAt, Number.NaN],
  ])('refuses %s', (_, of, at, renewWithinDays) => {
    expectRefusal(() => checkDepToken(of, at, { renewWithinDays }), 'ERR_INVALID_ARGUMENT')
  })
})

test('checkDepToken: a hundred years of days are taken, and not one more', () => {
  const token = {
    consumerKey: 'a',
    consumerSecret: 'b',
    accessToken: 'c',
    accessSecret: 'd',
    expiresAt: new Date('2027-01-01'),
  }
  const kinds = (renewWithinDays: number): readonly string[] =>
    checkDepToken(token, new Date('2026-01-01'), { renewWithinDays }).map(({ kind }) => kind)
  expect(kinds(36_500)).toEqual(['renewal-due'])
  expect(kinds(0)).toEqual([])
  expectRefusal(() => kinds(36_501), 'ERR_INVALID_ARGUMENT', /renewWithinDays/)
})
