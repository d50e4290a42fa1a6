import { describe, expect, test } from 'vitest'
import { enroll, poll } from '../../examples/device/device.mjs'
import { decodeHex } from '../../src/bytes/hex.js'
import type { PlistDict } from '../../src/plist.js'
import { encodeProfile, type Payload, type Profile } from '../../src/profiles.js'
import type { DigestName } from '../../src/types.js'
import { certificateFingerprint, formatName, parseCsr } from '../../src/x509.js'
import { rsaKey } from '../support/rsa-keys.js'
import { issuedBy, makeCa, profileAt, type Server, start, ORIGIN } from './in-process.js'

// The example device at profiles that are not those of the example server.

/** The server, where the profile says something else about SCEP. */
async function fetchWith(server: Server, changes: PlistDict) {
  const profile = await profileAt(server, '/enroll')
  const payloads = (profile['PayloadContent'] as readonly Payload[]).map((payload) => {
    if (payload.PayloadType !== 'com.apple.security.scep') return payload
    const members = Object.entries({ ...(payload['PayloadContent'] as PlistDict), ...changes })
    return { ...payload, PayloadContent: Object.fromEntries(members.filter(([, value]) => value !== '')) }
  })
  return fetchOf(server, { ...profile, PayloadContent: payloads })
}
function fetchOf(server: Server, profile: Profile) {
  return async (request: Request) =>
    request.url.endsWith('/enroll') ? new Response(encodeProfile(profile)) : server.fetch(request)
}

describe('CAFingerprint', () => {
  test.each<DigestName>(['SHA-1', 'SHA-512'])('of %s is told by its length', async (digest) => {
    const server = await start()
    const print = decodeHex(await certificateFingerprint(server.ca.certificate, digest))!
    const state = await enroll(`${ORIGIN}/enroll`, { fetch: await fetchWith(server, { CAFingerprint: print }) })
    expect(state.certificate).toMatch(/BEGIN CERTIFICATE/)
    const wrong = print.map((octet) => octet ^ 1)
    const fetch = await fetchWith(server, { CAFingerprint: wrong })
    await expect(enroll(`${ORIGIN}/enroll`, { fetch })).rejects.toThrow(
      /no certificate of the answer has the fingerprint/,
    )
  })

  test('without one the device says so', async () => {
    const lines: string[] = []
    const fetch = await fetchWith(await start(), { CAFingerprint: '' })
    const state = await enroll(`${ORIGIN}/enroll`, { fetch, log: (line) => lines.push(line) })
    expect(state.certificate).toMatch(/BEGIN CERTIFICATE/)
    expect(lines.join('\n')).toMatch(/no CAFingerprint/)
  })
})

test('a relative name with several values is asked for as it is', async () => {
  const server = await start({ options: { approval: true } })
  const Subject = [
    [['O', 'Example']],
    [
      ['CN', 'device'],
      ['OU', 'here'],
    ],
  ]
  const { waiting } = await enroll(`${ORIGIN}/enroll`, { fetch: await fetchWith(server, { Subject }) })
  const pending = await server.store.pending(waiting!.transactionId)
  expect(formatName(parseCsr(pending!.csr).subject)).toMatch(/^(CN=device\+OU=here|OU=here\+CN=device),O=Example$/)
})

test('check-ins and reports have the content types of devices', async () => {
  const server = await start()
  const types: string[] = []
  const fetch = async (request: Request) => {
    if (request.method === 'PUT') types.push(`${request.url} ${request.headers.get('content-type') ?? ''}`)
    return server.fetch(request)
  }
  await poll(await enroll(`${ORIGIN}/enroll`, { fetch }), { fetch })
  expect(types).toEqual([
    `${ORIGIN}/checkin application/x-apple-aspen-mdm-checkin`,
    `${ORIGIN}/checkin application/x-apple-aspen-mdm-checkin`,
    `${ORIGIN}/mdm application/x-apple-aspen-mdm`,
  ])
})

test('over the air, with a factory key', async () => {
  const apple = await makeCa('Stand-in for the device CA', rsaKey(5))
  const server = await start({ options: { deviceCa: apple.certificate } })
  await expect(enroll(`${ORIGIN}/ota`, { fetch: server.fetch })).rejects.toThrow(/factory key/)
  const factory = await issuedBy(apple, 'factory key', rsaKey(6))
  await enroll(`${ORIGIN}/ota`, { fetch: server.fetch, udid: 'A', factory })
  expect(await server.store.enrollment('A')).toMatchObject({
    device: expect.stringMatching(/^udid-[0-9a-f]+-A$/) as string,
  })
})

test('a profile without SCEP is no TypeError', async () => {
  const server = await start()
  const empty = { ...(await profileAt(server, '/enroll')), PayloadContent: [] }
  await expect(enroll(`${ORIGIN}/enroll`, { fetch: fetchOf(server, empty) })).rejects.toThrow(
    /no payload of the type com\.apple\.security\.scep/,
  )
})
