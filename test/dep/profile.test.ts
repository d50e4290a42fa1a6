import { describe, expect, test } from 'vitest'
import { decodeBase64, encodeBase64 } from '../../src/bytes/base64.js'
import { generateKey } from '../../src/crypto/private-key.js'
import { buildAnchorCerts, buildDepProfile, type DepProfileInput } from '../../src/dep/profile.js'
import type { Certificate } from '../../src/types.js'
import { issueSelfSigned } from '../../src/x509/issue.js'
import { distinguishedName } from '../../src/x509/name.js'
import { expectRefusal } from '../support/hostile.js'
import { describeWithTools, runOk } from '../support/openssl.js'

async function makeRoot(): Promise<Certificate> {
  return issueSelfSigned({
    privateKey: (await generateKey('P-256')).privateKey,
    subject: distinguishedName([['CN', 'Server Root']]),
    serialNumber: '01',
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2036-01-01T00:00:00Z'),
    purpose: 'ca',
  })
}

const least: DepProfileInput = { profileName: 'Office', url: 'https://mdm.example.com/enroll' }
const built = (input: DepProfileInput): unknown => JSON.parse(buildDepProfile(input))

describe('buildAnchorCerts', async () => {
  const root = await makeRoot()

  test('is base64 of the DER, one text for each', () => {
    expect(buildAnchorCerts([root, root])).toEqual([encodeBase64(root.der), encodeBase64(root.der)])
    expect(buildAnchorCerts([])).toEqual([])
  })

  test('refuses what is no certificate, whatever its other fields say', () => {
    const pem = new TextEncoder().encode('-----BEGIN CERTIFICATE-----')
    expectRefusal(() => buildAnchorCerts([{ ...root, der: pem }]), 'ERR_ENCODING')
    expectRefusal(() => buildAnchorCerts([{ ...root, der: Uint8Array.of(0x30, 0) }]), 'ERR_CERTIFICATE_INVALID')
    expectRefusal(() => buildAnchorCerts([{} as Certificate]), 'ERR_INVALID_ARGUMENT')
  })

  describeWithTools('read by others', ['openssl'], () => {
    test('as openssl x509 reads it', () => {
      const [anchor = ''] = buildAnchorCerts([root])
      const inputs = { der: decodeBase64(anchor) ?? new Uint8Array() }
      const { stdoutText } = runOk('openssl', ['x509', '-inform', 'DER', '-in', 'der', '-noout', '-subject'], {
        inputs,
      })
      expect(stdoutText).toContain('CN = Server Root')
    })
  })
})

