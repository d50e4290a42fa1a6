import { describe, expect, test } from 'vitest'
import { buildCommand } from '../../src/mdm/command.js'
import { buildBootstrapTokenReply, buildGetTokenReply, buildUserAuthenticateReply } from '../../src/mdm/replies.js'
import { parseCommandReport } from '../../src/mdm/report.js'
import { decodePlist } from '../../src/plist/decode.js'
import { encodeBinaryPlist } from '../../src/plist/encode-binary.js'
import { encodePlist } from '../../src/plist/encode.js'
import type { PlistDict } from '../../src/plist/values.js'
import { describeWithFixtures, fixture, listFixtures } from '../support/fixtures.js'
import { expectRefusal } from '../support/hostile.js'

const UDID = '00008101-000000000000001E'
const UUID = '7d4b5a0e-6f5c-4b1e-9a55-2f5d0b0c8f10'
const dict = (members: object): object => Object.assign(Object.create(null) as object, members)

describe('parseCommandReport', () => {
  const read = (message: PlistDict): ReturnType<typeof parseCommandReport> => parseCommandReport(encodePlist(message))

  test('idle', () => {
    const message = { Status: 'Idle', UDID }
    for (const body of [encodePlist(message), encodeBinaryPlist(message)]) {
      expect(parseCommandReport(body)).toStrictEqual({
        enrollment: { kind: 'device', id: UDID, parentId: null },
        status: 'Idle',
        commandUuid: null,
        errorChain: [],
        raw: dict(message),
      })
    }
  })

  test.each(['Acknowledged', 'NotNow', 'CommandFormatError', 'Error'])('%s', (Status) => {
    const report = read({ Status, UDID, CommandUUID: UUID, QueryResponses: { OSVersion: '18.2.1' } })
    expect(report).toMatchObject({
      status: Status,
      commandUuid: UUID,
      raw: { QueryResponses: { OSVersion: '18.2.1' } },
    })
  })

  test('the chain of errors', () => {
    const ErrorChain = [{ ErrorCode: 12021, ErrorDomain: 'MCMDMErrorDomain' }, {}]
    expect(read({ Status: 'Error', UDID, CommandUUID: UUID, ErrorChain }).errorChain).toEqual(ErrorChain.map(dict))
  })

  test('users speak too', () => {
    expect(read({ Status: 'Idle', UDID, UserID: 'A522' }).enrollment).toMatchObject({ kind: 'user', parentId: UDID })
    expect(read({ Status: 'Idle', EnrollmentID: 'E1' }).enrollment).toMatchObject({ kind: 'user-enrollment-device' })
  })

  test.each<[string, PlistDict]>([
    ['no status', { UDID }],
    ['an empty status', { UDID, Status: '' }],
    ['another status', { UDID, Status: 'idle' }],
    ['a status that is no text', { UDID, Status: true }],
    ['nobody', { Status: 'Idle' }],
    ['an empty CommandUUID', { UDID, Status: 'Idle', CommandUUID: '' }],
    ['a CommandUUID that is no text', { UDID, Status: 'Idle', CommandUUID: 1 }],
    ['a chain that is no list', { UDID, Status: 'Error', ErrorChain: {} }],
    ['a chain of something else', { UDID, Status: 'Error', ErrorChain: [{}, 'x'] }],
    ['a chain of lists', { UDID, Status: 'Error', ErrorChain: [[]] }],
    ['a chain of data', { UDID, Status: 'Error', ErrorChain: [new Uint8Array()] }],
  ])('%s is refused', (_name, message) => {
    expectRefusal(() => read(message), 'ERR_MDM_INVALID')
  })

  test('limits', () => {
    expectRefusal(() => parseCommandReport(encodePlist({ Status: 'Idle', UDID }), { maxNodes: 2 }), 'ERR_LIMIT')
  })
})

