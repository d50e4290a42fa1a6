import { describe, expect, test } from 'vitest'
import { parseCheckin } from '../../src/mdm/checkin.js'
import { decodePlist } from '../../src/plist/decode.js'
import { encodeBinaryPlist } from '../../src/plist/encode-binary.js'
import { encodePlist } from '../../src/plist/encode.js'
import type { PlistDict } from '../../src/plist/values.js'
import { describeWithFixtures, fixture, listFixtures } from '../support/fixtures.js'
import { drawn, expectRefusal, flips, outcomes, truncations } from '../support/hostile.js'

const UDID = '00008101-000000000000001E'
const SHARED = 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF'
const token = Uint8Array.from({ length: 32 }, (_, i) => i)

const messages = {
  Authenticate: { Topic: 'com.apple.mgmt.External.x', SerialNumber: 'F17XXXXX0D8Y' },
  TokenUpdate: { Topic: 'com.apple.mgmt.External.x', Token: token, PushMagic: 'magic', UnlockToken: token },
  CheckOut: { Topic: 'com.apple.mgmt.External.x' },
  SetBootstrapToken: { BootstrapToken: token },
  GetBootstrapToken: {},
  UserAuthenticate: { UserID: 'A522C2FB', DigestResponse: 'Digest username="x"' },
  DeclarativeManagement: { Endpoint: 'status', Data: new TextEncoder().encode('{}') },
  GetToken: { TokenServiceType: 'com.apple.maid' },
} satisfies Readonly<Record<string, PlistDict>>
type Known = keyof typeof messages

const read = (message: PlistDict): ReturnType<typeof parseCheckin> => parseCheckin(encodePlist(message))
const of = (type: Known, changes: PlistDict = {}): PlistDict => ({
  MessageType: type,
  UDID,
  ...messages[type],
  ...changes,
})

