import { describe, expect, test } from 'vitest'
import { parseScepHttpRequest, scepHttpRequest, scepHttpResponse, type ScepOperation } from '../../src/scep.js'
import type { Bytes } from '../../src/types.js'
import { hex } from '../support/asn1.js'
import { expectRefusal } from '../support/hostile.js'
import { draw } from '../support/random.js'

const message = Uint8Array.from({ length: 100 }, (_, i) => (i * 89 + 251) & 0xff)
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

describe('scepHttpRequest', () => {
  const url = 'https://mdm.example/scep'
  const rows: readonly (readonly [string, Parameters<typeof scepHttpRequest>[0], string])[] = [
    ['GetCACaps', { url, operation: 'GetCACaps' }, `${url}?operation=GetCACaps`],
    [
      'GetCACert of one of several CAs',
      { url, operation: 'GetCACert', caIdentifier: 'My CA & co' },
      `${url}?operation=GetCACert&message=My%20CA%20%26%20co`,
    ],
    ['an empty identifier', { url, operation: 'GetCACert', caIdentifier: '' }, `${url}?operation=GetCACert&message=`],
    [
      'a path of its own',
      { url: `${url}/pkiclient.exe`, operation: 'GetNextCACert' },
      `${url}/pkiclient.exe?operation=GetNextCACert`,
    ],
    ['a query of its own', { url: `${url}?tenant=1`, operation: 'GetCACaps' }, `${url}?tenant=1&operation=GetCACaps`],
    ['an open query', { url: `${url}?`, operation: 'GetCACaps' }, `${url}?operation=GetCACaps`],
    ['an open pair', { url: `${url}?a=b&`, operation: 'GetCACaps' }, `${url}?a=b&operation=GetCACaps`],
    ['a fragment', { url: `${url}#here`, operation: 'GetCACaps' }, `${url}?operation=GetCACaps`],
    [
      'http in capitals',
      { url: 'HTTP://10.0.0.1:8080/', operation: 'GetCACaps' },
      'HTTP://10.0.0.1:8080/?operation=GetCACaps',
    ],
  ]
  test.each(rows)('%s', (_, input, expected) => {
    expect(scepHttpRequest(input)).toEqual({ method: 'GET', url: expected, headers: {}, body: null })
  })

  test('PKIOperation: posted unless told otherwise; by GET everything is escaped', () => {
    const posted = scepHttpRequest({ url, operation: 'PKIOperation', message })
    expect(posted).toEqual({
      method: 'POST',
      url: `${url}?operation=PKIOperation`,
      headers: { 'content-type': 'application/x-pki-message' },
      body: message,
    })
    expect(posted.body).not.toBe(message)
    const got = scepHttpRequest({ url, operation: 'PKIOperation', message, method: 'GET' })
    expect([got.method, got.body]).toEqual(['GET', null])
    expect(got.url).toMatch(/&message=[A-Za-z0-9%]+$/)
    expect(parseScepHttpRequest({ ...got }).message).toEqual(message)
    expect(parseScepHttpRequest({ ...posted }).message).toEqual(message)
  })

  const refusals: readonly (readonly [string, unknown, RegExp])[] = [
    ['an unknown operation', { url, operation: 'GetCert' }, /operation/],
    ['PKIOperation without a message', { url, operation: 'PKIOperation' }, /message/],
    ['a message with another operation', { url, operation: 'GetCACaps', message }, /message/],
    ['another operation by POST', { url, operation: 'GetCACaps', method: 'POST' }, /posted/],
    ['no URL', { url: '', operation: 'GetCACaps' }, /url/],
    ['a path alone', { url: '/scep', operation: 'GetCACaps' }, /url/],
    ['another scheme', { url: 'ftp://mdm.example/scep', operation: 'GetCACaps' }, /url/],
    ['a script', { url: 'javascript:alert(1)', operation: 'GetCACaps' }, /url/],
    ['no host', { url: 'https://?x', operation: 'GetCACaps' }, /url/],
  ]
  test.each(refusals)('%s: refused', (_, input, reason) => {
    expectRefusal(() => scepHttpRequest(input as Parameters<typeof scepHttpRequest>[0]), 'ERR_INVALID_ARGUMENT', reason)
  })
})

