import { describe, expect, test } from 'vitest'
import { type HeaderSource, parsePushResponse } from '../../src/apns/push-response.js'

const answer = (status: number, body: unknown = '', headers: HeaderSource = {}): ReturnType<typeof parsePushResponse> =>
  parsePushResponse({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) })

describe('parsePushResponse', () => {
  test('200 is accepted, with the id from headers of any kind', () => {
    const apnsId = 'EC1BF194-B3B2-424A-89A9-5A918A6E6B5C'
    const accepted = { outcome: 'accepted', apnsId }
    expect(answer(200, '', { ':status': '200', 'apns-id': apnsId })).toEqual(accepted)
    expect(answer(200, '', { 'Apns-Id': [apnsId] })).toEqual(accepted)
    expect(answer(200, '', [['APNS-ID', apnsId]])).toEqual(accepted)
    expect(answer(200, '', new Headers({ 'apns-id': apnsId }))).toEqual(accepted)
    expect(answer(200, '', { 'apns-id': undefined })).toEqual({ outcome: 'accepted', apnsId: null })
  })

  test('410 alone retires a token', () => {
    expect(answer(410, { reason: 'Unregistered', timestamp: 1700000000000 })).toEqual({
      outcome: 'unregistered',
      since: new Date('2023-11-14T22:13:20Z'),
    })
    expect(answer(410, { reason: 'ExpiredToken', timestamp: 'soon' })).toEqual({ outcome: 'unregistered', since: null })
    expect(answer(410, { timestamp: 1e300 })).toEqual({ outcome: 'unregistered', since: null })
    expect(answer(410, 'no JSON')).toEqual({ outcome: 'unregistered', since: null })
    for (let status = 100; status < 600; status++)
      if (status !== 410) expect(answer(status, { reason: 'Unregistered' }).outcome).not.toBe('unregistered')
  })

  test.each([429, 500, 503, 502, 599])('%i is to be retried', (status) => {
    expect(answer(status, { reason: 'TooManyRequests' }, { 'Retry-After': '120' })).toEqual({
      outcome: 'retry',
      reason: 'TooManyRequests',
      afterSeconds: 120,
    })
    expect(answer(status)).toEqual({ outcome: 'retry', reason: `HTTP ${String(status)}`, afterSeconds: null })
  })

  test('a Retry-After that is a date is counted from the date of the answer', () => {
    const date = 'Sun, 22 Nov 2026 03:00:00 GMT'
    const retry = (after: string, headers: Record<string, string> = { date }): number | null => {
      const result = answer(503, '', { 'retry-after': after, ...headers })
      return result.outcome === 'retry' ? result.afterSeconds : -1
    }
    expect(retry('Sun, 22 Nov 2026 03:01:30 GMT')).toBe(90)
    expect(retry('Sun, 22 Nov 2026 02:00:00 GMT')).toBe(0)
    expect(retry('Sun, 22 Nov 2026 03:01:30 GMT', {})).toBeNull()
    expect(retry('later')).toBeNull()
    expect(retry('Sun, 22 Nov 2026 03:01:30 GMT', { date: 'Nov 22 2026' })).toBeNull()
    // What Date.parse takes and HTTP does not have.
    const wrong = [
      '-5',
      '1.5',
      '+5',
      '1e3',
      '5 s',
      'Nov 22 2026',
      '2026-11-22T03:01:30Z',
      'Mon, 22 Nov 2026 03:01:30 GMT',
    ]
    for (const after of [...wrong, 'Sun, 22 Nov 2026 03:01:30 +0000', 'Sunday, 22-Nov-26 03:01:30 GMT', 'Invalid Date'])
      expect([after, retry(after)]).toEqual([after, null])
  })

  test.each([
    [400, 'BadDeviceToken'],
    [400, 'DeviceTokenNotForTopic'],
    [400, 'BadTopic'],
    [400, 'TopicDisallowed'],
    [400, 'MissingTopic'],
    [403, 'BadCertificate'],
    [403, 'BadCertificateEnvironment'],
    [403, 'Forbidden'],
    [403, 'SomethingNew'],
  ])('%i %s concerns every push of this sender', (status, reason) => {
    expect(answer(status, { reason })).toEqual({ outcome: 'rejected', scope: 'sender', reason, status })
  })

  test.each([
    [400, 'BadExpirationDate'],
    [400, 'PayloadEmpty'],
    [404, 'BadPath'],
    [405, 'MethodNotAllowed'],
    [413, 'PayloadTooLarge'],
    [400, 'SomethingNew'],
  ])('%i %s concerns this request', (status, reason) => {
    expect(answer(status, { reason })).toEqual({ outcome: 'rejected', scope: 'request', reason, status })
  })

  test('a status that is not of APNs is the way there, not the device', () => {
    expect(answer(302)).toEqual({ outcome: 'rejected', scope: 'sender', reason: 'HTTP 302', status: 302 })
    for (const status of [600, 999])
      expect(answer(status)).toMatchObject({ outcome: 'rejected', scope: 'sender', reason: `HTTP ${status}` })
    expect(answer(0).outcome).toBe('rejected')
    expect(answer(Number.NaN).outcome).toBe('rejected')
  })

  test.each(['null', '[]', '"x"', '{"reason":5}', '{"reason":""}', '{', '\u0000', 'x'.repeat(100_000)])(
    'never throws on a body that Apple does not send: %#',
    (body) => {
      expect(answer(400, body)).toEqual({ outcome: 'rejected', scope: 'request', reason: 'HTTP 400', status: 400 })
    },
  )

  test.each([null, undefined, 5, 'retry-after', [null], [5], [[]], [[1, 2]], { 'Retry-After': null }])(
    'never throws on headers that are none: %j',
    (headers) => {
      const result = parsePushResponse({ status: 503, headers: headers as never, body: '' })
      expect(result).toEqual({ outcome: 'retry', reason: 'HTTP 503', afterSeconds: null })
    },
  )

  test('neither on values of a header that are no text', () => {
    for (const value of [[5], [], [null], 120, { 0: '120' }, Symbol.iterator])
      expect(answer(429, '', { 'retry-after': value as never })).toMatchObject({ afterSeconds: null })
    expect(answer(429, '', { [Symbol.iterator]: 1, 'retry-after': '7' } as never)).toMatchObject({ afterSeconds: 7 })
  })

  test('neither a missing body nor an endless reason does harm', () => {
    expect(parsePushResponse({ status: 400, headers: {}, body: undefined as unknown as string }).outcome).toBe(
      'rejected',
    )
    const result = answer(400, { reason: 'R'.repeat(5000) })
    expect(result.outcome === 'rejected' && result.reason.length).toBe(200)
    expect(answer(400, JSON.stringify({ reason: 'BadTopic', pad: 'x'.repeat(70_000) }))).toMatchObject({
      reason: 'HTTP 400',
    })
  })
})