describe('parseCheckin', () => {
  test.each<[Known, object]>([
    ['Authenticate', { topic: 'com.apple.mgmt.External.x', serialNumber: 'F17XXXXX0D8Y' }],
    ['TokenUpdate', { topic: 'com.apple.mgmt.External.x', token, pushMagic: 'magic', unlockToken: token }],
    ['CheckOut', {}],
    ['SetBootstrapToken', { bootstrapToken: token }],
    ['GetBootstrapToken', {}],
    ['UserAuthenticate', { digestResponse: 'Digest username="x"' }],
    ['DeclarativeManagement', { endpoint: 'status', data: new TextEncoder().encode('{}') }],
    ['GetToken', { tokenServiceType: 'com.apple.maid' }],
  ])('%s, XML and binary', (type, expected) => {
    for (const encode of [encodePlist, encodeBinaryPlist]) {
      const body = encode(of(type))
      const checkin = parseCheckin(body)
      const { enrollment, raw, ...own } = checkin
      expect(own).toStrictEqual({ messageType: type, ...expected })
      expect(enrollment.parentId ?? enrollment.id).toBe(UDID)
      expect(raw).toStrictEqual(decodePlist(body))
    }
  })

  test('what need not be there is null', () => {
    const absent = { SerialNumber: undefined, UnlockToken: undefined, BootstrapToken: undefined, Data: undefined }
    expect(read(of('Authenticate', absent))).toMatchObject({ serialNumber: null })
    expect(read(of('TokenUpdate', absent))).toMatchObject({ unlockToken: null })
    expect(read(of('SetBootstrapToken', absent))).toMatchObject({ bootstrapToken: null })
    expect(read(of('DeclarativeManagement', absent))).toMatchObject({ data: null })
    expect(read(of('UserAuthenticate', { DigestResponse: undefined }))).toMatchObject({ digestResponse: null })
  })

  test('an empty unlock token says nothing, an empty bootstrap token says forget', () => {
    const none = new Uint8Array()
    expect(read(of('TokenUpdate', { UnlockToken: none }))).toMatchObject({ unlockToken: null })
    expect(read(of('SetBootstrapToken', { BootstrapToken: none }))).toMatchObject({ bootstrapToken: null })
  })

  test('an unknown type is unknown, with its name and dictionary', () => {
    for (const name of ['ReturnToService', 'toString', '__proto__', 'authenticate', 'unknown']) {
      const checkin = read({ MessageType: name, UDID, More: [1] })
      expect(checkin).toMatchObject({ messageType: 'unknown', name, raw: { More: [1] }, enrollment: { id: UDID } })
    }
  })

  test.each<[Known, readonly string[]]>([
    ['Authenticate', ['Topic']],
    ['TokenUpdate', ['Topic', 'Token', 'PushMagic']],
    ['DeclarativeManagement', ['Endpoint']],
    ['GetToken', ['TokenServiceType']],
  ])('%s without what it must have', (type, keys) => {
    for (const key of keys) {
      expectRefusal(() => read(of(type, { [key]: undefined })), 'ERR_MDM_INVALID', new RegExp(key))
      expectRefusal(() => read(of(type, { [key]: key === 'Token' ? new Uint8Array() : '' })), 'ERR_MDM_INVALID')
    }
  })

  test.each(Object.keys(messages) as Known[])('%s with members of other types', (type) => {
    for (const key of Object.keys(messages[type])) {
      if (type === 'CheckOut') continue
      expectRefusal(() => read(of(type, { [key]: [1] })), 'ERR_MDM_INVALID', new RegExp(key))
    }
  })

  test('no dictionary, no message type, no property list', () => {
    expectRefusal(() => parseCheckin(encodePlist([of('CheckOut')])), 'ERR_MDM_INVALID', /root/)
    expectRefusal(() => parseCheckin(encodePlist('x')), 'ERR_MDM_INVALID', /root/)
    expectRefusal(() => parseCheckin(encodePlist(token)), 'ERR_MDM_INVALID', /root/)
    expectRefusal(() => parseCheckin(encodePlist(new Date(0))), 'ERR_MDM_INVALID', /root/)
    for (const MessageType of [undefined, '', 1]) {
      expectRefusal(() => parseCheckin(encodePlist({ UDID, MessageType })), 'ERR_MDM_INVALID', /MessageType/)
    }
    expectRefusal(() => parseCheckin(new Uint8Array()), 'ERR_PLIST_INVALID')
    expectRefusal(() => parseCheckin(encodePlist(of('CheckOut')), { maxBytes: 10 }), 'ERR_LIMIT')
  })

  test('error texts never repeat the message', () => {
    for (const changes of [
      { Token: 'SECRET' },
      { UDID: ['SECRET'] },
      { EnrollmentID: 'SECRET' },
      { MessageType: undefined },
    ]) {
      expectRefusal(() => read(of('TokenUpdate', changes)), 'ERR_MDM_INVALID', /^(?!.*SECRET)/)
    }
  })

  test('truncations and flipped bits come to a value or an error of this package', () => {
    const body = encodePlist(of('TokenUpdate'))
    expect(outcomes(truncations(body.slice(0, -1), 300), parseCheckin).values).toBe(0)
    expect(outcomes(flips(body, 1500), (bytes) => parseCheckin(bytes)).refusals).toBeGreaterThan(drawn(500))
  })
})

describe('who speaks', () => {
  test.each<[string, PlistDict, object]>([
    ['a device', { UDID }, { kind: 'device', id: UDID, parentId: null }],
    ['a user', { UDID, UserID: 'A522', UserShortName: 'joe' }, { kind: 'user', id: 'A522', parentId: UDID }],
    [
      'a user of a Shared iPad',
      { UDID, UserID: SHARED, UserShortName: 'joe@example.com' },
      { kind: 'shared-ipad', id: 'joe@example.com', parentId: UDID },
    ],
    [
      'a Shared iPad in lower case',
      { UDID, UserID: SHARED.toLowerCase(), UserShortName: 'joe' },
      { kind: 'shared-ipad', id: 'joe', parentId: UDID },
    ],
    [
      'a device under User Enrollment',
      { EnrollmentID: 'E1' },
      { kind: 'user-enrollment-device', id: 'E1', parentId: null },
    ],
    [
      'a user under User Enrollment',
      { EnrollmentID: 'E1', EnrollmentUserID: 'U1' },
      { kind: 'user-enrollment', id: 'U1', parentId: 'E1' },
    ],
    [
      'the same with a local user beside it',
      { EnrollmentID: 'E1', EnrollmentUserID: 'U1', UserID: 'A522' },
      { kind: 'user-enrollment', id: 'U1', parentId: 'E1' },
    ],
  ])('%s', (_name, ids, enrollment) => {
    expect(read({ MessageType: 'CheckOut', ...ids }).enrollment).toStrictEqual(enrollment)
  })

  test.each<[string, PlistDict]>([
    ['nobody', {}],
    ['both', { UDID, EnrollmentID: 'E1' }],
    ['an empty UDID', { UDID: '' }],
    ['an empty EnrollmentID', { EnrollmentID: '' }],
    ['an empty UserID', { UDID, UserID: '' }],
    ['an empty EnrollmentUserID', { EnrollmentID: 'E1', EnrollmentUserID: '' }],
    ['a UDID that is no text', { UDID: 1 }],
    ['a user of User Enrollment with a UDID', { UDID, EnrollmentUserID: 'U1' }],
    ['a local user with an EnrollmentID', { EnrollmentID: 'E1', UserID: 'A522' }],
    ['a Shared iPad without a user', { UDID, UserID: SHARED }],
    ['a Shared iPad with an empty one', { UDID, UserID: SHARED, UserShortName: '' }],
    ['only a user', { UserID: 'A522' }],
  ])('%s is refused', (_name, ids) => {
    expectRefusal(() => read({ MessageType: 'CheckOut', ...ids }), 'ERR_MDM_INVALID')
  })
})

