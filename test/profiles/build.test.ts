import { describe, expect, test } from 'vitest'
import { decodePlist } from '../../src/plist/decode.js'
import {
  acmePayload,
  buildOtaRequest,
  buildProfile,
  certificatePayload,
  encodeProfile,
  mdmPayload,
  parseProfile,
  pkcs12Payload,
  scepPayload,
  type Payload,
} from '../../src/profiles.js'
import type { PlistDict } from '../../src/plist/values.js'
import { distinguishedName } from '../../src/x509/name.js'
import { expectRefusal } from '../support/hostile.js'
import { HOSTILE_TEXTS } from './names.js'
import { TEST_ROOT } from './vectors.js'

const id = { identifier: 'com.example.payload', uuid: '11111111-2222-3333-4444-555555555555' }
const base = { PayloadIdentifier: id.identifier, PayloadUUID: id.uuid, PayloadVersion: 1 }

function roundTrip(payload: Payload): unknown {
  const profile = buildProfile({ identifier: 'com.example', uuid: 'U', payloads: [payload] })
  return (parseProfile(encodeProfile(profile)).PayloadContent as readonly Payload[])[0]
}

describe('scepPayload', () => {
  const input = { ...id, url: 'https://scep.example.com/scep' }

  test('nests the subject as iOS wants it and states the key', () => {
    const subject = distinguishedName([
      ['C', 'US'],
      ['O', 'Example'],
      ['CN', 'x'],
    ])
    expect(scepPayload({ ...input, subject })).toEqual({
      ...base,
      PayloadType: 'com.apple.security.scep',
      PayloadContent: {
        URL: 'https://scep.example.com/scep',
        Subject: [[['C', 'US']], [['O', 'Example']], [['CN', 'x']]],
        Keysize: 2048,
        'Key Type': 'RSA',
      },
    })
  })

  test('writes every option under Apple’s spelling', () => {
    const payload = scepPayload({
      ...input,
      displayName: 'SCEP',
      subject: [],
      name: 'ca',
      challenge: 'secret',
      keyBits: 4096,
      keyUsage: 5,
      caFingerprint: new Uint8Array(32).fill(7),
      retries: 4,
      retryDelay: 20,
      settings: { SubjectAltName: { dNSName: 'x.example.com' }, KeyIsExtractable: false },
    })
    expect(payload).toEqual({
      ...base,
      PayloadType: 'com.apple.security.scep',
      PayloadDisplayName: 'SCEP',
      PayloadContent: {
        URL: 'https://scep.example.com/scep',
        Name: 'ca',
        Challenge: 'secret',
        Keysize: 4096,
        'Key Type': 'RSA',
        'Key Usage': 5,
        CAFingerprint: new Uint8Array(32).fill(7),
        Retries: 4,
        RetryDelay: 20,
        SubjectAltName: { dNSName: 'x.example.com' },
        KeyIsExtractable: false,
      },
    })
    expect(roundTrip(payload)).toEqual(payload)
  })

  test('writes attribute types without a shortcut as numbers, and several attributes of one RDN together', () => {
    const subject = [
      [
        { type: 'UID', value: 'u' },
        { type: 'commonName', value: 'c' },
      ],
      [{ type: '1.2.5.3', value: 'bar' }],
    ]
    const content = scepPayload({ ...input, subject })['PayloadContent'] as PlistDict
    expect(content['Subject']).toEqual([
      [
        ['0.9.2342.19200300.100.1.1', 'u'],
        ['CN', 'c'],
      ],
      [['1.2.5.3', 'bar']],
    ])
    const unknown = [[{ type: 'nobody knows', value: 'x' }]]
    expectRefusal(() => scepPayload({ ...input, subject: unknown }), 'ERR_INVALID_ARGUMENT', /attribute/)
  })

  test('refuses settings that repeat a member, also those that are always written', () => {
    for (const settings of [{ URL: 'x' }, { Keysize: 1024 }, { 'Key Type': 'EC' }])
      expectRefusal(() => scepPayload({ ...input, subject: [], settings }), 'ERR_INVALID_ARGUMENT', /settings/)
    const challenged = { ...input, subject: [], challenge: 'a' }
    expectRefusal(() => scepPayload({ ...challenged, settings: { Challenge: 'b' } }), 'ERR_INVALID_ARGUMENT')
    const once = scepPayload({ ...input, subject: [], settings: { Challenge: 'b' } })
    expect((once['PayloadContent'] as PlistDict)['Challenge']).toBe('b')
  })

  test('refuses a key size that devices do not make', () => {
    expectRefusal(
      () => scepPayload({ ...input, subject: [], keyBits: 512 as never }),
      'ERR_INVALID_ARGUMENT',
      /keyBits/,
    )
  })

  test.each<[string, object, RegExp]>([
    ['a fingerprint of a length that no digest has', { caFingerprint: new Uint8Array(19) }, /caFingerprint/],
    ['a fingerprint in hex', { caFingerprint: 'ab'.repeat(10) }, /caFingerprint/],
    ['a usage without a bit for it', { keyUsage: 2 }, /keyUsage/],
    ['fewer retries than none', { retries: -1 }, /retries/],
    ['a delay that is no whole number', { retryDelay: 0.5 }, /retryDelay/],
    ['a URL that is no text', { url: undefined }, /url/],
  ])('refuses %s', (_, change, message) => {
    expectRefusal(() => scepPayload({ ...input, subject: [], ...change }), 'ERR_INVALID_ARGUMENT', message)
  })

  test('takes the numbers that devices know', () => {
    for (const keyUsage of [0, 1, 4, 5]) expect(() => scepPayload({ ...input, subject: [], keyUsage })).not.toThrow()
    expect(() => scepPayload({ ...input, subject: [], retries: 0, retryDelay: 0 })).not.toThrow()
  })

  test('keeps its own copy of the fingerprint', () => {
    const caFingerprint = new Uint8Array(20)
    const payload = scepPayload({ ...input, subject: [], caFingerprint })
    caFingerprint[0] = 9
    expect((payload['PayloadContent'] as PlistDict)['CAFingerprint']).toEqual(new Uint8Array(20))
  })
})