describe('buildDepProfile', async () => {
  const root = await makeRoot()

  test('the least is name and URL', () => {
    expect(built(least)).toEqual({ profile_name: 'Office', url: 'https://mdm.example.com/enroll' })
  })

  test('every option by the name that Apple gives it', () => {
    const all: Required<DepProfileInput> = {
      ...least,
      anchorCerts: [root],
      supervisingHostCerts: [root],
      devices: ['C02XX00AAAAA'],
      isMandatory: true,
      isMdmRemovable: false,
      awaitDeviceConfigured: true,
      orgMagic: 'magic',
      department: 'IT',
      supportPhoneNumber: '+49 30 0',
      supportEmailAddress: 'it@example.com',
      skipSetupItems: ['Siri', 'Diagnostics'],
      configurationWebUrl: 'https://mdm.example.com/login',
      extra: { is_supervised: true, left_out: undefined },
    }
    expect(built(all)).toEqual({
      profile_name: 'Office',
      url: 'https://mdm.example.com/enroll',
      anchor_certs: [encodeBase64(root.der)],
      supervising_host_certs: [encodeBase64(root.der)],
      devices: ['C02XX00AAAAA'],
      is_mandatory: true,
      is_mdm_removable: false,
      await_device_configured: true,
      org_magic: 'magic',
      department: 'IT',
      support_phone_number: '+49 30 0',
      support_email_address: 'it@example.com',
      skip_setup_items: ['Siri', 'Diagnostics'],
      configuration_web_url: 'https://mdm.example.com/login',
      is_supervised: true,
    })
  })

  test('counts characters and not octets, as Apple does', () => {
    const profileName = '😀'.repeat(125)
    expect(built({ ...least, profileName })).toMatchObject({ profile_name: profileName })
  })

  test('takes each field as long as Apple does', () => {
    const longest = {
      department: 'x'.repeat(125),
      orgMagic: 'x'.repeat(256),
      supportPhoneNumber: '1'.repeat(50),
      supportEmailAddress: 'x'.repeat(250),
      url: `https://mdm.example.com/${'x'.repeat(2000 - 24)}`,
      configurationWebUrl: `https://mdm.example.com/${'x'.repeat(2000 - 24)}`,
    }
    expect(built({ ...least, ...longest })).toMatchObject({
      department: longest.department,
      org_magic: longest.orgMagic,
      support_phone_number: longest.supportPhoneNumber,
      support_email_address: longest.supportEmailAddress,
      url: longest.url,
      configuration_web_url: longest.configurationWebUrl,
    })
    const longer = { ...least, url: `${longest.url}x` }
    expectRefusal(() => buildDepProfile(longer), 'ERR_INVALID_ARGUMENT', /url/)
  })

  test('text cannot break out of its member', () => {
    const profileName = 'a","url":"https://evil.example/","x":"\u2028'
    expect(built({ ...least, profileName })).toEqual({ profile_name: profileName, url: least.url })
  })

  test('a member called __proto__ is a member', () => {
    const extra = JSON.parse('{"__proto__":{"url":"x"}}') as Record<string, unknown>
    expect(buildDepProfile({ ...least, extra })).toContain('"__proto__":{"url":"x"}')
  })

  test('what an option left out may come from extra; what it set may not', () => {
    expect(built({ ...least, extra: { is_mandatory: true } })).toMatchObject({ is_mandatory: true })
    const wrong = { ...least, isMandatory: true, extra: { is_mandatory: true } }
    expectRefusal(() => buildDepProfile(wrong), 'ERR_INVALID_ARGUMENT', /extra/)
    expectRefusal(() => buildDepProfile({ ...least, extra: { url: undefined } }), 'ERR_INVALID_ARGUMENT', /extra/)
  })

  test.each<readonly [string, object]>([
    ['no name', { profileName: undefined }],
    ['an empty name', { profileName: '' }],
    ['a long name', { profileName: 'x'.repeat(126) }],
    ['a name that is no text', { profileName: 5 }],
    ['no URL', { url: undefined }],
    ['a URL that is none', { url: 'mdm.example.com' }],
    ['a URL without TLS', { url: 'http://mdm.example.com/' }],
    ['a long URL', { url: `https://mdm.example.com/${'x'.repeat(2000)}` }],
    ['a web URL without TLS', { configurationWebUrl: 'http://mdm.example.com/' }],
    ['an empty magic', { orgMagic: '' }],
    ['a long magic', { orgMagic: 'x'.repeat(257) }],
    ['an empty department', { department: '' }],
    ['a long department', { department: 'x'.repeat(126) }],
    ['a long telephone number', { supportPhoneNumber: '1'.repeat(51) }],
    ['a long address', { supportEmailAddress: 'x'.repeat(251) }],
    ['a flag that is a text', { isMandatory: 'true' }],
    ['a device that is a number', { devices: [5] }],
    ['an empty device', { devices: [''] }],
    ['items that are a text', { skipSetupItems: 'Siri' }],
    ['a value that JSON does not have', { extra: { count: 5n } }],
  ])('refuses %s', (_, fault) => {
    expectRefusal(() => buildDepProfile({ ...least, ...fault }), 'ERR_INVALID_ARGUMENT')
  })
})
