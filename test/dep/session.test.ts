import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { callContext } from '../../src/crypto/context.js'
import { percentEncode, signatureBaseString, signOAuth } from '../../src/dep/oauth.js'
import { depSessionHeaders } from '../../src/dep/session.js'
import { expectRejection } from '../support/hostile.js'

const ctx = callContext(undefined)
type Pairs = readonly (readonly [string, string])[]
const signature = (method: string, url: string, parameters: Pairs, consumer: string, token: string): Promise<string> =>
  signOAuth({ method, url: new URL(url), parameters }, { consumer, token }, ctx)

// Published requests. Each signature was also computed from the parameters with Python's hmac and urllib.parse.quote.
describe('HMAC-SHA1 signatures of OAuth 1.0', () => {
  const photos: Pairs = [
    ['oauth_consumer_key', 'dpf43f3p2l4k3l03'],
    ['oauth_signature_method', 'HMAC-SHA1'],
  ]

  test('RFC 5849 §1.2, the protected resource', async () => {
    const parameters: Pairs = [
      ...photos,
      ['oauth_token', 'nnch734d00sl2jdk'],
      ['oauth_timestamp', '137131202'],
      ['oauth_nonce', 'chapoH'],
    ]
    const url = 'http://photos.example.net/photos?file=vacation.jpg&size=original'
    expect(await signature('GET', url, parameters, 'kd94hf93k423kf44', 'pfkkdhi9sl3r4s00')).toBe(
      'MdpQcU8iPSUjWoN/UDMsK2sui9I=',
    )
  })

  test('RFC 5849 §1.2, the token request', async () => {
    const parameters: Pairs = [
      ...photos,
      ['oauth_token', 'hh5s93j4hdidpola'],
      ['oauth_timestamp', '137131201'],
      ['oauth_nonce', 'walatlh'],
      ['oauth_verifier', 'hfdp7dh39dks9884'],
    ]
    const url = 'https://photos.example.net/token'
    expect(await signature('POST', url, parameters, 'kd94hf93k423kf44', 'hdhd0244k9j7ao03')).toBe(
      'gKgrFCywp7rO0OXSjdot/IHF7IU=',
    )
  })

  test('a post with form parameters and characters to escape', async () => {
    const parameters: Pairs = [
      ['status', 'Hello Ladies + Gentlemen, a signed OAuth request!'],
      ['oauth_consumer_key', 'xvz1evFS4wEEPTGEFPHBog'],
      ['oauth_nonce', 'kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg'],
      ['oauth_signature_method', 'HMAC-SHA1'],
      ['oauth_timestamp', '1318622958'],
      ['oauth_token', '370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb'],
      ['oauth_version', '1.0'],
    ]
    const url = 'https://api.twitter.com/1.1/statuses/update.json?include_entities=true'
    const consumer = 'kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw'
    expect(await signature('POST', url, parameters, consumer, 'LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE')).toBe(
      'hCtSmYh+iHYCEqBWrE7C7hYmtUk=',
    )
  })

  test('the base string of RFC 5849 §3.4.1.1: names twice, names without value, escapes in the query', () => {
    const parameters: Pairs = [
      ['oauth_consumer_key', '9djdj82h48djs9d2'],
      ['oauth_token', 'kkk9d7dh3k39sjv7'],
      ['oauth_signature_method', 'HMAC-SHA1'],
      ['oauth_timestamp', '137131201'],
      ['oauth_nonce', '7d8f3e4a'],
      ['c2', ''],
      ['a3', '2 q'],
    ]
    const url = new URL('HTTP://EXAMPLE.com:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b#fragment')
    expect(signatureBaseString({ method: 'post', url, parameters })).toBe(
      'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D' +
        '%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1' +
        '%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
    )
  })

  test('RFC 5849 §3.6: what stays and what is escaped', () => {
    expect(percentEncode('AZaz09-._~')).toBe('AZaz09-._~')
    expect(percentEncode("!*'() +%é😀\ud800")).toBe('%21%2A%27%28%29%20%2B%25%C3%A9%F0%9F%98%80%EF%BF%BD')
  })
})

const token = {
  consumerKey: 'dpf43f3p2l4k3l03',
  consumerSecret: 'kd94hf93k423kf44',
  accessToken: 'nnch734d00sl2jdk',
  accessSecret: 'pfkkdhi9sl3r4s00',
  expiresAt: new Date(0),
}

describe('depSessionHeaders', () => {
  test('OAuth Core 1.0 appendix A, which states the version as Apple wants it', async () => {
    const url = 'http://photos.example.net/photos?file=vacation.jpg&size=original'
    const input = { url, method: 'GET', nonce: 'kllo9940pd9333jh' } as const
    expect(await depSessionHeaders(token, input, { now: new Date(1191242096_999) })).toEqual({
      authorization:
        'OAuth realm="ADM", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", ' +
        'oauth_signature_method="HMAC-SHA1", oauth_signature="tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D", ' +
        'oauth_timestamp="1191242096", oauth_nonce="kllo9940pd9333jh", oauth_version="1.0"',
    })
  })

  test('draws a nonce of its own and takes the time from the context', async () => {
    const input = { url: 'https://mdmenrollment.apple.com/session', method: 'GET' } as const
    const now = new Date('2026-11-22T00:00:00Z')
    const headers = await Promise.all([1, 2].map(() => depSessionHeaders(token, input, { now })))
    const [first, second] = headers.map(({ authorization = '' }) => authorization)
    expect(first).toMatch(/oauth_timestamp="1795305600", oauth_nonce="[0-9a-f]{32}"/)
    expect(second).not.toBe(first)
    const fields = new Map([...(first ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]))
    const nonce = fields.get('oauth_nonce') ?? ''
    const parameters =
      `oauth_consumer_key=dpf43f3p2l4k3l03&oauth_nonce=${nonce}&oauth_signature_method=HMAC-SHA1` +
      `&oauth_timestamp=1795305600&oauth_token=nnch734d00sl2jdk&oauth_version=1.0`
    const base = ['GET', input.url, parameters].map(encodeURIComponent).join('&')
    const expected = createHmac('sha1', 'kd94hf93k423kf44&pfkkdhi9sl3r4s00').update(base).digest('base64')
    expect(decodeURIComponent(fields.get('oauth_signature') ?? '')).toBe(expected)
  })

  test('comes out the same through a provider that the caller gives', async () => {
    const input = { url: 'https://mdmenrollment.apple.com/session', method: 'GET', nonce: 'n' } as const
    const now = new Date(0)
    expect(await depSessionHeaders(token, input, { now, crypto: globalThis.crypto })).toEqual(
      await depSessionHeaders(token, input, { now }),
    )
  })

  const url = 'https://mdmenrollment.apple.com/session'
  test.each<readonly [string, object, object]>([
    ['another method', {}, { method: 'POST' }],
    ['a relative URL', {}, { url: '/session' }],
    ['a URL of another scheme', {}, { url: 'ftp://mdmenrollment.apple.com/session' }],
    ['an empty nonce', {}, { nonce: '' }],
    ['no consumer key', { consumerKey: '' }, {}],
    ['no consumer secret', { consumerSecret: undefined }, {}],
    ['no access token', { accessToken: '' }, {}],
    ['no access secret', { accessSecret: null }, {}],
  ])('refuses %s', async (_, tokenFault, inputFault) => {
    const input = { url, method: 'GET' as const, ...inputFault }
    await expectRejection(depSessionHeaders({ ...token, ...tokenFault }, input), 'ERR_INVALID_ARGUMENT')
  })
})