describe('acmePayload', () => {
  const input = {
    ...id,
    directoryUrl: 'https://acme.example.com/directory',
    clientIdentifier: 'C',
    subject: distinguishedName([['CN', 'x']]),
    keyType: 'ECSECPrimeRandom',
    keyBits: 384,
    hardwareBound: true,
  } as const

  test('writes Apple’s members beside one another', () => {
    const payload = acmePayload({ ...input, attest: true, settings: { UsageFlags: 5 } })
    expect(payload).toEqual({
      ...base,
      PayloadType: 'com.apple.security.acme',
      DirectoryURL: 'https://acme.example.com/directory',
      ClientIdentifier: 'C',
      KeyType: 'ECSECPrimeRandom',
      KeySize: 384,
      HardwareBound: true,
      Attest: true,
      Subject: [[['CN', 'x']]],
      UsageFlags: 5,
    })
  })

  test.each([
    ['RSA in the Secure Enclave', { keyType: 'RSA', keyBits: 2048 }],
    ['attestation of a key in software', { hardwareBound: false, attest: true }],
    ['a hardware key on P-521', { keyBits: 521 }],
    ['P-512', { hardwareBound: false, keyBits: 512 }],
    ['RSA of 1025 bits', { keyType: 'RSA', keyBits: 1025, hardwareBound: false }],
    ['RSA of 8192 bits', { keyType: 'RSA', keyBits: 8192, hardwareBound: false }],
    ['another key type', { keyType: 'ED25519' as never }],
    ['a repeated member', { settings: { KeySize: 256 } }],
    ['settings that name the payload', { settings: { PayloadUUID: 'x' } }],
  ] as const)('refuses %s', (_, change) => {
    expectRefusal(() => acmePayload({ ...input, ...change }), 'ERR_INVALID_ARGUMENT')
  })

  test('takes RSA keys in software', () => {
    expect(acmePayload({ ...input, keyType: 'RSA', keyBits: 4096, hardwareBound: false })['KeySize']).toBe(4096)
  })
})

describe('mdmPayload', () => {
  const input = {
    ...id,
    serverUrl: 'https://mdm.example.com/connect',
    topic: 'com.apple.mgmt.External.1',
    identityUuid: 'I',
  }

  test('writes what it is given and nothing else', () => {
    expect(mdmPayload(input)).toEqual({
      ...base,
      PayloadType: 'com.apple.mdm',
      IdentityCertificateUUID: 'I',
      Topic: 'com.apple.mgmt.External.1',
      ServerURL: 'https://mdm.example.com/connect',
    })
  })

  test('writes every option under Apple’s spelling', () => {
    const payload = mdmPayload({
      ...input,
      checkInUrl: 'https://mdm.example.com/checkin',
      accessRights: 8191,
      signMessage: true,
      checkOutWhenRemoved: true,
      serverCapabilities: ['com.apple.mdm.per-user-connections'],
      useDevelopmentApns: false,
      assignedManagedAppleId: 'a@example.com',
      enrollmentMode: 'BYOD',
      settings: { PinningRevocationCheckRequired: true },
    })
    expect(payload).toMatchObject({
      CheckInURL: 'https://mdm.example.com/checkin',
      AccessRights: 8191,
      SignMessage: true,
      CheckOutWhenRemoved: true,
      ServerCapabilities: ['com.apple.mdm.per-user-connections'],
      UseDevelopmentAPNS: false,
      AssignedManagedAppleID: 'a@example.com',
      EnrollmentMode: 'BYOD',
      PinningRevocationCheckRequired: true,
    })
    expect(roundTrip(payload)).toEqual(payload)
  })

  test('refuses settings that repeat a member', () => {
    expectRefusal(() => mdmPayload({ ...input, settings: { Topic: 'x' } }), 'ERR_INVALID_ARGUMENT', /settings/)
  })
})

