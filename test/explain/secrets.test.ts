import { beforeAll, describe, expect, test } from 'vitest'
import { decodeHex, encodeHex } from '../../src/bytes/hex.js'
import { explain } from '../../src/explain/explain.js'
import { encodePlist } from '../../src/plist/encode.js'
import type { PlistDict } from '../../src/plist/values.js'
import { createCsr } from '../../src/x509/csr.js'
import { distinguishedName } from '../../src/x509/name.js'
import { rsaKey } from '../support/rsa-keys.js'

const now = new Date('2026-06-01')
const told = async (input: PlistDict): Promise<string> => JSON.stringify(await explain(encodePlist(input), { now }))

describe('what is below a key that names a secret is not printed', () => {
  // One key for each word of the pattern, which no other word of it fits.
  test.each([
    'PIN',
    'Pin',
    'BootstrapTokens',
    'PushMagic',
    'OldPasswords',
    'PassCode',
    'ActivationLockBypassCode',
    'Passphrase',
    'Challenge',
    'SharedSecret',
    'PersonalRecoveryKey',
    'DigestResponse',
  ])('%s', async (key) => {
    const explanation = await told({ [key]: 's3cret', beside: 'printed' })
    expect(explanation).toContain(`{"name":"${key}","value":"6 characters"}`)
    expect(explanation).toContain('printed')
    expect(explanation).not.toContain('s3cret')
  })

  test('a word that only has PIN in it is none', async () => {
    expect(await told({ Mapping: 'printed', PinningRevocation: 'also' })).toMatch(/printed.*also/)
  })

  test.each([
    ['a list', ['hunter2', 's3cret'], '2 items'],
    ['a dictionary', { s3cret: 'hunter2' }, '1 member'],
    ['a list of dictionaries', [{ value: { more: 'hunter2' } }], '1 item'],
    ['a number', 1234567, 'a number'],
    ['a large number', 1234567n, 'a number'],
    ['a boolean', true, 'a boolean'],
    ['a date', new Date('2025-12-24T12:34:56Z'), 'a date'],
    ['data', new TextEncoder().encode('hunter2'), '7 octets'],
  ])('of whatever type: %s', async (_, value, shown) => {
    const explanation = await told({ Outer: { Password: value } })
    expect(explanation).toContain(`{"name":"Password","value":"${shown}"}`)
    expect(explanation).not.toMatch(/hunter2|s3cret|1234567|2025|true/)
  })

  test.each(['DeviceLock', 'EraseDevice'])('the PIN of %s', async (RequestType) => {
    const explanation = await told({ CommandUUID: 'u', Command: { RequestType, PIN: '654321', Message: 'hello' } })
    expect(explanation).toContain(`Command: ${RequestType}`)
    expect(explanation).toContain('hello')
    expect(explanation).not.toContain('654321')
  })
})

describe('a challenge password in a request that cannot be read', () => {
  let request: string

  beforeAll(async () => {
    const subject = distinguishedName([['CN', 'd']])
    const input = { privateKey: rsaKey(0).pkcs8, subject, challengePassword: 'open-sesame' }
    request = encodeHex((await createCsr(input)).der)
  })

  test.each([
    ['the version is of another type', '020100', '040100'],
    ['the name is of another type', '310a30080603550403', '300a30080603550403'],
  ])('%s', async (_, from, to) => {
    expect(request).toContain(from)
    const damaged = decodeHex(request.replace(from, to))!
    const explanation = await explain(damaged, { now })
    expect(JSON.stringify(explanation)).not.toContain('open-sesame')
  })
})
