import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { encodeBase64 } from '../../src/bytes/base64.js'
import { latin1Text, utf8Bytes } from '../../src/bytes/bytes.js'
import { encodeHex } from '../../src/bytes/hex.js'
import { explain } from '../../src/explain/explain.js'
import { encodePlist } from '../../src/plist/encode.js'
import { scepHttpRequest } from '../../src/scep/http.js'
import { ca, craftMessage, device, envelope } from '../scep/pki-message.js'
import { NOW as now } from '../cms/entities.js'
import type { Bytes } from '../../src/types.js'

const told = async (input: Uint8Array | string): Promise<readonly [string, readonly string[]]> => {
  const { kind, findings } = await explain(input, { now })
  return [kind, findings.map((found) => `${found.level} ${found.kind}`)]
}
const { der } = ca.certificate
const plist = new TextDecoder().decode(encodePlist({ a: 1 }))

describe('what is no artefact is named', () => {
  test.each<readonly [string, Uint8Array | string, string]>([
    ['a page', '<!DOCTYPE html>\n<html><body>hunter2</body></html>', 'info html-page'],
    ['a page without a type', '\ufeff\r\n <HTML lang="en"><head>', 'info html-page'],
    ['a page after comments', '<!-- a > b --><!-- c -->\n<html>', 'info html-page'],
    ['XHTML', '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">', 'info html-page'],
    ['gzip', new Uint8Array(gzipSync(der)), 'info compressed'],
    ['ZIP', 'PK\u0003\u0004\u0014\0\0\0', 'info compressed'],
    ['an empty ZIP', 'PK\u0005\u0006\0\0\0\0', 'info compressed'],
    ['escaped XML', plist.replaceAll('<', '&lt;').replaceAll('>', '&gt;'), 'error markup-escaped'],
    ['escaped XML by numbers', '&#60;?xml version=&#34;1.0&#34;?&#62;', 'error markup-escaped'],
    ['DER as UTF-8', new TextDecoder().decode(der), 'error text-mangled'],
    ['little DER as UTF-8', new TextDecoder().decode(der).slice(0, 8), 'error text-mangled'],
    ['DER as Latin-1', latin1Text(der), 'error text-mangled'],
    ['JSON', ' {"a": [1, "hunter2"]}', 'info json'],
    ['a list in JSON', '[]', 'info json'],
  ])('%s', async (_, input, expected) => {
    expect(await told(input)).toEqual(['unknown', [expected]])
    const bytes = typeof input === 'string' ? utf8Bytes(input) : input
    if (bytes.length > 12) expect(await told(encodeBase64(bytes))).toEqual(['unknown', [expected]])
    expect(JSON.stringify(await explain(input, { now }))).not.toContain('hunter2')
  })

  test.each([
    ['a property list whose comment has a page in it', plist.replace('<plist', '<!-- a > <html> --><plist'), 'plist'],
    ['what only begins like JSON', '{ "a": ', 'unknown'],
    ['JSON beyond all measure', `["${'x'.repeat(1024 * 1024)}"]`, 'unknown'],
  ])('%s is none', async (_, input, kind) => {
    expect(await told(input)).toEqual([kind, []])
  })

  test('JSON with PEM in it is JSON', async () => {
    expect(await told('{"certificate":"-----BEGIN CERTIFICATE-----\\nAAAA"}')).toEqual(['unknown', ['info json']])
  })

  test('an answer of APNs, with its reason', async () => {
    const shown = async (body: object) => {
      const { summary, fields } = await explain(JSON.stringify(body), { now })
      return [summary, ...fields.map(({ name, value }) => `${name}: ${value}`)]
    }
    const apns = (reason: string): readonly string[] => ['JSON, as APNs answers in', `reason: ${reason}`]
    expect(await shown({ reason: 'BadDeviceToken' })).toEqual(apns('BadDeviceToken'))
    expect(await shown({ reason: 'Unregistered', timestamp: 1700000000000 })).toEqual(apns('Unregistered'))
    for (const other of [{ reason: 'a b' }, { reason: 5 }, { reason: 'a', password: 'b' }, {}, ['x']])
      expect(await shown(other)).toEqual(['JSON'])
  })
})