describe('parseScepHttpRequest', () => {
  const get = (query: string) => parseScepHttpRequest({ method: 'GET', url: `/scep${query}`, body: null })

  test('operations in any case, identifiers unescaped, methods in any case', () => {
    for (const operation of ['GetCACaps', 'GetCACert', 'GetNextCACert'] as const) {
      expect(get(`?operation=${operation}`)).toEqual({ operation, message: null, caIdentifier: null })
      expect(get(`?operation=${operation.toLowerCase()}&message=`)).toEqual({
        operation,
        message: null,
        caIdentifier: null,
      })
    }
    expect(get('?message=My+CA%26co&operation=GetCACert').caIdentifier).toBe('My CA&co')
    expect(get('?operation=GetCACert&message=%C3%A9').caIdentifier).toBe('é')
    expect(
      parseScepHttpRequest({ method: 'get', url: 'https://mdm.example/scep?operation=GetCACaps#x', body: null })
        .operation,
    ).toBe('GetCACaps')
    expect(get('?tenant=operation=x&operation=GetCACaps&operation=GetCACert').operation).toBe('GetCACaps')
  })

  test('a body is the message; without one it is in the query; macOS posts other operations too', () => {
    const post = (url: string, body: Bytes | null) => parseScepHttpRequest({ method: 'POST', url, body })
    const read = post('/scep?operation=PKIOperation', message)
    expect(read).toEqual({ operation: 'PKIOperation', message, caIdentifier: null })
    expect(read.message).not.toBe(message)
    const encoded = encodeURIComponent(base64(message))
    expect(post(`/scep?operation=PKIOperation&message=${encoded}`, null).message).toEqual(message)
    expect(post(`/scep?operation=PKIOperation&message=${encoded}`, new Uint8Array(0)).message).toEqual(message)
    expect(post('/scep?operation=GetCACaps&message=', new Uint8Array(0)).operation).toBe('GetCACaps')
    // A GET has no body, whatever a framework hands in.
    expect(
      parseScepHttpRequest({ method: 'GET', url: `/scep?operation=PKIOperation&message=${encoded}`, body: hex('00') })
        .message,
    ).toEqual(message)
  })

  const refusals: readonly (readonly [
    string,
    { readonly method: string; readonly url: string },
    'ERR_SCEP_INVALID' | 'ERR_ENCODING' | 'ERR_LIMIT',
    RegExp,
  ])[] = [
    ['another method', { method: 'PUT', url: '/scep?operation=GetCACaps' }, 'ERR_SCEP_INVALID', /neither GET nor POST/],
    ['no query', { method: 'GET', url: '/scep' }, 'ERR_SCEP_INVALID', /operation/],
    ['an unknown operation', { method: 'GET', url: '/scep?operation=toString' }, 'ERR_SCEP_INVALID', /operation/],
    ['an operation in the path', { method: 'GET', url: 'operation=GetCACaps' }, 'ERR_SCEP_INVALID', /operation/],
    [
      'an operation in the fragment',
      { method: 'GET', url: '/scep#?operation=GetCACaps' },
      'ERR_SCEP_INVALID',
      /operation/,
    ],
    ['no message', { method: 'GET', url: '/scep?operation=PKIOperation' }, 'ERR_SCEP_INVALID', /without a message/],
    [
      'an empty message',
      { method: 'GET', url: '/scep?operation=PKIOperation&message=' },
      'ERR_SCEP_INVALID',
      /without a message/,
    ],
    [
      'a message of line ends',
      { method: 'GET', url: '/scep?operation=PKIOperation&message=%0D%0A' },
      'ERR_SCEP_INVALID',
      /without a message/,
    ],
    [
      'POST without a body',
      { method: 'POST', url: '/scep?operation=PKIOperation' },
      'ERR_SCEP_INVALID',
      /without a message/,
    ],
    ['no base64', { method: 'GET', url: '/scep?operation=PKIOperation&message=a*b' }, 'ERR_ENCODING', /base64/],
    ['a broken escape', { method: 'GET', url: '/scep?operation=PKIOperation&message=%zz' }, 'ERR_ENCODING', /percent/],
    [
      'a broken second escape',
      { method: 'GET', url: '/scep?operation=PKIOperation&message=AA%25zz' },
      'ERR_ENCODING',
      /percent/,
    ],
    [
      'a broken escape in an identifier',
      { method: 'GET', url: '/scep?operation=GetCACert&message=%E9' },
      'ERR_ENCODING',
      /percent/,
    ],
    [
      'a URL above 1 MiB',
      { method: 'GET', url: `/scep?operation=PKIOperation&message=${'A'.repeat(1024 * 1024)}` },
      'ERR_LIMIT',
      /URL/,
    ],
  ]
  test.each(refusals)('%s: refused', (_, input, code, reason) => {
    expectRefusal(() => parseScepHttpRequest({ ...input, body: null }), code, reason)
  })
})

