import { describe, expect, test } from 'vitest'
import { buildMdmPush } from '../../src/apns/push.js'

const text = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? new Uint8Array())
const input = {
  token: Uint8Array.from({ length: 32 }, (_, at) => 0xf0 + (at % 16)),
  pushMagic: '7E51A9C1-3D2B-4F5E-9A7C-0C9B5B7D1E11',
  topic: 'com.apple.mgmt.External.18a16429-886b-41f1-9c30-2bd04ae4fc37',
}

describe('buildMdmPush', () => {
  test('is a POST of the push magic alone to the token in lower-case hex', () => {
    const push = buildMdmPush(input)
    expect(push.method).toBe('POST')
    expect(push.url).toBe(
      'https://api.push.apple.com/3/device/f0f1f2f3f4f5f6f7f8f9fafbfcfdfefff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff',
    )
    expect(push.headers).toEqual({ 'apns-push-type': 'mdm', 'apns-topic': input.topic, 'apns-priority': '10' })
    expect(text(push.body)).toBe('{"mdm":"7E51A9C1-3D2B-4F5E-9A7C-0C9B5B7D1E11"}')
  })

  test('escapes a push magic that would add members', () => {
    const pushMagic = 'a","aps":{"alert":"x"},"b":"\\\n\u2028é\ud800'
    const body = text(buildMdmPush({ ...input, pushMagic }).body)
    const parsed: unknown = JSON.parse(body)
    expect(parsed).toEqual({ mdm: pushMagic })
    expect(body).not.toContain('\n')
  })

  test('goes to the development host when told to', () => {
    expect(buildMdmPush({ ...input, environment: 'development' }).url).toMatch(
      /^https:\/\/api\.sandbox\.push\.apple\.com\/3\/device\//,
    )
  })

  test('takes a token as long as any', () => {
    expect(buildMdmPush({ ...input, token: new Uint8Array(256) }).url).toMatch(/\/0{512}$/)
  })

  test('states the expiration in whole seconds, zero included', () => {
    const at = new Date('2026-11-22T03:04:05.999Z')
    expect(buildMdmPush({ ...input, expiresAt: at }).headers['apns-expiration']).toBe('1795316645')
    expect(buildMdmPush({ ...input, expiresAt: new Date(0) }).headers['apns-expiration']).toBe('0')
  })

  test.each([
    ['no token', { token: new Uint8Array() }],
    ['a token beyond all sense', { token: new Uint8Array(257) }],
    ['a token as text', { token: '00ff' as unknown as Uint8Array }],
    ['no push magic', { pushMagic: '' }],
    ['a push magic that is null', { pushMagic: null as unknown as string }],
    ['no topic', { topic: '' }],
    ['a topic with a line end', { topic: 'com.apple.mgmt.External.x\r\napns-id: y' }],
    ['a topic that is no ASCII', { topic: 'com.apple.mgmt.é' }],
    ['an invalid date', { expiresAt: new Date(Number.NaN) }],
    ['a date before 1970', { expiresAt: new Date(-1) }],
    ['another environment', { environment: 'staging' as 'production' }],
    ['an inherited name as environment', { environment: 'toString' as 'production' }],
  ])('refuses %s', (_, wrong) => {
    expect(() => buildMdmPush({ ...input, ...wrong })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    )
  })
})