describe('a server token that was decrypted', () => {
  const token = {
    consumer_key: 'CK_0123',
    consumer_secret: 'CS_4567',
    access_token: 'AT_89ab',
    access_secret: 'AS_cdef',
    access_token_expiry: '2027-01-01T00:00:00Z',
  }
  const text = (json: string): string =>
    `Content-Type: text/plain;charset=UTF-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n-----BEGIN MESSAGE-----\n${json}\n-----END MESSAGE-----\n`
  const whole = JSON.stringify(token)

  test('of it nothing is shown but when it ends', async () => {
    for (const form of [text(whole), whole, encodeBase64(utf8Bytes(text(whole)))]) {
      const explanation = await explain(form, { now })
      expect(explanation.summary).toBe('Server token of Apple School or Business Manager, decrypted')
      expect(explanation.fields.at(-1)).toEqual({ name: 'expires', value: '2027-01-01T00:00:00.000Z' })
      expect(await told(form)).toEqual(['unknown', ['warning token-decrypted']])
      expect(JSON.stringify(explanation)).not.toMatch(/CK_|CS_|AT_|AS_/)
    }
  })

  test('that has expired, and that is not whole', async () => {
    const expired = JSON.stringify({ ...token, access_token_expiry: '2026-01-01T00:00:00Z' })
    expect((await told(text(expired)))[1]).toEqual(['warning token-decrypted', 'error expired'])
    for (const form of [text(whole.slice(0, -20)), JSON.stringify({ ...token, access_token: 5 })]) {
      expect((await told(form))[1]).toEqual(['warning token-decrypted', 'error unreadable'])
      expect(JSON.stringify(await explain(form, { now }))).not.toMatch(/CK_|CS_|AT_|AS_/)
    }
  })
})

describe('what stands in a URL', () => {
  const url = 'https://ca.example/scep'
  let message: Bytes

  beforeAll(async () => {
    message = craftMessage({ content: await envelope(new Uint8Array(3)), signer: device })
  })

  test('a SCEP request by GET, in each way to write it down', async () => {
    const whole = scepHttpRequest({ url, operation: 'PKIOperation', message, method: 'GET' }).url
    const query = whole.slice(whole.indexOf('?') + 1)
    for (const form of [
      whole,
      `${whole}\n`,
      whole.replace(/(.{76})/g, '$1\r\n'),
      `GET ${whole.slice('https://ca.example'.length)} HTTP/1.1\r\nHost: ca.example\r\nContent-Length: 0\r\n\r\n`,
      `?${query}`,
      query,
      query.slice(query.indexOf('message=')),
      `${url}?${query.slice(query.indexOf('message='))}`,
    ]) {
      expect(await told(form)).toEqual(['scep-message', ['info scep-url']])
      expect((await explain(form, { now })).fields[0]).toEqual({ name: 'form', value: 'URL' })
    }
    expect((await told(encodeURIComponent(whole)))[1]).toEqual(['warning percent-encoded', 'info scep-url'])
  })

  test('another SCEP request, and one that cannot be read', async () => {
    const { summary } = await explain(`${url}?operation=GetCACaps&message=ca`, { now })
    expect(summary).toBe('URL of a SCEP request, GetCACaps')
    expect(await told(`${url}?operation=GetCACaps`)).toEqual(['unknown', ['info scep-url']])
    const { findings } = await explain(`${url}?operation=PKIOperation&message=?`, { now })
    expect(findings.map((found) => found.message)).toEqual([
      'It looks like a SCEP URL, but: SCEP request: message= is not base64.',
    ])
  })

  test.each([
    'https://example.org/?message=hello',
    '/etc/passwd',
    'message=hello',
    'https://example.org/?operation=GetCACapsule',
  ])('%s is none', async (text) => {
    expect(await told(text)).toEqual(['unknown', []])
  })

  test('what is percent-encoded, looked through', async () => {
    const escaped = encodeURIComponent(encodeBase64(der))
    expect(escaped).toContain('%')
    expect(await told(escaped)).toEqual(['certificate', ['warning percent-encoded']])
    expect(await told(encodeURIComponent(plist))).toEqual(['plist', ['warning percent-encoded']])
    expect(await told('50%25')).toEqual(['unknown', ['warning percent-encoded']])
    expect(await told('50% of all')).toEqual(['unknown', []])
    expect(await told(`%41${'x'.repeat(1024 * 1024)}`)).toEqual(['unknown', []])
  })

  test('hex of something compressed', async () => {
    expect(await told(encodeHex(new Uint8Array(gzipSync(der))))).toEqual(['unknown', ['info compressed']])
  })
})
