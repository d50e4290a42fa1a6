// Property lists, the device channel, push, profiles, DEP, PKCS#12, explanations.
import { equal, now, text, toHex, utf8 } from '../support.mjs'

const identity = (name) => ({
  identifier: `example.${name}`,
  uuid: `00000000-0000-4000-8000-00000000000${String(name.length)}`,
})
const topic = 'com.apple.mgmt.External.6e8f5c52-2d5b-4f43-9d1c-8f6d0a1b2c3d'

export const messages = [
  {
    name: 'property lists of Python, XML and binary',
    covers: ['decodePlist', 'encodePlist', 'encodeBinaryPlist', 'plistField'],
    run({ lib, bytes }) {
      const value = lib.decodePlist(bytes.plistXml)
      equal(lib.decodePlist(bytes.plistBinary), value)
      equal([value.whole, value.negative, value.huge], [2n ** 53n + 1n, -(2n ** 63n), 2n ** 64n - 1n])
      equal(lib.plistField(value, 'text', 'string'), 'R&D <"ü🔑>')
      equal(Object.getPrototypeOf(value), null)
      const xml = lib.encodePlist(value)
      const binary = lib.encodeBinaryPlist(value)
      equal(lib.decodePlist(xml), value)
      equal(lib.decodePlist(binary), value)
      return toHex(xml) + toHex(binary)
    },
  },
  {
    name: 'property lists that are refused',
    covers: ['decodePlist'],
    async run({ lib, refuses }) {
      const broken = [
        '<plist><integer>12abc</integer></plist>',
        '<!DOCTYPE a [<!ENTITY b "c">]><plist><string>&b;</string></plist>',
        'bplist00',
      ]
      for (const input of broken) await refuses('ERR_PLIST_INVALID', () => lib.decodePlist(input))
      await refuses('ERR_LIMIT', () => lib.decodePlist(new Uint8Array(33 * 1024 * 1024)))
    },
  },
  {
    name: 'Mdm-Signature, both styles',
    covers: ['buildMdmSignature', 'verifyMdmSignature', 'peekMdmSignature'],
    async run({ lib, device, fixedDevice, fixed, refuses }) {
      const body = lib.encodePlist({ Status: 'Idle', UDID: 'U' })
      const made = []
      for (const style of ['ios', 'macos']) {
        const header = await lib.buildMdmSignature(body, fixedDevice, { style, ...fixed() })
        const signer = await lib.verifyMdmSignature(header, body, { trust: { pinned: [device] }, now })
        equal([signer.certificate.serialNumber, lib.peekMdmSignature(header).signer.serialNumber], ['2001', '2001'])
        const changed = Uint8Array.of(...body, 10)
        await refuses('ERR_SIGNATURE_INVALID', () =>
          lib.verifyMdmSignature(header, changed, { trust: { pinned: [device] } }),
        )
        made.push(header)
      }
      return made.join('\n')
    },
  },
  {
    name: 'check-ins, reports, commands, replies, proxy headers',
    covers: [
      'parseCheckin',
      'parseCommandReport',
      'buildCommand',
      'buildBootstrapTokenReply',
      'buildUserAuthenticateReply',
      'buildGetTokenReply',
      'parseClientCertificateHeader',
    ],
    run({ lib, vectors }) {
      const checkin = lib.parseCheckin(lib.encodePlist({ MessageType: 'Authenticate', Topic: topic, UDID: 'U' }))
      equal([checkin.messageType, checkin.enrollment.kind], ['Authenticate', 'device'])
      equal(lib.parseCommandReport(lib.encodePlist({ Status: 'Idle', UDID: 'U' })).status, 'Idle')
      equal(lib.parseClientCertificateHeader(`:${vectors.device}:`, 'rfc9440').certificate.serialNumber, '2001')
      const made = [
        lib.buildCommand('DeviceInformation', { Queries: ['OSVersion'] }, 'C'),
        lib.buildBootstrapTokenReply(utf8('t')),
        lib.buildUserAuthenticateReply('nonce'),
        lib.buildGetTokenReply(utf8('jwt')),
      ]
      return made.map(toHex).join('\n')
    },
  },
  {
    name: 'push',
    covers: ['buildMdmPush', 'parsePushResponse'],
    run({ lib }) {
      const push = lib.buildMdmPush({ token: new Uint8Array(32).fill(0xab), pushMagic: 'a"b', topic, expiresAt: now })
      const gone = lib.parsePushResponse({ status: 410, headers: {}, body: '{"reason":"Unregistered","timestamp":1}' })
      equal(gone.outcome, 'unregistered')
      return JSON.stringify({ ...push, body: text(push.body) })
    },
  },
  {
    name: 'push certificates, vendor requests, mdmcert.download',
    covers: [
      'pushTopicOf',
      'checkPushCertificate',
      'buildPushCertificateRequest',
      'openPushCertificateRequest',
      'buildMdmcertRequest',
      'parseMdmcertResponse',
      'openMdmcertReply',
    ],
    async run({ lib, bytes, device, ca, caIdentity, fixedCa, fixed, trust, fixedDevice }) {
      const subject = lib.distinguishedName([
        ['UID', topic],
        ['CN', 'APSP'],
      ])
      const push = await lib.issueCertificate(
        {
          subject,
          publicKey: device.publicKey,
          serialNumber: '9',
          notBefore: new Date('2027-01-01'),
          notAfter: new Date('2028-01-01'),
          purpose: 'device-identity',
        },
        fixedCa,
        fixed(),
      )
      equal(lib.pushTopicOf(push), topic)
      equal(
        lib.checkPushCertificate(push, now).map(({ kind }) => kind),
        [],
      )
      const csr = lib.parseCsr(bytes.csr)
      const request = await lib.buildPushCertificateRequest(csr, fixedDevice, fixed())
      equal((await lib.openPushCertificateRequest(request, { trust, now })).csr.der, bytes.csr)
      const asked = lib.buildMdmcertRequest({ csr, email: 'a@example.com', apiKey: 'k', encryptTo: ca })
      equal(lib.parseMdmcertResponse('{"result":"failure","reason":"no"}').accepted, false)
      const sealed = await lib.encryptCms(utf8(request), [ca], {
        keyTransport: 'RSAES-PKCS1-v1_5',
        cipher: 'DES-EDE3-CBC',
      })
      equal(await lib.openMdmcertReply(toHex(sealed), caIdentity), request)
      return request + text(asked.body)
    },
  },
  {
    name: 'profiles: built, signed, encrypted, opened, signed anew',
    covers: [
      'scepPayload',
      'acmePayload',
      'mdmPayload',
      'certificatePayload',
      'pkcs12Payload',
      'buildProfile',
      'encodeProfile',
      'parseProfile',
      'signProfile',
      'openProfile',
      'resignProfile',
      'encryptProfile',
      'decryptProfile',
      'checkEnrollmentProfile',
      'checkProfileUpdate',
    ],
    async run({ lib, bytes, ca, device, deviceIdentity, fixedDevice, fixed, trust }) {
      const subject = lib.distinguishedName([['CN', 'x']])
      const scep = lib.scepPayload({ ...identity('scep'), url: 'https://mdm.example/scep', subject, challenge: 'c' })
      const acme = lib.acmePayload({
        ...identity('acme-1'),
        directoryUrl: 'https://acme.example/d',
        clientIdentifier: 'c',
        subject,
        keyType: 'ECSECPrimeRandom',
        keyBits: 384,
        hardwareBound: true,
      })
      const mdm = lib.mdmPayload({
        ...identity('mdm'),
        serverUrl: 'https://mdm.example/mdm',
        topic,
        identityUuid: scep.PayloadUUID,
        accessRights: 1,
        signMessage: true,
      })
      const root = lib.certificatePayload({ ...identity('c'), certificate: ca, kind: 'root' })
      const p12 = lib.pkcs12Payload({ ...identity('pkcs12-7'), pkcs12: bytes.p12Compat, password: 'secret' })
      const profile = lib.buildProfile({ ...identity('profile-9'), payloads: [root, scep, acme, mdm, p12] })
      equal(
        lib.checkEnrollmentProfile(profile).filter(({ level }) => level === 'error'),
        [],
      )
      equal(lib.encodeProfile(lib.parseProfile(lib.encodeProfile(profile))), lib.encodeProfile(profile))
      const encrypted = await lib.encryptProfile(profile, [device], fixed())
      equal((await lib.decryptProfile(encrypted, deviceIdentity)).PayloadContent.length, 5)
      const signed = await lib.signProfile(encrypted, fixedDevice, fixed())
      const opened = await lib.openProfile(signed, { trust, recipient: deviceIdentity, now })
      equal(opened.profile.PayloadContent.length, 5)
      const again = await lib.resignProfile(signed, fixedDevice, { trust, ...fixed() })
      equal(
        lib
          .checkProfileUpdate(opened, await lib.openProfile(again, { trust, recipient: deviceIdentity, now }))
          .filter(({ level }) => level === 'error'),
        [],
      )
      return toHex(signed) + toHex(again)
    },
  },
  {
    name: 'over-the-air enrolment, all phases',
    covers: ['buildOtaRequest', 'openOtaResponse', 'buildOtaFinal'],
    async run({ lib, ca, deviceIdentity, fixedDevice, fixed, trust }) {
      const request = lib.buildOtaRequest({
        ...identity('ota'),
        url: 'https://mdm.example/ota',
        attributes: ['UDID'],
        challenge: 'c',
      })
      const answer = await lib.signCms(lib.encodePlist({ UDID: 'U', CHALLENGE: 'c' }), fixedDevice, fixed())
      const stranger = { anchors: [(await lib.parseCertificateBag(lib.buildCertificateBag([ca])))[0]] }
      const device = await lib.openOtaResponse(answer, { deviceTrust: stranger, identityTrust: { pinned: [ca] }, now })
      equal([device.phase, device.challenge], ['device', 'c'])
      const enrolled = await lib.openOtaResponse(answer, { deviceTrust: stranger, identityTrust: trust, now })
      equal(enrolled.phase, 'enrolled')
      const profile = lib.buildProfile({ ...identity('final'), payloads: [] })
      const final = await lib.buildOtaFinal(profile, enrolled, fixedDevice, fixed())
      equal((await lib.openProfile(final, { trust, recipient: deviceIdentity, now })).encrypted, true)
      return toHex(lib.encodeProfile(request)) + toHex(final)
    },
  },
  {
    name: 'provisioning profiles',
    covers: ['openProvisioningProfile', 'checkProvisioningProfile'],
    async run({ lib, bytes, fixedDevice, fixed, trust }) {
      const message = await lib.signCms(
        lib.encodePlist({
          UUID: 'U',
          Name: 'N',
          TeamIdentifier: ['T'],
          CreationDate: new Date('2027-01-01'),
          ExpirationDate: new Date('2027-12-01'),
          ProvisionedDevices: ['d1'],
          DeveloperCertificates: [bytes.device],
          Entitlements: { 'application-identifier': 'T.*' },
        }),
        fixedDevice,
        fixed(),
      )
      const profile = await lib.openProvisioningProfile(message, { trust, now })
      equal(
        lib
          .checkProvisioningProfile(profile, now, { device: 'd2' })
          .map(({ kind }) => kind)
          .includes('device-not-listed'),
        true,
      )
    },
  },
  {
    name: 'Automated Device Enrollment',
    covers: [
      'openDepToken',
      'checkDepToken',
      'depSessionHeaders',
      'buildAnchorCerts',
      'buildDepProfile',
      'openMachineInfo',
    ],
    async run({ lib, ca, device, deviceIdentity, fixedDevice, fixed, trust }) {
      const json = JSON.stringify({
        consumer_key: 'CK',
        consumer_secret: 'CS',
        access_token: 'AT',
        access_secret: 'AS',
        access_token_expiry: '2028-01-01T00:00:00Z',
      })
      const inner = `Content-Type: text/plain\r\n\r\n-----BEGIN MESSAGE-----\r\n${json}\r\n-----END MESSAGE-----\r\n`
      const p7m = await lib.encryptCms(utf8(inner), [device], { keyTransport: 'RSAES-PKCS1-v1_5' })
      const token = await lib.openDepToken(p7m, deviceIdentity)
      equal([token.consumerKey, lib.checkDepToken(token, now).length], ['CK', 0])
      const headers = await lib.depSessionHeaders(
        token,
        { url: 'https://mdmenrollment.apple.com/session', method: 'GET' },
        fixed(),
      )
      const profile = lib.buildDepProfile({ profileName: 'P', url: 'https://mdm.example', anchorCerts: [ca] })
      equal(lib.buildAnchorCerts([ca]).length, 1)
      const info = await lib.signCms(
        lib.encodePlist({ UDID: 'U', SERIAL: 'S', PRODUCT: 'Mac', VERSION: '26' }),
        fixedDevice,
        fixed(),
      )
      equal((await lib.openMachineInfo(info, { trust, now })).serialNumber, 'S')
      return JSON.stringify(headers) + profile
    },
  },
  {
    name: 'PKCS#12 of OpenSSL, and ours',
    covers: ['openPkcs12', 'buildPkcs12'],
    async run({ lib, bytes, device, ca, fixed, refuses }) {
      for (const name of ['p12Modern', 'p12Compat', 'p12Rc2']) {
        const opened = await lib.openPkcs12(bytes[name], 'secret')
        equal([opened.certificate.serialNumber, opened.friendlyName, opened.chain.length], ['2001', 'device', 1], name)
        await refuses('ERR_DECRYPTION_FAILED', () => lib.openPkcs12(bytes[name], 'wrong'))
      }
      const made = []
      for (const preset of ['apple-compat', 'apple-modern']) {
        const contents = { privateKey: bytes.deviceKey, certificate: device, chain: [ca], friendlyName: 'Gerät' }
        const file = await lib.buildPkcs12(contents, 'pässword', { preset, iterations: 2048, ...fixed() })
        equal((await lib.openPkcs12(file, 'pässword')).privateKey.length > 0, true)
        made.push(toHex(file))
      }
      return made.join('\n')
    },
  },
  {
    name: 'explanations, errors',
    covers: ['explain', 'isMdmProtocolError', 'MdmProtocolError', 'unsafeAcceptAnySigner'],
    async run({ lib, bytes }) {
      const kinds = []
      for (const name of ['device', 'csr', 'signedSha256', 'encrypted3des', 'plistBinary', 'p12Modern'])
        kinds.push((await lib.explain(bytes[name], { now })).kind)
      equal(kinds, ['certificate', 'certificate-request', 'cms-signed', 'cms-enveloped', 'plist', 'pkcs12'])
      await lib.verifyCms(bytes.signedSha256, { trust: lib.unsafeAcceptAnySigner })
      try {
        lib.parseCertificate('nonsense')
      } catch (error) {
        equal([error instanceof lib.MdmProtocolError, lib.isMdmProtocolError(error, 'ERR_ENCODING')], [true, true])
        return
      }
      throw new Error('nonsense was a certificate')
    },
  },
]