describeWithFixtures('recorded check-ins', () => {
  const recorded = listFixtures(
    'mdm-plist',
    /\/(Authenticate|TokenUpdate|CheckOut|GetToken|authenticate|tokenupdate)[^/]*(\/[^/]+)?\.(xml|plist)$/,
  ).filter((path) => !/AuthenticateResponse|iOS-11\.3\.1\.xml$/.test(path) || /CheckOut/.test(path))

  test('are there', () => {
    expect(recorded.length).toBeGreaterThan(18)
  })

  test.each(recorded)('%s', (path) => {
    const checkin = parseCheckin(fixture(path))
    const type = /authenticate|tokenupdate|checkout|gettoken/i.exec(path)?.[0].toLowerCase()
    expect(checkin.messageType.toLowerCase()).toBe(type)
    expect(checkin.enrollment.kind).toBe(/user\.xml$/.test(path) ? 'user' : 'device')
  })

  test('whose facts are known', () => {
    const authenticate = parseCheckin(fixture('mdm-plist/micromdm__nanomdm/Authenticate.1.plist'))
    expect(authenticate).toMatchObject({
      messageType: 'Authenticate',
      enrollment: { kind: 'device', id: '663b07bb783e9ade1dae4fbb92ea12afc0ce5b69', parentId: null },
    })
    expect(parseCheckin(fixture('mdm-plist/micromdm__nanomdm/TokenUpdate.2.plist'))).toMatchObject({
      pushMagic: '888CEB39-BFFA-40F6-89FA-B60752EB63C2',
      topic: 'com.apple.mgmt.External.e0bd1eac-1f17-4c8e-8a63-dd17d3dd35d9',
      enrollment: { id: '66ADE930-5FDF-5EC4-8429-15640684C489' },
      unlockToken: null,
    })
    expect(parseCheckin(fixture('mdm-plist/cmdmnt__commandment/TokenUpdate/10.12.2-user.xml')).enrollment).toEqual({
      kind: 'user',
      id: 'A522C2FB-D0BA-487E-BBC6-BE0DB2DC7883',
      parentId: 'E3568F17-92ED-450A-8904-C3BF4CB7E9A5',
    })
    expect(parseCheckin(fixture('mdm-plist/extracted-snippets/declarativemanagement-status.plist'))).toMatchObject({
      messageType: 'DeclarativeManagement',
      endpoint: 'status',
    })
  })

  test('redacted tokens, and a message from nobody, are refused', () => {
    const redacted = fixture('mdm-plist/cmdmnt__commandment/TokenUpdate/iOS-11.3.1.xml')
    expectRefusal(() => parseCheckin(redacted), 'ERR_PLIST_INVALID', /base64/)
    const nobody = fixture('mdm-plist/micromdm__nanomdm/inline/UnknownMessageType.indented-prolog.plist')
    expectRefusal(() => parseCheckin(nobody), 'ERR_MDM_INVALID', /neither UDID nor EnrollmentID/)
  })
})