describe('certificatePayload and pkcs12Payload', () => {
  test('carry the bytes of the certificate: DER, or PEM text', () => {
    for (const kind of ['root', 'pkcs1'] as const) {
      const payload = certificatePayload({ ...id, certificate: TEST_ROOT, kind })
      expect(payload.PayloadType).toBe(`com.apple.security.${kind}`)
      expect(payload['PayloadContent']).toEqual(TEST_ROOT.der)
    }
    const pem = certificatePayload({ ...id, certificate: TEST_ROOT, kind: 'pem' })
    const text = new TextDecoder().decode(pem['PayloadContent'] as Uint8Array)
    expect(text).toMatch(/^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+\n-----END CERTIFICATE-----\n$/)
    expect(roundTrip(pem)).toEqual(pem)
  })

  test('refuse another kind', () => {
    const input = { ...id, certificate: TEST_ROOT, kind: 'der' as never }
    expectRefusal(() => certificatePayload(input), 'ERR_INVALID_ARGUMENT', /kind/)
  })

  test('carry an identity with its password, or without', () => {
    const pkcs12 = new Uint8Array([0x30, 0x03, 1, 2, 3])
    const payload = pkcs12Payload({ ...id, pkcs12, password: 'p<w' })
    expect(payload).toEqual({
      ...base,
      PayloadType: 'com.apple.security.pkcs12',
      PayloadContent: pkcs12,
      Password: 'p<w',
    })
    expect(Object.hasOwn(pkcs12Payload({ ...id, pkcs12 }), 'Password')).toBe(false)
  })
})

describe('buildProfile', () => {
  test('writes every option under Apple’s spelling', () => {
    const payloads = [mdmPayload({ ...id, serverUrl: 'u', topic: 't', identityUuid: 'i' })]
    const profile = buildProfile({
      identifier: 'com.example.profile',
      uuid: 'U',
      displayName: 'D',
      organization: 'O',
      description: 'T',
      scope: 'System',
      removalDisallowed: true,
      payloads,
    })
    expect(profile).toEqual({
      PayloadType: 'Configuration',
      PayloadIdentifier: 'com.example.profile',
      PayloadUUID: 'U',
      PayloadVersion: 1,
      PayloadDisplayName: 'D',
      PayloadOrganization: 'O',
      PayloadDescription: 'T',
      PayloadScope: 'System',
      PayloadRemovalDisallowed: true,
      PayloadContent: payloads,
    })
    expect(parseProfile(encodeProfile(profile))).toEqual(profile)
  })

  test('refuses empty names, another scope, payloads that are none', () => {
    const input = { identifier: 'i', uuid: 'u', payloads: [] }
    expectRefusal(() => buildProfile({ ...input, identifier: '' }), 'ERR_INVALID_ARGUMENT', /identifier/)
    expectRefusal(() => buildProfile({ ...input, uuid: '' }), 'ERR_INVALID_ARGUMENT', /uuid/)
    expectRefusal(() => buildProfile({ ...input, scope: 'Device' as never }), 'ERR_INVALID_ARGUMENT', /scope/)
    const payloads = [{ PayloadType: 'x', PayloadIdentifier: 'i', PayloadVersion: 1 } as never]
    expectRefusal(() => buildProfile({ ...input, payloads }), 'ERR_PROFILE_INVALID', /PayloadContent\[0\]\.PayloadUUID/)
    expectRefusal(
      () => mdmPayload({ ...id, uuid: '', serverUrl: '', topic: '', identityUuid: '' }),
      'ERR_INVALID_ARGUMENT',
    )
  })
})

describe('buildOtaRequest', () => {
  test('asks for attributes with a challenge', () => {
    const request = buildOtaRequest({
      ...id,
      displayName: 'D',
      organization: 'O',
      url: 'https://mdm.example.com/ota',
      attributes: ['UDID', 'SERIAL'],
      challenge: 'once',
    })
    expect(request).toEqual({
      ...base,
      PayloadType: 'Profile Service',
      PayloadDisplayName: 'D',
      PayloadOrganization: 'O',
      PayloadContent: {
        URL: 'https://mdm.example.com/ota',
        DeviceAttributes: ['UDID', 'SERIAL'],
        Challenge: 'once',
      },
    })
    expect(parseProfile(encodeProfile(request))).toEqual(request)
  })

  test('refuses to ask for nothing', () => {
    expectRefusal(() => buildOtaRequest({ ...id, url: 'u', attributes: [] }), 'ERR_INVALID_ARGUMENT', /attributes/)
  })
})