describe('buildCommand', () => {
  test('is what a device reads', () => {
    const bytes = buildCommand('DeviceInformation', { Queries: ['OSVersion'], None: undefined }, UUID)
    expect(decodePlist(bytes)).toStrictEqual(
      dict({ Command: dict({ Queries: ['OSVersion'], RequestType: 'DeviceInformation' }), CommandUUID: UUID }),
    )
    expect(buildCommand('A', { b: 1, a: 2 }, UUID)).toEqual(buildCommand('A', { a: 2, b: 1 }, UUID))
  })

  test('what is hostile stays text', () => {
    const evil = '</string><key>RequestType</key><string>EraseDevice</string>]]><!--'
    const read = decodePlist(buildCommand(evil, { [evil]: evil }, evil))
    expect(read).toStrictEqual(dict({ Command: dict({ RequestType: evil, [evil]: evil }), CommandUUID: evil }))
  })

  test('refusals', () => {
    expectRefusal(() => buildCommand('A', { RequestType: 'B' }, UUID), 'ERR_INVALID_ARGUMENT', /RequestType/)
    expectRefusal(() => buildCommand('', {}, UUID), 'ERR_INVALID_ARGUMENT')
    expectRefusal(() => buildCommand('A', {}, ''), 'ERR_INVALID_ARGUMENT')
    // From JavaScript: a command without RequestType, or one that no report answers.
    for (const none of [undefined, null, 5, ['A'], {}] as unknown as string[]) {
      expectRefusal(() => buildCommand(none, {}, UUID), 'ERR_INVALID_ARGUMENT')
      expectRefusal(() => buildCommand('A', {}, none), 'ERR_INVALID_ARGUMENT')
    }
    expectRefusal(() => buildCommand('A', { a: '\u0000' }, UUID), 'ERR_PLIST_INVALID')
  })
})

describe('answers to check-ins', () => {
  test('bootstrap token', () => {
    expect(decodePlist(buildBootstrapTokenReply(Uint8Array.of(1, 2)))).toStrictEqual(
      dict({ BootstrapToken: Uint8Array.of(1, 2) }),
    )
    expect(buildBootstrapTokenReply(null)).toEqual(new Uint8Array())
    expect(buildBootstrapTokenReply(new Uint8Array())).toEqual(new Uint8Array())
  })

  test('user authentication', () => {
    expect(decodePlist(buildUserAuthenticateReply(''))).toStrictEqual(dict({ DigestChallenge: '' }))
    expect(decodePlist(buildUserAuthenticateReply('Digest nonce="<&>"'))).toStrictEqual(
      dict({ DigestChallenge: 'Digest nonce="<&>"' }),
    )
  })

  test('token', () => {
    const token = new TextEncoder().encode('a.b.c')
    expect(decodePlist(buildGetTokenReply(token))).toStrictEqual(dict({ TokenData: token }))
  })

  test('what is neither text nor octets is refused', () => {
    for (const wrong of [undefined, 5, {}] as never[]) {
      expectRefusal(() => buildUserAuthenticateReply(wrong), 'ERR_INVALID_ARGUMENT')
      expectRefusal(() => buildGetTokenReply(wrong), 'ERR_INVALID_ARGUMENT')
      expectRefusal(() => buildBootstrapTokenReply(wrong), 'ERR_INVALID_ARGUMENT')
    }
    expectRefusal(() => buildGetTokenReply('text' as never), 'ERR_INVALID_ARGUMENT')
  })
})

describeWithFixtures('recorded reports', () => {
  const recorded = ['mdm-plist', 'mdm-signature']
    .flatMap((folder) => listFixtures(folder, /\.(xml|plist)$/))
    .filter((path) =>
      /<key>Status<\/key>\s*<string>(Idle|Acknowledged|Error|CommandFormatError|NotNow)</.test(
        Buffer.from(fixture(path)).toString(),
      ),
    )

  test('are there', () => {
    expect(recorded.length).toBeGreaterThan(25)
  })

  test.each(recorded)('%s', (path) => {
    const report = parseCommandReport(fixture(path))
    if (report.status === 'Error') expect(report.errorChain.length).toBeGreaterThan(0)
    if (report.status !== 'Idle') expect(report.commandUuid).toMatch(/./)
  })

  test('whose facts are known', () => {
    expect(parseCommandReport(fixture('mdm-signature/micromdm__nanomdm/mdmSignatureBody2.plist'))).toMatchObject({
      status: 'Idle',
      enrollment: { id: 'D4D56083-BFB0-5047-8BDF-2727BACDC59B' },
    })
    const failed = parseCommandReport(fixture('mdm-plist/cmdmnt__commandment/Errors/error_invalid_request_type.plist'))
    expect(failed).toMatchObject({
      status: 'Error',
      errorChain: [{ ErrorCode: 12021, ErrorDomain: 'MCMDMErrorDomain' }],
    })
  })
})