/** How clients write base64 into a URL: each may be applied to what the one before made. */
const spellings: Readonly<Record<string, (text: string) => string>> = {
  standard: (text) => text,
  'URL-safe': (text) => text.replaceAll('+', '-').replaceAll('/', '_'),
}
const paddings: Readonly<Record<string, (text: string) => string>> = {
  padded: (text) => text,
  unpadded: (text) => text.replace(/=+$/, ''),
}
const lines: Readonly<Record<string, (text: string) => string>> = {
  'one line': (text) => text,
  'lines of 64': (text) => text.replace(/.{64}/g, '$&\n'),
  'lines of 76 with CR': (text) => text.replace(/.{76}/g, '$&\r\n'),
  'a line end behind': (text) => `${text}\n`,
}
const escapes: Readonly<Record<string, (text: string) => string>> = {
  'raw, as macOS sends + and /': (text) => text.replaceAll('=', '%3D').replaceAll('\n', '%0A').replaceAll('\r', '%0D'),
  'raw with padding': (text) => text.replaceAll('\n', '%0a').replaceAll('\r', '%0d'),
  escaped: encodeURIComponent,
  'escaped in small letters': (text) => encodeURIComponent(text).replace(/%../g, (escape) => escape.toLowerCase()),
  'escaped twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  '+ became a space': (text) => encodeURIComponent(text.replaceAll('+', ' ')),
  'space written as +': (text) =>
    text.replaceAll('/', '%2F').replaceAll('=', '%3D').replaceAll('\n', '%0A').replaceAll('\r', '%0D'),
}

describe('base64 in message=', () => {
  const combinations = Object.keys(spellings).flatMap((a) =>
    Object.keys(paddings).flatMap((b) =>
      Object.keys(lines).flatMap((c) => Object.keys(escapes).map((d) => [a, b, c, d] as const)),
    ),
  )
  test.each(combinations)('%s, %s, %s, %s', (a, b, c, d) => {
    const random = draw(combinations.findIndex((row) => row.join() === [a, b, c, d].join()) + 1)
    for (let round = 0; round < 12; round++) {
      const bytes = random.bytes(1 + random.below(400))
      const text = escapes[d]!(lines[c]!(paddings[b]!(spellings[a]!(base64(bytes)))))
      const url = `/scep?operation=PKIOperation&message=${text}`
      expect(parseScepHttpRequest({ method: 'GET', url, body: null }).message, text).toEqual(bytes)
    }
  })
})

test('scepHttpResponse: 200 with the content type that clients want to see, without parameters', () => {
  const types: Readonly<Record<Exclude<ScepOperation, 'GetCACert'>, string>> = {
    GetCACaps: 'text/plain',
    GetNextCACert: 'application/x-x509-next-ca-cert',
    PKIOperation: 'application/x-pki-message',
  }
  for (const [operation, type] of Object.entries(types)) {
    const response = scepHttpResponse(operation as 'GetCACaps', message)
    expect(response).toEqual({ status: 200, headers: { 'content-type': type }, body: message })
    expect(response.body).not.toBe(message)
  }
  expect(new TextDecoder().decode(scepHttpResponse('GetCACaps', 'AES\nSHA-256').body)).toBe('AES\nSHA-256')
})
