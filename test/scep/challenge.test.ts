import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { challengeMatches, issueScepChallenge, openScepChallenge, type ScepChallengeClaims } from '../../src/scep.js'
import { fixedProvider } from '../crypto/support.js'
import { expectRefusal, expectRejection, rejectionOf } from '../support/hostile.js'

const secret = Uint8Array.from({ length: 32 }, (_, i) => i + 1)
const other = Uint8Array.from({ length: 32 }, (_, i) => 200 - i)
const now = new Date('2026-06-01T12:00:00Z')
const expiresAt = new Date('2026-06-01T13:00:00Z')
const claims: ScepChallengeClaims = { purpose: 'enroll', device: 'C02XG0FDJGH5', expiresAt }
const TEXT = 'the challenge is missing, not genuine, expired, or for something else'

async function refused(
  challenge: string | null,
  expected: { purpose: 'enroll' | 'renew'; device?: string; now?: Date } = { purpose: 'enroll' },
  secrets: readonly [Uint8Array, ...Uint8Array[]] = [secret],
): Promise<void> {
  const error = await rejectionOf(openScepChallenge(challenge, secrets, { now, ...expected }))
  expect([error.code, error.message]).toEqual(['ERR_CHALLENGE_INVALID', TEXT])
}

describe('a stateless challenge', () => {
  test('comes back as what it was issued for, with an id of its own', async () => {
    const challenge = await issueScepChallenge(claims, secret)
    const opened = await openScepChallenge(challenge, [secret], { purpose: 'enroll', device: claims.device, now })
    expect(opened).toEqual({ ...claims, id: expect.stringMatching(/^[0-9a-f]{32}$/) as string })
    for (const secrets of [
      [other, secret],
      [secret, other],
    ] as const)
      expect(await openScepChallenge(challenge, secrets, { purpose: 'enroll', now })).toEqual(opened)
    const again = await openScepChallenge(await issueScepChallenge(claims, secret), [secret], {
      purpose: 'enroll',
      now,
    })
    expect(again.id).not.toBe(opened.id)
  })

  test('replay, by itself, is told by the id: the same each time', async () => {
    const challenge = await issueScepChallenge(claims, secret)
    const ids = await Promise.all([0, 1].map(() => openScepChallenge(challenge, [secret], { purpose: 'enroll', now })))
    expect(new Set(ids.map(({ id }) => id)).size).toBe(1)
  })

  test('for another device, another purpose, too late, under another secret, or none', async () => {
    const challenge = await issueScepChallenge(claims, secret)
    await refused(challenge, { purpose: 'enroll', device: 'another' })
    await refused(challenge, { purpose: 'enroll', device: '' })
    await refused(challenge, { purpose: 'renew' })
    await refused(challenge, { purpose: 'enroll', now: expiresAt })
    await refused(challenge, { purpose: 'enroll', now: new Date('2036-01-01') })
    await refused(challenge, { purpose: 'enroll' }, [other])
    await refused(null)
    await refused('')
    const justInTime = { purpose: 'enroll', now: new Date(expiresAt.getTime() - 1) } as const
    expect((await openScepChallenge(challenge, [secret], justInTime)).device).toBe(claims.device)
  })

  test('no changed, added or missing character is taken', async () => {
    const challenge = await issueScepChallenge(claims, secret)
    for (let at = 0; at < challenge.length; at++) {
      const to = challenge[at] === 'A' ? 'B' : 'A'
      await refused(challenge.slice(0, at) + to + challenge.slice(at + 1))
      await refused(challenge.slice(0, at) + challenge.slice(at + 1))
    }
    for (const spelled of [
      `${challenge} `,
      ` ${challenge}`,
      `${challenge}=`,
      `${challenge}\n`,
      challenge.toLowerCase(),
      challenge.replaceAll('.', '..'),
    ])
      await refused(spelled)
    await refused('E.'.repeat(200))
    // The last character of the code holds two bits that no octet uses.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
    const last = alphabet.indexOf(challenge.at(-1) ?? '')
    await refused(challenge.slice(0, -1) + alphabet[last ^ 1]!)
  })

  test('characters of PrintableString, 255 at most, whatever the device is called', async () => {
    const devices = [
      '',
      'x',
      'C02XG0FDJGH5',
      'Jürgens iPhone 📱',
      '\u{feff}with a mark',
      '\0',
      'a.b.c',
      '"\'<>&',
      'x'.repeat(136),
    ]
    for (const device of devices) {
      const challenge = await issueScepChallenge({ ...claims, device }, secret)
      expect(challenge).toMatch(/^[A-Za-z0-9 '()+,\-./:=?]{1,255}$/)
      expect((await openScepChallenge(challenge, [secret], { purpose: 'enroll', device, now })).device).toBe(device)
    }
  })

  test('expiry in whole seconds, up to the end of time', async () => {
    for (const time of [0, 1_999, 8_640_000_000_000_000]) {
      const challenge = await issueScepChallenge({ ...claims, expiresAt: new Date(time) }, secret)
      if (time < 1000) await refused(challenge, { purpose: 'enroll', now: new Date(0) })
      else {
        const opened = await openScepChallenge(challenge, [secret], { purpose: 'enroll', now: new Date(0) })
        expect(opened.expiresAt.getTime()).toBe(Math.floor(time / 1000) * 1000)
      }
    }
  })

  test('what it is made of: HMAC-SHA-256 over label, purpose, expiry, nonce and device', async () => {
    const challenge = await issueScepChallenge(claims, secret, { crypto: fixedProvider() })
    const [signed, code] = [challenge.slice(0, -44), challenge.slice(-43)]
    const computed = createHmac('sha256', secret).update(`mdm-protocol SCEP challenge 1\0${signed}`).digest('base64')
    expect(`${code}=`).toBe(computed)
    expect(signed.split('.')[0]).toBe('E')
    const renewal = await issueScepChallenge({ ...claims, purpose: 'renew' }, secret, { crypto: fixedProvider() })
    expect(renewal.startsWith('R.')).toBe(true)
    expect((await openScepChallenge(renewal, [secret], { purpose: 'renew', now })).purpose).toBe('renew')
    expect(await issueScepChallenge(claims, secret, { crypto: fixedProvider() })).toBe(challenge)
  })

  test('with a code of ours, yet nothing that was ever issued', async () => {
    // Whoever has the secret may issue what he likes: these hold by their code alone.
    const made = (signed: string) =>
      `${signed}.${createHmac('sha256', secret).update(`mdm-protocol SCEP challenge 1\0${signed}`).digest('base64').slice(0, -1)}`
    const [purpose, time, nonce, device] = (await issueScepChallenge(claims, secret)).split('.') as [
      string,
      string,
      string,
      string,
    ]
    const good = made([purpose, time, nonce, device].join('.'))
    expect((await openScepChallenge(good, [secret], { purpose: 'enroll', now })).device).toBe(claims.device)
    // One character too many for a challenge, and one that fits.
    const head = [purpose, time, nonce].join('.')
    const room = 255 - head.length - 1 - 44
    const whole = 4 * Math.floor(room / 4)
    expect(
      (await openScepChallenge(made(`${head}.${'A'.repeat(whole)}`), [secret], { purpose: 'enroll', now })).id,
    ).toMatch(/^/)
    await refused(made(`${head}.${'A'.repeat(whole + 4)}`))
    // A date that JavaScript does not have is no end that never comes.
    await refused(made([purpose, 'zzzzzzzzzzz', nonce, device].join('.')))
    // Base64 with bits that no octet uses, or of no length at all.
    await refused(made([purpose, time, nonce, 'AB'].join('.')))
    await refused(made([purpose, time, nonce, 'A'].join('.')))
  })

  test('wrong arguments', async () => {
    const issue = (changed: object, key: Uint8Array = secret) => issueScepChallenge({ ...claims, ...changed }, key)
    await expectRejection(issue({}, secret.subarray(0, 15)), 'ERR_INVALID_ARGUMENT', /16 octets/)
    await expectRejection(issue({ expiresAt: new Date(Number.NaN) }), 'ERR_INVALID_ARGUMENT', /expiresAt/)
    await expectRejection(issue({ expiresAt: new Date(-1000) }), 'ERR_INVALID_ARGUMENT', /expiresAt/)
    await expectRejection(issue({ purpose: 'toString' }), 'ERR_INVALID_ARGUMENT', /purpose/)
    await expectRejection(issue({ device: 'x'.repeat(150) }), 'ERR_INVALID_ARGUMENT', /too long/)
    await expectRejection(issue({ device: 'lone \ud800 surrogate' }), 'ERR_INVALID_ARGUMENT', /well-formed/)
    const challenge = await issueScepChallenge(claims, secret)
    const expected = { purpose: 'enroll', now } as const
    const none = [] as unknown as [Uint8Array]
    await expectRejection(openScepChallenge(challenge, none, expected), 'ERR_INVALID_ARGUMENT', /at least one/)
    const short = openScepChallenge(challenge, [secret, new Uint8Array(0)], expected)
    await expectRejection(short, 'ERR_INVALID_ARGUMENT', /16 octets/)
  })

  const SECRETS: readonly (readonly [string, unknown])[] = [
    ['undefined', undefined],
    ['null', null],
    ['a number', 32],
    ['a text', 'a text of more than sixteen characters'],
    ['an ArrayBuffer without an octet', new ArrayBuffer(0)],
    ['an ArrayBuffer', new ArrayBuffer(32)],
    ['a DataView', new DataView(new ArrayBuffer(32))],
    ['numbers of two octets', new Uint16Array(32)],
    ['a list of numbers', Array.from(secret)],
  ]
  test.each(SECRETS)('a secret is a Uint8Array, in every runtime alike: %s', async (_, given) => {
    const wrong = given as Uint8Array
    const challenge = await issueScepChallenge(claims, secret)
    for (const context of [{}, { crypto: globalThis.crypto }]) {
      await expectRejection(issueScepChallenge(claims, wrong, context), 'ERR_INVALID_ARGUMENT', /secret/)
      for (const secrets of [[wrong], [secret, wrong], wrong] as const) {
        const opened = openScepChallenge(challenge, secrets as [Uint8Array], { purpose: 'enroll', now, ...context })
        await expectRejection(opened, 'ERR_INVALID_ARGUMENT', /secret/)
      }
    }
  })

  test('secrets that are changed while one is tried are those of the call', async () => {
    const challenge = await issueScepChallenge(claims, secret)
    const secrets: [Uint8Array, ...Uint8Array[]] = [other, other]
    const opened = openScepChallenge(challenge, secrets, { purpose: 'enroll', now, crypto: globalThis.crypto })
    secrets[1] = secret
    await expectRejection(opened, 'ERR_CHALLENGE_INVALID')
    const holes = new Array(1) as unknown as [Uint8Array]
    await expectRejection(openScepChallenge(challenge, holes, { purpose: 'enroll' }), 'ERR_INVALID_ARGUMENT', /secret/)
  })

  test('arguments of another type are refused, and become no empty device', async () => {
    const challenge = await issueScepChallenge(claims, secret)
    const expected = { purpose: 'enroll', now } as const
    for (const device of [undefined, null, 12_345, {}]) {
      const changed = { ...claims, device: device as string }
      await expectRejection(issueScepChallenge(changed, secret), 'ERR_INVALID_ARGUMENT', /device/)
      if (device === undefined) continue
      const opened = openScepChallenge(challenge, [secret], { ...expected, device: device as string })
      await expectRejection(opened, 'ERR_INVALID_ARGUMENT', /device/)
    }
    for (const date of [undefined, null, '2026-06-01T13:00:00Z', expiresAt.getTime(), {}]) {
      const changed = { ...claims, expiresAt: date as Date }
      await expectRejection(issueScepChallenge(changed, secret), 'ERR_INVALID_ARGUMENT', /expiresAt/)
    }
    for (const given of [undefined, 12_345, {}, [challenge]])
      await expectRejection(openScepChallenge(given as string, [secret], expected), 'ERR_INVALID_ARGUMENT', /challenge/)
  })
})

test('challengeMatches: equal texts, and nothing matches an empty one', () => {
  expect(challengeMatches('secret', 'secret')).toBe(true)
  expect(challengeMatches('sécret', 'sécret')).toBe(true)
  for (const actual of [null, '', 'secre', 'secret ', 'Secret', 'secres'])
    expect(challengeMatches('secret', actual)).toBe(false)
  expect(challengeMatches('', '')).toBe(false)
  expect(challengeMatches('', null)).toBe(false)
  expect(challengeMatches('null', null)).toBe(false)
})

describe('challengeMatches: what is no text matches nothing and is refused', () => {
  test.each([undefined, 0, 12_345, 1n, true, {}, [], ['secret'], new Uint8Array(3), () => 'secret'])('%s', (wrong) => {
    for (const actual of ['', 'secret', null, wrong])
      expectRefusal(() => challengeMatches(wrong as string, actual as string), 'ERR_INVALID_ARGUMENT', /expected/)
    for (const expected of ['', 'secret'])
      expectRefusal(() => challengeMatches(expected, wrong as string), 'ERR_INVALID_ARGUMENT', /actual/)
  })

  test('null is no expected challenge', () => {
    const expected = null as unknown as string
    expectRefusal(() => challengeMatches(expected, null), 'ERR_INVALID_ARGUMENT', /expected/)
  })
})

test('a challenge of 255 characters is opened, one of 256 is not', async () => {
  const made = (time: string): string => {
    const signed = `E.${time}.${'A'.repeat(12)}.${'A'.repeat(188)}`
    return `${signed}.${createHmac('sha256', secret).update(`mdm-protocol SCEP challenge 1\0${signed}`).digest('base64').slice(0, -1)}`
  }
  const [longest, longer] = [made('0zzzzzz'), made('00zzzzzz')]
  expect([longest.length, longer.length]).toEqual([255, 256])
  expect((await openScepChallenge(longest, [secret], { purpose: 'enroll', now })).purpose).toBe('enroll')
  await refused(longer)
})