describe('what is no text where one is needed', () => {
  const scep = { ...id, url: 'u', subject: [] }
  const acme = {
    ...id,
    directoryUrl: 'd',
    clientIdentifier: 'c',
    subject: [],
    keyType: 'RSA',
    keyBits: 2048,
    hardwareBound: false,
  } as const
  const mdm = { ...id, serverUrl: 's', topic: 't', identityUuid: 'i' }
  const root = { ...id, certificate: TEST_ROOT, kind: 'root' } as const
  const builders: readonly (readonly [string, (change: object) => unknown, readonly string[]])[] = [
    ['scepPayload', (change) => scepPayload({ ...scep, ...change }), ['url']],
    ['acmePayload', (change) => acmePayload({ ...acme, ...change }), ['directoryUrl', 'clientIdentifier']],
    ['mdmPayload', (change) => mdmPayload({ ...mdm, ...change }), ['serverUrl', 'topic', 'identityUuid']],
    ['certificatePayload', (change) => certificatePayload({ ...root, ...change }), []],
    ['pkcs12Payload', (change) => pkcs12Payload({ ...id, pkcs12: new Uint8Array(1), ...change }), []],
    ['buildProfile', (change) => buildProfile({ ...id, payloads: [], ...change }), []],
    ['buildOtaRequest', (change) => buildOtaRequest({ ...id, url: 'u', attributes: ['UDID'], ...change }), ['url']],
  ]

  test.each(builders)('is refused by %s', (_, build, fields) => {
    expect(() => build({})).not.toThrow()
    for (const field of ['identifier', 'uuid', ...fields]) {
      for (const value of [undefined, null, 5, ['u']])
        expectRefusal(() => build({ [field]: value }), 'ERR_INVALID_ARGUMENT', new RegExp(`^${field}: a text`))
    }
  })
})

describe('hostile texts', () => {
  test.each(HOSTILE_TEXTS)('survive in every field: %j', (text) => {
    const names = { identifier: text, uuid: text, displayName: text }
    const profile = buildProfile({
      ...names,
      organization: text,
      description: text,
      payloads: [
        scepPayload({
          ...names,
          url: text,
          subject: [[{ type: 'CN', value: text }]],
          name: text,
          challenge: text,
          settings: { [`${text}!`]: text, SubjectAltName: { [text]: [text] } },
        }),
        acmePayload({
          ...names,
          directoryUrl: text,
          clientIdentifier: text,
          subject: [[{ type: 'O', value: text }]],
          keyType: 'RSA',
          keyBits: 2048,
          hardwareBound: false,
        }),
        mdmPayload({
          ...names,
          serverUrl: text,
          checkInUrl: text,
          topic: text,
          identityUuid: text,
          serverCapabilities: [text],
          assignedManagedAppleId: text,
          settings: { [text]: text },
        }),
        pkcs12Payload({ ...names, pkcs12: new TextEncoder().encode(text), password: text }),
      ],
    })
    const back = parseProfile(encodeProfile(profile))
    expect(back).toEqual(profile)
    expect(Object.getPrototypeOf(back)).toBeNull()
    const request = buildOtaRequest({ ...names, organization: text, url: text, attributes: [text], challenge: text })
    expect(decodePlist(encodeProfile(request))).toEqual(request)
  })

  test('that XML cannot hold are refused, not dropped', () => {
    const profile = buildProfile({ identifier: 'a\u0000b', uuid: 'U', payloads: [] })
    expectRefusal(() => encodeProfile(profile), 'ERR_PLIST_INVALID')
  })

  test('__proto__ in settings becomes a member, not a prototype', () => {
    const settings = JSON.parse('{"__proto__": {"polluted": true}}') as PlistDict
    const payload = mdmPayload({ ...id, serverUrl: 'u', topic: 't', identityUuid: 'i', settings })
    expect((payload as { polluted?: unknown }).polluted).toBeUndefined()
    expect(Object.hasOwn(payload, '__proto__')).toBe(true)
  })
})

test('certificatePayload keeps octets of its own', () => {
  const der = TEST_ROOT.der.slice()
  const payload = certificatePayload({ ...id, certificate: { ...TEST_ROOT, der }, kind: 'root' })
  der.fill(0)
  expect(payload['PayloadContent']).toEqual(TEST_ROOT.der)
})
